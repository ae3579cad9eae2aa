package catalogtest

import (
	"context"
	"errors"
	"iter"
	"sync"

	"recat/migrate"
	"recat/taxonomy"
)

// ErrFault is what a Faulty returns at its point.
var ErrFault = errors.New("injected fault")

// Faulty is a Catalog that counts the steps of what is done through it: every
// call, every row of a stream and every point that a commit observes. At step
// At it fails, or does something else.
type Faulty struct {
	migrate.Catalog
	At int
	// Do replaces failing: it is called at the step, before a call or a row;
	// what it returns is the call's error. At a point that a commit observes
	// it is not called: there, whatever Do is, Interrupt is.
	Do        func() error
	Interrupt func() // for one, a context's cancel
	Steps     int    // taken so far
}

// step counts, and fails where it is time.
func (f *Faulty) step() error {
	if f.Steps++; f.Steps != f.At {
		return nil
	}
	if f.Do != nil {
		return f.Do()
	}
	return ErrFault
}

// observe counts a point inside a commit.
func (f *Faulty) observe(next func(string)) func(string) {
	return func(point string) {
		if f.Steps++; f.Steps == f.At && f.Interrupt != nil {
			f.Interrupt()
		}
		if next != nil {
			next(point)
		}
	}
}

// faulted takes a step, then makes the call.
func faulted[T any](f *Faulty, call func() (T, error)) (T, error) {
	if err := f.step(); err != nil {
		var none T
		return none, err
	}
	return call()
}

// faultyStream takes a step before each row, and one before the end.
func faultyStream[T any](f *Faulty, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range seq {
			if fault := f.step(); fault != nil {
				yield(one, fault)
				return
			}
			if !yield(one, err) {
				return
			}
		}
		if fault := f.step(); fault != nil {
			var none T
			yield(none, fault)
		}
	}
}

// Scan takes a step for each product, one product at a time.
func (f *Faulty) Scan(ctx context.Context, opts migrate.ScanOptions, see func(*migrate.Product) error) error {
	var mu sync.Mutex
	_, err := faulted(f, func() (struct{}, error) {
		return struct{}{}, f.Catalog.Scan(ctx, opts, func(p *migrate.Product) error {
			mu.Lock()
			defer mu.Unlock()
			if err := f.step(); err != nil {
				return err
			}
			return see(p)
		})
	})
	return err
}

// Shape is a step.
func (f *Faulty) Shape(ctx context.Context) (migrate.Shape, error) {
	return faulted(f, func() (migrate.Shape, error) { return f.Catalog.Shape(ctx) })
}

// Categories is a step.
func (f *Faulty) Categories(ctx context.Context) (*migrate.Categories, error) {
	return faulted(f, func() (*migrate.Categories, error) { return f.Catalog.Categories(ctx) })
}

// Occupied is a step.
func (f *Faulty) Occupied(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]bool, error) {
	return faulted(f, func() (map[taxonomy.ID]bool, error) { return f.Catalog.Occupied(ctx, in) })
}

// Held is a step.
func (f *Faulty) Held(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]migrate.Held, error) {
	return faulted(f, func() (map[taxonomy.ID]migrate.Held, error) { return f.Catalog.Held(ctx, in) })
}

// Derived is a step.
func (f *Faulty) Derived(ctx context.Context, edit migrate.TreeEdit) (migrate.Derived, error) {
	return faulted(f, func() (migrate.Derived, error) { return f.Catalog.Derived(ctx, edit) })
}

// Runs is a step.
func (f *Faulty) Runs(ctx context.Context) ([]migrate.Run, error) {
	return faulted(f, func() ([]migrate.Run, error) { return f.Catalog.Runs(ctx) })
}

// Tombstones is a step.
func (f *Faulty) Tombstones(ctx context.Context) ([]migrate.Tombstone, error) {
	return faulted(f, func() ([]migrate.Tombstone, error) { return f.Catalog.Tombstones(ctx) })
}

// Changes is a step for each row.
func (f *Faulty) Changes(ctx context.Context, run int64) iter.Seq2[migrate.Change, error] {
	return faultyStream(f, f.Catalog.Changes(ctx, run))
}

// Verify is a step for each row.
func (f *Faulty) Verify(ctx context.Context, run int64) iter.Seq2[migrate.Difference, error] {
	return faultyStream(f, f.Catalog.Verify(ctx, run))
}

// Snapshot is a step, and its product is faulty too.
func (f *Faulty) Snapshot(ctx context.Context, sel migrate.Selection) (migrate.Snapshot, error) {
	return faulted(f, func() (migrate.Snapshot, error) {
		s, err := f.Catalog.Snapshot(ctx, sel)
		if err != nil {
			return nil, err
		}
		return faultySnapshot{s, f}, nil
	})
}

// Reverse is a step, and its product is faulty too.
func (f *Faulty) Reverse(ctx context.Context, run int64, opts migrate.ReverseOptions) (migrate.Reversal, error) {
	return faulted(f, func() (migrate.Reversal, error) {
		r, err := f.Catalog.Reverse(ctx, run, opts)
		if err != nil {
			return nil, err
		}
		return faultyReversal{r, f}, nil
	})
}

type faultySnapshot struct {
	migrate.Snapshot
	f *Faulty
}

func (s faultySnapshot) Products(ctx context.Context) iter.Seq2[*migrate.Product, error] {
	return faultyStream(s.f, s.Snapshot.Products(ctx))
}

func (s faultySnapshot) References(ctx context.Context) iter.Seq2[*migrate.Reference, error] {
	return faultyStream(s.f, s.Snapshot.References(ctx))
}

func (s faultySnapshot) Counts(ctx context.Context, live bool) (migrate.Counts, error) {
	return faulted(s.f, func() (migrate.Counts, error) { return s.Snapshot.Counts(ctx, live) })
}

func (s faultySnapshot) Stage(ctx context.Context, changes iter.Seq2[migrate.Change, error]) (migrate.Stage, error) {
	return faulted(s.f, func() (migrate.Stage, error) {
		st, err := s.Snapshot.Stage(ctx, changes)
		if err != nil {
			return nil, err
		}
		return faultyStage{st, s.f}, nil
	})
}

type faultyStage struct {
	migrate.Stage
	f *Faulty
}

func (s faultyStage) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	opts.Observe = s.f.observe(opts.Observe)
	return faulted(s.f, func() (migrate.Receipt, error) { return s.Stage.Commit(ctx, opts) })
}

type faultyReversal struct {
	migrate.Reversal
	f *Faulty
}

func (r faultyReversal) Conflicts(ctx context.Context) ([]migrate.Conflict, error) {
	return faulted(r.f, func() ([]migrate.Conflict, error) { return r.Reversal.Conflicts(ctx) })
}

func (r faultyReversal) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	opts.Observe = r.f.observe(opts.Observe)
	return faulted(r.f, func() (migrate.Receipt, error) { return r.Reversal.Commit(ctx, opts) })
}
