package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
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
	// Staged is told what Apply is about to write, drift included, each time it
	// is staged and before any lock is taken. Its error ends Apply with nothing
	// written. It may be nil.
	Staged func(Applied) error
	// Committed is told of the run once it is recorded, before it is verified.
	// It may be nil.
	Committed func(Receipt)
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
	for round := 1; round <= rounds; round++ {
		done, err = applyOnce(ctx, cat, plan, opts)
		if !errors.Is(err, ErrMoved) {
			break
		}
		backOff(ctx, round)
	}
	if isStale(err) { // by another's run of this very plan, perhaps
		if already, e := AlreadyApplied(ctx, cat, plan); e == nil && already != nil {
			return Applied{Already: already}, nil
		}
	}
	if errors.Is(err, ErrMoved) {
		return Applied{}, &StaleError{Drift: []Drift{{Kind: Edited, Subject: "catalog",
			Detail: fmt.Sprintf("it kept changing through %d readings", rounds)}}, Total: 1}
	}
	if err != nil || done.Already != nil {
		return done, err
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

// backOff waits before another round, longer each time: who collided with
// another writer should not meet it again.
func backOff(ctx context.Context, round int) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(round*round) * 20 * time.Millisecond):
	}
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

// isStale reports whether the catalog is not what was planned with.
func isStale(err error) bool {
	var stale *StaleError
	return errors.Is(err, ErrMoved) || errors.As(err, &stale)
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
	// Whoever applied the plan since it was asked for the first time is seen
	// here, or moves the catalog.
	if already, err := AlreadyApplied(ctx, cat, plan); err != nil || already != nil {
		return Applied{Already: already}, err
	}
	head, err := json.Marshal(plan.Header())
	if err != nil {
		return Applied{}, fmt.Errorf("encode the plan's header: %w", err)
	}
	if opts.Staged != nil {
		if err := opts.Staged(done); err != nil {
			return Applied{}, err
		}
	}
	progress(opts.Progress, "write", 0)
	done.Receipt, err = stage.Commit(ctx, CommitOptions{
		Header: head, Digest: plan.Trailer().Digest, Policy: plan.Header().Policy, Totals: done.Totals, Paths: plan.Trailer().Paths,
		Drift: done.Drift, Operator: opts.Operator, Version: opts.Version, Early: opts.Early,
		Approvals: opts.Approvals, Now: opts.Now, LockTimeout: opts.LockTimeout, Observe: opts.Observe,
	})
	if err == nil && opts.Committed != nil {
		opts.Committed(done.Receipt)
	}
	return done, err
}
