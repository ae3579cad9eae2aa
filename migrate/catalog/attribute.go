package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"recat/migrate"
	"recat/taxonomy"
)

// Attributes says which attributes a category requires of its products, and
// which a product has. They are only read.
type Attributes struct {
	Required RequiredAttributes `json:"required"`
	Has      HeldAttributes     `json:"has"`
}

// RequiredAttributes is a table with a row for each attribute that a category
// requires: Category and Attribute are its columns, Name is an expression over
// it by which a person knows the attribute. A row that Where does not find, an
// optional attribute's, say, requires nothing.
type RequiredAttributes struct {
	Table     string `json:"table"`
	Category  string `json:"category"`
	RefersTo  string `json:"refers_to,omitempty"`
	Attribute string `json:"attribute"`
	Name      string `json:"name,omitempty"` // "" is the attribute itself
	Where     string `json:"where,omitempty"`
	Inherit   bool   `json:"inherit,omitempty"` // what a category requires, those below it require too
}

// HeldAttributes is a table with a row for each attribute that a product has.
// A row that Where does not find, one whose value is empty, say, is none.
type HeldAttributes struct {
	Table     string `json:"table"`
	Product   string `json:"product"`
	Attribute string `json:"attribute"`
	Where     string `json:"where,omitempty"`
}

func (r *reader) attributes(n ast.Node) *Attributes {
	o := r.object(n)
	a := &Attributes{}
	required, has := o.take("required"), o.take("has")
	o.done()
	if required == nil || has == nil {
		r.fault(n, "attributes needs required: {…}, what a category requires, and has: {…}, what a product has")
		return a
	}
	q := r.object(required)
	a.Required = RequiredAttributes{Table: q.text("table", true), Category: q.text("category", true), RefersTo: q.text("refers_to", false),
		Attribute: q.text("attribute", true), Name: r.expr(q, "name", false), Where: r.expr(q, "where", false), Inherit: q.flag("inherit", false)}
	q.done()
	h := r.object(has)
	a.Has = HeldAttributes{Table: h.text("table", true), Product: h.text("product", true), Attribute: h.text("attribute", true),
		Where: r.expr(h, "where", false)}
	h.done()
	return a
}

// attributes checks the tables and columns that tell attributes.
func (f *fitter) attributes(ctx context.Context, a *Attributes) {
	q := f.readable(a.Required.Table)
	f.column(q, a.Required.Category, false)
	f.column(q, a.Required.Attribute, false)
	f.prepare(ctx, q, "", a.Required.Name, a.Required.Name)
	f.prepare(ctx, q, "", a.Required.Where, a.Required.Where)
	h := f.readable(a.Has.Table)
	f.column(h, a.Has.Product, false)
	f.column(h, a.Has.Attribute, false)
	f.prepare(ctx, h, "", a.Has.Where, a.Has.Where)
	if f.m.Products == nil {
		f.fault("attributes", "the mapping has attributes, and no products")
	}
}

// attributes is what the mapping says of them where the selection asks; nil
// where it does not, or there is nothing to say.
func (s *snapshot) attributes() *Attributes {
	if s.lay == nil || len(s.sel.Targets) == 0 {
		return nil
	}
	return s.c.mapping.Attributes
}

// Temp tables of the attributes: recat_y_N has the selection's targets and
// what they inherit from, like recat_in_N; recat_q_N what these require: cat,
// a place in recat_y_N, a, the attribute, and called, its name; recat_a_N what
// the copied products have of that: pn and a.
func (s *snapshot) attributeTables() []tempTable {
	m := s.attributes()
	if m == nil {
		return nil
	}
	q, _ := s.c.schema.table(m.Required.Table)
	h, _ := s.c.schema.table(m.Has.Table)
	return []tempTable{
		s.c.categoryTable(s.name("y")),
		{s.name("q"), nil, []typedColumn{number("cat"), {"a", ident(m.Required.Attribute)}, {"called", m.Required.called(s.c)}}, q.sql(), nil},
		{s.name("a"), nil, []typedColumn{number("pn"), {"a", ident(m.Has.Attribute)}}, h.sql(), []string{"pn"}},
	}
}

// called is the expression of an attribute's name.
func (r RequiredAttributes) called(c *Catalog) string {
	if r.Name == "" {
		return ident(r.Attribute)
	}
	return c.expr(r.Name)
}

// copyAttributes copies what the targets require, and what of that the
// products have.
func (s *snapshot) copyAttributes(ctx context.Context) error {
	m := s.attributes()
	if m == nil {
		return nil
	}
	for i, id := range s.requiring() {
		if err := s.c.insertCategory(ctx, s.name("y"), i+1, s.c.rows[id]); err != nil {
			return fmt.Errorf("select the targets: %w", err)
		}
	}
	d, req, has := s.c.d, m.Required, m.Has
	rows := fmt.Sprintf("SELECT %s c, %s a, %s called FROM %s WHERE %s IS NOT NULL AND %s",
		ident(req.Category), ident(req.Attribute), req.called(s.c), s.c.schema.sql(req.Table), ident(req.Attribute), s.c.predicate(req.Where, "TRUE"))
	if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s SELECT y.n, r.a, r.called FROM %s y JOIN (%s) r ON %s",
		s.name("q"), s.name("y"), rows, d.joined("r.c", "y."+s.c.inColumn(req.RefersTo)))); err != nil {
		return fmt.Errorf("copy the attributes that categories require: %w", err)
	}
	rows = fmt.Sprintf("SELECT %s k, %s a FROM %s WHERE %s", ident(has.Product), ident(has.Attribute), s.c.schema.sql(has.Table), s.c.predicate(has.Where, "TRUE"))
	if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s SELECT s.n, h.a FROM %s s JOIN (%s) h ON %s WHERE %s IN (SELECT %s FROM %s)",
		s.name("a"), s.name("p"), rows, d.joined("h.k", "s.k"), s.attributeText(has.Table, has.Attribute, "h.a"),
		s.attributeText(req.Table, req.Attribute, "a"), s.name("q"))); err != nil {
		return fmt.Errorf("copy the attributes that products have: %w", err)
	}
	return d.filled(ctx, s.c.conn, s.name("a"))
}

// attributeText is a copied attribute as the text it renders as, so that the
// two tables may keep it as different types.
func (s *snapshot) attributeText(table, name, expr string) string {
	t, _ := s.c.schema.table(table)
	col, _ := t.column(name)
	return s.c.d.asText(col, expr)
}

// requiring lists the targets, each once, and what they inherit from.
func (s *snapshot) requiring() []taxonomy.ID {
	var out []taxonomy.ID
	for _, target := range s.sel.Targets {
		for _, id := range s.demanding(target) {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// demanding lists the categories whose requirements hold in one: itself and,
// where they are inherited, its ancestors.
func (s *snapshot) demanding(id taxonomy.ID) []taxonomy.ID {
	if _, ok := s.c.rows[id]; !ok {
		return nil
	}
	if !s.c.mapping.Attributes.Required.Inherit {
		return []taxonomy.ID{id}
	}
	return append([]taxonomy.ID{id}, s.c.tree.Ancestors(id)...)
}

// Requirements gives the attributes that the selection's targets require.
func (s *snapshot) Requirements(ctx context.Context) (migrate.Requirements, error) {
	if s.attributes() == nil {
		return nil, nil
	}
	own := map[taxonomy.ID][]migrate.Attribute{}
	asked := s.requiring()
	for row, err := range eachRow(ctx, s.c.conn, 3, fmt.Sprintf("SELECT cat, a, called FROM %s", s.name("q"))) {
		if err != nil {
			return nil, s.c.d.failure(err)
		}
		a := migrate.Attribute{Key: renderRaw(row[1]), Name: renderRaw(row[1])}
		if row[2] != nil {
			a.Name = renderRaw(row[2])
		}
		id := asked[row[0].(int64)-1]
		own[id] = append(own[id], a)
	}
	out := migrate.Requirements{}
	for _, target := range s.sel.Targets {
		for _, id := range s.demanding(target) {
			out[target] = append(out[target], own[id]...)
		}
	}
	return out, nil
}

// readAttributes gives the products of a batch the attributes they have.
func (s *snapshot) readAttributes(ctx context.Context, w chosen, products []*migrate.Product) error {
	if s.attributes() == nil || len(products) == 0 {
		return nil
	}
	for row, err := range eachRow(ctx, s.c.conn, 2, fmt.Sprintf("SELECT pn, a FROM %s WHERE %s", s.name("a"), w.on("pn")), w.args...) {
		if err != nil {
			return err
		}
		p, key := products[w.at(row[0].(int64))], renderRaw(row[1])
		p.Attributes = append(p.Attributes, key)
	}
	for _, p := range products {
		slices.Sort(p.Attributes)
		p.Attributes = slices.Compact(p.Attributes)
	}
	return nil
}
