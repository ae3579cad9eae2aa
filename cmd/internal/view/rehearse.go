package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"recat/migrate"
)

// Rehearsal is what a rehearsal found: apply, verify and undo went through on
// a copy.
type Rehearsal struct {
	Policy  string
	Digest  string
	On      string // the copy, without a password
	Totals  migrate.Totals
	Drift   []migrate.Drift // tolerated
	Limits  migrate.Limits
	Rows    int64         // changed by the apply
	Copied  time.Duration // making the copy; 0 where it was given
	Applied time.Duration // the whole
	Locked  time.Duration // of it, under the lock
	Undone  time.Duration
	Tables  int      // compared after the undo
	Differ  []string // those that undo left different; law 3 asks for none
}

// RehearsedText says how long an apply takes and holds its lock, and whether
// its undo was exact.
func RehearsedText(w io.Writer, r Rehearsal, o Options) error {
	p := newPage(w, o)
	p.line(2, styled(styleBold, "rehearsed "+r.Policy), text("on "+r.On))
	step := func(name, took string, rest ...span) {
		p.line(23, append([]span{{pad: 1}, {text: name, pad: 8, glue: 1}, {text: took, pad: -9}}, rest...)...)
	}
	if len(r.Drift) > 0 {
		p.drifted(Outcome{Header: migrate.Header{Limits: r.Limits}, Applied: migrate.Applied{Drift: r.Drift}})
	}
	if r.Copied > 0 {
		step("copy", took(r.Copied))
	}
	did := append([]span{styled(styleBold, "locked "+took(r.Locked))}, pieces(headline(r.Totals), ",", gap, "")...)
	step("apply", took(r.Applied), append(did, text(some(r.Rows, "row", "rows")+" changed"))...)
	step("undo", took(r.Undone), r.identity())
	p.line(0, styled(styleDim, "digest"), span{text: r.Digest, glue: 1})
	return p.flush()
}

func (r Rehearsal) identity() span {
	if len(r.Differ) == 0 {
		return styled(styleGreen, fmt.Sprintf("every table identical (%s compared)", count(r.Tables)))
	}
	return styled(styleRed, fmt.Sprintf("NOT IDENTICAL: %d of %d tables differ: %s", len(r.Differ), r.Tables, strings.Join(r.Differ, ", ")))
}

// RehearsedJSON writes the same as one object.
func RehearsedJSON(w io.Writer, r Rehearsal) error {
	o := newObject(w)
	o.member("policy", r.Policy)
	o.member("digest", r.Digest)
	o.member("on", r.On)
	o.member("totals", r.Totals)
	if len(r.Drift) > 0 {
		o.member("drift", newDriftJSON(r.Drift, len(r.Drift)))
	}
	o.member("rows", r.Rows)
	optional(o, "copy_seconds", r.Copied.Seconds())
	o.member("apply_seconds", r.Applied.Seconds())
	o.member("locked_seconds", r.Locked.Seconds())
	o.member("undo_seconds", r.Undone.Seconds())
	o.member("identical", len(r.Differ) == 0)
	o.member("tables", r.Tables)
	slice(o, "differ", r.Differ)
	return o.close()
}
