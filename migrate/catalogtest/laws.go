package catalogtest

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"recat/migrate"
)

// Laws holds a Catalog to the laws, over random worlds, policies, faults and
// edits from outside. A failure prints the seed that brings it back.
func Laws(t *testing.T, open Open) {
	for _, law := range []struct {
		name  string
		check func(*scene)
	}{
		{"the plan is what runs", applyFollowsPlan},
		{"what derives from the tree follows it", treeFollows},
		{"drift changes nothing or is listed", driftIsNamed},
		{"a race is before or after", raceIsBeforeOrAfter},
		{"a fault leaves before or after", faultIsBeforeOrAfter},
		{"an interrupt leaves before or after", interruptIsBeforeOrAfter},
		{"undo is exact", undoIsExact},
		{"undo keeps later edits", undoMeetsEdits},
		{"an appeal restores what it names", appealRestores},
		{"undo takes appeals along", undoTakesAppeals},
		{"an appeal is before or after", appealIsBeforeOrAfter},
		{"every product has one fate", oneFate},
		{"reading writes nothing", readingWritesNothing},
		{"an audit only reads, and finds nothing by itself", auditReads},
		{"what products lack is told", lacksAreRight},
		{"one answer everywhere", agreesWithMemory},
		{"planning again is empty", planningAgain},
		{"runs stand on each other", runsStack},
		{"the policy's text is the policy", textIsPolicy},
	} {
		t.Run(law.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { law.check(newScene(rt, open)) })
		})
	}
	t.Run("every step may fail", func(t *testing.T) { everyStep(t, open) })
}

// applyFollowsPlan: after apply the catalog shows just what the plan's changes
// make of what it showed before, and no more rows differ than were counted.
func applyFollowsPlan(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil {
		return
	}
	before, rows := a.view(), a.dump()
	want := before.after(s.t, d, s.w.Shape)
	done := a.apply(d)
	a.equal(want, a.view(), "the catalog after apply")
	if n := rowsGone(rows, a.dump()); n > done.Receipt.Rows {
		s.t.Fatalf("%d rows differ, the receipt counts %d", n, done.Receipt.Rows)
	}
	a.equal(d.Trailer().Totals, done.Totals, "totals of the run")
	a.must(a.verify(), "verify")
}

// verify verifies the last run, where there is one.
func (a *actor) verify() error {
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	if errors.Is(err, migrate.ErrNoRun) {
		return nil
	}
	a.must(err, "find the last run")
	return migrate.Verify(a.ctx, a.Catalog, run)
}

// rowsGone counts the rows that are no longer there as they were.
func rowsGone(before, after map[string][]string) int64 {
	var n int64
	for table, rows := range before {
		left := slices.Clone(after[table])
		for _, r := range rows {
			if i := slices.Index(left, r); i >= 0 {
				left = slices.Delete(left, i, i+1)
			} else {
				n++
			}
		}
	}
	return n
}

// alike reports whether two dumps are the same.
func alike(a, b map[string][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for table := range a {
		if !slices.Equal(a[table], b[table]) {
			return false
		}
	}
	return true
}
