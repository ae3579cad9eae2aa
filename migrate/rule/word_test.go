package rule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recat/migrate"
)

// hasWord asks a condition about a title.
func hasWord(t testing.TB, title string, words ...string) bool {
	t.Helper()
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	c, err := newEnv(t).Compile("product.title.hasWord([" + strings.Join(quoted, ", ") + "])")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Match(&migrate.Product{Title: migrate.TextValue(title)})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestHasWord(t *testing.T) {
	tests := []struct {
		title, word string
		want        bool
	}{
		{"PSU 750W", "psu", true},
		{"psu", "PSU", true},
		{"PSUs for sale", "psu", false},
		{"PSUs for sale", "psu*", true},
		{"Antminer", "miner*", false},
		{"Power-Supply", "power supply", true},
		{"power   supply", "power-supply", true},
		{"power_supply/new", "power supply", true},
		{"POWER — SUPPLY", "power supply", true},
		{"powersupply", "power supply", false},
		{"power supplies", "power suppl*", true},
		{"overpower supply", "power supply", false},
		{"miner's tools", "miner", true},
		{"S19j Pro", "s19", false},
		{"S19j Pro", "s19*", true},
		{"ASIC矿机", "asic", true},
		{"ASIC矿机", "矿机", true},
		{"比特大陆蚂蚁矿机整机", "矿机", true},
		{"矿机S19全新", "s19", true},
		{"110台矿机", "110", true},
		{"BTC挖矿机", "btc挖矿", true},
		{"xBTC挖矿机", "btc挖矿", false},
		{"BTC 挖矿机", "btc挖矿", true},
		{"矿工miner", "miner", true},
		{"マイニングマシン", "マイニング", true},
		{"マイナー用", "マイナー", true},
		{"買い物かご", "い物", true},
		{"ﾏｲﾆﾝｸﾞ", "マイニング", true},
		{"เครื่องขุดบิทคอยน์", "ขุด", true},
		{"АСИК майнер", "майнер", true},
		{"МАЙНЕР", "майнер", true},
		{"майнерasic", "asic", true},
		{"ＡＳＩＣ ｍｉｎｅｒ", "asic miner", true},
		{"ﬁne ﬁlter", "fine filter", true},
		{"Caf\u00e9", "cafe\u0301", true},
		{"STRASSE", "stra\u00dfe", true},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", true},
		{"as\u200bic", "asic", true},
		{"as\u00adic", "asic", true},
		{"mi\u202ener", "miner", true},
		{"asic\xff\xfe", "asic", true},
		{"as\xffic", "asic", false},
		{"", "asic", false},
		{"🚀ASIC🚀", "asic", true},
		{"①②", "12", true},
		{"채굴기 판매", "채굴기", true},
		{"x²", "x2", true},
	}
	for _, tt := range tests {
		t.Run(tt.title+"/"+tt.word, func(t *testing.T) {
			if got := hasWord(t, tt.title, tt.word); got != tt.want {
				t.Errorf("%q has %q: %v", tt.title, tt.word, got)
			}
		})
	}
}

func TestHasWordList(t *testing.T) {
	if !hasWord(t, "PSU 750W", "miner", "psu") || hasWord(t, "PSU 750W", "miner", "asic") {
		t.Error("a list matches where one of its words does, and only there")
	}
}

// TestHasWordLaws holds for every word in every place.
func TestHasWordLaws(t *testing.T) {
	word := rapid.StringMatching(`[a-zа-я0-9]{1,8}`)
	gap := rapid.SampledFrom([]string{" ", "-", " - ", "_", "/", "  ", "\t", "—"})
	rapid.Check(t, func(rt *rapid.T) {
		w, before, after := word.Draw(rt, "word"), word.Draw(rt, "before"), word.Draw(rt, "after")
		title := before + gap.Draw(rt, "gap") + strings.ToUpper(w) + gap.Draw(rt, "gap") + after
		if !hasWord(t, title, w) {
			rt.Fatalf("%q has %q", title, w)
		}
		if !hasWord(t, title, string([]rune(w)[:1])+"*") {
			rt.Fatalf("%q has a stem of %q", title, w)
		}
		if !hasWord(t, title, before+" "+w) {
			rt.Fatalf("%q has %q after %q", title, w, before)
		}
		if !hasWord(t, w+"机", w) || !hasWord(t, "机"+w, w) {
			rt.Fatalf("Han is no boundary of %q", w)
		}
	})
}

func TestReads(t *testing.T) {
	all := []string{"blob", "brand", "category", "listed", "live", "price", "promoted", "seller", "state", "stock", "title"}
	tests := []struct {
		expr string
		want []string
	}{
		{`true`, nil},
		{`product.id == "1"`, nil},
		{`product.title.hasWord("psu") && product.price > 1`, []string{"price", "title"}},
		{`product.isNull("brand") || has(product.stock)`, []string{"brand", "stock"}},
		{`product.live && product.state == "a" && product.seller == "" && product.category == ""`,
			[]string{"category", "live", "seller", "state"}},
		{`["a"].exists(w, product.title.hasWord(w))`, []string{"title"}},
		{`product.price == 1`, []string{"price"}},
		{`product.isNull(product.id)`, all},
		{`product == product`, all},
		{`dyn(product).price == 1`, all},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			c, err := newEnv(t).Compile(tt.expr)
			if err != nil {
				t.Fatal(err)
			}
			got := c.Reads()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !slices.IsSorted(got) {
				t.Error("not sorted")
			}
		})
	}
}
