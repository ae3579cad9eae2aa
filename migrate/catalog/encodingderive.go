package catalog

import (
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// derived is what an encoding should hold: the cells of each category.
type derived map[taxonomy.ID][]any

// derivation is an encoding in columns of the category table, at work.
type derivation interface {
	// label names the encoding with its columns.
	label() string
	// cells are the places of its columns among a plot's cells.
	cells() []int
	// siblings is the order in which it has siblings; 0 leaves the order in
	// which they were read.
	siblings(a, b *plot) int
	// derive works out what each row of the forest should hold.
	derive(f *forest) (derived, error)
	// scope tells which rows stand or fall together: those of one scope.
	scope(f *forest, id taxonomy.ID) string
	// place names a row's scope for a person; "" where it is just the row.
	place(f *forest, id taxonomy.ID) string
	// defects says, row by row, what is wrong with the stored cells of a
	// scope. rows are those of the scope; want is what they should hold.
	defects(f *forest, rows []*plot, want derived) []string
}

// derivations makes the mapping's encodings ready. manyRoots says that a
// nested set's scope is not about trees.
func (m *Mapping) derivations(manyRoots func(*NestedSet) bool) []derivation {
	columns := m.treeColumns()
	at := func(name string) int { return slices.Index(columns, name) }
	var out []derivation
	if pt := m.Categories.PathTree; pt != nil {
		out = append(out, treePath{pt, at(pt.Column)})
	}
	for _, e := range m.Tree {
		switch {
		case e.NestedSet != nil:
			out = append(out, &nestedSet{of: e.NestedSet, left: at(e.NestedSet.Left), right: at(e.NestedSet.Right),
				scoped: at(e.NestedSet.Scope), manyRoots: manyRoots(e.NestedSet)})
		case e.Path != nil:
			out = append(out, &idPath{of: e.Path, at: at(e.Path.Column)})
		case e.Depth != nil:
			out = append(out, treeDepth{rowwise{e.Depth.Column, "depth", at(e.Depth.Column)}, e.Depth.Root})
		case e.Position != nil:
			out = append(out, siblingRank{e.Position, at(e.Position.Column)})
		case e.Count != nil && e.Count.Of != countProducts:
			out = append(out, treeCount{rowwise{e.Count.Column, "count of " + e.Count.Of, at(e.Count.Column)}, e.Count.Of == countDescendants})
		}
	}
	return out
}

// rewrite is what an edit makes of the encodings.
type rewrite struct {
	cells   map[taxonomy.ID]map[int]any // what to write, by category and cell
	counts  []migrate.DerivedCount
	defects []migrate.TreeDefect
	rebuilt map[taxonomy.ID][]migrate.Rebuilt
	tables  []*closureEdit // one for each of Mapping.closures
	names   []string       // of the cells
}

// rework derives every encoding for the tree as it is and as it will be. Where
// the two differ the scope must be rewritten: only there what is stored is
// judged, and written over.
func rework(base *forest, edit migrate.TreeEdit, all []derivation, names []string) (*rewrite, error) {
	w := &rewrite{cells: map[taxonomy.ID]map[int]any{}, rebuilt: map[taxonomy.ID][]migrate.Rebuilt{}, names: names}
	for _, d := range all {
		if err := w.encoding(base.sorted(d.siblings), edit, d); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// regrow derives every encoding for two trees, one read before an undo and
// one after it. Where they differ, the scope is written over as the second
// tree has it.
func regrow(before, after *forest, all []derivation, names []string) (*rewrite, error) {
	w := &rewrite{cells: map[taxonomy.ID]map[int]any{}, names: names}
	for _, d := range all {
		was, err := d.derive(before.sorted(d.siblings))
		if err != nil {
			return nil, err
		}
		now := after.sorted(d.siblings)
		will, err := d.derive(now)
		if err != nil {
			return nil, err
		}
		touched := map[string]bool{}
		for _, p := range now.rows {
			if old, ok := was[p.id]; !ok || !alike(old, will[p.id]) {
				touched[d.scope(now, p.id)] = true
			}
		}
		for _, p := range now.rows {
			if touched[d.scope(now, p.id)] {
				w.row(p, d, will[p.id], false)
			}
		}
	}
	return w, nil
}

func (w *rewrite) encoding(before *forest, edit migrate.TreeEdit, d derivation) error {
	after := before.edited(edit)
	was, err := d.derive(before)
	if err != nil {
		return err
	}
	will, err := d.derive(after)
	if err != nil {
		return err
	}
	// What hangs on a category that goes, and is not in the edit, came since:
	// whoever asked finds that out.
	after.rows = slices.DeleteFunc(after.rows, func(p *plot) bool { return will[p.id] == nil })
	touched := map[string]bool{}
	for _, p := range after.rows {
		if !alike(was[p.id], will[p.id]) {
			touched[d.scope(before, p.id)] = true
		}
	}
	corrupt := w.judge(before, d, was, touched)
	rows := 0
	for _, p := range after.rows {
		scope := d.scope(before, p.id)
		if touched[scope] && w.row(p, d, will[p.id], corrupt[scope]) {
			rows++
		}
	}
	w.counts = append(w.counts, migrate.DerivedCount{Encoding: d.label(), Rows: rows})
	return nil
}

// judge finds the scopes that must be rewritten and do not hold what they
// should, and says what is wrong with them.
func (w *rewrite) judge(before *forest, d derivation, was derived, touched map[string]bool) map[string]bool {
	members, corrupt, order := map[string][]*plot{}, map[string]bool{}, []string{}
	for _, p := range before.rows {
		scope := d.scope(before, p.id)
		if !touched[scope] {
			continue
		}
		members[scope] = append(members[scope], p)
		for i, at := range d.cells() {
			if !holds(p.cells[at], was[p.id][i]) && !corrupt[scope] {
				corrupt[scope] = true
				order = append(order, scope)
			}
		}
	}
	for _, scope := range order {
		rows := members[scope]
		w.defect(d.label(), d.place(before, rows[0].id), d.defects(before, rows, was))
	}
	return corrupt
}

// defect adds to what is told of a scope.
func (w *rewrite) defect(encoding, scope string, rows []string) {
	i := slices.IndexFunc(w.defects, func(d migrate.TreeDefect) bool { return d.Encoding == encoding && d.Scope == scope })
	if i < 0 {
		i = len(w.defects)
		w.defects = append(w.defects, migrate.TreeDefect{Encoding: encoding, Scope: scope})
	}
	w.defects[i].Rows = append(w.defects[i].Rows, rows...)
}

// row notes what is to be written to a row; false where nothing is.
func (w *rewrite) row(p *plot, d derivation, will []any, corrupt bool) bool {
	if will == nil { // above itself, by somebody's edit since the plan
		return false
	}
	writes := false
	for i, at := range d.cells() {
		if holds(p.cells[at], will[i]) {
			continue
		}
		if w.cells[p.id] == nil {
			w.cells[p.id] = map[int]any{}
		}
		w.cells[p.id][at], writes = will[i], true
		known := slices.ContainsFunc(w.rebuilt[p.id], func(r migrate.Rebuilt) bool { return r.Column == w.names[at] }) // a shared scope
		if corrupt && !known {
			w.rebuilt[p.id] = append(w.rebuilt[p.id], migrate.Rebuilt{Column: w.names[at], Before: rendering(p.cells[at]), After: rendering(will[i])})
		}
	}
	return writes
}
