package view

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"recat/migrate"
	"recat/taxonomy"
)

// stratum is a group of products as far as a selection tells them apart.
type stratum struct {
	category taxonomy.ID // governing; "" where no removed category holds them
	fate     migrate.Fate
	rule     string
	to       taxonomy.ID
	outside  bool
	in       taxonomy.ID // sweep
}

// selection picks some of each group's products, spread over it.
type selection struct {
	known map[taxonomy.ID]bool // the summary's categories
	share map[stratum]*share
}

// share is how many of how many are wanted, and how many have passed.
type share struct{ wanted, of, seen int }

// newSelection picks at most n of the products that s counts. Small groups are
// taken whole; what they leave is divided between the others, so that each is
// there while there are no more groups than n.
func newSelection(s *migrate.Summary, n int) *selection {
	sel := &selection{known: map[taxonomy.ID]bool{}, share: map[stratum]*share{}}
	add := func(k stratum, n int) {
		if sel.share[k] == nil {
			sel.share[k] = &share{}
		}
		sel.share[k].of += n
	}
	for _, c := range s.Categories {
		sel.known[c.Change.ID] = true
		for _, g := range c.Groups {
			add(stratum{c.Change.ID, g.Fate, g.Rule, g.To, g.Outside, ""}, g.Count)
		}
	}
	for _, g := range s.Sweeps {
		for in, n := range g.In {
			add(stratum{"", g.Fate, g.Rule, g.To, g.Outside, in}, n)
		}
		if len(g.In) == 0 {
			add(stratum{"", g.Fate, g.Rule, g.To, g.Outside, ""}, g.Count)
		}
	}
	sel.divide(n)
	return sel
}

func (s *selection) divide(n int) {
	shares := make([]*share, 0, len(s.share))
	for _, sh := range s.share {
		shares = append(shares, sh)
	}
	slices.SortFunc(shares, func(a, b *share) int { return cmp.Compare(a.of, b.of) })
	for i, sh := range shares {
		sh.wanted = min(sh.of, n/(len(shares)-i))
		n -= sh.wanted
	}
}

// take reports whether the next product of the stream is picked.
func (s *selection) take(p *migrate.ProductChange) bool {
	k := stratum{fate: p.Fate, rule: p.Rule, to: p.To, outside: p.Outside}
	switch {
	case len(p.From) == 0:
		k.in = p.Before.Home()
	case s.known[p.From[0]]:
		k.category = p.From[0]
	}
	sh := s.share[k]
	if sh == nil {
		return false
	}
	before := sh.seen * sh.wanted / sh.of
	sh.seen++
	return sh.seen*sh.wanted/sh.of > before
}

// productRow is a product as a page shows it.
type productRow struct {
	fate, id      string
	title         htmlCell
	live          bool
	state, seller string
	category, to  string
	rule, why     string
	notes         string
}

// longestText bounds a text of the catalog on a page, in bytes; the CSV has it
// whole.
const longestText = 600

func clip(s string) string {
	if len(s) <= longestText {
		return s
	}
	end := longestText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// titleCell is a title as a page shows it, with its marks.
func titleCell(title *string, marks [][2]int) htmlCell {
	s := nullable(title)
	if title == nil || s != *title {
		return htmlCell{Text: s}
	}
	return htmlCell{Text: clip(s), Marks: marks}
}

// row takes what the page shows of a product.
func (r *reviewer) row(p *migrate.ProductChange) productRow {
	row := productRow{fate: string(p.Fate), id: p.ID, live: p.Live, seller: stateText(p.Seller), state: stateText(p.State),
		rule: p.Rule, why: whyText(p.Reason, p.Cleared, p.By), to: r.goesTo(p), notes: r.besides(p)}
	var marks [][2]int
	if r.s.Marks != nil {
		marks = r.s.Marks(p)
	}
	row.title = titleCell(p.Title, marks)
	from := p.Before.Home()
	if len(p.From) > 0 && !p.Outside {
		from = p.From[0]
	}
	if row.category = whereabouts(r.s, from); r.run != nil && r.run.Single() {
		r.resumedRow(&row, p)
	}
	return row
}

// stateText is a value of the catalog, nothing where it is NULL.
func stateText(s *string) string {
	if s == nil {
		return ""
	}
	return clip(nullState(*s))
}

// whyText is why a product has its fate.
func whyText(reason, cleared, by string) string {
	out := reason
	if cleared != "" {
		out = "cleared: " + cleared
	}
	if by != "" {
		out = strings.TrimPrefix(out+"; "+decidedBy+" "+by, "; ")
	}
	return out
}

// destination is the category that a product comes to, "" where it comes to
// none: it leaves, or stays where it is besides.
func destination(p *migrate.ProductChange) taxonomy.ID {
	if to := p.After.Home(); p.To == "" && p.Fate == migrate.Delist && to != p.Before.Home() {
		return to
	}
	return p.To
}

// goesTo says where a product is to be found afterwards.
func (r *reviewer) goesTo(p *migrate.ProductChange) string {
	if p.Fate == migrate.Detach {
		return "stays in " + placement(p.After, func(id taxonomy.ID) string { return pathOf(r.s, id) })
	}
	if to := destination(p); to != "" {
		return pathOf(r.s, to)
	}
	return ""
}

// What a row says of products, by which links search for them.
const (
	decidedBy      = "decided by"
	besidesHidden  = "hidden row"
	besidesVariant = "variant of"
	besidesWould   = "another entry would"
)

// besides is what else is to be known of a product.
func (r *reviewer) besides(p *migrate.ProductChange) string {
	var out []string
	if p.Hidden {
		out = append(out, besidesHidden)
	}
	if p.Follows != "" {
		out = append(out, besidesVariant+" "+p.Follows)
	}
	if len(p.Missing) > 0 {
		out = append(out, "lacks "+strings.Join(p.Missing, ", "))
	}
	for _, o := range p.Overruled {
		what := besidesWould + " " + string(o.Fate)
		if o.To != "" {
			what += " to " + pathOf(r.s, o.To)
		}
		out = append(out, what+", by "+pathOf(r.s, o.Category))
	}
	return strings.Join(out, "; ")
}

// The columns by which links filter the products.
const (
	columnFate     = "Fate"
	columnOnSale   = "On sale"
	columnCategory = "Category"
	columnRule     = "Rule"
)

// productColumns are the columns of the product table.
var productColumns = []htmlColumn{{Name: columnFate, Badge: true, Filter: true}, {Name: "Product", Head: true}, {Name: "Title", Wide: true},
	{Name: columnOnSale, Filter: true}, {Name: "State", Filter: true}, {Name: "Seller", Filter: true}, {Name: columnCategory, Filter: true},
	{Name: "Goes to", Filter: true}, {Name: columnRule, Filter: true}, {Name: "Why"}, {Name: "Besides"}}

// productTable lists products, as many as the page holds. A column that holds
// nothing is left out.
func (r *reviewer) productTable(h *htmlPage) {
	var columns []htmlColumn
	var of []int
	for k, c := range productColumns {
		if slices.ContainsFunc(r.rows, func(row productRow) bool { return row.cells()[k].Text != "" }) {
			columns, of = append(columns, c), append(of, k)
		}
	}
	t := htmlTable{ID: "product-rows", Caption: "Each product with its fate, and why", Noun: [2]string{"product", "products"},
		Total: r.products, Columns: columns}
	if r.products > len(r.rows) {
		t.Rest = "This page holds " + count(len(r.rows)) + " of " + count(r.products) + " products, some of every group."
	}
	switch {
	case r.o.ProductsFile != "":
		t.Rest, t.File = strings.TrimSpace(t.Rest+" All of them:"), r.o.ProductsFile
	case r.o.ProductsCommand != "":
		t.Rest = strings.TrimSpace(t.Rest + " All of them, for a spreadsheet: " + r.o.ProductsCommand)
	}
	h.table(t, len(r.rows), func(i int) []htmlCell {
		all, cells := r.rows[i].cells(), make([]htmlCell, len(of))
		for k, from := range of {
			cells[k] = all[from]
		}
		return cells
	})
}

func (p productRow) cells() []htmlCell {
	out := textCells(p.fate, p.id, "", yesNo(p.live), p.state, p.seller, p.category, p.to, p.rule, p.why, p.notes)
	out[2] = p.title
	return out
}

// filterLink links to the product table with filters set.
func (h *htmlPage) filterLink(text string, filters map[string]string) {
	h.el("a", text, attr{"href", "#products"}, attr{"data-table", "product-rows"}, attr{"data-filters", jsonText(filters)})
}
