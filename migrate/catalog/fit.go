package catalog

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"recat/migrate"
)

// fitter holds a mapping against the schema and collects what does not fit.
type fitter struct {
	c      *Catalog
	m      *Mapping
	faults migrate.FileErrors
	failed error                    // the first error that says nothing of the mapping: a right is wanting, or asking came to an end
	hidden func(table string) error // why a table may be there and not show; nil where it is not
}

// fit checks that every table and column of the mapping exists and that every
// expression can be prepared.
func (c *Catalog) fit(ctx context.Context) error {
	f := &fitter{c: c, m: c.mapping, hidden: func(name string) error { return c.hidden(ctx, name) }}
	f.categories(ctx)
	f.encodings()
	if p := f.m.Products; p != nil {
		f.products(ctx, p)
		f.elsewhere()
		f.delists(ctx)
	} else if f.m.Memberships != nil || len(f.m.Delist) > 0 {
		f.fault("memberships", "the mapping has memberships or delist, and no products")
	}
	f.references(ctx)
	f.links()
	f.others(ctx)
	if f.failed != nil {
		return f.failed
	}
	return f.faults.Err()
}

// fault takes one more fault, once: several keys may name one missing table.
func (f *fitter) fault(word, format string, args ...any) {
	one := f.m.fault(word, format, args...)
	if !slices.ContainsFunc(f.faults, func(known *migrate.FileError) bool { return *known == *one }) {
		f.faults = append(f.faults, one)
	}
}

// hidden asks for a table that does not show, as one would that the role may
// not read.
func (c *Catalog) hidden(ctx context.Context, name string) error {
	if !c.schema.partial {
		return nil
	}
	err := c.d.prepare(ctx, c.conn, "SELECT 1 FROM "+ident(name)+" LIMIT 0")
	if !Denied(err) {
		return nil
	}
	return fmt.Errorf("read table %s: %w", name, err)
}

// readable finds a table.
func (f *fitter) readable(name string) *table {
	t, ok := f.c.schema.table(name)
	if !ok {
		if err := f.hidden(name); err != nil {
			f.failed = cmp.Or(f.failed, err)
			return nil
		}
		f.fault(name, "there is no table %q in the catalog%s", name, nearest(name, f.names()))
		return nil
	}
	return t
}

// table finds a table that recat can write.
func (f *fitter) table(name string) *table {
	t := f.readable(name)
	if t != nil && t.keyless() {
		f.fault(name, "the rows of table %q cannot be told apart: it has no primary key, and no unique key without NULLs", name)
		return nil
	}
	return t
}

// schema refuses a schema that the catalog does not have.
func (f *fitter) schema(name string) {
	if says := f.c.schema.unknown(name); name != "" && says != "" {
		f.fault(name, "schema %q: %s", name, says)
	}
}

func (f *fitter) names() []string {
	var out []string
	for _, t := range f.c.schema.user() {
		out = append(out, t.name)
	}
	return out
}

// column checks a column that is read, or written too.
func (f *fitter) column(t *table, name string, written bool) {
	if t == nil || name == "" {
		return
	}
	c, ok := t.column(name)
	switch {
	case !ok:
		f.fault(name, "table %q has no column %q%s", t.name, name, nearest(name, t.columnNames()))
	case written && c.generated:
		f.fault(name, "column %q of table %q is generated and cannot be written", name, t.name)
	}
}

func (f *fitter) set(t *table, set []Assignment) {
	for _, a := range set {
		f.column(t, a.Column, true)
	}
}

// prepare has the engine read an expression, where no aggregate may stand:
// one would make a single row of all. alias is "" for a bare table.
func (f *fitter) prepare(ctx context.Context, t *table, alias, word, expr string) {
	if t == nil || expr == "" {
		return
	}
	if strings.Contains(expr, ":effective") && f.c.options.Effective.IsZero() {
		f.fault(word, "the expression uses :effective, and the policy has no dates.effective")
		return
	}
	err := f.c.d.prepare(ctx, f.c.conn, fmt.Sprintf("SELECT 1 FROM %s %s WHERE %s IS NULL LIMIT 0", t.sql(), alias, f.c.expr(expr)))
	switch {
	case Denied(err), Lost(err), err != nil && ctx.Err() != nil:
		f.failed = cmp.Or(f.failed, fmt.Errorf("read table %s: %w", t.name, err))
	case err != nil:
		f.fault(word, "the expression %q cannot be read: %s%s", expr, err, t.nearColumn(alias, expr))
	}
}

// nearColumn suggests the column that the first of an expression which the
// table does not have may stand for. Only alias.column is sure to mean one.
func (t *table) nearColumn(alias, expr string) string {
	if alias == "" {
		return ""
	}
	for _, m := range regexp.MustCompile(`\b`+alias+`\.(\w+)`).FindAllStringSubmatch(expr, -1) {
		if _, ok := t.column(m[1]); !ok {
			return nearest(m[1], t.columnNames())
		}
	}
	return ""
}

func (t *table) columnNames() []string {
	var names []string
	for _, c := range t.columns {
		names = append(names, c.name)
	}
	return names
}

func (f *fitter) categories(ctx context.Context) {
	c := f.m.Categories
	f.schema(c.Schema)
	t := f.table(c.Table)
	f.column(t, c.ID, false)
	f.column(t, c.Parent, true)
	for _, k := range c.Keys {
		f.column(t, k.Column, false)
	}
	for _, o := range c.Order {
		f.column(t, o, false)
	}
	f.set(t, c.Close)
	f.set(t, c.SoftRemove)
	for _, e := range []string{c.Name, c.Where, c.Protect, c.Open, c.URL} {
		f.prepare(ctx, t, "c", e, e)
	}
	if m := f.m.Memberships; m != nil {
		f.prepare(ctx, t, "c", m.IgnoreExpr, m.IgnoreExpr)
	}
}

func (f *fitter) products(ctx context.Context, p *Products) {
	f.schema(p.Schema)
	t := f.table(p.Table)
	f.column(t, p.ID, false)
	f.column(t, p.Category, true)
	f.column(t, p.Primary, true)
	f.primaries(p)
	f.set(t, p.Touch)
	for _, e := range []string{p.Title, p.Where, p.Live, p.State, p.Seller, p.URL} {
		f.prepare(ctx, t, "p", e, e)
	}
	for _, field := range p.Fields {
		f.prepare(ctx, t, "p", field.Expr, field.Expr)
	}
	if p.Category == "" && f.m.Memberships == nil {
		f.fault(p.Table, "products need a category column, or memberships")
	}
}

func (f *fitter) elsewhere() {
	m := f.m.Memberships
	if m == nil {
		return
	}
	f.schema(m.Schema)
	t := f.table(m.Table)
	f.column(t, m.Product, false)
	f.column(t, m.Category, true)
	f.column(t, m.Position, false)
	f.column(t, m.PrimaryFlag, true)
}

func (f *fitter) delists(ctx context.Context) {
	for _, d := range f.m.Delist {
		name := d.Table
		if name == "" {
			name = f.m.Products.Table
		}
		t := f.table(name)
		f.column(t, d.Product, false)
		f.set(t, d.Set)
		f.prepare(ctx, t, "", d.Where, d.Where)
	}
}

func (f *fitter) references(ctx context.Context) {
	for _, r := range f.m.References {
		find := f.table
		if r.OnRemove == migrate.OnRemoveKeep {
			find = f.readable
		}
		t := find(r.Table)
		f.column(t, r.Column, r.OnRemove == migrate.OnRemoveNull || r.OnRemove == migrate.OnRemoveRepoint)
		f.set(t, r.Set)
		f.prepare(ctx, t, "", r.Where, r.Where)
	}
}

func (f *fitter) others(ctx context.Context) {
	if r := f.m.Redirects; r != nil {
		f.redirects(r)
	}
	if a := f.m.Attributes; a != nil {
		f.attributes(ctx, a)
	}
	for _, h := range f.m.Holds {
		t := f.readable(h.Table)
		f.column(t, h.Product, false)
		f.prepare(ctx, t, "", h.Where, h.Where)
	}
	for _, g := range f.m.Triggers {
		f.trigger(g)
	}
}

// trigger checks that a declared trigger exists and writes what exists.
func (f *fitter) trigger(g Trigger) {
	var on *table
	for _, t := range f.c.schema.user() {
		for _, known := range t.triggers {
			if known.name == g.Name {
				on = t
			}
		}
	}
	if on == nil {
		f.fault(g.Name, "there is no trigger %q in the catalog", g.Name)
		return
	}
	for _, w := range g.Writes {
		if _, isTable := f.c.schema.table(w); !isTable {
			f.column(on, w, true)
		}
	}
}
