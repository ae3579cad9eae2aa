package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"recat/migrate"
)

// everyStep breaks apply and undo of a rich plan at each step in turn, in
// every shape; with -short, in the richest.
func everyStep(t *testing.T, open Open) {
	shapes := Shapes()
	if testing.Short() {
		shapes = []Shape{Filed}
	}
	for _, shape := range shapes {
		for name, wrap := range map[string]wrapper{"fault": failing, "interrupt": interrupted} {
			t.Run(fmt.Sprintf("%+v/%s", shape, name), func(t *testing.T) {
				s := &scene{t: t, ctx: context.Background(), open: open, now: now, w: rich(shape)}
				s.usePolicy(richPolicy())
				a := s.actor()
				defer a.close()
				a.everyStep(wrap)
			})
		}
	}
}

// faultIsBeforeOrAfter: apply and undo that fail at any step leave the
// catalog as it was or as it shall be, and the next one succeeds.
func faultIsBeforeOrAfter(s *scene) { s.broken(failing) }

// interruptIsBeforeOrAfter: so do those that are interrupted.
func interruptIsBeforeOrAfter(s *scene) { s.broken(interrupted) }

func failing(ctx context.Context, cat migrate.Catalog, at int) (*Faulty, context.Context) {
	return &Faulty{Catalog: cat, At: at}, ctx
}

func interrupted(ctx context.Context, cat migrate.Catalog, at int) (*Faulty, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &Faulty{Catalog: cat, At: at, Interrupt: cancel, Do: func() error { cancel(); return nil }}, ctx
}

// wrapper makes a Catalog that breaks at a step, and the context to use it in.
type wrapper func(ctx context.Context, cat migrate.Catalog, at int) (*Faulty, context.Context)

func (s *scene) broken(wrap wrapper) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before, after := a.dump(), s.replay(func(b *actor) { b.apply(d) })
	a.brokenApply(d, before, after, wrap, rapid.IntRange(1, 40).Draw(s.draw, "apply fails at"))
	a.brokenUndo(before, after, wrap, rapid.IntRange(1, 12).Draw(s.draw, "undo fails at"))
}

// recordedOr holds tables without a run in force against those before.
func (a *actor) recordedOr(before map[string][]string) {
	if _, err := migrate.LastRun(a.ctx, a.Catalog); errors.Is(err, migrate.ErrNoRun) {
		a.unchanged(before, "without a run")
	}
}

// brokenApply applies a plan that breaks at a step, then applies it whole. It
// reports whether there was such a step. Where after is nil, the tables hold
// what no two runs write alike, such as a trigger's clock, and only the record
// of runs tells the states apart.
func (a *actor) brokenApply(d *Draft, before, after map[string][]string, wrap wrapper, at int) bool {
	f, ctx := wrap(a.ctx, a.Catalog, at)
	_, err := migrate.Apply(ctx, f, d, a.options())
	if after == nil {
		a.recordedOr(before)
	} else {
		a.settled(before, after, f, err)
	}
	a.apply(d)
	if after == nil {
		a.must(a.verify(), "verify the next apply")
	} else {
		a.unchanged(after, "after the next apply")
	}
	return f.Steps >= at
}

// brokenUndo undoes the last run with a break at a step, then whole.
func (a *actor) brokenUndo(before, after map[string][]string, wrap wrapper, at int) bool {
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the last run")
	f, ctx := wrap(a.ctx, a.Catalog, at)
	_, err = migrate.Undo(ctx, f, run, migrate.UndoOptions{Now: a.now})
	if after != nil {
		a.settled(after, before, f, err)
	}
	if _, err := migrate.Undo(a.ctx, a.Catalog, run, migrate.UndoOptions{Now: a.now}); !errors.Is(err, migrate.ErrAlreadyUndone) {
		a.must(err, "undo")
	}
	a.unchanged(before, "after the next undo")
	return f.Steps >= at
}

// settled holds the tables against the two states they may be in, and the
// record of runs against the tables.
func (a *actor) settled(before, after map[string][]string, f *Faulty, err error) {
	a.t.Helper()
	got := a.dump()
	if err == nil || alike(got, after) {
		a.equal(after, got, "tables after success")
		return
	}
	a.equal(before, got, "tables after a failure")
	if f.Steps < f.At {
		a.must(err, "without a fault")
	}
}
