-- Every type that a shop on MariaDB or MySQL may use, with what only lax
-- settings let in. Ids differ in case and in spaces at their end; products are
-- known by sixteen bytes. Delisting writes every column that can be written.
SET sql_mode = 'ANSI_QUOTES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO';
CREATE TABLE "Categories" (
	id VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL PRIMARY KEY,
	"Parent Id" VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
	name VARCHAR(80) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL,
	meta JSON,
	mask BIT(64),
	created DATETIME(6) NOT NULL,
	changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
	"full name" VARCHAR(120) GENERATED ALWAYS AS (CONCAT(name, ' (', id, ')')) STORED,
	FOREIGN KEY ("Parent Id") REFERENCES "Categories" (id) ON DELETE CASCADE
);
CREATE TABLE "Products" (
	id BINARY(16) NOT NULL PRIMARY KEY,
	number BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE,
	category VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
	title VARCHAR(200) CHARACTER SET latin1 COLLATE latin1_swedish_ci,
	state ENUM('withdrawn', 'on sale', 'draft') NOT NULL,
	flags SET('new', 'hot', 'a b'),
	price DECIMAL(20, 6),
	huge BIGINT UNSIGNED,
	tiny TINYINT(1),
	weight FLOAT,
	ratio DOUBLE,
	bits BIT(9),
	attributes JSON,
	made YEAR,
	at TIME(6),
	since DATETIME(6),
	"on" DATE,
	seen TIMESTAMP NULL,
	picture BLOB,
	hash VARBINARY(40),
	code CHAR(8),
	body LONGTEXT CHARACTER SET ucs2,
	note VARCHAR(80),
	changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
	edited DATETIME DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
	gross DECIMAL(22, 6) GENERATED ALWAYS AS (price * 1.2) VIRTUAL,
	label VARCHAR(220) GENERATED ALWAYS AS (CONCAT(title, '/', state)) STORED,
	FOREIGN KEY (category) REFERENCES "Categories" (id) ON DELETE SET NULL,
	KEY (label)
);
CREATE TABLE "Filed" (
	product BINARY(16) NOT NULL,
	category VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	rank INTEGER,
	added TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
	PRIMARY KEY (product, category),
	FOREIGN KEY (product) REFERENCES "Products" (id) ON DELETE CASCADE,
	FOREIGN KEY (category) REFERENCES "Categories" (id) ON DELETE CASCADE
);
CREATE TABLE "Menu" (
	id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
	category VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
	label VARCHAR(80) CHARACTER SET latin1,
	changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
	FOREIGN KEY (category) REFERENCES "Categories" (id) ON DELETE SET NULL
);
CREATE TABLE "Texts" (
	category VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	locale CHAR(5) NOT NULL,
	number INTEGER NOT NULL AUTO_INCREMENT UNIQUE,
	body TEXT CHARACTER SET latin1,
	small FLOAT,
	big DECIMAL(65, 30),
	bits BIT(64),
	day DATE,
	file LONGBLOB,
	words INTEGER GENERATED ALWAYS AS (CHAR_LENGTH(body)) STORED,
	PRIMARY KEY (category, locale),
	FOREIGN KEY (category) REFERENCES "Categories" (id) ON DELETE CASCADE
);
CREATE TABLE "Ads" (
	id INTEGER NOT NULL PRIMARY KEY AUTO_INCREMENT,
	category VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
	changed DATETIME(6) DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(6),
	FOREIGN KEY (category) REFERENCES "Categories" (id)
);
INSERT INTO "Categories" (id, "Parent Id", name, meta, mask, created, changed) VALUES
('e', NULL, 'Electronics', NULL, NULL, '2021-10-08 00:00:00.000001', '2021-01-01 00:00:00.000001'),
('a', 'e', 'Miners', '{ "b":1,"a" : 2, "b":3 }', b'1', '0000-00-00 00:00:00', '2021-01-01 00:00:00.999999'),
('A', 'e', 'Cafétières', '[]', b'0', '2021-00-00 00:00:00', '0000-00-00 00:00:00'),
('a ', 'a', 'Rigs', 'null', 18446744073709551615, '2021-02-30 00:00:00', '2021-01-01 00:00:00'),
('á', 'a ', 'Open Rigs', NULL, NULL, '9999-12-31 23:59:59.999999', '2021-01-01 00:00:00'),
('p', 'e', 'Power Supplies', NULL, NULL, '1000-01-01 00:00:00', '2021-01-01 00:00:00');
INSERT INTO "Products" (id, number, category, title, state, flags, price, huge, tiny, weight, ratio, bits, attributes, made, at, since, "on", seen, picture, hash, code, body,
	note, changed, edited) VALUES
(x'ffffffffffffffffffffffffffffffff', 18446744073709551614, 'a', 'Antminer à 10 €', 'on sale', 'new,a b', 99999999999999.999999, 18446744073709551615, 2, 0.1, 0.1, b'100000001',
	'{"w": 3250.00,  "w":1}', 1901, '838:59:59.000001', '0000-00-00 00:00:00', '0000-00-00', NULL, x'00ff275c', x'', 'ab', 'é矿', '', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),
(x'00000000000000000000000000000000', 0, 'a', 'ANTMINER PSU', 'on sale', '', 0, 9223372036854775808, 0, 16777216, 5e-324, b'0', '[1, 2]', 0, '-838:59:59', '2021-02-31 00:00:00.5',
	'2021-00-00', '2021-10-08 00:00:00', '', x'0020', '', '', NULL, '2021-01-01 00:00:00.000007', NULL),
(x'00000000000000000000000000000020', 2, 'a ', 'Rig', 'withdrawn', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	'it''s', '2021-01-01 00:00:00', '2021-02-02 02:02:02'),
(x'00000000000000000000000000002000', 3, 'a ', NULL, 'none', 'hot', -0.000001, 0, -128, 3.4028235e38, 1.7976931348623157e308, b'111111111', 'true', 2155, '00:00:00.000001',
	'1969-12-31 23:59:59.999999', '1000-01-01', '1970-01-01 00:00:01', x'deadbeef', x'00', '12345678', 'x', 'x', '2021-01-01 00:00:00', NULL),
(x'61000000000000000000000000000000', 4, 'A', 'Café PSU', 'on sale', 'new', 5, 5, 1, 5, 5, b'101', '{}', 2021, '12:00', '2021-01-01', '2021-01-01', '2021-01-01 00:00:00', 'x', 'x', 'x', 'x',
	'not touched', '2021-01-01 00:00:00', NULL),
(x'41000000000000000000000000000000', 5, 'á', 'Open rig psu', 'on sale', 'new', 6, 6, 1, 6, 6, b'110', '{}', 2021, '12:00', '2021-01-01', '2021-01-01', '2021-01-01 00:00:00', 'x', 'x', 'x', 'x',
	'child', '2021-01-01 00:00:00', NULL);
INSERT INTO "Filed" (product, category, rank, added) VALUES
(x'ffffffffffffffffffffffffffffffff', 'a', 2, '2021-01-01 00:00:00.000001'), (x'ffffffffffffffffffffffffffffffff', 'a ', 1, '0000-00-00 00:00:00'),
(x'00000000000000000000000000000000', 'a', NULL, '2021-01-01 00:00:00'), (x'00000000000000000000000000000000', 'A', 2, '2021-01-01 00:00:00'),
(x'00000000000000000000000000000020', 'a ', 0, '2021-01-01 00:00:00'), (x'00000000000000000000000000002000', 'a ', -1, '2021-01-01 00:00:00'),
(x'61000000000000000000000000000000', 'A', 0, '2021-01-01 00:00:00'), (x'41000000000000000000000000000000', 'á', 0, '2021-01-01 00:00:00');
INSERT INTO "Menu" VALUES (18446744073709551615, 'a ', 'Gestelle für alle', '2021-01-01 00:00:00'), (1, 'a', 'é', '0000-00-00 00:00:00'),
(2, NULL, NULL, '2021-01-01 00:00:00'), (3, 'A', 'x', '2021-01-01 00:00:00');
INSERT INTO "Texts" (category, locale, number, body, small, big, bits, day, file) VALUES
('a ', 'de', 7, 'Gestelle für alle', 0.1, 1.1, 18446744073709551615, '0000-00-00', x'00'), ('a ', 'fr', 8, '', -0.3, 12345678901234567890123456789012345.123456789012345678901234567891, 0, '2021-00-31', ''),
('a', 'de', 9, NULL, NULL, NULL, NULL, NULL, NULL), ('A', 'de', 10, 'Kannen', 1, 1, 1, '2021-01-01', 'x');
INSERT INTO "Ads" VALUES (1, 'a ', NULL), (2, 'a', '0000-00-00 00:00:00'), (3, 'A', NULL);
