package migrate_test

import (
	"slices"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/catalogtest"
)

const spheres = "1 Toys\n  2 Balls\n  3 Kites\n4 Books"

// TestStand finds where policies stand, from the first draft to long after.
func TestStand(t *testing.T) {
	const policy = "remove: [Toys > Balls]\nproducts: {reassign: Toys}\nlimits: {drift: 1}\ndates: {announced: 2021-10-01, effective: 2021-10-08, expires: 2021-10-20}\n"
	at := func(month time.Month, d int) time.Time { return time.Date(2021, month, d, 0, 0, 0, 0, time.UTC) }
	arrive := func(id string) catalogtest.Edit {
		return catalogtest.Edit{Do: catalogtest.Arrive, Product: id, To: "2", Text: "ball"}
	}
	for _, c := range []struct {
		name     string
		policy   string
		shape    catalogtest.Shape
		now      time.Time
		plan     bool
		do       func(t *testing.T, m *catalogtest.Memory, req migrate.PlanRequest, plan migrate.Plan)
		approved []string
		edited   bool
		state    migrate.State
		needs    []migrate.NeedKind
	}{
		{name: "drafted", policy: policy, now: at(9, 20), state: migrate.StateDrafted},
		{name: "announced", policy: policy, now: at(10, 1), state: migrate.StateAnnounced, needs: []migrate.NeedKind{migrate.NeedPlan}},
		{name: "planned", policy: policy, now: at(10, 2), plan: true, state: migrate.StatePlanned},
		{name: "edited", policy: policy, now: at(10, 2), plan: true, edited: true, state: migrate.StatePlanned, needs: []migrate.NeedKind{migrate.NeedEdited}},
		{name: "lacks an approval", policy: policy + "approvals: 2\n", now: at(10, 2), plan: true, approved: []string{"Zhao"},
			state: migrate.StatePlanned, needs: []migrate.NeedKind{migrate.NeedApproval}},
		{name: "approved", policy: policy + "approvals: 2\n", now: at(10, 2), plan: true, approved: []string{"Zhao", "Lin"}, state: migrate.StateApproved},
		{name: "open", policy: policy, now: at(10, 8), plan: true, state: migrate.StateOpen, needs: []migrate.NeedKind{migrate.NeedApply}},
		{name: "open without a plan", policy: policy, now: at(10, 8), state: migrate.StateOpen, needs: []migrate.NeedKind{migrate.NeedApply}},
		{name: "expired", policy: policy, now: at(10, 20), plan: true, state: migrate.StateExpired, needs: []migrate.NeedKind{migrate.NeedExpired}},
		{name: "drifted", policy: policy, now: at(10, 2), plan: true, state: migrate.StatePlanned, needs: []migrate.NeedKind{migrate.NeedReplan},
			do: func(t *testing.T, m *catalogtest.Memory, _ migrate.PlanRequest, _ migrate.Plan) {
				edit(t, m, arrive("30"))
			}},
		{name: "drifted over a limit", policy: policy + "drift: {arrived: rules}\n", now: at(10, 2), plan: true, state: migrate.StatePlanned,
			needs: []migrate.NeedKind{migrate.NeedLimit},
			do: func(t *testing.T, m *catalogtest.Memory, _ migrate.PlanRequest, _ migrate.Plan) {
				edit(t, m, arrive("30"))
				edit(t, m, arrive("31"))
			}},
		{name: "a hazard", policy: policy, now: at(10, 2), plan: true, state: migrate.StatePlanned, needs: []migrate.NeedKind{migrate.NeedAnswer},
			do: func(_ *testing.T, m *catalogtest.Memory, _ migrate.PlanRequest, _ migrate.Plan) {
				m.Hazards = []migrate.Hazard{{What: "trigger", Name: "t", Detail: "fires"}}
			}},
		{name: "a plan would be refused", policy: "remove: [Toys]\nproducts: delist\n", now: at(10, 2), state: migrate.StateDrafted,
			needs: []migrate.NeedKind{migrate.NeedAnswer}},
		{name: "applied", policy: policy, now: at(11, 2), plan: true, do: applyIt, state: migrate.StateApplied},
		{name: "applied, without its plan", policy: policy, now: at(11, 2), do: applyIt, state: migrate.StateApplied},
		{name: "applied, and listed again", policy: policy, shape: catalogtest.Soft, now: at(11, 2), do: func(t *testing.T, m *catalogtest.Memory, req migrate.PlanRequest, plan migrate.Plan) {
			applyIt(t, m, req, plan)
			edit(t, m, arrive("32"))
		}, state: migrate.StateApplied, needs: []migrate.NeedKind{migrate.NeedClearing}},
		{name: "taken back", policy: policy, now: at(10, 2), plan: true, do: func(t *testing.T, m *catalogtest.Memory, req migrate.PlanRequest, plan migrate.Plan) {
			applyIt(t, m, req, plan)
			if _, err := migrate.Undo(ctx, m, 1, migrate.UndoOptions{Now: day}); err != nil {
				t.Fatal(err)
			}
		}, state: migrate.StateUndone},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.shape == (catalogtest.Shape{}) {
				c.shape = catalogtest.Plain
			}
			w := shop(t, c.shape, spheres, "21 active red in 2", "22 ended blue in 2", "23 active kite in 3")
			m, req := catalogtest.NewMemory(w), request(t, c.policy, nil)
			ask := migrate.StandRequest{Policy: req.Policy, Approved: c.approved, Edited: c.edited, Now: c.now, Soon: 7 * 24 * time.Hour}
			if c.plan || c.do != nil {
				plan, err := catalogtest.MakePlan(ctx, m, req)
				if err != nil {
					t.Fatal(told(err))
				}
				if c.do != nil {
					c.do(t, m, req, plan)
				}
				if c.plan {
					ask.Plan = plan
				}
			}
			s, err := migrate.Stand(ctx, m, ask)
			if err != nil {
				t.Fatal(told(err))
			}
			var needs []migrate.NeedKind
			for _, n := range s.Needs {
				needs = append(needs, n.Kind)
			}
			if s.State != c.state || !slices.Equal(needs, c.needs) {
				t.Errorf("%s with the needs %v; want %s with %v", s.State, s.Needs, c.state, c.needs)
			}
		})
	}
}

func applyIt(t *testing.T, m *catalogtest.Memory, req migrate.PlanRequest, plan migrate.Plan) {
	t.Helper()
	mustApply(t, m, req, plan)
}

// TestStandInside counts what is still in the categories against the plan.
func TestStandInside(t *testing.T) {
	w := shop(t, catalogtest.Plain, spheres, "21 active red in 2", "22 ended blue in 2", "24 trash gone in 2", "23 active kite in 3")
	m, req, plan := planned(t, w, "remove: [Toys > Balls]\nproducts: {reassign: Toys}\ndrift: {left: skip}\n")
	edit(t, m, catalogtest.Edit{Do: catalogtest.Refile, Product: "21", From: "2", To: "3"})
	s, err := migrate.Stand(ctx, m, migrate.StandRequest{Policy: req.Policy, Plan: plan, Now: day})
	if err != nil {
		t.Fatal(err)
	}
	more, _ := s.Inside[0].Change()
	if i := s.Inside[0]; len(s.Inside) != 1 || i.Held != (migrate.Held{Products: 2, Hidden: 1}) || *i.Planned != 3 || more != -1 {
		t.Errorf("inside: %+v", s.Inside)
	}
	if d := s.Drift; d.Total != 1 || d.Fatal != 0 || d.Counts[migrate.Left] != 1 {
		t.Errorf("drift: %+v", d)
	}
}
