package view

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"recat/migrate"
)

// fatesShown bounds the categories whose groups a page spells out.
const fatesShown = 200

// fates shows the way of the products out of each removed category, the
// largest category first.
func (r *reviewer) fates(h *htmlPage) {
	flows := r.flows()
	h.el("p.note", "How the products leave each removed category, the largest first; the bars are to one scale.")
	h.in("ul.legend", func() {
		for _, fate := range []migrate.Fate{migrate.Delist, migrate.Reassign, migrate.Detach} {
			h.in("li", func() {
				h.badge(string(fate))
				h.text(" " + fateMeaning[fate])
			})
		}
	})
	for _, f := range flows[:min(len(flows), fatesShown)] {
		h.in("article.card", func() { r.flow(h, f, flows[0].count) })
	}
	if n := len(flows) - fatesShown; n > 0 {
		h.el("p.note", "… and "+some(n, "more category, with fewer products", "more categories, with fewer products each")+
			"; the table of products has them by category.")
	}
}

// fateMeaning is a fate in plain words.
var fateMeaning = map[migrate.Fate]string{
	migrate.Delist:   "taken off sale",
	migrate.Reassign: "moved to another category, stays as it is",
	migrate.Detach:   "leaves this category, stays on sale in another",
	migrate.Report:   "listed here, nothing is done to it",
	migrate.Keep:     "found by a sweep, kept as it is by a person",
}

// flow is a removed category with the products that leave it.
type flow struct {
	migrate.CategorySummary
	count int
}

func (r *reviewer) flows() []flow {
	var out []flow
	for _, c := range r.s.Categories {
		f := flow{CategorySummary: c}
		for _, g := range c.Groups {
			f.count += g.Count
		}
		if f.count > 0 {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b flow) int { return cmp.Compare(b.count, a.count) })
	return out
}

func (r *reviewer) flow(h *htmlPage, f flow, largest int) {
	h.in("h3", func() {
		h.el("bdi", f.Change.Path)
		h.el("span.id", " ["+string(f.Change.ID)+"] ")
		if f.Change.Prohibited {
			h.badge("prohibited goods")
		}
	})
	h.in("p", func() {
		h.el("strong", some(f.count, "product", "products"))
		h.text(" · " + page404(r.s, f.Change) + " · ")
		h.filterLink("list them", map[string]string{columnCategory: pathOf(r.s, f.Change.ID)})
	})
	h.bar(f.Groups, largest)
	h.in("ul.groups", func() {
		for _, g := range f.Groups {
			r.group(h, g, map[string]string{columnFate: string(g.Fate), columnCategory: pathOf(r.s, f.Change.ID), columnRule: g.Rule})
		}
	})
}

// bar draws groups beside one another, to the scale of the largest category.
// It says nothing that the list below it doesn't.
func (h *htmlPage) bar(groups []migrate.Group, largest int) {
	h.in("svg.bar", func() {
		x := 0.0
		for _, g := range groups {
			width := 1000 * float64(g.Count) / float64(largest)
			h.open("rect", attr{"class", "f-" + string(g.Fate)}, attr{"x", strconv.FormatFloat(x, 'f', 1, 64)},
				attr{"width", strconv.FormatFloat(max(width, 2), 'f', 1, 64)}, attr{"height", "10"})
			h.close("rect")
			x += width
		}
	}, attr{"viewBox", "0 0 1000 10"}, attr{"preserveAspectRatio", "none"}, attr{"aria-hidden", "true"})
}

// group writes the products that one rule gave one fate.
func (r *reviewer) group(h *htmlPage, g migrate.Group, filters map[string]string) {
	h.in("li", func() {
		h.in("p", func() {
			h.badge(string(g.Fate))
			h.raw(" ")
			h.el("strong", count(g.Count))
			h.el("span", r.destination(g))
			h.el("span.why", r.because(g))
		})
		if of := states(g); len(of) > 0 {
			h.el("p.note", strings.Join(of, " · "))
		}
		h.sampleList(g, func() { h.filterLink("show "+count(g.Count), filters) })
	})
}

// destination says where the products of a group are afterwards.
func (r *reviewer) destination(g migrate.Group) string {
	switch {
	case g.Fate == migrate.Detach && len(g.Only) > 0:
		return "stay in " + strings.Join(paths(r.s, g.Only), ", ")
	case g.To != "":
		return "→ " + pathOf(r.s, g.To)
	}
	return ""
}

// because is the reason of a group, its rule and who decided it.
func (r *reviewer) because(g migrate.Group) string {
	out := []string{whyText(g.Reason, g.Cleared, g.By)}
	if g.Outside {
		out = append(out, "variants of products delisted here")
	}
	if !selfEvident(g) {
		out = append(out, "by rule "+g.Rule)
	}
	return strings.Join(slices.DeleteFunc(out, func(s string) bool { return s == "" }), "; ")
}

// sampleList writes the first products of a group, and a way to the others.
func (h *htmlPage) sampleList(g migrate.Group, more func()) {
	if len(g.Samples) == 0 {
		return
	}
	h.in("ul.samples", func() {
		for _, s := range g.Samples {
			h.in("li", func() {
				h.el("span.id", s.ID)
				h.raw(" ")
				title := titleCell(s.Title, s.Marks)
				h.in("bdi", func() { h.marked(title.Text, title.Marks) })
			})
		}
		if n := g.Count - len(g.Samples); n > 0 {
			h.in("li", func() {
				h.text("… " + count(len(g.Samples)) + " of " + count(g.Count) + " shown; ")
				more()
			})
		}
	})
}
