package advice

import (
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// place is a category as far as it is known: by its id, by its path, or both.
type place struct {
	id   taxonomy.ID
	path string // in its one spelling
	tree *taxonomy.Tree
}

// removal is an entry with its category.
type removal struct {
	*migrate.Entry
	place
}

// locate finds a reference's place. Without a catalog it is what was written.
func (c *checker) locate(ref migrate.CategoryRef) place {
	p := place{id: ref.ID, path: taxonomy.ParsePath(ref.Path).String()}
	if c.Catalog == nil {
		return p
	}
	if id, gone, err := c.Catalog.find.Find(ref); err == nil && !gone {
		t := c.Catalog.categories.Tree
		return place{id, t.Path(id).String(), t}
	}
	return p
}

// same reports whether two places are one category.
func (p place) same(q place) bool {
	if p.id != "" || q.id != "" {
		return p.id == q.id
	}
	return p.path == q.path && p.path != ""
}

// in reports whether p is q or lies below it.
func (p place) in(q place) bool {
	if p.tree != nil && q.tree != nil {
		return p.tree.Contains(q.id, p.id)
	}
	return p.same(q) || p.path != "" && q.path != "" && strings.HasPrefix(p.path, q.path+taxonomy.Separator)
}

// lineage lists the place and what is above it as named finds them, the place
// itself first.
func (p place) lineage() []string {
	if p.tree != nil {
		out := []string{byID + string(p.id)}
		for _, id := range p.tree.Ancestors(p.id) {
			out = append(out, byID+string(id))
		}
		return out
	}
	if p.id != "" {
		return []string{byID + string(p.id)}
	}
	var out []string
	for path := taxonomy.ParsePath(p.path); len(path) > 0; path = path[:len(path)-1] {
		out = append(out, byPath+path.String())
	}
	return out
}

// How the entries are found: by the id of their category or by its path.
const (
	byID   = "id "
	byPath = "path "
)

// governor is the entry that removes a place, nil where none does: the deepest
// that names it or, where its children go too, one above it.
func (c *checker) governor(p place) *removal {
	for i, key := range p.lineage() {
		if r := c.named[key]; r != nil {
			if i > 0 && c.subtree(r) != migrate.SubtreeRemove {
				return nil
			}
			return r
		}
	}
	return nil
}

// subtree is what becomes of an entry's children: its own word, or that of the
// entry around it.
func (c *checker) subtree(r *removal) migrate.Subtree {
	for _, key := range r.lineage() {
		if above := c.named[key]; above != nil && above.Subtree != migrate.SubtreeUnset {
			return above.Subtree
		}
	}
	return migrate.SubtreeRefuse
}

// single is the one category that all of an entry's products go to.
func (r *removal) single() (migrate.CategoryRef, bool) {
	if r.Prohibited || len(r.Rules) != 1 {
		return migrate.CategoryRef{}, false
	}
	rule := r.Rules[0]
	return rule.To, rule.Fate == migrate.Reassign && rule.When == nil
}

// dead follows a target to where it leads, and gives the removed category that
// it ends in; nil where it ends in one that stays.
func (c *checker) dead(to migrate.CategoryRef) *removal {
	seen := map[*removal]bool{}
	for {
		r := c.governor(c.locate(to))
		if r == nil {
			return nil
		}
		next, ok := r.single()
		if !ok || seen[r] {
			return r
		}
		seen[r] = true
		to = next
	}
}
