package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"recat/migrate"
)

// Board is where policies stand, the most urgent first.
type Board struct {
	At   time.Time
	Rows []BoardRow
}

// BoardRow is one policy of a board, with the files it comes from.
type BoardRow struct {
	*migrate.Standing
	File  string   // the policy's; "" where only its plan was given
	Plans []string // files of its plans; the first is the one it is held against
	Code  string   // of Err: "data"
	Next  []string // commands that lead on
}

// Acting counts the rows in which somebody must act.
func (b Board) Acting() int {
	n := 0
	for _, r := range b.Rows {
		if len(r.Needs) > 0 || r.Err != nil {
			n++
		}
	}
	return n
}

// StatusText writes the board, a block a policy.
func StatusText(w io.Writer, b Board, o Options) error {
	p := newPage(w, o)
	for _, r := range b.Rows {
		p.standing(r)
		p.blank()
	}
	acting := styled(styleGreen, "none needs action")
	if n := b.Acting(); n > 0 {
		acting = styled(styleRed, some(n, "needs action", "need action"))
	}
	p.line(0, styled(styleBold, some(len(b.Rows), "policy", "policies")+":"), span{text: acting.text, style: acting.style, glue: 1})
	return p.flush()
}

// errorLines bounds what a board repeats of an error.
const errorLines = 8

// The columns of a block: what a line is about, and where it tells it.
const (
	boardLabel = len("approvals")
	boardHang  = 4 + boardLabel + gap
)

func (p *page) standing(r BoardRow) {
	sign := styled(styleDim, "-")
	switch {
	case len(r.Needs) > 0 || r.Err != nil:
		sign = styled(styleRed, "!")
	case r.State.Settled():
		sign = styled(styleGreen, "=")
	}
	p.line(4, sign, span{text: r.name(), style: styleBold, glue: 1}, stateSpan(r), text(p.dueIn(r)))
	for _, n := range r.Needs {
		p.line(6, span{pad: 3}, span{text: "! " + string(n.Kind) + ":", style: styleRed, glue: 1}, span{text: n.Detail, glue: 1})
	}
	if r.Err != nil {
		lines := strings.Split(r.Err.Error(), "\n")
		p.indented(4, strings.Join(lines[:min(len(lines), errorLines)], "\n"))
		p.shown(4, min(len(lines), errorLines), len(lines))
	}
	p.laterDates(r.Dates)
	p.boardRun(r)
	p.boardPlan(r)
	p.inside(r)
	p.boardDrift(r.Drift)
	p.boardLine("limits", pieces(limitUses(r.Limits), " ·", gap, "")...)
	for _, refusal := range r.Refusals {
		p.boardLine("refused", append([]span{text(refusal.Pos.String()), text(refusal.What)}, text(refusal.Answer))...)
	}
	if len(r.Next) > 0 {
		p.next(4, r.Next)
	}
}

// boardLine writes a line about something, unless there is nothing to say.
func (p *page) boardLine(label string, spans ...span) {
	said := 0
	for _, s := range spans {
		said += len(s.text)
	}
	if said == 0 {
		return
	}
	spans[0].glue = gap
	p.line(boardHang, append([]span{{pad: 3}, {text: label, style: styleDim, pad: boardLabel, glue: 1}}, spans...)...)
}

// name is what a row is called: its policy or, where that is unknown, a file.
func (r BoardRow) name() string {
	if r.Policy != "" {
		return r.Policy
	}
	return strings.Join(append([]string{r.File}, r.Plans...), " ")
}

func stateSpan(r BoardRow) span {
	word := string(r.State)
	switch r.State {
	case migrate.StateNothing:
		word = "nothing to do"
	case migrate.StateOpen:
		word = "open now"
	}
	style := styleYellow
	switch r.State {
	case migrate.StateApplied, migrate.StateNothing:
		style = styleGreen
	case migrate.StateExpired, migrate.StateOpen, migrate.StateUnreadable:
		style = styleRed
	}
	return styled(style, word)
}

// dueIn says when a policy is effective and how long that is from now.
func (p *page) dueIn(r BoardRow) string {
	if r.Dates.Effective.IsZero() {
		if r.Err != nil && r.Policy == "" {
			return ""
		}
		return "no date"
	}
	return "effective " + p.dated(r.Dates.Effective, r.Dates)
}

func (p *page) dated(t time.Time, d migrate.Dates) string {
	out := zoned(t, d)
	if !p.o.Now.IsZero() {
		out += ", " + away(p.o.Now, t, d.Location())
	}
	return out
}

// laterDates tells the other dates that are still to come, or have passed.
func (p *page) laterDates(d migrate.Dates) {
	var out []string
	if !d.Expires.IsZero() {
		out = append(out, "expires "+p.dated(d.Expires, d))
	}
	if !d.Enforced.IsZero() {
		out = append(out, "enforced from "+p.dated(d.Enforced, d))
	}
	p.boardLine("dates", pieces(out, " ·", gap, "")...)
}

func (p *page) boardRun(r BoardRow) {
	if r.Run == nil {
		return
	}
	p.boardLine("run "+count(r.Run.ID), text("applied "+zoned(r.Run.At, r.Dates)+" by "+r.Run.Operator))
	if u := r.Undo; u != nil {
		p.boardLine("run "+count(u.ID), text("took it back "+zoned(u.At, r.Dates)+" by "+u.Operator), text(u.Reason))
	}
}

func (p *page) boardPlan(r BoardRow) {
	a := r.Approvals
	if r.Plan == nil {
		switch {
		case r.Run != nil && r.State == migrate.StateApplied:
			p.boardApprovals(a)
		case a.Needed > 0 && !r.State.Settled() && r.Err == nil:
			p.boardLine("approvals", text(fmt.Sprintf("%d are needed, once it is planned", a.Needed)))
		}
		return
	}
	if len(r.Plans) > 0 {
		prov := r.Plan.Provenance()
		p.boardLine("plan", text(r.Plans[0]), styled(styleDim, short(r.Plan.Trailer().Digest)), text("of "+zoned(prov.At, r.Dates)+" by "+prov.Who))
		if others := r.Plans[1:]; len(others) > 0 {
			p.boardLine("", text("not held against "+strings.Join(others, ", ")))
		}
	}
	p.boardApprovals(a)
}

func (p *page) boardApprovals(a migrate.Approved) {
	if a.Needed > 0 || len(a.By) > 0 {
		given := fmt.Sprintf("%d of %d", len(a.By), a.Needed)
		if len(a.By) > 0 {
			given += ": " + strings.Join(a.By, ", ")
		}
		p.boardLine("approvals", text(given))
	}
	for _, why := range a.Rejected {
		p.boardLine("", text("does not count: "+why))
	}
}

// insideShown bounds the categories that a board lists of each policy.
const insideShown = 8

// inside tells what is still in the categories, and what became of the plan's.
func (p *page) inside(r BoardRow) {
	if len(r.Inside) == 0 {
		return
	}
	total := insideTotal(r.Inside)
	spans := []span{text(some(total.Products, "product", "products") + " in " + some(len(r.Inside), "category", "categories"))}
	if total.Live > 0 || r.State == migrate.StateApplied {
		spans = append(spans, text(count(total.Live)+" on sale"))
	}
	p.boardLine("inside", append(spans, text(movement(total, r.Drift)))...)
	rows, numbers := r.Inside[:min(len(r.Inside), insideShown)], 0
	if total.Products == 0 || len(r.Inside) == 1 {
		rows = nil
	}
	for _, i := range rows {
		numbers = max(numbers, len(count(i.Products)))
	}
	for _, i := range rows {
		p.line(boardHang+2, span{pad: boardHang - gap}, span{text: count(i.Products), pad: -numbers},
			text(i.Path+" ["+string(i.Category)+"]"), styled(styleDim, moved(i)))
	}
	if len(rows) > 0 {
		p.shown(boardHang, len(rows), len(r.Inside))
	}
}

// insideTotal adds categories up; one product in two of them counts twice.
func insideTotal(rows []migrate.Inside) migrate.Inside {
	var out migrate.Inside
	for _, i := range rows {
		out.Products += i.Products
		out.Live += i.Live
		out.Hidden += i.Hidden
		if i.Planned != nil {
			if out.Planned == nil {
				out.Planned = new(int)
			}
			*out.Planned += *i.Planned
		}
	}
	return out
}

// moved says how many more or fewer there are than the plan found.
func moved(i migrate.Inside) string {
	switch more, known := i.Change(); {
	case !known:
		return ""
	case more == 0:
		return "as planned"
	case more > 0:
		return count(more) + " more than planned"
	default:
		return count(-more) + " fewer than planned"
	}
}

// movement is moved with who came and who went, where that is all there is to
// it: what a sweep found elsewhere may have come or gone as well.
func movement(total migrate.Inside, d *migrate.Drifted) string {
	out := moved(total)
	if d == nil {
		return out
	}
	arrived, left := d.Counts[migrate.Arrived], d.Counts[migrate.Left]+d.Counts[migrate.Gone]
	if more, known := total.Change(); known && more != arrived-left {
		return out
	}
	var came tally
	came.add(arrived, "arrived")
	came.add(left, "left by themselves")
	if len(came) > 0 {
		out += ": " + came.String()
	}
	return out
}

func (p *page) boardDrift(d *migrate.Drifted) {
	if d == nil {
		return
	}
	switch {
	case d.Total == 0:
		p.boardLine("drift", text("none since the plan"))
		return
	case d.Fatal == 0:
		p.boardLine("drift", text(driftCounts(d)), styled(styleGreen, "all tolerated by the policy"))
		return
	}
	p.boardLine("drift", text(driftCounts(d)), styled(styleRed, count(d.Fatal)+" not tolerated"))
	rows := d.Rows[:min(len(d.Rows), d.Fatal, driftOnBoard)]
	for _, r := range rows {
		p.line(boardHang+2, span{pad: boardHang - gap}, span{text: r.Subject}, text(driftTitle(r)), text(r.Detail))
	}
	p.shown(boardHang, len(rows), d.Fatal)
}

// driftOnBoard bounds the drift that a board names of each policy.
const driftOnBoard = 3

// driftCounts counts drift by kind.
func driftCounts(d *migrate.Drifted) string {
	var out tally
	for _, o := range driftOrder {
		out.some(d.Counts[o.kind], o.one, o.many)
	}
	return out.String()
}

// limitUses holds what is used against each limit.
func limitUses(uses []migrate.LimitUse) []string {
	out := make([]string, len(uses))
	for i, l := range uses {
		used, limit := count(int(l.Used)), count(int(l.Limit))
		name := strings.ReplaceAll(l.Name, "_", " ")
		if l.Name == "live_share" {
			used, limit = fmt.Sprintf("%.1f", 100*l.Used), fmt.Sprintf("%g%%", 100*l.Limit)
		}
		if l.AtMost {
			used = "up to " + used
		}
		out[i] = fmt.Sprintf("%s %s of %s", name, used, limit)
		switch {
		case l.Over():
			out[i] += ", over it"
		case l.Near():
			out[i] += fmt.Sprintf(", %d%% used", int(100*l.Share()))
		}
	}
	return out
}
