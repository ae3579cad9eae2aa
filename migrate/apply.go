package migrate

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"recat/taxonomy"
)

// ApplyOptions say who applies, when, and what else must hold.
type ApplyOptions struct {
	Policy      *Policy // of the plan's own text
	Now         time.Time
	Early       string // a reason for applying before the date; "" is none
	NoDate      bool   // a rehearsal or a dry run: the dates are not looked at
	Approvals   json.RawMessage
	Operator    string
	Version     string
	LockTimeout time.Duration
	Observe     func(point string)
	Progress    func(stage string, done int64)
}

// Applied is what Apply did, or would do.
type Applied struct {
	Receipt Receipt
	Already *Run    // set where the plan had been applied before: nothing was done
	Totals  Totals  // after tolerated drift
	Drift   []Drift // tolerated
}

// rounds is how often Apply reads the catalog again when it moves between
// being read and being locked.
const rounds = 3

// Apply executes a plan and nothing else. It returns a StaleError,
// RefusedError, WindowError or ErrBusy with the catalog unchanged, and an
// UnverifiedError where the run was committed but is not what it should be.
func Apply(ctx context.Context, cat Catalog, plan Plan, opts ApplyOptions) (Applied, error) {
	already, err := AlreadyApplied(ctx, cat, plan)
	if err != nil || already != nil {
		return Applied{Already: already}, err
	}
	if err := checkWindow(plan.Header().Dates, opts); err != nil {
		return Applied{}, err
	}
	if totals := plan.Trailer().Totals; totals.Empty() {
		return Applied{Totals: totals}, nil
	}
	var done Applied
	for range rounds {
		done, err = applyOnce(ctx, cat, plan, opts)
		if !errors.Is(err, ErrMoved) {
			break
		}
	}
	if errors.Is(err, ErrMoved) {
		return Applied{}, &StaleError{Drift: []Drift{{Kind: Edited, Subject: "catalog",
			Detail: fmt.Sprintf("it kept changing through %d readings", rounds)}}, Total: 1}
	}
	if err != nil {
		return Applied{}, err
	}
	progress(opts.Progress, "verify", 0)
	return done, Verify(ctx, cat, done.Receipt.Run)
}

// Preview does all that Apply does short of taking the lock.
func Preview(ctx context.Context, cat Catalog, plan Plan, opts ApplyOptions) (Applied, error) {
	already, err := AlreadyApplied(ctx, cat, plan)
	if err != nil || already != nil {
		return Applied{Already: already}, err
	}
	done, _, snap, err := prepare(ctx, cat, plan, opts)
	if snap != nil {
		snap.Close()
	}
	return done, err
}

func checkWindow(d Dates, opts ApplyOptions) error {
	if opts.NoDate {
		return nil
	}
	switch d.Window(opts.Now) {
	case WindowEarly:
		if opts.Early == "" {
			return &WindowError{Window: WindowEarly, At: d.Effective.In(d.Location())}
		}
	case WindowExpired:
		return &WindowError{Window: WindowExpired, At: d.Expires.In(d.Location())}
	}
	return nil
}

func progress(f func(string, int64), stage string, done int64) {
	if f != nil {
		f(stage, done)
	}
}

// AlreadyApplied finds a run of this very plan that was not undone and none
// of whose categories is back.
func AlreadyApplied(ctx context.Context, cat Catalog, plan Plan) (*Run, error) {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	i := slices.IndexFunc(runs, func(r Run) bool {
		return r.Kind == RunApply && r.UndoneBy == 0 && r.Digest == plan.Trailer().Digest
	})
	if i < 0 {
		return nil, nil
	}
	back, err := categoriesBack(ctx, cat, runs[i].ID)
	if err != nil || back {
		return nil, err
	}
	return &runs[i], nil
}

func categoriesBack(ctx context.Context, cat Catalog, run int64) (bool, error) {
	cats, err := cat.Categories(ctx)
	if err != nil {
		return false, err
	}
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return false, fmt.Errorf("read tombstones: %w", err)
	}
	return slices.ContainsFunc(tombs, func(t Tombstone) bool {
		return t.Run == run && cats.Tree.Has(t.ID) && !cats.Marked[t.ID]
	}), nil
}

// applyOnce reads, compares, stages and commits.
func applyOnce(ctx context.Context, cat Catalog, plan Plan, opts ApplyOptions) (Applied, error) {
	done, stage, snap, err := prepare(ctx, cat, plan, opts)
	if snap != nil {
		defer snap.Close()
	}
	if err != nil {
		return Applied{}, err
	}
	head, err := json.Marshal(plan.Header())
	if err != nil {
		return Applied{}, fmt.Errorf("encode the plan's header: %w", err)
	}
	progress(opts.Progress, "write", 0)
	done.Receipt, err = stage.Commit(ctx, CommitOptions{
		Header: head, Digest: plan.Trailer().Digest, Policy: plan.Header().Policy, Totals: done.Totals,
		Drift: done.Drift, Operator: opts.Operator, Version: opts.Version, Early: opts.Early,
		Approvals: opts.Approvals, Now: opts.Now, LockTimeout: opts.LockTimeout, Observe: opts.Observe,
	})
	return done, err
}

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
	snap, err := cat.Snapshot(ctx, sel)
	if err != nil {
		return Applied{}, nil, nil, fmt.Errorf("copy the affected products: %w", err)
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

// planSelection selects what the plan removes, and the products it sweeps.
func planSelection(plan Plan, s *Scheme) (Selection, error) {
	sel := Selection{Fields: s.Fields()}
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
	if plan.Trailer().Totals.Swept > 0 {
		sel.Also = swept(plan)
	}
	return sel, nil
}

// swept streams the ids of the products that the plan sweeps.
func swept(plan Plan) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for c, err := range plan.Changes() {
			if err != nil {
				yield("", err)
				return
			}
			if c.Product != nil && len(c.Product.From) == 0 && c.Product.Fate != Report && !yield(c.Product.ID, nil) {
				return
			}
		}
	}
}

// verdict says whether the drift may pass.
func (r *reconciler) verdict(ctx context.Context, cat Catalog, snap Snapshot, sel Selection) error {
	if err := r.describeLeft(ctx, cat, sel); err != nil {
		return err
	}
	if r.fatal > 0 {
		return &StaleError{Drift: r.drift, Total: r.count + r.others()}
	}
	if r.count == 0 {
		return nil
	}
	counts, err := snap.Counts(ctx, r.header.Limits.LiveShare != nil)
	if err != nil {
		return fmt.Errorf("count the catalog: %w", err)
	}
	return checkLimits(r.header.Limits, r.totals, counts, r.count)
}

func (r *reconciler) others() int {
	n := 0
	for _, d := range r.drift {
		if d.Kind == CategoryEdit || d.Kind == ReferenceNew {
			n++
		}
	}
	return n
}

// leftDescribed bounds the products that are looked up to say where they went.
const leftDescribed = 1000

// describeLeft tells products that moved on from those that are gone.
func (r *reconciler) describeLeft(ctx context.Context, cat Catalog, sel Selection) error {
	if len(r.left) == 0 {
		return nil
	}
	byID := map[string]int{}
	for _, i := range r.left[:min(len(r.left), leftDescribed)] {
		if i < len(r.drift) {
			byID[r.drift[i].Subject] = i
		}
	}
	snap, err := cat.Snapshot(ctx, Selection{Fields: sel.Fields, Also: func(yield func(string, error) bool) {
		for id := range byID {
			if !yield(id, nil) {
				return
			}
		}
	}})
	if err != nil {
		return fmt.Errorf("look for products that left: %w", err)
	}
	defer snap.Close()
	for p, err := range snap.Products(ctx) {
		if err != nil {
			return err
		}
		d := &r.drift[byID[p.ID]]
		d.Detail = "left for " + r.scheme.whereabouts(p.Placement)
		delete(byID, p.ID)
	}
	for _, i := range byID {
		r.drift[i].Kind, r.drift[i].Detail = Gone, "is gone"
	}
	return nil
}

// whereabouts names a placement's categories by path.
func (s *Scheme) whereabouts(p Placement) string {
	ids := remaining(p)
	if len(ids) == 0 {
		return "no category"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		if out[i] = s.path(id); out[i] == "" {
			out[i] = "id " + string(id)
		}
	}
	return strings.Join(out, ", ")
}

// Verify compares the catalog with what a run left behind. Its error is an
// UnverifiedError where they differ.
func Verify(ctx context.Context, cat Catalog, run int64) error {
	found := &UnverifiedError{}
	for d, err := range cat.Verify(ctx, run) {
		if err != nil {
			return fmt.Errorf("verify run %d: %w", run, err)
		}
		if found.Total++; len(found.Differences) < 1000 {
			found.Differences = append(found.Differences, d)
		}
	}
	if found.Total > 0 {
		return found
	}
	return nil
}

// RemovedBy lists the categories that the changes remove.
func RemovedBy(changes iter.Seq2[Change, error]) ([]taxonomy.ID, error) {
	var ids []taxonomy.ID
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		if c.Category == nil {
			break
		}
		if c.Category.Do == RemoveCategory {
			ids = append(ids, c.Category.ID)
		}
	}
	return ids, nil
}
