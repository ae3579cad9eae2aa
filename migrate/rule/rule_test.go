package rule_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/rule"
)

// fields are the mapping's own in these tests.
var fields = []rule.Field{
	{Name: "price", Kind: migrate.Float}, {Name: "stock", Kind: migrate.Int}, {Name: "brand", Kind: migrate.Text},
	{Name: "listed", Kind: migrate.Time}, {Name: "promoted", Kind: migrate.Bool}, {Name: "blob", Kind: migrate.Bytes},
}

func newEnv(t testing.TB) *rule.Env {
	t.Helper()
	env, err := rule.NewEnv(fields)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func sample() *migrate.Product {
	return &migrate.Product{
		ID: "800123", Title: migrate.TextValue("Power-Supply 750W"), Live: true,
		State: migrate.IntValue(1), Path: "Electronics > PSU",
		Fields: map[string]migrate.Value{
			"price": migrate.FloatValue(10), "stock": migrate.IntValue(3),
			"listed": migrate.TimeValue(time.Date(2021, 9, 27, 0, 0, 0, 0, time.UTC)),
		},
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		name, expr string
		want       bool
	}{
		{"id", `product.id == "800123"`, true},
		{"live", `product.live`, true},
		{"state renders", `product.state == "1"`, true},
		{"category is the path", `product.category.startsWith("Electronics > ")`, true},
		{"null seller is empty", `product.seller == "" && product.isNull("seller")`, true},
		{"null text", `product.brand == "" && product.isNull("brand")`, true},
		{"null bool", `!product.promoted && product.isNull("promoted")`, true},
		{"null bytes", `product.blob == b"" && product.isNull("blob")`, true},
		{"has is not null", `has(product.price) && !has(product.brand)`, true},
		{"title is not null", `product.isNull("title")`, false},
		{"id is never null", `product.isNull("id")`, false},
		{"dynamic field", `product.isNull(product.id == "" ? "price" : "brand")`, true},
		{"double equals int", `product.price == 10 && 10 == product.price && product.price != 11`, true},
		{"int equals double", `product.stock == 3.0 && product.stock < 3.5 && 2.5 < product.stock`, true},
		{"double among ints", `product.price in [1, 10] && product.stock in [3.0]`, true},
		{"int among uints", `product.stock in [3u]`, true},
		{"instant", `product.listed < timestamp("2021-10-08T00:00:00+08:00")`, true},
		{"calendar in a zone", `product.listed.getHours("Asia/Shanghai") == 8`, true},
		{"regexp", `product.title.matches("(?i)power.supply")`, true},
		{"strings", `product.title.lowerAscii().contains("supply")`, true},
		{"macro", `product.title.split(" ").exists(w, w == "750W")`, true},
		{"macro with words", `["psu", "power supply"].exists(w, product.title.hasWord(w))`, true},
		{"macro with literal words", `[1, 2].all(i, product.title.hasWord(["psu", "power supply"]))`, true},
		{"many terms", `product.live` + strings.Repeat(` && !product.title.hasWord("asic")`, 250), true},
		{"whole product", `product == product && type(product) != int`, true},
		{"dynamic product", `dyn(product).price == 10 && [product].exists(p, p.stock == 3)`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := newEnv(t).Compile(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Match(sample())
			if err != nil || got != tt.want {
				t.Errorf("Match = %v, %v; want %v", got, err, tt.want)
			}
			if c.String() != tt.expr {
				t.Errorf("String = %q", c.String())
			}
		})
	}
}

func TestMatchError(t *testing.T) {
	tests := []struct{ name, expr, want string }{
		{"division", `product.live && 1 / (product.stock - 3) == 1`, `1:19: 1 / (product.stock - 3): division by zero`},
		{"conversion", `int(product.title) == 1`, `1:4: int(product.title): type conversion error from 'string' to 'int'`},
		{"dynamic field", `product.isNull(product.id)`, `1:15: product.isNull(product.id): product has no field "800123"`},
		{"dynamic product", `dyn(product).titel == ""`, `1:13: dyn(product).titel: product has no field "titel"; did you mean "title"?`},
		{"dynamic regexp", `product.title.matches(product.id + "(")`,
			"error parsing regexp: missing closing ): `800123(`"},
		{"dynamic words", `product.title.hasWord(product.seller)`,
			`1:22: product.title.hasWord(product.seller): hasWord: "" has no letter and no digit`},
		{"cost", `"` + long + `".split("").all(a, "` + long + `".split("").all(b, "` + long + `".split("").all(c, true)))`,
			"evaluating it costs too much"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := newEnv(t).Compile(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Match(sample())
			if err == nil || err.Error() != tt.want {
				t.Errorf("error = %v\n want %s", err, tt.want)
			}
		})
	}
}

// long makes macros over its letters expensive.
var long = strings.Repeat("a", 1000)

// TestLooseTypes reads what a database with loose typing may hold.
func TestLooseTypes(t *testing.T) {
	tests := []struct {
		expr, field string
		value       migrate.Value
		want        string // "true", or the error
	}{
		{`product.price == 3.0`, "price", migrate.IntValue(3), "true"},
		{`product.stock == 3`, "stock", migrate.FloatValue(3), "true"},
		{`product.brand == "3"`, "brand", migrate.IntValue(3), "true"},
		{`product.promoted`, "promoted", migrate.IntValue(2), "true"},
		{`product.blob == b"a"`, "blob", migrate.TextValue("a"), "true"},
		{`product.stock == 3`, "stock", migrate.FloatValue(3.5),
			`1:8: product.stock: the mapping declares an integer, the catalog holds a number`},
		{`product.price == 3.0`, "price", migrate.TextValue("x"),
			`1:8: product.price: the mapping declares a number, the catalog holds text`},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			c, err := newEnv(t).Compile(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			ok, err := c.Match(&migrate.Product{Fields: map[string]migrate.Value{tt.field: tt.value}})
			got := fmt.Sprint(ok)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestConcurrent uses one condition from several goroutines, for the race
// detector.
func TestConcurrent(t *testing.T) {
	c, err := newEnv(t).Compile(`product.title.hasWord("矿机") && product.price == 10`)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				p := sample()
				p.Title = migrate.TextValue("ASIC矿机")
				if ok, err := c.Match(p); err != nil || !ok {
					t.Error(ok, err)
				}
			}
		})
	}
	group.Wait()
}
