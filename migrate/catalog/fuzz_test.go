package catalog_test

import (
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
)

// FuzzParseMapping holds that no mapping makes ParseMapping panic, that every
// defect has a place inside the file, and that an accepted mapping is the same
// after it was carried by a plan.
func FuzzParseMapping(f *testing.F) {
	cases, err := fixtures.Cases()
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add(c.Mapping)
	}
	demo, err := fixtures.FS.ReadFile("demo/mapping.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(demo))
	f.Add("preset: plain\nproducts: {table: p, id: i, title: p.t, live: p.l = 1, none: 0, touch: {at: now, n: 1.5, s: \"now\", b: true, z: null}}\n")
	f.Add("categories: {table: c, id: i, keys: {code: k}, parent: {column: up, refers_to: code}, root: [null, 0], name: c.n}\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := catalog.ParseMapping("m.yaml", []byte(text))
		if err != nil {
			var all migrate.FileErrors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("%T holds no defects: %v", err, err)
			}
			for _, e := range all {
				checkPlace(t, e, text)
			}
			return
		}
		again, err := catalog.LoadMapping(m.JSON())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, again, cmpopts.IgnoreUnexported(catalog.Mapping{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("carried by a plan (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(string(m.JSON()), string(again.JSON())); diff != "" {
			t.Errorf("normalised again (-before +after):\n%s", diff)
		}
	})
}

// checkPlace wants the place of a defect to be in the file.
func checkPlace(t *testing.T, e *migrate.FileError, text string) {
	t.Helper()
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(text, "\ufeff")), "\n")
	if e.Pos.File != "m.yaml" || e.Msg == "" || e.Pos.Line < 1 || e.Pos.Line > len(lines) || e.Pos.Column < 1 ||
		e.Pos.Column > utf8.RuneCountInString(lines[e.Pos.Line-1])+1 {
		t.Errorf("no such place in %d lines: %s", len(lines), e)
	}
}

// FuzzTriggerEvent holds what recat reads out of a trigger's text against
// what SQLite does with it: which writes run it.
func FuzzTriggerEvent(f *testing.F) {
	for _, head := range []string{
		"g AFTER UPDATE OF a, b ON t", "g INSERT ON t", "IF NOT EXISTS g BEFORE DELETE ON t", "main.g AFTER UPDATE ON t",
		`"a--b" DELETE ON t`, `"a/*" DELETE ON t /* */`, "[on t] /* DELETE */ INSERT -- x\n ON t", "`x``y` UPDATE OF `a` ON t",
		"'update' UPDATE OF 'a', \"q\"\"r\" ON \"t\"", "naïve UPDATE OF naïve ON t", "before BEFORE UPDATE OF [b] ON t FOR EACH ROW WHEN new.a > 0",
		"after AFTER INSERT ON [t]", "trigger DELETE ON t", "g$ UPDATE OF\ta,[x y]ON\nt",
	} {
		f.Add(head)
	}
	f.Fuzz(func(t *testing.T, head string) {
		db, err := sql.Open("sqlite3", ":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if _, err := db.Exec(`CREATE TABLE t (a, b, "q""r", "x y", naïve)`); err != nil {
			t.Fatal(err)
		}
		catalog.TriggerEvent(head)
		if strings.ContainsAny(head, ";\x00") {
			return // more than the trigger
		}
		if _, err := db.Exec("CREATE TRIGGER " + head + " BEGIN SELECT 1; END"); err != nil {
			return
		}
		var text string
		if err := db.QueryRow("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 't'").Scan(&text); err != nil {
			return
		}
		event, of := catalog.TriggerEvent(text)
		for _, write := range []struct{ event, column, sql string }{
			{"INSERT", "", "INSERT INTO t DEFAULT VALUES"},
			{"DELETE", "", "DELETE FROM t"},
			{"UPDATE", "a", "UPDATE t SET a = 1"},
			{"UPDATE", "b", "UPDATE t SET b = 1"},
			{"UPDATE", `q"r`, `UPDATE t SET "q""r" = 1`},
			{"UPDATE", "x y", `UPDATE t SET "x y" = 1`},
			{"UPDATE", "naïve", "UPDATE t SET naïve = 1"},
		} {
			runs, err := runsTrigger(db, write.sql)
			if err != nil {
				return // the trigger names what is not there
			}
			if reads := event == write.event && (len(of) == 0 || write.column == "" || containsFold(of, write.column)); reads != runs {
				t.Errorf("%q: read as %s of %q, but that %s runs it is %t", text, event, of, write.sql, runs)
			}
		}
	})
}

func containsFold(all []string, s string) bool {
	for _, a := range all {
		if strings.EqualFold(a, s) {
			return true
		}
	}
	return false
}

// runsTrigger reports whether the program of a statement runs another.
func runsTrigger(db *sql.DB, statement string) (runs bool, err error) {
	rows, err := db.Query("EXPLAIN " + statement)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var opcode string
		var rest [7]any
		if err := rows.Scan(&rest[0], &opcode, &rest[1], &rest[2], &rest[3], &rest[4], &rest[5], &rest[6]); err != nil {
			return false, err
		}
		runs = runs || opcode == "Program"
	}
	return runs, rows.Err()
}

// FuzzParseTarget holds that a catalog's name leads to one file, whatever
// stands in it, and that what the driver is told leads to no other.
func FuzzParseTarget(f *testing.F) {
	for _, name := range []string{"shop.db", "sqlite:shop.db", "sqlite3:///var/shop.db", "file:shop.db?mode=rw", "a b#c?d%20.db", "//host/shop.db",
		"postgres://u:secret@db/market", "mysql://u:secret@db/market", `C:\shop.db`, "sqlite:", "", ":memory:", "x\x00y", "./@odd"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		target, err := catalog.ParseTarget(name)
		if err != nil {
			if strings.Contains(err.Error(), "secret@") {
				t.Errorf("the error tells a secret: %v", err)
			}
			return
		}
		if target.Server() {
			if strings.Contains(target.String(), "secret") {
				t.Errorf("%q tells a secret: %s", name, target)
			}
			return
		}
		if target.Engine != "sqlite" || target.Path == "" || !strings.HasSuffix(name, target.Path) {
			t.Fatalf("%q became %+v", name, target)
		}
		if path := sqlitePath(t, target.DSN()); filepath.Clean(path) != filepath.Clean(target.Path) {
			t.Errorf("%q: the driver is told %q, which SQLite reads as %q", name, target.DSN(), path)
		}
	})
}

// sqlitePath finds the file in a URI as SQLite does (its "URI Filenames").
func sqlitePath(t *testing.T, uri string) string {
	t.Helper()
	rest, ok := strings.CutPrefix(uri, "file:")
	if !ok {
		t.Fatalf("%q is no URI of a file", uri)
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		host, _, _ := strings.Cut(after, "/")
		if rest = after[len(host):]; host != "" && host != "localhost" {
			t.Fatalf("%q names the host %q", uri, host)
		}
	}
	rest, _, _ = strings.Cut(rest, "?")
	rest, _, _ = strings.Cut(rest, "#")
	path, err := url.PathUnescape(rest)
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ = strings.Cut(path, "\x00")
	return path
}
