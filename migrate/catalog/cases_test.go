package catalog_test

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
)

// TestCases takes every fixture case, in both journal modes, through plan,
// apply, verify, planning again, undo and applying again.
func TestCases(t *testing.T) {
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		schema, ok := c.On("sqlite")
		if !ok {
			continue
		}
		for _, journal := range []string{"wal", "delete"} {
			t.Run(c.Name+"/"+journal, func(t *testing.T) {
				lifecycle(t, c, func() *shop { return newShop(t, journal, schema, c.Mapping, c.Policy, c.Dir, c.Now) })
			})
		}
	}
}

// lifecycle takes a case once through everything, and gives the digest of its
// plan.
func lifecycle(t *testing.T, c fixtures.Case, open func() *shop) string {
	t.Helper()
	s := open()
	before := s.dump()
	s.expectThere(c)
	s.expectHeld()
	plan, err := s.plan()
	if err != nil {
		t.Fatalf("plan: %v", detail(err))
	}
	expectFates(t, c, plan)
	applied, err := s.apply(plan)
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	if applied.Already != nil {
		t.Fatal("the first apply says already applied")
	}
	if again, err := s.apply(plan); err != nil || again.Already == nil {
		t.Errorf("apply again: %+v, %v; want already applied", again, err)
	}
	s.expectHeld()
	if empty := s.mustPlan(); !empty.Trailer().Totals.Empty() {
		t.Errorf("planning again is not empty: %+v", empty.Trailer().Totals)
	}
	if _, err := s.undo(applied.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
	if again := s.mustPlan(); again.Trailer().Digest != plan.Trailer().Digest {
		t.Errorf("the plan after undo has digest %s, not %s", again.Trailer().Digest, plan.Trailer().Digest)
	}
	if _, err := s.apply(plan); err != nil {
		t.Errorf("apply after undo: %v", detail(err))
	}
	return plan.Trailer().Digest
}

// detail spells out the errors that keep their rows to themselves.
func detail(err error) any {
	var u *migrate.UnverifiedError
	var r *migrate.RefusedError
	var s *migrate.StaleError
	var c *migrate.ConflictError
	switch {
	case errors.As(err, &u):
		return u.Differences
	case errors.As(err, &r):
		return r.Refusals
	case errors.As(err, &s):
		return s.Drift
	case errors.As(err, &c):
		return c.Conflicts
	}
	return err
}

// expectThere checks that the products that something is expected of are
// there: one that is not would be untouched too.
func (s *shop) expectThere(c fixtures.Case) {
	s.t.Helper()
	p := s.mapping.Products
	there := map[string]bool{}
	s.read(func(db *sql.DB) {
		for _, row := range table(s.t, db, fmt.Sprintf(`SELECT "%s" FROM "%s"`, p.ID, p.Table)) {
			there[row[0]] = true
		}
	})
	for _, e := range c.Expect {
		if !there[e.Product] && !there[unhex(e.Product)] {
			s.t.Errorf("there is no product %s", e.Product)
		}
	}
}

// unhex gives the bytes that an id of bytes is rendered of.
func unhex(id string) string {
	b, err := hex.DecodeString(id)
	if err != nil {
		return id
	}
	return string(b)
}

// expectFates compares the plan with the fates worked out by hand.
func expectFates(t *testing.T, c fixtures.Case, plan migrate.Plan) {
	t.Helper()
	got := map[string]string{}
	for change, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if p := change.Product; p != nil {
			got[p.ID] = string(p.Fate)
			if p.Fate == migrate.Reassign {
				got[p.ID] += " " + string(p.To)
			}
		}
	}
	for _, e := range c.Expect {
		want := e.Fate
		if want == string(migrate.Reassign) {
			want += " " + e.To
		}
		if got[e.Product] == "" {
			got[e.Product] = "untouched"
		}
		if got[e.Product] != want {
			t.Errorf("product %s: %s, want %s", e.Product, got[e.Product], want)
		}
	}
}
