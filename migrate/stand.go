package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"recat/taxonomy"
)

// StandRequest says whose standing is asked for.
type StandRequest struct {
	Policy   *Policy // of the plan's own text where there is one
	Plan     Plan    // nil for none
	Approved []string
	Edited   bool // the policy's file says something else than its plan does
	Now      time.Time
	Soon     time.Duration // how long before its date a policy must be planned
	Quick    bool          // the plan is not compared with the catalog product by product
	Progress func(stage string, done int64)
}

// Stand finds where a policy stands. Without a plan, or where it is quick, it
// counts products and reads none of them. Nothing is written.
func Stand(ctx context.Context, cat Catalog, req StandRequest) (*Standing, error) {
	s := &stander{StandRequest: req, ctx: ctx, cat: cat, out: StandingOf(req)}
	if err := s.read(); err != nil {
		return s.out, err
	}
	s.conclude()
	return s.out, nil
}

// StandingOf is what is known of a policy without its catalog.
func StandingOf(req StandRequest) *Standing {
	out := &Standing{Plan: req.Plan, Approvals: Approved{By: req.Approved}, State: StateUnreadable}
	if p := req.Policy; p != nil {
		out.Policy, out.Reason, out.Dates, out.Approvals.Needed = p.Name, p.Reason, p.Dates, p.Approvals
	}
	if req.Plan != nil {
		h := req.Plan.Header()
		out.Policy, out.Reason, out.Dates, out.Approvals.Needed = h.Policy, h.Reason, h.Dates, h.Approvals
	}
	return out
}

// stander gathers a standing.
type stander struct {
	StandRequest
	ctx   context.Context
	cat   Catalog
	out   *Standing
	cats  *Categories
	tombs []Tombstone
	done  bool // the policy is applied, or has nothing to do
	state State
}

func (s *stander) read() error {
	shape, err := s.cat.Shape(s.ctx)
	if err != nil {
		return fmt.Errorf("read the catalog's shape: %w", err)
	}
	if s.cats, err = s.cat.Categories(s.ctx); err != nil {
		return err
	}
	if s.tombs, err = s.cat.Tombstones(s.ctx); err != nil {
		return fmt.Errorf("read tombstones: %w", err)
	}
	if err := s.history(); err != nil {
		return err
	}
	if s.Plan != nil {
		return s.ofPlan()
	}
	return s.ofPolicy(shape)
}

// history finds the last run of the plan or, without one, of the policy.
func (s *stander) history() error {
	runs, err := s.cat.Runs(s.ctx)
	if err != nil {
		return fmt.Errorf("read the recorded runs: %w", err)
	}
	digest := ""
	if s.Plan != nil {
		digest = s.Plan.Trailer().Digest
	}
	for _, r := range slices.Backward(runs) {
		if r.Kind == RunApply && r.Policy == s.out.Policy && (digest == "" || r.Digest == digest) {
			s.out.Run = &r
			break
		}
	}
	if s.out.Run != nil && s.out.Run.UndoneBy != 0 {
		i := slices.IndexFunc(runs, func(r Run) bool { return r.ID == s.out.Run.UndoneBy })
		if i >= 0 {
			s.out.Undo = &runs[i]
		}
		s.state = StateUndone
	}
	return nil
}

// ofPlan holds a plan against the catalog.
func (s *stander) ofPlan() error {
	already, err := AlreadyApplied(s.ctx, s.cat, s.Plan)
	if err != nil {
		return err
	}
	totals := s.Plan.Trailer().Totals
	switch {
	case already != nil:
		return s.applied(already)
	case totals.Empty():
		s.settle(StateNothing)
		return nil
	}
	planned, err := s.planned()
	if err != nil {
		return err
	}
	if err := s.count(planned); err != nil {
		return err
	}
	if s.Quick {
		s.limits(totals, -1)
		return nil
	}
	return s.compare(totals)
}

// planned lists the categories that the plan removes, with the products that
// it found in each.
func (s *stander) planned() ([]Inside, error) {
	var out []Inside
	at := map[taxonomy.ID]int{}
	for c, err := range s.Plan.Changes() {
		switch {
		case err != nil:
			return nil, err
		case c.Category != nil && c.Category.Do == RemoveCategory:
			at[c.Category.ID] = len(out)
			out = append(out, Inside{Category: c.Category.ID, Path: c.Category.Path, Planned: new(int)})
		case c.Product != nil && !c.Product.Outside:
			for _, id := range c.Product.From {
				if i, ok := at[id]; ok {
					*out[i].Planned++
				}
			}
		}
	}
	return out, nil
}

// compare finds what drifted since the plan, and what its apply would meet.
func (s *stander) compare(totals Totals) error {
	done, err := Preview(s.ctx, s.cat, s.Plan, ApplyOptions{Policy: s.Policy, Now: s.Now, NoDate: true, Progress: s.Progress})
	var stale *StaleError
	var refused *RefusedError
	rows, total := done.Drift, len(done.Drift)
	switch {
	case errors.As(err, &stale):
		rows, total = stale.Drift, stale.Total
	case errors.As(err, &refused):
		if s.out.Refusals = refused.Refusals; done.Totals != (Totals{}) { // else it came to no product
			totals = done.Totals
		}
	case errors.Is(err, ErrMoved):
		return fmt.Errorf("compare with the plan: %w", ErrBusy)
	case err != nil:
		return err
	default:
		totals = done.Totals
	}
	s.drift(rows, total)
	s.limits(totals, s.out.Drift.products())
	if slices.ContainsFunc(s.out.Limits, LimitUse.Over) { // of nothing else does apply refuse then
		s.out.Refusals = nil
	}
	return nil
}

// driftShown bounds Drifted.Rows.
const driftShown = 20

func (s *stander) drift(rows []Drift, total int) {
	d := &Drifted{Counts: map[DriftKind]int{}, Total: total}
	for _, r := range rows {
		d.Counts[r.Kind]++
		if !r.Tolerated {
			d.Fatal++
		}
	}
	for _, tolerated := range []bool{false, true} {
		for _, r := range rows {
			if r.Tolerated == tolerated && len(d.Rows) < driftShown {
				d.Rows = append(d.Rows, r)
			}
		}
	}
	s.out.Drift = d
}

// products counts the products among what drifted.
func (d *Drifted) products() int {
	return d.Total - d.Counts[CategoryEdit] - d.Counts[ReferenceNew]
}

// limits holds totals, and drifted products unless they are below 0, against
// the limits of the plan.
func (s *stander) limits(t Totals, drifted int) {
	h := s.Plan.Header()
	use := func(name string, used, limit float64) {
		s.out.Limits = append(s.out.Limits, LimitUse{Name: name, Used: used, Limit: limit})
	}
	if l := h.Limits.Delist; l != nil {
		use("delist", float64(t.Off()), float64(*l))
	}
	if l, live := h.Limits.LiveShare, s.Plan.Provenance().Counts.Live; l != nil && live != nil && *live > 0 {
		use("live_share", float64(t.LiveDelist)/float64(*live), *l)
	}
	if l := h.Limits.MissingAttributes; l != nil {
		use("missing_attributes", float64(t.Lacking), float64(*l))
	}
	if l := h.Limits.Drift; l != nil && drifted >= 0 {
		use("drift", float64(drifted), float64(*l))
	}
}

// ofPolicy finds a policy without a plan in the catalog.
func (s *stander) ofPolicy(shape Shape) error {
	scheme, err := NewScheme(s.Policy, shape, s.cats, s.tombs, func(ids []taxonomy.ID) (map[taxonomy.ID]bool, error) {
		return s.cat.Occupied(s.ctx, ids)
	})
	if err == nil {
		err = scheme.derive(s.ctx, s.cat, false)
	}
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		s.out.Refusals = refused.Refusals
	case err != nil:
		return err
	case scheme.idle() && s.out.Run != nil && s.out.Run.UndoneBy == 0:
		return s.applied(s.out.Run)
	case scheme.idle() && len(s.Policy.Sweep) == 0:
		s.settle(StateNothing)
		return nil
	}
	if s.cats.Broken != nil {
		s.out.Refusals = append(s.out.Refusals, Refusal{What: s.cats.Broken.Error()})
	}
	ids := s.named()
	if scheme != nil {
		ids = scheme.Removed()
	}
	rows := make([]Inside, len(ids))
	for i, id := range ids {
		rows[i] = Inside{Category: id, Path: s.cats.Tree.Path(id).String()}
	}
	if err := s.count(rows); err != nil {
		return err
	}
	s.estimate()
	return nil
}

// idle reports whether nothing of the tree is left for the policy to change.
func (s *Scheme) idle() bool { return len(s.removed)+len(s.promoted)+len(s.closing) == 0 }

// named lists what a refused policy points at, as far as that can be told.
func (s *stander) named() []taxonomy.ID {
	find := newFinder(s.cats, s.tombs)
	seen := map[taxonomy.ID]bool{}
	var out []taxonomy.ID
	for _, e := range s.Policy.Remove {
		id, gone, err := find.category(e.Category)
		if gone || err != nil {
			continue
		}
		for below := range s.cats.Tree.Subtree(id) {
			if (below == id || e.Subtree == SubtreeRemove) && !seen[below] {
				seen[below] = true
				out = append(out, below)
			}
		}
	}
	return out
}

// estimate holds what is inside against the limit of a policy that delists
// all of it.
func (s *stander) estimate() {
	delists := func(e Entry) bool {
		return len(e.Rules) > 0 && !slices.ContainsFunc(e.Rules, func(r Rule) bool { return r.Fate != Delist })
	}
	limit := s.Policy.Limits.Delist
	if limit == nil || len(s.Policy.Remove) == 0 || slices.ContainsFunc(s.Policy.Remove, func(e Entry) bool { return !delists(e) }) {
		return
	}
	n := 0
	for _, i := range s.out.Inside {
		n += i.Products
	}
	s.out.Limits = append(s.out.Limits, LimitUse{Name: "delist", Used: float64(n), Limit: float64(*limit), AtMost: true})
}

// count fills in what the categories hold now, the fullest first.
func (s *stander) count(rows []Inside) error {
	ids := make([]taxonomy.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Category
	}
	held, err := s.cat.Held(s.ctx, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Held = held[rows[i].Category]
	}
	slices.SortStableFunc(rows, func(a, b Inside) int { return b.Products - a.Products })
	s.out.Inside = rows
	return nil
}

// applied looks at what a run removed: products on sale there came later.
func (s *stander) applied(run *Run) error {
	s.out.Run, s.out.Undo = run, nil
	s.settle(StateApplied)
	var rows []Inside
	for _, t := range s.tombs {
		if t.Run == run.ID {
			rows = append(rows, Inside{Category: t.ID, Path: t.Path})
		}
	}
	return s.count(rows)
}

func (s *stander) settle(state State) { s.state, s.done = state, true }
