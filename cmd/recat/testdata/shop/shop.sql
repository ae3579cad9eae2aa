CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT NOT NULL);
CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL);
CREATE INDEX categories_parent ON categories (parent_id);
CREATE INDEX products_category ON products (category_id);
INSERT INTO categories VALUES
	(1, NULL, 'Electronics'), (2, 1, 'Miners'), (3, 1, 'Power Supplies'), (4, NULL, 'Toys'), (5, 4, 'Hoverboards');
INSERT INTO products VALUES
	(11, 2, 'Antminer S19', 'active'), (12, 2, 'PSU unit 12', 'active'), (13, 2, 'Whatsminer M30', 'ended'),
	(14, 3, 'PSU 750W', 'active'), (15, 5, 'Board, red', 'active'), (16, 4, 'Kite', 'active');
