package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"recat/migrate"
	"recat/taxonomy"
)

// primaries reads the product's primary category: a column, or a list whose
// first is one and whose others are columns of further tables.
func (r *reader) primaries(o *object, p *Products) {
	n := o.take("primary")
	if n == nil {
		return
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		p.Primary = r.text(n)
		return
	}
	for i, item := range list.Values {
		_, block := item.(*ast.MappingNode)
		switch {
		case i == 0 && !block:
			p.Primary = r.text(item)
		case i == 0:
			r.fault(item, "the first of primary is a column of the products' own table")
		default:
			e := r.object(item)
			p.Others = append(p.Others, Primary{Table: e.text("table", true), Product: e.text("product", true), Column: e.text("column", true)})
			e.done()
		}
	}
}

// primaries checks the further tables. A row must be found again after its
// column was written.
func (f *fitter) primaries(p *Products) {
	for _, o := range p.Others {
		t := f.table(o.Table)
		f.column(t, o.Product, false)
		f.column(t, o.Column, true)
		if t != nil && slices.ContainsFunc(t.key, func(k string) bool { return strings.EqualFold(k, o.Column) }) {
			f.fault(o.Column, "column %q is part of the key of table %q: its rows could not be found again", o.Column, t.name)
		}
	}
}

// orphanPrimaries find the further tables' rows whose product is gone.
func (c *Catalog) orphanPrimaries() []Reference {
	p := c.mapping.Products
	if p == nil {
		return nil
	}
	var out []Reference
	for _, o := range p.Others {
		out = append(out, Reference{Table: o.Table, Column: o.Column, OnRemove: migrate.OnRemoveDelete,
			Where: fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s p WHERE p.%s = %s.%s)", c.schema.sql(p.Table), ident(p.ID), c.schema.sql(o.Table), ident(o.Product))})
	}
	return out
}

// others lists the further tables of primaries.
func (c *Catalog) others() []Primary {
	if c.mapping.Products == nil {
		return nil
	}
	return c.mapping.Products.Others
}

func (s *snapshot) otherName(i int) string { return fmt.Sprintf("recat_o_%d_%d", s.no, i) }

func (s *snapshot) otherTables() []tempTable {
	var out []tempTable
	for i, o := range s.c.others() {
		t, _ := s.c.schema.table(o.Table)
		ids := numbered("i", len(t.ident()))
		columns := append([]typedColumn{number("pn")}, typedColumns(ids, prefixed("o.", t.ident()))...)
		out = append(out, tempTable{s.otherName(i), append([]string{"pn"}, ids...), append(columns, typedColumn{"cat", "o." + ident(o.Column)}), t.sql() + " o", nil})
	}
	return out
}

// otherSelections find the products that a further table files in the
// categories of the temp table in.
func (l *layout) otherSelections(in string) []string {
	p := l.c.mapping.Products
	var out []string
	for _, o := range p.Others {
		out = append(out, fmt.Sprintf("SELECT %s, p.%s k FROM %s o JOIN %s p ON %s WHERE o.%s IN (SELECT id FROM %s)",
			idents("p.", l.ids), ident(p.ID), l.c.schema.sql(o.Table), l.t.sql(), l.c.d.joined("p."+ident(p.ID), "o."+ident(o.Product)), ident(o.Column), in))
	}
	return out
}

// otherFrom is the FROM and WHERE of the rows of the copied products that
// name a selected category.
func (s *snapshot) otherFrom(o Primary) string {
	return fmt.Sprintf("%s s %s %s o ON %s WHERE o.%s IN (SELECT id FROM %s)",
		s.name("p"), s.c.d.inOrder(), s.c.schema.sql(o.Table), s.c.d.joined("o."+ident(o.Product), "s.k"), ident(o.Column), s.name("in"))
}

func (s *snapshot) copyOthers(ctx context.Context) error {
	for i, o := range s.c.others() {
		t, _ := s.c.schema.table(o.Table)
		if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s SELECT s.n, %s, o.%s FROM %s",
			s.otherName(i), idents("o.", t.ident()), ident(o.Column), s.otherFrom(o))); err != nil {
			return fmt.Errorf("copy the primaries of %s: %w", o.Table, err)
		}
	}
	return nil
}

// readOthers adds to a batch the categories that further tables name.
func (s *snapshot) readOthers(ctx context.Context, w chosen, products []*migrate.Product) error {
	others := s.c.others()
	if len(others) == 0 {
		return nil
	}
	for i := range others {
		query := fmt.Sprintf("SELECT pn, cat FROM %s WHERE %s", s.otherName(i), w.on("pn"))
		for row, err := range eachRow(ctx, s.c.conn, 2, query, w.args...) {
			if err != nil {
				return err
			}
			p := products[w.at(row[0].(int64))]
			p.Others = append(p.Others, taxonomy.ID(renderRaw(row[1])))
		}
	}
	kind := s.c.categoryKey()
	for _, p := range products {
		slices.SortFunc(p.Others, func(a, b taxonomy.ID) int { return kind.Compare(string(a), string(b)) })
	}
	return nil
}

// otherComparisons are pairs of counts that are equal where nothing moved.
func (s *snapshot) otherComparisons() [][2]string {
	var out [][2]string
	for i, o := range s.c.others() {
		t, _ := s.c.schema.table(o.Table)
		kept := "SELECT count(*) FROM " + s.otherName(i)
		out = append(out, [2]string{"SELECT count(*) FROM " + s.otherFrom(o), kept},
			[2]string{fmt.Sprintf("SELECT count(*) FROM %s x %s %s o ON %s WHERE %s",
				s.otherName(i), s.c.d.inOrder(), t.sql(), s.c.joinIdent("o", "x", t.ident()), s.c.d.same("o."+ident(o.Column), "x.cat")), kept})
	}
	return out
}

// newPrimary is the primary that a product gets, or that further tables get
// where its own names none.
func newPrimary(p *migrate.ProductChange) taxonomy.ID {
	if p.After.Primary == "" && len(p.After.Others) > 0 && !slices.Equal(p.Before.Others, p.After.Others) {
		return p.After.Others[0]
	}
	return p.After.Primary
}

// writeOthers sets the further tables' primaries that name a removed category
// to the product's new one.
func (st *stage) writeOthers(ctx context.Context, t *transaction) error {
	for i, o := range st.c.others() {
		tab, _ := st.c.schema.table(o.Table)
		rows := fmt.Sprintf("%s WHERE (q.what & %d) <> 0", st.staged(st.otherName(i), "o", "pn"), setsOthers)
		want, err := one[int64](ctx, st.c.conn, "SELECT count(*) FROM "+rows)
		if err != nil {
			return err
		}
		if want == 0 {
			continue
		}
		set := []assigned{{o.Column, st.setPlace("prim", way{}, nil)}}
		query := fmt.Sprintf("SELECT %s, q.prim FROM %s", list("o.", len(tab.ident())), rows)
		if err := t.write(ctx, "set the primaries of "+tab.name, want, st.c.d.updateListed(tab, set, query, st.c.joinIdent("p", "q", tab.ident()))); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) keepOthers(ctx context.Context, t *transaction) error {
	for i, o := range st.c.others() {
		tab, _ := st.c.schema.table(o.Table)
		from := fmt.Sprintf("%s JOIN %s p ON %s WHERE (q.what & %d) <> 0",
			st.staged(st.otherName(i), "x", "pn"), tab.sql(), st.c.joinIdent("p", "x", tab.ident()), setsOthers)
		if err := t.imageUpdate(ctx, "primary", tab, []string{o.Column}, []string{"x.cat"}, from, nil); err != nil {
			return err
		}
	}
	return nil
}
