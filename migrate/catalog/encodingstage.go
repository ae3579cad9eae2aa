package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// encoded is what a run writes because the tree changes, staged in
//
//	recat_te_N    one row a category: i1 …, w (which columns, as bits), v1 …
//
// and, for the J-th closure table, in
//
//	recat_cl_N_J  the rows that were judged: i1 …, a, d, was (the depth), op
//	              (0 stays, 1 goes, 2 gets the depth v), v
//	recat_ck_N_J  the keys of the categories they belong to: k, and whether
//	              the category goes, dead
//	recat_ci_N_J  rows to insert: a, d, v
type encoded struct {
	columns []treeColumn
	rows    int64
	tables  []*closureEdit
	planted string // digest of the tree as it will be
}

// treeColumn is a column of the category table that is written, and how:
// copied, added to, or set as the mapping says.
type treeColumn struct {
	name string
	adds bool
	set  *Literal
}

// edit is what the staged changes do to the tree.
func (st *stage) edit() (e migrate.TreeEdit, rebuild bool) {
	e.Promoted = map[taxonomy.ID]taxonomy.ID{}
	for _, line := range st.categories {
		switch line.Do {
		case migrate.RemoveCategory:
			e.Removed = append(e.Removed, line.ID)
		case migrate.PromoteCategory:
			e.Promoted[line.ID] = line.To
		}
		rebuild = rebuild || len(line.Rebuild) > 0
	}
	return e, rebuild
}

// stageTree stages what the encodings of the tree become. It refuses where a
// scope that must be rewritten is corrupt and the plan does not rebuild it.
func (st *stage) stageTree(ctx context.Context) error {
	if !st.c.mapping.derives() {
		return nil
	}
	edit, rebuild := st.edit()
	w, base, err := st.c.rework(ctx, edit)
	if err != nil {
		return err
	}
	if w == nil {
		w = &rewrite{}
	}
	if len(w.defects) > 0 && !rebuild {
		return migrate.RefuseTree(w.defects)
	}
	st.encoded = &encoded{tables: w.tables}
	rows := st.writtenRows(w, base, edit)
	st.encoded.planted = st.planted(rows, edit)
	if err := st.stageRows(ctx, rows); err != nil {
		return err
	}
	for j, edit := range w.tables {
		if err := st.stageClosure(ctx, j, edit); err != nil {
			return err
		}
	}
	return nil
}

// writtenRows collects, by category, the values to write, by column name.
func (st *stage) writtenRows(w *rewrite, base *forest, edit migrate.TreeEdit) map[taxonomy.ID]map[string]any {
	out := map[taxonomy.ID]map[string]any{}
	set := func(id taxonomy.ID, c treeColumn, v any) {
		if out[id] == nil {
			out[id] = map[string]any{}
		}
		out[id][c.name] = v
		if !slices.Contains(st.encoded.columns, c) {
			st.encoded.columns = append(st.encoded.columns, c)
		}
	}
	m := st.c.mapping
	closes := make([]treeColumn, len(m.Categories.Close))
	for i, a := range m.Categories.Close {
		closes[i] = treeColumn{name: a.Column, set: &m.Categories.Close[i].Value}
	}
	for _, line := range st.categories {
		switch {
		case line.Do == migrate.PromoteCategory && m.Categories.Parent != "":
			set(line.ID, treeColumn{name: m.Categories.Parent}, st.parentValue(line.To))
		case line.Do == migrate.CloseCategory:
			for _, c := range closes {
				set(line.ID, c, nil)
			}
		}
	}
	for _, p := range base.rows {
		for at, v := range w.cells[p.id] {
			set(p.id, treeColumn{name: w.names[at]}, v)
		}
	}
	goes := map[taxonomy.ID]bool{}
	for _, id := range edit.Removed {
		goes[id] = true
	}
	for _, c := range m.counters() {
		gains := st.tally.gains(base, c, goes)
		for _, p := range base.rows {
			if n := gains[p.id]; n != 0 && !goes[p.id] {
				set(p.id, treeColumn{name: c.Column, adds: true}, n)
			}
		}
	}
	slices.SortFunc(st.encoded.columns, func(a, b treeColumn) int { return strings.Compare(a.name, b.name) })
	return out
}

// parentValue is how a category names its parent: by a copy of the parent's
// own key, or by what the catalog writes for none.
func (st *stage) parentValue(id taxonomy.ID) any {
	m := st.c.mapping.Categories
	if id != "" {
		return st.c.keyValue(st.c.rows[id], m.ParentKey)
	}
	if r := m.Root[0]; r != nil {
		return *r
	}
	return nil
}

func (st *stage) stageRows(ctx context.Context, rows map[taxonomy.ID]map[string]any) error {
	if st.encoded.rows = int64(len(rows)); len(rows) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	ids, columns := numbered("i", len(tab.ident())), st.encoded.columns
	typed := append(typedColumns(ids, prefixed("p.", tab.ident())), number("w"))
	for i, c := range columns {
		v := typedColumn{fmt.Sprintf("v%d", i+1), "p." + ident(c.name)}
		if c.adds || c.set != nil {
			v.expr = ""
		}
		typed = append(typed, v)
	}
	if err := st.make(ctx, tempTable{name: st.name("te"), key: ids, columns: typed, from: tab.sql() + " p"}); err != nil {
		return err
	}
	into := &inserter{s: st.c.conn, table: st.name("te"), width: len(typed)}
	for _, p := range st.c.plots {
		values, ok := rows[p.id]
		if !ok || p.outside {
			continue
		}
		var bits int64
		cells := make([]any, len(columns))
		for i, c := range columns {
			v, writes := values[c.name]
			if writes {
				bits |= 1 << i
			} else {
				v = st.stored(p, c)
			}
			cells[i] = v
		}
		if err := into.add(ctx, append(append(slices.Clone(p.row.ident), bits), cells...)...); err != nil {
			return err
		}
	}
	if err := into.flush(ctx); err != nil {
		return err
	}
	return st.c.d.filled(ctx, st.c.conn, st.name("te"))
}

// stored is what stands in a column that a row keeps: the temporary table may
// take no NULL where the catalog's takes none.
func (st *stage) stored(p *plot, c treeColumn) any {
	if at := slices.Index(st.c.mapping.treeColumns(), c.name); at >= 0 {
		return p.cells[at]
	}
	if c.name == st.c.mapping.Categories.Parent {
		return p.above
	}
	return nil
}

// treeWritten lists the columns of the category table that the update may
// change, those that declared triggers write included.
func (st *stage) treeWritten(tab *table) []string {
	var out []string
	for _, c := range st.encoded.columns {
		out = append(out, c.name)
	}
	return st.c.withTriggered(tab, out)
}

// What becomes of a closure row.
const (
	closureStays = iota
	closureGoes
	closureDepth
)

func (st *stage) closureName(kind string, j int) string {
	return fmt.Sprintf("%s_%d", st.name(kind), j+1)
}

func (st *stage) stageClosure(ctx context.Context, j int, e *closureEdit) error {
	if err := st.makeClosure(ctx, j, e); err != nil {
		return err
	}
	tab, _ := st.c.schema.table(e.of.Table)
	rows := &inserter{s: st.c.conn, table: st.closureName("cl", j), width: len(tab.ident()) + 5}
	for i, r := range e.judged {
		op, v := closureStays, r.depth
		if d, ok := e.depths[i]; ok {
			op, v = closureDepth, d
		} else if e.goes[i] {
			op = closureGoes
		}
		if err := rows.add(ctx, append(slices.Clone(r.ident), r.ancestor, r.descendant, r.depth, op, v)...); err != nil {
			return err
		}
	}
	keys := &inserter{s: st.c.conn, table: st.closureName("ck", j), width: 2}
	for i, k := range append(slices.Clone(e.keys), e.dead...) {
		dead := 0
		if i >= len(e.keys) {
			dead = 1
		}
		if err := keys.add(ctx, k, dead); err != nil {
			return err
		}
	}
	comes := &inserter{s: st.c.conn, table: st.closureName("ci", j), width: 3}
	for _, r := range e.comes {
		if err := comes.add(ctx, r.ancestor, r.descendant, r.depth); err != nil {
			return err
		}
	}
	for _, b := range []*inserter{rows, keys, comes} {
		if err := b.flush(ctx); err != nil {
			return err
		}
		if err := st.c.d.filled(ctx, st.c.conn, b.table); err != nil {
			return err
		}
	}
	return nil
}

// makeClosure makes the temporary tables of one closure table.
func (st *stage) makeClosure(ctx context.Context, j int, e *closureEdit) error {
	tab, _ := st.c.schema.table(e.of.Table)
	from := tab.sql() + " p"
	a, d := "p."+ident(e.of.Ancestor), "p."+ident(e.of.Descendant)
	depth := func(name string) typedColumn {
		if e.of.Depth == "" {
			return number(name)
		}
		return typedColumn{name, "p." + ident(e.of.Depth)}
	}
	rows := append(typedColumns(numbered("i", len(tab.ident())), prefixed("p.", tab.ident())), typedColumn{"a", a}, typedColumn{"d", d}, depth("was"), number("op"), depth("v"))
	for _, t := range []tempTable{
		{name: st.closureName("cl", j), columns: rows, from: from},
		{name: st.closureName("ck", j), key: []string{"k"}, columns: []typedColumn{{"k", d}, number("dead")}, from: from},
		{name: st.closureName("ci", j), columns: []typedColumn{{"a", a}, {"d", d}, depth("v")}, from: from},
	} {
		if err := st.make(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
