package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// writeReferences treats the rows of other tables that point at what goes:
// first those that are updated, then those that are deleted, a table at a
// time, for one row may be found through two of its columns.
func (st *stage) writeReferences(ctx context.Context, t *transaction) error {
	pointing := st.c.pointing()
	for _, op := range st.refOps() {
		if op.do == migrate.OnRemoveDelete {
			continue
		}
		if err := st.updateReferences(ctx, t, pointing[op.g], op); err != nil {
			return fmt.Errorf("references of %s: %w", pointing[op.g].Table, err)
		}
	}
	return st.deleteReferences(ctx, t, pointing)
}

func (st *stage) refOps() []refOp {
	var out []refOp
	for op := range st.counts.references {
		out = append(out, op)
	}
	slices.SortFunc(out, func(a, b refOp) int {
		if a.g != b.g {
			return a.g - b.g
		}
		return strings.Compare(string(a.do), string(b.do))
	})
	return out
}

// updateReferences sets the pointing column to NULL or to the successor, or
// sets what the mapping says. Before-images are taken first.
func (st *stage) updateReferences(ctx context.Context, t *transaction, r Reference, op refOp) error {
	tab, _ := st.c.schema.table(r.Table)
	n := len(tab.ident())
	columns := []string{r.Column}
	set := []assigned{{r.Column, "NULL"}}
	var args []any
	switch op.do {
	case migrate.OnRemoveRepoint:
		set[0].expr = fmt.Sprintf("(SELECT %s FROM %s WHERE n = s.goes)", st.c.inColumn(r.RefersTo), st.name("to"))
	case migrate.OnRemoveSet:
		columns = columnsOf(r.Set)
		set, args = t.assign(tab, r.Set)
	}
	columns = st.c.withTriggered(tab, columns)
	w := st.was(t, tab, columns, "goes")
	rows := fmt.Sprintf("%s s JOIN %s x ON x.n = s.n", st.name("sr"), st.pointed(op.g))
	where := fmt.Sprintf("s.g = %d AND s.op = %s", op.g, stringLiteral(string(op.do)))
	if err := t.make(ctx, st.snapshot, w.tempTable); err != nil {
		return err
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT s.goes, %s, %s FROM %s JOIN %s p ON %s WHERE %s", w.name,
		list("x.", n), idents("p.", columns), rows, tab.sql(), st.c.joinIdent("p", "x", tab.ident()), where)); err != nil {
		return err
	}
	if err := t.write(ctx, "update "+tab.name, st.counts.references[op], st.c.d.update(tab, set, w.name+" s", st.c.joinIdent("p", "s", tab.ident())), args...); err != nil {
		return err
	}
	return t.imageUpdate(ctx, "reference", tab, columns, w.before, w.from, nil)
}

// wasTable is a temporary copy of columns that are about to be written: a
// number, i1 … that identifies the row, b1 … of the columns.
type wasTable struct {
	tempTable
	before []string // the before-values, of x
	from   string   // the copy, x, with the table's rows, p
}

func (st *stage) was(t *transaction, tab *table, columns []string, first string) wasTable {
	ids, before := numbered("i", len(tab.ident())), numbered("b", len(columns))
	typed := append([]typedColumn{number(first)}, typedColumns(ids, prefixed("p.", tab.ident()))...)
	w := wasTable{before: prefixed("x.", before), tempTable: tempTable{fmt.Sprintf("recat_was_%d_%d", st.no, len(t.images)+1), nil,
		append(typed, typedColumns(before, prefixed("p.", columns))...), tab.sql() + " p"}}
	w.from = fmt.Sprintf("%s x JOIN %s p ON %s", w.name, tab.sql(), st.c.joinIdent("p", "x", tab.ident()))
	return w
}

// withTriggered adds the columns of a table that declared triggers write.
func (c *Catalog) withTriggered(tab *table, columns []string) []string {
	for _, name := range c.triggerColumns(tab) {
		if !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	return columns
}

func (st *stage) deleteReferences(ctx context.Context, t *transaction, pointing []Reference) error {
	done := map[string]bool{}
	for _, op := range st.refOps() {
		r := pointing[op.g]
		if op.do != migrate.OnRemoveDelete || done[strings.ToLower(r.Table)] {
			continue
		}
		done[strings.ToLower(r.Table)] = true
		tab, _ := st.c.schema.table(r.Table)
		var parts []string
		for g, other := range pointing {
			if strings.EqualFold(other.Table, r.Table) {
				parts = append(parts, fmt.Sprintf("SELECT %s FROM %s s JOIN %s x ON x.n = s.n WHERE s.op = 'delete' AND s.g = %d",
					list("x.", len(tab.ident())), st.name("sr"), st.pointed(g), g))
			}
		}
		rows := strings.Join(parts, " UNION ")
		want, err := one[int64](ctx, st.c.conn, "SELECT count(*) FROM ("+rows+") o")
		if err != nil {
			return err
		}
		role := "reference"
		if st.c.orphans(r) {
			role = roleOrphan
		}
		if _, err := t.imageRows(ctx, role, opDelete, tab, matches(tab, "p.", rows)); err != nil {
			return fmt.Errorf("keep the rows of %s: %w", tab.name, err)
		}
		if err := t.write(ctx, "delete from "+tab.name, want, st.c.d.deleteFrom(tab, matches(tab, "p.", rows))); err != nil {
			return err
		}
	}
	return nil
}
