package view

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"recat/migrate"
)

// heldBack are the holds that hold something.
func heldBack(s *migrate.Summary) []migrate.HoldCount {
	return slices.DeleteFunc(slices.Clone(s.Provenance.Counts.Holds), func(h migrate.HoldCount) bool { return h.Rows == 0 })
}

// holds counts what stands in the way of the products.
func (r *reviewer) holds(h *htmlPage) {
	held := heldBack(r.s)
	h.el("p.note", "What holds products of this "+r.noun()+" back. Nothing is done to it: tell those whom it concerns. "+
		"A plan counts these; it does not say which products they are.")
	h.table(htmlTable{ID: "hold-rows", Caption: "What holds products, when the plan was made", Noun: [2]string{"kind", "kinds"},
		Columns: []htmlColumn{{Name: "What", Head: true}, {Name: "Rows", Number: true}, {Name: "Products", Number: true}}},
		len(held), func(i int) []htmlCell {
			return textCells(held[i].Label, count(held[i].Rows), count(held[i].Products))
		})
}

// attributes tells what reassigned products lack in their new category.
func (r *reviewer) attributes(h *htmlPage) {
	lacking := r.s.Lacking()
	h.el("p.note", "Reassigned products lack attributes that their new category requires of its products. They move all the same.")
	h.table(htmlTable{ID: "attribute-rows", Caption: "Categories whose new products lack attributes", Noun: [2]string{"category", "categories"},
		Columns: []htmlColumn{{Name: "Category", Head: true}, {Name: "Lack attributes", Number: true}, {Name: "Of new products", Number: true},
			{Name: "Attributes", Wide: true}}},
		len(lacking), func(i int) []htmlCell {
			t := lacking[i]
			return textCells(pathOf(r.s, t.To), count(t.Lacking), count(t.Reassigned), attributes(t.Missing))
		})
}

// decided are the groups that people decided.
func (r *reviewer) decided() []migrate.Group {
	var out []migrate.Group
	r.eachGroup(func(_ *migrate.CategoryChange, g migrate.Group) {
		if g.By != "" || g.Rule == migrate.RuleDecisions {
			out = append(out, g)
		}
	})
	return out
}

// decisions lists what people decided, product by product as the policy's
// decisions file says.
func (r *reviewer) decisions(h *htmlPage) {
	h.el("p.note", "What people decided, product by product; their answers come before every rule.")
	groups := r.decided()
	h.table(htmlTable{ID: "decision-rows", Caption: "Decisions", Noun: [2]string{"decision", "decisions"},
		Columns: []htmlColumn{{Name: "By", Head: true, Filter: true}, {Name: "Fate", Badge: true, Filter: true}, {Name: "Goes to"},
			{Name: "Products", Number: true}, {Name: "Reason"}, {Name: "Titles", Wide: true}}},
		len(groups), func(i int) []htmlCell {
			g := groups[i]
			return append(textCells(g.By, string(g.Fate), r.destination(g), count(g.Count), whyText(g.Reason, g.Cleared, "")), titlesCell(g.Samples, g.Count))
		})
}

// references tells what becomes of rows of other tables, and of the removed
// categories' pages.
func (r *reviewer) references(h *htmlPage) {
	if refs := r.s.References; len(refs) > 0 {
		h.table(htmlTable{ID: "reference-rows", Caption: "Rows of other tables that point at a removed category", Noun: [2]string{"kind", "kinds"},
			Columns: []htmlColumn{{Name: "Table and column", Head: true}, {Name: "What becomes of them", Badge: true}, {Name: "Rows", Number: true},
				{Name: "Reason"}, {Name: "Such as", Wide: true}}},
			len(refs), func(i int) []htmlCell {
				return textCells(refs[i].Table+"."+refs[i].Column, string(refs[i].Do), count(refs[i].Count), refs[i].Reason, labels(refs[i]))
			})
	}
	if removed := r.removed(); len(removed) > 0 {
		h.table(htmlTable{ID: "page-rows", Caption: "Where the pages of removed categories lead", Noun: [2]string{"category", "categories"},
			Columns: []htmlColumn{{Name: "Removed category", Head: true, Wide: true}, {Name: "Id"}, {Name: "Its page leads to", Wide: true}}},
			len(removed), func(i int) []htmlCell {
				c, to := removed[i].Change, "nowhere: gone"
				if c.Successor != "" {
					to = pathOf(r.s, c.Successor)
				}
				return textCells(c.Path, string(c.ID), to)
			})
	}
	if derived := r.s.Provenance.Counts.Derived; len(derived) > 0 {
		h.table(htmlTable{ID: "derived-rows", Caption: "Rows that change because the tree does", Noun: [2]string{"kind", "kinds"},
			Columns: []htmlColumn{{Name: "What", Head: true}, {Name: "Rows", Number: true}}},
			len(derived), func(i int) []htmlCell { return textCells(derived[i].Encoding, count(derived[i].Rows)) })
	}
}

// gauge is a count held against a limit.
type gauge struct {
	name      string
	is, limit float64
	unit      string
}

// near reports whether little is left of the limit.
func (g gauge) near() bool { return g.limit > 0 && g.is >= 0.8*g.limit }

func (g gauge) text() string {
	return fmt.Sprintf("%s %s of %s%s allowed.", g.name, decimal(g.is), decimal(g.limit), g.unit)
}

// decimal writes a number with commas, and a decimal where it has any.
func decimal(f float64) string {
	if f == float64(int(f)) {
		return count(int(f))
	}
	return strconv.FormatFloat(f, 'f', 1, 64)
}

// gauges are the limits that the plan is measured by.
func (r *reviewer) gauges() []gauge {
	t, l := r.s.Trailer.Totals, r.s.Header.Limits
	var out []gauge
	if l.Delist != nil {
		out = append(out, gauge{"products delisted", float64(t.Off()), float64(*l.Delist), ""})
	}
	if live := r.s.Provenance.Counts.Live; l.LiveShare != nil && live != nil && *live > 0 {
		out = append(out, gauge{"share of the products on sale that is delisted", 100 * float64(t.LiveDelist) / float64(*live), 100 * *l.LiveShare, " %"})
	}
	if l.MissingAttributes != nil {
		out = append(out, gauge{"products that lack attributes", float64(t.Lacking), float64(*l.MissingAttributes), ""})
	}
	if l.Drift != nil && r.run != nil {
		out = append(out, gauge{"products changed since the plan", float64(len(r.run.Run.Drift)), float64(*l.Drift), ""})
	}
	return out
}

// limits says what bounds the plan, and what may change under it.
func (r *reviewer) limits(h *htmlPage) {
	gauges := r.gauges()
	if len(gauges) == 0 {
		h.el("p", "The policy sets no limits that this "+r.noun()+" can be held against.")
	}
	h.in("ul.gauges", func() {
		for _, g := range gauges {
			h.in("li", func() {
				h.open("meter", attr{"max", strconv.FormatFloat(g.limit, 'f', -1, 64)}, attr{"high", strconv.FormatFloat(0.8*g.limit, 'f', -1, 64)},
					attr{"value", strconv.FormatFloat(g.is, 'f', 2, 64)}, attr{"aria-label", g.name})
				h.close("meter")
				h.text(" " + g.text())
			})
		}
	})
	d := r.s.Header.Drift
	h.el("p", "If the catalog changes between the plan and its date:")
	h.facts([2]string{"A product arrives in a removed category", driftWords[d.Arrived]}, [2]string{"A product leaves it, or is gone", driftWords[d.Left]},
		[2]string{"A product is edited so that it would be decided anew", driftWords[d.Edited]}, [2]string{"At most so many products", driftLimit(r.s.Header.Limits)})
}

// driftWords are what the policy says of drift, in plain words.
var driftWords = map[migrate.Tolerance]string{
	"":                        "nothing is applied; a new plan is needed",
	migrate.ToleranceFail:     "nothing is applied; a new plan is needed",
	migrate.ToleranceRules:    "it is treated by the same rules, and listed in the receipt",
	migrate.ToleranceSkip:     "it is left alone, and listed in the receipt",
	migrate.ToleranceSameFate: "it keeps the fate that the plan gave it, and is listed in the receipt",
}

func driftLimit(l migrate.Limits) string {
	if l.Drift == nil {
		return "no limit"
	}
	return count(*l.Drift) + "; beyond that nothing is applied"
}

// policy shows the files that a person wrote.
func (r *reviewer) policy(h *htmlPage) {
	h.el("p.note", "What the "+r.noun()+" was made from, as it was written.")
	file := func(name, text string) {
		h.in("details", func() {
			h.el("summary", name)
			h.in("pre", func() { h.lines(text) }, attr{"tabindex", "0"}, attr{"aria-label", name})
		})
	}
	file(r.s.Header.PolicyFile, r.s.Header.PolicyText)
	for _, name := range slices.Sorted(maps.Keys(r.s.Header.Files)) {
		file(name, r.s.Header.Files[name])
	}
}

// words explains the words of the page.
func (r *reviewer) words(h *htmlPage) {
	h.in("dl.words", func() {
		for _, w := range glossary {
			h.el("dt", w[0])
			h.el("dd", w[1])
		}
	})
}

var glossary = [][2]string{
	{"delist", "The product is taken off sale. It stays in the catalog; undoing the run puts it back as it was."},
	{"reassign", "The product moves from a removed category to another one and stays as it is."},
	{"detach", "The product leaves the removed category and stays in the other categories that it is in already."},
	{"report", "A sweep found the product; nothing is done to it."},
	{"keep", "A sweep found the product, and a person decided that it is no such thing; nothing is done to it."},
	{"removed", "The category goes. What stays is a note of its id, its path and the run."},
	{"emptied", "A category above removed ones in which nothing is left; it goes with them."},
	{"promoted", "The category stays; because its parent goes, it moves up."},
	{"closed", "The category stays; it takes no new products."},
	{"prohibited goods", "Goods of this category may not be sold. A product may only stay if somebody cleared it, by name or ticket."},
	{"sweep", "A rule that looks for the same goods in all other categories."},
	{"hidden row", "A product that the shop itself leaves out, a deleted one say, but that still points at a category."},
	{"drift", "A difference between the catalog when the plan was made and when it is applied."},
	{"digest", "The fingerprint of the plan. Approving it approves every row on this page and nothing else: whatever changes in the plan changes it."},
	{"reference", "A row of another table that points at a category: a menu, a translation, a redirect."},
}
