package catalog

import (
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// tally keeps count of what a plan's products do to counters of products,
// place by place: what each counter gains is worked out at the end.
type tally struct {
	memberships bool
	moves       map[string]*productMove
}

// productMove is a way from some categories to others, and how many products
// take it.
type productMove struct {
	from, to   []taxonomy.ID
	live, stay bool // on sale before, and after
	n          int64
}

// add counts a product. One that the mapping hides counts nowhere.
func (t *tally) add(p *migrate.ProductChange) {
	if p.Hidden {
		return
	}
	from, to := t.places(p.Before), t.places(p.After)
	stay := p.Live && p.Fate != migrate.Delist
	var key strings.Builder
	for _, id := range append(append(slices.Clone(from), "\x00"), to...) {
		key.WriteString(string(id))
		key.WriteByte(1)
	}
	if p.Live {
		key.WriteByte('l')
	}
	if stay {
		key.WriteByte('s')
	}
	m := t.moves[key.String()]
	if m == nil {
		m = &productMove{from: from, to: to, live: p.Live, stay: stay}
		t.moves[key.String()] = m
	}
	m.n++
}

// places lists the categories that a placement counts in: its memberships,
// or, in a catalog without any, its category.
func (t *tally) places(p migrate.Placement) []taxonomy.ID {
	if !t.memberships {
		if p.Category == "" {
			return nil
		}
		return []taxonomy.ID{p.Category}
	}
	out := make([]taxonomy.ID, len(p.Memberships))
	for i, m := range p.Memberships {
		out[i] = m.Category
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// gains works out by how much a counter of each category changes. Ancestors
// are those before the edit: what is lifted loses only ancestors that go.
// What stays in a category that goes, its row marked, counts no more.
func (t *tally) gains(base *forest, c *Count, goes map[taxonomy.ID]bool) map[taxonomy.ID]int64 {
	out := map[taxonomy.ID]int64{}
	for _, m := range t.moves {
		if !c.Live || m.live {
			for id := range covered(base, m.from, c.Deep) {
				out[id] -= m.n
			}
		}
		if !c.Live || m.stay {
			to := slices.DeleteFunc(slices.Clone(m.to), func(id taxonomy.ID) bool { return goes[id] })
			for id := range covered(base, to, c.Deep) {
				out[id] += m.n
			}
		}
	}
	return out
}

// covered lists the categories that count a product filed in some, each once.
func covered(f *forest, in []taxonomy.ID, deep bool) map[taxonomy.ID]bool {
	out := map[taxonomy.ID]bool{}
	for _, id := range in {
		if !deep {
			out[id] = true
			continue
		}
		for _, p := range f.way(id) {
			out[p.id] = true
		}
	}
	return out
}
