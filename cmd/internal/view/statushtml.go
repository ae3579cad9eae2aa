package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"recat/migrate"
)

// StatusHTML writes the board as a page: a table of all policies, then a
// section for each.
func StatusHTML(w io.Writer, b Board) error {
	p := &page{o: Options{Now: b.At}}
	doc := htmlDocument{Title: "Deadlines", Header: func(h *htmlPage) { h.boardHead(b) }}
	doc.Sections = append(doc.Sections, htmlSection{"board", "All policies", func(h *htmlPage) { h.board(b) }})
	for i, r := range b.Rows {
		doc.Sections = append(doc.Sections, htmlSection{fmt.Sprintf("policy-%d", i+1), r.name(), func(h *htmlPage) { h.standing(p, r, i+1) }})
	}
	doc.Footer = func(h *htmlPage) {
		h.el("p.soft", "As of "+b.At.UTC().Format("Mon 2 Jan 2006 15:04 UTC")+". Times left are counted from there, each in its policy's zone.")
	}
	return doc.write(w)
}

func (h *htmlPage) boardHead(b Board) {
	h.el("h1", "Deadlines")
	h.in("p", func() {
		if n := b.Acting(); n > 0 {
			h.badge("stop")
			h.text(" " + count(n) + " of " + some(len(b.Rows), "policy", "policies") + " " + verb(n) + " action")
			return
		}
		h.badge("ok")
		h.text(" none of " + some(len(b.Rows), "policy", "policies") + " needs action")
	})
}

func verb(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// signed is a difference with its sign.
func signed(n int) string {
	if n > 0 {
		return "+" + count(n)
	}
	return count(n)
}

// board is the table of all policies.
func (h *htmlPage) board(b Board) {
	t := htmlTable{ID: "policies", Caption: "Policies, the most urgent first", Noun: [2]string{"policy", "policies"}, Columns: []htmlColumn{
		{Name: "Policy", Head: true}, {Name: "State", Badge: true, Filter: true}, {Name: "Needs", Wide: true}, {Name: "Effective"},
		{Name: "Left"}, {Name: "Inside", Number: true}, {Name: "Since the plan", Number: true}, {Name: "Approvals"}}}
	h.table(t, len(b.Rows), func(i int) []htmlCell {
		r := b.Rows[i]
		var needs []string
		for _, n := range r.Needs {
			needs = append(needs, string(n.Kind))
		}
		effective, left, in, change, approvals := "", "", "", "", ""
		if e := r.Dates.Effective; !e.IsZero() {
			effective, left = zoned(e, r.Dates), away(b.At, e, r.Dates.Location())
		}
		if len(r.Inside) > 0 {
			total := insideTotal(r.Inside)
			in = count(total.Products)
			if more, known := total.Change(); known {
				change = signed(more)
			}
		}
		if a := r.Approvals; a.Needed > 0 {
			approvals = fmt.Sprintf("%d of %d", len(a.By), a.Needed)
		}
		return textCells(r.name(), string(r.State), strings.Join(needs, ", "), effective, left, in, change, approvals)
	})
}

// standing is the section of one policy.
func (h *htmlPage) standing(p *page, r BoardRow, n int) {
	h.in("p", func() {
		h.badge(string(r.State))
		if r.Reason != "" {
			h.text(" " + r.Reason)
		}
	})
	if len(r.Needs) > 0 {
		h.in("ul", func() {
			for _, need := range r.Needs {
				h.in("li", func() {
					h.in("strong", func() { h.text(string(need.Kind)) })
					h.text(": " + need.Detail)
				})
			}
		})
	}
	if r.Err != nil {
		h.el("pre", r.Err.Error())
	}
	h.facts(p.standingFacts(r)...)
	for _, refusal := range r.Refusals {
		h.el("p", strings.TrimSpace(refusal.Pos.String()+" "+refusal.What+" "+refusal.Answer))
	}
	h.insideTable(r, n)
	h.driftTable(r, n)
	if len(r.Next) > 0 {
		h.el("p.note", "Next:")
		h.el("pre", strings.Join(r.Next, "\n"))
	}
}

// standingFacts are a policy's dates, plan, runs and limits.
func (p *page) standingFacts(r BoardRow) [][2]string {
	date := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return p.dated(t, r.Dates)
	}
	facts := [][2]string{{"effective", date(r.Dates.Effective)}, {"expires", date(r.Dates.Expires)}, {"enforced from", date(r.Dates.Enforced)},
		{"policy's file", r.File}}
	if r.Plan != nil && len(r.Plans) > 0 {
		prov := r.Plan.Provenance()
		facts = append(facts, [2]string{"plan", r.Plans[0] + ", of " + zoned(prov.At, r.Dates) + " by " + prov.Who},
			[2]string{"digest", r.Plan.Trailer().Digest}, [2]string{"not held against", strings.Join(r.Plans[1:], ", ")})
	}
	if a := r.Approvals; a.Needed > 0 || len(a.By) > 0 {
		facts = append(facts, [2]string{"approvals", fmt.Sprintf("%d of %d %s", len(a.By), a.Needed, strings.Join(a.By, ", "))})
	}
	for _, why := range r.Approvals.Rejected {
		facts = append(facts, [2]string{"does not count", why})
	}
	if r.Run != nil {
		facts = append(facts, [2]string{"run " + count(r.Run.ID), "applied " + zoned(r.Run.At, r.Dates) + " by " + r.Run.Operator})
	}
	if r.Undo != nil {
		facts = append(facts, [2]string{"run " + count(r.Undo.ID), "took it back " + zoned(r.Undo.At, r.Dates) + " by " + r.Undo.Operator + " " + r.Undo.Reason})
	}
	return append(facts, [2]string{"limits", strings.Join(limitUses(r.Limits), " · ")}, [2]string{"drift since the plan", driftFact(r.Drift)})
}

func driftFact(d *migrate.Drifted) string {
	switch {
	case d == nil:
		return ""
	case d.Total == 0:
		return "none"
	case d.Fatal == 0:
		return driftCounts(d) + ", all tolerated by the policy"
	}
	return driftCounts(d) + ", " + count(d.Fatal) + " not tolerated"
}

func (h *htmlPage) insideTable(r BoardRow, n int) {
	if len(r.Inside) == 0 {
		return
	}
	t := htmlTable{ID: fmt.Sprintf("inside-%d", n), Caption: "Products still inside", Noun: [2]string{"category", "categories"}, Columns: []htmlColumn{
		{Name: "Category", Head: true, Wide: true}, {Name: "Id"}, {Name: "Products", Number: true}, {Name: "On sale", Number: true},
		{Name: "Planned", Number: true}, {Name: "Change", Number: true}}}
	h.table(t, len(r.Inside), func(i int) []htmlCell {
		in := r.Inside[i]
		planned, change := "", ""
		if more, known := in.Change(); known {
			planned, change = count(*in.Planned), signed(more)
		}
		return textCells(in.Path, string(in.Category), count(in.Products), count(in.Live), planned, change)
	})
}

func (h *htmlPage) driftTable(r BoardRow, n int) {
	d := r.Drift
	if d == nil || len(d.Rows) == 0 {
		return
	}
	t := htmlTable{ID: fmt.Sprintf("drift-%d", n), Caption: "Drift since the plan", Noun: [2]string{"change", "changes"}, Total: d.Total, Columns: []htmlColumn{
		{Name: "Subject", Head: true}, {Name: "Title", Wide: true}, {Name: "What differs", Wide: true}, {Name: "Tolerated", Filter: true}}}
	if d.Total > len(d.Rows) {
		t.Rest = "The others are told by a dry run of the apply."
	}
	h.table(t, len(d.Rows), func(i int) []htmlCell {
		row := d.Rows[i]
		tolerated, title := "no", ""
		if row.Tolerated {
			tolerated = "yes"
		}
		if row.Title != nil {
			title = *row.Title
		}
		return textCells(row.Subject, title, row.Detail, tolerated)
	})
}
