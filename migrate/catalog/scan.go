package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// scanner reads the products of a catalog as they are, only the columns that
// are asked for.
type scanner struct {
	c      *Catalog
	opts   migrate.ScanOptions
	t      *table
	fields []Field
	delist []string               // columns of the products' own table that a delisting writes
	ids    map[string]taxonomy.ID // of categories, by the key that memberships name
}

func (c *Catalog) scanner(opts migrate.ScanOptions) *scanner {
	p := c.mapping.Products
	t, _ := c.schema.table(p.Table)
	s := &scanner{c: c, opts: opts, t: t}
	for _, f := range p.Fields {
		if slices.Contains(opts.Reads, f.Name) {
			s.fields = append(s.fields, f)
		}
	}
	if opts.Off {
		s.delist = c.delistColumns()
	}
	if ms := c.mapping.Memberships; ms != nil {
		s.ids = c.idsByKey(ms.RefersTo)
	}
	return s
}

// reads reports whether a field that every product has is asked for.
func (s *scanner) reads(name string) bool { return slices.Contains(s.opts.Reads, name) }

// exprs are the columns that scanned takes, in its order.
func (s *scanner) exprs() []string {
	p, c := s.c.mapping.Products, s.c
	out := []string{"p." + ident(p.ID)}
	add := func(has bool, expr string) {
		if has {
			out = append(out, expr)
		}
	}
	add(p.Category != "", "p."+ident(p.Category))
	add(p.Primary != "", "p."+ident(p.Primary))
	add(p.Where != "", "NOT "+c.predicate(p.Where, "TRUE"))
	add(s.reads("live"), c.predicate(p.Live, "FALSE"))
	add(s.reads("state"), c.expr(p.State))
	add(s.reads("seller"), c.expr(p.Seller))
	add(s.reads("title"), c.expr(p.Title))
	for _, f := range s.fields {
		out = append(out, c.expr(f.Expr))
	}
	for _, name := range s.delist {
		out = append(out, "p."+ident(name))
	}
	if ms := c.mapping.Memberships; ms != nil {
		out = append(out, c.membershipExprs()[len(c.membershipTable().ident()):]...)
	}
	return out
}

// query reads the products that a condition finds, each with its memberships
// one row after the other.
func (s *scanner) query(where, order string) string {
	ms := s.c.mapping.Memberships
	from := s.t.sql() + " p"
	if ms == nil {
		return fmt.Sprintf("SELECT %s FROM %s%s", strings.Join(s.exprs(), ", "), from, where)
	}
	return fmt.Sprintf("SELECT %s FROM %s LEFT JOIN %s m ON %s%s ORDER BY %s", strings.Join(s.exprs(), ", "), from,
		s.c.membershipTable().sql(), s.c.d.joined("m."+ident(ms.Product), "p."+ident(s.c.mapping.Products.ID)), where, order)
}

// scan shows the products that a condition finds, by a session of its own.
func (s *scanner) scan(ctx context.Context, by *session, q string, args []any, see func(*migrate.Product) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var failed error
	shown := &migrate.Product{}
	var last any
	show := func() {
		if last == nil || failed != nil {
			return
		}
		s.c.categoryKey().SortMemberships(shown.Memberships)
		if failed = see(shown); failed != nil {
			cancel()
		}
	}
	filed := s.c.mapping.Memberships != nil
	err := rawRows(ctx, by, len(s.exprs()), q, args, func(row []any) {
		if failed != nil {
			return
		}
		if row[0] == nil {
			failed = migrate.Refuse("a product of %s has no key: its %s is NULL", s.t.name, s.c.mapping.Products.ID)
			return
		}
		if !filed || last == nil || !sameRaw(last, row[0]) {
			show()
			last = own(row[0])
			s.scanned(shown, row)
		}
		if filed {
			s.member(shown, row[len(row)-3:])
		}
	})
	show()
	if failed != nil {
		return failed
	}
	return err
}

// own is a raw value that the next row does not write over.
func own(raw any) any {
	if b, ok := raw.([]byte); ok {
		return slices.Clone(b)
	}
	return raw
}

// scanned fills a product with a row, whose columns are those of exprs.
func (s *scanner) scanned(p *migrate.Product, row []any) {
	at := 0
	take := func(has bool) any {
		if !has {
			return nil
		}
		at++
		return row[at-1]
	}
	m, fields := s.c.mapping.Products, p.Fields
	*p = migrate.Product{ID: renderRaw(take(true)), Placement: migrate.Placement{Memberships: p.Memberships[:0]}, Fields: fields}
	p.Category = s.c.placed(take(m.Category != ""))
	p.Primary = s.c.placed(take(m.Primary != ""))
	p.Hidden = truth(take(m.Where != ""))
	p.Live = truth(take(s.reads("live")))
	p.State = valueOf(take(s.reads("state")))
	p.Seller = valueOf(take(s.reads("seller")))
	p.Title = valueOf(take(s.reads("title")))
	if p.Fields == nil && len(s.fields) > 0 {
		p.Fields = make(map[string]migrate.Value, len(s.fields))
	}
	for _, f := range s.fields {
		p.Fields[f.Name] = typed(take(true), fieldKinds[f.Type])
	}
	if s.opts.Off {
		p.Off = s.off(row[at : at+len(s.delist)])
	}
}

// off reports whether delisting would write nothing new. What it writes in
// other tables is not read: there it counts as something.
func (s *scanner) off(values []any) bool {
	delists := s.c.mapping.Delist
	for _, d := range delists {
		if !s.c.ownDelist(d) {
			return false
		}
		for _, a := range d.Set {
			if !satisfied(s.t.told(a.Column, values[slices.Index(s.delist, a.Column)]), a.Value) {
				return false
			}
		}
	}
	return len(delists) > 0
}

// member adds the membership of a row: category, position, flag.
func (s *scanner) member(p *migrate.Product, row []any) {
	if row[0] == nil {
		return
	}
	key := renderRaw(row[0])
	id, ok := s.ids[key]
	switch refersTo := s.c.mapping.Memberships.RefersTo; {
	case ok:
	case refersTo != "" && refersTo != "id": // nobody knows whose key it was
		return
	default:
		id = taxonomy.ID(key)
	}
	p.Memberships = append(p.Memberships, migrate.Membership{Category: id, Position: position(row[1]), Primary: truth(row[2])})
}
