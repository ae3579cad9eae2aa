package migrate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"recat/taxonomy"
)

// Attribute is something that a category requires its products to say of
// themselves: a brand, a wattage. Key tells it from the others, Name is what a
// person knows it by.
type Attribute struct {
	Key, Name string
}

// Requirements are, by category, the attributes that products must have there.
type Requirements map[taxonomy.ID][]Attribute

// Keys lists, sorted, the keys of all attributes that any category requires.
func (r Requirements) Keys() []string {
	var out []string
	for _, all := range r {
		for _, a := range all {
			out = append(out, a.Key)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// lacking lists, sorted, the names of the attributes that a category requires
// and a product that has the others does not have.
func (r Requirements) lacking(in taxonomy.ID, has []string) []string {
	var out []string
	for _, a := range r[in] {
		if !slices.Contains(has, a.Key) {
			out = append(out, a.Name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// destinations lists, in key order, the categories that rules and people send
// products to.
func (s *Scheme) destinations() []taxonomy.ID {
	seen := map[taxonomy.ID]bool{}
	for _, r := range s.removed {
		if r.rules == nil {
			continue
		}
		for _, rule := range r.rules.rules {
			seen[rule.to] = seen[rule.to] || rule.Fate == Reassign
		}
	}
	for _, d := range s.decisions {
		seen[d.to] = seen[d.to] || d.to != ""
	}
	var out []taxonomy.ID
	for id, sent := range seen {
		if sent {
			out = append(out, id)
		}
	}
	return s.shape.CategoryKey.sortIDs(out)
}

// told is what a plan says for those who read it, and what decides nothing.
type told struct {
	required Requirements
	urls     map[taxonomy.ID]string // pages of what goes and of what takes over
}

// require takes over what a snapshot says that the destinations require.
func (s *Scheme) require(ctx context.Context, snap Snapshot) error {
	var err error
	if s.required, err = snap.Requirements(ctx); err != nil {
		return fmt.Errorf("read the attributes that categories require: %w", err)
	}
	return nil
}

// address takes over the pages of the categories that go, and of those that
// others lead to.
func (s *Scheme) address(ctx context.Context, cat Catalog) error {
	ids := s.Removed()
	for id := range s.targets {
		ids = append(ids, id)
	}
	var err error
	if s.urls, err = cat.URLs(ctx, ids); err != nil {
		return fmt.Errorf("read the categories' pages: %w", err)
	}
	return nil
}

// note adds to a product that is reassigned what it lacks where it goes. Rows
// that the mapping hides are nobody's to complete.
func (s *Scheme) note(c *ProductChange, p *Product) {
	if c != nil && c.Fate == Reassign && !c.Hidden && len(s.required) > 0 {
		c.Missing = s.required.lacking(c.To, p.Attributes)
	}
}

// TargetSummary counts what the products that are reassigned to one category
// lack there.
type TargetSummary struct {
	To         taxonomy.ID
	Reassigned int
	Lacking    int            // of Reassigned: lack at least one
	Missing    map[string]int // products by the attribute that they lack
}

// Lacking lists the categories whose new products lack attributes, those with
// the most such products first.
func (s *Summary) Lacking() []TargetSummary {
	by := map[taxonomy.ID]*TargetSummary{}
	for _, c := range s.Categories {
		for _, g := range c.Groups {
			if g.Fate == Reassign {
				lacking(by, g)
			}
		}
	}
	var out []TargetSummary
	for _, t := range by {
		if t.Lacking > 0 {
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(a, b TargetSummary) int {
		return cmp.Or(cmp.Compare(b.Lacking, a.Lacking), cmp.Compare(a.To, b.To))
	})
	return out
}

// lacking adds a group to its target's summary.
func lacking(by map[taxonomy.ID]*TargetSummary, g Group) {
	t := by[g.To]
	if t == nil {
		t = &TargetSummary{To: g.To, Missing: map[string]int{}}
		by[g.To] = t
	}
	t.Reassigned += g.Count
	t.Lacking += g.Lacking
	for name, n := range g.Missing {
		t.Missing[name] += n
	}
}
