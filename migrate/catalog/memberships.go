package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

func (c *Catalog) membershipTable() *table {
	t, _ := c.schema.table(c.mapping.Memberships.Table)
	return t
}

func (s *snapshot) membershipTable() []tempTable {
	if s.c.mapping.Memberships == nil {
		return nil
	}
	t := s.c.membershipTable()
	ids := numbered("i", len(t.ident()))
	names := append(slices.Clone(ids), "cat", "pos", "flag")
	return []tempTable{{s.name("m"), append([]string{"pn"}, ids...),
		append([]typedColumn{number("pn")}, typedColumns(names, s.c.membershipExprs())...), t.sql() + " m", nil}}
}

// membershipExprs are the columns of a membership row m as it is copied.
func (c *Catalog) membershipExprs() []string {
	ms := c.mapping.Memberships
	out := []string{}
	for _, name := range c.membershipTable().ident() {
		out = append(out, "m."+ident(name))
	}
	pos, flag := "NULL", "NULL"
	if ms.Position != "" {
		pos = "m." + ident(ms.Position)
	}
	if ms.PrimaryFlag != "" {
		flag = "m." + ident(ms.PrimaryFlag)
	}
	return append(out, "m."+ident(ms.Category), pos, flag)
}

func (s *snapshot) copyMemberships(ctx context.Context) error {
	ms := s.c.mapping.Memberships
	if ms == nil {
		return nil
	}
	if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s SELECT s.n, %s FROM %s s %s %s m ON %s ORDER BY s.n",
		s.name("m"), strings.Join(s.c.membershipExprs(), ", "), s.name("p"), s.c.d.inOrder(), s.c.schema.sql(ms.Table), s.c.d.joined("m."+ident(ms.Product), "s.k"))); err != nil {
		return err
	}
	return s.c.d.filled(ctx, s.c.conn, s.name("m"))
}

// readMemberships adds the memberships of a batch. Rows that point outside
// the tree (another taxonomy's, or nowhere) are not the tree's business.
func (s *snapshot) readMemberships(ctx context.Context, w chosen, products []*migrate.Product) error {
	ms := s.c.mapping.Memberships
	if ms == nil || len(products) == 0 {
		return nil
	}
	ids := s.c.idsByKey(ms.RefersTo)
	query := fmt.Sprintf("SELECT pn, cat, pos, flag FROM %s WHERE %s", s.name("m"), w.on("pn"))
	for row, err := range eachRow(ctx, s.c.conn, 4, query, w.args...) {
		if err != nil {
			return err
		}
		id, ok := ids[renderRaw(row[1])]
		if !ok {
			continue
		}
		p := products[w.at(row[0].(int64))]
		p.Memberships = append(p.Memberships, migrate.Membership{Category: id, Position: position(row[2]), Primary: truth(row[3])})
	}
	kind := s.c.categoryKey()
	for _, p := range products {
		kind.SortMemberships(p.Memberships)
	}
	return nil
}

func (c *Catalog) categoryKey() migrate.KeyKind {
	t, _ := c.schema.table(c.mapping.Categories.Table)
	return keyKind(t, c.mapping.Categories.ID)
}

func position(raw any) *int64 {
	v := typedInt(valueOf(raw))
	if raw == nil || v.IsNull() {
		return nil
	}
	return &v.I
}

// idsByKey finds categories by the rendering of one of their keys.
func (c *Catalog) idsByKey(refersTo string) map[string]taxonomy.ID {
	out := make(map[string]taxonomy.ID, len(c.rows))
	for id, row := range c.rows {
		out[renderRaw(c.keyValue(row, refersTo))] = id
	}
	return out
}

// otherDelists lists the delist assignments that write other tables than the
// products' own, by their index in the mapping.
func (c *Catalog) otherDelists() []int {
	var out []int
	for i, d := range c.mapping.Delist {
		if !c.ownDelist(d) {
			out = append(out, i)
		}
	}
	return out
}

func (s *snapshot) delistName(i int) string { return fmt.Sprintf("recat_d_%d_%d", s.no, i) }

func (s *snapshot) delistTables() []tempTable {
	if s.lay == nil {
		return nil
	}
	var out []tempTable
	for _, i := range s.c.otherDelists() {
		d := s.c.mapping.Delist[i]
		t, _ := s.c.schema.table(d.Table)
		ids := numbered("i", len(t.ident()))
		columns := append([]typedColumn{number("pn")}, typedColumns(ids, prefixed("d.", t.ident()))...)
		columns = append(columns, typedColumns(numbered("k", len(t.lasting())), prefixed("d.", t.lasting()))...)
		columns = append(columns, typedColumns(numbered("w", len(d.Set)), prefixed("d.", columnsOf(d.Set)))...)
		out = append(out, tempTable{s.delistName(i), append([]string{"pn"}, ids...), columns, t.sql() + " d", nil})
	}
	return out
}

// delistFrom is the FROM and WHERE of the rows that a delist assignment
// writes for the products of s.
func (s *snapshot) delistFrom(d Delist) string {
	where := ""
	if d.Where != "" {
		t, _ := s.c.schema.table(d.Table)
		where = fmt.Sprintf(" WHERE (%s) IN (SELECT %s FROM %s WHERE %s)", idents("d.", t.ident()), idents("", t.ident()), t.sql(), s.c.expr(d.Where))
	}
	return fmt.Sprintf("%s s %s %s d ON %s%s", s.name("p"), s.c.d.inOrder(), s.c.schema.sql(d.Table), s.c.d.joined("d."+ident(d.Product), "s.k"), where)
}

func (s *snapshot) copyDelists(ctx context.Context) error {
	for _, i := range s.c.otherDelists() {
		d := s.c.mapping.Delist[i]
		t, _ := s.c.schema.table(d.Table)
		if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s SELECT s.n, %s, %s, %s FROM %s ORDER BY s.n",
			s.delistName(i), idents("d.", t.ident()), idents("d.", t.lasting()), idents("d.", columnsOf(d.Set)), s.delistFrom(d))); err != nil {
			return fmt.Errorf("copy the rows of %s: %w", d.Table, err)
		}
	}
	return nil
}

// readDelists adds to a batch what a delisting would write elsewhere.
func (s *snapshot) readDelists(ctx context.Context, w chosen, products []*migrate.Product) error {
	for _, i := range s.c.otherDelists() {
		d := s.c.mapping.Delist[i]
		t, _ := s.c.schema.table(d.Table)
		nk := len(t.lasting())
		query := fmt.Sprintf("SELECT pn, %s, %s FROM %s WHERE %s",
			strings.Join(numbered("k", nk), ", "), strings.Join(numbered("w", len(d.Set)), ", "), s.delistName(i), w.on("pn"))
		for row, err := range eachRow(ctx, s.c.conn, 1+nk+len(d.Set), query, w.args...) {
			if err != nil {
				return err
			}
			addWrite(products[w.at(row[0].(int64))], t, i, row[1:1+nk], row[1+nk:], d.Set)
		}
	}
	for _, p := range products {
		sortWrites(p.Writes)
	}
	return nil
}

func addWrite(p *migrate.Product, t *table, delist int, key, values []any, set []Assignment) {
	w := migrate.Write{Delist: delist}
	for _, k := range key {
		w.Row = append(w.Row, renderRaw(k))
	}
	for i, v := range values {
		v = t.told(set[i].Column, v)
		w.Values = append(w.Values, rendering(v))
		p.Off = p.Off && satisfied(v, set[i].Value)
	}
	p.Writes = append(p.Writes, w)
}

// sortWrites puts writes in canonical order: by assignment, then row.
func sortWrites(ws []migrate.Write) {
	slices.SortFunc(ws, func(a, b migrate.Write) int {
		if a.Delist != b.Delist {
			return a.Delist - b.Delist
		}
		return slices.Compare(a.Row, b.Row)
	})
}
