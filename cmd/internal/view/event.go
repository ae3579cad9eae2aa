package view

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"recat/migrate"
)

// Event is one line of what apply tells programs while it is at it.
type Event struct {
	At time.Time
	Happening
}

// Happening is what an event tells: its type, a sentence for people, and the
// members that belong to it.
type Happening interface {
	event() string
	Message() string
	members(o *object)
}

// eventTime is RFC 3339 with milliseconds, in UTC.
const eventTime = "2006-01-02T15:04:05.000Z07:00"

// EventJSON writes an event as an object on one line: {type, time, message, …}.
// The first of a stream is a Begun, the last a Finished or a Failure, whose
// type is result; these carry the format_version.
func EventJSON(w io.Writer, e Event) error {
	o := newLine(w)
	o.member("type", e.event())
	o.member("time", e.At.UTC().Format(eventTime))
	o.member("message", e.Message())
	e.members(o)
	return o.close()
}

// Begun begins a stream.
type Begun struct{ Recat string } // the version

func (Begun) event() string { return "version" }

// Message implements Happening.
func (b Begun) Message() string { return "recat " + b.Recat + " begins" }
func (b Begun) members(o *object) {
	o.member("format_version", FormatVersion)
	o.member("recat", b.Recat)
}

// Opened is a plan that was read, and what it is to be applied to.
type Opened struct {
	File, Catalog string // the catalog without its password
	Header        migrate.Header
	Trailer       migrate.Trailer
}

func (Opened) event() string { return "plan" }

// Message implements Happening.
func (p Opened) Message() string {
	return "the plan " + p.File + " of " + p.Header.Policy + " for " + p.Catalog + ": " + summed(p.Trailer.Totals)
}

func (p Opened) members(o *object) {
	o.member("plan", p.File)
	o.member("catalog", p.Catalog)
	o.member("policy", p.Header.Policy)
	o.member("digest", p.Trailer.Digest)
	o.member("dates", p.Header.Dates)
	o.member("totals", p.Trailer.Totals)
}

// summed is what totals come to, in words.
func summed(t migrate.Totals) string {
	if t.Empty() {
		return "nothing to do"
	}
	return headline(t).String()
}

// Approved is approvals that were accepted.
type Approved struct {
	Needed int
	Given  json.RawMessage // as a run records them; nil where there are none
}

func (Approved) event() string { return "approvals" }

// Message implements Happening.
func (a Approved) Message() string {
	if by := approvedBy(a.Given); by != "" {
		return "approved by " + by
	}
	return "no approval is needed"
}

func (a Approved) members(o *object) {
	o.member("needed", a.Needed)
	if a.Given == nil {
		a.Given = json.RawMessage("[]")
	}
	o.member("given", a.Given)
}

// Preflight is a check that passed while apply waits for its date.
type Preflight struct {
	Dates migrate.Dates
	Now   time.Time
	Next  time.Time // when it checks again, or applies
	Drift []migrate.Drift
}

func (Preflight) event() string { return "preflight" }

// Message implements Happening.
func (f Preflight) Message() string {
	loc := f.Dates.Location()
	msg := "preflight " + f.Now.In(loc).Format("15:04") + " ok"
	if tally := driftTally(f.Drift); tally != "" {
		msg += " (since the plan: " + tally + ", tolerated)"
	}
	msg += "; opens " + zoned(f.Dates.Effective, f.Dates) + ", " + away(f.Now, f.Dates.Effective, loc)
	if f.Next.Before(f.Dates.Effective) {
		msg += "; again at " + f.Next.In(loc).Format("15:04")
	}
	return msg
}

func (f Preflight) members(o *object) {
	o.member("opens", f.Dates.Effective.UTC())
	o.member("next", f.Next.UTC())
	o.driftCounts(f.Drift)
}

// Drifted is what differs from the plan, all of it tolerated.
type Drifted []migrate.Drift

func (Drifted) event() string { return "drift" }

// Message implements Happening.
func (d Drifted) Message() string {
	return "since the plan: " + driftTally(d) + "; all tolerated by the policy"
}

func (d Drifted) members(o *object) { o.driftCounts(d) }

// driftCounts writes drift without its rows, which the result tells.
func (o *object) driftCounts(drift []migrate.Drift) {
	all := newDriftJSON(drift, len(drift))
	o.member("drift", struct {
		Total  int                       `json:"total"`
		Counts map[migrate.DriftKind]int `json:"counts"`
	}{all.Total, all.Counts})
}

// Staged is what lies ready to be written, with nothing locked yet.
type Staged migrate.Totals

func (Staged) event() string { return "staged" }

// Message implements Happening.
func (s Staged) Message() string   { return "staged: " + summed(migrate.Totals(s)) }
func (s Staged) members(o *object) { o.member("totals", migrate.Totals(s)) }

// Passed is a point that a write passes.
type Passed string

// The points.
const (
	Locking    Passed = "locking"    // waiting for the lock
	Locked     Passed = "locked"     // writing
	Committing Passed = "committing" // all is written and asserted
)

func (p Passed) event() string { return string(p) }

// Message implements Happening.
func (p Passed) Message() string {
	switch p {
	case Locking:
		return "taking the lock"
	case Locked:
		return "locked; writing"
	}
	return string(p)
}

func (Passed) members(*object) {}

// Recorded is a run that was committed.
type Recorded migrate.Receipt

func (Recorded) event() string { return "recorded" }

// Message implements Happening.
func (r Recorded) Message() string {
	return "run " + count(r.Run) + " recorded, " + some(r.Rows, "row", "rows") + " changed, locked " + took(r.Locked)
}

func (r Recorded) members(o *object) {
	o.member("run", r.Run)
	o.member("rows", r.Rows)
	o.member("locked_seconds", r.Locked.Seconds())
}

// Proved is the verification that ends an apply; Found is nil where nothing
// differs.
type Proved struct {
	Run   int64
	Found *migrate.UnverifiedError
}

func (Proved) event() string { return "verified" }

// Message implements Happening.
func (v Proved) Message() string { return "run " + count(v.Run) + " " + proof(v.Found) }

func (v Proved) members(o *object) {
	o.member("run", v.Run)
	o.member("verified", v.Found == nil)
	if v.Found != nil {
		o.member("differing", v.Found.Total)
	}
}

func proof(found *migrate.UnverifiedError) string {
	if found == nil {
		return "verified"
	}
	return "NOT VERIFIED: " + some(found.Total, "difference", "differences")
}

// After is the commands that the mapping wants run.
type After []string

func (After) event() string { return "after" }

// Message implements Happening.
func (a After) Message() string   { return "now run: " + strings.Join(a, "; ") }
func (a After) members(o *object) { slice(o, "after", a) }
