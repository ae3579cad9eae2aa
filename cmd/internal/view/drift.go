package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// driftOrder is the order in which kinds of drift are told, with their words.
var driftOrder = []struct {
	kind        migrate.DriftKind
	sign, style string
	one, many   string
}{
	{migrate.CategoryEdit, "~", styleRed, "category differs", "categories differ"},
	{migrate.ReferenceNew, "~", styleRed, "reference differs", "references differ"},
	{migrate.Arrived, "+", styleGreen, "arrived", "arrived"},
	{migrate.Left, "-", styleYellow, "left", "left"},
	{migrate.Gone, "-", styleYellow, "gone", "gone"},
	{migrate.Edited, "~", styleCyan, "edited", "edited"},
}

// driftTally counts drift by kind: 31 arrived, 118 left, 9 edited.
func driftTally(drift []migrate.Drift) string {
	var out tally
	for _, o := range driftOrder {
		n := 0
		for _, d := range drift {
			if d.Kind == o.kind {
				n++
			}
		}
		out.some(n, o.one, o.many)
	}
	return out.String()
}

// driftRank is the place of a kind in the order of telling.
func driftRank(k migrate.DriftKind) int {
	for i, o := range driftOrder {
		if o.kind == k {
			return i
		}
	}
	return len(driftOrder)
}

// intolerableFirst puts first what stands in the way.
func intolerableFirst(drift []migrate.Drift) []migrate.Drift {
	out := slices.Clone(drift)
	slices.SortStableFunc(out, func(a, b migrate.Drift) int {
		if a.Tolerated != b.Tolerated {
			if b.Tolerated {
				return -1
			}
			return 1
		}
		return cmp.Compare(driftRank(a.Kind), driftRank(b.Kind))
	})
	return out
}

// drift writes up to shown rows of drift, and says how many there are. total
// may be more than the rows at hand.
func (p *page) drift(drift []migrate.Drift, total, shown int) {
	rows := intolerableFirst(drift)
	rows = rows[:min(len(rows), shown)]
	ids, titles := 0, 0
	for _, d := range rows {
		ids = max(ids, min(width(Safe(d.Subject)), 32))
		if d.Kind != migrate.CategoryEdit {
			titles = max(titles, width(driftTitle(d)))
		}
	}
	for _, d := range rows {
		p.driftRow(d, ids, titles)
	}
	p.shown(2, len(rows), total)
}

func (p *page) driftRow(d migrate.Drift, ids, titles int) {
	sign, style := "~", styleRed
	if i := driftRank(d.Kind); i < len(driftOrder) {
		sign, style = driftOrder[i].sign, driftOrder[i].style
	}
	p.line(6, span{pad: 1}, span{text: sign, style: style, glue: 1}, span{text: d.Subject, pad: ids, glue: 1},
		span{text: driftTitle(d), pad: titles}, text(d.Detail), styled(styleDim, settled(d)))
}

// titleCells bounds a title beside the detail of a drift.
const titleCells = 36

func driftTitle(d migrate.Drift) string {
	switch {
	case d.Title == nil && (d.Kind == migrate.CategoryEdit || d.Kind == migrate.ReferenceNew):
		return ""
	case d.Kind == migrate.CategoryEdit: // a path, whose end tells
		return *d.Title
	}
	return Fit(nullable(d.Title), titleCells)
}

// settled says what tolerating a row does, and which clause allows it.
func settled(d migrate.Drift) string {
	if !d.Tolerated {
		return ""
	}
	switch d.Kind {
	case migrate.Arrived:
		return "→ " + fateTo(d) + " (drift: arrived: rules)"
	case migrate.Left, migrate.Gone:
		return "→ skipped (drift: left: skip)"
	}
	return "→ " + fateTo(d) + " all the same (drift: edited: same-fate)"
}

// fateTo names a fate, and where it leads.
func fateTo(d migrate.Drift) string {
	if d.Fate != migrate.Reassign || d.ToPath == "" {
		return string(d.Fate)
	}
	return string(d.Fate) + " to " + d.ToPath
}

// driftJSON is drift with its counts.
type driftJSON struct {
	Total  int                       `json:"total"`
	Counts map[migrate.DriftKind]int `json:"counts"`
	Rows   []migrate.Drift           `json:"rows"`
}

func newDriftJSON(drift []migrate.Drift, total int) driftJSON {
	out := driftJSON{Total: total, Counts: map[migrate.DriftKind]int{}, Rows: intolerableFirst(drift)}
	for _, d := range drift {
		out.Counts[d.Kind]++
	}
	if out.Rows == nil {
		out.Rows = []migrate.Drift{}
	}
	return out
}

// drift writes drift with its counts, row by row: there may be very many.
func (o *object) drift(drift []migrate.Drift) {
	all := newDriftJSON(drift, len(drift))
	o.key("drift")
	counts, err := encode(all.Counts)
	if err != nil {
		o.err = cmp.Or(o.err, err)
		return
	}
	fmt.Fprintf(o.out, `{"total":%d,"counts":%s,"rows":[`, all.Total, counts)
	for i, d := range all.Rows {
		if i > 0 {
			o.out.WriteByte(',')
		}
		o.value(d)
	}
	o.out.WriteString("]}")
}

// indented gives every line of a text that may hold several its own line.
func (p *page) indented(hang int, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		p.line(hang+2, span{pad: hang - 1}, span{text: strings.TrimSpace(line), glue: 1})
	}
}
