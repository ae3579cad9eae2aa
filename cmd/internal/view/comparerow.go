package view

import (
	"cmp"
	"io"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// deltaRow is a difference in cells, for tables. From and To are fates or
// what is done, each with where that leads.
type deltaRow struct {
	kind, id, class  string
	from, fromTarget string
	to, toTarget     string
	differs, seen    string
	title            *string // nil is NULL, or that it has none
}

// row puts a difference into cells.
func (c *comparison) row(d migrate.Delta) deltaRow {
	class := classOf(d)
	r := deltaRow{class: class.name, seen: class.sign}
	one := d.To
	if one == nil {
		one = d.From
	}
	switch {
	case one.Category != nil:
		c.categoryRow(&r, d, one.Category)
	case one.Reference != nil:
		c.referenceRow(&r, d, one.Reference)
	default:
		c.productRow(&r, d, one.Product)
	}
	return r
}

// was and is are a fate, or what is done, with where that leads.
func (r deltaRow) was() string { return strings.TrimSuffix(r.from+" → "+r.fromTarget, " → ") }
func (r deltaRow) is() string  { return strings.TrimSuffix(r.to+" → "+r.toTarget, " → ") }

// heading is the title to be read: NULL and the empty text of a product show.
func (r deltaRow) heading() string {
	if r.kind == "product" {
		return nullable(r.title)
	}
	return datum(r.title)
}

// becomes says what was, and what is: of a category that both plans have, its
// own words of what differs say that.
func (r deltaRow) becomes() string {
	was, now := r.was(), r.is()
	switch {
	case r.class == "removed":
		return "is gone; was " + was
	case r.class == "added":
		return "is new: " + now
	case r.kind == "category":
		return ""
	case was == now || was == "":
		return now
	case now == "":
		return was
	}
	return "was " + was + ", now " + now
}

// sided says which of two plans has a thing, for what has no class of its own.
func sided(d migrate.Delta) string {
	switch {
	case d.From == nil:
		return "added"
	case d.To == nil:
		return "removed"
	}
	return "changed"
}

func (c *comparison) productRow(r *deltaRow, d migrate.Delta, one *migrate.ProductChange) {
	r.kind, r.id, r.title = "product", one.ID, one.Title
	if d.From != nil {
		r.from, r.fromTarget = string(d.From.Product.Fate), c.target(d.From.Product.To)
	}
	if d.To != nil {
		r.to, r.toTarget = string(d.To.Product.Fate), c.target(d.To.Product.To)
	}
	if d.From != nil && d.To != nil {
		r.differs = strings.Join(productEdits(d.From.Product, d.To.Product, c.paths.path), "; ")
		return
	}
	r.differs = strings.TrimSpace(one.Reason + " by rule " + one.Rule)
}

func (c *comparison) target(id taxonomy.ID) string {
	if id == "" {
		return ""
	}
	return c.paths.path(id)
}

func (c *comparison) categoryRow(r *deltaRow, d migrate.Delta, one *migrate.CategoryChange) {
	r.kind, r.id, r.title, r.class = "category", string(one.ID), &one.Path, sided(d)
	if d.From != nil {
		r.from, r.fromTarget = deed(d.From.Category), c.target(cmp.Or(d.From.Category.To, d.From.Category.Successor))
	}
	if d.To != nil {
		r.to, r.toTarget = deed(d.To.Category), c.target(cmp.Or(d.To.Category.To, d.To.Category.Successor))
	}
	if d.From != nil && d.To != nil {
		r.differs = strings.TrimSpace(strings.Join(categoryEdits(d.From.Category, d.To.Category, c.named), "; "))
	}
}

// named is a category's path; "" is the root.
func (c *comparison) named(id taxonomy.ID) string {
	if id == "" {
		return "the root"
	}
	return c.paths.path(id)
}

func (c *comparison) referenceRow(r *deltaRow, d migrate.Delta, one *migrate.ReferenceChange) {
	r.kind, r.id, r.title, r.class = "reference", one.Table+"."+one.Column+" "+strings.Join(one.Row, ","), &one.Label, sided(d)
	if d.From != nil {
		r.from, r.fromTarget = string(d.From.Reference.Do), c.target(d.From.Reference.To)
	}
	if d.To != nil {
		r.to, r.toTarget = string(d.To.Reference.Do), c.target(d.To.Reference.To)
	}
	if d.From != nil && d.To != nil && r.from == r.to && r.fromTarget == r.toTarget {
		r.differs = "other before-values"
	}
}

// termRows are the differences beside the changes: cautions, dates, terms and
// the policy's lines.
func (c *comparison) termRows() []deltaRow {
	var out []deltaRow
	for _, text := range c.cautions() {
		out = append(out, deltaRow{kind: "caution", class: "changed", differs: text})
	}
	for _, d := range dateEdits(c.from.Header().Dates, c.to.Header().Dates) {
		out = append(out, deltaRow{kind: "date", id: d.name, class: "changed", from: d.from, to: d.to})
	}
	for _, text := range headers(c.from.Header(), c.to.Header()) {
		out = append(out, deltaRow{kind: "term", class: "changed", differs: text})
	}
	for _, e := range policyJSON(policyEdits(c.from.Header(), c.to.Header())) {
		out = append(out, deltaRow{kind: "policy", class: e.Change, differs: e.Text})
	}
	return out
}

// ComparedCSV writes every difference of two plans as a row, as they stream
// by: first what is beside the changes (cautions, dates, terms, lines of the
// policy), then categories, products and references.
func ComparedCSV(w io.Writer, from, to migrate.Plan) error {
	c, err := newComparison(from, to)
	if err != nil {
		return err
	}
	out, err := newTable(w, "kind", "id", "change", "from", "from_target", "to", "to_target", "differs", "title")
	if err != nil {
		return err
	}
	write := func(r deltaRow) error {
		return out.row(r.kind, r.id, r.class, r.from, r.fromTarget, r.to, r.toTarget, r.differs, datum(r.title))
	}
	for _, r := range c.termRows() {
		if err := write(r); err != nil {
			return err
		}
	}
	if err := c.read(func(d migrate.Delta) error { return write(c.row(d)) }); err != nil {
		return err
	}
	return out.flush()
}
