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
	set := []string{ident(r.Column) + " = NULL"}
	var args []any
	switch op.do {
	case migrate.OnRemoveRepoint:
		set = []string{fmt.Sprintf("%s = (SELECT %s FROM temp.%s WHERE n = s.goes)", ident(r.Column), st.c.inColumn(r.RefersTo), st.name("to"))}
	case migrate.OnRemoveSet:
		columns = columnsOf(r.Set)
		set, args = t.assign(tab, r.Set)
	}
	for _, name := range st.c.triggerColumns(tab) {
		if !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	was := fmt.Sprintf("recat_was_%d_%d", st.no, len(t.images)+1)
	rows := fmt.Sprintf("temp.%s s JOIN temp.%s x ON x.n = s.n", st.name("sr"), st.name("r"))
	where := fmt.Sprintf("s.g = %d AND s.op = %s", op.g, stringLiteral(string(op.do)))
	before := numbered("b", len(columns))
	if err := exec(ctx, st.c.conn, fmt.Sprintf("CREATE TEMP TABLE %s (%s, %s, goes)", was, strings.Join(numbered("i", n), ", "), strings.Join(before, ", "))); err != nil {
		return err
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO temp.%s SELECT %s, %s, s.goes FROM %s JOIN %s p ON %s WHERE %s", was,
		list("x.", n), idents("p.", columns), rows, ident(tab.name), joinIdent("p", "x", tab.ident()), where)); err != nil {
		return err
	}
	if err := t.write(ctx, "update "+tab.name, st.counts.references[op], fmt.Sprintf("UPDATE %s SET %s FROM temp.%s s WHERE %s",
		ident(tab.name), strings.Join(set, ", "), was, joinIdent(ident(tab.name), "s", tab.ident())), args...); err != nil {
		return err
	}
	for i := range before {
		before[i] = "x." + before[i]
	}
	from := fmt.Sprintf("temp.%s x JOIN %s p ON %s", was, ident(tab.name), joinIdent("p", "x", tab.ident()))
	return t.imageUpdate(ctx, "reference", tab, columns, before, from, nil)
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
		var gs []string
		for g, other := range pointing {
			if strings.EqualFold(other.Table, r.Table) {
				gs = append(gs, fmt.Sprint(g))
			}
		}
		rows := fmt.Sprintf("SELECT DISTINCT %s FROM temp.%s s JOIN temp.%s x ON x.n = s.n WHERE s.op = 'delete' AND s.g IN (%s)",
			list("x.", len(tab.ident())), st.name("sr"), st.name("r"), strings.Join(gs, ", "))
		want, err := one[int64](ctx, st.c.conn, "SELECT count(*) FROM ("+rows+")")
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
		if err := t.write(ctx, "delete from "+tab.name, want, fmt.Sprintf("DELETE FROM %s WHERE %s", ident(tab.name), matches(tab, "", rows))); err != nil {
			return err
		}
	}
	return nil
}
