package view

import (
	"cmp"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// groupsSampled is the number of groups beyond which samples would bury the
// counts, and are left out.
const groupsSampled = 40

// body writes categories, sweeps and references, the worst first.
func (p *page) body(s *migrate.Summary) {
	l := layoutOf(s, p.o.Width)
	rebuilt := 0
	for _, c := range worstFirst(s.Categories) {
		if c.Change.Do == migrate.RebuildCategory {
			if rebuilt++; rebuilt > rebuiltShown {
				continue
			}
		}
		p.category(s, c, l)
		for _, g := range c.Groups {
			p.group(s, g, l)
		}
	}
	if rebuilt > rebuiltShown {
		p.line(4, styled(styleDim, "… and "+count(rebuilt-rebuiltShown)+" more categories are rebuilt; the plan's JSON lists them all"))
	}
	for i, g := range s.Sweeps {
		if !g.Outside && (i == 0 || s.Sweeps[i-1].Rule != g.Rule) {
			p.sweep(s.Sweeps[i:])
		}
		p.group(s, g, l)
	}
	p.references(s.References, l)
	p.derived(s.Provenance.Counts.Derived)
	p.holds(s.Provenance.Counts.Holds, l)
	if !l.samples {
		p.line(2, styled(styleDim, "products are left out: there are more than "+count(groupsSampled)+" groups; the products export lists them all"))
	}
}

// layout is what the lines of one plan share.
type layout struct {
	counts  int // width of the counts
	paths   int // width of the paths, where the tags line up
	samples bool
}

func layoutOf(s *migrate.Summary, cells int) layout {
	l := layout{counts: 6}
	groups := len(s.Sweeps)
	each := func(g migrate.Group) { l.counts = max(l.counts, len(count(g.Count))) }
	for _, c := range s.Categories {
		groups += len(c.Groups)
		if w := width(Safe(named(c.Change.Path, c.Change.ID))); w < cells-30 {
			l.paths = max(l.paths, w)
		}
		for _, g := range c.Groups {
			each(g)
		}
	}
	for _, g := range s.Sweeps {
		each(g)
	}
	for _, r := range s.References {
		l.counts = max(l.counts, len(count(r.Count)))
	}
	l.samples = groups <= groupsSampled
	return l
}

// hang is the column in which the text of a group begins.
func (l layout) hang() int { return len("    x reassign ") + l.counts + gap }

// named is a path with the id that tells it from one of the same names.
func named(path string, id taxonomy.ID) string {
	return path + " [" + string(id) + "]"
}

// worstFirst puts what loses most first; path order decides between equals.
func worstFirst(categories []migrate.CategorySummary) []migrate.CategorySummary {
	out := slices.Clone(categories)
	slices.SortStableFunc(out, func(a, b migrate.CategorySummary) int {
		return cmp.Compare(badness(a), badness(b))
	})
	return out
}

func badness(c migrate.CategorySummary) int {
	switch c.Change.Do {
	case migrate.PromoteCategory:
		return 5
	case migrate.CloseCategory:
		return 6
	case migrate.RebuildCategory:
		return 7
	}
	switch {
	case c.Change.Why == migrate.CauseEmptied:
		return 4
	case len(c.Groups) == 0:
		return 3
	}
	return max(0, slices.Index([]migrate.Fate{migrate.Delist, migrate.Reassign, migrate.Detach}, c.Groups[0].Fate))
}

// category writes the line of one category: what becomes of it, and why.
func (p *page) category(s *migrate.Summary, c migrate.CategorySummary, l layout) {
	sign, style := categoryMark(c.Change.Do)
	spans := []span{styled(style, sign), {text: named(c.Change.Path, c.Change.ID), style: styleBold, glue: 1, pad: l.paths}}
	p.line(4, append(spans, pieces(tags(s, c), " ·", gap, "")...)...)
}

// categoryMark is the sign and style of what is done to a category.
func categoryMark(do migrate.CategoryAction) (sign, style string) {
	switch do {
	case migrate.PromoteCategory:
		return "^", styleCyan
	case migrate.CloseCategory:
		return "o", styleYellow
	case migrate.RebuildCategory:
		return "~", styleCyan
	}
	return "-", styleRed
}

func tags(s *migrate.Summary, c migrate.CategorySummary) []string {
	var out []string
	change := c.Change
	if change.Prohibited {
		out = append(out, "prohibited")
	}
	switch {
	case change.Do == migrate.PromoteCategory && change.To == "":
		out = append(out, "its parent goes: becomes a root")
	case change.Do == migrate.PromoteCategory:
		out = append(out, "its parent goes: moves up to "+pathOf(s, change.To))
	case change.Do == migrate.CloseCategory:
		out = append(out, "closed to new products")
	case change.Why == migrate.CauseEmptied:
		out = append(out, "emptied by this plan")
	case change.Why == migrate.CauseSubtree:
		out = append(out, "below a removed category")
	}
	if change.Do == migrate.RemoveCategory {
		out = append(out, page404(s, change))
	}
	if change.Do == migrate.RemoveCategory && len(c.Groups) == 0 && change.Why != migrate.CauseEmptied && !s.Pruned {
		out = append(out, "no products")
	}
	if len(change.Rebuild) > 0 {
		out = append(out, "rebuilt: "+rebuilt(change.Rebuild))
	}
	if change.Reason != "" {
		out = append(out, change.Reason)
	}
	return out
}

// rebuiltShown bounds the categories that are shown because they are rebuilt.
const rebuiltShown = 20

// rebuilt writes what is repaired of a category, column by column.
func rebuilt(cells []migrate.Rebuilt) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = c.Column + " " + bare(c.Before) + " → " + bare(c.After)
	}
	return strings.Join(out, ", ")
}

// bare is a value as it is, NULL apart.
func bare(s *string) string {
	if s == nil {
		return migrate.NullText
	}
	return *s
}

// page404 says where the category's page goes.
func page404(s *migrate.Summary, c *migrate.CategoryChange) string {
	if c.Successor == "" {
		return "page gone"
	}
	return "page → " + pathOf(s, c.Successor)
}

// pathOf is a category's path, its id where the plan doesn't tell it.
func pathOf(s *migrate.Summary, id taxonomy.ID) string {
	if path := cmp.Or(s.Paths[id], s.Trailer.Paths[id]); path != "" {
		return path
	}
	return "id " + string(id)
}
