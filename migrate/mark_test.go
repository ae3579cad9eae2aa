package migrate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

const miningPolicy = `
policy: mining
reason: the ban
dates: {effective: 2021-10-08}
remove:
  - category: Miners
    products:
      - {rule: cheap, when: 'product.title.hasWord("psu") && product.price < 100 && product.age > 2 && product.made < timestamp("2021-01-01T00:00:00Z")', delist: cheap}
      - {rule: coins, when: 'product.title.hasWord("cash")', delist: cash}
      - delist: rest
sweep:
  - {rule: mining, when: 'product.title.hasWord("mining") && product.category.contains("Drill")', delist: swept}
  - {rule: coins, when: 'product.title.hasWord("coin*")', report: true}
`

func TestTitleMarks(t *testing.T) {
	env, err := rule.NewEnv([]rule.Field{{Name: "price", Kind: migrate.Float}, {Name: "age", Kind: migrate.Int}, {Name: "made", Kind: migrate.Time}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := policyfile.Parse(policyfile.Source{Name: "mining.yaml", Text: []byte(miningPolicy)}, env)
	if err != nil {
		t.Fatal(err)
	}
	marks := migrate.TitleMarks(file.Policy, map[string]migrate.Kind{"price": migrate.Float, "age": migrate.Int, "made": migrate.Time})
	read := func(pairs ...string) (out []migrate.Input) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, migrate.Input{Name: pairs[i], Value: &pairs[i+1]})
		}
		return out
	}
	title := func(s string) *string { return &s }
	tests := []struct {
		name   string
		change migrate.ProductChange
		want   [][2]int
	}{
		{"by a rule", migrate.ProductChange{Title: title("PSU 5"), Rule: "cheap", Read: read("price", "99.5", "age", "3", "made", "2020-02-03T04:05:06.000007Z")}, [][2]int{{0, 3}}},
		{"what it read says no", migrate.ProductChange{Title: title("PSU 5"), Rule: "cheap", Read: read("price", "100", "age", "3", "made", "2020-02-03T04:05:06.000007Z")}, nil},
		{"no number where one is declared", migrate.ProductChange{Title: title("PSU 5"), Rule: "cheap", Read: read("price", "cheap", "age", "3")}, nil},
		{"by a sweep", migrate.ProductChange{Title: title("Mining drill"), Rule: "mining", Read: read("category", "Tools > Drills")}, [][2]int{{0, 6}}},
		{"by another of its name", migrate.ProductChange{Title: title("Mining coins"), Rule: "coins", Read: read("category", "Toys")}, [][2]int{{7, 12}}},
		{"by no words", migrate.ProductChange{Title: title("PSU 5"), Rule: "rest"}, nil},
		{"by a person", migrate.ProductChange{Title: title("Mining coins"), Rule: "mining", By: "lin"}, nil},
		{"without a title", migrate.ProductChange{Rule: "mining"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, marks(&test.change)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestParseValue: what was rendered is read back as it was.
func TestParseValue(t *testing.T) {
	for _, v := range []migrate.Value{migrate.IntValue(-3), migrate.FloatValue(0.1), migrate.FloatValue(1e300), migrate.BoolValue(true), migrate.BoolValue(false),
		migrate.BytesValue([]byte{0, 255}), migrate.TextValue("a"), {Kind: migrate.Time, I: 1234567890123456}} {
		if d := cmp.Diff(v, migrate.ParseValue(v.Kind, v.Render())); d != "" {
			t.Errorf("%s (-want +got):\n%s", v.Render(), d)
		}
	}
	if d := cmp.Diff(migrate.TextValue("many"), migrate.ParseValue(migrate.Int, "many")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestPlaces: a sweep's products are counted and sampled by category, the
// largest first.
func TestPlaces(t *testing.T) {
	sum := migrate.NewSummarizer()
	sum.Marks = func(c *migrate.ProductChange) [][2]int { return [][2]int{{0, len(c.ID)}} }
	for _, p := range [][2]string{{"1", "b"}, {"2", "a"}, {"3", "b"}, {"4", "c"}, {"5", "b"}, {"6", "b"}} {
		sum.Add(migrate.Change{Product: &migrate.ProductChange{ID: p[0], Fate: migrate.Delist, Rule: "r", Before: migrate.Placement{Category: taxonomy.ID(p[1])}}})
	}
	sample := func(in taxonomy.ID, ids ...string) (out []migrate.Sample) {
		for _, id := range ids {
			out = append(out, migrate.Sample{ID: id, Marks: [][2]int{{0, 1}}, Before: in})
		}
		return out
	}
	want := []migrate.Place{{Category: "b", Count: 4, Samples: sample("b", "1", "3", "5")}, {Category: "a", Count: 1, Samples: sample("a", "2")}, {Category: "c", Count: 1, Samples: sample("c", "4")}}
	if d := cmp.Diff(want, sum.Summary().Sweeps[0].Places); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
