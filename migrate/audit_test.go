package migrate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest"
)

const auditTree = `
1 Miners
  2 Rigs
3 Books
4 Tools`

const auditPolicy = `
remove: [Miners > Rigs]
products: delist
prohibited: true
sweep:
  - {rule: mining, when: 'product.title.contains("mining")', except: [Tools], delist: goods}
  - {rule: coins, when: 'product.title.contains("coin")', report: true}
penalties:
  - {from: 1, action: remove-product}
  - {from: 2, action: deduct-points, points: 12}`

// audited makes an audit and writes what it found, a line a listing.
func audited(t *testing.T, m migrate.Catalog, policy *migrate.Policy, at time.Time) (*migrate.Audit, []string) {
	t.Helper()
	a, err := migrate.MakeAudit(ctx, m, migrate.AuditRequest{Policy: policy, Now: at})
	if err != nil {
		t.Fatal(told(err))
	}
	t.Cleanup(func() { a.Close() })
	var out []string
	for v, err := range a.Violations(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s %v in %q rule %q run %d", v.Product, v.Kinds, v.Path, v.Rule, v.Run)
		for _, r := range v.Values {
			line += fmt.Sprintf(" %s %s → %s", r.Column, *r.After, *r.Now)
		}
		if !v.Counts {
			line += " not counted"
		}
		out = append(out, line)
	}
	return a, out
}

func auditShop(t *testing.T, shape catalogtest.Shape) (*catalogtest.World, *migrate.Policy) {
	w := shop(t, shape, auditTree, "10 active a rig in 2", "11 active another in 2", "12 ended off in 2", "13 active mining book in 3",
		"14 active mining drill in 4", "15 active coin in 3", "16 active a book in 3")
	for i, seller := range []string{"s1", "s1", "s2", "s2"} {
		w.Products[i].Seller = &seller
	}
	return w, request(t, auditPolicy, nil).Policy
}

func TestAuditBeforeTheRun(t *testing.T) {
	w, policy := auditShop(t, catalogtest.Plain)
	a, got := audited(t, catalogtest.NewMemory(w), policy, day)
	want := []string{
		`10 [standing] in "Miners > Rigs" rule "" run 0`,
		`11 [standing] in "Miners > Rigs" rule "" run 0`,
		`13 [relisted] in "Books" rule "mining" run 0`,
		`15 [reported] in "Books" rule "coins" run 0 not counted`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if a.InForce() {
		t.Error("in force before any run")
	}
}

func TestAudit(t *testing.T) {
	for name, shape := range map[string]catalogtest.Shape{"hard": catalogtest.Plain, "soft": {Column: true, Soft: true}} {
		t.Run(name, func(t *testing.T) {
			w, _ := auditShop(t, shape)
			m, req, plan := planned(t, w, auditPolicy)
			mustApply(t, m, req, plan)
			a, got := audited(t, m, req.Policy, day)
			if d := cmp.Diff([]string{`15 [reported] in "Books" rule "coins" run 0 not counted`}, got); d != "" || !a.InForce() {
				t.Errorf("after the run, in force %t (-want +got):\n%s", a.InForce(), d)
			}
			edit(t, m, catalogtest.Edit{Do: catalogtest.Switch, Product: "10", Text: catalogtest.Active})
			edit(t, m, catalogtest.Edit{Do: catalogtest.Switch, Product: "11", Text: catalogtest.Ended})
			edit(t, m, catalogtest.Edit{Do: catalogtest.Arrive, Product: "20", Text: "best mining", To: "3"})
			want := []string{
				`10 [revived] in "" rule "products" run 1 status delisted → active`,
				`11 [altered] in "" rule "products" run 1 status delisted → ended not counted`,
				`15 [reported] in "Books" rule "coins" run 0 not counted`,
				`20 [relisted] in "Books" rule "mining" run 0`,
			}
			if shape.Soft {
				edit(t, m, catalogtest.Edit{Do: catalogtest.Arrive, Product: "21", Text: "another rig", To: "2"})
				want[0] = `10 [revived filed] in "Miners > Rigs" rule "products" run 1 status delisted → active`
				want[1] = strings.Replace(want[1], `in ""`, `in "Miners > Rigs"`, 1)
				want = append(want, `21 [filed] in "Miners > Rigs" rule "" run 1`)
			} else {
				edit(t, m, catalogtest.Edit{Do: catalogtest.Child, From: "1", To: "2", Text: "Rigs"})
				edit(t, m, catalogtest.Edit{Do: catalogtest.Arrive, Product: "21", Text: "another rig", To: "2"})
				want = append(want, `21 [returned] in "Miners > Rigs" rule "" run 1`)
			}
			a, got = audited(t, m, req.Policy, day)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			s := a.Sellers[0]
			if *s.Seller != "s1" || s.Violations != 1 || s.Penalty.Action != "remove-product" || s.Samples[0].Product != "10" {
				t.Errorf("the worst seller is %+v", s)
			}
			if last := a.Sellers[len(a.Sellers)-1]; last.Seller != nil || last.Penalty != nil || last.Violations != 2 {
				t.Errorf("of nobody: %+v", last)
			}
		})
	}
}
