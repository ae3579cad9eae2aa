package view

import (
	"bytes"
	"fmt"
	"reflect"
	"time"

	"recat/migrate"
)

// headers lists what differs beside the changes, dates apart.
func headers(a, b migrate.Header) []string {
	var out []string
	note := func(what string, from, to any) {
		if !reflect.DeepEqual(from, to) {
			out = append(out, fmt.Sprintf("%s %v → %v", what, from, to))
		}
	}
	note("policy", a.Policy, b.Policy)
	note("reason", quoted(&a.Reason), quoted(&b.Reason))
	note("limits", limitsText(a.Limits), limitsText(b.Limits))
	note("drift", driftText(a.Drift), driftText(b.Drift))
	note("approvals", a.Approvals, b.Approvals)
	if !bytes.Equal(a.Mapping, b.Mapping) {
		out = append(out, "the mapping differs")
	}
	if !reflect.DeepEqual(a.Files, b.Files) {
		out = append(out, "the decisions or crosswalks differ")
	}
	note("rebuild-tree", a.RebuildTree, b.RebuildTree)
	if a.Tree != b.Tree {
		out = append(out, "the tree around the plan differs")
	}
	return out
}

func limitsText(l migrate.Limits) string {
	var out tally
	if l.Delist != nil {
		out = append(out, "delist "+count(*l.Delist))
	}
	if l.LiveShare != nil {
		out = append(out, fmt.Sprintf("live_share %g%%", 100**l.LiveShare))
	}
	if l.MissingAttributes != nil {
		out = append(out, "missing_attributes "+count(*l.MissingAttributes))
	}
	if l.Drift != nil {
		out = append(out, "drift "+count(*l.Drift))
	}
	return "{" + out.String() + "}"
}

func driftText(d migrate.DriftPolicy) string {
	word := func(t migrate.Tolerance) string {
		if t == "" {
			return string(migrate.ToleranceFail)
		}
		return string(t)
	}
	return fmt.Sprintf("{arrived: %s, left: %s, edited: %s}", word(d.Arrived), word(d.Left), word(d.Edited))
}

// datesNamed are a policy's dates, in the order of the calendar.
var datesNamed = []struct {
	name string
	of   func(migrate.Dates) time.Time
}{
	{"announced", func(d migrate.Dates) time.Time { return d.Announced }},
	{"effective", func(d migrate.Dates) time.Time { return d.Effective }},
	{"expires", func(d migrate.Dates) time.Time { return d.Expires }},
	{"enforced", func(d migrate.Dates) time.Time { return d.Enforced }},
}

// comparedDates writes the dates that differ.
func (p *page) comparedDates(from, to migrate.Dates) {
	for _, d := range dateEdits(from, to) {
		p.line(14, text("!"), span{text: d.name, pad: len("announced"), glue: 1}, text(d.from+" → "+d.to))
	}
}

func dateText(t time.Time, d migrate.Dates) string {
	if t.IsZero() {
		return "none"
	}
	return zoned(t, d)
}
