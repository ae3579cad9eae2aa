package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// UndoOptions say who takes a run back, and what becomes of later edits.
type UndoOptions struct {
	OnConflict  OnConflict
	Part        *Part // of an appeal; nil takes the run back whole
	Reason      string
	Now         time.Time
	Operator    string
	Version     string
	LockTimeout time.Duration
	Observe     func(point string)
}

// Undone is what Undo did, or would do.
type Undone struct {
	Run       Run // that was undone, in part or whole
	Receipt   Receipt
	Conflicts []Conflict
	Restored  Restoration // of an appeal; where nothing is left to restore, there is no receipt
}

// LastRun is the newest run that is not undone.
func LastRun(ctx context.Context, cat Catalog) (int64, error) {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the recorded runs: %w", err)
	}
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Kind == RunApply && runs[i].UndoneBy == 0 {
			return runs[i].ID, nil
		}
	}
	return 0, fmt.Errorf("look for a run to undo: %w", ErrNoRun)
}

// Undo takes a run back, or the part of it that an appeal is about. A
// ConflictError means that rows were edited since and nothing changed; an
// UnverifiedError that the undo was committed but is not what it should be.
func Undo(ctx context.Context, cat Catalog, run int64, opts UndoOptions) (Undone, error) {
	for round := 1; ; round++ {
		done, err := undoOnce(ctx, cat, run, opts)
		if !errors.Is(err, ErrMoved) || round == rounds {
			return done, err
		}
		backOff(ctx, round)
	}
}

func undoOnce(ctx context.Context, cat Catalog, run int64, opts UndoOptions) (Undone, error) {
	rev, err := cat.Reverse(ctx, run, ReverseOptions{OnConflict: cmp.Or(opts.OnConflict, ConflictFail), Part: opts.Part})
	if err != nil {
		return Undone{}, err
	}
	defer rev.Close()
	done := Undone{Run: rev.Run(), Restored: rev.Restores()}
	if opts.Part != nil && done.Restored.Products == 0 {
		return done, nil
	}
	if opts.OnConflict == ConflictKeep || opts.OnConflict == ConflictRestore {
		if done.Conflicts, err = rev.Conflicts(ctx); err != nil {
			return Undone{Run: rev.Run()}, fmt.Errorf("look for later edits: %w", err)
		}
	}
	totals := done.Run.Totals
	if opts.Part != nil {
		totals = Totals{}
	}
	done.Receipt, err = rev.Commit(ctx, CommitOptions{
		Digest: done.Run.Digest, Policy: done.Run.Policy, Totals: totals, Reason: opts.Reason,
		Operator: opts.Operator, Version: opts.Version, Now: opts.Now, LockTimeout: opts.LockTimeout, Observe: opts.Observe,
	})
	if err != nil {
		return Undone{Run: rev.Run()}, err
	}
	return done, Verify(ctx, cat, done.Receipt.Run)
}

// PreviewUndo says what Undo would meet, writing nothing.
func PreviewUndo(ctx context.Context, cat Catalog, run int64, opts UndoOptions) (Undone, error) {
	opts.OnConflict = cmp.Or(opts.OnConflict, ConflictFail)
	rev, err := cat.Reverse(ctx, run, ReverseOptions{OnConflict: opts.OnConflict, Part: opts.Part})
	if err != nil {
		return Undone{}, err
	}
	defer rev.Close()
	conflicts, err := rev.Conflicts(ctx)
	if err != nil {
		return Undone{}, fmt.Errorf("look for later edits: %w", err)
	}
	out := Undone{Run: rev.Run(), Conflicts: conflicts, Restored: rev.Restores()}
	for _, c := range conflicts {
		if c.Open(opts.OnConflict) {
			return out, &ConflictError{Conflicts: conflicts}
		}
	}
	return out, nil
}
