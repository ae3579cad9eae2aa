package view

import (
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// deltaClass is a kind of difference between two plans.
type deltaClass struct {
	name, sign, style string
	one, many         string
}

// The classes, the worst first.
var (
	fateChanged     = deltaClass{"fate", "!", styleRed, "product changes its fate", "products change their fate"}
	arrivedClass    = deltaClass{"arrived", "+", styleGreen, "product arrives", "products arrive"}
	leftClass       = deltaClass{"left", "-", styleYellow, "product leaves", "products leave"}
	editedClass     = deltaClass{"edited", "~", styleCyan, "product is edited, its fate the same", "products are edited, their fate the same"}
	categoryClass   = deltaClass{"category", "!", styleRed, "category differs", "categories differ"}
	referenceClass  = deltaClass{"reference", "~", styleYellow, "reference differs", "references differ"}
	deltaWorstFirst = []deltaClass{categoryClass, fateChanged, arrivedClass, leftClass, editedClass, referenceClass}
)

func classOf(d migrate.Delta) deltaClass {
	c := d.To
	if c == nil {
		c = d.From
	}
	switch {
	case c.Category != nil:
		return categoryClass
	case c.Reference != nil:
		return referenceClass
	case d.From == nil:
		return arrivedClass
	case d.To == nil:
		return leftClass
	case d.From.Product.Fate != d.To.Product.Fate || d.From.Product.To != d.To.Product.To:
		return fateChanged
	}
	return editedClass
}

// comparison is what two plans differ in: their terms, and counts of the rest.
type comparison struct {
	from, to migrate.Plan
	counts   map[string]int
	paths    pathBook
	common   bool // they have a category in common, or one has none
}

// newComparison reads what two plans' categories are called.
func newComparison(from, to migrate.Plan) (*comparison, error) {
	c := &comparison{from: from, to: to, counts: map[string]int{}, paths: newPathBook(nil)}
	return c, c.categories()
}

// read counts what differs, and shows each to see, in canonical order.
func (c *comparison) read(see func(migrate.Delta) error) error {
	for d, err := range migrate.Compare(c.from, c.to) {
		if err != nil {
			return err
		}
		c.counts[classOf(d).name]++
		if err := see(d); err != nil {
			return err
		}
	}
	return nil
}

// categories reads the paths that the plans' category lines tell.
func (c *comparison) categories() error {
	seen := [2]map[taxonomy.ID]bool{{}, {}}
	for i, plan := range []migrate.Plan{c.from, c.to} {
		for change, err := range plan.Changes() {
			if err != nil {
				return err
			}
			if change.Category == nil {
				break
			}
			c.paths.add(change)
			seen[i][change.Category.ID] = true
		}
	}
	c.common = len(seen[0]) == 0 || len(seen[1]) == 0
	for id := range seen[0] {
		c.common = c.common || seen[1][id]
	}
	return nil
}

// total counts the changes that differ.
func (c *comparison) total() (n int) {
	for _, of := range c.counts {
		n += of
	}
	return n
}

// cautions say why the plans may not be two of one thing: then what differs
// tells little.
func (c *comparison) cautions() []string {
	var out []string
	a, b := c.from.Header(), c.to.Header()
	if a.Policy != b.Policy {
		out = append(out, "these are plans of different policies, "+a.Policy+" and "+b.Policy)
	}
	if x, y := engine(c.from), engine(c.to); x != y {
		out = append(out, "one plan is of a catalog on "+x+", the other of one on "+y)
	}
	if !c.common {
		out = append(out, "these plans have no category in common: they may be of different catalogs")
	}
	return out
}

// engine is a plan's kind of database, without its version.
func engine(p migrate.Plan) string {
	name, _, _ := strings.Cut(p.Provenance().Engine, " ")
	return name
}

// sameDecisions reports whether nothing but dates and wording differs.
func sameDecisions(from, to migrate.Header, differences int) bool {
	return differences == 0 && len(headers(from, to)) == 0
}

// verdict is the comparison in few words.
func (c *comparison) verdict() []string {
	from, to := c.from.Header(), c.to.Header()
	total := c.total()
	switch {
	case c.from.Trailer().Digest == c.to.Trailer().Digest:
		return []string{"the same plan"}
	case sameDecisions(from, to, total):
		return []string{"the same decisions" + later(from.Dates, to.Dates)}
	case total == 0:
		return []string{"the same changes under other terms"}
	}
	var out tally
	for _, class := range deltaWorstFirst {
		out.some(c.counts[class.name], class.one, class.many)
	}
	return out
}

// later says by how much the effective date moved.
func later(from, to migrate.Dates) string {
	if from.Effective.IsZero() || to.Effective.IsZero() {
		return ", other dates"
	}
	n := daysBetween(from.Effective, to.Effective, to.Location())
	switch {
	case n > 0:
		return ", " + some(n, "day later", "days later")
	case n < 0:
		return ", " + some(-n, "day earlier", "days earlier")
	case from.Effective.Equal(to.Effective):
		return ", other dates"
	}
	return ", at another hour"
}
