package catalogtest

import (
	"slices"
	"strings"

	"recat/migrate"
)

// treeFollows: after apply, everything that is derived from the tree is what
// an independent derivation gives, and siblings are in the order they were in;
// rows that are no part of the tree keep what they had.
func treeFollows(s *scene) {
	a := s.actor()
	defer a.close()
	if s.w.Shape.Tree == TreeNone || a.Query == nil {
		return
	}
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before, _, err := s.w.Shape.read(a.Query)
	a.must(err, "read the tree")
	a.apply(d)
	a.sound(before, d)
}

// sound holds what the rows keep of the tree against a derivation from their
// parents, and against what they were.
func (a *actor) sound(before []treeRow, d *Draft) {
	a.t.Helper()
	rows := a.asDerived(before, func(want, _ map[string]int64) {})
	a.inOrder(before, rows, d)
	a.scopes(rows)
}

// asDerived holds what the rows keep of the tree against a derivation from
// their parents, and gives them. Rows that are no part of the tree keep what
// they had before. lenient may forgive a row what it holds.
func (a *actor) asDerived(before []treeRow, lenient func(want, got map[string]int64)) []treeRow {
	a.t.Helper()
	shape := a.w.Shape
	rows, pairs, err := shape.read(a.Query)
	a.must(err, "read the tree")
	v := a.view()
	want := derive(shape.Tree, rows, func(id string) (filed int64, onSale []string) {
		for _, p := range v.Products {
			if slices.Contains(countedIn(&p, shape), id) && !p.Hidden {
				if filed++; p.Live {
					onSale = append(onSale, p.ID)
				}
			}
		}
		return filed, onSale
	})
	was, out := map[string]treeRow{}, map[string]bool{}
	for _, r := range before {
		was[r.ID] = r
	}
	for _, r := range rows {
		if r.Out {
			out[r.ID] = true
			old := was[r.ID]
			old.Out, old.Parent = true, r.Parent
			a.equal(old, r, "category "+r.ID+", which is no part of the tree")
			continue
		}
		lenient(want.out[r.ID].N, r.N)
		a.equal(want.out[r.ID], r, "what category "+r.ID+" derives from the tree")
	}
	pairs = slices.DeleteFunc(pairs, func(p [3]string) bool { return out[p[1]] })
	if len(pairs) == 0 {
		pairs = nil
	}
	a.equal(sortedPairs(want.pairs), pairs, "the closure table")
	return rows
}

// countedIn lists the categories whose counters count a product.
func countedIn(p *migrate.Product, s Shape) []string {
	if !s.Memberships {
		return []string{string(p.Category)}
	}
	var out []string
	for _, m := range p.Memberships {
		out = append(out, string(m.Category))
	}
	return out
}

// inOrder: what survives comes in the order in which it came. Only a root's
// numbers begin anew.
func (a *actor) inOrder(before, after []treeRow, d *Draft) {
	order := func(rows []treeRow) []string {
		byLeft := slices.Clone(rows)
		slices.SortFunc(byLeft, func(x, y treeRow) int {
			return 2*strings.Compare(x.Scope, y.Scope) + int(min(1, max(-1, x.number("lft")-y.number("lft"))))
		})
		var ids []string
		for _, r := range byLeft {
			if i := slices.IndexFunc(after, func(x treeRow) bool { return x.ID == r.ID }); i >= 0 && !after[i].Out {
				ids = append(ids, r.ID)
			}
		}
		return ids
	}
	moved := false
	for c, err := range d.Changes() {
		a.must(err, "read the plan")
		moved = moved || c.Category != nil && c.Category.Do == migrate.PromoteCategory && c.Category.To == ""
	}
	if !moved || a.w.Shape.Tree == TreeWhole {
		a.equal(order(before), order(after), "categories by their left bounds")
	}
}

// dense: the positions of siblings are without gaps, whatever their order.
func (a *actor) dense() {
	a.t.Helper()
	got := map[string][]int64{}
	for _, r := range a.tree() {
		if !r.Out {
			got[r.Parent] = append(got[r.Parent], r.N["pos"])
		}
	}
	for parent, all := range got {
		slices.Sort(all)
		for i, n := range all {
			if n != all[0]+int64(i) {
				a.t.Fatalf("positions below %q: %v", parent, all)
			}
		}
	}
}

// tree reads what the rows keep of the tree; nothing where they keep none.
func (a *actor) tree() []treeRow {
	if a.w.Shape.Tree == TreeNone || a.Query == nil {
		return nil
	}
	rows, _, err := a.w.Shape.read(a.Query)
	a.must(err, "read the tree")
	return rows
}

// scopes: each root has a scope of its own; by its id where scopes are ids.
func (a *actor) scopes(rows []treeRow) {
	seen := map[string]bool{}
	for _, r := range rows {
		if r.Out || r.Parent != "" || a.w.Shape.Tree == TreeWhole {
			continue
		}
		if seen[r.Scope] || a.w.Shape.Tree == TreeRooted && r.Scope != r.ID {
			a.t.Fatalf("root %s has the scope %q", r.ID, r.Scope)
		}
		seen[r.Scope] = true
	}
}
