package view

import (
	"cmp"
	"io"
	"maps"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
	"recat/taxonomy/format"
)

// Crosswalk is where each removed category leads, in the order of the plan: to
// its successor; without one, to the targets of its products where all of them
// are reassigned and it is not prohibited; else nowhere. The action is what a
// policy reads back: delist where any of its products is, else split or
// reassign where it leads somewhere, else none. Where a run was undone, nothing
// leads anywhere any more; after an appeal, what it did not give back does.
type Crosswalk struct {
	Handoff
	book
	walk *taxonomy.Crosswalk
}

// NewCrosswalk reads a hand-off.
func NewCrosswalk(h Handoff) (*Crosswalk, error) {
	c := &Crosswalk{Handoff: h}
	var err error
	if c.book, err = h.book(); err != nil {
		return nil, err
	}
	if held, ok := h.standing(); ok {
		c.walk, err = crosswalkOf(held)
	} else {
		c.walk, err = taxonomy.NewCrosswalk(nil)
	}
	return c, err
}

// Unmapped counts the categories that lead nowhere.
func (c *Crosswalk) Unmapped() int { return len(c.walk.Unmapped()) }

// CSV writes the columns from, to, action, reason.
func (c *Crosswalk) CSV(w io.Writer) error { return format.WriteCrosswalkCSV(w, c.walk) }

// Shopify writes the layout of Shopify's mapping files. Its reader, and a
// policy, find the rules between two taxonomies of Shopify's, so that they are
// called so.
func (c *Crosswalk) Shopify(w io.Writer) error {
	out := &escaper{w: w}
	err := format.WriteCrosswalkShopify(out, c.walk, format.ShopifyRelease{Version: c.Header.Policy,
		From: "shopify/before-" + c.Header.Policy, To: "shopify/" + c.Header.Policy, FromName: c.path, ToName: c.path})
	return cmp.Or(err, out.flush())
}

// EBay writes the layout of eBay's expired categories, which has no place for
// those that lead nowhere: they are left out.
func (c *Crosswalk) EBay(w io.Writer) error {
	var rules []taxonomy.Rule
	for r := range c.walk.Rules() {
		if !r.Unmapped() {
			rules = append(rules, r)
		}
	}
	walk, err := taxonomy.NewCrosswalk(rules)
	if err != nil {
		return err
	}
	out := &escaper{w: w}
	return cmp.Or(format.WriteCrosswalkEBay(out, walk), out.flush())
}

// lot is what becomes of one removed category and its products.
type lot struct {
	change  *migrate.CategoryChange
	fates   map[migrate.Fate]bool
	targets map[taxonomy.ID]bool
	worst   migrate.Fate
	reasons map[string]int // that the policy's rules give for it, and how often
}

func crosswalkOf(h Handoff) (*taxonomy.Crosswalk, error) {
	var order []*lot
	lots := map[taxonomy.ID]*lot{}
	for c, err := range h.Changes {
		if err != nil {
			return nil, err
		}
		switch {
		case c.Category != nil && c.Category.Do == migrate.RemoveCategory:
			l := &lot{change: c.Category, fates: map[migrate.Fate]bool{}, targets: map[taxonomy.ID]bool{}, reasons: map[string]int{}}
			order, lots[c.Category.ID] = append(order, l), l
		case c.Product != nil && len(c.Product.From) > 0 && !h.Restored[c.Product.ID]:
			if l := lots[c.Product.From[0]]; l != nil {
				l.add(c.Product)
			}
		}
	}
	rules := make([]taxonomy.Rule, len(order))
	for i, l := range order {
		rules[i] = l.rule(h.Header.Reason)
	}
	return taxonomy.NewCrosswalk(rules)
}

// fatesWorstFirst orders what may befall a product.
var fatesWorstFirst = []migrate.Fate{migrate.Delist, migrate.Reassign, migrate.Detach}

func (l *lot) add(p *migrate.ProductChange) {
	l.fates[p.Fate] = true
	if p.To != "" {
		l.targets[p.To] = true
	}
	if l.worst == "" || slices.Index(fatesWorstFirst, p.Fate) < slices.Index(fatesWorstFirst, l.worst) {
		l.worst = p.Fate
		clear(l.reasons)
	}
	if p.Fate == l.worst && p.Fate != migrate.Detach && p.By == "" && p.Rule != "decisions" {
		l.reasons[p.Reason]++
	}
}

// reason is the category's own; else the one that the rules give most of what
// suffers worst, but nobody's for a single product; else the policy's.
func (l *lot) reason(policy string) string {
	often := slices.SortedFunc(maps.Keys(l.reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.reasons[b], l.reasons[a]), cmp.Compare(a, b))
	})
	return cmp.Or(l.change.Reason, cmp.Or(often...), policy)
}

func (l *lot) rule(policy string) taxonomy.Rule {
	r := taxonomy.Rule{From: l.change.ID, Reason: l.reason(policy)}
	switch {
	case l.change.Successor != "":
		r.To = []taxonomy.ID{l.change.Successor}
	case !l.change.Prohibited && len(l.fates) == 1 && l.fates[migrate.Reassign]:
		for id := range l.targets {
			r.To = append(r.To, id)
		}
		slices.Sort(r.To)
	}
	switch {
	case l.worst == migrate.Delist:
		r.Action = "delist"
	case len(r.To) > 1:
		r.Action = "split"
	case len(r.To) == 1:
		r.Action = "reassign"
	}
	return r
}

// JSON writes {format_version, …, rules: [{from, to: […], action, reason}]}.
func (c *Crosswalk) JSON(w io.Writer) error {
	type rule struct {
		From   taxonomy.ID   `json:"from"`
		To     []taxonomy.ID `json:"to"`
		Action string        `json:"action"`
		Reason string        `json:"reason,omitempty"`
	}
	rules := []rule{}
	for r := range c.walk.Rules() {
		rules = append(rules, rule{From: r.From, To: append([]taxonomy.ID{}, r.To...), Action: r.Action, Reason: r.Reason})
	}
	o := newObject(w)
	o.subject(c.Handoff)
	slice(o, "rules", rules)
	return o.close()
}
