package rule_test

import (
	"testing"

	"recat/migrate"
	"recat/migrate/rule"
)

// BenchmarkMatch decides one product; a typical hasWord condition should take
// no more than a microsecond.
func BenchmarkMatch(b *testing.B) {
	titles := []struct{ name, title string }{
		{"ascii", "Antminer S19j Pro 104T Bitcoin ASIC miner with 3250W PSU included"},
		{"han", "比特大陆蚂蚁矿机 Antminer S19 Pro 110T 全新现货 BTC 挖矿机"},
		{"cyrillic", "Блок питания для майнера ASIC 1800W новый"},
	}
	conditions := []struct{ name, text string }{
		{"hasWord", `product.title.hasWord(["psu", "power supply"]) && !product.title.hasWord(["antminer", "asic"])`},
		{"one", `product.title.hasWord("miner*")`},
		{"number", `product.price > 100`},
		{"state", `product.state == "active"`},
		{"matches", `product.title.matches("(?i)(bitcoin|crypto)\\w*\\s+mining")`},
		{"macro", `product.title.split(" ").exists(w, w.startsWith("S19"))`},
	}
	env := newEnv(b)
	for _, c := range conditions {
		cond, err := env.Compile(c.text)
		if err != nil {
			b.Fatal(err)
		}
		for _, t := range titles {
			b.Run(c.name+"/"+t.name, func(b *testing.B) {
				p := &migrate.Product{Title: migrate.TextValue(t.title), State: migrate.TextValue("active"),
					Fields: map[string]migrate.Value{"price": migrate.FloatValue(99.5)}}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := cond.Match(p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkFirstCompile is what a program pays for its first condition.
func BenchmarkFirstCompile(b *testing.B) {
	for b.Loop() {
		env, err := rule.NewEnv(nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := env.Compile(`product.title.hasWord("x")`); err != nil {
			b.Fatal(err)
		}
	}
}
