package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// scratch makes temporary tables and drops them in the end.
type scratch struct {
	c    *Catalog
	no   int
	made []string
}

// maker makes a temporary table that somebody drops in the end.
type maker interface {
	make(ctx context.Context, t tempTable) error
}

func (c *Catalog) newScratch() *scratch {
	c.snapshots++
	return &scratch{c: c, no: c.snapshots}
}

// name is that of the next temporary table.
func (s *scratch) name() string { return fmt.Sprintf("recat_u_%d_%d", s.no, len(s.made)+1) }

// make makes a table. MariaDB takes no index on what may be a long text, and
// needs none: it looks rows up in what it has read.
func (s *scratch) make(ctx context.Context, t tempTable) error {
	if !s.c.d.nullKeys() && !s.c.d.casts() {
		t.indexed = nil
	}
	if err := s.c.d.makeTemp(ctx, s.c.conn, t); err != nil {
		return fmt.Errorf("make temporary tables: %w", s.c.d.failure(err))
	}
	s.made = append(s.made, t.name)
	return nil
}

// Close drops the tables.
func (s *scratch) Close() error {
	made := s.made
	s.made = nil
	return s.c.d.dropTemp(context.Background(), s.c.conn, made)
}

// keptColumns lists the columns of an image's store.
func (h *history) keptColumns(im image) []string {
	out := append(numbered("l", len(im.Key)), numbered("b", len(im.Columns))...)
	if im.Op == opUpdate {
		out = append(out, numbered("a", len(im.Columns))...)
	}
	if im.Role == roleProduct {
		for name := range h.toldOf(im) {
			out = append(out, name)
		}
		slices.Sort(out[len(out)-len(h.toldOf(im)):])
	}
	return out
}

// toldOf are the columns that the image of products has beside their values:
// what the run told of each.
func (h *history) toldOf(im image) map[string]keptColumn {
	p := h.mapping.Products
	out := map[string]keptColumn{"verdict": {expr: "x.verdict"}, "live": {expr: "x.live"}}
	if h.c.d.storeOrder() == "x.n" {
		out["n"] = keptColumn{expr: "x.n"}
	}
	if !keyIsID(im.Key, p) {
		id := im.column(p.ID)
		out["k"] = keptColumn{expr: "x.k", like: &id}
	}
	if p.State != "" && stateColumn(im.Columns, p) < 0 {
		out["state"] = keptColumn{expr: "x.state", like: &textColumn}
	}
	if p.Where != "" {
		out["hidden"] = keptColumn{expr: "x.hidden"}
	}
	for _, name := range im.Told {
		out[name] = keptColumn{expr: "x." + name, like: &textColumn}
	}
	return out
}

// copyOf copies those rows of a before-image, x, that a condition finds into
// a temporary table, which stands for it from then on. instead gives the
// expressions of columns that the copy has otherwise. Its key is indexed, and
// so are further columns.
func (h *history) copyOf(ctx context.Context, s *scratch, im image, instead map[string]string, where string, indexed ...string) (image, error) {
	names := h.keptColumns(im)
	typed, exprs := make([]typedColumn, len(names)), make([]string, len(names))
	for i, name := range names {
		typed[i], exprs[i] = typedColumn{name, "x." + name}, "x."+name
		if e, ok := instead[name]; ok {
			exprs[i] = e
		}
	}
	out := im
	out.Store = s.name()
	if err := s.make(ctx, tempTable{name: out.Store, columns: typed, from: im.Store + " x", indexed: append(indexed, "l1")}); err != nil {
		return im, err
	}
	query := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s x WHERE %s", out.Store, strings.Join(names, ", "), strings.Join(exprs, ", "), im.Store, where)
	if h.c.d.storeOrder() == "x.rowid" {
		query += " ORDER BY x.rowid"
	}
	if err := exec(ctx, h.c.conn, query); err != nil {
		return im, fmt.Errorf("copy the before-image of %s: %w", im.Table, h.c.d.failure(err))
	}
	return out, h.c.d.filled(ctx, h.c.conn, out.Store)
}

// asTable lets a store be written like a table.
func (im image) asTable() *table { return &table{name: im.Store} }

// sameKey equates the keys of rows of two images of one table.
func (im image) sameKey(a, b string) string {
	n := len(im.Key)
	return joinedEach(im.d, numbered(a+".l", n), numbered(b+".l", n))
}

// joinedEach equates pairs of keys.
func joinedEach(d dialect, a, b []string) string {
	out := make([]string, len(a))
	for i := range a {
		out[i] = d.joined(a[i], b[i])
	}
	return strings.Join(out, " AND ")
}

// keyBefore are the expressions of the key that an updated row, y, had before.
func (im image) keyBefore(y string) []string {
	out := numbered(y+".l", len(im.Key))
	for i, name := range im.Key {
		if at := slices.Index(im.Columns, name); im.Op == opUpdate && at >= 0 {
			out[i] = fmt.Sprintf("%s.b%d", y, at+1)
		}
	}
	return out
}
