package migrate

import (
	"slices"

	"recat/taxonomy"
)

// name remembers the paths of the categories that a product is swept in, or
// stays in.
func (p *planner) name(c *ProductChange) {
	var ids []taxonomy.ID
	switch {
	case c == nil:
	case len(c.From) == 0, c.Outside:
		ids = []taxonomy.ID{c.Before.Home()}
	case c.Fate == Detach:
		ids = remaining(c.After)
	}
	p.keepPaths(ids)
}

// nameSweeps remembers the paths of the categories that the policy's sweeps
// name by id.
func (p *planner) nameSweeps() {
	for _, w := range p.req.Policy.Sweep {
		for _, ref := range slices.Concat(w.Within, w.Except) {
			p.keepPaths([]taxonomy.ID{ref.ID})
		}
	}
}

func (p *planner) keepPaths(ids []taxonomy.ID) {
	for _, id := range ids {
		if _, known := p.paths[id]; !known && p.scheme.cats.Tree.Has(id) && len(p.paths) < PathsKept {
			p.paths[id] = p.scheme.path(id)
		}
	}
}
