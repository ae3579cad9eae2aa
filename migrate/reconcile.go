package migrate

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"recat/taxonomy"
)

// reconciler walks a plan and a snapshot of the catalog side by side, both in
// canonical order. It yields the changes to stage and collects the drift.
type reconciler struct {
	scheme  *Scheme
	header  Header
	totals  Totals
	drift   []Drift              // all of it; where that is more than driftKept, nothing is tolerated
	count   int                  // of drifted products
	fatal   int                  // of differences that are not tolerated
	left    []int                // indices into drift of products that are not where they were
	removed map[taxonomy.ID]bool // by the plan
	changes iter.Seq2[Change, error]
}

// driftKept is how much drift may be tolerated: a receipt lists every row of
// it. Beyond, the plan is stale, whatever the policy says.
const driftKept = 100_000

// run streams what must be staged; the drift is complete when it ends.
func (r *reconciler) run(ctx context.Context, snap Snapshot) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		next, stop := ahead(r.changes)
		defer stop()
		w := &walk{r: r, next: next, yield: yield}
		w.advance()
		if w.categories() && w.products(ctx, snap) && w.references(ctx, snap) && w.err == nil {
			return
		}
		if w.err != nil {
			yield(Change{}, w.err)
		}
	}
}

// walk is one pass: cur is the plan's next change.
type walk struct {
	r     *reconciler
	next  func() (Change, error, bool)
	yield func(Change, error) bool
	cur   Change
	more  bool
	err   error
}

func (w *walk) advance() bool {
	w.cur, w.err, w.more = w.next()
	if !w.more {
		w.cur, w.err = Change{}, nil
	}
	return w.err == nil
}

func (w *walk) emit(c Change) bool {
	w.r.totals.Count(c)
	return w.yield(c, nil)
}

// categories compares the plan's lines with the same lines made today.
func (w *walk) categories() bool {
	lines := w.r.scheme.categories()
	now := map[taxonomy.ID]*CategoryChange{}
	for _, c := range lines {
		now[c.ID] = c
	}
	w.r.removed = map[taxonomy.ID]bool{}
	for w.more && w.cur.Category != nil {
		was := w.cur.Category
		if detail := w.r.scheme.categoryDrift(was, now[was.ID]); detail != "" {
			w.r.add(Drift{Kind: CategoryEdit, Subject: string(was.ID), Title: &was.Path, Detail: detail})
		}
		delete(now, was.ID)
		w.r.removed[was.ID] = was.Do == RemoveCategory
		if !w.emit(w.cur) || !w.advance() {
			return false
		}
	}
	for _, c := range lines {
		if now[c.ID] != nil && c.Do != GuardCategory {
			w.r.add(Drift{Kind: CategoryEdit, Subject: string(c.ID), Title: &c.Path, Detail: "is new to the plan: " + string(c.Do)})
		}
	}
	return true
}

// categoryDrift says how a category differs from the plan's line, "" where it
// does not.
func (s *Scheme) categoryDrift(was, now *CategoryChange) string {
	node, ok := s.cats.Tree.Node(was.ID)
	if !ok {
		return "is gone"
	}
	var out []string
	if node.Name != was.Name {
		out = append(out, fmt.Sprintf("renamed %q → %q", was.Name, node.Name))
	}
	if node.Parent != was.Parent {
		out = append(out, fmt.Sprintf("moved from under %q to under %q", was.Parent, node.Parent))
	}
	if s.cats.Closed[was.ID] != was.Closed {
		out = append(out, fmt.Sprintf("closed to products: %t → %t", was.Closed, s.cats.Closed[was.ID]))
	}
	if was.Why.reliesOnChildren() {
		out = append(out, childDrift(was.Children, s.cats.Tree.Children(was.ID))...)
	}
	if now != nil && !sameRebuilt(was.Rebuild, now.Rebuild) {
		out = append(out, rebuiltDrift(was.Rebuild, now.Rebuild))
	}
	if len(out) == 0 && !sameLot(was, now) {
		out = append(out, "the policy now does something else with it")
	}
	return strings.Join(out, "; ")
}

// sameLot reports whether the policy still does the same with a category. An
// ancestor whose last product left since is not what the plan is about.
func sameLot(was, now *CategoryChange) bool {
	if now == nil { // an ancestor falls away with what moved from under it
		return was.Do == GuardCategory
	}
	return now.Do == was.Do && now.To == was.To && now.Successor == was.Successor ||
		was.Do == GuardCategory && now.Why == CauseEmptied
}

func childDrift(was, now []taxonomy.ID) []string {
	var out []string
	for _, id := range now {
		if !slices.Contains(was, id) {
			out = append(out, "new child "+string(id))
		}
	}
	for _, id := range was {
		if !slices.Contains(now, id) {
			out = append(out, "child "+string(id)+" left")
		}
	}
	slices.Sort(out)
	return out
}

// products merges the plan's products with the snapshot's.
func (w *walk) products(ctx context.Context, snap Snapshot) bool {
	key := w.r.header.ProductKey
	for p, err := range snap.Products(ctx) {
		if err != nil {
			w.err = err
			return false
		}
		for w.more && w.cur.Product != nil && key.Compare(w.cur.Product.ID, p.ID) < 0 {
			if !w.missing() {
				return false
			}
		}
		if !w.product(p) {
			return false
		}
	}
	for w.more && w.cur.Product != nil {
		if !w.missing() {
			return false
		}
	}
	return true
}

// missing settles a planned product that the snapshot does not have. What is
// only reported or kept was not asked for; that it is kept is for the record.
func (w *walk) missing() bool {
	switch was := w.cur.Product; was.Fate {
	case Report:
		w.r.totals.Count(w.cur)
	case Keep:
		if !w.emit(w.cur) {
			return false
		}
	default:
		w.r.missing(was)
	}
	return w.advance()
}

// product settles one product of the snapshot.
func (w *walk) product(p *Product) bool {
	planned := w.more && w.cur.Product != nil && w.cur.Product.ID == p.ID
	if !planned {
		c, err := w.r.arrived(p)
		if err != nil {
			w.err = err
			return false
		}
		return c == nil || w.emit(Change{Product: c})
	}
	c, err := w.r.settle(w.cur.Product, p)
	if err != nil {
		w.err = err
		return false
	}
	if c != nil && !w.emit(Change{Product: c}) {
		return false
	}
	return w.advance()
}

// settle compares a planned product with today's.
func (r *reconciler) settle(was *ProductChange, p *Product) (*ProductChange, error) {
	if !was.Fate.Acts() {
		now, err := r.arrived(p)
		if was.Fate == Keep && now == nil && err == nil {
			return was, nil
		}
		r.totals.Count(Change{Product: was})
		return now, err
	}
	r.scheme.setPath(was, p)
	details := append(r.scheme.clearedDrift(was, p), productDrift(was, p)...)
	variant := was.Follows != "" || len(p.Parents) > 0
	if len(details) == 0 && !variant {
		was.Ordinal = p.Ordinal
		return was, nil
	}
	now, err := r.scheme.Decide(p)
	if detail := followDrift(was, now); variant && detail != "" {
		details = append(details, detail)
	} else if len(details) == 0 && err == nil {
		was.Ordinal = p.Ordinal
		return was, nil
	}
	d := Drift{Kind: Edited, Subject: p.ID, Title: r.title(was, p), Detail: strings.Join(details, "; ")}
	if now == nil {
		if _, undecided := asUndecided(err); err != nil && !undecided {
			return nil, err
		}
		if (len(was.From) > 0 || was.Outside) && len(r.scheme.governing(p)) == 0 || r.scheme.isCleared(p) {
			d.Kind = Left
		} else {
			d.Detail += ": rule " + was.Rule + " no longer decides it"
		}
		return nil, r.tolerateGone(d)
	}
	if _, undecided := asUndecided(err); err != nil && !undecided {
		return nil, err
	} else if undecided || now.Fate != was.Fate || now.To != was.To {
		d.Detail += ": rule " + was.Rule + " no longer decides it"
		r.add(d)
		return nil, nil
	}
	d.Tolerated = r.scheme.policy.Drift.Edited == ToleranceSameFate
	if d.Tolerated {
		d.Fate, d.To, d.ToPath = now.Fate, now.To, r.scheme.path(now.To)
	} else if now.Rule != was.Rule {
		d.Detail += ": rule " + was.Rule + " no longer decides it"
	}
	r.add(d)
	return now, nil
}

// title is a product's title today, the plan's where nobody read it since.
func (r *reconciler) title(was *ProductChange, p *Product) *string {
	if p.Title.IsNull() {
		return was.Title
	}
	return rendered(p.Title)
}

// tolerateGone records a product that no longer is what the plan treats.
func (r *reconciler) tolerateGone(d Drift) error {
	d.Tolerated = (d.Kind == Left || d.Kind == Gone) && r.scheme.policy.Drift.Left == ToleranceSkip
	r.add(d)
	return nil
}

func asUndecided(err error) (*UndecidedError, bool) {
	e, ok := err.(*UndecidedError)
	return e, ok
}

// setPath gives p the path that rules see, as it was given at plan time.
func (s *Scheme) setPath(was *ProductChange, p *Product) {
	if g := s.governing(p); len(g) > 0 {
		p.Path = s.path(g[0].id)
	} else {
		p.Path = s.path(p.Placement.Home())
	}
}

// missing records a planned product that the snapshot does not have.
func (r *reconciler) missing(was *ProductChange) {
	r.left = append(r.left, len(r.drift))
	_ = r.tolerateGone(Drift{Kind: Left, Subject: was.ID, Title: was.Title, Detail: "left"})
}

// arrived decides a product that is in a category the plan removes, and that
// the plan does not treat.
func (r *reconciler) arrived(p *Product) (*ProductChange, error) {
	in := r.within(p)
	if in == "" {
		return r.trailing(p)
	}
	d := Drift{Kind: Arrived, Subject: p.ID, Title: rendered(p.Title), Detail: "arrived in " + r.scheme.path(in)}
	if len(r.scheme.governing(p)) == 0 { // in what was to be empty, and so stays
		r.add(d)
		return nil, nil
	}
	c, err := r.scheme.Decide(p)
	e, undecided := asUndecided(err)
	if err != nil && !undecided {
		return nil, err
	}
	switch {
	case undecided:
		d.Detail += ", and " + e.Why
	case r.scheme.policy.Drift.Arrived == ToleranceRules:
		if c, err = r.scheme.admit(p, c); err != nil {
			return nil, err
		}
		d.Tolerated, d.Fate, d.To, d.ToPath = true, c.Fate, c.To, r.scheme.path(c.To)
	}
	r.add(d)
	return c, nil
}

// within is the category that holds p and that the plan or today's scheme
// removes; "" where there is none.
func (r *reconciler) within(p *Product) taxonomy.ID {
	if g := r.scheme.governing(p); len(g) > 0 {
		return g[0].id
	}
	for _, id := range r.scheme.filedIn(p) {
		if r.removed[id] {
			return id
		}
	}
	return ""
}

// admit gives a late arrival its fate: its rule's, but where prohibited
// nobody has cleared it, so that it can only be delisted.
func (s *Scheme) admit(p *Product, c *ProductChange) (*ProductChange, error) {
	g := s.governing(p)[0]
	if !g.prohibited || c.Fate == Delist {
		return c, nil
	}
	v := verdict{fate: Delist, rule: c.Rule, reason: "arrived in a prohibited category, not cleared"}
	out := v.change(p)
	out.From, out.Read = c.From, c.Read
	var err error
	out.After, err = s.place(p, v)
	return out, err
}

func (r *reconciler) add(d Drift) {
	if d.Kind != CategoryEdit && d.Kind != ReferenceNew {
		r.count++
	}
	if d.Tolerated && len(r.drift) >= driftKept {
		d.Tolerated = false
		d.Detail += fmt.Sprintf(": more than the %d differences that a receipt lists", driftKept)
	}
	if !d.Tolerated {
		r.fatal++
	}
	if len(r.drift) < driftKept || !d.Tolerated && len(r.drift) < 2*driftKept {
		r.drift = append(r.drift, d)
	}
}
