package view

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// group writes the products that one rule gave one fate: how many, where to,
// why, what state they are in, and a few of them.
func (p *page) group(s *migrate.Summary, g migrate.Group, l layout) {
	sign, style := mark(g.Fate)
	spans := []span{{pad: 3}, {text: sign + " " + string(g.Fate), style: style, pad: len("x reassign"), glue: 1},
		{text: count(g.Count), style: styleBold, pad: -l.counts, glue: 1}}
	spans = append(spans, explain(s, g)...)
	if !l.samples {
		spans = append(spans, pieces(elsewhereIn(s, g), ",", 3, "")...)
	}
	p.line(l.hang(), append(spans, pieces(states(g), " ·", 3, styleDim)...)...)
	switch {
	case l.samples && len(g.Places) > 0:
		p.places(s, g)
	case l.samples:
		p.samples(8, g.Samples, g.Count)
	}
}

// explain says where the products go and why, in as many spans.
func explain(s *migrate.Summary, g migrate.Group) []span {
	var out []span
	add := func(before, what string) { out = append(out, text(before+what)) }
	switch {
	case g.Fate == migrate.Detach && len(g.Only) > 0:
		out = append(out, text("stays in:"))
		out = append(out, pieces(paths(s, g.Only), ",", 1, "")...)
	case g.To != "":
		add("→ ", pathOf(s, g.To))
	}
	if g.Outside {
		add("", "variants of products delisted here")
	}
	if g.Cleared != "" {
		add("cleared: ", g.Cleared)
	} else if g.Reason != "" {
		add("", g.Reason)
	}
	if !selfEvident(g) {
		add("by rule ", g.Rule)
	}
	if g.By != "" {
		add("decided by ", g.By)
	}
	return out
}

// selfEvident reports whether the rule's name says nothing that the line
// doesn't: a sweep is headed by it, and a person's answer and living elsewhere
// are no rules.
func selfEvident(g migrate.Group) bool {
	return g.Rule == "" || g.Rule == g.Reason || len(g.In) > 0 || g.By != "" || g.Rule == "elsewhere" || g.Rule == migrate.RuleDecisions
}

// pathsShown bounds a list of categories on a line.
const pathsShown = 3

func paths(s *migrate.Summary, ids []taxonomy.ID) []string {
	out := make([]string, 0, pathsShown+1)
	for _, id := range ids[:min(len(ids), pathsShown)] {
		out = append(out, pathOf(s, id))
	}
	if n := len(ids) - pathsShown; n > 0 {
		out = append(out, "… "+count(n)+" more")
	}
	return out
}

// states counts a group by state, the most frequent first, and by what makes
// its products special.
func states(g migrate.Group) []string {
	var out []string
	if _, unknown := g.States[migrate.NullText]; !unknown || len(g.States) > 1 {
		for _, state := range mostFirst(g.States) {
			out = append(out, nullState(state)+" "+count(g.States[state]))
		}
	}
	if off := g.Count - g.Live; g.Fate == migrate.Delist && off > 0 {
		out = append(out, "already off sale "+count(off))
	}
	if g.Lacking > 0 {
		out = append(out, count(g.Lacking)+" lack attributes: "+attributes(g.Missing))
	}
	if g.Hidden > 0 {
		out = append(out, "hidden "+count(g.Hidden))
	}
	if g.Overruled > 0 {
		out = append(out, "overruling another entry "+count(g.Overruled))
	}
	return out
}

// attributesShown bounds the attributes that a line names.
const attributesShown = 5

// attributes counts products by what they lack, the most frequent first.
func attributes(missing map[string]int) string {
	names := mostFirst(missing)
	var out []string
	for _, name := range names[:min(len(names), attributesShown)] {
		out = append(out, name+" "+count(missing[name]))
	}
	if n := len(names) - attributesShown; n > 0 {
		out = append(out, "… "+count(n)+" more")
	}
	return strings.Join(out, ", ")
}

// nullState tells the empty state from none.
func nullState(state string) string {
	if state == "" {
		return `""`
	}
	return state
}

// elsewhereIn says which categories a sweep found its products in.
func elsewhereIn(s *migrate.Summary, g migrate.Group) []string {
	var out []string
	ids := mostFirst(g.In)
	for _, id := range ids[:min(len(ids), pathsShown)] {
		out = append(out, whereabouts(s, id)+" ("+count(g.In[id])+")")
	}
	if n := len(ids) - pathsShown; n > 0 {
		out = append(out, "… "+count(n)+" more categories")
	}
	return out
}

func whereabouts(s *migrate.Summary, id taxonomy.ID) string {
	if id == "" {
		return "no category"
	}
	return pathOf(s, id)
}

// mostFirst orders keys by their counts, then by name.
func mostFirst[K cmp.Ordered](m map[K]int) []K {
	return slices.SortedFunc(maps.Keys(m), func(a, b K) int {
		return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b))
	})
}

// sweep heads the groups of one sweep rule, the first of which are its, or
// those of which people decided.
func (p *page) sweep(groups []migrate.Group) {
	products, in := 0, map[taxonomy.ID]bool{}
	rule := groups[0].Rule
	for _, g := range groups {
		if g.Rule != rule || g.Outside {
			continue
		}
		products += g.Count
		for id := range g.In {
			in[id] = true
		}
	}
	p.line(4, styled(styleYellow, "!"), span{text: found(groups[0]) + ":", style: styleBold, glue: 1},
		span{text: some(products, "product", "products") + " in " + some(len(in), "other category", "other categories"), glue: 1})
}

// found names the sweep that found a group's products, or says that people
// decided them.
func found(g migrate.Group) string {
	if g.Answered() {
		return "decided by people"
	}
	return "sweep " + g.Rule
}

// placesShown bounds the categories that a sweep's products are shown in.
const placesShown = 8

// places writes the categories that a sweep found its products in, the largest
// first, each with a few of its products: what the rule was not meant for is
// seen by where it is and by the words it was found by.
func (p *page) places(s *migrate.Summary, g migrate.Group) {
	rest := 0
	for i, place := range g.Places {
		if i >= placesShown {
			rest += place.Count
			continue
		}
		p.line(10, span{pad: 7}, span{text: whereabouts(s, place.Category), glue: 1}, styled(styleBold, count(place.Count)))
		p.samples(10, place.Samples, place.Count)
	}
	if n := len(g.Places) - placesShown; n > 0 {
		p.line(10, span{pad: 7}, span{text: "… " + some(n, "more category", "more categories") + " with " + some(rest, "product", "products"), style: styleDim, glue: 1})
	}
}

// samples writes a few products of so many, and how many there are.
func (p *page) samples(indent int, samples []migrate.Sample, of int) {
	ids := 0
	for _, s := range samples {
		ids = max(ids, min(width(Safe(s.ID)), 24))
	}
	for _, s := range samples {
		p.line(indent, span{pad: indent - 1}, span{text: s.ID, style: styleDim, pad: ids, glue: 1},
			p.title(s.Title, s.Marks, p.o.Width-indent-ids-gap))
	}
	p.shown(indent, len(samples), of)
}
