package taxonomy

// ChangeKind says what became of a category between two trees; the value is
// the word that is shown.
type ChangeKind string

// The kinds of change, in the order in which Diff returns them.
const (
	Removed ChangeKind = "removed"
	Added   ChangeKind = "added"
	Renamed ChangeKind = "renamed" // its own name, not an ancestor's
	Moved   ChangeKind = "moved"   // its own parent, not an ancestor's
)

// Change is one difference between two trees. From is the zero Node and
// FromPath nil for a category that was added, To and ToPath for one removed.
type Change struct {
	Kind             ChangeKind
	ID               ID
	From, To         Node
	FromPath, ToPath Path
}

// Diff returns what changed from one tree to the other, category by category,
// by id. A category that was both renamed and moved gives two changes; what
// happened to an ancestor, and the order of siblings, gives none. The changes
// are grouped by kind and, within a kind, in the depth-first order of the tree
// that has the category: `from` for those removed, else `to`.
func Diff(from, to *Tree) []Change {
	var removed, added, renamed, moved []Change
	for n := range from.All() {
		if !to.Has(n.ID) {
			removed = append(removed, change(Removed, n.ID, from, to))
		}
	}
	for n := range to.All() {
		old, ok := from.Node(n.ID)
		if !ok {
			added = append(added, change(Added, n.ID, from, to))
			continue
		}
		if old.Name != n.Name {
			renamed = append(renamed, change(Renamed, n.ID, from, to))
		}
		if old.Parent != n.Parent {
			moved = append(moved, change(Moved, n.ID, from, to))
		}
	}
	return append(append(append(removed, added...), renamed...), moved...)
}

func change(kind ChangeKind, id ID, from, to *Tree) Change {
	c := Change{Kind: kind, ID: id, FromPath: from.Path(id), ToPath: to.Path(id)}
	c.From, _ = from.Node(id)
	c.To, _ = to.Node(id)
	return c
}
