package rule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

func TestCompileError(t *testing.T) {
	tests := []struct{ name, expr, want string }{
		{"empty", " \n", `1:1: the expression is empty`},
		{"not UTF-8", "\xff", `1:1: the expression is not UTF-8`},
		{"unknown field", `product.titel == "a"`, `1:9: product has no field "titel"; did you mean "title"?`},
		{"far field", `product . zzzzzzzz == 1`, `1:11: product has no field "zzzzzzzz"`},
		{"on its line", "product.live &&\n  product.titel == 1", `2:11: product has no field "titel"; did you mean "title"?`},
		{"has", `has(product.titel)`, `1:13: product has no field "titel"; did you mean "title"?`},
		{"bare field", `title == "a"`, `1:1: unknown name "title"; write product.title`},
		{"unknown name", `prodct.live`, `1:1: unknown name "prodct"; did you mean "product"?`},
		{"unknown method", `product.title.hasWrd("a")`, `1:15: unknown name "hasWrd"; did you mean "hasWord"?`},
		{"not a boolean", `product.title`, `1:1: the expression gives text, not true or false`},
		{"the product", `product`, `1:1: the expression gives the product, not true or false`},
		{"types", `product.title == 1`, `1:15: == cannot be applied to (string, int)`},
		{"several", `product.a == 1 && product.titel == ""`,
			"1:9: product has no field \"a\"\n1:27: product has no field \"titel\"; did you mean \"title\"?"},
		{"syntax", `product.live &&`, `1:16: syntax error: mismatched input the end`},
		{"isNull", `product.isNull("pric")`, `1:16: product has no field "pric"; did you mean "price"?`},
		{"regexp", `product.title.matches("(")`, "1:23: error parsing regexp: missing closing ): `(`"},
		{"no words", `product.title.hasWord([])`, `1:23: hasWord wants at least one word`},
		{"empty word", `product.title.hasWord(["a", ""])`, `1:29: hasWord: "" has no letter and no digit`},
		{"inner star", `product.title.hasWord("mi*er")`, `1:23: hasWord: in "mi*er" the * is not at the end`},
		{"symbols", `product.title.hasWord("c++")`,
			`1:23: hasWord: "c++" begins or ends with a character that is no letter or digit; use contains`},
		{"growth", `product.title.replace("a", "b") == ""`, `1:15: replace is not available in conditions`},
		{"local time", `product.listed.getHours("Local") == 1`, `1:25: the time zone Local differs between machines`},
		{"bad zone", `product.listed.getHours("Mars") == 1`, `1:25: unknown time zone "Mars"`},
		{"dynamic zone", `product.listed.getHours(product.title) == 1`, `1:32: getHours wants a literal time zone`},
		{"shadow", `[1].exists(product, product > 0)`, `1:11: a macro's variable may not be called product`},
		{"no clock", `now() > product.listed`, `1:1: unknown name "now"`},
		{"nesting", `[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))`, `1:41: comprehension exceeds nesting limit`},
		{"bad instant", `product.listed > timestamp("x")`, `1:28: invalid timestamp argument`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := newEnv(t).Compile(tt.expr)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var one *rule.Error
			if !errors.As(err, &one) {
				t.Errorf("%T holds no *rule.Error", err)
			}
		})
	}
}
