package view_test

import (
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

// board has a row of every kind, one of them with everything there is.
func board() view.Board {
	return view.Board{At: now, Rows: []view.BoardRow{unreadableRow(), openRow(), bannedRow(), draftedRow(), appliedRow()}}
}

func inside(id, path string, products, live, planned int) migrate.Inside {
	i := migrate.Inside{Category: taxonomy.ID(id), Path: path, Held: migrate.Held{Products: products, Live: live, Hidden: 1}}
	if planned >= 0 {
		i.Planned = ptr(planned)
	}
	return i
}

func standing(state migrate.State, dates migrate.Dates) *migrate.Standing {
	return &migrate.Standing{Policy: "crypto-mining-ban", Reason: "Alibaba.com notice of 27 September 2021", State: state, Dates: dates}
}

// bannedRow lacks approvals, has drifted, and its limits are near.
func bannedRow() view.BoardRow {
	const miners = "Consumer Electronics > Blockchain Miners"
	s := standing(migrate.StatePlanned, header().Dates)
	s.Dates.Expires = time.Date(2021, 10, 22, 6, 0, 0, 0, shanghai)
	s.Plan = mainPlan()
	s.Inside = []migrate.Inside{inside("100011", miners+" > Blockchain Miners", 41007, 38102, 41819),
		inside("100012", miners+" > Blockchain Miner Accessories \x1b[2J", 6894, 6001, 6894), inside("100010", miners, 1, 0, 0)}
	s.Drift = &migrate.Drifted{Total: 882, Fatal: 2, Rows: staleDrift(), Counts: map[migrate.DriftKind]int{
		migrate.Arrived: 31, migrate.Left: 824, migrate.Gone: 18, migrate.Edited: 9}}
	s.Approvals = migrate.Approved{Needed: 2, By: []string{"Zhao Min"}}
	s.Limits = []migrate.LimitUse{{Name: "delist", Used: 47926, Limit: 60000}, {Name: "live_share", Used: 0.081, Limit: 0.1},
		{Name: "drift", Used: 158, Limit: 150}}
	s.Refusals = []migrate.Refusal{{Pos: migrate.Pos{File: "crypto.yaml", Line: 14, Column: 11}, What: `"Archive" is protected by the mapping`,
		Answer: "take it out"}}
	s.Needs = []migrate.Need{{Kind: migrate.NeedLimit, Detail: "158 products changed since the plan, over limits.drift: 150"},
		{Kind: migrate.NeedReplan, Detail: "2 of 158 changes since the plan are more than the policy tolerates"},
		{Kind: migrate.NeedApproval, Detail: "1 of 2 approvals are missing"}}
	return view.BoardRow{Standing: s, File: "crypto.yaml", Plans: []string{"crypto.plan", "first.plan"},
		Next: []string{"recat plan crypto.yaml --out new.plan, then recat compare crypto.plan new.plan"}}
}

// openRow was applied, taken back, and is due again.
func openRow() view.BoardRow {
	s := standing(migrate.StateUndone, migrate.Dates{Zone: "Asia/Shanghai", Effective: now.Add(-3 * time.Hour)})
	s.Policy = "hoverboards"
	s.Run, s.Undo = ptr(runs()[0]), ptr(runs()[1])
	s.Inside = []migrate.Inside{inside("7", "Toys > Hoverboards", 32, 27, -1)}
	s.Limits = []migrate.LimitUse{{Name: "delist", Used: 32, Limit: 30, AtMost: true}}
	s.Needs = []migrate.Need{{Kind: migrate.NeedApply, Detail: "its date has come, and it was taken back"}}
	return view.BoardRow{Standing: s, File: "hoverboards.yaml", Next: []string{"recat plan hoverboards.yaml --out hoverboards.plan"}}
}

// draftedRow has no date, no plan and no need.
func draftedRow() view.BoardRow {
	s := standing(migrate.StateDrafted, migrate.Dates{})
	s.Policy, s.Approvals.Needed = "fireworks", 2
	return view.BoardRow{Standing: s, File: "fireworks.yaml"}
}

func appliedRow() view.BoardRow {
	s := standing(migrate.StateApplied, header().Dates)
	s.Policy, s.Run = "fidget-spinners", ptr(run(14, migrate.RunApply))
	s.Inside = []migrate.Inside{inside("9", "Toys > Fidget Spinners", 0, 0, -1)}
	return view.BoardRow{Standing: s, Plans: []string{"spinners.plan"}, Next: []string{"recat verify 14"}}
}

func unreadableRow() view.BoardRow {
	var faults migrate.FileErrors
	for i := range 12 {
		faults = append(faults, &migrate.FileError{Pos: migrate.Pos{File: "bad.yaml", Line: 1 + i, Column: 1}, Msg: "unknown key \"\u202eprodcts\""})
	}
	s := &migrate.Standing{State: migrate.StateUnreadable, Err: faults,
		Needs: []migrate.Need{{Kind: migrate.NeedReading, Detail: "the policy cannot be read"}}}
	return view.BoardRow{Standing: s, File: "bad.yaml", Code: "data"}
}
