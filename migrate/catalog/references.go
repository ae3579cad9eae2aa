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

// The temp tables of references, recat_r_N_G, G the index in pointing: n in
// canonical order, i1 … what identifies the row, k1 … its lasting key as text,
// cat the category's place in recat_in_N, label, b1 … before-values of what
// `set` writes.

// pointing lists the references in canonical order of table and column. Those
// that are no words of the mapping find memberships and further primaries
// whose product is gone: they point at a removed category and no plan of a
// product covers them.
func (c *Catalog) pointing() []Reference {
	refs := slices.Clone(c.mapping.References)
	if ms := c.mapping.Memberships; ms != nil {
		p := c.mapping.Products
		refs = append(refs, Reference{Table: ms.Table, Column: ms.Category, RefersTo: ms.RefersTo, OnRemove: migrate.OnRemoveDelete,
			Where: fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s p WHERE p.%s = %s.%s)", c.schema.sql(p.Table), ident(p.ID), c.schema.sql(ms.Table), ident(ms.Product))})
	}
	refs = append(refs, c.orphanPrimaries()...)
	slices.SortStableFunc(refs, func(a, b Reference) int {
		return migrate.CompareReferences(a.Table, a.Column, nil, b.Table, b.Column, nil)
	})
	return refs
}

// orphans reports whether the reference is one for rows whose product is gone.
func (c *Catalog) orphans(r Reference) bool {
	ms := c.mapping.Memberships
	return ms != nil && r.Table == ms.Table && r.Column == ms.Category ||
		slices.ContainsFunc(c.others(), func(o Primary) bool { return r.Table == o.Table && r.Column == o.Column })
}

// pointed is the temp table of the g-th reference.
func (s *snapshot) pointed(g int) string { return fmt.Sprintf("recat_r_%d_%d", s.no, g) }

// referencePlaces is how many rows of one reference a snapshot can number: a
// row's Ordinal is its reference's index times that, and its place.
const referencePlaces = 1 << 40

func (s *snapshot) referenceTables() []tempTable {
	var out []tempTable
	for g, r := range s.c.pointing() {
		names, exprs := s.referenceColumns(r)
		t, _ := s.c.schema.table(r.Table)
		columns := append([]typedColumn{number("n")}, typedColumns(names, exprs)...)
		for i := range columns {
			if columns[i].name == "cat" {
				columns[i].expr = ""
			}
		}
		out = append(out, tempTable{s.pointed(g), []string{"n"}, columns, t.sql(), nil})
	}
	return out
}

// referenceColumns are the columns of a reference's temp table behind n, and
// the expressions that fill them.
func (s *snapshot) referenceColumns(r Reference) (names, exprs []string) {
	t, _ := s.c.schema.table(r.Table)
	names, exprs = numbered("i", len(t.ident())), quoteAll(t.ident())
	for i, k := range t.lasting() {
		col, _ := t.column(k)
		names, exprs = append(names, fmt.Sprintf("k%d", i+1)), append(exprs, s.c.d.asText(col, ident(k)))
	}
	in := fmt.Sprintf("(SELECT min(c.n) FROM %s c WHERE %s)", s.name("in"), s.c.d.joined("c."+s.c.inColumn(r.RefersTo), t.sql()+"."+ident(r.Column)))
	names, exprs = append(names, "cat", "label"), append(exprs, in, labelOf(t))
	for i, a := range r.Set {
		names, exprs = append(names, fmt.Sprintf("b%d", i+1)), append(exprs, ident(a.Column))
	}
	return names, exprs
}

func (s *snapshot) copyReferences(ctx context.Context) error {
	for g, r := range s.c.pointing() {
		copy := s.copyReference
		if r.inText() {
			copy = s.copyTexts
		}
		if err := copy(ctx, g, r); err != nil {
			return fmt.Errorf("copy the references of %s.%s: %w", r.Table, r.Column, err)
		}
	}
	return nil
}

// referenceRows is the FROM and WHERE of the rows of r that point at the
// selected categories.
func (s *snapshot) referenceRows(r Reference) string {
	key := s.c.inColumn(r.RefersTo)
	q := fmt.Sprintf("%s WHERE %s IN (SELECT %s FROM %s)", s.c.schema.sql(r.Table), ident(r.Column), key, s.name("in"))
	if r.Where != "" {
		q += " AND (" + s.c.expr(r.Where) + " IS TRUE)"
	}
	return q
}

func (s *snapshot) copyReference(ctx context.Context, g int, r Reference) error {
	t, _ := s.c.schema.table(r.Table)
	names, exprs := s.referenceColumns(r)
	return exec(ctx, s.c.conn, s.c.d.insertNumbered(s.pointed(g), names, exprs, s.referenceRows(r), s.c.rowOrder(t)))
}

// rowOrder is the ORDER BY of canonical order of a table's rows.
func (c *Catalog) rowOrder(t *table) string {
	order := make([]string, len(t.lasting()))
	for i, k := range t.lasting() {
		col, _ := t.column(k)
		order[i] = c.d.byBytes(c.d.asText(col, ident(k)))
	}
	return strings.Join(order, ", ")
}

// labelOf picks a column that a person recognises a row by.
func labelOf(t *table) string {
	for _, name := range []string{"code", "name", "title", "label", "slug", "keyword", "url", "request_path"} {
		for _, c := range t.columns {
			if strings.EqualFold(c.name, name) { // even where case tells columns apart
				return ident(c.name)
			}
		}
	}
	return "NULL"
}

// References streams the copied references. They are in canonical order: by
// table and column, and within a table by the text of the row's key.
func (s *snapshot) References(ctx context.Context) iter.Seq2[*migrate.Reference, error] {
	return func(yield func(*migrate.Reference, error) bool) {
		for g, r := range s.c.pointing() {
			if !s.eachReference(ctx, g, r, yield) {
				return
			}
		}
	}
}

// eachReference yields the rows of one reference, a batch at a time, so that
// the connection is free between two.
func (s *snapshot) eachReference(ctx context.Context, g int, r Reference, yield func(*migrate.Reference, error) bool) bool {
	alike := &twins{}
	for from := int64(0); ; from += batch {
		refs, err := s.readReferences(ctx, g, r, from)
		if err != nil {
			yield(nil, s.c.d.failure(err))
			return false
		}
		for _, ref := range refs {
			if alike.tell(ref); !yield(ref, nil) {
				return false
			}
		}
		if len(refs) < batch {
			return true
		}
	}
}

// twins tells rows apart that have no key and the same values: from the
// second on they have a number behind these.
type twins struct {
	row []string
	n   int
}

func (t *twins) tell(r *migrate.Reference) {
	if !slices.Equal(t.row, r.Row) {
		t.row, t.n = r.Row, 1
		return
	}
	t.n++
	r.Row = append(slices.Clone(r.Row), fmt.Sprintf("#%d", t.n))
}

func (s *snapshot) readReferences(ctx context.Context, g int, r Reference, from int64) ([]*migrate.Reference, error) {
	t, _ := s.c.schema.table(r.Table)
	keys := len(t.lasting())
	cols := append([]string{"n", "cat", "label"}, numbered("k", keys)...)
	cols = append(cols, numbered("b", len(r.Set))...)
	var out []*migrate.Reference
	query := fmt.Sprintf("SELECT %s FROM %s WHERE n > ? AND n <= ? ORDER BY n", strings.Join(cols, ", "), s.pointed(g))
	for row, err := range eachRow(ctx, s.c.conn, len(cols), query, from, from+batch) {
		if err != nil {
			return nil, err
		}
		ref := s.reference(r, row, keys)
		ref.Ordinal += int64(g) * referencePlaces
		out = append(out, ref)
	}
	return out, nil
}

func (s *snapshot) reference(r Reference, row []any, keys int) *migrate.Reference {
	t, _ := s.c.schema.table(r.Table)
	out := &migrate.Reference{Ordinal: row[0].(int64), Table: r.Table, Column: r.Column, OnRemove: r.OnRemove,
		Category: s.sel.In[row[1].(int64)-1], Label: renderRaw(row[2]), InText: r.inText()}
	for i := range t.lasting() {
		out.Row = append(out.Row, renderRaw(row[3+i]))
	}
	for i := range r.Set {
		out.Before = append(out.Before, rendering(t.told(r.Set[i].Column, row[3+keys+i])))
	}
	return out
}

// ordinalOf finds the place of a category in recat_in_N; 0 where it is none
// of the selected.
func (s *snapshot) ordinalOf(id taxonomy.ID) int64 {
	return int64(slices.Index(s.sel.In, id) + 1)
}
