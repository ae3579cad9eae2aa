package view

import (
	"io"
	"slices"
	"strings"

	"recat/migrate"
)

// comparedRows bounds the differences of a class that a page holds.
const comparedRows = 5000

// ComparedHTML writes what changed from one plan to another as a page: the
// verdict, what differs in their terms, then the differences, the worst first,
// as a table to search and filter. Of each class it holds the first few
// thousand, and says so.
func ComparedHTML(w io.Writer, from, to migrate.Plan) error {
	c, err := newComparison(from, to)
	if err != nil {
		return err
	}
	rows := map[string][]deltaRow{}
	err = c.read(func(d migrate.Delta) error {
		if class := classOf(d).name; len(rows[class]) < comparedRows {
			rows[class] = append(rows[class], c.row(d))
		}
		return nil
	})
	if err != nil {
		return err
	}
	var all []deltaRow
	for _, class := range deltaWorstFirst {
		all = append(all, rows[class.name]...)
	}
	name := to.Header().Policy
	return htmlDocument{Title: name + ", compared", Header: c.htmlHeader,
		Sections: []htmlSection{
			{"terms", "Dates and terms", c.htmlTerms()},
			{"policy", "The policy's text", c.htmlPolicy()},
			{"changes", "Differences", c.htmlChanges(all)},
			{"counts", "Counts", c.htmlCounts},
		},
		Footer: c.htmlFooter,
	}.write(w)
}

func (c *comparison) htmlHeader(h *htmlPage) {
	h.el("h1", c.to.Header().Policy+", compared")
	h.el("p.verdict", strings.Join(c.verdict(), ", "))
	for _, caution := range c.cautions() {
		h.in("p", func() {
			h.badge("stop")
			h.text(" " + caution)
		})
	}
}

// htmlTerms is nil where neither dates nor terms differ.
func (c *comparison) htmlTerms() func(*htmlPage) {
	dates := dateEdits(c.from.Header().Dates, c.to.Header().Dates)
	terms := headers(c.from.Header(), c.to.Header())
	if len(dates)+len(terms) == 0 {
		return nil
	}
	return func(h *htmlPage) {
		for _, d := range dates {
			h.facts([2]string{d.name, d.from + " → " + d.to})
		}
		h.in("ul", func() {
			for _, term := range terms {
				h.el("li", term)
			}
		})
	}
}

func (c *comparison) htmlCounts(h *htmlPage) {
	totals := slices.DeleteFunc(c.totalsNamed(), func(t namedTotal) bool { return t.from == 0 && t.to == 0 })
	columns := []htmlColumn{{Name: "Count", Head: true}, {Name: "Was", Number: true}, {Name: "Is", Number: true}}
	h.table(htmlTable{ID: "totals", Caption: "The counts of both plans", Noun: [2]string{"count", "counts"}, Columns: columns}, len(totals),
		func(i int) []htmlCell { return textCells(totals[i].name, count(totals[i].from), count(totals[i].to)) })
}

// htmlPolicy is nil where the policies are the same.
func (c *comparison) htmlPolicy() func(*htmlPage) {
	edits := policyEdits(c.from.Header(), c.to.Header())
	if len(edits) == 0 {
		return nil
	}
	return func(h *htmlPage) {
		h.in("pre", func() {
			for _, e := range edits {
				h.el(map[string]markup{"-": "del", "+": "ins"}[e.sign], e.sign+" "+e.text)
				h.raw("\n")
			}
		})
	}
}

// htmlChanges is nil where nothing differs.
func (c *comparison) htmlChanges(rows []deltaRow) func(*htmlPage) {
	if len(rows) == 0 {
		return nil
	}
	table := htmlTable{ID: "differences", Caption: "What differs, the worst first", Noun: [2]string{"difference", "differences"}, Total: c.total(),
		Columns: []htmlColumn{{Name: "Kind", Filter: true}, {Name: "Change", Filter: true, Badge: true}, {Name: "Id", Head: true}, {Name: "Title", Wide: true},
			{Name: "Was", Filter: true}, {Name: "Is", Filter: true}, {Name: "What differs", Wide: true}}}
	if table.Total > len(rows) {
		table.Rest = "The CSV of recat compare lists them all."
	}
	return func(h *htmlPage) {
		h.table(table, len(rows), func(i int) []htmlCell {
			r := rows[i]
			return textCells(r.kind, r.class, r.id, r.heading(), r.was(), r.is(), r.differs)
		})
	}
}

func (c *comparison) htmlFooter(h *htmlPage) {
	h.facts([2]string{"From", c.from.Trailer().Digest + ", " + madeBy(c.from)}, [2]string{"To", c.to.Trailer().Digest + ", " + madeBy(c.to)})
}
