package catalogtest

import (
	"strconv"
	"strings"

	"recat/migrate"
)

// Says is a condition on a text field: product.Field.contains("Word").
type Says struct{ Field, Word string }

// Match reports whether the field holds the word.
func (c Says) Match(p *migrate.Product) (bool, error) {
	v := p.Field(c.Field)
	return !v.IsNull() && strings.Contains(v.Render(), c.Word), nil
}

// Reads names the field.
func (c Says) Reads() []string { return []string{c.Field} }

// String gives the expression.
func (c Says) String() string {
	return "product." + c.Field + ".contains(" + strconv.Quote(c.Word) + ")"
}

// Costs is a condition on the price: product.price >= N, NULL being 0.
type Costs int64

// Match reports whether the price is that high.
func (c Costs) Match(p *migrate.Product) (bool, error) { return p.Fields["price"].I >= int64(c), nil }

// Reads names the price.
func (c Costs) Reads() []string { return []string{"price"} }

// String gives the expression.
func (c Costs) String() string { return "product.price >= " + strconv.FormatInt(int64(c), 10) }
