package rule_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recat/migrate"
)

// marked is the title with what a condition marks in brackets.
func marked(t testing.TB, c migrate.Condition, p *migrate.Product) string {
	t.Helper()
	marker, ok := c.(migrate.Marker)
	if !ok {
		t.Fatal("a condition is no Marker")
	}
	title, at := p.Title.Render(), 0
	var b strings.Builder
	for _, m := range marker.Marks(p, "title") {
		b.WriteString(title[at:m[0]] + "[" + title[m[0]:m[1]] + "]")
		at = m[1]
	}
	return b.String() + title[at:]
}

func TestMarks(t *testing.T) {
	tests := []struct{ name, condition, title, want string }{
		{"word", `product.title.hasWord("mining")`, "Mining rig, for mining.", "[Mining] rig, for [mining]."},
		{"neighbours", `product.title.hasWord("a")`, "a a a", "[a] [a] [a]"},
		{"phrase", `product.title.hasWord("power supply")`, "New Power - Supply 750W", "New [Power - Supply] 750W"},
		{"one of", `product.title.hasWord(["psu", "asic"])`, "ASIC with PSU", "[ASIC] with [PSU]"},
		{"stem", `product.title.hasWord("miner*")`, "Miners’ guide", "[Miners]’ guide"},
		{"han", `product.title.hasWord("矿机")`, "比特大陆蚂蚁矿机整机", "比特大陆蚂蚁[矿机]整机"},
		{"han stem", `product.title.hasWord("矿机*")`, "蚂蚁矿机整机", "蚂蚁[矿机]整机"},
		{"script border", `product.title.hasWord("asic")`, "新ASIC矿机", "新[ASIC]矿机"},
		{"decomposed", `product.title.hasWord("café")`, "Le cafe\u0301 noir", "Le [cafe\u0301] noir"},
		{"wide", `product.title.hasWord("asic")`, "ＡＳＩＣ miner", "[ＡＳＩＣ] miner"},
		{"invisible", `product.title.hasWord("asic")`, "as\u200bic x", "[as\u200bic] x"},
		{"sharp s", `product.title.hasWord("strasse")`, "Die Straße", "Die [Straße]"},
		{"regexp", `product.title.matches("(?i)(bitcoin|crypto)\\w*\\s+mining")`, "Cryptocoin  mining and Bitcoin mining", "[Cryptocoin  mining] and [Bitcoin mining]"},
		{"regexp of nothing", `product.title.matches("x*")`, "abc", "abc"},
		{"global form", `matches(product.title, "b+")`, "abbc", "a[bb]c"},
		{"contains", `product.title.contains("ab")`, "abab ab", "[abab] [ab]"},
		{"lower case", `product.title.lowerAscii().contains("miner")`, "ANTMINER Miner", "ANT[MINER] [Miner]"},
		{"upper case, trimmed", `product.title.trim().upperAscii().startsWith("PSU")`, "  psu 5", "  [psu] 5"},
		{"ends", `product.title.endsWith("5")`, "psu 5", "psu [5]"},
		{"equal", `"psu" == product.title`, "psu", "[psu]"},
		{"and", `product.title.hasWord("a") && product.title.hasWord("b")`, "a b", "[a] [b]"},
		{"or, one holds", `(product.title.hasWord("a") && product.price > 100.0) || product.title.hasWord("b")`, "a b", "a [b]"},
		{"ruled out", `product.title.hasWord("psu") && !product.title.hasWord("asic")`, "PSU", "[PSU]"},
		{"ruled out twice", `!(!product.title.hasWord("psu") || product.title.hasWord("asic"))`, "PSU", "[PSU]"},
		{"choice", `product.live ? product.title.hasWord("a") : product.title.hasWord("b")`, "a b", "a [b]"},
		{"exists", `["asic", "psu", "x"].exists(w, product.title.contains(w) && product.price < 100.0)`, "an asic, a psu", "an [asic], a [psu]"},
		{"exists over pairs", `["a", "b"].exists(v, ["1", "2"].exists(w, product.title.contains(v) && product.title.contains(w)))`, "b 2", "[b] [2]"},
		{"all marks nothing", `["a", "b"].all(w, product.title.contains(w))`, "a b", "a b"},
		{"dynamic words", `product.title.hasWord(product.brand)`, "Acme psu", "[Acme] psu"},
		{"another field", `product.brand.hasWord("acme")`, "Acme psu", "Acme psu"},
		{"no match", `product.title.hasWord("a") && product.title.hasWord("c")`, "a b", "a b"},
		{"fails", `product.title.hasWord("a") && 1 / int(product.price - 10.0) > 0`, "a b", "a b"},
	}
	env := newEnv(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, err := env.Compile(test.condition)
			if err != nil {
				t.Fatal(err)
			}
			p := &migrate.Product{Title: migrate.TextValue(test.title),
				Fields: map[string]migrate.Value{"price": migrate.FloatValue(10), "brand": migrate.TextValue("Acme")}}
			if got := marked(t, c, p); got != test.want {
				t.Errorf("marked %q, want %q", got, test.want)
			}
		})
	}
}

func TestMarksOfOtherFields(t *testing.T) {
	c, err := newEnv(t).Compile(`product.brand.hasWord("acme")`)
	if err != nil {
		t.Fatal(err)
	}
	p := &migrate.Product{Title: migrate.TextValue("acme"), Fields: map[string]migrate.Value{"brand": migrate.TextValue("an Acme")}}
	if d := cmp.Diff([][2]int{{3, 7}}, c.(migrate.Marker).Marks(p, "brand")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	p.Title, p.Fields["brand"] = migrate.TextValue("\xff acme"), migrate.Value{}
	if got := c.(migrate.Marker).Marks(p, "brand"); got != nil {
		t.Errorf("NULL is marked %v", got)
	}
}

// TestMarksAreMatches: a word that is found is marked, at the borders of
// characters, and what is marked is found by itself; a word that is not found
// is not marked.
func TestMarksAreMatches(t *testing.T) {
	env := newEnv(t)
	c, err := env.Compile(`product.title.hasWord(product.brand)`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("aAbéßﬁ①1 -_矿机マ\u0301\u200bขุdｱ한")), 1, 12, -1)
		word := rapid.SampledFrom([]string{"a", "ab", "é", "ss", "fi", "1", "矿", "矿机", "マ", "ขุ", "a*", "矿*", "한", "b a"}).Draw(t, "word")
		p := &migrate.Product{Title: migrate.TextValue(letters.Draw(t, "title")),
			Fields: map[string]migrate.Value{"brand": migrate.TextValue(word)}}
		found, err := c.Match(p)
		if err != nil {
			t.Skip(err)
		}
		marks := c.(migrate.Marker).Marks(p, "title")
		if found != (len(marks) > 0) {
			t.Fatalf("found %t, marked %v", found, marks)
		}
		last := -1
		for _, m := range marks {
			if m[0] <= last || m[0] >= m[1] || m[1] > len(p.Title.S) || !utf8.ValidString(p.Title.S[m[0]:m[1]]) {
				t.Fatalf("%q is marked %v", p.Title.S, marks)
			}
			last = m[1]
			part := *p
			part.Title = migrate.TextValue(p.Title.S[m[0]:m[1]])
			if again, err := c.Match(&part); err != nil || !again {
				t.Fatalf("%q, marked in %q, is not found by itself: %v", part.Title.S, p.Title.S, err)
			}
		}
	})
}
