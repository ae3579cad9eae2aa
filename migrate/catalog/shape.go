package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// Shape describes the database.
func (c *Catalog) Shape(context.Context) (migrate.Shape, error) {
	m := c.mapping
	cats, _ := c.schema.table(m.Categories.Table)
	s := migrate.Shape{
		Engine: c.engine, CategoryKey: keyKind(cats, m.Categories.ID), ProductKey: migrate.TextKey,
		Mapping: c.given.JSON(), SoftRemove: len(m.Categories.SoftRemove) > 0, Closable: len(m.Categories.Close) > 0,
		Delists: len(m.Delist) > 0, Memberships: m.Memberships != nil,
		RuleBased: m.Memberships != nil && m.Memberships.RuleBased, NullableRefs: map[string]bool{},
	}
	for _, d := range m.Delist {
		s.Delisting = append(s.Delisting, d.shape())
	}
	if p := m.Products; p != nil {
		t, _ := c.schema.table(p.Table)
		s.ProductKey = keyKind(t, p.ID)
		s.CategoryColumn, s.PrimaryColumn = p.Category != "", p.Primary != ""
		s.CategoryRequired = p.Category != "" && p.None == nil && required(t, p.Category)
		s.PrimaryRequired = p.Primary != "" && p.None == nil && required(t, p.Primary)
		s.OthersRequired = p.None == nil && slices.ContainsFunc(p.Others, func(o Primary) bool {
			other, _ := c.schema.table(o.Table)
			return required(other, o.Column)
		})
	}
	for _, r := range m.References {
		t, _ := c.schema.table(r.Table)
		s.NullableRefs[r.Table+"."+r.Column] = !required(t, r.Column) && !r.inText()
	}
	for _, t := range c.written() {
		s.Hazards = append(s.Hazards, t.hazards...)
	}
	s.Hazards = append(append(s.Hazards, c.undeclaredKeys()...), c.undeclaredTriggers()...)
	s.Hazards = append(s.Hazards, c.d.pointerHazards(c.mapping, c.schema)...)
	if c.schema.partial {
		s.Hazards = append(s.Hazards, migrate.Hazard{What: "right", Name: "SELECT",
			Detail: "is not held on the whole database: foreign keys of tables that do not show would be missed; " + RightsAnswer})
	}
	s.Warnings = c.warnings()
	return s, nil
}

func keyKind(t *table, column string) migrate.KeyKind {
	if col, ok := t.column(column); ok && col.integers {
		return migrate.IntKey
	}
	return migrate.TextKey
}

func required(t *table, column string) bool {
	col, _ := t.column(column)
	return col.notNull
}

// pointer is a column that names a category, by the mapping's own word.
type pointer struct{ table, column, refersTo string }

// pointers lists every column that the mapping says names a category, and
// holds nothing else.
func (m *Mapping) pointers() []pointer {
	out := []pointer{}
	add := func(table, column, refersTo string) {
		if column != "" {
			out = append(out, pointer{table, column, refersTo})
		}
	}
	add(m.Categories.Table, m.Categories.Parent, m.Categories.ParentKey)
	if p := m.Products; p != nil {
		add(p.Table, p.Category, "")
		add(p.Table, p.Primary, "")
		for _, o := range p.Others {
			add(o.Table, o.Column, "")
		}
	}
	if ms := m.Memberships; ms != nil {
		add(ms.Table, ms.Category, ms.RefersTo)
	}
	for _, r := range m.References {
		if !r.inText() {
			add(r.Table, r.Column, r.RefersTo)
		}
	}
	return append(out, m.closurePointers()...)
}

// undeclaredKeys finds foreign keys to the categories that the mapping does
// not know of: removing a category would break or cascade over them.
func (c *Catalog) undeclaredKeys() []migrate.Hazard {
	declared := append(c.mapping.pointers(), c.scopePointers()...)
	var out []migrate.Hazard
	for _, t := range c.schema.user() {
		for _, k := range t.keys {
			if !strings.EqualFold(k.to, c.mapping.Categories.Table) {
				continue
			}
			known := slices.ContainsFunc(declared, k.in(t))
			if h, differs := c.otherKey(t, k, declared); differs {
				out = append(out, h)
			}
			if !known {
				detail := "points at the categories and the mapping does not declare it"
				if k.onDelete != "NO ACTION" {
					detail += "; the database would " + k.onDelete
				}
				out = append(out, migrate.Hazard{What: "foreign key", Name: t.name + "." + strings.Join(k.columns, ","), Detail: detail})
			}
		}
	}
	return out
}

// unknownKeys lists the columns of foreign keys to the categories that the
// mapping does not know of.
func (c *Catalog) unknownKeys() []pointer {
	declared := append(c.mapping.pointers(), c.scopePointers()...)
	var out []pointer
	for _, t := range c.schema.user() {
		for _, k := range t.keys {
			if !strings.EqualFold(k.to, c.mapping.Categories.Table) || slices.ContainsFunc(declared, k.in(t)) {
				continue
			}
			out = append(out, pointer{table: t.name, column: k.columns[0]})
		}
	}
	return out
}

// in tells whether a pointer is one of the key's columns in table t.
func (k foreignKey) in(t *table) func(pointer) bool {
	return func(p pointer) bool {
		return strings.EqualFold(p.table, t.name) && slices.ContainsFunc(k.columns, func(col string) bool { return strings.EqualFold(col, p.column) })
	}
}

// otherKey finds a foreign key whose column the mapping reads as another key
// of the category than the database does: what it compares would never match.
func (c *Catalog) otherKey(t *table, k foreignKey, declared []pointer) (migrate.Hazard, bool) {
	cats, ok := c.schema.table(k.to)
	to := k.toCols
	if ok && len(to) == 0 {
		to = cats.key
	}
	for i, col := range k.columns {
		for _, p := range declared {
			if !strings.EqualFold(p.table, t.name) || !strings.EqualFold(p.column, col) || i >= len(to) {
				continue
			}
			if says := c.mapping.keyColumn(p.refersTo); !strings.EqualFold(says, to[i]) {
				return migrate.Hazard{What: "foreign key", Name: t.name + "." + col,
					Detail: fmt.Sprintf("points at %s of %s, and the mapping reads it as %s", to[i], cats.name, says)}, true
			}
		}
	}
	return migrate.Hazard{}, false
}

// shape is what the assignment writes.
func (d Delist) shape() migrate.Delisting {
	out := migrate.Delisting{Table: d.Table}
	for _, a := range d.Set {
		set := migrate.Set{Column: a.Column, Now: a.Value.Now}
		if !set.Now && !a.Value.Value.IsNull() {
			text := a.Value.Value.Render()
			set.Value = &text
		}
		out.Sets = append(out.Sets, set)
	}
	return out
}

// write is what a run may do to a table.
type write struct {
	table   string
	op      string
	columns []string
}

// writes lists what runs under this mapping may write.
func (m *Mapping) writes() []write {
	cats := m.Categories
	out := []write{{cats.Table, "UPDATE", []string{cats.Parent}}}
	if set := append(slices.Clone(cats.SoftRemove), cats.Close...); len(set) > 0 {
		out = append(out, write{cats.Table, "UPDATE", columnsOf(set)})
	}
	if len(cats.SoftRemove) == 0 {
		out = append(out, write{cats.Table, "DELETE", nil})
	}
	if p := m.Products; p != nil {
		cols := append([]string{p.Category, p.Primary}, columnsOf(p.Touch)...)
		for _, d := range m.Delist {
			if d.Table == "" || strings.EqualFold(d.Table, p.Table) {
				cols = append(cols, columnsOf(d.Set)...)
			} else {
				out = append(out, write{d.Table, "UPDATE", columnsOf(d.Set)})
			}
		}
		out = append(out, write{p.Table, "UPDATE", cols})
		for _, o := range p.Others {
			out = append(out, write{o.Table, "UPDATE", []string{o.Column}})
			out = append(out, write{o.Table, "DELETE", nil}) // where the product is gone
		}
	}
	if ms := m.Memberships; ms != nil {
		out = append(out, write{ms.Table, "UPDATE", []string{ms.Category, ms.PrimaryFlag}}, write{ms.Table, "DELETE", nil})
	}
	for _, r := range m.References {
		out = append(out, r.writes()...)
	}
	if m.Redirects != nil {
		out = append(out, write{m.Redirects.Table, "INSERT", nil})
	}
	return append(out, m.treeWrites()...)
}

func (r Reference) writes() []write {
	if r.inText() {
		return r.textWrites()
	}
	update := write{r.Table, "UPDATE", append([]string{r.Column}, columnsOf(r.Set)...)}
	switch r.OnRemove {
	case migrate.OnRemoveDelete:
		return []write{{r.Table, "DELETE", nil}}
	case migrate.OnRemoveKeep:
		return nil
	case migrate.OnRemoveRestrict: // the policy may answer either way
		return []write{update, {r.Table, "DELETE", nil}}
	}
	return []write{update}
}

func columnsOf(set []Assignment) []string {
	out := make([]string, len(set))
	for i, a := range set {
		out[i] = a.Column
	}
	return out
}

// undeclaredTriggers finds triggers that a run would fire and that the
// mapping does not declare.
func (c *Catalog) undeclaredTriggers() []migrate.Hazard {
	var out []migrate.Hazard
	seen := map[string]bool{}
	for _, w := range c.mapping.writes() {
		t, ok := c.schema.table(w.table)
		if !ok {
			continue
		}
		for _, g := range t.triggers {
			declared := slices.ContainsFunc(c.mapping.Triggers, func(d Trigger) bool { return d.Name == g.name })
			if !declared && !seen[g.name] && g.fires(w.op, w.columns) {
				seen[g.name] = true
				out = append(out, migrate.Hazard{What: "trigger", Name: g.name,
					Detail: fmt.Sprintf("fires on %s of %s and the mapping does not declare what it writes", w.op, t.name)})
			}
		}
	}
	return out
}

// warnings names what will make a cutover slow.
func (c *Catalog) warnings() []string {
	var out []string
	for _, p := range c.mapping.pointers() {
		t, ok := c.schema.table(p.table)
		if ok && !t.indexed(p.column) && !strings.EqualFold(p.table, c.mapping.Categories.Table) {
			out = append(out, fmt.Sprintf("%s.%s has no index: the whole table is read while the catalog is locked", p.table, p.column))
		}
	}
	for _, r := range c.mapping.References {
		if r.inText() {
			out = append(out, fmt.Sprintf("%s.%s holds categories inside texts: the whole table is read while the catalog is locked", r.Table, r.Column))
		}
	}
	return out
}
