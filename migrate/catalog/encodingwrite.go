package catalog

import (
	"context"
	"fmt"
	"strings"
)

// writeTree writes the encodings of the tree, with the new parents and what
// closes categories: one statement for the category table, and a fixed number
// for each closure table.
func (st *stage) writeTree(ctx context.Context, t *transaction) error {
	for j, e := range st.encoded.tables {
		if err := st.writeClosure(ctx, t, j, e); err != nil {
			return fmt.Errorf("write the closure in %s: %w", e.of.Table, err)
		}
	}
	if st.encoded.rows == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	written, n := st.treeWritten(tab), len(tab.ident())
	before := numbered("b", len(written))
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO temp.%s SELECT %s, %s FROM temp.%s s JOIN %s p ON %s", st.name("tw"),
		list("s.", n), strings.Join(prefixed("p.", written), ", "), st.name("te"), ident(tab.name), joinIdent("p", "s", tab.ident()))); err != nil {
		return fmt.Errorf("keep what the tree is written in: %w", err)
	}
	set, args := st.treeSet(t, tab)
	if err := t.write(ctx, "write the tree", st.encoded.rows, fmt.Sprintf("UPDATE %s SET %s FROM temp.%s s WHERE %s",
		ident(tab.name), strings.Join(set, ", "), st.name("te"), joinIdent(ident(tab.name), "s", tab.ident())), args...); err != nil {
		return err
	}
	if err := t.imageUpdate(ctx, roleCategory, tab, written, prefixed("x.", before),
		fmt.Sprintf("temp.%s x JOIN %s p ON %s", st.name("tw"), ident(tab.name), joinIdent("p", "x", tab.ident())), nil); err != nil {
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

// treeSet gives the SET clauses: a column changes in the rows that have its
// bit.
func (st *stage) treeSet(t *transaction, tab *table) (set []string, args []any) {
	for i, c := range st.encoded.columns {
		own := ident(tab.name) + "." + ident(c.name)
		to := fmt.Sprintf("s.v%d", i+1)
		switch {
		case c.adds:
			to = own + " + " + to
		case c.set != nil && c.set.Now:
			to, args = "?", append(args, t.nowFor(tab, c.name))
		case c.set != nil:
			to = literalSQL(*c.set)
		}
		set = append(set, fmt.Sprintf("%s = CASE WHEN (s.w & %d) <> 0 THEN %s ELSE %s END", ident(c.name), 1<<i, to, own))
	}
	return set, args
}

// writeClosure deletes, corrects and inserts rows of a closure table.
func (st *stage) writeClosure(ctx context.Context, t *transaction, j int, e *closureEdit) error {
	tab, _ := st.c.schema.table(e.of.Table)
	rows := func(op int) string {
		return fmt.Sprintf("SELECT %s FROM temp.%s WHERE op = %d", list("", len(tab.ident())), st.closureName("cl", j), op)
	}
	if len(e.goes) > 0 {
		if _, err := t.imageRows(ctx, "closure", opDelete, tab, matches(tab, "p.", rows(closureGoes))); err != nil {
			return err
		}
		if err := t.write(ctx, "delete rows", int64(len(e.goes)), fmt.Sprintf("DELETE FROM %s WHERE %s", ident(tab.name), matches(tab, "", rows(closureGoes)))); err != nil {
			return err
		}
	}
	if len(e.depths) > 0 {
		if err := t.write(ctx, "write depths", int64(len(e.depths)), fmt.Sprintf("UPDATE %s SET %s = s.v FROM temp.%s s WHERE s.op = %d AND %s",
			ident(tab.name), ident(e.of.Depth), st.closureName("cl", j), closureDepth, joinIdent(ident(tab.name), "s", tab.ident()))); err != nil {
			return err
		}
		if err := t.imageUpdate(ctx, "closure", tab, []string{e.of.Depth}, []string{"x.was"}, fmt.Sprintf("temp.%s x JOIN %s p ON %s WHERE x.op = %d",
			st.closureName("cl", j), ident(tab.name), joinIdent("p", "x", tab.ident()), closureDepth), nil); err != nil {
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
	if err := t.write(ctx, "insert rows", int64(len(e.comes)), fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM temp.%s",
		ident(tab.name), idents("", columns), values, st.closureName("ci", j))); err != nil {
		return err
	}
	_, err := t.imageRows(ctx, "closure", opInsert, tab, fmt.Sprintf("EXISTS (SELECT 1 FROM temp.%s x WHERE x.a = p.%s AND x.d = p.%s)",
		st.closureName("ci", j), ident(e.of.Ancestor), ident(e.of.Descendant)))
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
		keys, kept := st.closureName("ck", j), "SELECT count(*) FROM temp."+st.closureName("cl", j)
		columns, was := []string{"p." + ident(e.of.Ancestor), "p." + ident(e.of.Descendant)}, []string{"x.a", "x.d"}
		if e.of.Depth != "" {
			columns, was = append(columns, "p."+ident(e.of.Depth)), append(was, "x.was")
		}
		out = append(out, [2]string{fmt.Sprintf("SELECT count(*) FROM %s p WHERE p.%s IN (SELECT k FROM temp.%[3]s) OR p.%[4]s IN (SELECT k FROM temp.%[3]s WHERE dead = 1)",
			ident(tab.name), ident(e.of.Descendant), keys, ident(e.of.Ancestor)), kept},
			[2]string{fmt.Sprintf("SELECT count(*) FROM temp.%s x CROSS JOIN %s p ON %s WHERE %s", st.closureName("cl", j), ident(tab.name),
				joinIdent("p", "x", tab.ident()), eachName("%s IS %s", " AND ", columns, was)), kept})
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
