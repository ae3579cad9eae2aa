package view

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"recat/migrate"
)

// Failure is an error with the exit code it gives.
type Failure struct {
	Err  error
	Code string   // "stale"
	Exit int      // 3
	Next []string // commands that lead on
}

// staleShown bounds the drift in the text of a refusal.
const staleShown = 20

// exitData is the code of a bad file: its own place comes first then, so that
// editors find it.
const exitData = 65

// ErrorText says what went wrong, where, and what to do.
func ErrorText(w io.Writer, f Failure, o Options) error {
	p := newPage(w, o)
	p.failure(f)
	if len(f.Next) > 0 {
		p.next(8, f.Next)
	}
	return p.flush()
}

func (p *page) failure(f Failure) {
	var (
		stale      *migrate.StaleError
		refused    *migrate.RefusedError
		window     *migrate.WindowError
		unverified *migrate.UnverifiedError
		conflict   *migrate.ConflictError
	)
	switch {
	case errors.As(f.Err, &unverified):
		p.headed(f, some(unverified.Total, "difference", "differences")+" from what the run left behind")
		p.differences(unverified)
	case errors.As(f.Err, &conflict):
		p.headed(f, some(migrate.ConflictRows(conflict.Conflicts), "row was edited after the run; nothing was written", "rows were edited after the run; nothing was written"))
		p.conflicts(conflict.Conflicts, conflictsShown, migrate.ConflictFail)
	case errors.As(f.Err, &stale):
		p.headed(f, staleness(stale)+"; nothing was written")
		p.drift(stale.Drift, stale.Total, staleShown)
	case errors.As(f.Err, &window):
		p.headed(f, p.outside(window)+"; nothing was written")
	case errors.As(f.Err, &refused):
		for _, r := range refused.Refusals {
			p.refusal(f, r)
		}
	default:
		p.plainError(f)
	}
}

// headed writes the code, its number and what it is about.
func (p *page) headed(f Failure, what string) {
	p.line(8, styled(styleRed, fmt.Sprintf("%s (%d):", f.Code, f.Exit)), span{text: what, glue: 1, runOn: true})
}

func staleness(e *migrate.StaleError) string {
	if len(e.Drift) == e.Total {
		return "since the plan: " + driftTally(e.Drift)
	}
	return some(e.Total, "change since the plan", "changes since the plan")
}

// outside says how far now is from the dates.
func (p *page) outside(e *migrate.WindowError) string {
	at := e.At.Format("Mon 2 Jan 2006 15:04") + " " + e.At.Location().String()
	verb := "opens "
	if e.Window == migrate.WindowExpired {
		verb = "expired "
	}
	if p.o.Now.IsZero() {
		return verb + at
	}
	return verb + away(p.o.Now, e.At, e.At.Location()) + ", " + at
}

func (p *page) refusal(f Failure, r migrate.Refusal) {
	what := r.What
	if at := r.Pos.String(); at != "" {
		what = at + ": " + what
	}
	p.headed(f, what)
	if len(r.Rows) > 0 {
		p.line(8, span{pad: 7}, span{text: strings.Join(r.Rows, ", "), glue: 1})
	}
	if r.Answer != "" {
		p.line(8, span{pad: 7}, span{text: r.Answer, glue: 1, style: styleBold})
	}
}

// plainError writes an error's own text, a line of it a line.
func (p *page) plainError(f Failure) {
	first, rest, more := strings.Cut(f.Err.Error(), "\n")
	if f.Exit == exitData {
		for line := range strings.SplitSeq(f.Err.Error(), "\n") {
			p.own(line)
		}
		return
	}
	p.headed(f, first)
	if more {
		p.indented(8, rest)
	}
}

// own writes a line with the indentation it brings.
func (p *page) own(line string) {
	bare := strings.TrimLeft(line, " ")
	if indent := len(line) - len(bare); indent > 0 {
		p.line(indent+2, span{pad: indent - 1}, span{text: bare, glue: 1})
		return
	}
	p.line(8, text(line))
}
