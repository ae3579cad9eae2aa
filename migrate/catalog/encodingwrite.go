package catalog

import (
	"context"
	"fmt"
)

// writeTree writes the encodings of the tree, with the new parents and what
// closes categories: one statement for the category table, and a fixed number
// for each closure table.
func (st *stage) writeTree(ctx context.Context, t *transaction) error {
	if err := t.note(ctx, "tree", 1, st.encoded.planted); err != nil {
		return err
	}
	for j, e := range st.encoded.tables {
		if err := st.writeClosure(ctx, t, j, e); err != nil {
			return fmt.Errorf("write the closure in %s: %w", e.of.Table, err)
		}
	}
	if st.encoded.rows == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	written := st.treeWritten(tab)
	w := st.was(t, tab, written, "g")
	if err := t.make(ctx, st.snapshot, w.tempTable); err != nil {
		return err
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT 0, %s, %s FROM %s s JOIN %s p ON %s", w.name,
		list("s.", len(tab.ident())), idents("p.", written), st.name("te"), tab.sql(), st.c.joinIdent("p", "s", tab.ident()))); err != nil {
		return fmt.Errorf("keep what the tree is written in: %w", err)
	}
	set, args := st.treeSet(t, tab)
	if err := t.write(ctx, "write the tree", st.encoded.rows,
		st.c.d.update(tab, set, st.name("te")+" s", st.c.joinIdent("p", "s", tab.ident())), args...); err != nil {
		return err
	}
	if err := t.imageUpdate(ctx, roleCategory, tab, written, w.before, w.from, nil); err != nil {
		return fmt.Errorf("keep what the tree is written in: %w", err)
	}
	im := &t.images[len(t.images)-1]
	for _, c := range st.encoded.columns {
		if c.adds {
			im.Counters = append(im.Counters, c.name)
		}
	}
	return nil
}

// treeSet gives what is set: a column changes in the rows that have its bit.
func (st *stage) treeSet(t *transaction, tab *table) (set []assigned, args []any) {
	for i, c := range st.encoded.columns {
		own := "p." + ident(c.name)
		to := fmt.Sprintf("s.v%d", i+1)
		switch {
		case c.adds:
			to = own + " + " + to
		case c.set != nil && c.set.Now:
			to, args = "?", append(args, t.nowFor(tab, c.name))
		case c.set != nil:
			to = st.c.d.literal(*c.set)
		}
		set = append(set, assigned{c.name, fmt.Sprintf("CASE WHEN (s.w & %d) <> 0 THEN %s ELSE %s END", 1<<i, to, own)})
	}
	return set, args
}

// uncounted is what undo gives the i-th column, a count: what was there, or,
// where it went on since, that without what the run added.
func (im image) uncounted(i int) string {
	name := im.Columns[i]
	before, after := im.given(name, fmt.Sprintf("x.b%d", i+1)), im.given(name, fmt.Sprintf("x.a%d", i+1))
	return fmt.Sprintf("CASE WHEN %s THEN %s ELSE p.%s + %s - %s END", im.is(name, fmt.Sprintf("x.a%d", i+1)), before, ident(name), before, after)
}

// writeClosure deletes, corrects and inserts rows of a closure table.
func (st *stage) writeClosure(ctx context.Context, t *transaction, j int, e *closureEdit) error {
	tab, _ := st.c.schema.table(e.of.Table)
	rows := func(op int) string {
		return fmt.Sprintf("SELECT %s FROM %s WHERE op = %d", list("", len(tab.ident())), st.closureName("cl", j), op)
	}
	if len(e.goes) > 0 {
		if _, err := t.imageRows(ctx, roleClosure, opDelete, tab, matches(tab, "p.", rows(closureGoes))); err != nil {
			return err
		}
		if err := t.write(ctx, "delete rows", int64(len(e.goes)), st.c.d.deleteFrom(tab, matches(tab, "p.", rows(closureGoes)))); err != nil {
			return err
		}
	}
	if len(e.depths) > 0 {
		if err := t.write(ctx, "write depths", int64(len(e.depths)), st.c.d.update(tab, []assigned{{e.of.Depth, "s.v"}}, st.closureName("cl", j)+" s",
			fmt.Sprintf("s.op = %d AND %s", closureDepth, st.c.joinIdent("p", "s", tab.ident())))); err != nil {
			return err
		}
		if err := t.imageUpdate(ctx, roleClosure, tab, []string{e.of.Depth}, []string{"x.was"}, fmt.Sprintf("%s x JOIN %s p ON %s WHERE x.op = %d",
			st.closureName("cl", j), tab.sql(), st.c.joinIdent("p", "x", tab.ident()), closureDepth), nil); err != nil {
			return err
		}
	}
	if len(e.comes) == 0 {
		return nil
	}
	return st.insertClosure(ctx, t, j, e, tab)
}

// insertClosure inserts what a corrupt closure lacks.
func (st *stage) insertClosure(ctx context.Context, t *transaction, j int, e *closureEdit, tab *table) error {
	columns, values := []string{e.of.Ancestor, e.of.Descendant}, "a, d"
	if e.of.Depth != "" {
		columns, values = append(columns, e.of.Depth), "a, d, v"
	}
	if err := t.write(ctx, "insert rows", int64(len(e.comes)), fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s",
		tab.sql(), idents("", columns), values, st.closureName("ci", j))); err != nil {
		return err
	}
	_, err := t.imageRows(ctx, roleClosure, opInsert, tab, fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE %s AND %s)",
		st.closureName("ci", j), st.c.d.joined("x.a", "p."+ident(e.of.Ancestor)), st.c.d.joined("x.d", "p."+ident(e.of.Descendant))))
	return err
}

// closureComparisons are pairs of counts that are equal where no row of a
// judged category moved.
func (st *stage) closureComparisons() [][2]string {
	if st.encoded == nil {
		return nil
	}
	var out [][2]string
	for j, e := range st.encoded.tables {
		tab, _ := st.c.schema.table(e.of.Table)
		keys, staged := st.closureName("ck", j), st.closureName("cl", j)
		columns, was := []string{"p." + ident(e.of.Ancestor), "p." + ident(e.of.Descendant)}, []string{"x.a", "x.d"}
		if e.of.Depth != "" {
			columns, was = append(columns, "p."+ident(e.of.Depth)), append(was, "x.was")
		}
		// as many name the categories, as descendants or as ancestors that go
		for _, side := range []struct{ column, copied, which string }{{e.of.Descendant, "x.d", ""}, {e.of.Ancestor, "x.a", " AND k.dead = 1"}} {
			out = append(out, [2]string{
				fmt.Sprintf("SELECT count(*) FROM %s k %s %s p ON %s%s", keys, st.c.d.inOrder(), tab.sql(), st.c.d.joined("p."+ident(side.column), "k.k"), side.which),
				fmt.Sprintf("SELECT count(*) FROM %s k %s %s x ON %s%s", keys, st.c.d.inOrder(), staged, st.c.d.joined(side.copied, "k.k"), side.which)})
		}
		out = append(out, [2]string{fmt.Sprintf("SELECT count(*) FROM %s x %s %s p ON %s WHERE %s", staged, st.c.d.inOrder(), tab.sql(),
			st.c.joinIdent("p", "x", tab.ident()), sameEach(st.c.d, columns, was)), "SELECT count(*) FROM " + staged})
	}
	return out
}

// inserts reports whether the staged changes insert rows that undo takes out.
func (st *stage) inserts() bool {
	if st.c.mapping.Redirects != nil {
		return true
	}
	if st.encoded != nil {
		for _, e := range st.encoded.tables {
			if len(e.comes) > 0 {
				return true
			}
		}
	}
	return false
}

// treeWrites is what runs under this mapping may write of the encodings.
func (m *Mapping) treeWrites() []write {
	var out []write
	if columns := m.derivedColumns(); len(columns) > 0 {
		out = append(out, write{m.Categories.Table, "UPDATE", columns})
	}
	for _, c := range m.closures() {
		out = append(out, write{c.Table, "DELETE", nil}, write{c.Table, "INSERT", nil})
		if c.Depth != "" {
			out = append(out, write{c.Table, "UPDATE", []string{c.Depth}})
		}
	}
	return out
}

// closurePointers are the columns of closure tables that name categories.
func (m *Mapping) closurePointers() []pointer {
	var out []pointer
	for _, c := range m.closures() {
		out = append(out, pointer{c.Table, c.Ancestor, c.RefersTo}, pointer{c.Table, c.Descendant, c.RefersTo})
	}
	return out
}
