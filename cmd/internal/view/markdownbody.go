package view

import (
	"slices"
	"strings"

	"recat/migrate"
)

// mdCategories has a part for each category that holds products.
func mdCategories(s *migrate.Summary) *mdBlock {
	var parts []*mdBlock
	for _, c := range worstFirst(s.Categories) {
		if len(c.Groups) > 0 {
			sign, _ := categoryMark(c.Change.Do)
			parts = append(parts, mdDetails(mdSummary(sign, named(c.Change.Path, c.Change.ID), c.Groups, tags(s, c)), mdGroups(s, c.Groups)))
		}
	}
	return mdParts(parts, "categories with products")
}

// mdParts is a section of parts; nil where there are none.
func mdParts(parts []*mdBlock, what string) *mdBlock {
	if len(parts) == 0 {
		return nil
	}
	return &mdBlock{inside: parts, more: lineCut(what)}
}

// mdSummary is the line that a part opens by: what it is about, how many
// products suffer what there, and what else there is to say.
func mdSummary(sign, name string, groups []migrate.Group, tags []string) string {
	counts := map[migrate.Fate]int{}
	for _, g := range groups {
		counts[g.Fate] += g.Count
	}
	var sum tally
	for _, f := range append(slices.Clone(fatesWorstFirst), migrate.Report, migrate.Keep) {
		sum.add(counts[f], fateDone[f])
	}
	out := sign + " " + htmlCode(name) + " <b>" + sum.String() + "</b>"
	if len(tags) > 0 {
		out += " " + htmlCode(strings.Join(tags, " · "))
	}
	return out
}

// fateDone is what a fate has done to a product.
var fateDone = map[migrate.Fate]string{
	migrate.Delist: "delisted", migrate.Reassign: "reassigned", migrate.Detach: "detached", migrate.Report: "only reported",
	migrate.Keep: "kept",
}

// mdGroups is a fence with a hunk for each group of products, and for each
// category that a sweep found some in.
func mdGroups(s *migrate.Summary, groups []migrate.Group) *mdBlock {
	var hunks []*mdBlock
	for _, g := range groups {
		head := []string{string(g.Fate) + " " + count(g.Count), plainSpans(explain(s, g)), strings.Join(states(g), " · ")}
		if len(g.Places) < 2 {
			head = append(head, strings.Join(elsewhereIn(s, g), ", "))
			hunks = append(hunks, mdHunk(head, mdSamples(g, g.Samples), g.Count))
			continue
		}
		hunks = append(hunks, mdHunk(head, nil, 0))
		for _, place := range g.Places {
			head := []string{whereabouts(s, place.Category), count(place.Count)}
			hunks = append(hunks, mdHunk(head, mdSamples(g, place.Samples), place.Count))
		}
	}
	fence := mdDiff(nil, hunks...)
	fence.more = diffCut(" groups")
	return fence
}

// mdSamples are products of a group, with the words by which they were found.
func mdSamples(g migrate.Group, samples []migrate.Sample) []string {
	rows := make([]string, len(samples))
	for i, s := range samples {
		found := ""
		if words := markedWords(s.Title, s.Marks); len(words) > 0 {
			found = "by: " + strings.Join(words, ", ")
		}
		rows[i] = mdRow(fateSign(g), s.ID, nullable(s.Title), found)
	}
	return rows
}

// fateSign is a fate's sign, which colours a line of a diff.
func fateSign(g migrate.Group) string {
	switch {
	case g.Fate == migrate.Delist && (len(g.In) > 0 || g.Outside):
		return "!"
	case g.Fate == migrate.Delist:
		return "-"
	case g.Fate == migrate.Reassign:
		return "+"
	case g.Fate == migrate.Detach, g.Fate == migrate.Keep:
		return "="
	}
	return "?"
}

// plainSpans joins what spans say.
func plainSpans(spans []span) string {
	words := make([]string, len(spans))
	for i, s := range spans {
		words[i] = s.text
	}
	return strings.Join(words, " ")
}

// mdBare lists the categories that hold no product, and what becomes of them.
func mdBare(s *migrate.Summary) *mdBlock {
	var rows []string
	totals := migrate.Totals{}
	for _, c := range worstFirst(s.Categories) {
		if len(c.Groups) > 0 {
			continue
		}
		totals.Count(migrate.Change{Category: c.Change})
		rows = append(rows, mdRow(diffMark(c.Change.Do), named(c.Change.Path, c.Change.ID), strings.Join(tags(s, c), " · ")))
	}
	if len(rows) == 0 {
		return nil
	}
	fence := mdDiff(rows)
	fence.more = diffCut("")
	what := "without products"
	if s.Pruned {
		what = "whose products are no longer known"
	}
	return mdDetails("Categories "+what+": <b>"+tally{}.categories(totals).String()+"</b>", fence)
}

// diffMark is a category's sign, which colours a line of a diff.
func diffMark(do migrate.CategoryAction) string {
	switch do {
	case migrate.RemoveCategory:
		return "-"
	case migrate.PromoteCategory:
		return "+"
	}
	return "!"
}

// mdSweeps has a part for each sweep, one for what people decided of their
// finds, and one for the variants that follow what a sweep delists.
func mdSweeps(s *migrate.Summary) *mdBlock {
	var parts []*mdBlock
	for rest := s.Sweeps; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Outside == rest[0].Outside && (rest[0].Outside || rest[n].Rule == rest[0].Rule) {
			n++
		}
		groups := rest[:n]
		name := found(groups[0])
		if groups[0].Outside {
			name = "variants of products delisted by sweeps"
		}
		parts = append(parts, mdDetails(mdSummary("!", name, groups, nil), mdGroups(s, groups)))
		rest = rest[n:]
	}
	return mdParts(parts, "sweeps")
}
