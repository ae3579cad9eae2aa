package catalog

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"recat/migrate"
)

// mappingLimit bounds the size of a mapping file in bytes.
const mappingLimit = 1 << 20

// ParseMapping reads a mapping as a person writes it. Its error is a
// migrate.FileErrors with every defect.
func ParseMapping(name string, text []byte) (*Mapping, error) {
	r := &reader{file: name}
	if len(text) > mappingLimit {
		return nil, migrate.FileErrors{{Pos: migrate.Pos{File: name}, Msg: "a mapping is at most 1 MiB"}}
	}
	m, places := &Mapping{}, map[string]migrate.Pos{}
	if root := r.parse(text); root != nil {
		o := r.object(root)
		if base := r.preset(o); base != nil {
			m, r.based = base.mapping, true
			maps.Copy(places, base.places)
		} else if o.keys["preset"] != nil { // its fault is told
			return nil, r.faults.Err()
		}
		r.mapping(o, m)
		m.settle()
	}
	if err := r.faults.Err(); err != nil {
		slices.SortFunc(r.faults, func(a, b *migrate.FileError) int {
			return cmp.Or(a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column, strings.Compare(a.Msg, b.Msg))
		})
		return nil, err
	}
	maps.Copy(places, r.places)
	m.file, m.places = name, places
	return m, nil
}

func (r *reader) mapping(o *object, m *Mapping) {
	if n := o.take("categories"); n != nil {
		r.categories(n, &m.Categories)
	} else if m.Categories.Table == "" {
		r.fault(o.node, "categories is missing")
	}
	if n := o.take("products"); n != nil {
		m.Products = r.products(n)
	}
	if n := o.take("memberships"); n != nil {
		m.Memberships = r.memberships(n)
	}
	if n := o.take("delist"); n != nil {
		m.Delist = each(r, n, m.Delist, r.delist)
	}
	if n := o.take("references"); n != nil {
		m.References = each(r, n, m.References, r.reference)
	}
	if n := o.take("redirects"); n != nil {
		m.Redirects = r.redirects(n)
	}
	if n := o.take("links"); n != nil {
		m.Links = each(r, n, m.Links, r.link)
	}
	if n := o.take("holds"); n != nil {
		m.Holds = each(r, n, m.Holds, r.hold)
	}
	if n := o.take("triggers"); n != nil {
		m.Triggers = r.triggers(n)
	}
	if n := o.take("after"); n != nil {
		m.After = each(r, n, m.After, r.text)
	}
	if n := o.take("tree"); n != nil {
		m.Tree = each(r, n, m.Tree, r.encoding)
	}
	if n := o.take("attributes"); n != nil {
		m.Attributes = r.attributes(n)
	}
	o.done()
	r.refersTo(m, o)
}

// each reads a list. Among its entries the word preset stands for those that
// the preset has.
func each[T any](r *reader, n ast.Node, preset []T, read func(ast.Node) T) []T {
	var out []T
	for _, item := range r.list(n) {
		switch word, ok := item.(*ast.StringNode); {
		case !ok || word.Value != "preset":
			out = append(out, read(item))
		case r.based:
			out = append(out, preset...)
		default:
			r.fault(item, "preset stands for a preset's entries, and the mapping starts from none")
		}
	}
	return out
}

func (r *reader) categories(n ast.Node, c *Categories) {
	o := r.object(n)
	*c = Categories{Table: o.text("table", true), Schema: o.text("schema", false)}
	c.ID = o.text("id", true)
	if keys := o.take("keys"); keys != nil {
		k := r.object(keys)
		for name := range k.keys {
			c.Keys = append(c.Keys, Key{Name: name, Column: r.text(k.take(name))})
		}
		slices.SortFunc(c.Keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	}
	r.parent(o, c)
	c.PathTree = r.pathTree(o)
	r.root(o, c)
	c.Name = r.expr(o, "name", true)
	c.Where = r.expr(o, "where", false)
	c.Order = o.texts("order")
	c.Protect, c.Open, c.URL = r.expr(o, "protect", false), r.expr(o, "open", false), r.expr(o, "url", false)
	c.Close, c.SoftRemove = r.setOf(o, "close"), r.setOf(o, "remove")
	o.done()
}

func (r *reader) parent(o *object, c *Categories) {
	switch n := o.take("parent").(type) {
	case nil:
	case *ast.MappingNode, *ast.MappingValueNode:
		p := r.object(n)
		c.Parent, c.ParentKey = p.text("column", true), p.text("refers_to", false)
		p.done()
	default:
		c.Parent = r.text(n)
	}
}

// root reads the parent values that mean none: [null], [0], or both.
func (r *reader) root(o *object, c *Categories) {
	n := o.take("root")
	if n == nil {
		c.Root = []*string{nil}
		return
	}
	c.Root = nil
	for _, item := range r.list(n) {
		if _, null := item.(*ast.NullNode); null {
			c.Root = append(c.Root, nil)
			continue
		}
		s := r.text(item)
		c.Root = append(c.Root, &s)
	}
}

func (r *reader) setOf(o *object, key string) []Assignment {
	n := o.take(key)
	if n == nil {
		return nil
	}
	inner := r.object(n)
	set := inner.take("set")
	inner.done()
	if set == nil {
		r.fault(n, "%s needs set: {column: value}", key)
		return nil
	}
	return r.assignments(set)
}

func (r *reader) products(n ast.Node) *Products {
	o := r.object(n)
	p := &Products{Table: o.text("table", true), Schema: o.text("schema", false), ID: o.text("id", true)}
	p.Title, p.Where = r.expr(o, "title", true), r.expr(o, "where", false)
	p.Category = o.text("category", false)
	r.primaries(o, p)
	if none := o.take("none"); none != nil {
		l := r.literal(none)
		p.None = &l
	}
	p.Live, p.State = r.expr(o, "live", true), r.expr(o, "state", false)
	p.Seller, p.URL = r.expr(o, "seller", false), r.expr(o, "url", false)
	if f := o.take("fields"); f != nil {
		p.Fields = r.fields(f)
	}
	if t := o.take("touch"); t != nil {
		p.Touch = r.assignments(t)
	}
	o.done()
	return p
}

func (r *reader) fields(n ast.Node) []Field {
	o := r.object(n)
	var out []Field
	for name := range o.keys {
		v := o.take(name)
		f := r.object(v)
		field := Field{Name: name, Expr: r.expr(f, "expr", true)}
		word := f.text("type", true)
		kind, ok := fieldType(word)
		if !ok && word != "" {
			r.fault(f.at["type"], "the type of a field is text, integer, double, boolean or timestamp, not %q", word)
		}
		field.Type = kind
		f.done()
		out = append(out, field)
	}
	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (r *reader) memberships(n ast.Node) *Memberships {
	o := r.object(n)
	m := &Memberships{Table: o.text("table", true), Schema: o.text("schema", false), Product: o.text("product", true),
		Category: o.text("category", true), RefersTo: o.text("refers_to", false),
		Position: o.text("position", false), PrimaryFlag: o.text("primary_flag", false), RuleBased: o.flag("rule_based", false)}
	switch v := o.take("ignore").(type) {
	case nil:
	case *ast.SequenceNode:
		for _, item := range v.Values {
			m.Ignore = append(m.Ignore, r.text(item))
		}
	default:
		m.IgnoreExpr = r.exprAt(v)
	}
	o.done()
	return m
}

func (r *reader) delist(n ast.Node) Delist {
	o := r.object(n)
	d := Delist{Table: o.text("table", false), Product: o.text("product", false), Where: r.expr(o, "where", false), Optional: o.flag("optional", false)}
	if d.Table != "" && d.Product == "" {
		r.fault(n, "delist in table %s needs product: its column that names the product", d.Table)
	}
	if set := o.take("set"); set != nil {
		d.Set = r.assignments(set)
	} else {
		r.fault(n, "delist needs set: {column: value}")
	}
	o.done()
	return d
}

var onRemoves = []migrate.OnRemove{migrate.OnRemoveDelete, migrate.OnRemoveNull, migrate.OnRemoveRepoint,
	migrate.OnRemoveRestrict, migrate.OnRemoveSet, migrate.OnRemoveKeep}

func (r *reader) reference(n ast.Node) Reference {
	o := r.object(n)
	ref := Reference{Table: o.text("table", true), Column: o.text("column", true),
		RefersTo: o.text("refers_to", false), Where: r.expr(o, "where", false), Optional: o.flag("optional", false)}
	switch v := o.take("on_remove").(type) {
	case nil:
		r.fault(n, "on_remove is missing: delete, null, repoint, restrict, set or keep")
	case *ast.NullNode:
		ref.OnRemove = migrate.OnRemoveNull
	default:
		ref.OnRemove = migrate.OnRemove(r.text(v))
		if !slices.Contains(onRemoves, ref.OnRemove) {
			r.fault(v, "on_remove is delete, null, repoint, restrict, set or keep, not %q", ref.OnRemove)
		}
	}
	if set := o.take("set"); set != nil {
		ref.Set = r.assignments(set)
	}
	if (ref.OnRemove == migrate.OnRemoveSet) != (len(ref.Set) > 0) {
		r.fault(n, "on_remove: set goes with set: {column: value}")
	}
	r.inText(o, &ref)
	o.done()
	return ref
}

func (r *reader) redirects(n ast.Node) *Redirects {
	o := r.object(n)
	d := &Redirects{Table: o.text("table", true)}
	if insert := o.take("insert"); insert != nil {
		d.Insert = r.assignments(insert)
	} else {
		r.fault(n, "redirects needs insert: {column: value}")
	}
	o.done()
	return d
}

func (r *reader) hold(n ast.Node) Hold {
	o := r.object(n)
	h := Hold{Table: o.text("table", true), Product: o.text("product", true), Where: r.expr(o, "where", false),
		Label: o.text("label", true), Optional: o.flag("optional", false)}
	o.done()
	return h
}

func (r *reader) triggers(n ast.Node) []Trigger {
	o := r.object(n)
	var out []Trigger
	for name := range o.keys {
		t := r.object(o.take(name))
		one := Trigger{Name: name, Writes: t.texts("writes")}
		t.done()
		slices.Sort(one.Writes)
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Trigger) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// expr reads a SQL expression.
func (r *reader) expr(o *object, key string, required bool) string {
	n := o.take(key)
	if n == nil {
		if required {
			r.fault(o.node, "%s is missing", key)
		}
		return ""
	}
	return r.exprAt(n)
}

func (r *reader) exprAt(n ast.Node) string {
	text := r.params.expr(r.scalar(n))
	r.remember(text, n)
	return r.checkExpr(n, text)
}

// clock finds what would make an expression depend on when it is asked.
var clock = regexp.MustCompile(`(?i)\b(current_(timestamp|date|time)|localtime(stamp)?|now\s*\(|getdate\s*\(|sysdate|random(blob)?\s*\(|rand\s*\(|` +
	`(date|time|datetime|julianday|unixepoch)\s*\(\s*\)|strftime\s*\(\s*'[^']*'\s*\))|'now'`)

func (r *reader) checkExpr(n ast.Node, text string) string {
	if found := clock.FindString(text); found != "" {
		r.fault(n, "%s would change by waiting; use :effective, the policy's date", found)
	}
	return strings.TrimSpace(text)
}

// refersTo checks that every refers_to names a key.
func (r *reader) refersTo(m *Mapping, o *object) {
	known := func(name string) bool {
		return name == "" || name == "id" || slices.ContainsFunc(m.Categories.Keys, func(k Key) bool { return k.Name == name })
	}
	check := func(name, where string) {
		if !known(name) {
			r.fault(o.node, "%s refers to the key %q, which categories.keys does not have", where, name)
		}
	}
	check(m.Categories.ParentKey, "categories.parent")
	if m.Memberships != nil {
		check(m.Memberships.RefersTo, "memberships")
	}
	if m.Attributes != nil {
		check(m.Attributes.Required.RefersTo, "attributes.required")
	}
	for _, ref := range m.References {
		check(ref.RefersTo, "references."+ref.Table)
	}
	for _, closure := range m.closures() {
		check(closure.RefersTo, "tree.closure")
	}
}
