package view

import (
	"encoding/json"
	"io"
	"strings"
	"time"

	"recat/migrate"
)

// HistoryText lists runs in a table, in the order given.
func HistoryText(w io.Writer, runs []migrate.Run, o Options) error {
	p := newPage(w, o)
	if len(runs) == 0 {
		p.line(0, text("no runs are recorded in this catalog"))
		return p.flush()
	}
	rows := [][]span{{styled(styleDim, "run"), styled(styleDim, "when"), styled(styleDim, "state"), styled(styleDim, "policy"),
		styled(styleDim, "by")}}
	zones := datesOf(runs)
	for _, r := range runs {
		rows = append(rows, historyRow(r, zones[r.ID]))
	}
	p.columns(rows, func(i int) []span {
		if i == 0 {
			return nil
		}
		r := runs[i-1]
		detail := []span{styled(styleDim, short(r.Digest))}
		switch {
		case r.Partial():
			detail = append(detail, text(appealLine(r)), text(whereTo(r.Appeal)), text(r.Reason))
		case r.Kind == migrate.RunUndo:
			detail = append(detail, text(undid(r)), text(r.Reason))
		default:
			detail = append(detail, pieces(counted(r.Totals), ",", gap, "")...)
		}
		if by := approvedBy(r.Approvals); by != "" {
			detail = append(detail, text("approved by "+by))
		}
		return detail
	})
	return p.flush()
}

// RunLine tells a run in a few words, beside its number.
func RunLine(r migrate.Run) string {
	return Safe(runState(r).text + " " + minute(r.At, runDates(r)) + " " + r.Policy + " by " + r.Operator)
}

// datesOf gives each run the dates of its policy; an undo those of what it
// undid.
func datesOf(runs []migrate.Run) map[int64]migrate.Dates {
	out := map[int64]migrate.Dates{}
	for _, r := range runs {
		if out[r.ID] = runDates(r); len(r.Header) == 0 {
			out[r.ID] = out[r.Of]
		}
	}
	return out
}

func historyRow(r migrate.Run, d migrate.Dates) []span {
	at := runState(r)
	at.text = strings.Replace(at.text, " run ", " ", 1)
	if r.Pruned {
		at.text += ", pruned"
	}
	return []span{text(count(r.ID)), text(minute(r.At, d)), at, text(r.Policy), text(r.Operator)}
}

// counted is what a run changed, in few words.
func counted(t migrate.Totals) []string {
	var out tally
	out.add(t.Off(), "delisted")
	out.add(t.Reassigned, "reassigned")
	out.add(t.Detached, "detached")
	return out.categories(t)
}

// short is enough of a digest to tell it from others.
func short(digest string) string {
	digest = strings.TrimPrefix(digest, "sha256:")
	return digest[:min(len(digest), 8)]
}

// widestCell bounds a column, so that one long name doesn't push the rest
// off the line.
const widestCell = 44

// columns aligns rows, the first column of numbers; below says what stands
// under each.
func (p *page) columns(rows [][]span, below func(i int) []span) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], min(width(Safe(cell.text)), widestCell))
		}
	}
	for i, row := range rows {
		for j := range row {
			row[j].pad = widths[j]
		}
		row[0].pad = -widths[0]
		p.line(widths[0]+gap, row...)
		if under := below(i); len(under) > 0 {
			p.line(widths[0]+gap, append([]span{{pad: widths[0]}}, under...)...)
		}
	}
}

// runJSON is a run's record.
type runJSON struct {
	Run       int64           `json:"run"`
	State     string          `json:"state"`
	Policy    string          `json:"policy"`
	Digest    string          `json:"digest"`
	At        time.Time       `json:"at"`
	Operator  string          `json:"operator"`
	Recat     string          `json:"recat"`
	Of        int64           `json:"of,omitempty"`
	UndoneBy  int64           `json:"undone_by,omitempty"`
	Pruned    bool            `json:"pruned,omitempty"`
	Early     string          `json:"early,omitempty"`
	Reason    string          `json:"reason,omitempty"`
	Rows      int64           `json:"rows"`
	Drifted   int             `json:"drifted"`
	Totals    migrate.Totals  `json:"totals"`
	Approvals json.RawMessage `json:"approvals,omitempty"`
	Appeal    *migrate.Appeal `json:"appeal,omitempty"`
	Kept      int             `json:"kept,omitempty"`
}

func newRunJSON(r migrate.Run) runJSON {
	return runJSON{Run: r.ID, State: state(r), Policy: r.Policy, Digest: r.Digest, At: r.At.UTC(), Operator: r.Operator,
		Recat: r.Version, Of: r.Of, UndoneBy: r.UndoneBy, Pruned: r.Pruned, Early: r.Early, Reason: r.Reason, Rows: r.Rows,
		Drifted: len(r.Drift), Totals: r.Totals, Approvals: r.Approvals, Appeal: r.Appeal, Kept: len(r.Kept)}
}

// record writes a run's record as members.
func (o *object) record(r migrate.Run) {
	j := newRunJSON(r)
	o.member("run", j.Run)
	o.member("state", j.State)
	o.member("policy", j.Policy)
	o.member("digest", j.Digest)
	o.member("at", j.At)
	o.member("operator", j.Operator)
	o.member("recat", j.Recat)
	optional(o, "of", j.Of)
	optional(o, "undone_by", j.UndoneBy)
	optional(o, "pruned", j.Pruned)
	optional(o, "early", j.Early)
	optional(o, "reason", j.Reason)
	o.member("rows", j.Rows)
	if len(j.Approvals) > 0 {
		o.member("approvals", j.Approvals)
	}
	optional(o, "appeal", j.Appeal)
	optional(o, "kept", j.Kept)
	o.member("totals", j.Totals)
}

// HistoryJSON writes {format_version, runs: […]}.
func HistoryJSON(w io.Writer, runs []migrate.Run) error {
	o := newObject(w)
	slice(o, "runs", records(runs))
	return o.close()
}

// records are the records of runs.
func records(runs []migrate.Run) []runJSON {
	out := make([]runJSON, len(runs))
	for i, r := range runs {
		out[i] = newRunJSON(r)
	}
	return out
}
