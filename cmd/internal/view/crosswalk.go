package view

import (
	"cmp"
	"io"
	"iter"
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
// leads anywhere any more.
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
	if h.phase() == phaseUndone {
		c.walk, err = taxonomy.NewCrosswalk(nil)
	} else {
		c.walk, err = crosswalkOf(h.Changes)
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
	reason  string // of the first product that suffers it
}

func crosswalkOf(changes iter.Seq2[migrate.Change, error]) (*taxonomy.Crosswalk, error) {
	var order []*lot
	lots := map[taxonomy.ID]*lot{}
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		switch {
		case c.Category != nil && c.Category.Do == migrate.RemoveCategory:
			l := &lot{change: c.Category, fates: map[migrate.Fate]bool{}, targets: map[taxonomy.ID]bool{}}
			order, lots[c.Category.ID] = append(order, l), l
		case c.Product != nil && len(c.Product.From) > 0:
			if l := lots[c.Product.From[0]]; l != nil {
				l.add(c.Product)
			}
		}
	}
	rules := make([]taxonomy.Rule, len(order))
	for i, l := range order {
		rules[i] = l.rule()
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
		l.worst, l.reason = p.Fate, p.Reason
	}
}

func (l *lot) rule() taxonomy.Rule {
	r := taxonomy.Rule{From: l.change.ID, Reason: cmp.Or(l.reason, l.change.Reason)}
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
