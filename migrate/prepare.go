package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"recat/taxonomy"
)

// prepare copies the affected rows, compares them with the plan and stages
// the changes. The snapshot must be closed by the caller where it is not nil.
func prepare(ctx context.Context, cat Catalog, plan Plan, opts ApplyOptions) (Applied, Stage, Snapshot, error) {
	shape, err := cat.Shape(ctx)
	if err != nil {
		return Applied{}, nil, nil, fmt.Errorf("read the catalog's shape: %w", err)
	}
	if err := sameShape(plan.Header(), shape); err != nil {
		return Applied{}, nil, nil, err
	}
	scheme, err := planScheme(ctx, cat, plan, opts.Policy, shape)
	if err != nil {
		return Applied{}, nil, nil, err
	}
	progress(opts.Progress, "read products", 0)
	sel, err := planSelection(plan, scheme)
	if err != nil {
		return Applied{}, nil, nil, err
	}
	if !scheme.holds(sel.In) { // the policy alone can do without what is gone
		return Applied{}, nil, nil, explainScheme(ctx, cat, plan, ErrMoved)
	}
	snap, err := cat.Snapshot(ctx, sel)
	if err != nil {
		return Applied{}, nil, nil, fmt.Errorf("copy the affected products: %w", err)
	}
	if err := scheme.require(ctx, snap); err != nil {
		return Applied{}, nil, snap, err
	}
	r := &reconciler{scheme: scheme, header: plan.Header(), changes: plan.Changes()}
	stage, err := snap.Stage(ctx, counted(r.run(ctx, snap), opts.Progress))
	if err == nil {
		err = r.verdict(ctx, cat, snap, sel)
	}
	tolerated := slices.DeleteFunc(slices.Clone(r.drift), func(d Drift) bool { return !d.Tolerated })
	return Applied{Totals: r.totals, Drift: tolerated}, stage, snap, err
}

func counted(seq iter.Seq2[Change, error], report func(string, int64)) iter.Seq2[Change, error] {
	if report == nil {
		return seq
	}
	return func(yield func(Change, error) bool) {
		var n int64
		for c, err := range seq {
			if n++; n%8192 == 0 {
				report("compare with the plan", n)
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// sameShape refuses a database whose keys or whose undeclared parts are no
// longer what was planned with.
func sameShape(h Header, shape Shape) error {
	if h.CategoryKey != shape.CategoryKey || h.ProductKey != shape.ProductKey {
		return Refuse("the catalog's keys are of another type than the plan's: categories %s, products %s",
			shape.CategoryKey, shape.ProductKey)
	}
	var refusals []Refusal
	for _, z := range shape.Hazards {
		refusals = append(refusals, Refusal{What: z.What + " " + z.Name + ": " + z.Detail})
	}
	if len(refusals) > 0 {
		return &RefusedError{Refusals: refusals}
	}
	return nil
}

// planScheme finds the plan's policy in today's tree. Where that fails, the
// tree has drifted; it says so rather than blaming the policy.
func planScheme(ctx context.Context, cat Catalog, plan Plan, policy *Policy, shape Shape) (*Scheme, error) {
	scheme, err := schemeOf(ctx, cat, policy, shape)
	if err == nil {
		err = scheme.derive(ctx, cat, plan.Header().RebuildTree)
	}
	if err == nil {
		return scheme, nil
	}
	var files FileErrors
	var refused *RefusedError
	if !errors.As(err, &files) && !errors.As(err, &refused) {
		return nil, err
	}
	return nil, explainScheme(ctx, cat, plan, err)
}

// explainScheme names the planned categories that differ from the tree now.
func explainScheme(ctx context.Context, cat Catalog, plan Plan, cause error) error {
	cats, err := cat.Categories(ctx)
	if err != nil {
		return err
	}
	s := &Scheme{cats: cats}
	stale := &StaleError{}
	for c, err := range plan.Changes() {
		if err != nil {
			return err
		}
		if c.Category == nil {
			break
		}
		if d := s.categoryDrift(c.Category, c.Category); d != "" {
			stale.Drift = append(stale.Drift, Drift{Kind: CategoryEdit, Subject: string(c.Category.ID), Title: &c.Category.Path, Detail: d})
		}
	}
	var files FileErrors
	if len(stale.Drift) == 0 && errors.As(cause, &files) { // found when it was planned
		for _, e := range files {
			stale.Drift = append(stale.Drift, Drift{Kind: CategoryEdit, Subject: cmp.Or(e.Pos.String(), "policy"), Detail: e.Msg})
		}
	}
	if stale.Total = len(stale.Drift); stale.Total == 0 {
		return cause
	}
	return stale
}

// planSelection selects what the plan removes, and the products it delists
// elsewhere.
func planSelection(plan Plan, s *Scheme) (Selection, error) {
	sel := Selection{Fields: s.Fields(), Untitled: s.untitled(), Recorded: true, Targets: s.destinations()}
	for c, err := range plan.Changes() {
		if err != nil {
			return Selection{}, err
		}
		if c.Category == nil {
			break
		}
		if c.Category.Do == RemoveCategory {
			sel.In = append(sel.In, c.Category.ID)
		}
	}
	if t := plan.Trailer().Totals; t.Swept+t.Followed > 0 {
		sel.Also = outside(plan)
	}
	return sel, nil
}

// holds reports whether the tree has every one of the categories.
func (s *Scheme) holds(ids []taxonomy.ID) bool {
	return !slices.ContainsFunc(ids, func(id taxonomy.ID) bool { return !s.cats.Tree.Has(id) })
}

// outside streams the ids of the products that the plan delists outside the
// removed categories.
func outside(plan Plan) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for c, err := range plan.Changes() {
			if err != nil {
				yield("", err)
				return
			}
			if c.Product != nil && (len(c.Product.From) == 0 || c.Product.Outside) && c.Product.Fate.Acts() && !yield(c.Product.ID, nil) {
				return
			}
		}
	}
}
