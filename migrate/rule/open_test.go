package rule_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/rule"
)

// TestOpenEnv compiles conditions over fields that nobody declared.
func TestOpenEnv(t *testing.T) {
	env := rule.NewOpenEnv()
	for expr, reads := range map[string][]string{
		`product.price > 10 && product.brand.hasWord("acme")`: {"brand", "price"},
		`product.discontinued`:                                {"discontinued"},
		`product.isNull("weight") || product.live`:            {"live", "weight"},
	} {
		c, err := env.Compile(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if diff := cmp.Diff(reads, c.Reads()); diff != "" {
			t.Errorf("%s reads (-want +got):\n%s", expr, diff)
		}
	}
	for _, expr := range []string{`product.title > 3`, `product.price +`, `product.title`, `seller == "x"`} {
		if _, err := env.Compile(expr); err == nil {
			t.Errorf("%s compiles", expr)
		}
	}
	c, err := env.Compile(`product.price > 10`)
	if err != nil {
		t.Fatal(err)
	}
	hit, err := c.Match(&migrate.Product{Fields: map[string]migrate.Value{"price": migrate.IntValue(11)}})
	if err != nil || !hit {
		t.Errorf("a price of 11: %t, %v", hit, err)
	}
}
