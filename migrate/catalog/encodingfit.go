package catalog

import (
	"slices"
	"strings"
)

// encodings checks that what the tree is written in is there and can be
// written.
func (f *fitter) encodings() {
	c := f.m.Categories
	t := f.table(c.Table)
	if t == nil {
		return
	}
	taken := map[string]bool{}
	for _, name := range append([]string{c.ID, c.Parent}, columnsOf(append(slices.Clone(c.Close), c.SoftRemove...))...) {
		taken[strings.ToLower(name)] = name != ""
	}
	for _, name := range f.m.derivedColumns() {
		f.column(t, name, true)
		if taken[strings.ToLower(name)] {
			f.fault(name, "column %q is written for another reason already: it cannot be an encoding of the tree", name)
		}
	}
	f.once()
	for _, e := range f.m.Tree {
		f.encoding(t, e)
	}
}

// once refuses a column that two encodings fill. A scope may be shared.
func (f *fitter) once() {
	seen := map[string]bool{}
	count := func(name string) {
		if key := strings.ToLower(name); seen[key] {
			f.fault(name, "column %q stands for two encodings of the tree", name)
		} else if name != "" {
			seen[key] = true
		}
	}
	if pt := f.m.Categories.PathTree; pt != nil {
		count(pt.Column)
	}
	for _, e := range f.m.Tree {
		switch {
		case e.NestedSet != nil:
			count(e.NestedSet.Left)
			count(e.NestedSet.Right)
		case e.Path != nil:
			count(e.Path.Column)
		case e.Depth != nil:
			count(e.Depth.Column)
		case e.Position != nil:
			count(e.Position.Column)
		case e.Count != nil:
			count(e.Count.Column)
		}
	}
}

func (f *fitter) encoding(t *table, e Encoding) {
	switch {
	case e.Closure != nil:
		f.closure(e.Closure)
	case e.TextPath != nil:
		f.column(t, e.TextPath.Column, false)
	case e.Path != nil:
		if id, ok := t.column(f.m.Categories.ID); ok && id.integers && strings.ContainsAny(e.Path.Separator, "0123456789-") {
			f.fault(e.Path.Separator, "the separator %q may stand within an id", e.Path.Separator)
		}
	case e.Count != nil && e.Count.Of == countProducts && f.m.Products == nil:
		f.fault(e.Count.Column, "column %q counts products, and the mapping has none", e.Count.Column)
	}
}

func (f *fitter) closure(c *Closure) {
	if strings.EqualFold(c.Table, f.m.Categories.Table) {
		f.fault(c.Table, "the closure is a table of its own, not the categories'")
		return
	}
	t := f.table(c.Table)
	f.column(t, c.Ancestor, true)
	f.column(t, c.Descendant, true)
	f.column(t, c.Depth, true)
}
