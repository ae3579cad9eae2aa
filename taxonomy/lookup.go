package taxonomy

import (
	"cmp"
	"slices"
	"strings"
)

// nameKey finds the children of one parent by the canonical form of a name.
type nameKey struct {
	parent int32
	name   string
}

// Lookup returns the ids of all categories whose path is the given text,
// depth first. The spaces around a ">" don't matter, letters' case does. Names
// may hold a ">" themselves.
func (t *Tree) Lookup(path string) []ID {
	t.named.Do(t.indexNames)
	path = canonical(path)
	if path == "" {
		return nil
	}
	var found []int32
	t.descend(noParent, path, &found)
	slices.SortFunc(found, func(a, b int32) int { return cmp.Compare(t.rank[a], t.rank[b]) })
	var ids []ID
	for _, at := range found {
		ids = append(ids, t.nodes[at].ID)
	}
	return ids
}

func (t *Tree) indexNames() {
	t.byName = make(map[nameKey][]int32, len(t.nodes))
	for _, i := range t.order {
		k := nameKey{t.parent[i], canonical(t.nodes[i].Name)}
		t.byName[k] = append(t.byName[k], i)
	}
}

// descend tries each ">" of the path as the end of the first name.
func (t *Tree) descend(parent int32, path string, found *[]int32) {
	*found = append(*found, t.byName[nameKey{parent, path}]...)
	for cut := 0; ; {
		i := strings.Index(path[cut:], Separator)
		if i < 0 {
			return
		}
		cut += i
		for _, child := range t.byName[nameKey{parent, path[:cut]}] {
			t.descend(child, path[cut+len(Separator):], found)
		}
		cut += len(Separator)
	}
}
