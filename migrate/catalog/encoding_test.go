package catalog_test

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
)

// rows gives what a query finds, a line a row.
func (s *shop) rows(query string) []string {
	s.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.path+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	found, err := cells(db, query)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, row := range found {
		words := make([]string, len(row))
		for i, v := range row {
			if words[i] = "∅"; v != nil {
				words[i] = *v
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

// goods are the few products of a catalog that is about its tree.
const goods = "CREATE TABLE goods (id INTEGER PRIMARY KEY, cat INT, live INT);"

const goodsMapping = "products: {table: goods, id: id, title: p.id, category: cat, live: p.live = 1}\ndelist: [{set: {live: 0}}]\n"

func grove(t *testing.T, schema, mapping, remove string) *shop {
	t.Helper()
	if !strings.Contains(mapping, "products:") {
		schema, mapping = schema+goods, mapping+goodsMapping
	}
	return newShop(t, "wal", schema, mapping, "policy: p\nproducts: delist\n"+remove, nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
}

// through takes a plan through apply, verify and undo, and gives what the
// query finds in between.
func (s *shop) through(query string) []string {
	s.t.Helper()
	before := s.dump()
	plan := s.mustPlan()
	done, err := s.apply(plan)
	if err != nil {
		s.t.Fatalf("apply: %v", detail(err))
	}
	found := s.rows(query)
	if again := s.mustPlan(); !again.Trailer().Totals.Empty() {
		s.t.Errorf("planning again is not empty: %+v", again.Trailer().Totals)
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		s.t.Fatalf("undo: %v", detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		s.t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
	if _, err := s.apply(plan); err != nil {
		s.t.Errorf("apply after undo: %v", detail(err))
	}
	return found
}

// refusals gives what a plan or an apply is refused for, with the rows.
func refusals(t *testing.T, err error) []string {
	t.Helper()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("%v is no refusal", err)
	}
	var out []string
	for _, r := range refused.Refusals {
		out = append(append(out, r.What), r.Rows...)
	}
	return out
}

// Two trees as django-mptt keeps them. The second has a gap, as Saleor's own
// demo data has.
const mptt = `CREATE TABLE cat (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT, lft INTEGER, rght INTEGER, tree_id INTEGER, level INTEGER);
INSERT INTO cat VALUES
(1, NULL, 'Shop', 1, 12, 1, 0), (2, 1, 'Fishing', 2, 7, 1, 1), (3, 2, 'Rods', 3, 4, 1, 2), (4, 2, 'Reels', 5, 6, 1, 2), (5, 1, 'Hunting', 8, 11, 1, 1), (6, 5, 'Decoys', 9, 10, 1, 2),
(11, NULL, 'Books', 1, 18, 2, 0), (12, 11, 'Old', 2, 5, 2, 1), (13, 12, 'Older', 3, 4, 2, 2), (14, 11, 'New', 14, 17, 2, 1), (15, 14, 'Newer', 15, 16, 2, 2);`

const mpttMapping = `categories: {table: cat, id: id, parent: parent_id, root: [null], name: c.name, order: [lft]}
tree:
  - nested_set: {left: lft, right: rght, scope: tree_id, start: 1}
  - depth: {column: level, root: 0}
`

const mpttRows = "SELECT id, parent_id, lft, rght, tree_id, level FROM cat ORDER BY id"

// bookRows are the second tree, as it is.
var bookRows = []string{"11 ∅ 1 18 2 0", "12 11 2 5 2 1", "13 12 3 4 2 2", "14 11 14 17 2 1", "15 14 15 16 2 2"}

func TestNestedSetsByTree(t *testing.T) {
	for _, c := range []struct {
		name, remove string
		want         []string
	}{
		{"a leaf", "remove: [Shop > Fishing > Rods]",
			append([]string{"1 ∅ 1 10 1 0", "2 1 2 5 1 1", "4 2 3 4 1 2", "5 1 6 9 1 1", "6 5 7 8 1 2"}, bookRows...)},
		{"two branches", "remove: [{category: Shop > Fishing, subtree: remove}, Shop > Hunting > Decoys]",
			append([]string{"1 ∅ 1 4 1 0", "5 1 2 3 1 1"}, bookRows...)},
		{"a splice", "remove: [{category: Shop > Fishing, subtree: promote}]",
			append([]string{"1 ∅ 1 10 1 0", "3 1 2 3 1 1", "4 1 4 5 1 1", "5 1 6 9 1 1", "6 5 7 8 1 2"}, bookRows...)},
		{"a root: its children are trees of their own", "remove: [{category: Shop, subtree: promote}]",
			append([]string{"2 ∅ 1 6 3 0", "3 2 2 3 3 1", "4 2 4 5 3 1", "5 ∅ 1 4 4 0", "6 5 2 3 4 1"}, bookRows...)},
		{"a whole tree", "remove: [{category: Shop, subtree: remove}]", bookRows},
		{"the whole corrupt tree", "remove: [{category: Books, subtree: remove}]",
			[]string{"1 ∅ 1 12 1 0", "2 1 2 7 1 1", "3 2 3 4 1 2", "4 2 5 6 1 2", "5 1 8 11 1 1", "6 5 9 10 1 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := grove(t, mptt, mpttMapping, c.remove)
			if diff := cmp.Diff(c.want, s.through(mpttRows)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCorruptScope(t *testing.T) {
	s := grove(t, mptt, mpttMapping, "remove: [Books > New > Newer]")
	_, err := s.plan()
	want := []string{"nested set lft, rght, tree_id (tree_id 2) is not what the parents say, and must be rewritten", "12: after its bound 5 there is a gap up to 14"}
	if diff := cmp.Diff(want, refusals(t, err)); diff != "" {
		t.Fatalf("refusal (-want +got):\n%s", diff)
	}
	s.rebuild = true
	plan := s.mustPlan()
	var lines []string
	for c, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		line := string(c.Category.ID) + " " + string(c.Category.Do) + " " + string(c.Category.Why)
		for _, r := range c.Category.Rebuild {
			line += " " + r.Column + " " + *r.Before + " " + *r.After
		}
		lines = append(lines, line)
	}
	if diff := cmp.Diff([]string{"11 rebuild ancestor rght 18 8", "14 rebuild ancestor lft 14 6 rght 17 7", "15 remove entry"}, lines); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if got := plan.Trailer().Totals.Rebuilt; got != 2 {
		t.Errorf("%d are rebuilt", got)
	}
	rest := s.rows(mpttRows)[:6]
	if diff := cmp.Diff(append(rest, "11 ∅ 1 8 2 0", "12 11 2 5 2 1", "13 12 3 4 2 2", "14 11 6 7 2 1"), s.through(mpttRows)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestScopeSince: what is rebuilt is a before-value; a scope that went bad
// since the plan refuses it; one that only moved on does not.
func TestScopeSince(t *testing.T) {
	for _, c := range []struct {
		name, remove, since string
		rebuild             bool
		stale, refused      string
	}{
		{name: "another corruption", remove: "remove: [Books > New > Newer]", since: "UPDATE cat SET rght = 20 WHERE id = 11", rebuild: true,
			stale: `what is derived from the tree is not what it was: rght "18" → rght "20"`},
		{name: "sound by now", remove: "remove: [Books > New > Newer]", since: "UPDATE cat SET lft = lft - 8, rght = rght - 8 WHERE id IN (14, 15); UPDATE cat SET rght = 10 WHERE id = 11", rebuild: true,
			stale: `what is derived from the tree is not what it was: rght "18" → sound`},
		{name: "corrupt since", remove: "remove: [Shop > Fishing > Rods]", since: "UPDATE cat SET rght = 14 WHERE id = 5",
			refused: "5: 8 to 14 is not within its parent 1, 1 to 12"},
		{name: "corrupt since, and it was to be rebuilt", remove: "remove: [Shop > Fishing > Rods]", since: "UPDATE cat SET rght = 14 WHERE id = 5", rebuild: true,
			refused: "5: 8 to 14 is not within its parent 1, 1 to 12"},
		{name: "a corrupt scope elsewhere", remove: "remove: [Shop > Fishing > Rods]", since: "UPDATE cat SET rght = 3 WHERE id = 12"},
		{name: "a category beside it", remove: "remove: [Shop > Fishing > Rods]",
			since: "UPDATE cat SET rght = 14 WHERE id = 1; INSERT INTO cat VALUES (7, 1, 'Camping', 12, 13, 1, 1)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := grove(t, mptt, mpttMapping, c.remove)
			s.rebuild = c.rebuild
			plan := s.mustPlan()
			s.exec(c.since)
			before := s.dump()
			_, err := s.apply(plan)
			var stale *migrate.StaleError
			switch {
			case c.stale != "":
				if !errors.As(err, &stale) || !slices.ContainsFunc(stale.Drift, func(d migrate.Drift) bool { return strings.HasPrefix(d.Detail, c.stale) }) {
					t.Fatalf("apply: %v %v", err, detail(err))
				}
			case c.refused != "":
				if got := refusals(t, err); !slices.Contains(got, c.refused) {
					t.Fatalf("refused for %q", got)
				}
			case err != nil:
				t.Fatalf("apply: %v", detail(err))
			}
			if err != nil && before != s.dump() {
				t.Error("a refused apply changed the catalog")
			}
		})
	}
}

// TestScopeIsRoot: as Gedmo keeps trees, a scope is the id of its root, and a
// foreign key that would cascade.
func TestScopeIsRoot(t *testing.T) {
	schema := `CREATE TABLE taxon (id VARCHAR(9) PRIMARY KEY, tree_root VARCHAR(9) REFERENCES taxon (id) ON DELETE CASCADE, parent_id VARCHAR(9) REFERENCES taxon (id) ON DELETE CASCADE,
		name TEXT, tree_left INT, tree_right INT, tree_level INT, position INT);
	INSERT INTO taxon VALUES ('m', 'm', NULL, 'Menu', 1, 10, 0, 0), ('a', 'm', 'm', 'Jeans', 2, 7, 1, 0), ('b', 'm', 'a', 'Wide', 3, 4, 2, 0), ('c', 'm', 'a', 'Slim', 5, 6, 2, 1),
		('d', 'm', 'm', 'Caps', 8, 9, 1, 1), ('x', 'x', NULL, 'Other', 1, 2, 0, 1);`
	mapping := `categories: {table: taxon, id: id, parent: parent_id, name: c.name, order: [position, id]}
tree:
  - nested_set: {left: tree_left, right: tree_right, scope: tree_root, start: 1}
  - depth: {column: tree_level, root: 0}
  - position: {column: position, from: 0}
`
	s := grove(t, schema, mapping, "remove: [{category: Menu, subtree: promote}]")
	want := []string{"a a ∅ 1 6 0 0", "b a a 2 3 1 0", "c a a 4 5 1 1", "d d ∅ 1 2 0 1", "x x ∅ 1 2 0 2"}
	if diff := cmp.Diff(want, s.through("SELECT id, tree_root, parent_id, tree_left, tree_right, tree_level, position FROM taxon ORDER BY id")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestScopeOfShop: a scope that holds two trees is a shop's, and stays.
func TestScopeOfShop(t *testing.T) {
	schema := `CREATE TABLE cat (id INTEGER PRIMARY KEY, parent_id INT, name TEXT, lft INT, rgt INT, store_id INT);
	INSERT INTO cat VALUES (1, NULL, 'A', 1, 6, 7), (2, 1, 'B', 2, 5, 7), (3, 2, 'C', 3, 4, 7), (4, NULL, 'D', 7, 8, 7), (5, NULL, 'E', 1, 2, 8);`
	mapping := `categories: {table: cat, id: id, parent: parent_id, name: c.name, order: [lft]}
tree: [{nested_set: {left: lft, right: rgt, scope: store_id, start: 1}}]
`
	s := grove(t, schema, mapping, "remove: [{category: A, subtree: promote}]")
	want := []string{"2 1 4 7", "3 2 3 7", "4 5 6 7", "5 1 2 8"}
	if diff := cmp.Diff(want, s.through("SELECT id, lft, rgt, store_id FROM cat ORDER BY id")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
