package catalogtest

import (
	"context"
	"testing"

	"recat/fixtures"
	"recat/migrate"
)

// OpenCase fills a fresh catalog with a case's rows and reads its policy.
type OpenCase func(fixtures.Case) (Subject, *migrate.Policy, error)

// Cases holds a Catalog to the laws over the fixture cases: each product has
// the fate worked out by hand; apply, verify, planning again, undo and
// applying again go through; and every step of apply and undo may fail or be
// interrupted. Cases that skip reports are left out.
func Cases(t *testing.T, open OpenCase, skip func(fixtures.Case) bool) {
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if skip(c) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			s, a := newCase(t, c, open)
			defer a.close()
			a.lifecycle(c)
			for name, wrap := range map[string]wrapper{"fault": failing, "interrupt": interrupted} {
				t.Run(name, func(t *testing.T) {
					s.t = t
					a.everyStep(wrap)
				})
			}
		})
	}
}

// newCase opens a case as a scene whose world is the case's own.
func newCase(t *testing.T, c fixtures.Case, open OpenCase) (*scene, *actor) {
	sub, policy, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, ctx: context.Background(), policy: policy, now: c.Now, req: migrate.PlanRequest{Policy: policy,
		PolicyFile: "policy.yaml", PolicyText: c.Policy, Files: c.Files, Who: "w", Recat: "test", Now: c.Now}}
	return s, &actor{s, sub}
}

// lifecycle takes a case once through everything.
func (a *actor) lifecycle(c fixtures.Case) {
	before := a.dump()
	d, err := MakePlan(a.ctx, a.Catalog, a.req)
	a.must(err, "plan")
	a.fates(c, d)
	_, err = migrate.Preview(a.ctx, a.Catalog, d, a.options())
	a.must(err, "preview")
	a.unchanged(before, "after planning and a preview")
	done := a.apply(d)
	after := a.dump()
	if n := rowsGone(before, after); n > done.Receipt.Rows {
		a.t.Fatalf("%d rows differ, the receipt counts %d", n, done.Receipt.Rows)
	}
	again, err := MakePlan(a.ctx, a.Catalog, a.req)
	a.must(err, "plan again")
	if !empty(again) {
		a.t.Fatalf("planning again changes\n%s", again.texts())
	}
	if a.apply(d).Already == nil {
		a.t.Fatal("applying again does not say that the plan was applied")
	}
	a.halves(d, after)
	_, err = a.undo(migrate.ConflictFail)
	a.must(err, "undo")
	a.unchanged(before, "after undo")
}

// fates holds a plan against what was worked out by hand.
func (a *actor) fates(c fixtures.Case, d *Draft) {
	got := map[string]string{}
	for change, err := range d.Changes() {
		a.must(err, "read the plan")
		if p := change.Product; p != nil {
			got[p.ID] = fate(p.Fate, string(p.To))
		}
	}
	for _, e := range c.Expect {
		want := fate(migrate.Fate(e.Fate), e.To)
		if want == "untouched" {
			want = ""
		}
		if got[e.Product] != want {
			a.t.Errorf("product %s: %q, want %q", e.Product, got[e.Product], want)
		}
	}
}

// fate writes a fate with the target that only a reassignment has.
func fate(f migrate.Fate, to string) string {
	if f == migrate.Reassign {
		return string(f) + " " + to
	}
	return string(f)
}

// there applies a plan and undoes it, and gives the tables in between.
func (a *actor) there(d *Draft) map[string][]string {
	a.apply(d)
	after := a.dump()
	_, err := a.undo(migrate.ConflictFail)
	a.must(err, "undo")
	return after
}

// everyStep breaks apply and undo at each of their steps in turn; of the many
// alike ones of a long plan, at some.
func (a *actor) everyStep(wrap wrapper) {
	d, err := MakePlan(a.ctx, a.Catalog, a.req)
	a.must(err, "plan")
	before := a.dump()
	after, again := a.there(d), a.there(d)
	if !alike(after, again) {
		after = nil
	}
	for at, more := 1, true; more; at += 1 + at/4 {
		applied := a.brokenApply(d, before, after, wrap, at)
		undone := a.brokenUndo(before, after, wrap, at)
		more = applied || undone
	}
}
