package catalog_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

// treeMappings are mappings with encodings of every kind, by what tells them
// apart.
var treeMappings = map[string]string{
	"whole": `
  - nested_set: {left: lft, right: rgt, start: 1}
  - path: {column: path, separator: "/", trailing: true}
  - depth: {column: depth, root: 0}
  - position: {column: pos, from: 0}
  - count: {column: kids, of: children}
  - count: {column: below, of: descendants}`,
	"one root a scope": `
  - nested_set: {left: lft, right: rgt, scope: tree, roots: one, start: 1}
  - path: {column: path, separator: ".", self: false}
  - depth: {column: depth, root: 1}
  - position: {column: pos, from: 1}`,
	"many roots a scope": `
  - nested_set: {left: lft, right: rgt, scope: tree, roots: many, start: 0}
  - path: {column: path, separator: "|", self: false, leading: true, trailing: true}
  - count: {column: below, of: descendants}`,
}

func treeMapping(t interface{ Fatal(...any) }, tree string) *catalog.Mapping {
	m, err := catalog.ParseMapping("m.yaml", []byte("categories: {table: c, id: id, parent: p, name: c.n}\ntree:"+tree))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drawTree draws a sound forest. Siblings are stored in an order that is not
// that of reading.
func drawTree(t *rapid.T, m *catalog.Mapping) []catalog.TreeRow {
	columns := m.TreeColumns()
	scope := slices.Index(columns, "tree")
	byID := rapid.Bool().Draw(t, "scopes are ids")
	var rows []catalog.TreeRow
	for i := range rapid.IntRange(1, 14).Draw(t, "rows") {
		r := catalog.TreeRow{ID: taxonomy.ID(strconv.Itoa(i + 10)), Cells: make([]any, len(columns))}
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "root") > 0 {
			r.Parent = rows[rapid.IntRange(0, i-1).Draw(t, "parent")].ID
		} else if scope >= 0 && byID {
			r.Cells[scope] = string(r.ID)
		} else if scope >= 0 {
			r.Cells[scope] = int64(i/3 + 1)
		}
		rows = append(rows, r)
	}
	if scope >= 0 && !byID && strings.Contains(string(m.JSON()), `"roots":"one"`) {
		for i := range rows {
			if rows[i].Parent == "" {
				rows[i].Cells[scope] = int64(i + 1)
			}
		}
	}
	rows = encoded(m, rows)
	return rapid.Permutation(rows).Draw(t, "as read")
}

// encoded gives the rows the cells they should hold.
func encoded(m *catalog.Mapping, rows []catalog.TreeRow) []catalog.TreeRow {
	want := m.Derive(rows)
	out := slices.Clone(rows)
	for i := range out {
		out[i].Cells = want[out[i].ID]
	}
	return out
}

// drawTreeEdit draws a plan's edit: some categories go, and of each either all
// that is below, or what is right below is lifted.
func drawTreeEdit(t *rapid.T, rows []catalog.TreeRow) migrate.TreeEdit {
	e := migrate.TreeEdit{Promoted: map[taxonomy.ID]taxonomy.ID{}}
	up := map[taxonomy.ID]taxonomy.ID{}
	for _, r := range rows {
		up[r.ID] = r.Parent
	}
	named := map[taxonomy.ID]bool{}
	for _, r := range rows {
		if rapid.IntRange(0, 4).Draw(t, "goes") == 0 {
			named[r.ID] = rapid.Bool().Draw(t, "with all below")
		}
	}
	removed := map[taxonomy.ID]bool{}
	for _, r := range rows {
		for at := r.ID; at != ""; at = up[at] {
			if all, ok := named[at]; ok && (all || at == r.ID) {
				removed[r.ID] = true
			}
		}
	}
	for _, r := range rows {
		if removed[r.ID] {
			e.Removed = append(e.Removed, r.ID)
			continue
		}
		to := r.Parent
		for removed[to] {
			to = up[to]
		}
		if to != r.Parent {
			e.Promoted[r.ID] = to
		}
	}
	return e
}

// written is the rows after an edit that wrote cells.
func written(rows []catalog.TreeRow, e migrate.TreeEdit, cells map[taxonomy.ID]map[int]any) []catalog.TreeRow {
	var out []catalog.TreeRow
	for _, r := range rows {
		if slices.Contains(e.Removed, r.ID) {
			continue
		}
		if to, ok := e.Promoted[r.ID]; ok {
			r.Parent = to
		}
		r.Cells = slices.Clone(r.Cells)
		for at, v := range cells[r.ID] {
			r.Cells[at] = v
		}
		out = append(out, r)
	}
	return out
}

// TestRework: an edit of a sound tree leaves a sound tree, and writes no cell
// that holds what it should. A cell that is wrong is a defect where its scope
// is rewritten, and rebuilding mends it; elsewhere it stays as it is.
func TestRework(t *testing.T) {
	for name, tree := range treeMappings {
		t.Run(name, func(t *testing.T) {
			m := treeMapping(t, tree)
			rapid.Check(t, func(rt *rapid.T) {
				rows := drawTree(rt, m)
				e := drawTreeEdit(rt, rows)
				cells, d, err := m.Rework(rows, e)
				if err != nil || len(d.Defects) > 0 || len(d.Rebuilt) > 0 {
					rt.Fatalf("a sound tree: %v, %+v", err, d)
				}
				after := written(rows, e, cells)
				if diff := cmp.Diff(encoded(m, after), after); diff != "" {
					rt.Fatalf("what is written (-want +got):\n%s", diff)
				}
				wrongCell(rt, m, rows, e)
			})
		})
	}
}

// wrongCell spoils one cell.
func wrongCell(t *rapid.T, m *catalog.Mapping, rows []catalog.TreeRow, e migrate.TreeEdit) {
	spoilt := slices.Clone(rows)
	i := rapid.IntRange(0, len(rows)-1).Draw(t, "spoilt row")
	at := rapid.IntRange(0, len(m.TreeColumns())-1).Draw(t, "spoilt column")
	if m.TreeColumns()[at] == "tree" && spoilt[i].Parent == "" {
		return // a root's scope is what it says
	}
	bad := rapid.SampledFrom([]any{nil, int64(-7), int64(3), int64(8), int64(40), "x", "10/11/", int64(1)}).Draw(t, "spoilt with")
	if fmt.Sprint(bad) == fmt.Sprint(spoilt[i].Cells[at]) || bad == nil && m.TreeColumns()[at] == "path" {
		return // not wrong, or a root's way of saying none
	}
	spoilt[i].Cells = slices.Clone(spoilt[i].Cells)
	spoilt[i].Cells[at] = bad
	cells, d, err := m.Rework(spoilt, e)
	if err != nil {
		t.Fatal(err)
	}
	after := written(spoilt, e, cells)
	if len(d.Defects) == 0 {
		for id, c := range cells {
			if _, wrote := c[at]; wrote && id == spoilt[i].ID {
				t.Fatalf("cell %d of %s was wrong, and is written without a word: %v", at, id, c)
			}
		}
		return
	}
	told := false
	for _, defect := range d.Defects {
		told = told || len(defect.Rows) > 0
		for _, row := range defect.Rows {
			id, _, _ := strings.Cut(row, ":")
			if !slices.ContainsFunc(rows, func(r catalog.TreeRow) bool { return string(r.ID) == id }) {
				t.Fatalf("a defect of no row: %q", row)
			}
		}
	}
	if !told {
		t.Fatalf("defects without a word: %+v", d.Defects)
	}
	if diff := cmp.Diff(encoded(m, after), after); diff != "" {
		t.Fatalf("after rebuilding (-want +got):\n%s", diff)
	}
}

// TestReworkDrifted: an edit that no longer fits the tree is worked out as far
// as it goes: a child that nobody lifts is lifted with the others.
func TestReworkDrifted(t *testing.T) {
	m := treeMapping(t, treeMappings["whole"])
	rows := encoded(m, []catalog.TreeRow{{ID: "1", Cells: make([]any, 7)}, {ID: "2", Parent: "1", Cells: make([]any, 7)}, {ID: "3", Parent: "2", Cells: make([]any, 7)}, {ID: "4", Parent: "3", Cells: make([]any, 7)}})
	for i := range rows {
		rows[i].Cells = slices.Clone(rows[i].Cells)
	}
	e := migrate.TreeEdit{Removed: []taxonomy.ID{"2", "9"}, Promoted: map[taxonomy.ID]taxonomy.ID{"4": "8"}}
	cells, d, err := m.Rework(rows, e)
	if err != nil || len(d.Defects) > 0 {
		t.Fatalf("%v, %+v", err, d)
	}
	for _, id := range []taxonomy.ID{"3", "4"} {
		if len(cells[id]) == 0 {
			t.Errorf("%s is not written", id)
		}
	}
	e = migrate.TreeEdit{Removed: []taxonomy.ID{"2"}, Promoted: map[taxonomy.ID]taxonomy.ID{"3": "4"}} // 4 came below 3 since
	if _, d, err := m.Rework(rows, e); err != nil || len(d.Defects) > 0 {
		t.Fatalf("%v, %+v", err, d)
	}
}
