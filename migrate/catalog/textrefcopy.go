package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// textHit is a row whose text names a category.
type textHit struct {
	key   []string // identifies it for good, rendered
	place int64    // of the first category that it names
}

// textHits finds the rows of r whose text names one of the keys, in canonical
// order. The database finds what may, by coarse; each is then looked at.
func (c *Catalog) textHits(ctx context.Context, r Reference, keys map[string]int64) ([]textHit, error) {
	w := r.wants(keys)
	if len(w.keys) == 0 {
		return nil, nil
	}
	t, _ := c.schema.table(r.Table)
	exprs := []string{c.textColumn(t, r)}
	for _, k := range t.lasting() {
		col, _ := t.column(k)
		exprs = append(exprs, c.d.asText(col, ident(k)))
	}
	from, args := c.mayName(t, w)
	var out []textHit
	for row, err := range eachRow(ctx, c.conn, len(exprs), fmt.Sprintf("SELECT %s FROM %s", strings.Join(exprs, ", "), from), args...) {
		if err != nil {
			return nil, err
		}
		if place := w.first(textOf(row[0])); place > 0 {
			hit := textHit{place: place}
			for _, raw := range row[1:] {
				hit.key = append(hit.key, renderRaw(raw))
			}
			out = append(out, hit)
		}
	}
	slices.SortFunc(out, func(a, b textHit) int { return slices.Compare(a.key, b.key) })
	return out, nil
}

// textColumn reads the column of r as a text.
func (c *Catalog) textColumn(t *table, r Reference) string {
	col, _ := t.column(r.Column)
	return c.d.textIn(col, ident(r.Column))
}

// mayName is the FROM and WHERE of the rows that may name what is wanted.
func (c *Catalog) mayName(t *table, w *wanted) (from string, args []any) {
	where, args := w.coarse(c.textColumn(t, w.r))
	if w.r.Where != "" {
		where += " AND (" + c.expr(w.r.Where) + " IS TRUE)"
	}
	return t.sql() + " WHERE " + where, args
}

// textKeys are the selected categories as r knows them.
func (s *snapshot) textKeys(r Reference) map[string]int64 {
	out := map[string]int64{}
	for i, id := range s.sel.In {
		key := renderRaw(s.c.keyValue(s.c.rows[id], r.RefersTo))
		out[key] = lower(out[key], int64(i+1))
	}
	return out
}

// perhaps and certain are temp tables of a reference inside texts: its rows
// that may name a category, as recat_r_N_G has them but for the category; and
// those that do: n, their place there, the category's.
func (s *snapshot) perhaps(g int) string { return fmt.Sprintf("recat_t_%d_%d", s.no, g) }
func (s *snapshot) certain(g int) string { return fmt.Sprintf("recat_u_%d_%d", s.no, g) }

// textTables are the temp tables of the references inside texts.
func (s *snapshot) textTables() []tempTable {
	var out []tempTable
	for g, r := range s.c.pointing() {
		if !r.inText() {
			continue
		}
		t, _ := s.c.schema.table(r.Table)
		names, exprs := s.textColumns(r)
		out = append(out,
			tempTable{s.perhaps(g), []string{"n"}, append([]typedColumn{number("n")}, typedColumns(names, exprs)...), t.sql(), nil},
			tempTable{s.certain(g), []string{"n"}, []typedColumn{number("n"), number("m"), number("cat")}, t.sql(), nil})
	}
	return out
}

// textColumns are referenceColumns without the category, and with the text.
func (s *snapshot) textColumns(r Reference) (names, exprs []string) {
	t, _ := s.c.schema.table(r.Table)
	names, exprs = s.referenceColumns(r)
	i := slices.Index(names, "cat")
	exprs[i], names[i] = s.c.textColumn(t, r), "body"
	return names, exprs
}

// copyTexts copies the rows of r that name a selected category.
func (s *snapshot) copyTexts(ctx context.Context, g int, r Reference) error {
	w := r.wants(s.textKeys(r))
	if len(w.keys) == 0 {
		return s.sumTexts(ctx, g, r)
	}
	t, _ := s.c.schema.table(r.Table)
	names, exprs := s.textColumns(r)
	from, args := s.c.mayName(t, w)
	if err := exec(ctx, s.c.conn, s.c.d.insertNumbered(s.perhaps(g), names, exprs, from, s.c.rowOrder(t)), args...); err != nil {
		return err
	}
	hits, err := s.textsThatName(ctx, g, w)
	if err != nil {
		return err
	}
	into := &inserter{s: s.c.conn, table: s.certain(g), width: 3}
	for i, hit := range hits {
		if err := into.add(ctx, i+1, hit[0], hit[1]); err != nil {
			return err
		}
	}
	if err := into.flush(ctx); err != nil {
		return err
	}
	columns, _ := s.referenceColumns(r)
	values := make([]string, len(columns))
	for i, name := range columns {
		if values[i] = "x." + name; name == "cat" {
			values[i] = "u.cat"
		}
	}
	if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s (n, %s) SELECT u.n, %s FROM %s u JOIN %s x ON x.n = u.m ORDER BY u.n",
		s.pointed(g), strings.Join(columns, ", "), strings.Join(values, ", "), s.certain(g), s.perhaps(g))); err != nil {
		return err
	}
	return s.sumTexts(ctx, g, r)
}

// textsThatName looks at each row that may name a category: its place among
// them, and the category's, of those that do.
func (s *snapshot) textsThatName(ctx context.Context, g int, w *wanted) ([][2]int64, error) {
	var out [][2]int64
	for row, err := range eachRow(ctx, s.c.conn, 2, fmt.Sprintf("SELECT n, body FROM %s ORDER BY n", s.perhaps(g))) {
		if err != nil {
			return nil, err
		}
		if place := w.first(textOf(row[1])); place > 0 {
			out = append(out, [2]int64{row[0].(int64), place})
		}
	}
	return out, nil
}

// sumTexts remembers which rows named which category when they were copied.
func (s *snapshot) sumTexts(ctx context.Context, g int, r Reference) error {
	t, _ := s.c.schema.table(r.Table)
	columns := append([]string{"cat"}, numbered("k", len(t.lasting()))...)
	var hits []textHit
	for row, err := range eachRow(ctx, s.c.conn, len(columns), fmt.Sprintf("SELECT %s FROM %s ORDER BY n", strings.Join(columns, ", "), s.pointed(g))) {
		if err != nil {
			return err
		}
		hit := textHit{place: row[0].(int64)}
		for _, raw := range row[1:] {
			hit.key = append(hit.key, renderRaw(raw))
		}
		hits = append(hits, hit)
	}
	if s.texts == nil {
		s.texts = map[int]string{}
	}
	s.texts[g] = textSum(hits)
	return nil
}

// textSum is a digest of which rows name which category.
func textSum(hits []textHit) string {
	h := sha256.New()
	for _, hit := range hits {
		fmt.Fprintf(h, "%q %d\n", hit.key, hit.place)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// sameTexts reports whether the same rows name the same categories as when
// they were copied.
func (s *snapshot) sameTexts(ctx context.Context) (bool, error) {
	for g, r := range s.c.pointing() {
		if !r.inText() {
			continue
		}
		hits, err := s.c.textHits(ctx, r, s.textKeys(r))
		if err != nil || textSum(hits) != s.texts[g] {
			return false, err
		}
	}
	return true, nil
}

// checkTexts insists that no text names a removed category any more, but
// where it may go on doing so.
func (st *stage) checkTexts(ctx context.Context) error {
	for _, r := range st.c.mapping.References {
		if !r.inText() || st.keeps(r) {
			continue
		}
		hits, err := st.c.textHits(ctx, r, st.textKeys(r))
		if err != nil {
			return fmt.Errorf("ask whether %s.%s still names a removed category: %w", r.Table, r.Column, err)
		}
		if len(hits) > 0 {
			return migrate.ErrMoved
		}
	}
	return nil
}

// texts looks for texts that came to name a category that the image keeps.
func (v *verifier) texts(im image, r Reference) bool {
	column := v.h.mapping.keyColumn(r.RefersTo)
	i := slices.IndexFunc(im.Columns, func(name string) bool { return strings.EqualFold(name, column) })
	if i < 0 {
		return true
	}
	raw, err := columnOf[any](v.ctx, v.h.c.conn, fmt.Sprintf("SELECT %s FROM %s x", im.given(im.Columns[i], fmt.Sprintf("b%d", i+1)), im.Store))
	if err != nil {
		return v.yield(migrate.Difference{}, v.h.c.d.failure(err)) && false
	}
	keys := make([]string, len(raw))
	for i, key := range raw {
		keys[i] = renderRaw(key)
	}
	return v.textsNaming(r, keys)
}

// textsNaming yields the rows of r whose text names one of the keys.
func (v *verifier) textsNaming(r Reference, names []string) bool {
	_, ok := v.h.c.schema.table(r.Table)
	if !ok || r.OnRemove == migrate.OnRemoveKeep || r.OnRemove == migrate.OnRemoveSet || v.h.keeps(r) {
		return true
	}
	keys := map[string]int64{}
	for _, name := range names {
		keys[name] = 1
	}
	hits, err := v.h.c.textHits(v.ctx, r, keys)
	if err != nil {
		return v.yield(migrate.Difference{}, v.h.c.d.failure(err)) && false
	}
	for _, hit := range hits {
		if !v.yield(migrate.Difference{Subject: r.Table + " " + strings.Join(hit.key, ","), Detail: "names a removed category: " + r.Column}, nil) {
			return false
		}
	}
	return true
}

// textWrites is what a run may do where a reference stands inside a text.
func (r Reference) textWrites() []write {
	switch r.OnRemove {
	case migrate.OnRemoveKeep:
		return nil
	case migrate.OnRemoveSet:
		return []write{{r.Table, "UPDATE", columnsOf(r.Set)}}
	}
	return []write{{r.Table, "DELETE", nil}}
}
