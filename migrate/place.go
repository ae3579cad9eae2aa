package migrate

import (
	"cmp"
	"slices"

	"recat/taxonomy"
)

// place works out where a product stands after its verdict. Survivors stay;
// what was in a removed category goes to the target where there is one.
func (s *Scheme) place(p *Product, v verdict) (Placement, error) {
	if v.fate == Delist && s.shape.SoftRemove && s.delistedTo == "" {
		return p.Placement, nil // the marked category keeps them
	}
	to := s.destination(v)
	after := Placement{Category: p.Category, Primary: p.Primary}
	after.Memberships = s.memberships(p, to)
	heir := to
	if heir == "" {
		heir = s.heir(after.Memberships)
	}
	if s.removed[p.Category] != nil {
		after.Category = heir
	}
	if s.removed[p.Primary] != nil {
		after.Primary = heir
	}
	s.flagPrimary(p, after.Memberships, heir)
	after.Others = s.others(p, cmp.Or(after.Primary, heir))
	return after, s.checkPlaced(p, after)
}

// others puts the product's new primary in place of the removed categories
// that further tables name as its primary.
func (s *Scheme) others(p *Product, primary taxonomy.ID) []taxonomy.ID {
	var out []taxonomy.ID
	for _, id := range p.Others {
		if s.removed[id] != nil {
			id = primary
		}
		if id != "" {
			out = append(out, id)
		}
	}
	return out
}

// destination is the category a verdict sends a product to; "" is nowhere.
func (s *Scheme) destination(v verdict) taxonomy.ID {
	switch v.fate {
	case Reassign:
		return v.to
	case Delist:
		return s.delistedTo
	}
	return ""
}

// memberships keeps the survivors in their places. The foremost row in a
// removed category carries the product to the target, unless it is there
// already; the others go.
func (s *Scheme) memberships(p *Product, to taxonomy.ID) []Membership {
	carrier := s.carrier(p, to)
	var out []Membership
	for i, m := range p.Memberships {
		switch {
		case s.removed[m.Category] == nil:
			out = append(out, m)
		case i == carrier:
			m.Category = to
			out = append(out, m)
		}
	}
	s.shape.CategoryKey.SortMemberships(out)
	return out
}

// carrier is the index of the membership row that moves to the target: the
// governing primary's, else the first in order. It is -1 where none moves.
func (s *Scheme) carrier(p *Product, to taxonomy.ID) int {
	if to == "" || slices.ContainsFunc(p.Memberships, func(m Membership) bool { return m.Category == to }) {
		return -1
	}
	primary := primaryOf(p.Placement)
	best := -1
	for i, m := range p.Memberships {
		if s.removed[m.Category] == nil {
			continue
		}
		if m.Category == primary {
			return i
		}
		if best < 0 {
			best = i
		}
	}
	return best
}

// heir is the surviving membership that becomes the primary: the lowest
// position, then id; one that counts as living somewhere comes first.
func (s *Scheme) heir(survivors []Membership) taxonomy.ID {
	var ignored taxonomy.ID
	for _, m := range survivors {
		if !s.cats.Ignored[m.Category] && !s.gone[m.Category] {
			return m.Category
		}
		ignored = cmp.Or(ignored, m.Category)
	}
	return ignored
}

// flagPrimary keeps exactly one membership flagged where flags are in use.
func (s *Scheme) flagPrimary(p *Product, after []Membership, heir taxonomy.ID) {
	had := slices.ContainsFunc(p.Memberships, func(m Membership) bool { return m.Primary })
	has := slices.ContainsFunc(after, func(m Membership) bool { return m.Primary })
	if !had || has {
		return
	}
	for i := range after {
		if after[i].Category == heir {
			after[i].Primary = true
			return
		}
	}
}

// checkPlaced refuses a placement that the database cannot hold.
func (s *Scheme) checkPlaced(p *Product, after Placement) error {
	missing := (s.shape.CategoryRequired && p.Category != "" && after.Category == "") ||
		(s.shape.PrimaryRequired && p.Primary != "" && after.Primary == "") ||
		(s.shape.OthersRequired && len(after.Others) < len(p.Others))
	if !missing {
		return nil
	}
	return &UndecidedError{Product: p.ID, Why: "a product must have a category here, and the plan leaves it none",
		Answer: "say delisted_to: CATEGORY in the policy"}
}

// Carrier finds the membership that moves from one placement to the next:
// the category its row leaves and the one it goes to. Both are "" where no
// row moves. The row of the primary moves before any other.
func Carrier(before, after Placement) (from, to taxonomy.ID) {
	at := func(ms []Membership, id taxonomy.ID) bool {
		return slices.ContainsFunc(ms, func(m Membership) bool { return m.Category == id })
	}
	for _, m := range after.Memberships {
		if !at(before.Memberships, m.Category) {
			to = m.Category
		}
	}
	if to == "" {
		return "", ""
	}
	primary := primaryOf(before)
	for _, m := range before.Memberships {
		switch {
		case at(after.Memberships, m.Category):
		case m.Category == primary:
			return m.Category, to
		case from == "":
			from = m.Category
		}
	}
	return from, to
}
