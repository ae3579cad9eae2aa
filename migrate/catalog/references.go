package catalog

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// The temp table of references, recat_r_N: n in canonical order, g the index
// in pointing, i1 … what identifies the row, k1 … its lasting key as text,
// cat the category's place in recat_in_N, label, b1 … before-values of what
// `set` writes. Tables differ in how many columns they need; the widest
// decides.

// pointing lists the references in canonical order of table and column. The
// last one, where there are memberships, finds rows whose product is gone:
// they point at a removed category and no plan of a product covers them.
func (c *Catalog) pointing() []Reference {
	refs := slices.Clone(c.mapping.References)
	if ms := c.mapping.Memberships; ms != nil {
		p := c.mapping.Products
		refs = append(refs, Reference{Table: ms.Table, Column: ms.Category, RefersTo: ms.RefersTo, OnRemove: migrate.OnRemoveDelete,
			Where: fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s p WHERE p.%s = %s.%s)", ident(p.Table), ident(p.ID), ident(ms.Table), ident(ms.Product))})
	}
	slices.SortStableFunc(refs, func(a, b Reference) int {
		return migrate.CompareReferences(a.Table, a.Column, nil, b.Table, b.Column, nil)
	})
	return refs
}

// orphans reports whether the reference is the one for orphaned memberships.
func (c *Catalog) orphans(r Reference) bool {
	ms := c.mapping.Memberships
	return ms != nil && r.Table == ms.Table && r.Column == ms.Category
}

// width is the number of identity, key and set columns that recat_r needs.
func (c *Catalog) width() (ids, keys, sets int) {
	ids, keys = 1, 1
	for _, r := range c.pointing() {
		t, _ := c.schema.table(r.Table)
		ids, keys, sets = max(ids, len(t.ident())), max(keys, len(t.lasting())), max(sets, len(r.Set))
	}
	return ids, keys, sets
}

func (s *snapshot) referenceTable() string {
	ids, keys, sets := s.c.width()
	cols := append([]string{"g"}, numbered("i", ids)...)
	cols = append(append(cols, numbered("k", keys)...), "cat", "label")
	cols = append(cols, numbered("b", sets)...)
	return fmt.Sprintf("CREATE TEMP TABLE %s (n INTEGER PRIMARY KEY, %s)", s.name("r"), strings.Join(cols, ", "))
}

func (s *snapshot) copyReferences(ctx context.Context) error {
	for g, r := range s.c.pointing() {
		if err := exec(ctx, s.c.conn, s.referenceCopy(g, r)); err != nil {
			return fmt.Errorf("copy the references of %s.%s: %w", r.Table, r.Column, err)
		}
	}
	return nil
}

// referenceRows is the FROM and WHERE of the rows of r that point at the
// selected categories.
func (s *snapshot) referenceRows(r Reference) string {
	key := s.c.inColumn(r.RefersTo)
	q := fmt.Sprintf("%s WHERE %s IN (SELECT %s FROM temp.%s)", ident(r.Table), ident(r.Column), key, s.name("in"))
	if r.Where != "" {
		q += " AND (" + s.c.expr(r.Where) + " IS TRUE)"
	}
	return q
}

func (s *snapshot) referenceCopy(g int, r Reference) string {
	t, _ := s.c.schema.table(r.Table)
	ids, keys := t.ident(), t.lasting()
	cols := append([]string{"g"}, numbered("i", len(ids))...)
	exprs := append([]string{fmt.Sprint(g)}, quoteAll(ids)...)
	order := []string{}
	for i, k := range keys {
		text := fmt.Sprintf("CASE typeof(%[1]s) WHEN 'blob' THEN lower(hex(%[1]s)) ELSE CAST(%[1]s AS TEXT) END", ident(k))
		cols, exprs = append(cols, fmt.Sprintf("k%d", i+1)), append(exprs, text)
		order = append(order, text+" COLLATE BINARY")
	}
	in := fmt.Sprintf("(SELECT min(n) FROM temp.%s c WHERE c.%s = %s.%s)", s.name("in"), s.c.inColumn(r.RefersTo), ident(r.Table), ident(r.Column))
	cols, exprs = append(cols, "cat", "label"), append(exprs, in, labelOf(t))
	for i, a := range r.Set {
		cols, exprs = append(cols, fmt.Sprintf("b%d", i+1)), append(exprs, ident(a.Column))
	}
	return fmt.Sprintf("INSERT INTO temp.%s (%s) SELECT %s FROM %s ORDER BY %s",
		s.name("r"), strings.Join(cols, ", "), strings.Join(exprs, ", "), s.referenceRows(r), strings.Join(order, ", "))
}

// labelOf picks a column that a person recognises a row by.
func labelOf(t *table) string {
	for _, name := range []string{"code", "name", "title", "label", "slug", "keyword", "url", "request_path"} {
		if c, ok := t.column(name); ok {
			return ident(c.name)
		}
	}
	return "NULL"
}

// References streams the copied references. They are in canonical order: by
// table and column, and within a table by the text of the row's key.
func (s *snapshot) References(ctx context.Context) iter.Seq2[*migrate.Reference, error] {
	return func(yield func(*migrate.Reference, error) bool) {
		for from := int64(0); ; {
			refs, err := s.readReferences(ctx, from)
			if err != nil {
				yield(nil, busy(err))
				return
			}
			for _, r := range refs {
				if !yield(r, nil) {
					return
				}
			}
			if len(refs) < batch {
				return
			}
			from = refs[len(refs)-1].Ordinal
		}
	}
}

func (s *snapshot) readReferences(ctx context.Context, from int64) ([]*migrate.Reference, error) {
	pointing := s.c.pointing()
	_, keys, sets := s.c.width()
	cols := append([]string{"n", "g", "cat", "label"}, numbered("k", keys)...)
	cols = append(cols, numbered("b", sets)...)
	var out []*migrate.Reference
	query := fmt.Sprintf("SELECT %s FROM temp.%s WHERE n > ? ORDER BY n LIMIT ?", strings.Join(cols, ", "), s.name("r"))
	for row, err := range eachRow(ctx, s.c.conn, len(cols), query, from, batch) {
		if err != nil {
			return nil, err
		}
		out = append(out, s.reference(pointing[row[1].(int64)], row, keys))
	}
	return out, nil
}

func (s *snapshot) reference(r Reference, row []any, keys int) *migrate.Reference {
	t, _ := s.c.schema.table(r.Table)
	out := &migrate.Reference{Ordinal: row[0].(int64), Table: r.Table, Column: r.Column, OnRemove: r.OnRemove,
		Category: s.sel.In[row[2].(int64)-1], Label: renderRaw(row[3])}
	for i := range t.lasting() {
		out.Row = append(out.Row, renderRaw(row[4+i]))
	}
	for i := range r.Set {
		out.Before = append(out.Before, rendering(row[4+keys+i]))
	}
	return out
}

// ordinalOf finds the place of a category in recat_in_N; 0 where it is none
// of the selected.
func (s *snapshot) ordinalOf(id taxonomy.ID) int64 {
	return int64(slices.Index(s.sel.In, id) + 1)
}
