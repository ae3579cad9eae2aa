package migrate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"recat/taxonomy"
)

// Passage is what one recorded run did to a product, or left alone of it.
type Passage struct {
	Run    Run
	Change *ProductChange         // nil where the run did nothing to it
	Drift  []Drift                // of the product, since the plan
	Paths  map[taxonomy.ID]string // of the categories that the change names, as they were; some may lack
}

// Trail tells what became of a product: every run that touched it, or that met
// it changed since its plan, oldest first. An undo of a whole run is there
// where that run is, its change as the undo had it: from how the product stood
// before the undo, to how it had been before the run. Titles and sellers are as
// the run found them.
// untold are runs whose before-images were given up: what they did to single
// products is no longer known.
func Trail(ctx context.Context, cat Catalog, product string) (trail []Passage, untold []int64, err error) {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	found := map[int64]Passage{}
	for _, r := range runs {
		p := Passage{Run: r, Paths: map[taxonomy.ID]string{}}
		switch whole := r.Kind == RunUndo && !r.Partial(); {
		case whole:
			if err := p.takeBack(ctx, cat, product, found); err != nil {
				return nil, nil, err
			}
		case r.Pruned:
			untold = append(untold, r.ID)
		default:
			if err := p.find(ctx, cat, product); err != nil {
				return nil, nil, err
			}
			maps.Copy(p.Paths, found[r.Of].Paths)
		}
		for _, d := range r.Drift {
			if d.Subject == product && d.Kind != CategoryEdit && d.Kind != ReferenceNew {
				p.Drift = append(p.Drift, d)
			}
		}
		if found[r.ID] = p; p.Change != nil || len(p.Drift) > 0 {
			trail = append(trail, p)
		}
	}
	return trail, untold, nil
}

// find looks for the product among what a run changed.
func (p *Passage) find(ctx context.Context, cat Catalog, product string) error {
	all := map[taxonomy.ID]string{}
	maps.Copy(all, p.Run.Paths)
	if a := p.Run.Appeal; a != nil && a.Into != "" {
		all[a.Into] = a.IntoPath
	}
	for c, err := range cat.Changes(ctx, p.Run.ID) {
		switch {
		case err != nil:
			return fmt.Errorf("read what run %d changed: %w", p.Run.ID, err)
		case c.Category != nil:
			all[c.Category.ID] = c.Category.Path
		case c.Product != nil && c.Product.ID == product:
			p.Change = c.Product
			for _, id := range p.names() {
				if path := all[id]; path != "" {
					p.Paths[id] = path
				}
			}
			return nil
		case c.Reference != nil:
			return nil
		}
	}
	return nil
}

// takeBack makes the passage of an undo of that of the run it took back.
func (p *Passage) takeBack(ctx context.Context, cat Catalog, product string, found map[int64]Passage) error {
	of := found[p.Run.Of]
	p.Paths = of.Paths
	if of.Change == nil {
		return nil
	}
	before := of.left(found)
	for _, other := range found {
		if other.Run.Partial() && other.Run.Of == of.Run.ID && other.Run.UndoneBy == p.Run.ID && other.Change != nil {
			before = other.left(found)
			maps.Copy(p.Paths, other.Paths)
		}
	}
	c := *of.Change
	c.Before, c.After, c.Live, c.State = before.at, of.Change.Before, before.live, before.state
	if slices.ContainsFunc(p.Run.Kept, func(k Conflict) bool { return k.Product == product }) {
		own := Passage{Run: p.Run, Paths: map[taxonomy.ID]string{}}
		if err := own.find(ctx, cat, product); err != nil {
			return err
		}
		if own.Change != nil { // how it stood is told by what was kept
			c.Kept, c.Before, c.After, c.Live, c.State = own.Change.Kept, Placement{}, Placement{}, false, nil
		}
	}
	p.Change = &c
	return nil
}

// stood is how a product stands at a time.
type stood struct {
	at    Placement
	live  bool
	state *string // nil where it is not known too
}

// left is how a run, or an appeal, left the product.
func (p Passage) left(found map[int64]Passage) stood {
	c := p.Change
	if of := found[p.Run.Of].Change; p.Run.Partial() && of != nil {
		return stood{c.After, of.Live, of.State}
	}
	if c.Fate == Delist {
		return stood{c.After, false, c.Left}
	}
	return stood{c.After, c.Live, c.State}
}

// Unnamed lists the categories that the change names and no path is recorded of.
func (p *Passage) Unnamed() []taxonomy.ID {
	if p.Change == nil {
		return nil
	}
	return slices.DeleteFunc(p.names(), func(id taxonomy.ID) bool { return p.Paths[id] != "" })
}

// names lists the categories that the change names.
func (p *Passage) names() []taxonomy.ID {
	c := p.Change
	out := append(slices.Clone(c.From), c.To, c.Before.Category, c.Before.Primary, c.After.Category, c.After.Primary)
	return slices.DeleteFunc(out, func(id taxonomy.ID) bool { return id == "" })
}
