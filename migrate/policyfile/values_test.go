package policyfile_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
)

// anywhere leaves places out of a comparison.
var anywhere = cmp.Comparer(func(a, b migrate.Pos) bool { return true })

// policy is one with the defaults of every policy.
func policy(fill func(*migrate.Policy)) *migrate.Policy {
	p := &migrate.Policy{Name: "p", Elsewhere: migrate.ElsewhereDetach, Emptied: migrate.EmptiedKeep}
	fill(p)
	return p
}

func at(path string) migrate.CategoryRef { return migrate.CategoryRef{Path: path} }

func removed(entries ...migrate.Entry) *migrate.Policy {
	return policy(func(p *migrate.Policy) { p.Remove = entries })
}

func ids(list ...string) []migrate.CategoryRef {
	var refs []migrate.CategoryRef
	for _, id := range list {
		refs = append(refs, idRef(id, migrate.Pos{}))
	}
	return refs
}

func rules(list ...migrate.Rule) *migrate.Policy {
	return removed(migrate.Entry{Category: at("A"), Rules: list})
}

var live = expr("product.live")

func number(i int) *int { return &i }

func part(f float64) *float64 { return &f }

func TestParseValues(t *testing.T) {
	tests := []struct {
		name, text string
		want       *migrate.Policy
	}{
		{"ids as they are written", "policy: p\nclose: [{id: 0012}, {id: 100012}, {id: '007'}, {id: 0x1F}, {id: 0o17}, {id: 1.50}, {id: 1e3}, " +
			"{id: 1_000}, {id: +5}, {id: -5}, {id: no}, {id: true}, {id: 'null'}, {id: .inf}, {id: 2021-10-08}, {id: 12:30:45}, {id: 18446744073709551616000}]\n",
			policy(func(p *migrate.Policy) {
				p.Close = ids("0012", "100012", "007", "0x1F", "0o17", "1.50", "1e3", "1_000", "+5", "-5", "no", "true", "null",
					".inf", "2021-10-08", "12:30:45", "18446744073709551616000")
			})},
		{"paths as they are written", "policy: p\nclose: [Toys & Games > 3D, \"A: B\", 'C # D', 007, true, É > 漢]\n",
			policy(func(p *migrate.Policy) {
				for _, path := range []string{"Toys & Games > 3D", "A: B", "C # D", "007", "true", "É > 漢"} {
					p.Close = append(p.Close, at(path))
				}
			})},
		{"ways to name an entry", "policy: p\nremove:\n- A\n- {id: 1}\n- {id: 2, subtree: remove}\n- category: {id: 3}\n- category: B\n",
			removed(migrate.Entry{Category: at("A")}, migrate.Entry{Category: ids("1")[0]},
				migrate.Entry{Category: ids("2")[0], Subtree: migrate.SubtreeRemove},
				migrate.Entry{Category: ids("3")[0]}, migrate.Entry{Category: at("B")})},
		{"defaults fold into entries", "policy: p\nreason: r\ndates: {effective: 2021-10-08T00:00:00Z}\nprohibited: true\nsubtree: remove\n" +
			"redirect: Home\nproducts: {delist: x}\nremove: [A, {category: B, prohibited: false, subtree: refuse, redirect: gone, products: delist}]\n",
			policy(func(p *migrate.Policy) {
				p.Reason, p.Prohibited = "r", true
				p.Dates.Effective = time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)
				p.Remove = []migrate.Entry{
					{Category: at("A"), Prohibited: true, Subtree: migrate.SubtreeRemove, Redirect: &migrate.Redirect{To: at("Home")},
						Rules: []migrate.Rule{{Name: "x", Fate: migrate.Delist, Reason: "x"}}},
					{Category: at("B"), Subtree: migrate.SubtreeRefuse, Redirect: &migrate.Redirect{Gone: true},
						Rules: []migrate.Rule{{Name: "products", Fate: migrate.Delist}}},
				}
			})},
		{"names of rules", "policy: p\nremove:\n- category: A\n  products:\n  - {when: product.live, delist: x}\n  - {when: product.live, reassign: B}\n" +
			"  - {rule: y, when: product.live, delist: x}\n  - {when: product.live, delist: y}\n  - {when: product.live, delist: x}\n  - delist\n",
			rules(
				migrate.Rule{Name: "x", When: live, Fate: migrate.Delist, Reason: "x"},
				migrate.Rule{Name: "rule 2", When: live, Fate: migrate.Reassign, To: at("B")},
				migrate.Rule{Name: "y", When: live, Fate: migrate.Delist, Reason: "x"},
				migrate.Rule{Name: "y, rule 4", When: live, Fate: migrate.Delist, Reason: "y"},
				migrate.Rule{Name: "x, rule 5", When: live, Fate: migrate.Delist, Reason: "x"},
				migrate.Rule{Name: "rule 6", Fate: migrate.Delist})},
		{"no catch-all", "policy: p\nremove: [A]\nproducts: {when: product.live, reassign: {id: 007}, cleared: c}\n",
			rules(migrate.Rule{Name: "products", When: live, Fate: migrate.Reassign, To: ids("007")[0], Cleared: "c"})},
		{"only a sweep", "policy: p\nsweep:\n- {when: product.live, report: true}\n- {when: 'product.live', delist: x}\n" +
			"- {rule: mine, when: \"product.live\", delist: x, report: false, within: [A], except: [{id: 1}]}\n",
			policy(func(p *migrate.Policy) {
				p.Sweep = []migrate.SweepRule{
					{Name: "sweep 1", When: live, Report: true},
					{Name: "x", When: live, Reason: "x"},
					{Name: "mine", When: live, Reason: "x", Within: []migrate.CategoryRef{at("A")}, Except: ids("1")},
				}
			})},
		{"only close", "policy: p\nclose: [A]\n", policy(func(p *migrate.Policy) { p.Close = []migrate.CategoryRef{at("A")} })},
		{"days without a zone", "policy: p\nclose: [A]\ndates: {announced: 2021-10-08, effective: '2021-10-08', enforced: 2021-10-08T01:00:00+01:00}\n",
			policy(func(p *migrate.Policy) {
				day := time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)
				p.Close, p.Dates = []migrate.CategoryRef{at("A")}, migrate.Dates{Announced: day, Effective: day, Enforced: day}
			})},
		{"a day that begins at one", "policy: p\nclose: [A]\ndates: {zone: America/Sao_Paulo, effective: 2018-11-04}\n",
			policy(func(p *migrate.Policy) {
				p.Close = []migrate.CategoryRef{at("A")}
				p.Dates = migrate.Dates{Zone: "America/Sao_Paulo", Effective: time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC)}
			})},
		{"text over lines", "policy: p\nclose: [A]\nreason: >\n  one\n  two\n",
			policy(func(p *migrate.Policy) { p.Close, p.Reason = []migrate.CategoryRef{at("A")}, "one two" })},
		{"answers", "policy: p\nclose: [A]\nreferences:\n- {table: a, then: null}\n- {table: a, column: b, then: keep}\n" +
			"- {table: b, then: repoint, reason: r}\n",
			policy(func(p *migrate.Policy) {
				p.Close = []migrate.CategoryRef{at("A")}
				p.References = []migrate.ReferenceAnswer{{Table: "a", Then: migrate.OnRemoveNull},
					{Table: "a", Column: "b", Then: migrate.OnRemoveKeep}, {Table: "b", Then: migrate.OnRemoveRepoint, Reason: "r"}}
			})},
		{"settings", "policy: p\nclose: [A]\nelsewhere: treat\nemptied: keep\ndelisted_to: {id: 00}\ndrift: {left: fail}\n" +
			"limits: {delist: 0, live_share: 2.5%, missing_attributes: 7}\napprovals: 0\n",
			policy(func(p *migrate.Policy) {
				p.Close, p.Elsewhere = []migrate.CategoryRef{at("A")}, migrate.ElsewhereTreat
				to := ids("00")[0]
				p.DelistedTo, p.Drift.Left = &to, migrate.ToleranceFail
				p.Limits = migrate.Limits{Delist: number(0), LiveShare: part(0.025), MissingAttributes: number(7)}
			})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, parse(t, tt.text, nil).Policy, byText, anywhere); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
