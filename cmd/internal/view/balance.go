package view

import (
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// references counts the rows of other tables, a line per table and answer.
func (p *page) references(refs []migrate.ReferenceSummary, l layout) {
	if len(refs) == 0 {
		return
	}
	p.line(0, styled(styleBold, "references"))
	for _, r := range refs {
		spans := []span{{pad: 3}, {text: referenceSign(r.Do) + " " + string(r.Do), style: styleDim, pad: len("x reassign"), glue: 1},
			{text: count(r.Count), style: styleBold, pad: -l.counts, glue: 1}, text(r.Table + "." + r.Column), text(r.Reason)}
		p.line(l.hang(), append(spans, styled(styleDim, labels(r)))...)
	}
}

// derived counts the rows that change because the tree does.
func (p *page) derived(counts []migrate.DerivedCount) {
	if len(counts) == 0 {
		return
	}
	out := make([]string, len(counts))
	for i, c := range counts {
		out[i] = c.Encoding + ": " + count(c.Rows)
		if i == 0 {
			out[i] = c.Encoding + ": " + some(c.Rows, "row", "rows")
		}
	}
	p.line(2, append([]span{styled(styleBold, "tree")}, pieces(out, " ·", gap, "")...)...)
}

// holds counts what stands in the way of the products, a line a kind.
func (p *page) holds(holds []migrate.HoldCount, l layout) {
	shown := slices.DeleteFunc(slices.Clone(holds), func(h migrate.HoldCount) bool { return h.Rows == 0 })
	if len(shown) == 0 {
		return
	}
	p.line(0, styled(styleBold, "holds"))
	for _, h := range shown {
		p.line(l.hang(), span{pad: 3}, span{text: "!", pad: len("x reassign"), glue: 1},
			span{text: count(h.Rows), style: styleBold, pad: -l.counts, glue: 1}, text(h.Label), text("on "+some(h.Products, "product", "products")))
	}
}

func referenceSign(do migrate.OnRemove) string {
	switch do {
	case migrate.OnRemoveDelete:
		return "x"
	case migrate.OnRemoveRepoint:
		return ">"
	case migrate.OnRemoveKeep:
		return "="
	}
	return "~"
}

func labels(r migrate.ReferenceSummary) string {
	var out []string
	for _, label := range r.Labels {
		if label = `"` + Fit(label, 40) + `"`; !slices.Contains(out, label) {
			out = append(out, label)
		}
	}
	if len(out) > 0 && len(out) < r.Count {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// balance closes a plan: every product found has one fate, and what was
// counted beside them.
func (p *page) balance(s *migrate.Summary) {
	t := s.Trailer.Totals
	p.line(2, span{text: fmt.Sprintf("found %s = delisted %s + reassigned %s + detached %s",
		count(t.Found), count(t.Delisted), count(t.Reassigned), count(t.Detached)), style: styleBold})
	if !t.Balanced() {
		p.line(2, styled(styleRed, "these counts do not balance: do not apply this plan"))
	}
	p.line(2, pieces(beside(t, s.Provenance.Counts), " ·", gap, "")...)
	scope := tally{}.categories(t)
	scope.some(s.Sellers, "seller", "sellers")
	scope.some(t.References, "reference", "references")
	p.line(2, append(pieces(scope, ",", gap, ""), text(limits(s)))...)
}

// beside counts what is in no balance, or in it without being said.
func beside(t migrate.Totals, c migrate.Counts) []string {
	var out []string
	add := func(n int, what string) {
		if n > 0 {
			out = append(out, what+" "+count(n))
		}
	}
	add(t.Swept, "delisted by sweeps")
	add(t.Followed, "variants delisted with their parents")
	add(t.Reported, "only reported")
	add(t.Kept, "kept by people")
	add(t.WasOff, "already off sale")
	add(t.Hidden, "hidden")
	add(t.Lacking, "lacking attributes in their new category")
	add(t.Emptied, "emptied categories")
	add(c.Cleared, "cleared by appeal")
	return out
}

// limits holds the totals against the policy's limits, which the plan has
// passed.
func limits(s *migrate.Summary) string {
	t, l := s.Trailer.Totals, s.Header.Limits
	if !l.Set() {
		return "no limits set"
	}
	var out []string
	if l.Delist != nil {
		out = append(out, "delist "+count(t.Off())+" of "+count(*l.Delist))
	}
	if l.LiveShare != nil {
		out = append(out, liveShare(t, s.Provenance.Counts, *l.LiveShare))
	}
	if l.MissingAttributes != nil {
		out = append(out, "missing attributes "+count(t.Lacking)+" of "+count(*l.MissingAttributes))
	}
	if l.Drift != nil {
		out = append(out, "drift up to "+count(*l.Drift))
	}
	return "limits ok (" + strings.Join(out, ", ") + ")"
}

func liveShare(t migrate.Totals, c migrate.Counts, limit float64) string {
	if c.Live == nil || *c.Live == 0 {
		return fmt.Sprintf("live share %g%%", 100*limit)
	}
	return fmt.Sprintf("live share %.1f of %g%%", 100*float64(t.LiveDelist)/float64(*c.Live), 100*limit)
}
