package catalog

import "slices"

// Encoding is one way in which the catalog writes its tree down besides
// parent: just one of the fields is set. Parent is the truth; what stands in
// an encoding is derived from it.
type Encoding struct {
	NestedSet *NestedSet `json:"nested_set,omitempty"`
	Path      *IDPath    `json:"path,omitempty"`
	TextPath  *TextPath  `json:"text_path,omitempty"`
	Closure   *Closure   `json:"closure,omitempty"`
	Depth     *Depth     `json:"depth,omitempty"`
	Position  *Position  `json:"position,omitempty"`
	Count     *Count     `json:"count,omitempty"`

	Optional bool `json:"optional,omitempty"` // left out where the catalog has no such column
}

// NestedSet numbers the categories depth first, on the way down and on the
// way up. Scope is a column that says which numbering a category is part of;
// "" is one for the whole table. Roots says whether a scope is one tree, whose
// branch gets a scope of its own when it becomes a root, or holds many; ""
// leaves that to what the rows show.
type NestedSet struct {
	Left  string `json:"left"`
	Right string `json:"right"`
	Scope string `json:"scope,omitempty"`
	Roots string `json:"roots,omitempty"`
	Start int64  `json:"start"`
}

// The words of NestedSet.Roots.
const (
	rootsOne  = "one"
	rootsMany = "many"
)

// IDPath is the ids from the root down, the category's own included where
// Self is set.
type IDPath struct {
	Column    string `json:"column"`
	Separator string `json:"separator"`
	Self      bool   `json:"self"`
	Leading   bool   `json:"leading,omitempty"`
	Trailing  bool   `json:"trailing,omitempty"`
}

// TextPath is the names or slugs from the root down. It is never rewritten:
// the plan warns where lifting a category leaves one behind.
type TextPath struct {
	Column    string `json:"column"`
	Separator string `json:"separator"`
}

// Closure is a table of a row for each category and each of its ancestors,
// itself included where Self is set.
type Closure struct {
	Table      string `json:"table"`
	Ancestor   string `json:"ancestor"`
	Descendant string `json:"descendant"`
	Depth      string `json:"depth,omitempty"`
	DepthFrom  string `json:"depth_from,omitempty"`
	Self       bool   `json:"self"`
	RefersTo   string `json:"refers_to,omitempty"`
}

// The words of Closure.DepthFrom: how far the ancestor is from the root, or
// how far it is from the descendant.
const (
	depthFromRoot = "root"
	depthFromSelf = "self"
)

// Depth is how far below the roots a category is; Root is what a root has.
type Depth struct {
	Column string `json:"column"`
	Root   int64  `json:"root"`
}

// Position is a category's place among its siblings, without gaps; From is
// the first.
type Position struct {
	Column string `json:"column"`
	From   int64  `json:"from"`
}

// Count counts children, descendants or products. Live counts products on
// sale only; Deep counts those of a category and of all below it, each once.
type Count struct {
	Column string `json:"column"`
	Of     string `json:"of"`
	Live   bool   `json:"live,omitempty"`
	Deep   bool   `json:"deep,omitempty"`
}

// The words of Count.Of.
const (
	countChildren    = "children"
	countDescendants = "descendants"
	countProducts    = "products"
)

// PathTree is a tree whose one trace is a path of labels of Step characters
// each (django-treebeard's materialised path): there is no parent column.
type PathTree struct {
	Column string `json:"column"`
	Step   int    `json:"step"`
}

// treeColumns lists the columns of the category table that encodings derived
// from the tree alone fill. Counters of products are left out: they move with
// every sale.
func (m *Mapping) treeColumns() []string {
	var out []string
	if pt := m.Categories.PathTree; pt != nil {
		out = append(out, pt.Column)
	}
	for _, e := range m.Tree {
		switch {
		case e.NestedSet != nil:
			out = append(out, e.NestedSet.Left, e.NestedSet.Right, e.NestedSet.Scope)
		case e.Path != nil:
			out = append(out, e.Path.Column)
		case e.Depth != nil:
			out = append(out, e.Depth.Column)
		case e.Position != nil:
			out = append(out, e.Position.Column)
		case e.Count != nil && e.Count.Of != countProducts:
			out = append(out, e.Count.Column)
		}
	}
	return distinct(out)
}

// counters lists the counts of products.
func (m *Mapping) counters() []*Count {
	var out []*Count
	for _, e := range m.Tree {
		if e.Count != nil && e.Count.Of == countProducts {
			out = append(out, e.Count)
		}
	}
	return out
}

// closures lists the closure tables.
func (m *Mapping) closures() []*Closure {
	var out []*Closure
	for _, e := range m.Tree {
		if e.Closure != nil {
			out = append(out, e.Closure)
		}
	}
	return out
}

// derives reports whether the catalog writes its tree down besides parent.
func (m *Mapping) derives() bool { return m.Categories.PathTree != nil || len(m.Tree) > 0 }

// derivedColumns lists every column of the category table that a run may
// write because the tree changes.
func (m *Mapping) derivedColumns() []string {
	out := m.treeColumns()
	for _, n := range m.counters() {
		out = append(out, n.Column)
	}
	return distinct(out)
}

// distinct keeps the first of each name, and no empty ones.
func distinct(names []string) []string {
	var out []string
	for _, name := range names {
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
