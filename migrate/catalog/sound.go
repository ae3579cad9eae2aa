package catalog

import (
	"slices"

	"recat/taxonomy"
)

// tolerable reports whether every defect concerns single rows that can be
// left out, or named, so that the rest is a tree.
func tolerable(ds taxonomy.Defects) bool {
	return !slices.ContainsFunc(ds, func(d taxonomy.Defect) bool {
		switch d.Kind {
		case taxonomy.MissingParent, taxonomy.Cycle, taxonomy.EmptyName, taxonomy.NullName:
			return false
		}
		return true
	})
}

// nameless is what a category without a name is called in the sound part of a
// tree: it is still somebody's child.
const nameless = "(no name)"

// sound keeps the records that lead to a root, and names those without a name.
func sound(records []taxonomy.Record) []taxonomy.Record {
	parent := make(map[taxonomy.ID]taxonomy.ID, len(records))
	for _, r := range records {
		parent[r.ID] = r.Parent
	}
	rooted := map[taxonomy.ID]bool{"": true}
	for id := range parent {
		markRooted(id, parent, rooted)
	}
	var out []taxonomy.Record
	for _, r := range records {
		if !rooted[r.ID] {
			continue
		}
		if r.NullName || r.Name == "" {
			r.NullName, r.Name = false, nameless
		}
		out = append(out, r)
	}
	return out
}

// markRooted decides about a category and all that is above it: whether the
// way up ends at a root, or in a cycle or at a parent that is not there.
func markRooted(id taxonomy.ID, parent map[taxonomy.ID]taxonomy.ID, rooted map[taxonomy.ID]bool) {
	var way []taxonomy.ID
	on := map[taxonomy.ID]bool{}
	for at := id; ; at = parent[at] {
		known, decided := rooted[at]
		_, there := parent[at]
		if decided || !there || on[at] {
			for _, passed := range way {
				rooted[passed] = decided && known
			}
			return
		}
		on[at] = true
		way = append(way, at)
	}
}
