package view

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"recat/migrate"
)

// RunReceipt is all that is known of a run. The summary is of its changes; its
// header, totals and digest are taken from the run's record.
type RunReceipt struct {
	Run      migrate.Run
	Summary  *migrate.Summary
	Verified *Verified     // nil: not looked at
	Undos    []migrate.Run // that took it back, in part or whole
	Undone   *migrate.Run  // that it took back, in part or whole; nil for none
}

// again reports whether the run took an appeal back.
func (r RunReceipt) again() bool { return tookAppealBack(r.Run, r.Undone) }

// Single reports whether the run is about single products, an appeal or its
// undo.
func (r RunReceipt) Single() bool { return r.Run.Partial() || r.again() }

// summary is the run as if it were a plan.
func (r RunReceipt) summary() (*migrate.Summary, error) {
	s := *r.Summary
	s.Pruned = r.Run.Pruned
	if len(r.Run.Header) > 0 {
		if err := json.Unmarshal(r.Run.Header, &s.Header); err != nil {
			return nil, fmt.Errorf("read the header of run %d: %w", r.Run.ID, err)
		}
	}
	s.Trailer = migrate.Trailer{Totals: r.Run.Totals, Digest: r.Run.Digest, Paths: r.Run.Paths}
	return &s, nil
}

// runDates are the dates of a run's policy, none where they are not readable.
func runDates(r migrate.Run) migrate.Dates {
	var h struct {
		Dates migrate.Dates `json:"dates"`
	}
	if json.Unmarshal(r.Header, &h) != nil {
		return migrate.Dates{}
	}
	return h.Dates
}

// RunText writes a run's receipt: who, when, why, what was tolerated, whether
// it still holds, and what it changed, laid out as its plan was.
func RunText(w io.Writer, r RunReceipt, o Options) error {
	s, err := r.summary()
	if err != nil {
		return err
	}
	p := newPage(w, o)
	p.runHead(r, s)
	if len(r.Run.Drift) > 0 {
		p.line(2, styled(styleBold, "tolerated since the plan:"), span{text: driftTally(r.Run.Drift), glue: 1})
		p.drift(r.Run.Drift, len(r.Run.Drift), len(r.Run.Drift))
	}
	if len(r.Run.Kept) > 0 {
		p.line(2, styled(styleBold, "kept as edited since:"), span{text: some(len(r.Run.Kept), "difference", "differences"), glue: 1})
		p.conflicts(r.Run.Kept, len(r.Run.Kept), migrate.ConflictKeep)
	}
	p.blank()
	if r.Single() {
		p.appealBody(s, r.again())
	} else {
		if r.Run.Kind == migrate.RunUndo {
			p.line(2, styled(styleDim, "what run "+count(r.Run.Of)+" had done:"))
		}
		p.body(s)
		p.blank()
		p.balance(s)
	}
	p.line(0, styled(styleDim, "digest"), span{text: r.Run.Digest, glue: 1})
	return p.flush()
}

func (p *page) runHead(r RunReceipt, s *migrate.Summary) {
	run := r.Run
	p.line(2, styled(styleBold, "run "+count(run.ID)), styled(styleBold, run.Policy), runState(run))
	p.line(2, text(s.Header.Reason))
	did := "applied "
	switch {
	case run.Partial():
		did = "restored "
	case run.Kind == migrate.RunUndo:
		did = "undone "
	}
	p.line(2, text(did+zoned(run.At, s.Header.Dates)+" by "+run.Operator), styled(styleDim, "recat "+run.Version), text(some(run.Rows, "row", "rows")+" changed"))
	p.approvals(run.Approvals, s.Header.Dates)
	if run.Early != "" {
		p.line(2, styled(styleYellow, "applied early:"), span{text: run.Early, glue: 1})
	}
	if run.Reason != "" {
		p.line(2, text("because: "+run.Reason))
	}
	if run.Partial() {
		p.line(2, text(appealLine(run)), text(whereTo(run.Appeal)))
	}
	for _, undo := range r.Undos {
		did := "undid it"
		if undo.Partial() {
			did = appealLine(undo)
		}
		p.line(2, styled(styleYellow, "run "+count(undo.ID)), span{text: did, glue: 1}, text(zoned(undo.At, s.Header.Dates)+" by "+undo.Operator), text(undo.Reason))
	}
	if run.Pruned {
		p.line(2, styled(styleYellow, "pruned:"), span{text: "its before-images are gone, and with them what it did to each product", glue: 1})
	}
	p.runVerified(r)
	switch {
	case run.Partial():
	case run.Kind == migrate.RunUndo:
		p.line(2, text(undid(run)))
	default:
		p.line(2, pieces(headline(run.Totals), ",", gap, "")...)
	}
}

func (p *page) runVerified(r RunReceipt) {
	if r.Verified == nil {
		return
	}
	p.line(2, verdict(r.Run, r.Verified.Found))
	if r.Verified.Found != nil {
		p.differences(r.Verified.Found)
	}
}

// state is what a run is today: applied, undone, undo, appeal.
func state(r migrate.Run) string {
	switch {
	case r.Kind == migrate.RunUndo && !r.Partial():
		return "undo"
	case r.UndoneBy != 0:
		return "undone"
	case r.Partial():
		return "appeal"
	}
	return "applied"
}

func runState(r migrate.Run) span {
	switch state(r) {
	case "undo":
		return styled(styleCyan, "undo of run "+count(r.Of))
	case "appeal":
		return styled(styleCyan, "appeal against run "+count(r.Of))
	case "undone":
		return styled(styleYellow, "undone by run "+count(r.UndoneBy))
	}
	return styled(styleGreen, "applied")
}

// restoredGroups writes the groups of an appeal, or of the undo of one, in
// place of a plan's summary.
func (o *object) restoredGroups(s *migrate.Summary, again bool) {
	none, name := *s, "restored"
	if none.Sweeps = nil; again {
		name = "done_again"
	}
	o.summary(&none)
	slice(o, name, groupsJSON(s, s.Sweeps))
}

// RunJSON writes the same as one object, with every change. It streams.
func RunJSON(w io.Writer, r RunReceipt, changes iter.Seq2[migrate.Change, error]) error {
	s, err := r.summary()
	if err != nil {
		return err
	}
	o := newObject(w)
	o.record(r.Run)
	o.member("dates", s.Header.Dates)
	o.member("limits", s.Header.Limits)
	o.member("drift_policy", s.Header.Drift)
	o.member("drift", newDriftJSON(r.Run.Drift, len(r.Run.Drift)))
	if r.Verified != nil {
		o.found(r.Verified.Found)
	}
	undos := make([]runJSON, len(r.Undos))
	for i, undo := range r.Undos {
		undos[i] = newRunJSON(undo)
	}
	slice(o, "undos", undos)
	if len(r.Run.Kept) > 0 {
		slice(o, "kept_rows", conflictsJSON(r.Run.Kept))
	}
	if r.Single() {
		o.restoredGroups(s, r.again())
	} else {
		o.summary(s)
	}
	list(o, "changes", lines(changes))
	return o.close()
}
