package taxonomy

import "slices"

// Positions in graph.parent that are not the position of a node.
const (
	noParent      = -1
	unknownParent = -2
)

// graph is a list of nodes with its parents found, valid or not.
type graph struct {
	nodes  []Node
	index  map[ID]int32 // the first node with that id
	parent []int32
}

func newGraph(nodes []Node) *graph {
	g := &graph{
		nodes:  nodes,
		index:  make(map[ID]int32, len(nodes)),
		parent: make([]int32, len(nodes)),
	}
	for i := range nodes {
		if _, ok := g.index[nodes[i].ID]; !ok {
			g.index[nodes[i].ID] = int32(i)
		}
	}
	for i := range nodes {
		g.parent[i] = g.find(nodes[i].Parent)
	}
	return g
}

func (g *graph) find(parent ID) int32 {
	if parent == "" {
		return noParent
	}
	if i, ok := g.index[parent]; ok {
		return i
	}
	return unknownParent
}

// structure finds what is wrong with the ids and the parents.
func (g *graph) structure() Defects {
	var ds Defects
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.ID == "" {
			ds = append(ds, Defect{Kind: EmptyID, Line: n.Line})
		} else if first := g.index[n.ID]; first != int32(i) {
			ds = append(ds, Defect{Kind: DuplicateID, ID: n.ID, Line: n.Line, First: g.nodes[first].Line})
		}
		if g.parent[i] == unknownParent {
			ds = append(ds, Defect{Kind: MissingParent, ID: n.ID, Line: n.Line, Related: []ID{n.Parent}})
		}
	}
	return append(ds, g.cycles()...)
}

// cycles reports each cycle once, at the id that comes first in the list.
func (g *graph) cycles() Defects {
	var ds Defects
	walk := make([]int32, len(g.nodes)) // the walk that first met the node
	for i := range g.nodes {
		at := int32(i)
		for at >= 0 && walk[at] == 0 {
			walk[at] = int32(i) + 1
			at = g.parent[at]
		}
		if at >= 0 && walk[at] == int32(i)+1 {
			ds = append(ds, g.cycle(at))
		}
	}
	return ds
}

// cycle describes the cycle that the node at lies on.
func (g *graph) cycle(at int32) Defect {
	on := []int32{at}
	for next := g.parent[at]; next != at; next = g.parent[next] {
		on = append(on, next)
	}
	first := slices.Index(on, slices.Min(on))
	on = append(on[first:], on[:first]...)
	d := Defect{Kind: Cycle, ID: g.nodes[on[0]].ID, Line: g.nodes[on[0]].Line}
	for _, i := range on {
		d.Related = append(d.Related, g.nodes[i].ID)
	}
	return d
}
