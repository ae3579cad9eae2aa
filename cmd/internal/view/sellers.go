package view

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// seller is what becomes of one seller's products.
type seller struct {
	name       *string // nil where the catalog names none
	counts     map[migrate.Fate]int
	live       int // on sale before, of those that something is done to
	lacking    int
	categories map[taxonomy.ID]bool
	first      []string // ids of the first few
}

// sellerSamples bounds the ids of a seller's row.
const sellerSamples = 5

// products counts those that something is done to.
func (s *seller) products() int {
	return s.counts[migrate.Delist] + s.counts[migrate.Reassign] + s.counts[migrate.Detach]
}

// sellers sums products up by seller, who loses most first. Only those are
// there whose listings change; what is only reported of theirs is told beside.
func sellers(h Handoff) ([]*seller, book, error) {
	b, err := h.book()
	if err != nil {
		return nil, b, err
	}
	by, nobody := map[string]*seller{}, (*seller)(nil)
	for p, err := range h.products() {
		if err != nil {
			return nil, b, err
		}
		if p.Hidden || p.Fate == migrate.Keep || p.Kept != nil && p.Kept.Whole {
			continue
		}
		s := nobody
		if p.Seller != nil {
			s = by[*p.Seller]
		}
		if s == nil {
			s = &seller{name: p.Seller, counts: map[migrate.Fate]int{}, categories: map[taxonomy.ID]bool{}}
			if p.Seller == nil {
				nobody = s
			} else {
				name := strings.Clone(*p.Seller)
				s.name, by[name] = &name, s
			}
		}
		s.add(p)
	}
	all := slices.Collect(maps.Values(by))
	if nobody != nil {
		all = append(all, nobody)
	}
	all = slices.DeleteFunc(all, func(s *seller) bool { return s.products() == 0 })
	slices.SortFunc(all, func(a, b *seller) int {
		return cmp.Or(cmp.Compare(b.counts[migrate.Delist], a.counts[migrate.Delist]), cmp.Compare(b.products(), a.products()),
			cmp.Compare(b.counts[migrate.Report], a.counts[migrate.Report]), cmp.Compare(quoted(a.name), quoted(b.name)))
	})
	return all, b, nil
}

func (s *seller) add(p *migrate.ProductChange) {
	s.counts[p.Fate]++
	if len(p.Missing) > 0 {
		s.lacking++
	}
	if p.Live && p.Fate.Acts() {
		s.live++
	}
	if len(s.first) < sellerSamples {
		s.first = append(s.first, strings.Clone(p.ID))
	}
	if len(p.From) > 0 {
		s.categories[p.From[0]] = true
	}
}

// paths lists the removed categories that a seller has products in.
func (s *seller) paths(b book) []string {
	out := make([]string, 0, len(s.categories))
	for id := range s.categories {
		out = append(out, b.path(id))
	}
	slices.Sort(out)
	return out
}

// SellersCSV writes a row for each seller, who loses most first. It keeps a
// few words of each seller, and no product.
func SellersCSV(w io.Writer, h Handoff) error {
	all, b, err := sellers(h)
	if err != nil {
		return err
	}
	out, err := newTable(w, append([]string{"seller", "products", "delisted", "reassigned", "detached", "live", "lacking", "reported",
		"categories", "in", "first", "effective", "enforced"}, whenColumns...)...)
	if err != nil {
		return err
	}
	effective, enforced, when := h.day(h.Header.Dates.Effective), h.day(h.Header.Dates.Enforced), h.when()
	for _, s := range all {
		row := []string{datum(s.name)}
		for _, n := range []int{s.products(), s.counts[migrate.Delist], s.counts[migrate.Reassign], s.counts[migrate.Detach],
			s.live, s.lacking, s.counts[migrate.Report], len(s.categories)} {
			row = append(row, strconv.Itoa(n))
		}
		row = append(row, strings.Join(s.paths(b), " | "), strings.Join(s.first, " | "), effective, enforced)
		if err := out.row(append(row, when...)...); err != nil {
			return err
		}
	}
	return out.flush()
}

type sellerTold struct {
	Seller     *string  `json:"seller"`
	Products   int      `json:"products"`
	Delisted   int      `json:"delisted"`
	Reassigned int      `json:"reassigned"`
	Detached   int      `json:"detached"`
	Live       int      `json:"live"`
	Lacking    int      `json:"lacking"`
	Reported   int      `json:"reported"`
	Categories []string `json:"categories"`
	First      []string `json:"first"`
}

// SellersJSON writes the same as one object, {format_version, …, sellers: […]}.
func SellersJSON(w io.Writer, h Handoff) error {
	all, b, err := sellers(h)
	if err != nil {
		return err
	}
	o := newObject(w)
	o.subject(h)
	list(o, "sellers", func(yield func(sellerTold, error) bool) {
		for _, s := range all {
			if !yield(sellerTold{s.name, s.products(), s.counts[migrate.Delist], s.counts[migrate.Reassign], s.counts[migrate.Detach],
				s.live, s.lacking, s.counts[migrate.Report], s.paths(b), s.first}, nil) {
				return
			}
		}
	})
	return o.close()
}
