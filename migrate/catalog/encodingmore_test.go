package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

// A tree as django-treebeard keeps it: the path is all there is.
const treebeard = `CREATE TABLE cat (id INTEGER PRIMARY KEY, path VARCHAR(255) NOT NULL UNIQUE, depth INT NOT NULL, numchild INT NOT NULL, name TEXT);
INSERT INTO cat VALUES (1, '0001', 1, 2, 'Books'), (2, '00010001', 2, 2, 'Fiction'), (3, '000100010001', 3, 1, 'Novels'), (4, '0001000100010002', 4, 0, 'Long'),
	(5, '00010001000Z', 3, 0, 'Poems'), (6, '00010003', 2, 0, 'Maps'), (7, '0004', 1, 0, 'Toys');`

const treebeardMapping = `categories: {table: cat, id: id, name: c.name, path_tree: {column: path, step: 4}, order: [path]}
tree:
  - depth: {column: depth, root: 1}
  - count: {column: numchild, of: children}
`

func TestPathTree(t *testing.T) {
	for _, c := range []struct {
		name, remove string
		want         []string
	}{
		{"a subtree leaves a hole", "remove: [{category: Books > Fiction > Novels, subtree: remove}]",
			[]string{"1 0001 1 2", "2 00010001 2 1", "5 00010001000Z 3 0", "6 00010003 2 0", "7 0004 1 0"}},
		{"a splice: labels after the highest", "remove: [{category: Books > Fiction, subtree: promote}]",
			[]string{"1 0001 1 3", "3 00010004 2 1", "4 000100040002 3 0", "5 00010005 2 0", "6 00010003 2 0", "7 0004 1 0"}},
		{"a root, and one below it", "remove: [{category: Books, subtree: promote}, {category: Books > Fiction > Novels, subtree: promote}]",
			[]string{"2 0005 1 2", "4 00050010 2 0", "5 0005000Z 2 0", "6 0006 1 0", "7 0004 1 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := grove(t, treebeard, treebeardMapping, c.remove)
			if diff := cmp.Diff(c.want, s.through("SELECT id, path, depth, numchild FROM cat ORDER BY id")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPathTreeUsedUp(t *testing.T) {
	s := grove(t, treebeard+"UPDATE cat SET path = '0001ZZZZ' WHERE id = 6;", treebeardMapping, "remove: [{category: Books > Fiction, subtree: promote}]")
	_, err := s.plan()
	if got := refusals(t, err); !strings.Contains(got[0], "the labels of 4 characters beside it are used up") {
		t.Errorf("refused for %q", got)
	}
}

// TestPathTreeBroken: a path that is none makes no tree.
func TestPathTreeBroken(t *testing.T) {
	for _, path := range []string{"00010", "0009000A", "0001000a", "", "0001-001"} {
		s := grove(t, treebeard+fmt.Sprintf("UPDATE cat SET path = '%s' WHERE id = 6;", path), treebeardMapping, "remove: [Toys]")
		var defects taxonomy.Defects
		if _, err := s.plan(); !errors.As(err, &defects) || len(defects) != 1 || defects[0].ID != "6" {
			t.Errorf("path %q: %v", path, err)
		}
	}
}

// Medusa's shape: rows are marked, never deleted; ranks are dense.
const ranked = `CREATE TABLE pc (id TEXT PRIMARY KEY, parent TEXT, name TEXT, mpath TEXT NOT NULL, rank INT, deleted_at TEXT);
INSERT INTO pc VALUES ('o', NULL, 'Optics', 'o', 0, NULL), ('l', 'o', 'Lasers', 'o.l', 0, NULL), ('g', 'l', 'Green', 'o.l.g', 0, NULL), ('r', 'l', 'Red', 'o.l.r', 1, NULL),
	('t', 'o', 'Telescopes', 'o.t', 1, NULL), ('x', 'o', 'Gone', '', 0, '2020-01-01');`

const rankedMapping = `categories: {table: pc, id: id, parent: parent, name: c.name, where: c.deleted_at IS NULL, order: [rank], remove: {set: {deleted_at: now}}}
tree:
  - path: {column: mpath, separator: ".", self: true}
  - position: {column: rank, from: 0}
  - text_path: {column: name, separator: " / "}
`

func TestMarkedAndRanked(t *testing.T) {
	const query = "SELECT id, parent, mpath, rank, deleted_at IS NULL FROM pc ORDER BY id"
	s := grove(t, ranked, rankedMapping, "remove: [{category: Optics > Lasers, subtree: promote}]")
	want := []string{"g o o.g 0 1", "l o o.l 0 0", "o ∅ o 0 1", "r o o.r 1 1", "t o o.t 2 1", "x o  0 0"}
	if diff := cmp.Diff(want, s.through(query)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	s = grove(t, ranked, rankedMapping, "remove: [{category: Optics > Lasers, subtree: remove}]")
	want = []string{"g l o.l.g 0 0", "l o o.l 0 0", "o ∅ o 0 1", "r l o.l.r 1 0", "t o o.t 0 1", "x o  0 0"}
	if diff := cmp.Diff(want, s.through(query)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestTextPathWarns(t *testing.T) {
	s := grove(t, ranked, rankedMapping, "remove: [{category: Optics > Lasers, subtree: promote}]")
	p := s.mustPlan().Provenance()
	if want := "name names the categories above: in 2 rows it will name one that goes, for it is not rewritten"; !slices.Contains(p.Warnings, want) {
		t.Errorf("warnings: %q", p.Warnings)
	}
	want := []migrate.DerivedCount{{Encoding: "path mpath", Rows: 2}, {Encoding: "position rank", Rows: 1}}
	if diff := cmp.Diff(want, p.Counts.Derived); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

const closures = `CREATE TABLE cat (id INTEGER PRIMARY KEY, parent INT, name TEXT);
CREATE TABLE link (n INTEGER PRIMARY KEY AUTOINCREMENT, a INT NOT NULL REFERENCES cat (id) ON DELETE CASCADE, d INT NOT NULL REFERENCES cat (id) ON DELETE CASCADE, far INT);
INSERT INTO cat VALUES (1, NULL, 'A'), (2, 1, 'B'), (3, 2, 'C'), (4, 3, 'D'), (9, NULL, 'Z');
INSERT INTO link (a, d, far) VALUES (1, 1, 0), (1, 2, 1), (2, 2, 0), (1, 3, 2), (2, 3, 1), (3, 3, 0), (1, 4, 3), (2, 4, 2), (3, 4, 1), (4, 4, 0), (9, 9, 0), (1, 9, 5);`

const closureMapping = `categories: {table: cat, id: id, parent: parent, name: c.name, order: [id]}
tree:
  - closure: {table: link, ancestor: a, descendant: d, depth: far, depth_from: self, self: true}
`

func TestClosure(t *testing.T) {
	const query = "SELECT d, a, far FROM link ORDER BY d, a, far"
	s := grove(t, closures, closureMapping, "remove: [{category: A > B, subtree: promote}]")
	want := []string{"1 1 0", "3 1 1", "3 3 0", "4 1 2", "4 3 1", "4 4 0", "9 1 5", "9 9 0"}
	if diff := cmp.Diff(want, s.through(query)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	spoilt := closures + "DELETE FROM link WHERE d = 3 AND a = 1; UPDATE link SET far = 7 WHERE d = 4 AND a = 4; INSERT INTO link (a, d, far) VALUES (9, 4, 1), (3, 4, 1);"
	s = grove(t, spoilt, closureMapping, "remove: [{category: A > B, subtree: promote}]")
	_, err := s.plan()
	told := []string{"closure link is not what the parents say, and must be rewritten", `3: no row names "1"`,
		`4: two rows name "3"`, `4: far of its row that names "4" is "7", not 0`, `4: a row names "9", which is no ancestor`}
	if diff := cmp.Diff(told, refusals(t, err)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
	s.rebuild = true
	if diff := cmp.Diff(want, s.through(query)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestClosureMoves: a row of what is judged that comes between plan and apply,
// or between reading and locking, is met.
func TestClosureMoves(t *testing.T) {
	s := grove(t, closures, closureMapping, "remove: [{category: A > B, subtree: promote}]")
	plan := s.mustPlan()
	c := s.open(false)
	edited := 0
	_, err := migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, Observe: func(point string) {
		if point == "lock" && edited < 1 {
			edited++
			s.exec("INSERT INTO link (a, d, far) VALUES (9, 3, 1)")
		}
	}})
	if got := refusals(t, err); !slices.Contains(got, `3: a row names "9", which is no ancestor`) {
		t.Errorf("refused for %q", got)
	}
}

// TestProductCounts: counts of products go on while a run stands; verify and undo
// take them as they are by then.
func TestProductCounts(t *testing.T) {
	schema := `CREATE TABLE cat (id INTEGER PRIMARY KEY, parent INT, name TEXT, n INT, deep INT, sold INT);
	INSERT INTO cat VALUES (1, NULL, 'A', 0, 4, 2), (2, 1, 'B', 3, 3, 2), (3, 1, 'C', 1, 1, NULL);
	CREATE TABLE goods (id INTEGER PRIMARY KEY, title TEXT, live INT, hid INT);
	INSERT INTO goods VALUES (1, 'red', 1, 0), (2, 'blue', 1, 0), (3, 'red', 0, 0), (4, 'red', 1, 1), (5, 'green', 1, 0);
	CREATE TABLE filed (g INT, c INT, PRIMARY KEY (g, c));
	INSERT INTO filed VALUES (1, 2), (1, 3), (2, 2), (3, 2), (4, 2), (5, 1);
	UPDATE cat SET n = 1, deep = 4 WHERE id = 1;`
	mapping := `categories: {table: cat, id: id, parent: parent, name: c.name, order: [id]}
tree:
  - count: {column: n, of: products}
  - count: {column: deep, of: products, deep: true}
  - count: {column: sold, of: products, live: true}
products: {table: goods, id: id, title: p.title, where: p.hid = 0, live: p.live = 1}
memberships: {table: filed, product: g, category: c}
delist: [{set: {live: 0}}]
`
	policy := "elsewhere: treat\nremove:\n  - category: A > B\n    products:\n      - {rule: reds, when: 'product.title == \"red\"', reassign: A}\n      - delist: rest\n"
	s := newShop(t, "wal", schema, mapping, "policy: p\n"+policy, nil, time.Now())
	before := s.rows("SELECT * FROM cat ORDER BY id")
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	// red 1 and 3 are in A now, green was; blue is in none. sold of A had 2.
	if diff := cmp.Diff([]string{"1 ∅ A 3 3 3", "3 1 C 1 1 ∅"}, s.rows("SELECT * FROM cat ORDER BY id")); diff != "" {
		t.Fatalf("counts (-want +got):\n%s", diff)
	}
	s.exec("UPDATE cat SET n = n + 10 WHERE id = 1")
	c := s.open(true)
	if err := migrate.Verify(context.Background(), c, done.Receipt.Run); err != nil {
		t.Errorf("verify: %v", detail(err))
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	before[0] = strings.Replace(before[0], "A 1 4", "A 11 4", 1)
	if diff := cmp.Diff(before, s.rows("SELECT * FROM cat ORDER BY id")); diff != "" {
		t.Errorf("counts after undo (-want +got):\n%s", diff)
	}
}

// TestTriggerOnTree: a declared trigger fires on what is rewritten, once a
// row; undo puts back what it wrote.
func TestTriggerOnTree(t *testing.T) {
	schema := mptt + `ALTER TABLE cat ADD COLUMN closed INT; ALTER TABLE cat ADD COLUMN touched INT DEFAULT 0;
	CREATE TRIGGER touch AFTER UPDATE OF parent_id, lft, rght, level, closed ON cat BEGIN UPDATE cat SET touched = touched + 1 WHERE id = new.id; END;`
	mapping := strings.Replace(mpttMapping, "order: [lft]", "order: [lft], open: c.closed IS NULL, close: {set: {closed: 1}}", 1) + "triggers: {touch: {writes: [touched]}}\n"
	s := grove(t, schema, mapping, "remove: [{category: Shop > Fishing, subtree: promote}]\nclose: [Shop > Hunting]")
	want := []string{"1 1 10 0 ∅ 1", "3 2 3 1 ∅ 1", "4 4 5 1 ∅ 1", "5 6 9 1 1 1", "6 7 8 2 ∅ 1"}
	if diff := cmp.Diff(want, s.through("SELECT id, lft, rght, level, closed, touched FROM cat WHERE tree_id = 1 ORDER BY id")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestEncodingFits(t *testing.T) {
	for _, c := range []struct{ tree, want string }{
		{"- nested_set: {left: lft, right: nope, scope: tree_id}", `table "cat" has no column "nope"`},
		{"- depth: {column: id}", `column "id" is written for another reason already: it cannot be an encoding of the tree`},
		{"- depth: {column: level}\n  - count: {column: level, of: children}", `column "level" stands for two encodings of the tree`},
		{"- closure: {table: cat, ancestor: parent_id, descendant: id}", "the closure is a table of its own, not the categories'"},
		{"- closure: {table: link, ancestor: a, descendant: d}", `there is no table "link" in the catalog`},
		{"- path: {column: name, separator: \"1\"}", `the separator "1" may stand within an id`},
	} {
		s := grove(t, mptt, mpttMapping, "remove: [Shop]")
		m, err := catalog.ParseMapping("m.yaml", []byte("categories: {table: cat, id: id, parent: parent_id, name: c.id}\ntree:\n  "+c.tree+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = catalog.Open(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, m, catalog.Options{ReadOnly: true}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.tree, err)
		}
	}
}

func TestEncodingsRead(t *testing.T) {
	for _, c := range []struct{ tree, want string }{
		{"  - nested_set: {left: l, right: l}", "m.yaml:3:17: left, right and scope are columns of their own"},
		{"  - nested_set: {left: l, right: r, roots: one}", "m.yaml:3:37: roots says what a scope holds, and there is no scope"},
		{"  - nested_set: {left: l, right: r, scope: s, roots: two}", `m.yaml:3:54: roots is one or many, not "two"`},
		{"  - nested_set: {left: l, right: r, start: x}", `m.yaml:3:44: start is a whole number, not "x"`},
		{"  - nestedset: {left: l, right: r}", `m.yaml:3:5: unknown key "nestedset" (did you mean "nested_set"?); known are closure, count, depth, nested_set, path, position, text_path`},
		{"  - path: {column: p}", "m.yaml:3:11: separator is missing"},
		{"  - path: {column: p, separator: /, self: 1}", `m.yaml:3:43: self is true or false, not "1"`},
		{"  - closure: {table: t, ancestor: a, descendant: d, depth_from: root}", "m.yaml:3:53: depth_from says what depth counts, and there is no depth"},
		{"  - closure: {table: t, ancestor: a, descendant: d, depth: x, depth_from: top}", `m.yaml:3:75: depth_from is root or self, not "top"`},
		{"  - closure: {table: t, ancestor: a, descendant: d, refers_to: code}", `tree.closure refers to the key "code", which categories.keys does not have`},
		{"  - count: {column: n}", "m.yaml:3:12: of is missing: children, descendants or products"},
		{"  - count: {column: n, of: children, deep: true}", "live and deep are said of products, not of children"},
		{"  - {depth: {column: d}, position: {column: p}}", "each encoding is an item of its own: - depth: {…}"},
	} {
		_, err := catalog.ParseMapping("m.yaml", []byte("categories: {table: t, id: id, parent: p, name: c.n}\ntree:\n"+c.tree+"\n"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.tree, err, c.want)
		}
	}
	for head, want := range map[string]string{
		"path_tree: {column: path, step: 0}":               "m.yaml:1:54: step is how many characters a label has: from 1 to 16",
		"parent: p, path_tree: {column: path, step: 4}":    "m.yaml:1:43: parent and path_tree exclude each other: the path is the tree",
		"root: [null], path_tree: {column: path, step: 4}": "root and path_tree exclude each other: the path is the tree",
	} {
		if _, err := catalog.ParseMapping("m.yaml", []byte("categories: {table: t, id: id, name: c.n, "+head+"}")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", head, err, want)
		}
	}
}

// TestEncodingsNormalised: a mapping comes back from its JSON as it was, and
// says what was left out.
func TestEncodingsNormalised(t *testing.T) {
	m, err := catalog.ParseMapping("m.yaml", []byte(`categories: {table: t, id: id, name: c.n, path_tree: {column: tp, step: 4}}
tree:
  - nested_set: {left: l, right: r, scope: s}
  - path: {column: p, separator: /}
  - text_path: {column: x, separator: /}
  - closure: {table: k, ancestor: a, descendant: d, depth: far}
  - depth: {column: e, root: 1}
  - position: {column: o, from: 1}
  - count: {column: n, of: products, live: true, deep: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := `"tree":[{"nested_set":{"left":"l","right":"r","scope":"s","start":1}},{"path":{"column":"p","separator":"/","self":true}},{"text_path":{"column":"x","separator":"/"}},` +
		`{"closure":{"table":"k","ancestor":"a","descendant":"d","depth":"far","depth_from":"self","self":true}},{"depth":{"column":"e","root":1}},` +
		`{"position":{"column":"o","from":1}},{"count":{"column":"n","of":"products","live":true,"deep":true}}]`
	if !strings.Contains(string(m.JSON()), want) || !strings.Contains(string(m.JSON()), `"path_tree":{"column":"tp","step":4}`) {
		t.Errorf("normalised: %s", m.JSON())
	}
	again, err := catalog.LoadMapping(m.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(m.JSON()), string(again.JSON())); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}
