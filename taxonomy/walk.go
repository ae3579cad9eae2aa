package taxonomy

import "iter"

// All yields the categories depth first, parents before children.
func (t *Tree) All() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for _, i := range t.order {
			if !yield(t.nodes[i]) {
				return
			}
		}
	}
}

// Subtree yields the id, then everything below it, depth first. It yields
// nothing for an unknown id.
func (t *Tree) Subtree(id ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		i, ok := t.index[id]
		if !ok {
			return
		}
		for _, at := range t.order[t.rank[i]:t.end[i]] {
			if !yield(t.nodes[at].ID) {
				return
			}
		}
	}
}

// Ancestors returns the ids above the category, the nearest first.
func (t *Tree) Ancestors(id ID) []ID {
	var ids []ID
	i, ok := t.index[id]
	if !ok {
		return nil
	}
	for p := t.parent[i]; p >= 0; p = t.parent[p] {
		ids = append(ids, t.nodes[p].ID)
	}
	return ids
}

// Children returns the ids directly under the category.
func (t *Tree) Children(id ID) []ID {
	i, ok := t.index[id]
	if !ok {
		return nil
	}
	return t.level(t.rank[i]+1, t.end[i])
}

// Roots returns the ids of the categories without a parent.
func (t *Tree) Roots() []ID { return t.level(0, int32(len(t.order))) }

// level returns the topmost ids of a range of the depth-first order.
func (t *Tree) level(from, to int32) []ID {
	var ids []ID
	for from < to {
		i := t.order[from]
		ids = append(ids, t.nodes[i].ID)
		from = t.end[i]
	}
	return ids
}
