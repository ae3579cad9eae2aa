package rule_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/rule"
)

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
		{"too long", strings.Repeat("é", 10_001), `1:1: the expression is longer than 10000 characters`},
		{"too deep", strings.Repeat("[", 2000), `1:1: expression recursion limit exceeded: 100`},
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

func TestNewEnv(t *testing.T) {
	tests := []struct {
		name string
		want string
	}{
		{"a-b", `field "a-b" is not an identifier`},
		{"", `field "" is not an identifier`},
		{"title", `field "title" shadows a built-in field`},
		{"in", `field "in" is a reserved word`},
		{"isNull", `field "isNull" is a reserved word`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rule.NewEnv([]rule.Field{{Name: tt.name, Kind: migrate.Text}})
			if err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
	_, err := rule.NewEnv([]rule.Field{{Name: "a", Kind: migrate.Text}, {Name: "a", Kind: migrate.Int}, {Name: "b"}})
	want := "field \"a\" is declared twice\nfield \"b\" has no type"
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}
