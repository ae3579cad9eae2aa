package view

import (
	"context"
	"fmt"
	"io"
	"strings"

	"recat/migrate"
)

// auditRows bounds the listings that a page holds.
const auditRows = 20_000

// AuditHTML writes an audit as a page: the verdict, the sellers with what
// they come to, and the listings with the evidence, the worst sellers' first.
func AuditHTML(ctx context.Context, w io.Writer, a *migrate.Audit) error {
	listings, err := firstListings(ctx, a, auditRows)
	if err != nil {
		return err
	}
	doc := htmlDocument{Title: "Audit of " + a.Policy.Name, Header: func(h *htmlPage) { h.auditHead(a) }}
	if len(a.Sellers) > 0 {
		doc.Sections = []htmlSection{
			{"sellers", "Sellers", func(h *htmlPage) { h.sellerTable(a) }},
			{"listings", "Listings", func(h *htmlPage) { h.listingTable(a, listings) }}}
	}
	if len(a.Policy.Penalties) > 0 {
		doc.Sections = append(doc.Sections, htmlSection{"penalties", "Penalties", func(h *htmlPage) { h.ladder(a.Policy.Penalties) }})
	}
	doc.Footer = func(h *htmlPage) {
		h.el("p.soft", "As of "+zoned(a.Now, a.Policy.Dates)+". Penalties are reported, never executed.")
	}
	return doc.write(w)
}

// firstListings are so many of what was found, by seller.
func firstListings(ctx context.Context, a *migrate.Audit, most int) ([]*migrate.Violation, error) {
	var out []*migrate.Violation
	listings, _ := a.BySeller(ctx)
	for v, err := range listings {
		if err != nil {
			return nil, err
		}
		if len(out) == most {
			break
		}
		out = append(out, v)
	}
	return out, nil
}

func (h *htmlPage) auditHead(a *migrate.Audit) {
	h.el("h1", "Audit of "+a.Policy.Name)
	h.in("p", func() {
		switch {
		case a.Totals.Violations == 0:
			h.badge("ok")
		case a.InForce():
			h.badge("stop")
		default:
			h.badge("early")
		}
		h.text(" " + auditVerdict(a))
	})
	facts := [][2]string{{"Reason", a.Policy.Reason}, {"Standing", auditStanding(a)}, {"Found", kindTally(a.Totals.ByKind).String()}, {"Beside", auditOutside(a)}}
	if from := a.From(); !from.IsZero() {
		facts = append(facts, [2]string{"Enforced from", zoned(from, a.Policy.Dates)})
	}
	for _, r := range a.Runs {
		facts = append(facts, [2]string{"Run " + count(r.ID), "applied " + zoned(r.At, a.Policy.Dates) + " by " + r.Operator})
	}
	for _, id := range a.Pruned {
		facts = append(facts, [2]string{"Pruned", "run " + count(id) + ": " + prunedWords})
	}
	h.facts(facts...)
}

// prunedWords say what nobody knows of a run without before-images.
const prunedWords = "what it delisted, and whether that is on sale again, cannot be told"

// auditStanding says why what was found is no violation yet; "" where it is.
func auditStanding(a *migrate.Audit) string {
	switch {
	case len(a.Runs) == 0:
		return "not applied yet: this would be found today"
	case !a.InForce():
		return "not enforced yet: this would be found today"
	}
	return ""
}

func (h *htmlPage) sellerTable(a *migrate.Audit) {
	t := htmlTable{ID: "by-seller", Caption: "Sellers, the worst first", Noun: [2]string{"seller", "sellers"}, Columns: []htmlColumn{
		{Name: "Seller", Head: true}, {Name: "Violations", Number: true}, {Name: "Found", Number: true}, {Name: "Penalty", Filter: true}, {Name: "Kinds", Wide: true}}}
	n := min(len(a.Sellers), auditRows)
	if t.Total = len(a.Sellers); t.Total > n {
		t.Rest = "recat audit --format json"
	}
	h.table(t, n, func(i int) []htmlCell {
		s := a.Sellers[i]
		return textCells(nullable(s.Seller), count(s.Violations), count(s.Found), penaltyText(a, s), kindTally(s.ByKind).String())
	})
}

func (h *htmlPage) listingTable(a *migrate.Audit, listings []*migrate.Violation) {
	t := htmlTable{ID: "found", Caption: "Listings, the worst sellers' first", Noun: [2]string{"listing", "listings"}, Columns: []htmlColumn{
		{Name: "Product", Head: true}, {Name: "Title", Wide: true}, {Name: "Seller", Filter: true}, {Name: "Verdict", Filter: true}, {Name: "Kind", Filter: true},
		{Name: "Category", Filter: true}, {Name: "Rule", Filter: true}, {Name: "Evidence", Wide: true}}}
	if t.Total = a.Totals.Found; t.Total > len(listings) {
		t.Rest = "recat audit --format csv"
	}
	h.table(t, len(listings), func(i int) []htmlCell {
		v := listings[i]
		cells := textCells(v.Product, nullable(v.Title), nullable(v.Seller), verdictWord(a, v), kindWords(v), place(v), v.Rule, strings.Join(facts(a, v), ", "))
		if v.Title != nil && nullable(v.Title) == *v.Title {
			cells[1].Marks = v.Marks
		}
		return cells
	})
}

// kindWords are a listing's kinds in words.
func kindWords(v *migrate.Violation) string {
	out := make([]string, len(v.Kinds))
	for i, k := range v.Kinds {
		out[i] = violationWords[k]
	}
	return strings.Join(out, ", ")
}

func (h *htmlPage) ladder(rungs []migrate.Penalty) {
	h.in("ul", func() {
		for _, p := range rungs {
			h.el("li", rungText(p))
		}
	})
}

// rungText is a rung of the ladder in words.
func rungText(p migrate.Penalty) string {
	out := "from " + some(p.From, "violation", "violations") + ": " + p.Action
	if p.Points > 0 {
		out += fmt.Sprintf(", %s", some(p.Points, "point", "points"))
	}
	return out
}

// auditMarkdownRows bounds the listings that a comment may show.
const auditMarkdownRows = 2000

// AuditMarkdown writes an audit for a comment: the verdict, the sellers, then
// the listings, as many as fit.
func AuditMarkdown(ctx context.Context, w io.Writer, a *migrate.Audit, o MarkdownOptions) error {
	listings, err := firstListings(ctx, a, auditMarkdownRows)
	if err != nil {
		return err
	}
	doc := &markdown{head: "### Audit of " + mdCodeIn(a.Policy.Name, titleNameCells) + ": " + auditVerdict(a) + "\n\n"}
	doc.add(mdAuditIntro(a), mdSellers(a))
	if len(listings) > 0 {
		doc.sections = append(doc.sections, mdListings(a, listings))
	}
	doc.add(mdNext(o.Next))
	return doc.write(w, o.Most)
}

func mdAuditIntro(a *migrate.Audit) *mdBlock {
	var lines []string
	add := func(s string) {
		if s != "" {
			lines = append(lines, s+"  \n")
		}
	}
	if a.Policy.Reason != "" {
		add(mdCode(a.Policy.Reason))
	}
	if from := a.From(); !from.IsZero() {
		add("Enforced from " + zoned(from, a.Policy.Dates))
	}
	add(auditStanding(a))
	for _, id := range a.Pruned {
		add("Run " + count(id) + " was pruned: " + prunedWords)
	}
	add(kindTally(a.Totals.ByKind).String())
	add(auditOutside(a))
	if len(lines) == 0 {
		return nil
	}
	return mdParagraph(lines...)
}

func mdSellers(a *migrate.Audit) *mdBlock {
	var rows []string
	for _, s := range a.Sellers[:min(len(a.Sellers), auditMarkdownRows)] {
		rows = append(rows, mdCells(mdCode(nullable(s.Seller)), count(s.Violations), count(s.Found), penaltyText(a, s)))
	}
	if len(rows) == 0 {
		return nil
	}
	t := mdTable([]string{"seller", "violations:", "found:", "penalty"}, rows)
	t.total = len(a.Sellers)
	return t
}

func mdListings(a *migrate.Audit, listings []*migrate.Violation) *mdBlock {
	rows := make([]string, len(listings))
	for i, v := range listings {
		words := strings.Join(markedWords(v.Title, v.Marks), ", ")
		if words != "" {
			words = mdCode(words)
		}
		rows[i] = mdCells(mdCode(nullable(v.Seller)), mdCode(v.Product), mdCode(nullable(v.Title)), words, kindWords(v), verdictWord(a, v), mdCode(place(v)))
	}
	t := mdTable([]string{"seller", "product", "title", "words", "kind", "verdict", "where"}, rows)
	t.total = a.Totals.Found
	return mdDetails(some(a.Totals.Found, "listing", "listings"), t)
}
