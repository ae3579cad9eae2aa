package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// lost gives, by the table pointed at, the condition that a deleted row, x,
// points at a row that is gone and that this undo does not bring back.
func (r *reversal) lost(im image) map[string]string {
	out := map[string]string{}
	tab, ok := r.c.schema.table(im.Table)
	if !ok || (im.Op != opDelete && !im.Whole) || im.Role == roleOrphan {
		return out
	}
	for _, k := range tab.keys {
		parent, ok := r.c.schema.table(k.to)
		to := k.toCols
		if ok && len(to) == 0 {
			to = parent.key
		}
		from := im.kept(k.columns)
		if !ok || len(from) != len(to) || len(to) == 0 {
			continue
		}
		condition := eachName("%s IS NOT NULL", " AND ", from) +
			fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s q WHERE %s)", parent.sql(), r.points(parent, to, from))
		for _, other := range r.hist.images {
			back := other.kept(to)
			if other.Op == opDelete && strings.EqualFold(other.Table, parent.name) && len(back) == len(to) {
				for i := range back {
					back[i] = strings.Replace(back[i], "x.", "y.", 1)
				}
				condition += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s y WHERE %s)", other.Store, eachName("%s = %s", " AND ", back, from))
			}
		}
		if other := out[parent.name]; other != "" { // another key to the same table
			condition = "(" + other + ") OR (" + condition + ")"
		}
		out[parent.name] = condition
	}
	return out
}

// points is the condition that kept values name a row, q, of a table.
func (r *reversal) points(parent *table, to, from []string) string {
	out := make([]string, len(to))
	for i, name := range to {
		col, _ := parent.column(name)
		out[i] = r.c.d.keyKept("q."+ident(name), from[i], col)
	}
	return strings.Join(out, " AND ")
}

// checkKeys refuses where a restored row would point at a row that is gone.
func (r *reversal) checkKeys(ctx context.Context) error {
	var found []migrate.Conflict
	for _, im := range r.hist.images {
		tab, ok := r.c.schema.table(im.Table)
		if !ok || im.Op == opInsert || im.Role == roleOrphan {
			continue
		}
		for _, k := range tab.keys {
			conflicts, err := r.orphans(ctx, im, tab, k)
			if err != nil {
				return fmt.Errorf("check the keys of %s: %w", im.Table, err)
			}
			found = append(found, conflicts...)
		}
	}
	if len(found) > 0 {
		return &migrate.ConflictError{Conflicts: found}
	}
	return nil
}

func (r *reversal) orphans(ctx context.Context, im image, tab *table, k foreignKey) ([]migrate.Conflict, error) {
	parent, ok := r.c.schema.table(k.to)
	if !ok {
		return nil, nil
	}
	to := k.toCols
	if len(to) == 0 {
		to = parent.key
	}
	restored := func(name string) bool {
		return slices.ContainsFunc(im.Columns, func(c string) bool { return strings.EqualFold(c, name) })
	}
	if len(to) != len(k.columns) || !slices.ContainsFunc(k.columns, restored) {
		return nil, nil
	}
	set := make([]string, len(k.columns))
	for i, c := range k.columns {
		set[i] = "p." + ident(c) + " IS NOT NULL"
	}
	was := []string{"TRUE"}
	for i, c := range im.Columns {
		if slices.ContainsFunc(k.columns, func(name string) bool { return strings.EqualFold(c, name) }) {
			was = append(was, im.is(c, fmt.Sprintf("x.b%d", i+1)))
		}
	}
	return r.found(ctx, im, fmt.Sprintf("SELECT %s FROM %s x JOIN %s p ON %s WHERE %s AND %s AND NOT EXISTS (SELECT 1 FROM %s q WHERE %s)",
		r.hist.named(im), im.Store, im.tab.sql(), im.on(true), strings.Join(set, " AND "), strings.Join(was, " AND "),
		parent.sql(), eachName("q.%s = p.%s", " AND ", quoteAll(to), quoteAll(k.columns))),
		"points at a row of "+k.to+" that is gone", nil)
}
