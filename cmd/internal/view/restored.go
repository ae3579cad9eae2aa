package view

import (
	"slices"
	"strings"

	"recat/migrate"
)

// appealBody says what was restored, rule by rule; of the undo of an appeal,
// what was done again.
func (p *page) appealBody(s *migrate.Summary, again bool) {
	for _, g := range s.Sweeps {
		sign, style := "+", styleGreen
		if again {
			sign, style = mark(g.Fate)
		}
		p.line(4, styled(style, sign), span{text: resumed(g, again), style: styleBold, glue: 1}, text(resumedBy(g)))
		for _, one := range g.Samples {
			p.line(6, span{pad: 5}, span{text: one.ID, glue: 1}, text(bareTitle(one.Title)), text(wayOf(s, one)))
		}
		p.shown(6, len(g.Samples), g.Count)
	}
}

func bareTitle(title *string) string {
	if title == nil {
		return ""
	}
	return *title
}

// resumed says what became of a group of products.
func resumed(g migrate.Group, again bool) string {
	products := some(g.Count, "product", "products")
	if again {
		return doneTypes[string(g.Fate)] + " " + products + " again"
	}
	return "restored " + products + " that had been " + doneTypes[string(g.Fate)]
}

// resumedBy says which rule, and whose answer, had decided it.
func resumedBy(g migrate.Group) string {
	out := "by " + g.Rule
	if why := whyText(g.Reason, g.Cleared, g.By); why != "" && why != g.Rule {
		out += ": " + why
	}
	return out
}

// wayOf says where a product was and where it is since; "" where it stayed.
func wayOf(s *migrate.Summary, one migrate.Sample) string {
	if one.Before == one.After {
		return ""
	}
	return whereabouts(s, one.Before) + " → " + whereabouts(s, one.After)
}

// mdRestored has a part for each group of products that an appeal restored, or
// the undo of one changed again.
func mdRestored(s *migrate.Summary, again bool) *mdBlock {
	var parts []*mdBlock
	for _, g := range s.Sweeps {
		sign := "+"
		if again {
			sign = fateSign(g)
		}
		rows := make([]string, len(g.Samples))
		for i, one := range g.Samples {
			rows[i] = mdRow(sign, one.ID, nullable(one.Title), wayOf(s, one))
		}
		fence := mdDiff(rows)
		fence.total, fence.more = g.Count, diffCut("")
		parts = append(parts, mdDetails(sign+" <b>"+resumed(g, again)+"</b> "+htmlCode(resumedBy(g)), fence))
	}
	return mdParts(parts, "groups")
}

// restoredSections are the parts of the page of an appeal, or of its undo: no
// plan was looked at anew.
func (r *reviewer) restoredSections() []htmlSection {
	title, kept, products := "Restored", r.keptRows, r.productTable
	if r.run.again() {
		title = "Done again"
	}
	if len(r.run.Run.Kept) == 0 {
		kept = nil
	}
	if r.products == 0 {
		products = nil
	}
	return []htmlSection{{"restored", title, r.restored}, {"kept", "Kept as edited since", kept}, {"products", "Products", products}}
}

// restored lists the groups of products that an appeal restored, by what they
// had been.
func (r *reviewer) restored(h *htmlPage) {
	again, groups := r.run.again(), r.s.Sweeps
	caption, was := "Restored products, by what they had been", "Had been"
	if again {
		caption, was = "Products that are again as the run had left them", "Is again"
	}
	if len(groups) == 0 {
		h.el("p.note", "No product.")
	} else {
		h.table(htmlTable{ID: "restored-rows", Caption: caption, Noun: [2]string{"group", "groups"}, Quiet: true,
			Columns: []htmlColumn{{Name: was, Head: true}, {Name: "Products", Number: true}, {Name: "By rule"}, {Name: "Why"},
				{Name: "Such as", Wide: true}, {Name: "From and to", Wide: true}}},
			len(groups), func(i int) []htmlCell {
				g := groups[i]
				out := textCells(doneTypes[string(g.Fate)], count(g.Count), g.Rule, whyText(g.Reason, g.Cleared, g.By), "", r.ways(g))
				out[4] = titlesCell(g.Samples, g.Count)
				return out
			})
	}
	h.facts([2]string{r.digestName(), r.s.Trailer.Digest})
}

// ways says, of the first products of a group, which ways they went.
func (r *reviewer) ways(g migrate.Group) string {
	var out []string
	for _, one := range g.Samples {
		if way := wayOf(r.s, one); way != "" && !slices.Contains(out, way) {
			out = append(out, way)
		}
	}
	return strings.Join(out, " · ")
}

// resumedRow makes a row of one of an appeal: what became of the product, and
// where it went.
func (r *reviewer) resumedRow(row *productRow, p *migrate.ProductChange) {
	if row.fate = string(p.Fate); !r.run.again() {
		row.fate = "restored"
		row.why = strings.TrimSuffix("had been "+doneTypes[string(p.Fate)]+"; "+row.why, "; ")
	}
	row.category, row.to = whereabouts(r.s, p.Before.Home()), whereabouts(r.s, p.After.Home())
}
