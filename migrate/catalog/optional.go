package catalog

import "slices"

// present gives the mapping without those of its optional entries whose table
// or columns the catalog does not have: platforms come with and without their
// modules, and their tables change from one version to the next.
func (m *Mapping) present(s *schema) *Mapping {
	out := *m
	out.Tree = slices.DeleteFunc(slices.Clone(m.Tree), func(e Encoding) bool {
		table, columns := e.at(m.Categories.Table)
		return e.Optional && !s.has(table, columns)
	})
	out.Delist = slices.DeleteFunc(slices.Clone(m.Delist), func(d Delist) bool {
		return d.Optional && !s.has(d.Table, append(columnsOf(d.Set), d.Product))
	})
	out.References = slices.DeleteFunc(slices.Clone(m.References), func(r Reference) bool {
		return r.Optional && !s.has(r.Table, append(columnsOf(r.Set), r.Column))
	})
	out.Links = slices.DeleteFunc(slices.Clone(m.Links), func(l Link) bool {
		return l.Optional && !s.has(l.Table, []string{l.From, l.To})
	})
	out.Holds = slices.DeleteFunc(slices.Clone(m.Holds), func(h Hold) bool {
		return h.Optional && !s.has(h.Table, []string{h.Product})
	})
	return &out
}

// at names the table and the columns that hold an encoding.
func (e Encoding) at(categories string) (table string, columns []string) {
	switch {
	case e.NestedSet != nil:
		return categories, []string{e.NestedSet.Left, e.NestedSet.Right}
	case e.Path != nil:
		return categories, []string{e.Path.Column}
	case e.TextPath != nil:
		return categories, []string{e.TextPath.Column}
	case e.Closure != nil:
		return e.Closure.Table, []string{e.Closure.Ancestor, e.Closure.Descendant}
	case e.Depth != nil:
		return categories, []string{e.Depth.Column}
	case e.Position != nil:
		return categories, []string{e.Position.Column}
	case e.Count != nil:
		return categories, []string{e.Count.Column}
	}
	return categories, nil
}
