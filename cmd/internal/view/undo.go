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
	dates := runDates(u.Run)
	if u.Appeal {
		p.appealed(u)
	} else if u.DryRun {
		p.line(2, styled(styleBold, "would undo run "+count(u.Run.ID)), text(u.Run.Policy), text("applied "+zoned(u.Run.At, dates)))
	} else {
		p.line(2, styled(styleBold, "run "+count(u.Run.ID)+" undone"), text(u.Run.Policy),
			text("recorded as run "+count(u.Receipt.Run)))
	}
	if len(u.Conflicts) > 0 {
		p.line(2, text(some(len(u.Conflicts), "row was edited since;", "rows were edited since;")), span{text: u.answer(), glue: 1})
		p.conflicts(u.Conflicts, u.OnConflict)
	}
	switch {
	case u.Appeal && u.DryRun:
		p.line(2, text("nothing written"))
	case u.DryRun && u.Run.Partial():
		p.line(2, text("takes the appeal against run "+count(u.Run.Of)+" back;"), span{text: "nothing written", glue: 1})
	case u.DryRun:
		p.line(2, text("restores "+restored(u.Run.Totals)+";"), span{text: "nothing written", glue: 1})
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

// restored counts what an undo puts back.
func restored(t migrate.Totals) string {
	var out tally
	out.some(t.Found+t.Swept+t.Followed, "product", "products")
	out.some(t.Removed, "category", "categories")
	out.some(t.References, "reference", "references")
	if len(out) == 0 {
		return "nothing"
	}
	return out.String()
}

// conflicts lists conflicts, and what settles those that the answer does not.
func (p *page) conflicts(all []migrate.Conflict, answer migrate.OnConflict) {
	rows := all[:min(len(all), conflictsShown)]
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
		o.restored(u.Restored.Shown)
	}
	if !u.DryRun && u.Receipt.Run != 0 {
		o.member("run", u.Receipt.Run)
		o.member("at", u.At)
		o.receipt(u.Receipt)
		o.found(u.Found)
	}
	return o.close()
}
