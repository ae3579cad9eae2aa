package migrate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest"
)

// planned plans a policy for a fresh Memory.
func planned(t *testing.T, w *catalogtest.World, policy string) (*catalogtest.Memory, migrate.PlanRequest, *catalogtest.Draft) {
	t.Helper()
	m, req := catalogtest.NewMemory(w), request(t, policy, nil)
	plan, err := catalogtest.MakePlan(ctx, m, req)
	if err != nil {
		t.Fatal(told(err))
	}
	return m, req, plan
}

// apply applies a plan on the test's day.
func apply(m migrate.Catalog, req migrate.PlanRequest, plan migrate.Plan) (migrate.Applied, error) {
	return migrate.Apply(ctx, m, plan, migrate.ApplyOptions{Policy: req.Policy, Now: day, Operator: "op"})
}

func edit(t *testing.T, m *catalogtest.Memory, e catalogtest.Edit) {
	t.Helper()
	if err := m.Edit(e); err != nil {
		t.Fatal(err)
	}
}

func mustApply(t *testing.T, m migrate.Catalog, req migrate.PlanRequest, plan migrate.Plan) migrate.Applied {
	t.Helper()
	done, err := apply(m, req, plan)
	if err != nil {
		t.Fatal(told(err))
	}
	return done
}

// TestPlanAgain plans policies again after they were applied: tombstones
// answer for what their paths and ids named.
func TestPlanAgain(t *testing.T) {
	for _, c := range []struct{ name, tree, policy string }{
		{"a path", toys, "remove: [Books]\nproducts: delist"},
		{"an id", toys, "remove: [{id: '5'}]\nproducts: delist"},
		{"a path with other spaces", toys, "remove: [' Toys>Balls ']\nproducts: delist"},
		{"a name that holds a separator", "1 A>B\n2 C", "remove: ['A>B']\nproducts: delist"},
		{"a path below a promoted category", toys,
			"remove: [{category: Toys > Hoverboards, subtree: promote}]\nproducts: delist\ndelisted_to: Toys > Hoverboards > Spares"},
		{"closed", toys, "close: [Books]"},
		{"swept", toys, "sweep: [{rule: reds, when: 'product.title.contains(\"red\")', delist: code}]"},
		{"swept within what goes", toys, "remove: [Books]\nproducts: {reassign: Archive}\n" +
			"sweep: [{rule: blues, within: [Books], when: 'product.title.contains(\"blue\")', delist: code}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, req, plan := planned(t, shop(t, catalogtest.Plain, c.tree, "10 active red in 2"), c.policy)
			mustApply(t, m, req, plan)
			again, err := catalogtest.MakePlan(ctx, m, req)
			if err != nil {
				t.Fatal(told(err))
			}
			if got := lines(t, again); got != nil {
				t.Errorf("planned again: %v", got)
			}
			if done := mustApply(t, m, req, plan); done.Already == nil {
				t.Error("applied again")
			}
		})
	}
}

// TestHazardsOfNothing plans a policy that has nothing left to do over a
// catalog that would refuse one.
func TestHazardsOfNothing(t *testing.T) {
	m, req, plan := planned(t, shop(t, catalogtest.Plain, toys), "remove: [Books]\nproducts: delist")
	mustApply(t, m, req, plan)
	m.Hazards = []migrate.Hazard{{What: "trigger", Name: "t", Detail: "writes to categories"}}
	if _, err := catalogtest.MakePlan(ctx, m, req); err != nil {
		t.Errorf("planned again: %v", told(err))
	}
	fresh := catalogtest.NewMemory(shop(t, catalogtest.Plain, toys))
	fresh.Hazards = m.Hazards
	if _, err := catalogtest.MakePlan(ctx, fresh, req); err == nil || !strings.Contains(told(err), "trigger t") {
		t.Errorf("planned over a hazard: %v", err)
	}
}

// TestSoftAgain retires categories one after another where they keep their
// rows: what an earlier run marked is neither a child, nor a home, nor a
// place to send things.
func TestSoftAgain(t *testing.T) {
	soft := catalogtest.Shape{Memberships: true, Soft: true}
	w := shop(t, soft, strings.Replace(toys, "  4 Balls", "    7 Wheels\n  4 Balls", 1), "10 active red in 3", "11 active blue in 3 4")
	m, req, plan := planned(t, w, "remove: [Toys > Hoverboards > Spares]\nproducts: delist\nelsewhere: treat")
	mustApply(t, m, req, plan)
	for _, c := range []struct {
		name, policy string
		want         []string
		refused      string
	}{
		{"the parent has no child left", "remove: [Toys > Hoverboards, Toys > Hoverboards > Wheels]\nproducts: delist", []string{"remove 2 entry", "remove 7 entry"}, ""},
		{"nor a child to remove", "remove: [{category: Toys > Hoverboards, subtree: remove}]\nproducts: delist", []string{"remove 2 entry", "remove 7 subtree"}, ""},
		{"an ancestor is emptied beside it", "remove: [Toys > Hoverboards > Wheels]\nproducts: delist\nemptied: remove",
			[]string{"remove 2 emptied", "remove 7 entry"}, ""},
		{"what is marked is not elsewhere", "remove: [Toys > Balls]\nproducts: {reassign: Books}",
			[]string{"remove 4 entry then 5", "11 reassign 5 by products: +3 +4 → +3 +5"}, ""},
		{"it is no target", "remove: [Toys > Balls]\nproducts: {reassign: {id: '3'}}", nil, "was removed by an earlier run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := catalogtest.MakePlan(ctx, m, request(t, c.policy, nil))
			if c.refused != "" {
				if err == nil || !strings.Contains(told(err), c.refused) {
					t.Fatalf("told: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(told(err))
			}
			if d := cmp.Diff(c.want, lines(t, plan)); d != "" {
				t.Errorf("changes (-want +got):\n%s", d)
			}
		})
	}
}

// TestDrift edits a catalog between plan and apply.
func TestDrift(t *testing.T) {
	const all = "\ndrift: {arrived: rules, left: skip, edited: same-fate}"
	const delist = "remove: [Toys > Balls]\nproducts: delist"
	const reds = "remove: [Toys > Balls]\nproducts:\n  - {rule: reds, when: 'product.title.contains(\"red\")', reassign: Books}\n  - {rule: rest, delist: code}"
	report := "remove: [Toys > Balls]\nproducts: delist\nsweep: [{rule: reds, when: 'product.title.contains(\"red\")', report: true}]"
	emptied := "remove: [Toys > Hoverboards > Spares]\nproducts: delist\nemptied: remove\n" +
		"sweep: [{rule: reds, when: 'product.title.contains(\"red\")', delist: code}]"
	retitle := catalogtest.Edit{Do: catalogtest.Retitle, Product: "10", Text: "blue"}
	for _, c := range []struct {
		name, policy string
		edit         catalogtest.Edit
		want         []string // kind, subject, fate and detail; "!" where tolerated
	}{
		{"arrived", delist, catalogtest.Edit{Do: catalogtest.Arrive, Product: "77", To: "4", Text: "x"}, []string{"arrived 77: arrived in Toys > Balls"}},
		{"arrived, by the rules", delist + all, catalogtest.Edit{Do: catalogtest.Arrive, Product: "77", To: "4", Text: "x"},
			[]string{"! arrived 77 delist: arrived in Toys > Balls"}},
		{"a reported product arrived", report, catalogtest.Edit{Do: catalogtest.Refile, Product: "11", From: "5", To: "4"},
			[]string{"arrived 11: arrived in Toys > Balls"}},
		{"arrived in what was to be emptied", emptied, catalogtest.Edit{Do: catalogtest.Arrive, Product: "77", To: "2", Text: "red"},
			[]string{"category 2: the policy now does something else with it", "arrived 77: arrived in Toys > Hoverboards"}},
		{"left", delist, catalogtest.Edit{Do: catalogtest.Refile, Product: "10", From: "4", To: "5"}, []string{"left 10: left for Books"}},
		{"left, skipped", delist + all, catalogtest.Edit{Do: catalogtest.Refile, Product: "10", From: "4", To: "5"}, []string{"! left 10: left for Books"}},
		{"gone", delist, catalogtest.Edit{Do: catalogtest.Delete, Product: "10"}, []string{"gone 10: is gone"}},
		{"gone, skipped", delist + all, catalogtest.Edit{Do: catalogtest.Delete, Product: "10"}, []string{"! gone 10: is gone"}},
		{"retitled, and nobody reads titles", delist, retitle, nil},
		{"retitled, and a rule reads titles", reds, retitle, []string{`edited 10: title "red" → "blue": rule reds no longer decides it`}},
		{"retitled to another fate is never tolerated", reds + all, retitle, []string{`edited 10: title "red" → "blue": rule reds no longer decides it`}},
		{"retitled to the same fate", reds + all, catalogtest.Edit{Do: catalogtest.Retitle, Product: "10", Text: "redder"},
			[]string{`! edited 10 reassign 5: title "red" → "redder"`}},
		{"switched off", delist, catalogtest.Edit{Do: catalogtest.Switch, Product: "10", Text: "ended"},
			[]string{`edited 10: switched off: live 1 → ∅; state "active" → "ended"`}},
		{"repriced", delist, catalogtest.Edit{Do: catalogtest.Reprice, Product: "10"}, nil},
		{"a new child", delist, catalogtest.Edit{Do: catalogtest.Child, From: "4", To: "77", Text: "x"}, []string{"category 4: new child 77"}},
		{"renamed", delist, catalogtest.Edit{Do: catalogtest.Rename, From: "1", Text: "Games"}, []string{`category 1: renamed "Toys" → "Games"`}},
		{"renamed elsewhere", delist, catalogtest.Edit{Do: catalogtest.Rename, From: "5", Text: "Games"}, nil},
		{"a sweep's bounds renamed", "sweep: [{rule: reds, within: [Books], when: 'product.title.contains(\"red\")', delist: code}]",
			catalogtest.Edit{Do: catalogtest.Rename, From: "5", Text: "Games"}, []string{"category policy.yaml:2:31: category \"Books\" is not in the catalog"}},
		{"a new reference", delist, catalogtest.Edit{Do: catalogtest.Point, To: "4", Text: "77"}, []string{"reference menu_items 77: now points at 4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := shop(t, catalogtest.Plain, toys, "10 active red in 4", "11 active red in 5")
			m, req, plan := planned(t, w, c.policy)
			edit(t, m, c.edit)
			before := m.Dump()
			done, err := apply(m, req, plan)
			drift := done.Drift
			var stale *migrate.StaleError
			if errors.As(err, &stale) {
				drift = stale.Drift
				if d := cmp.Diff(before, m.Dump()); d != "" {
					t.Errorf("changed (-want +got):\n%s", d)
				}
			} else if err != nil {
				t.Fatal(told(err))
			}
			if d := cmp.Diff(c.want, driftLines(drift)); d != "" {
				t.Errorf("drift (-want +got):\n%s", d)
			}
		})
	}
}

func driftLines(all []migrate.Drift) []string {
	var out []string
	for _, d := range all {
		words := []string{string(d.Kind), d.Subject, string(d.Fate), string(d.To)}
		if d.Tolerated {
			words = append([]string{"!"}, words...)
		}
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		out = append(out, strings.Join(words, " ")+": "+d.Detail)
	}
	return out
}

// TestProhibitedArrival: nobody cleared what arrives in a prohibited category.
func TestProhibitedArrival(t *testing.T) {
	m, req, plan := planned(t, shop(t, catalogtest.Plain, toys),
		"remove: [{category: Books, prohibited: true, products: [{rule: fine, reassign: Archive, cleared: LEG-1}]}]\ndrift: {arrived: rules}")
	edit(t, m, catalogtest.Edit{Do: catalogtest.Arrive, Product: "77", To: "5", Text: "x"})
	done := mustApply(t, m, req, plan)
	if d := cmp.Diff([]string{"! arrived 77 delist: arrived in Books"}, driftLines(done.Drift)); d != "" {
		t.Errorf("drift (-want +got):\n%s", d)
	}
}

func TestLimits(t *testing.T) {
	products := []string{"9 ended a in 5", "10 active a in 5", "11 active a in 5", "12 active a in 4", "13 trash a in 5"}
	for _, c := range []struct{ name, limits, refused string }{
		{"delist, held", "delist: 4", ""},
		{"delist, broken", "delist: 3", "4 products would be delisted, over limits.delist: 3"},
		{"live_share, held", "live_share: 67%", ""},
		{"live_share, broken", "live_share: 50%", "2 of 3 live products (66.7%) would be delisted, over limits.live_share: 50%"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := catalogtest.NewMemory(shop(t, catalogtest.Plain, toys, products...))
			_, err := catalogtest.MakePlan(ctx, m, request(t, "remove: [Books]\nproducts: delist\nlimits: {"+c.limits+"}", nil))
			if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(told(err), c.refused) {
				t.Errorf("told: %v, want %q", err, c.refused)
			}
		})
	}
}

func TestDriftLimit(t *testing.T) {
	m, req, plan := planned(t, shop(t, catalogtest.Plain, toys),
		"remove: [Books]\nproducts: delist\ndrift: {arrived: rules}\nlimits: {drift: 1}")
	edit(t, m, catalogtest.Edit{Do: catalogtest.Arrive, Product: "77", To: "5", Text: "x"})
	edit(t, m, catalogtest.Edit{Do: catalogtest.Arrive, Product: "78", To: "5", Text: "x"})
	if _, err := apply(m, req, plan); err == nil || !strings.Contains(told(err), "2 products changed since the plan, over limits.drift: 1") {
		t.Errorf("told: %v", err)
	}
}

func TestTotals(t *testing.T) {
	_, _, plan := planned(t, shop(t, catalogtest.Plain, toys, "9 ended a in 5", "10 active a in 5", "11 delisted a in 5", "13 trash a in 5", "14 active red in 4"),
		"remove: [Books]\nproducts: delist\nsweep: [{rule: reds, when: 'product.title.contains(\"red\")', report: true}]")
	want := migrate.Totals{Removed: 1, Found: 4, Delisted: 4, WasOff: 3, Hidden: 1, LiveDelist: 1, Reported: 1}
	if d := cmp.Diff(want, plan.Trailer().Totals); d != "" {
		t.Errorf("totals (-want +got):\n%s", d)
	}
}

func TestApplyWindow(t *testing.T) {
	m, req, plan := planned(t, shop(t, catalogtest.Plain, toys),
		"remove: [Books]\nproducts: delist\ndates: {effective: 2021-10-08, expires: 2021-10-10}")
	for _, c := range []struct {
		name string
		opts migrate.ApplyOptions
		want migrate.Window
	}{
		{"early", migrate.ApplyOptions{Now: day.AddDate(0, 0, -2)}, migrate.WindowEarly},
		{"late", migrate.ApplyOptions{Now: day.AddDate(0, 0, 1)}, migrate.WindowExpired},
		{"late, whatever the reason", migrate.ApplyOptions{Now: day.AddDate(0, 0, 1), Early: "sorry"}, migrate.WindowExpired},
		{"early, with a reason", migrate.ApplyOptions{Now: day.AddDate(0, 0, -2), Early: "legal asks"}, migrate.WindowOpen},
	} {
		c.opts.Policy = req.Policy
		_, err := migrate.Apply(ctx, m, plan, c.opts)
		var window *migrate.WindowError
		if got := errors.As(err, &window); got != (c.want != migrate.WindowOpen) || got && window.Window != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestConflictRows: conflicts are one a column, and rows are counted.
func TestConflictRows(t *testing.T) {
	conflicts := []migrate.Conflict{{Table: "p", Row: "1", Column: "a"}, {Table: "p", Row: "1", Column: "b"}, {Table: "q", Row: "1"}}
	if n := migrate.ConflictRows(conflicts); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

// TestPreviewUndo: without a word on conflicts, a preview fails as undo would.
func TestPreviewUndo(t *testing.T) {
	m, req, plan := planned(t, shop(t, catalogtest.Plain, toys, "10 active a in 5"), "remove: [Books]\nproducts: delist")
	mustApply(t, m, req, plan)
	edit(t, m, catalogtest.Edit{Do: catalogtest.Switch, Product: "10", Text: "ended"})
	var conflict *migrate.ConflictError
	if _, err := migrate.PreviewUndo(ctx, m, 1, migrate.UndoOptions{}); !errors.As(err, &conflict) {
		t.Errorf("preview: %v", err)
	}
	if _, err := migrate.Undo(ctx, m, 1, migrate.UndoOptions{Now: day.Add(time.Hour)}); !errors.As(err, &conflict) {
		t.Errorf("undo: %v", err)
	}
}
