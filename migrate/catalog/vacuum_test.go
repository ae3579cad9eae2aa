package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"recat/migrate"
)

// keyless is a shop none of whose tables has a key that is a rowid: VACUUM
// numbers the rows of some anew.
const keyless = `CREATE TABLE categories (code TEXT NOT NULL PRIMARY KEY, parent TEXT, name TEXT NOT NULL);
CREATE TABLE products (sku TEXT PRIMARY KEY, title TEXT, status TEXT NOT NULL, touched TEXT);
CREATE TABLE filed (sku TEXT, code TEXT, position INTEGER);
CREATE TABLE menu (label TEXT, code TEXT);
CREATE TABLE banner (label TEXT, code TEXT);
CREATE TABLE went (path TEXT, target TEXT);
INSERT INTO categories VALUES ('gone', NULL, 'Gone'), ('a', NULL, 'A'), ('b', NULL, 'B');
INSERT INTO products VALUES ('x', 'hole', 'active', 't0'), ('p1', 'one', 'active', 't1'), ('p2', 'two', 'active', 't2'), ('p3', 'three', 'active', 't3'), ('p4', 'psu', 'active', 't4');
INSERT INTO filed VALUES ('x', 'a', 0), ('p1', 'gone', 0), ('p2', 'gone', 0), ('p3', 'a', 0), ('p4', 'gone', 0), ('p4', 'b', 1), ('p3', 'b', 1);
INSERT INTO menu VALUES ('hole', 'a'), ('Gone!', 'gone'), ('A', 'a'), ('Gone again', 'gone'), ('B', 'b');
INSERT INTO banner VALUES ('hole', 'a'), ('Gone!', 'gone'), ('A', 'a'), ('Gone again', 'gone'), ('none', NULL);
INSERT INTO went VALUES ('hole', 'hole'), ('old', 'home');`

// holes takes out what comes first, so that VACUUM moves everything else.
const holes = `DELETE FROM products WHERE sku = 'x'; DELETE FROM filed WHERE sku = 'x';
DELETE FROM menu WHERE label = 'hole'; DELETE FROM banner WHERE label = 'hole'; DELETE FROM went WHERE path = 'hole'`

const keylessMapping = `categories: {table: categories, id: code, parent: parent, root: [null], name: c.name}
products: {table: products, id: sku, title: p.title, live: p.status = 'active', state: p.status, touch: {touched: now}}
memberships: {table: filed, product: sku, category: code, position: position}
delist:
  - set: {status: ended}
references:
  - {table: menu, column: code, on_remove: delete}
  - {table: banner, column: code, on_remove: "null"}
redirects: {table: went, insert: {path: "{old.name}", target: home}}
`

const keylessPolicy = `policy: keyless
remove:
  - category: {id: gone}
    products:
      - rule: one
        when: product.title == "one"
        reassign: {id: a}
      - delist: gone
`

// values writes every row of every user table, without rowids.
func (s *shop) values() string {
	var out []string
	for line := range strings.Lines(s.dump()) {
		if _, values, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "-- ") {
			line = values
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// TestVacuum compacts the file between apply and undo, which numbers rows
// anew that have no key: undo is exact or reports a conflict and changes
// nothing, and never writes the wrong row.
func TestVacuum(t *testing.T) {
	now := time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(string) string{
		"no key":    func(s string) string { return s },
		"text keys": func(s string) string { return strings.ReplaceAll(s, "label TEXT,", "label TEXT NOT NULL PRIMARY KEY,") },
		"all keyed": func(s string) string {
			for _, pair := range [][2]string{{"label TEXT,", "label TEXT NOT NULL PRIMARY KEY,"}, {"position INTEGER)", "position INTEGER, PRIMARY KEY (sku, code))"},
				{"path TEXT,", "path TEXT PRIMARY KEY,"}} {
				s = strings.ReplaceAll(s, pair[0], pair[1])
			}
			return s
		},
	} {
		for _, first := range []bool{false, true} { // whether the holes are there before the run
			for _, on := range []migrate.OnConflict{migrate.ConflictFail, migrate.ConflictRestore, migrate.ConflictKeep} {
				t.Run(name+"/"+string(on)+map[bool]string{true: "/before", false: "/after"}[first], func(t *testing.T) {
					s := newShop(t, "delete", change(keyless), keylessMapping, keylessPolicy, nil, now)
					if first {
						s.exec(holes)
					}
					plan := s.mustPlan()
					done, err := s.apply(plan)
					if err != nil {
						t.Fatal(detail(err))
					}
					other := newShop(t, "delete", change(keyless), keylessMapping, keylessPolicy, nil, now)
					other.exec(holes)
					if !first {
						s.exec(holes)
					}
					s.exec("VACUUM")
					after := s.values()
					_, err = s.undo(done.Receipt.Run, on)
					var conflict *migrate.ConflictError
					switch got := s.values(); {
					case errors.As(err, &conflict):
						if s.tables(got) != s.tables(after) {
							t.Errorf("a conflict was reported, and rows changed:\n%s\nwas\n%s", got, after)
						}
						if name == "all keyed" {
							t.Errorf("every row has a key, and undo meets conflicts: %v", conflict.Conflicts)
						}
					case err != nil:
						t.Fatal(detail(err))
					case s.tables(got) != s.tables(other.values()) && on != migrate.ConflictKeep:
						t.Errorf("undo is not exact:\n%s\nwant\n%s", got, other.values())
					}
				})
			}
		}
	}
}

// TestVacuumOneTable does so where only one table's rows move, so that no
// conflict elsewhere stops the undo.
func TestVacuumOneTable(t *testing.T) {
	const keyed = `CREATE TABLE categories (code TEXT NOT NULL PRIMARY KEY, parent TEXT, name TEXT NOT NULL);
CREATE TABLE products (sku TEXT NOT NULL PRIMARY KEY, category TEXT, title TEXT, status TEXT NOT NULL);
INSERT INTO categories VALUES ('gone', NULL, 'Gone'), ('a', NULL, 'A');
INSERT INTO products VALUES ('p1', 'gone', 'one', 'active'), ('p2', 'a', 'two', 'active');`
	const mapping = `categories: {table: categories, id: code, parent: parent, root: [null], name: c.name}
products: {table: products, id: sku, title: p.title, category: category, live: p.status = 'active'}
delist:
  - set: {status: ended}
`
	const filed = `categories: {table: categories, id: code, parent: parent, root: [null], name: c.name}
products: {table: products, id: sku, title: p.title, live: p.status = 'active'}
memberships: {table: moving, product: sku, category: code}
delist:
  - set: {status: ended}
`
	for name, c := range map[string]struct{ rows, mapping, policy string }{
		"set to null": {`CREATE TABLE moving (label TEXT, code TEXT);
INSERT INTO moving VALUES ('hole', 'a'), ('X', 'gone'), ('none', NULL), ('tail', 'a')`,
			mapping + "references:\n  - {table: moving, column: code, on_remove: \"null\"}\n", "delist"},
		"deleted last": {`CREATE TABLE moving (label TEXT, code TEXT); INSERT INTO moving VALUES ('hole', 'a'), ('A', 'a'), ('X', 'gone')`,
			mapping + "references:\n  - {table: moving, column: code, on_remove: delete}\n", "delist"},
		"deleted within": {`CREATE TABLE moving (label TEXT, code TEXT); INSERT INTO moving VALUES ('hole', 'a'), ('X', 'gone'), ('A', 'a'), ('B', 'a')`,
			mapping + "references:\n  - {table: moving, column: code, on_remove: delete}\n", "delist"},
		"inserted": {`CREATE TABLE moving (label TEXT, code TEXT); INSERT INTO moving VALUES ('hole', 'h'), ('old', 'a')`,
			mapping + "redirects: {table: moving, insert: {label: \"{old.name}\", code: home}}\n", "delist"},
		"moved": {`CREATE TABLE moving (label TEXT, sku TEXT, code TEXT);
INSERT INTO moving VALUES ('hole', 'p2', 'a'), ('m', 'p1', 'gone'), ('n', 'p2', 'a'), ('o', 'p2', 'a')`, filed, "{reassign: {id: a}}"},
	} {
		for _, on := range []migrate.OnConflict{migrate.ConflictFail, migrate.ConflictRestore} {
			t.Run(name+"/"+string(on), func(t *testing.T) {
				now := time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)
				policy := "policy: one\nremove:\n  - category: {id: gone}\n    products: " + c.policy + "\n"
				s := newShop(t, "delete", keyed+c.rows, c.mapping, policy, nil, now)
				want := newShop(t, "delete", keyed+c.rows, c.mapping, policy, nil, now)
				want.exec("DELETE FROM moving WHERE label = 'hole'")
				done, err := s.apply(s.mustPlan())
				if err != nil {
					t.Fatal(detail(err))
				}
				s.exec("DELETE FROM moving WHERE label = 'hole'", "VACUUM")
				after := s.values()
				_, err = s.undo(done.Receipt.Run, on)
				var conflict *migrate.ConflictError
				switch got := s.values(); {
				case errors.As(err, &conflict):
					if s.tables(got) != s.tables(after) {
						t.Errorf("a conflict was reported, and rows changed:\n%s\nwas\n%s", got, after)
					}
				case err != nil:
					t.Fatal(detail(err))
				case s.tables(got) != s.tables(want.values()):
					t.Errorf("undo is neither exact nor a conflict:\n%s\nwant\n%s", got, want.values())
				}
			})
		}
	}
}

// tables leaves the schema's own lines out of a dump.
func (s *shop) tables(dump string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(dump, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "table ") || strings.HasPrefix(line, "index ")
	}), "\n")
}

// TestCounters undoes a run that moved an AUTOINCREMENT counter: its number
// comes back, VACUUM or not, and nobody else's does.
func TestCounters(t *testing.T) {
	schema := strings.ReplaceAll(keyless, "path TEXT,", "id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT,")
	schema = strings.ReplaceAll(schema, "INTO went VALUES", "INTO went (path, target) VALUES")
	schema = "CREATE TABLE early (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO early VALUES (7);" + schema +
		"CREATE TABLE late (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO late VALUES (90);"
	for name, c := range map[string]struct {
		between []string
		want    string // of the counters, after undo
	}{
		"untouched": {nil, "early 7, late 90, went 2"},
		"vacuum":    {[]string{"DROP TABLE early", "VACUUM"}, "late 90, went 2"},
		"used since": {[]string{"INSERT INTO went (path, target) VALUES ('new', 'x')", "DELETE FROM went WHERE path = 'new'"},
			"early 7, late 90, went 4"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "delete", schema, keylessMapping, keylessPolicy, nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
			done, err := s.apply(s.mustPlan())
			if err != nil {
				t.Fatal(detail(err))
			}
			s.exec(c.between...)
			if _, err := s.undo(done.Receipt.Run, migrate.ConflictRestore); err != nil {
				var conflict *migrate.ConflictError
				if errors.As(err, &conflict) && name == "vacuum" {
					return
				}
				t.Fatal(detail(err))
			}
			s.expectCounters(c.want)
		})
	}
}

func (s *shop) expectCounters(want string) {
	s.t.Helper()
	var got []string
	for line := range strings.Lines(s.dump()) {
		for _, name := range []string{"early", "late", "went"} {
			if _, value, ok := strings.Cut(line, ": '"+name+"', "); ok {
				got = append(got, name+" "+strings.TrimSpace(value))
			}
		}
	}
	slices.Sort(got)
	if g := strings.Join(got, ", "); g != want {
		s.t.Errorf("the counters are %s, want %s", g, want)
	}
}

// TestHardNames takes a shop through plan, apply and undo whose tables and
// columns have quotes, spaces, keywords and the rowid's own names.
func TestHardNames(t *testing.T) {
	const schema = `CREATE TABLE "order" ("a""b" TEXT NOT NULL PRIMARY KEY, "from" TEXT, "select" TEXT, rowid TEXT);
CREATE TABLE "it's ""it""" ("group" TEXT PRIMARY KEY, "where" TEXT, rowid TEXT, _rowid_ INTEGER, "tab\le" TEXT);
CREATE TABLE "table" (rowid TEXT, "in" TEXT, "a b" INTEGER);
CREATE TABLE "my menu" (oid TEXT, rowid TEXT, "null" TEXT);
CREATE TABLE "went to" (rowid INTEGER, "path" TEXT);
INSERT INTO "order" VALUES ('gone', NULL, 'Gone', 'r'), ('a', NULL, 'A', 'r'), ('it''s', NULL, 'B', 's');
INSERT INTO "it's ""it""" VALUES ('p1', 'gone', 'same', 1, 'active'), ('p2', 'a', 'same', 1, 'active'), ('p''3', 'gone', 'same', 1, 'active');
INSERT INTO "table" VALUES ('p1', 'gone', 0), ('p1', 'a', 1), ('p2', 'a', 0), ('p''3', 'gone', 0);
INSERT INTO "my menu" VALUES ('o', 'same', 'gone'), ('o', 'same', 'a'), ('o', 'same', 'gone');
INSERT INTO "went to" VALUES (500, 'x'), (1, 'y');`
	const mapping = `categories: {table: order, id: 'a"b', parent: from, root: [null], name: 'c."select"', order: [rowid]}
products:
  table: it's "it"
  id: group
  title: p."where"
  primary: where
  live: p."tab\le" = 'active'
  touch: {rowid: touched}
memberships: {table: table, product: rowid, category: in, position: a b}
delist:
  - set: {tab\le: ended}
references:
  - {table: my menu, column: "null", on_remove: delete}
redirects: {table: went to, insert: {path: "{old.name}", rowid: 2}}
`
	const policy = "policy: hard\nremove:\n  - category: {id: gone}\n    products: delist\nelsewhere: treat\n"
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			s := newShop(t, journal, schema, mapping, policy, nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
			before := s.sums()
			done, err := s.apply(s.mustPlan())
			if err != nil {
				t.Fatal(detail(err))
			}
			if n := s.number(`SELECT count(*) FROM "went to"`); n != 3 {
				t.Errorf("%d redirects, want one more than two", n)
			}
			if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
				t.Fatal(detail(err))
			}
			after := s.sums()
			for name := range before {
				if before[name] != after[name] {
					t.Errorf("undo left table %s changed", name)
				}
			}
		})
	}
}
