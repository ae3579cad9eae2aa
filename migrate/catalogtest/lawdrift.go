package catalogtest

import (
	"errors"
	"slices"

	"pgregory.net/rapid"

	"recat/migrate"
)

// driftIsNamed: after edits from outside, apply either changes no row and
// names each difference and no other, or what it did lists exactly them.
func driftIsNamed(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	for i := range rapid.IntRange(1, 3).Draw(s.draw, "edits") {
		e := s.w.drawEdit(s.draw, i)
		a.edit(e)
		s.w.follow(e)
	}
	want, rows := drifted(s.t, d, a.view()), a.dump()
	done, err := migrate.Apply(a.ctx, a.Catalog, d, a.options())
	var stale *migrate.StaleError
	switch {
	case err == nil:
		a.equal(want.subjects(), subjects(done.Drift), "drift that was tolerated")
		a.recorded(done)
		return
	case errors.As(err, &stale):
		a.unchanged(rows, "after a stale plan")
		a.named(want, stale)
	default:
		a.must(err, "apply")
	}
}

// otherLot is how a consequence is told.
const otherLot = "the policy now does something else with it"

// recorded holds the run's record against what Apply returned.
func (a *actor) recorded(done migrate.Applied) {
	runs, err := a.Catalog.Runs(a.ctx)
	a.must(err, "list the runs")
	if len(runs) == 0 {
		a.t.Fatal("no run is recorded")
	}
	last := runs[len(runs)-1]
	a.equal(subjects(done.Drift), subjects(last.Drift), "drift in the run's record")
	a.equal(done.Totals, last.Totals, "totals in the run's record")
	for _, d := range done.Drift {
		if !d.Tolerated {
			a.t.Fatalf("applied over %+v", d)
		}
	}
}

// named holds a stale plan's differences against those there are. Where the
// tree itself no longer bears the policy, products cannot be decided and only
// the tree's differences are told. What follows from one difference may be
// named as well: a category that is new beside a planned one, or that the
// policy would now treat in another way.
func (a *actor) named(want drifts, stale *migrate.StaleError) {
	if slices.ContainsFunc(stale.Drift, func(d migrate.Drift) bool { return d.Subject == "policy" }) {
		return // the policy itself no longer finds what it names
	}
	got := subjects(slices.DeleteFunc(stale.Drift, func(d migrate.Drift) bool {
		return d.Kind == migrate.CategoryEdit && len(want.subjects()) > 0 &&
			(!want.planned[d.Subject] || d.Detail == otherLot && !slices.Contains(want.held, "category "+d.Subject))
	}))
	onlyTree := !slices.ContainsFunc(stale.Drift, func(d migrate.Drift) bool { return d.Kind != migrate.CategoryEdit })
	if onlyTree && len(want.tree) > 0 && slices.Equal(got, slices.Sorted(slices.Values(want.tree))) {
		return
	}
	a.equal(want.subjects(), got, "drift named")
}

// raceIsBeforeOrAfter: an edit made while apply runs is as if it had been made
// before or after it.
func raceIsBeforeOrAfter(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	e, at := s.w.drawEdit(s.draw, 0), rapid.IntRange(1, 40).Draw(s.draw, "step")
	made := false
	f := &Faulty{Catalog: a.Catalog, At: at, Do: func() error { made = a.Subject.Edit(e) == nil; return nil }}
	_, err := migrate.Apply(a.ctx, f, d, a.options())
	if !made {
		a.must(err, "apply")
		return
	}
	var stale *migrate.StaleError
	var refused *migrate.RefusedError
	if errors.As(err, &stale) || errors.As(err, &refused) {
		a.unchanged(s.replay(func(b *actor) { b.edit(e) }), "after a stale plan")
		return
	}
	var unverified *migrate.UnverifiedError
	if err != nil && !errors.As(err, &unverified) {
		a.must(err, "apply")
	}
	possible := false
	after := s.replay(func(b *actor) { b.apply(d); possible = b.Subject.Edit(e) == nil })
	if possible && alike(after, a.dump()) {
		return
	}
	a.unchanged(s.replay(func(b *actor) { b.edit(e); b.apply(d) }), "after an edit during apply")
}

// replay does something to another catalog of the same world, and dumps it.
func (s *scene) replay(do func(*actor)) map[string][]string {
	b := s.actor()
	defer b.close()
	do(b)
	return b.dump()
}
