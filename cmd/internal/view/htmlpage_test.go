package view_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

// pages are the review pages of a text that stands everywhere.
func pages(t *testing.T, text string) map[string]func(io.Writer) error {
	p := everywhere(text)
	p.header.PolicyText, p.header.PolicyFile, p.header.Files = text, text, map[string]string{text: text}
	r := run(12, migrate.RunApply)
	r.Policy, r.Operator, r.Version, r.Early, r.Reason, r.Digest = text, text, text, text, text, text
	r.Drift = []migrate.Drift{{Kind: migrate.Edited, Subject: text, Title: &text, Detail: text, ToPath: text}}
	r.Approvals = approvals(text)
	s := p.summary(t)
	s.Marks = func(p *migrate.ProductChange) [][2]int { return [][2]int{{0, min(3, len(*p.Title))}} }
	o := view.PageOptions{ProductsFile: text, ProductsCommand: text, ApproveCommand: text, Policy: policyOf(text)}
	return map[string]func(io.Writer) error{
		"plan":   func(w io.Writer) error { return view.PlanHTML(w, s, p.Changes(), o) },
		"appeal": func(w io.Writer) error { return view.RunHTML(w, appealReceipt(t, text), p.Changes(), o) },
		"run": func(w io.Writer) error {
			return view.RunHTML(w, view.RunReceipt{Run: r, Summary: s, Undos: []migrate.Run{r}}, p.Changes(), o)
		},
	}
}

// policyOf is a policy with a text in all that a page tells of it.
func policyOf(text string) *migrate.Policy {
	places := []migrate.CategoryRef{{Path: text}, {ID: taxonomy.ID(text)}}
	return &migrate.Policy{Sweep: []migrate.SweepRule{{Name: text + "!", Within: places, Except: places}},
		Remove:    []migrate.Entry{{Rules: []migrate.Rule{{Name: text + "!", When: never{}}}}},
		Penalties: []migrate.Penalty{{From: 3, Action: text, Points: 12}}}
}

// never is a condition that matches no product.
type never struct{ migrate.Condition }

func approvals(by string) json.RawMessage {
	b, err := json.Marshal([]map[string]string{{"by": by, "ref": by, "at": "2021-10-06T09:30:00Z"}})
	if err != nil {
		panic(err)
	}
	return b
}

func TestPages(t *testing.T) {
	main, variants := mainPlan(), variantsPlan()
	main.header.PolicyFile, main.header.PolicyText = "crypto.yaml", "policy: crypto-mining-ban\nproducts: delist\n"
	o := view.PageOptions{ProductsCommand: "recat export crypto.plan --kind products --out products.csv",
		ApproveCommand: "recat approve crypto.plan --by NAME --out FILE"}
	marked := func() *migrate.Summary {
		sum := migrate.NewSummarizer()
		sum.Marks = func(p *migrate.ProductChange) [][2]int {
			if at := strings.Index(*p.Title, "mining"); at >= 0 {
				return [][2]int{{at, at + len("mining")}}
			}
			return nil
		}
		for c := range main.Changes() {
			if c.Product == nil || c.Product.Title != nil {
				sum.Add(c)
			}
		}
		s := sum.Summary()
		s.Header, s.Provenance, s.Trailer = main.Header(), main.Provenance(), main.Trailer()
		s.Marks = nil
		return s
	}
	first, undo := runs()[0], runs()[1]
	first.Approvals = approvals("Zhao Min")
	for name, render := range map[string]func(io.Writer) error{
		"plan":          func(w io.Writer) error { return view.PlanHTML(w, marked(), main.Changes(), o) },
		"plan-variants": func(w io.Writer) error { return view.PlanHTML(w, variants.summary(t), variants.Changes(), o) },
		"plan-tree":     func(w io.Writer) error { return view.PlanHTML(w, treeSummary(t), treePlan().Changes(), o) },
		"plan-empty":    func(w io.Writer) error { return view.PlanHTML(w, emptyPlan().summary(t), stream(nil), o) },
		"run": func(w io.Writer) error {
			return view.RunHTML(w, view.RunReceipt{Run: first, Summary: main.summary(t), Verified: &view.Verified{}, Undos: []migrate.Run{undo}}, main.Changes(), o)
		},
		"run-pruned": func(w io.Writer) error {
			sum := main.summary(t)
			for i := range sum.Categories {
				sum.Categories[i].Groups = nil
			}
			sum.Sweeps = nil
			return view.RunHTML(w, view.RunReceipt{Run: prunedRun(), Summary: sum}, stream(categories()), o)
		},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".html", func(w io.Writer) error {
				var b bytes.Buffer
				if err := render(&b); err != nil {
					return err
				}
				_, err := w.Write(withoutAssets(b.Bytes()))
				return err
			})
		})
	}
}

// TestHostilePages tells that no text of the catalog, the policy or a run adds
// to a page's markup or hides in it.
func TestHostilePages(t *testing.T) {
	shapes := func(text string) map[string]string {
		out := map[string]string{}
		for name, render := range pages(t, text) {
			var b bytes.Buffer
			if err := render(&b); err != nil {
				t.Fatalf("%s of %q: %v", name, text, err)
			}
			if r, bad := unsafe(b.String()); bad {
				t.Errorf("%s of %q lets %U through", name, text, r)
			}
			out[name] = strings.Join(tags.FindAllString(b.String(), -1), "")
		}
		return out
	}
	want := shapes("plain")
	for _, text := range append(hostile, hostileMarkup...) {
		if text == "" || text == migrate.NullText {
			continue // what is empty is left out, and its element with it
		}
		for name, got := range shapes(text) {
			if got != want[name] {
				t.Errorf("%s: %q changes the tags:\n%s\nwant\n%s", name, text, got, want[name])
			}
		}
	}
}

// largePlan delists n products in three unequal groups, made as they are
// ranged over.
type largePlan struct{ n int }

func (p largePlan) changes() iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		for _, c := range categories() {
			if !yield(c, nil) {
				return
			}
		}
		for i := range p.n {
			c := product(1_000_000+i, fmt.Sprintf("Antminer S19 Pro %d TH/s, lot %d", 90+i%40, i), migrate.Delist, "rest", "prohibited-goods", "100011")
			c.Seller = ptr(fmt.Sprintf("Seller %d Co., Ltd.", i%700))
			switch {
			case i%1000 == 0:
				c.From, c.Rule, c.Before.Category = nil, "tutorials", taxonomy.ID(fmt.Sprint(200100+i/1000%40))
			case i%10 == 0:
				c.From, c.Fate, c.To, c.Rule, c.Cleared = []taxonomy.ID{"100012"}, migrate.Reassign, "100020", "power-supplies", "LEG-114"
			}
			if !yield(migrate.Change{Product: c}, nil) {
				return
			}
		}
	}
}

func (p largePlan) page(w io.Writer) error {
	s, err := migrate.Summarize(p.changes())
	if err != nil {
		return err
	}
	s.Header, s.Trailer.Digest = header(), digestA
	for c := range p.changes() {
		s.Trailer.Totals.Count(c)
	}
	return view.PlanHTML(w, s, p.changes(), view.PageOptions{ProductsFile: "review.products.csv"})
}

// TestEmbeddedProducts tells which products a page of a large plan holds: some
// of every group, of small ones all, and no more than it says.
func TestEmbeddedProducts(t *testing.T) {
	var b bytes.Buffer
	if err := (largePlan{50_000}).page(&b); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(b.String(), `<div class="table" id="product-rows"`)
	_, text, _ = strings.Cut(text, `<script type="application/json">`)
	text, _, _ = strings.Cut(text, "</script>")
	var data struct {
		Rows   [][]any
		Values [][]string
	}
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Rows) != view.ProductsEmbedded {
		t.Errorf("%d products, want %d", len(data.Rows), view.ProductsEmbedded)
	}
	rules := map[string]int{}
	for _, row := range data.Rows {
		for k, v := range row {
			if i, ok := v.(float64); ok && k == 8 {
				rules[data.Values[k][int(i)]]++
			}
		}
	}
	if rules["tutorials"] != 50 || rules["power-supplies"] < 4900 || rules["rest"] < 15_000 {
		t.Errorf("products by rule: %v", rules)
	}
	for _, want := range []string{"This page holds 20,000 of 50,000 products", `href="./review.products.csv"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// BenchmarkPage tells what the page of a plan of a million products costs.
func BenchmarkPage(b *testing.B) {
	for b.Loop() {
		if err := (largePlan{1_000_000}).page(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFewFindings tells which of the categories that a sweep found something
// in are pointed at: those with next to nothing against the largest.
func TestFewFindings(t *testing.T) {
	tests := []struct {
		name   string
		counts []int
		want   int
	}{
		{"one category", []int{3}, 0}, {"all alike", []int{1, 1, 1}, 0}, {"two small", []int{40, 4, 1}, 2}, {"no small", []int{40, 5}, 0},
		{"all over the place", append(slices.Repeat([]int{1}, 21), 40), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := migrate.Group{Fate: migrate.Delist, Rule: "mining", In: map[taxonomy.ID]int{}}
			for i, n := range tt.counts {
				id := taxonomy.ID(fmt.Sprint(i))
				g.Count, g.In[id] = g.Count+n, n
				g.Places = append(g.Places, migrate.Place{Category: id, Count: n})
			}
			var b bytes.Buffer
			s := &migrate.Summary{Header: header(), Sweeps: []migrate.Group{g}}
			if err := view.PlanHTML(&b, s, stream(nil), view.PageOptions{}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Count(b.String(), `class="badge b-few"`); got != tt.want {
				t.Errorf("%d categories pointed at, want %d", got, tt.want)
			}
			if got := strings.Contains(b.String(), "too wide a rule, perhaps?"); got != (len(tt.counts) > 20) {
				t.Errorf("told that the rule is wide: %t", got)
			}
			if got := strings.Contains(b.String(), "something else, perhaps?"); got != (tt.want > 0) {
				t.Errorf("told to look: %t", got)
			}
		})
	}
}
