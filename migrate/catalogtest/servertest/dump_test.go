package servertest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate/catalogtest/servertest"
)

func database(t *testing.T, e servertest.Engine, script string) *servertest.Database {
	t.Helper()
	d := servertest.Open(t, e).Database(t, "")
	if err := d.Script(script); err != nil {
		t.Fatal(err)
	}
	return d
}

func dump(t *testing.T, d *servertest.Database) map[string][]string {
	t.Helper()
	rows, err := d.Dump()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestDumpPostgres(t *testing.T) {
	d := database(t, servertest.Postgres, `CREATE SCHEMA recat; CREATE TABLE recat.run (id int); INSERT INTO recat.run VALUES (1);
		CREATE SCHEMA "My Shop"; CREATE TABLE "My Shop"."T" (a text, b bytea, c timestamptz, d double precision, e text GENERATED ALWAYS AS (a || '!') STORED);
		INSERT INTO "My Shop"."T" VALUES ('it''s', '\x00ff', '2021-10-08 00:00:00.000001+08', 0.1), ('NULL', NULL, 'infinity', '-0');
		CREATE TABLE empty (id int)`)
	want := map[string][]string{"My Shop.T": {
		`text 'NULL' | NULL | timestamp with time zone 'infinity' | double precision '-0' | text 'NULL!'`,
		`text 'it''s' | bytea E'\\x00ff' | timestamp with time zone '2021-10-07 16:00:00.000001+00' | double precision '0.1' | text 'it''s!'`,
	}, "public.empty": {}}
	if diff := cmp.Diff(want, dump(t, d)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDumpMySQL(t *testing.T) {
	d := database(t, servertest.MySQL, `CREATE TABLE recat_run (id int); INSERT INTO recat_run VALUES (1);
		SET sql_mode = CONCAT('ALLOW_INVALID_DATES,', REPLACE(@@sql_mode, 'STRICT_TRANS_TABLES', ''));
		CREATE TABLE "My ""T" (a varchar(9), b binary(2), c timestamp(6) NOT NULL, d float, e double, f enum('', 'x'), g bit(9));
		INSERT INTO "My ""T" VALUES ('é ', x'00', '0000-00-00', 0.1, 0.1, 'none', b'100000001'), (NULL, NULL, '2021-10-08 00:00:00.000001', 16777217, -0e0, '', NULL);
		CREATE TABLE empty (id int)`)
	want := map[string][]string{`My "T`: {
		"C3A920 | 0000 | 303030302D30302D30302030303A30303A30302E303030303030 | 0.10000000149011612 | 0.1 |  0 | 0101",
		"NULL | NULL | 323032312D31302D30382030303A30303A30302E303030303031 | 16777216 | 0 |  1 | NULL",
	}, "empty": {}}
	if diff := cmp.Diff(want, dump(t, d)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFresh makes databases one after another: none holds what the last held.
func TestFresh(t *testing.T) {
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			s := servertest.Open(t, e)
			for range 3 {
				d, err := s.Make("")
				if err != nil {
					t.Fatal(err)
				}
				if rows := dump(t, d); len(rows) > 0 {
					t.Errorf("a new database holds %v", rows)
				}
				if !strings.Contains(d.DSN(), d.Name) {
					t.Errorf("the address %s does not name %s", d.DSN(), d.Name)
				}
				if err := d.Transaction("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)"); err != nil {
					t.Fatal(err)
				}
				if err := d.Release(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
