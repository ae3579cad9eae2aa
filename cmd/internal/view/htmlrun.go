package view

import (
	"encoding/json"
	"strings"
	"time"

	"recat/migrate"
)

// runHeader says what a run did, when, and by whose word.
func (r *reviewer) runHeader(h *htmlPage) {
	run, d := r.run.Run, r.s.Header.Dates
	h.in("p.kicker", func() {
		h.text("Receipt of run " + count(run.ID) + " ")
		h.badge(state(run))
		h.raw(" ")
		r.prohibited(h)
	})
	h.el("h1", r.s.Header.Policy)
	h.el("p.reason", r.s.Header.Reason)
	h.in("p.verdict", func() { h.text(r.runVerdict()) })
	h.in("dl.facts", func() {
		did := "Applied"
		switch {
		case run.Partial():
			did = "Restored"
		case run.Kind == migrate.RunUndo:
			did = "Undone"
		}
		h.fact(did, func() { h.when(run.At, d, false) })
		h.fact("By", func() { h.text(run.Operator) })
		h.fact("Rows changed", func() { h.text(count(run.Rows)) })
		h.fact("Recat", func() { h.text(run.Version) })
		if run.Partial() && run.Appeal.Into != "" {
			h.fact("Where their own category is gone", func() { h.text("into " + named(run.Appeal.IntoPath, run.Appeal.Into)) })
		}
		for _, reason := range [][2]string{{"Before its date, because", run.Early}, {"Because", run.Reason}} {
			if reason[1] != "" {
				h.fact(reason[0], func() { h.text(reason[1]) })
			}
		}
	})
	r.approvals(h)
	r.undos(h)
}

// runVerdict is the run in a sentence, and whether it still holds.
func (r *reviewer) runVerdict() string {
	run := r.run.Run
	out := upperFirst(runDid(run)) + "."
	switch kind := state(run); {
	case kind == "undo" && !run.Totals.Empty(): // else of an appeal, whose run is named already
		out = "Run " + count(run.Of) + " was taken back: " + runDid(run) + "."
	case kind == "undone":
		out += " It was undone by run " + count(run.UndoneBy) + "."
	}
	if r.run.Verified == nil {
		return out
	}
	if r.run.Verified.Found == nil {
		return out + " The catalog is what it left behind."
	}
	return out + " The catalog differs from what it left behind in " + some(r.run.Verified.Found.Total, "place", "places") + "."
}

// approvals lists who approved the run.
func (r *reviewer) approvals(h *htmlPage) {
	var given []struct {
		By, Ref string
		At      time.Time
	}
	if json.Unmarshal(r.run.Run.Approvals, &given) != nil || len(given) == 0 {
		if r.run.Run.Kind == migrate.RunApply {
			h.el("p.note", "No approval is recorded.")
		}
		return
	}
	h.in("ul.approvals", func() {
		for _, a := range given {
			h.in("li", func() {
				h.text("Approved by " + a.By)
				if !a.At.IsZero() {
					h.text(" on ")
					h.when(a.At, r.s.Header.Dates, false)
				}
				if a.Ref != "" {
					h.text(" (" + a.Ref + ")")
				}
			})
		}
	})
}

// undos lists the runs that took it back, in part or whole.
func (r *reviewer) undos(h *htmlPage) {
	if len(r.run.Undos) == 0 {
		return
	}
	h.in("ul.approvals", func() {
		for _, undo := range r.run.Undos {
			h.in("li", func() {
				did := "undone"
				if undo.Partial() {
					did = "restored"
					h.text(upperFirst(appealLine(undo)) + ": ")
				}
				h.badge(did)
				h.text(" by run " + count(undo.ID) + ", ")
				h.when(undo.At, r.s.Header.Dates, false)
				h.text(" by " + undo.Operator)
				if undo.Reason != "" {
					h.text(": " + undo.Reason)
				}
			})
		}
	})
}

// keptRows lists what an undo kept as it was edited since.
func (r *reviewer) keptRows(h *htmlPage) {
	rows := r.run.Run.Kept
	h.el("p", "These had been edited since the run, and were kept as they are.")
	h.table(htmlTable{ID: "kept-rows", Caption: "Kept", Noun: [2]string{"difference", "differences"},
		Columns: []htmlColumn{{Name: "Row", Head: true}, {Name: "Column"}, {Name: "What was kept", Wide: true}}},
		len(rows), func(i int) []htmlCell {
			return textCells(conflictRow(rows[i]), rows[i].Column, rows[i].Detail)
		})
}

// drifted lists what had changed since the plan, and how it was treated.
func (r *reviewer) drifted(h *htmlPage) {
	drift := intolerableFirst(r.run.Run.Drift)
	h.el("p", "The catalog had changed since the plan: "+driftTally(drift)+". The policy tolerates that, and says how.")
	h.table(htmlTable{ID: "drift-rows", Caption: "Tolerated changes", Noun: [2]string{"change", "changes"},
		Columns: []htmlColumn{{Name: "Change", Badge: true, Filter: true}, {Name: "Product", Head: true}, {Name: "Title", Wide: true},
			{Name: "What changed", Wide: true}, {Name: "What was done"}}},
		len(drift), func(i int) []htmlCell {
			d := drift[i]
			out := textCells(string(d.Kind), d.Subject, "", d.Detail, strings.TrimPrefix(settled(d), "→ "))
			if d.Kind != migrate.CategoryEdit && d.Kind != migrate.ReferenceNew {
				out[2] = titleCell(d.Title, nil)
			}
			return out
		})
}
