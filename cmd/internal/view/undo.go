package view

import (
	"io"
	"time"

	"recat/migrate"
)

// UndoOutcome is what undo did or, where DryRun, would do.
type UndoOutcome struct {
	migrate.Undone
	OnConflict migrate.OnConflict
	Dates      migrate.Dates            // of the policy
	Appeal     bool                     // it is about single products
	Reason     string                   // of an appeal
	Found      *migrate.UnverifiedError // by the verification that ended it; nil: verified
	At         time.Time
	DryRun     bool
}

// conflictsShown bounds the conflicts in a text.
const conflictsShown = 20

// UndoneText says what an undo did, or would do.
func UndoneText(w io.Writer, u UndoOutcome, o Options) error {
	p := newPage(w, o)
	dates := u.Dates
	if u.Appeal {
		p.appealed(u)
	} else if u.DryRun {
		p.line(2, styled(styleBold, "would undo run "+count(u.Run.ID)), text(u.Run.Policy), text("applied "+zoned(u.Run.At, dates)))
	} else {
		p.line(2, styled(styleBold, "run "+count(u.Run.ID)+" undone"), text(u.Run.Policy),
			text("recorded as run "+count(u.Receipt.Run)))
	}
	if len(u.Conflicts) > 0 {
		p.line(2, text(some(migrate.ConflictRows(u.Conflicts), "row was edited since;", "rows were edited since;")), span{text: u.answer(), glue: 1})
		p.conflicts(u.Conflicts, conflictsShown, u.OnConflict)
	}
	switch {
	case u.Appeal && u.DryRun:
		p.line(2, text("nothing written"))
	case u.DryRun && u.Run.Partial():
		p.line(2, text("takes the appeal against run "+count(u.Run.Of)+" back;"), span{text: "nothing written", glue: 1})
	case u.DryRun:
		p.line(2, text("restores "+restored(u.Run.Totals, u.kept())+u.kept().after("; ")+";"), span{text: "nothing written", glue: 1})
	case u.Receipt.Run != 0:
		p.undoReceipt(u, dates)
	}
	return p.flush()
}

func (p *page) undoReceipt(u UndoOutcome, dates migrate.Dates) {
	end := styled(styleGreen, "verified")
	if u.Found != nil {
		end = styled(styleRed, "NOT VERIFIED: "+some(u.Found.Total, "difference", "differences"))
	}
	end.glue = 1
	p.line(2, text(stamp(u.At, dates)), text("locked "+took(u.Receipt.Locked)), text(some(u.Receipt.Rows, "row", "rows")+" restored,"), end)
	if u.Found != nil {
		p.differences(u.Found)
	}
	p.after(u.Receipt.After)
}

// kept counts what stays as it was edited since.
func (u UndoOutcome) kept() kept {
	if u.OnConflict != migrate.ConflictKeep {
		return kept{}
	}
	return keptOf(u.Conflicts)
}

// answer is what --on-conflict does with them.
func (u UndoOutcome) answer() string {
	switch u.OnConflict {
	case migrate.ConflictKeep:
		return "--on-conflict keep: later edits stay"
	case migrate.ConflictRestore:
		return "--on-conflict restore: the values from before the run come back"
	}
	return "--on-conflict fail: the undo refuses"
}

// restored counts what an undo puts back, but for what it keeps.
func restored(t migrate.Totals, k kept) string {
	var out tally
	out.some(t.Found+t.Swept+t.Followed-k.products, "product", "products")
	out.some(t.Removed+t.Promoted+t.Closed-k.categories, "category", "categories")
	out.some(max(0, t.References-k.rows), "reference", "references")
	if len(out) == 0 {
		return "nothing"
	}
	return out.String()
}

// kept counts what an undo keeps as it was edited since.
type kept struct {
	products, categories int
	rows                 int // that are of neither
}

func keptOf(all []migrate.Conflict) kept {
	var out kept
	seen := map[[3]string]bool{}
	for _, c := range all {
		about, n := [3]string{"row", c.Table, c.Row}, &out.rows
		switch {
		case c.Product != "":
			about, n = [3]string{"product", c.Product}, &out.products
		case c.Category != "":
			about, n = [3]string{"category", string(c.Category)}, &out.categories
		}
		if !seen[about] {
			seen[about] = true
			*n++
		}
	}
	return out
}

// String says what is kept; "" for nothing.
func (k kept) String() string {
	var out tally
	out.some(k.products, "product", "products")
	out.some(k.categories, "category", "categories")
	out.some(k.rows, "row", "rows")
	if len(out) == 0 {
		return ""
	}
	return out.String() + " kept as edited since"
}

// after is String with what stands before it; "" for nothing.
func (k kept) after(before string) string {
	if s := k.String(); s != "" {
		return before + s
	}
	return ""
}

// undid says in few words what a run did that took another back whole.
func undid(r migrate.Run) string {
	k := keptOf(r.Kept)
	out := "restored " + restored(r.Totals, k)
	if r.Totals.Empty() { // of an appeal
		out = "took run " + count(r.Of) + " back"
	}
	return out + k.after("; ")
}

// conflicts lists so many of the conflicts, and what settles those that the answer does not.
func (p *page) conflicts(all []migrate.Conflict, most int, answer migrate.OnConflict) {
	rows := all[:min(len(all), most)]
	subjects := 0
	for _, c := range rows {
		subjects = max(subjects, min(width(Safe(conflictRow(c))), 40))
	}
	for _, c := range rows {
		spans := []span{{pad: 3}, {text: conflictRow(c), pad: subjects, glue: 1}, text(c.Column)}
		if c.Values == nil {
			spans = append(spans, text(c.Detail))
		} else {
			spans = append(spans, text("before "+quoted(c.Values.Before)), text("the run left "+quoted(c.Values.After)),
				styled(styleYellow, "now "+quoted(c.Values.Now)))
		}
		switch n := len(c.SettledBy); {
		case n == 0:
			spans = append(spans, styled(styleRed, "no --on-conflict settles this"))
		case n == 1 && c.Open(answer):
			spans = append(spans, styled(styleYellow, "only --on-conflict "+string(c.SettledBy[0])+" settles this"))
		}
		p.line(6, spans...)
	}
	p.shown(4, len(rows), len(all))
}

func conflictRow(c migrate.Conflict) string { return c.Table + " " + c.Row }

// conflictJSON is a conflict, and whether anything settles it.
type conflictJSON struct {
	migrate.Conflict
	Settled bool `json:"settled"`
}

func conflictsJSON(all []migrate.Conflict) []conflictJSON {
	out := make([]conflictJSON, len(all))
	for i, c := range all {
		out[i] = conflictJSON{c, len(c.SettledBy) > 0}
	}
	return out
}

// UndoneJSON writes the same as one object.
func UndoneJSON(w io.Writer, u UndoOutcome) error {
	o := newObject(w)
	o.member("outcome", u.outcome())
	o.member("dry_run", u.DryRun)
	o.member("of", u.Run.ID)
	o.member("policy", u.Run.Policy)
	o.member("digest", u.Run.Digest)
	optional(o, "on_conflict", u.OnConflict)
	o.member("totals", u.Run.Totals)
	slice(o, "conflicts", conflictsJSON(u.Conflicts))
	if u.Appeal {
		o.member("appeal", u.Restored.Appeal)
		optional(o, "reason", u.Reason)
		o.member("settled", u.Restored.Settled)
		o.restored(u.Restored.Shown, u.keptProducts())
	}
	if !u.DryRun && u.Receipt.Run != 0 {
		o.member("run", u.Receipt.Run)
		o.member("at", u.At)
		o.receipt(u.Receipt)
		o.found(u.Found)
	}
	return o.close()
}
