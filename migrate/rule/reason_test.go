package rule_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/rule"
)

func compiled(t *testing.T, exprs ...string) []migrate.Condition {
	t.Helper()
	env := rule.NewOpenEnv()
	out := make([]migrate.Condition, len(exprs))
	for i, e := range exprs {
		c, err := env.Compile(e)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		out[i] = c
	}
	return out
}

// TestNever holds what conditions can and cannot match after others.
func TestNever(t *testing.T) {
	for _, c := range []struct {
		name  string
		when  string
		after []string
		never bool
	}{
		{"false", `false`, nil, true},
		{"a contradiction", `product.live && !product.live`, nil, true},
		{"written otherwise", `product.live && product.live == false`, nil, true},
		{"two states", `product.state == "active" && product.state == "ended"`, nil, true},
		{"two of a list", `product.state in ["a", "b"] && product.state in ["c"]`, nil, true},
		{"a list that meets", `product.state in ["a", "b"] && product.state != "a"`, nil, false},
		{"the same", `product.title.hasWord("psu")`, []string{`product.title.hasWord("PSU")`}, true},
		{"a list after its words", `product.title.hasWord(["a", "b"])`, []string{`product.title.hasWord("a")`, `product.title.hasWord("b")`}, true},
		{"a list after one of its words", `product.title.hasWord(["a", "b"])`, []string{`product.title.hasWord("a")`}, false},
		{"a word after its stem", `product.title.hasWord("miners")`, []string{`product.title.hasWord("miner*")`}, true},
		{"a stem after a word", `product.title.hasWord("miner*")`, []string{`product.title.hasWord("miners")`}, false},
		{"a phrase after its word", `product.title.hasWord("power supply")`, []string{`product.title.hasWord("supply")`}, true},
		{"another field", `product.title.hasWord("a")`, []string{`product.brand.hasWord("a")`}, false},
		{"more after and", `product.live && product.state == "x"`, []string{`product.live`}, true},
		{"less after and", `product.live`, []string{`product.live && product.state == "x"`}, false},
		{"both halves", `product.live`, []string{`product.live && product.state == "x"`, `product.live && product.state != "x"`}, true},
		{"numbers apart", `product.price > 10 && product.price < 5`, nil, true},
		{"numbers that touch", `product.price >= 10 && product.price <= 10`, nil, false},
		{"above a number that went before", `product.price > 20`, []string{`product.price >= 10`}, true},
		{"turned around", `20 < product.price`, []string{`10.0 <= product.price`}, true},
		{"equal and above", `product.price == 7 && product.price > 7`, nil, true},
		{"a longer text", `product.title.contains("antminer")`, []string{`product.title.contains("miner")`}, true},
		{"a choice", `product.live ? product.hot : false`, []string{`product.hot && product.live`}, true},
		{"unlike functions", `product.title.matches("a")`, []string{`product.title.matches("b")`}, false},
		{"the same pattern", `product.title.matches("a") && product.live`, []string{`product.title.matches("a")`}, true},
		{"the same macro", `["a"].exists(x, product.title.contains(x))`, []string{`["a"].exists(x, product.title.contains(x))`}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := rule.Never(compiled(t, c.when)[0], compiled(t, c.after...)...); got != c.never {
				t.Errorf("%s after %q never matches: %t", c.when, c.after, got)
			}
		})
	}
}

// TestAlways finds conditions that no product fails.
func TestAlways(t *testing.T) {
	for expr, always := range map[string]bool{
		`true`: true, `product.live || !product.live`: true, `product.live`: false,
		`product.price >= 3 || product.price < 10`: true, `product.title != ""`: false,
	} {
		if got := rule.Always(compiled(t, expr)[0]); got != always {
			t.Errorf("%s always matches: %t", expr, got)
		}
	}
}

// TestNeverEnds gives up on what it cannot tell in reasonable time.
func TestNeverEnds(t *testing.T) {
	var hard []string
	for i := range 120 {
		hard = append(hard, fmt.Sprintf("(product.a%d || product.b%d || !product.a%d)", i, i*7%120, i*31%120))
	}
	c := compiled(t, strings.Join(hard, " && "), "product.title.hasWord(["+strings.Repeat(`"x", `, 300)+`"y"])`)
	if rule.Never(c[0], c[1]) {
		t.Error("it never matches")
	}
}

func TestCaseBound(t *testing.T) {
	c := compiled(t, `product.title.contains("miner") || product.title.matches("(?i)x") || product.title.startsWith("矿") || product.title.lowerAscii().contains("y") || product.title.matches("z+")`)[0]
	if diff := cmp.Diff([]string{`product.title.contains("miner")`, `product.title.matches("z+")`}, rule.CaseBound(c)); diff != "" {
		t.Error(diff)
	}
}
