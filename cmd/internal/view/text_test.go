package view_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/advice"
	"recat/taxonomy"
)

// texts are the renderings for people, by the name of their golden.
func texts(t *testing.T) map[string]func(io.Writer, view.Options) error {
	main, empty := mainPlan(), emptyPlan()
	small := main
	small.header.Limits = migrate.Limits{}
	small.header.Dates = migrate.Dates{}
	would, already, nothing, wrong := outcome(), outcome(), outcome(), outcome()
	would.DryRun, would.Applied.Receipt = true, migrate.Receipt{}
	already.Applied = migrate.Applied{Already: ptr(run(12, migrate.RunApply))}
	nothing.Applied = migrate.Applied{}
	wrong.Found, wrong.Applied.Drift = unverified(), nil
	undone := view.UndoOutcome{Dates: header().Dates, Undone: migrate.Undone{Run: run(12, migrate.RunApply), Receipt: migrate.Receipt{Run: 13, Locked: 512 * time.Millisecond, Rows: 96}}, At: ranAt.Add(time.Hour)}
	wouldUndo := view.UndoOutcome{Dates: header().Dates, Undone: migrate.Undone{Run: run(12, migrate.RunApply), Conflicts: conflicts()[:1]}, OnConflict: migrate.ConflictKeep, DryRun: true}
	receipt := view.RunReceipt{Run: runs()[0], Summary: main.summary(t), Verified: &view.Verified{}, Undos: runs()[1:2]}
	return map[string]func(io.Writer, view.Options) error{
		"plan":       func(w io.Writer, o view.Options) error { return view.PlanText(w, main.summary(t), "crypto.plan", o) },
		"plan-small": func(w io.Writer, o view.Options) error { return view.PlanText(w, small.summary(t), "", o) },
		"plan-tree":  func(w io.Writer, o view.Options) error { return view.PlanText(w, treeSummary(t), "", o) },
		"plan-variants": func(w io.Writer, o view.Options) error {
			return view.PlanText(w, variantsPlan().summary(t), "", o)
		},
		"plan-empty": func(w io.Writer, o view.Options) error { return view.PlanText(w, empty.summary(t), "", o) },
		"run":        func(w io.Writer, o view.Options) error { return view.RunText(w, receipt, o) },
		"applied":    func(w io.Writer, o view.Options) error { return view.AppliedText(w, outcome(), o) },
		"would":      func(w io.Writer, o view.Options) error { return view.AppliedText(w, would, o) },
		"already":    func(w io.Writer, o view.Options) error { return view.AppliedText(w, already, o) },
		"nothing":    func(w io.Writer, o view.Options) error { return view.AppliedText(w, nothing, o) },
		"unverified": func(w io.Writer, o view.Options) error { return view.AppliedText(w, wrong, o) },
		"verified": func(w io.Writer, o view.Options) error {
			return view.VerifiedText(w, view.Verified{Run: run(12, migrate.RunApply)}, o)
		},
		"verified-not": func(w io.Writer, o view.Options) error {
			return view.VerifiedText(w, view.Verified{Run: run(12, migrate.RunApply), Found: unverified()}, o)
		},
		"verified-pruned": func(w io.Writer, o view.Options) error {
			return view.VerifiedText(w, view.Verified{Run: prunedRun()}, o)
		},
		"run-pruned": func(w io.Writer, o view.Options) error {
			sum := main.summary(t)
			for i := range sum.Categories {
				sum.Categories[i].Groups = nil
			}
			sum.Sweeps = nil
			return view.RunText(w, view.RunReceipt{Run: prunedRun(), Summary: sum}, o)
		},
		"history-pruned": func(w io.Writer, o view.Options) error {
			return view.HistoryText(w, []migrate.Run{prunedRun(), run(15, migrate.RunApply)}, o)
		},
		"pruned": func(w io.Writer, o view.Options) error {
			return view.PrunedText(w, view.Pruned{Run: run(12, migrate.RunApply), Dropped: 4, At: ranAt}, o)
		},
		"pruned-already": func(w io.Writer, o view.Options) error {
			return view.PrunedText(w, view.Pruned{Run: prunedRun(), At: ranAt}, o)
		},
		"undone":        func(w io.Writer, o view.Options) error { return view.UndoneText(w, undone, o) },
		"would-undo":    func(w io.Writer, o view.Options) error { return view.UndoneText(w, wouldUndo, o) },
		"history":       func(w io.Writer, o view.Options) error { return view.HistoryText(w, runs(), o) },
		"history-empty": func(w io.Writer, o view.Options) error { return view.HistoryText(w, nil, o) },
		"fate":          func(w io.Writer, o view.Options) error { return view.FateText(w, "100011", tombstones(), runs(), o) },
		"fate-unknown":  func(w io.Writer, o view.Options) error { return view.FateText(w, "7", tombstones(), runs(), o) },
		"compare":       func(w io.Writer, o view.Options) error { return view.ComparedText(w, main, laterPlan(), o) },
		"compare-dates": func(w io.Writer, o view.Options) error { return view.ComparedText(w, main, postponed(), o) },
		"compare-same":  func(w io.Writer, o view.Options) error { return view.ComparedText(w, main, main, o) },
		"tree":          func(w io.Writer, _ view.Options) error { return view.TreeText(w, treeFrom(t)) },
		"tree-diff": func(w io.Writer, o view.Options) error {
			return view.TreeDiffText(w, taxonomy.Diff(treeFrom(t), treeTo(t)), o)
		},
		"tree-same":         func(w io.Writer, o view.Options) error { return view.TreeDiffText(w, nil, o) },
		"rehearsed":         func(w io.Writer, o view.Options) error { return view.RehearsedText(w, rehearsal(), o) },
		"rehearsed-drifted": func(w io.Writer, o view.Options) error { return view.RehearsedText(w, driftedRehearsal(), o) },
		"version":           func(w io.Writer, _ view.Options) error { return view.VersionText(w, version()) },
		"status":            func(w io.Writer, o view.Options) error { return view.StatusText(w, board(), o) },
		"status-calm": func(w io.Writer, o view.Options) error {
			return view.StatusText(w, view.Board{Rows: []view.BoardRow{appliedRow()}}, o)
		},
		"checked":      func(w io.Writer, o view.Options) error { return view.CheckedText(w, checked(), o) },
		"checked-none": func(w io.Writer, o view.Options) error { return view.CheckedText(w, nothingFound(), o) },
		"rules":        func(w io.Writer, o view.Options) error { return view.RulesText(w, advice.Rules(), o) },
		"next": func(w io.Writer, o view.Options) error {
			return view.Next(w, o, "recat rehearse crypto.plan --on CLONE", "recat show crypto.plan --format html --out review.html")
		},
	}
}

func TestText(t *testing.T) {
	for name, render := range texts(t) {
		t.Run(name, func(t *testing.T) {
			got := golden(t, name+".txt", func(w io.Writer) error { return render(w, view.Options{Now: now}) })
			noTrailingSpace(t, got)
		})
	}
	for _, name := range []string{"plan", "run", "would", "compare", "history", "applied", "status"} {
		t.Run(name+" narrow", func(t *testing.T) {
			golden(t, name+"-80.txt", func(w io.Writer) error { return texts(t)[name](w, view.Options{Now: now, Width: 80}) })
		})
	}
	t.Run("plan in colour", func(t *testing.T) {
		golden(t, "plan-colour.txt", func(w io.Writer) error {
			return texts(t)["plan"](w, view.Options{Now: now, Theme: view.Coloured})
		})
	})
}

// failures are errors as the command line hands them on.
func failures() map[string]view.Failure {
	return map[string]view.Failure{
		"stale": {Err: &migrate.StaleError{Drift: staleDrift(), Total: 6}, Code: "stale", Exit: 3,
			Next: []string{"recat plan crypto.yaml --out new.plan, then recat compare crypto.plan new.plan"}},
		"stale-many": {Err: &migrate.StaleError{Drift: staleDrift(), Total: 158_000}, Code: "stale", Exit: 3},
		"refused": {Err: &migrate.RefusedError{Refusals: []migrate.Refusal{
			{What: "discount_voucher_categories.category_id points at removed categories and the mapping restricts it", Rows: []string{`88 "CHIP10"`, `91 "MINER5"`},
				Answer: "answer it in the policy:  references: [{table: discount_voucher_categories, then: delete, reason: …}]"},
			{Pos: migrate.Pos{File: "crypto.yaml", Line: 14, Column: 11}, What: `"Archive" is protected by the mapping`}}}, Code: "refused", Exit: 4},
		"window": {Err: &migrate.WindowError{Window: migrate.WindowEarly, At: effective}, Code: "window", Exit: 5},
		"window-late": {Err: &migrate.WindowError{Window: migrate.WindowExpired, At: now.Add(-26 * time.Hour)},
			Code: "window", Exit: 5},
		"unverified": {Err: unverified(), Code: "unverified", Exit: 7},
		"conflict":   {Err: &migrate.ConflictError{Conflicts: conflicts()}, Code: "conflict", Exit: 8, Next: []string{"recat undo 12 --on-conflict keep"}},
		"data": {Err: migrate.FileErrors{{Pos: migrate.Pos{File: "crypto.yaml", Line: 14, Column: 11},
			Msg: "category \"Consumer Electronics > Blockchain Minners\" is not in the catalog\n        did you mean \"Consumer Electronics > Blockchain Miners\" (id 100010)?"},
			{Pos: migrate.Pos{File: "crypto.yaml", Line: 20}, Msg: "unknown key \"prodcts\""}}, Code: "data", Exit: 65},
		"error": {Err: errors.New("connect: refused\nis it running?"), Code: "error", Exit: 1},
		"busy":  {Err: migrate.ErrBusy, Code: "busy", Exit: 6},
	}
}

func TestErrorText(t *testing.T) {
	for name, f := range failures() {
		t.Run(name, func(t *testing.T) {
			got := golden(t, "error-"+name+".txt", func(w io.Writer) error { return view.ErrorText(w, f, view.Options{Now: now}) })
			noTrailingSpace(t, got)
		})
	}
}
