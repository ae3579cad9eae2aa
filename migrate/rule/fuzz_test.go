package rule_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"recat/migrate"
	"recat/migrate/rule"
)

// FuzzHasWord holds that no title and no word makes hasWord panic or fail,
// that case means nothing, and that a word stands where it is put.
func FuzzHasWord(f *testing.F) {
	for _, seed := range [][2]string{
		{"Power-Supply 750W", "power supply"}, {"ASIC矿机", "asic"}, {"マイナー用", "マイナー"}, {"เครื่องขุด", "ขุด"},
		{"as\u200bic\xff", "asic"}, {"stra\u00dfe", "STRASSE"}, {"①ﬁ²", "1fi2"}, {"\u0301\u0301a", "a\u0301"}, {"İI ıi", "ii"},
	} {
		f.Add(seed[0], seed[1])
	}
	env := newEnv(f)
	c, err := env.Compile(`product.title.hasWord(product.brand)`)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, title, word string) {
		has := func(title, word string) (bool, error) {
			return c.Match(&migrate.Product{Title: migrate.TextValue(title),
				Fields: map[string]migrate.Value{"brand": migrate.TextValue(word)}})
		}
		found, err := has(title, word)
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("the error is not UTF-8: %q", err)
			}
			return
		}
		if twice, err := has(title+" "+title, word); err != nil || found && !twice {
			t.Errorf("%q has %q, but not twice over: %v", title, word, err)
		}
		if put, err := has(title+" - "+strings.TrimSuffix(strings.TrimSpace(word), "*"), word); err != nil || !put {
			t.Errorf("%q after %q is not found: %v", word, title, err)
		}
	})
}

// FuzzCompile holds that no expression makes Compile or Match panic, and that
// every defect has a place inside it.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`product.title.hasWord(["psu", "miner*"]) && !product.isNull("price")`, `product.titel == 1`, `[1].all(a, a > product.stock)`,
		`product.title.matches("(?i)a+") || product.price in [1, 2.0]`, `has(product.price)`, `product.listed.getHours("Asia/Shanghai") == 8`,
		`dyn(product).price == {"a": 1}["b"]`, `product.title.split(" ").map(w, w + w).exists(w, w == "")`, `"\xff" + `, "product\n.  `live`",
		`recat.Product{title: "a"}.live`, `type(product) == recat.Product`, `product.title.replace("a", "b")`, `1 / 0 == product.stock`,
	} {
		f.Add(seed)
	}
	env := newEnv(f)
	f.Fuzz(func(t *testing.T, expr string) {
		c, err := env.Compile(expr)
		if err == nil {
			_, _ = c.Match(sample())
			return
		}
		var errs rule.Errors
		if !errors.As(err, &errs) || len(errs) == 0 {
			t.Fatalf("%T holds no defects: %v", err, err)
		}
		lines := strings.Split(expr, "\n")
		for _, e := range errs {
			if e.Msg == "" || e.Line < 1 || e.Line > len(lines) || e.Column < 1 ||
				e.Column > utf8.RuneCountInString(lines[e.Line-1])+1 {
				t.Errorf("no such place: %s", e)
			}
		}
	})
}
