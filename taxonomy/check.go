package taxonomy

import "slices"

// Check returns everything that is wrong with the records, warnings included.
// A tree can be made of their nodes if nothing in it is fatal.
func Check(records []Record) Defects {
	g := newGraph(Nodes(records))
	ds := g.structure()
	ds = append(ds, nameless(records)...)
	ds = append(ds, g.twins()...)
	ds = append(ds, g.listings(records)...)
	return ds.sort()
}

func nameless(records []Record) Defects {
	var ds Defects
	for i := range records {
		switch r := &records[i]; {
		case r.NullName:
			ds = append(ds, Defect{Kind: NullName, ID: r.ID, Line: r.Line})
		case r.Name == "":
			ds = append(ds, Defect{Kind: EmptyName, ID: r.ID, Line: r.Line})
		}
	}
	return ds
}

// twins finds siblings whose paths cannot be told apart.
func (g *graph) twins() Defects {
	type key struct {
		parent ID
		name   string
	}
	first := make(map[key]int32, len(g.nodes))
	related := make(map[int32][]ID)
	var order []int32
	for i, n := range g.nodes {
		if n.Name == "" || n.ID == "" || g.index[n.ID] != int32(i) {
			continue
		}
		k := key{n.Parent, canonical(n.Name)}
		f, met := first[k]
		if !met {
			first[k] = int32(i)
			continue
		}
		if related[f] == nil {
			order = append(order, f)
			related[f] = []ID{g.nodes[f].ID}
		}
		related[f] = append(related[f], n.ID)
	}
	var ds Defects
	for _, f := range order {
		n := g.nodes[f]
		ds = append(ds, Defect{Kind: TwinSiblings, ID: n.ID, Line: n.Line, Related: related[f]})
	}
	return ds
}

// listings compares the lists of children with the parents that the children
// name themselves.
func (g *graph) listings(records []Record) Defects {
	listedBy := make(map[ID][]ID)
	var order []ID
	var ds Defects
	for i := range records {
		r := &records[i]
		var missing []ID
		for _, child := range r.Children {
			if _, ok := g.index[child]; !ok {
				missing = append(missing, child)
			}
			if listedBy[child] == nil {
				order = append(order, child)
			}
			if !slices.Contains(listedBy[child], r.ID) {
				listedBy[child] = append(listedBy[child], r.ID)
			}
		}
		if missing != nil {
			ds = append(ds, Defect{Kind: MissingChild, ID: r.ID, Line: r.Line, Related: missing})
		}
	}
	for _, child := range order {
		if d, ok := g.listing(child, listedBy[child]); !ok {
			ds = append(ds, d)
		}
	}
	return ds
}

// listing judges one id that the given parents list as their child.
func (g *graph) listing(child ID, parents []ID) (Defect, bool) {
	d := Defect{ID: child, Related: parents}
	i, ok := g.index[child]
	if ok {
		d.Line = g.nodes[i].Line
	}
	switch {
	case len(parents) > 1:
		d.Kind = TwoParents
	case ok && g.nodes[i].Parent != parents[0]:
		d.Kind = OtherParent
	default:
		return Defect{}, true
	}
	return d, false
}
