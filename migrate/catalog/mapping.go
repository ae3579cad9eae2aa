package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/migrate/rule"
)

// Mapping says which tables and columns of a database are the catalog. Fields
// named Expr hold SQL over the alias c (a category) or p (a product); written
// columns are bare names.
type Mapping struct {
	Preset      string       `json:"preset,omitempty"`
	Categories  Categories   `json:"categories"`
	Tree        []Encoding   `json:"tree,omitempty"`
	Products    *Products    `json:"products,omitempty"`
	Memberships *Memberships `json:"memberships,omitempty"`
	Delist      []Delist     `json:"delist,omitempty"`
	References  []Reference  `json:"references,omitempty"`
	Redirects   *Redirects   `json:"redirects,omitempty"`
	Links       []Link       `json:"links,omitempty"`
	Holds       []Hold       `json:"holds,omitempty"`
	Attributes  *Attributes  `json:"attributes,omitempty"`
	Triggers    []Trigger    `json:"triggers,omitempty"`
	After       []string     `json:"after,omitempty"`

	platform string                 // what a preset is for, with its versions
	file     string                 // where it was read
	places   map[string]migrate.Pos // where each of its words stands
}

// fault makes an error at the place where word was written.
func (m *Mapping) fault(word, format string, args ...any) *migrate.FileError {
	pos, ok := m.places[word]
	if !ok {
		pos = migrate.Pos{File: m.file}
	}
	return &migrate.FileError{Pos: pos, Msg: fmt.Sprintf(format, args...)}
}

// Categories maps the tree.
type Categories struct {
	Table      string       `json:"table"`
	Schema     string       `json:"schema,omitempty"`
	ID         string       `json:"id"`
	Keys       []Key        `json:"keys,omitempty"`
	Parent     string       `json:"parent,omitempty"` // "" in a flat catalog
	ParentKey  string       `json:"parent_refers_to,omitempty"`
	PathTree   *PathTree    `json:"path_tree,omitempty"`
	Root       []*string    `json:"root"` // parent values that mean none; nil is NULL
	Name       string       `json:"name"`
	Where      string       `json:"where,omitempty"`
	Order      []string     `json:"order,omitempty"`
	Protect    string       `json:"protect,omitempty"`
	Open       string       `json:"open,omitempty"`
	Close      []Assignment `json:"close,omitempty"`
	SoftRemove []Assignment `json:"remove,omitempty"`
	URL        string       `json:"url,omitempty"`
}

// Key is another column that identifies a category elsewhere.
type Key struct {
	Name   string `json:"name"`
	Column string `json:"column"`
}

// Products maps the products.
type Products struct {
	Table    string       `json:"table"`
	Schema   string       `json:"schema,omitempty"`
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Where    string       `json:"where,omitempty"`
	Category string       `json:"category,omitempty"`
	None     *Literal     `json:"none,omitempty"` // what the column holds instead of NULL
	Primary  string       `json:"primary,omitempty"`
	Others   []Primary    `json:"other_primaries,omitempty"`
	Live     string       `json:"live"`
	State    string       `json:"state,omitempty"`
	Seller   string       `json:"seller,omitempty"`
	URL      string       `json:"url,omitempty"`
	Fields   []Field      `json:"fields,omitempty"`
	Touch    []Assignment `json:"touch,omitempty"`
}

// Primary is a column of a further table that names a product's primary
// category too: a shop's own, say.
type Primary struct {
	Table   string `json:"table"`
	Product string `json:"product"`
	Column  string `json:"column"`
}

// Field is an expression that rules may read.
type Field struct {
	Name string `json:"name"`
	Expr string `json:"expr"`
	Type string `json:"type"` // text, integer, double, boolean or timestamp
}

// Memberships maps the table that files products in categories.
type Memberships struct {
	Table       string   `json:"table"`
	Schema      string   `json:"schema,omitempty"`
	Product     string   `json:"product"`
	Category    string   `json:"category"`
	RefersTo    string   `json:"refers_to,omitempty"`
	Position    string   `json:"position,omitempty"`
	PrimaryFlag string   `json:"primary_flag,omitempty"`
	Ignore      []string `json:"ignore,omitempty"`      // category ids
	IgnoreExpr  string   `json:"ignore_expr,omitempty"` // or a predicate over c
	RuleBased   bool     `json:"rule_based,omitempty"`  // the platform fills categories by rules of its own
}

// Delist is one of the assignments that take a product off sale.
type Delist struct {
	Table   string       `json:"table,omitempty"` // "" is the products' own
	Product string       `json:"product,omitempty"`
	Where   string       `json:"where,omitempty"`
	Set     []Assignment `json:"set"`

	Optional bool `json:"optional,omitempty"` // left out where the catalog has no such table
}

// Reference is a column elsewhere that points at a category.
type Reference struct {
	Table        string           `json:"table"`
	Column       string           `json:"column"`
	RefersTo     string           `json:"refers_to,omitempty"`
	Where        string           `json:"where,omitempty"`
	PathOfIDs    string           `json:"path_of_ids,omitempty"`   // the column holds keys joined by this
	JSONContains string           `json:"json_contains,omitempty"` // the column holds JSON that names this key
	OnRemove     migrate.OnRemove `json:"on_remove"`
	Set          []Assignment     `json:"set,omitempty"`
	Optional     bool             `json:"optional,omitempty"` // left out where the catalog has no such column
}

// Redirects maps the table that takes a row for each removed page.
type Redirects struct {
	Table  string       `json:"table"`
	Insert []Assignment `json:"insert"`
}

// Hold counts what stands in the way of a product: open carts, say.
type Hold struct {
	Table   string `json:"table"`
	Product string `json:"product"`
	Where   string `json:"where,omitempty"`
	Label   string `json:"label"`

	Optional bool `json:"optional,omitempty"` // left out where the catalog has no such table
}

// Trigger declares what a trigger on a written table writes itself.
type Trigger struct {
	Name   string   `json:"name"`
	Writes []string `json:"writes"`
}

// Assignment sets a column.
type Assignment struct {
	Column string  `json:"column"`
	Value  Literal `json:"value"`
}

// Literal is a value as the mapping writes it, or the instant of the run.
type Literal struct {
	Now   bool
	Value migrate.Value
}

// MarshalJSON writes the literal as a JSON scalar, now as {"now":true}.
func (l Literal) MarshalJSON() ([]byte, error) {
	switch v := l.Value; {
	case l.Now:
		return []byte(`{"now":true}`), nil
	case v.Kind == migrate.Text:
		return json.Marshal(v.S)
	case v.Kind == migrate.Bool:
		return json.Marshal(v.I == 1)
	case v.Kind == migrate.Int:
		return json.Marshal(v.I)
	case v.Kind == migrate.Float:
		return []byte(`{"float":` + v.Render() + `}`), nil
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Literal) UnmarshalJSON(data []byte) error {
	switch s := string(data); {
	case s == "null":
		*l = Literal{}
	case s == "true" || s == "false":
		*l = Literal{Value: migrate.BoolValue(s == "true")}
	case strings.HasPrefix(s, `"`):
		l.Value.Kind = migrate.Text
		return json.Unmarshal(data, &l.Value.S)
	case strings.HasPrefix(s, `{`):
		var o struct {
			Now   bool
			Float float64
		}
		if err := json.Unmarshal(data, &o); err != nil {
			return err
		}
		*l = Literal{Now: o.Now}
		if !o.Now {
			l.Value = migrate.FloatValue(o.Float)
		}
	default:
		l.Value.Kind = migrate.Int
		return json.Unmarshal(data, &l.Value.I)
	}
	return nil
}

// Platform says what a preset is for, with its versions; "" of other mappings.
func (m *Mapping) Platform() string { return m.platform }

// JSON is the mapping normalised: equal mappings give equal bytes.
func (m *Mapping) JSON() json.RawMessage {
	text, err := json.Marshal(m)
	if err != nil { // strings, numbers and lists only
		panic(fmt.Sprintf("encode a mapping: %v", err))
	}
	return text
}

// resolved is the mapping with its tables by the names that a schema has for
// them. What the schema does not have keeps its name.
func (m *Mapping) resolved(s *schema) *Mapping {
	out := *m
	find := func(schema, table string) string {
		if schema != "" {
			table = schema + "." + table
		} else if m.Categories.Schema != "" {
			if t, ok := s.table(m.Categories.Schema + "." + table); ok {
				return t.name
			}
		}
		if t, ok := s.table(table); ok && !strings.EqualFold(t.name, table) {
			return t.name
		}
		return table
	}
	out.Categories.Table = find(m.Categories.Schema, m.Categories.Table)
	if m.Products != nil {
		p := *m.Products
		p.Table = find(p.Schema, p.Table)
		p.Others = renamed(p.Others, find, func(o *Primary) *string { return &o.Table })
		out.Products = &p
	}
	if m.Memberships != nil {
		ms := *m.Memberships
		ms.Table = find(ms.Schema, ms.Table)
		out.Memberships = &ms
	}
	out.Delist = renamed(m.Delist, find, func(d *Delist) *string { return &d.Table })
	out.References = renamed(m.References, find, func(r *Reference) *string { return &r.Table })
	out.Holds = renamed(m.Holds, find, func(h *Hold) *string { return &h.Table })
	out.Links = renamed(m.Links, find, func(l *Link) *string { return &l.Table })
	out.Tree = slices.Clone(m.Tree)
	for i, e := range out.Tree {
		if e.Closure != nil {
			c := *e.Closure
			c.Table = find("", c.Table)
			out.Tree[i].Closure = &c
		}
	}
	if m.Attributes != nil {
		a := *m.Attributes
		a.Required.Table, a.Has.Table = find("", a.Required.Table), find("", a.Has.Table)
		out.Attributes = &a
	}
	if m.Redirects != nil {
		r := *m.Redirects
		r.Table = find("", r.Table)
		out.Redirects = &r
	}
	return &out
}

// renamed is a list with the table that each of its entries names found in the
// schema; an entry may name none.
func renamed[T any](list []T, find func(schema, table string) string, table func(*T) *string) []T {
	out := slices.Clone(list)
	for i := range out {
		if name := table(&out[i]); *name != "" {
			*name = find("", *name)
		}
	}
	return out
}

// LoadMapping reads a normalised mapping, as plans and runs carry it.
func LoadMapping(normalised json.RawMessage) (*Mapping, error) {
	m := &Mapping{}
	d := json.NewDecoder(strings.NewReader(string(normalised)))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	return m, nil
}

var fieldKinds = map[string]migrate.Kind{
	"text": migrate.Text, "integer": migrate.Int, "double": migrate.Float,
	"boolean": migrate.Bool, "timestamp": migrate.Time,
}

// fieldType takes the usual SQL names for the five types.
func fieldType(word string) (string, bool) {
	switch strings.ToLower(word) {
	case "text", "string", "varchar", "char":
		return "text", true
	case "integer", "int", "bigint", "smallint":
		return "integer", true
	case "double", "float", "real", "numeric", "decimal", "number":
		return "double", true
	case "boolean", "bool":
		return "boolean", true
	case "timestamp", "timestamptz", "datetime", "time", "date":
		return "timestamp", true
	}
	return "", false
}

// RuleFields are the fields that conditions may read.
func (m *Mapping) RuleFields() []rule.Field {
	if m.Products == nil {
		return nil
	}
	var out []rule.Field
	for _, f := range m.Products.Fields {
		out = append(out, rule.Field{Name: f.Name, Kind: fieldKinds[f.Type]})
	}
	return out
}

// keyColumn is the column of the categories table that refersTo names; the
// id's where it is "".
func (m *Mapping) keyColumn(refersTo string) string {
	i := slices.IndexFunc(m.Categories.Keys, func(k Key) bool { return k.Name == refersTo })
	if refersTo == "" || refersTo == "id" || i < 0 {
		return m.Categories.ID
	}
	return m.Categories.Keys[i].Column
}
