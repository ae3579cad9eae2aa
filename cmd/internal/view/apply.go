package view

import (
	"io"
	"time"

	"recat/migrate"
)

// Outcome is what apply did or, where DryRun, would do.
type Outcome struct {
	Header  migrate.Header
	Digest  string
	Applied migrate.Applied
	Found   *migrate.UnverifiedError // by the verification that ended it; nil: verified
	At      time.Time                // of the run
	DryRun  bool
}

// driftShown bounds the tolerated drift in the text of an apply.
const driftShown = 10

// AppliedText says what an apply did, or would do.
func AppliedText(w io.Writer, a Outcome, o Options) error {
	p := newPage(w, o)
	switch {
	case a.Applied.Already != nil:
		p.already(a)
	case a.nothing():
		p.line(0, styled(styleGreen, "nothing to do: the plan is empty; nothing written"))
	case a.DryRun:
		p.drifted(a)
		p.would(a)
	default:
		p.drifted(a)
		p.receipt(a)
	}
	return p.flush()
}

// nothing reports whether the plan had nothing to do.
func (a Outcome) nothing() bool {
	return a.Applied.Totals.Empty() && a.Applied.Receipt.Run == 0 && !a.late()
}

// late reports whether drift is why nothing is left.
func (a Outcome) late() bool { return len(a.Applied.Drift) > 0 }

func (p *page) already(a Outcome) {
	run := a.Applied.Already
	p.line(2, styled(styleGreen, "already applied:"), span{text: "run " + count(run.ID), glue: 1},
		span{text: "on " + zoned(run.At, a.Header.Dates), glue: 1}, span{text: "by " + run.Operator + ";", glue: 1}, span{text: "nothing written", glue: 1})
}

func (p *page) drifted(a Outcome) {
	if !a.late() {
		p.line(0, text("since the plan: nothing has changed"))
		return
	}
	p.line(2, text("since the plan: "+driftTally(a.Applied.Drift)))
	p.drift(a.Applied.Drift, len(a.Applied.Drift), driftShown)
	if max := a.Header.Limits.Drift; max != nil {
		p.line(2, text("all tolerated by the policy and within limits (drift "+count(len(a.Applied.Drift))+" of "+count(*max)+")"))
		return
	}
	p.line(2, text("all tolerated by the policy; no limit on drift"))
}

func (p *page) would(a Outcome) {
	p.line(2, append([]span{styled(styleBold, "would apply:")}, pieces(headline(a.Applied.Totals), ",", 1, "")...)...)
	p.line(2, text(p.opening(a.Header.Dates)), span{text: "nothing written", glue: 1})
}

// opening says where now stands against the dates.
func (p *page) opening(d migrate.Dates) string {
	switch d.Window(p.o.Now) {
	case migrate.WindowEarly:
		return "opens in " + distance(p.o.Now, d.Effective, d.Location()) + " (" + zoned(d.Effective, d) + ");"
	case migrate.WindowExpired:
		return "expired " + distance(d.Expires, p.o.Now, d.Location()) + " ago (" + zoned(d.Expires, d) + ");"
	}
	if !d.Expires.IsZero() {
		return "open for " + distance(p.o.Now, d.Expires, d.Location()) + ";"
	}
	return "open now;"
}

func (p *page) receipt(a Outcome) {
	verified := styled(styleGreen, "verified")
	if a.Found != nil {
		verified = styled(styleRed, "NOT VERIFIED: "+some(a.Found.Total, "difference", "differences"))
	}
	spans := []span{text(stamp(a.At, a.Header.Dates)), text("locked " + took(a.Applied.Receipt.Locked))}
	spans = append(spans, pieces(append(headline(a.Applied.Totals), ""), ",", gap, "")...)
	verified.glue = 1
	p.line(2, append(spans, verified)...)
	p.line(2, styled(styleBold, "run "+count(a.Applied.Receipt.Run)+" recorded"), text(some(a.Applied.Receipt.Rows, "row", "rows")+" changed"))
	if a.Found != nil {
		p.differences(a.Found)
	}
	p.after(a.Applied.Receipt.After)
}

// after names the commands that the mapping wants run.
func (p *page) after(commands []string) {
	for _, c := range commands {
		p.line(2, styled(styleBold, "now run:"), span{text: c, glue: 1})
	}
}

// members are what the last event of an apply tells programs.
func (a Outcome) members(o *object) {
	o.member("outcome", a.word())
	o.member("dry_run", a.DryRun)
	o.member("policy", a.Header.Policy)
	o.member("digest", a.Digest)
	o.member("dates", a.Header.Dates)
	if run := a.Applied.Already; run != nil {
		o.member("run", run.ID)
		o.member("at", run.At)
		return
	}
	o.member("totals", a.Applied.Totals)
	o.drift(a.Applied.Drift)
	if a.Applied.Receipt.Run != 0 {
		o.member("run", a.Applied.Receipt.Run)
		o.member("at", a.At)
		o.receipt(a.Applied.Receipt)
		o.found(a.Found)
	}
}

// word is what came of it: applied, already-applied, nothing-to-do,
// would-apply.
func (a Outcome) word() string {
	switch {
	case a.Applied.Already != nil:
		return "already-applied"
	case a.nothing():
		return "nothing-to-do"
	case a.DryRun:
		return "would-apply"
	}
	return "applied"
}

func (o *object) receipt(r migrate.Receipt) {
	o.member("locked_seconds", r.Locked.Seconds())
	o.member("rows", r.Rows)
	slice(o, "after", r.After)
}
