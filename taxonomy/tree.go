package taxonomy

import (
	"slices"
	"sync"
)

// Tree is a valid taxonomy: ids are unique, every parent is there, nothing is
// its own ancestor, every category has a name. It never changes and is safe for
// concurrent use. Siblings keep the order in which New was given them.
type Tree struct {
	graph
	order []int32 // positions depth first
	rank  []int32 // position → its place in order
	end   []int32 // position → the place in order after its subtree
	depth []int32

	named  sync.Once
	byName map[nameKey][]int32
}

// New makes a tree. The error is a Defects with everything that stands in the
// way. The nodes are copied.
func New(nodes []Node) (*Tree, error) {
	g := newGraph(slices.Clone(nodes))
	ds := g.structure()
	for _, n := range nodes {
		if n.Name == "" {
			ds = append(ds, Defect{Kind: EmptyName, ID: n.ID, Line: n.Line})
		}
	}
	return g.tree(ds)
}

// FromRecords makes a tree of what a source states. The error is the fatal
// part of what Check returns.
func FromRecords(records []Record) (*Tree, error) {
	g := newGraph(Nodes(records))
	return g.tree(slices.Concat(g.structure(), nameless(records), g.listings(records)))
}

// tree lays the graph out if nothing found in it is fatal.
func (g *graph) tree(found Defects) (*Tree, error) {
	if err := found.sort().err(); err != nil {
		return nil, err
	}
	t := &Tree{graph: *g}
	t.layOut()
	return t, nil
}

// layOut numbers the nodes depth first, so that a subtree is a range.
func (t *Tree) layOut() {
	n := len(t.nodes)
	t.order = make([]int32, 0, n)
	t.rank = make([]int32, n)
	t.end = make([]int32, n)
	t.depth = make([]int32, n)
	first, next := t.siblings()
	at := first[0]
	for at >= 0 {
		t.rank[at] = int32(len(t.order))
		t.order = append(t.order, at)
		t.depth[at] = 1
		if p := t.parent[at]; p >= 0 {
			t.depth[at] = t.depth[p] + 1
		}
		if child := first[at+1]; child >= 0 {
			at = child
			continue
		}
		at = t.leave(at, next)
	}
}

// leave closes the subtrees that end at a leaf and returns the node that
// follows them, or noParent at the end of the tree.
func (t *Tree) leave(at int32, next []int32) int32 {
	for at >= 0 {
		t.end[at] = int32(len(t.order))
		if next[at] >= 0 {
			return next[at]
		}
		at = t.parent[at]
	}
	return noParent
}

// siblings links the children of each node: first[i+1] is the first child of
// node i, first[0] the first root, next[i] the sibling after i.
func (t *Tree) siblings() (first, next []int32) {
	first = slices.Repeat([]int32{noParent}, len(t.nodes)+1)
	next = make([]int32, len(t.nodes))
	for i := len(t.nodes) - 1; i >= 0; i-- {
		p := t.parent[i] + 1
		next[i], first[p] = first[p], int32(i)
	}
	return first, next
}

// Len is the number of categories.
func (t *Tree) Len() int { return len(t.nodes) }

// Node returns the category with that id.
func (t *Tree) Node(id ID) (Node, bool) {
	i, ok := t.index[id]
	if !ok {
		return Node{}, false
	}
	return t.nodes[i], true
}

// Has reports whether there is a category with that id.
func (t *Tree) Has(id ID) bool {
	_, ok := t.index[id]
	return ok
}

// Parent returns the id of the category's parent, "" for a root or an unknown
// id.
func (t *Tree) Parent(id ID) ID {
	n, _ := t.Node(id)
	return n.Parent
}

// Depth is 1 for a root, 0 for an unknown id.
func (t *Tree) Depth(id ID) int {
	i, ok := t.index[id]
	if !ok {
		return 0
	}
	return int(t.depth[i])
}

// Path returns the names from the root to the category, nil for an unknown id.
func (t *Tree) Path(id ID) Path {
	i, ok := t.index[id]
	if !ok {
		return nil
	}
	path := make(Path, t.depth[i])
	for n := len(path) - 1; n >= 0; n-- {
		path[n] = t.nodes[i].Name
		i = t.parent[i]
	}
	return path
}

// IsLeaf reports whether the category is there and has no children.
func (t *Tree) IsLeaf(id ID) bool {
	i, ok := t.index[id]
	return ok && t.end[i] == t.rank[i]+1
}

// Contains reports whether id is the ancestor or lies anywhere below it, in
// constant time. A category contains itself.
func (t *Tree) Contains(ancestor, id ID) bool {
	a, ok := t.index[ancestor]
	if !ok {
		return false
	}
	i, ok := t.index[id]
	return ok && t.rank[a] <= t.rank[i] && t.rank[i] < t.end[a]
}
