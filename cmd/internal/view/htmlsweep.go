package view

import (
	"cmp"
	"slices"
	"strconv"

	"recat/migrate"
)

// sweepRules are the names of the sweep rules that found something, worst
// first.
func (r *reviewer) sweepRules() []string {
	var out []string
	for _, g := range r.s.Sweeps {
		if !g.Outside && !g.Answered() && !slices.Contains(out, g.Rule) {
			out = append(out, g.Rule)
		}
	}
	return out
}

// foundIn is what a sweep rule found in one category.
type foundIn struct {
	migrate.Place
	fate migrate.Fate
	path string
	few  bool // next to nothing of what the rule found: a false alarm, perhaps
}

// fewOf is how many times more a sweep found in one category for another to be
// worth a second look.
const fewOf = 10

// fewest is how many such categories are pointed at: where there are more, all
// of the sweep wants a look.
const fewest = 20

// foundBy groups a sweep's findings by category, the most first.
func (r *reviewer) foundBy(rule string) []foundIn {
	var out []foundIn
	largest := 0
	for _, g := range r.s.Sweeps {
		if g.Rule != rule || g.Outside {
			continue
		}
		for _, p := range g.Places {
			out = append(out, foundIn{p, g.Fate, whereabouts(r.s, p.Category), false})
			largest = max(largest, p.Count)
		}
	}
	few := 0
	for i := range out {
		if out[i].few = out[i].Count*fewOf <= largest; out[i].few {
			few++
		}
	}
	for i := range out {
		out[i].few = out[i].few && few <= fewest
	}
	slices.SortFunc(out, func(a, b foundIn) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.path, b.path), cmp.Compare(a.Category, b.Category), cmp.Compare(a.fate, b.fate))
	})
	return out
}

// sweeps shows what the policy's sweeps found, by rule and category.
func (r *reviewer) sweeps(h *htmlPage) {
	h.el("p.note", "The same goods in other categories: the policy's sweeps look for them in the rest of the catalog. What they find keeps its "+
		"category. The words by which a rule found a title are marked; a category with few findings may be a false alarm.")
	for i, rule := range r.sweepRules() {
		found := r.foundBy(rule)
		products := 0
		for _, f := range found {
			products += f.Count
		}
		h.in("h3", func() {
			h.text(rule + ": " + some(products, "product", "products") + " in " + some(len(found), "category", "categories") + " ")
			h.filterLink("list them", map[string]string{columnRule: rule})
		})
		r.sweepPlaces(h, rule)
		h.table(htmlTable{ID: "sweep-" + strconv.Itoa(i+1), Caption: "Found by " + rule + ", by category", Noun: [2]string{"category", "categories"}, Quiet: true,
			Columns: []htmlColumn{{Name: "Category", Head: true}, {Name: "Fate", Badge: true, Filter: true}, {Name: "Products", Number: true},
				{Name: "Look", Badge: true}, {Name: "Such as", Wide: true}}},
			len(found), func(i int) []htmlCell { return found[i].cells() })
	}
	for _, rule := range r.silentSweeps() {
		h.el("h3", rule+": nothing found")
		r.sweepPlaces(h, rule)
	}
	for i, g := range r.s.Sweeps {
		if g.Answered() && (i == 0 || !r.s.Sweeps[i-1].Answered()) {
			h.el("h3", "Decided by people, whatever the sweep would do")
		}
		if g.Outside || g.Answered() {
			h.in("ul.groups", func() { r.group(h, g, map[string]string{columnRule: g.Rule, columnFate: string(g.Fate)}) })
		}
	}
}

func (f foundIn) cells() []htmlCell {
	few := ""
	if f.few {
		few = "few"
	}
	out := textCells(f.path, string(f.fate), count(f.Count), few)
	return append(out, titlesCell(f.Samples, f.Count))
}

// titlesCell strings a few titles of so many together, with their marks.
func titlesCell(samples []migrate.Sample, of int) htmlCell {
	var out htmlCell
	for i, s := range samples {
		if i > 0 {
			out.Text += " · "
		}
		title := titleCell(s.Title, s.Marks)
		for _, m := range title.Marks {
			out.Marks = append(out.Marks, [2]int{len(out.Text) + m[0], len(out.Text) + m[1]})
		}
		out.Text += title.Text
	}
	if n := of - len(samples); n > 0 {
		out.Text += " … " + count(n) + " more"
	}
	return out
}
