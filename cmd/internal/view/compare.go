package view

import (
	"recat/migrate"
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

// deltasShown bounds the samples of a class in a text.
const deltasShown = 5

// comparison is what two plans differ in: counts, and the first of each class.
type comparison struct {
	from, to migrate.Plan
	counts   map[string]int
	samples  map[string][]migrate.Delta
	paths    pathBook
}

func compare(from, to migrate.Plan) (*comparison, error) {
	c := &comparison{from: from, to: to, counts: map[string]int{}, samples: map[string][]migrate.Delta{}, paths: newPathBook()}
	for _, plan := range []migrate.Plan{from, to} {
		for change, err := range plan.Changes() {
			if err != nil {
				return nil, err
			}
			if change.Category == nil {
				break
			}
			c.paths.add(change)
		}
	}
	for d, err := range migrate.Compare(from, to) {
		if err != nil {
			return nil, err
		}
		class := classOf(d).name
		if c.counts[class]++; len(c.samples[class]) < deltasShown {
			c.samples[class] = append(c.samples[class], d)
		}
	}
	return c, nil
}

// sameDecisions reports whether nothing but dates and wording differs.
func sameDecisions(from, to migrate.Header, differences int) bool {
	return differences == 0 && len(headers(from, to)) == 0
}

// verdict is the comparison in few words.
func (c *comparison) verdict() []string {
	from, to := c.from.Header(), c.to.Header()
	total := 0
	for _, n := range c.counts {
		total += n
	}
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
