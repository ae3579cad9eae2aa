package view_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalogtest"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

const auditedPolicy = `
policy: crypto-mining-ban
reason: Alibaba.com notice of 27 September 2021
dates: {zone: Asia/Shanghai, effective: 2021-10-08, enforced: 2021-10-16}
prohibited: true
remove: [Miners > Rigs]
products:
  - {rule: rigs, delist: prohibited-goods}
sweep:
  - {rule: mining, when: 'product.title.hasWord("mining")', delist: prohibited-goods}
  - {rule: coins, when: 'product.title.hasWord("coin*")', report: true}
penalties:
  - {from: 1, action: remove-product}
  - {from: 2, action: deduct-points, points: 12}
  - {from: 5, action: close-account}
`

func parsed(t *testing.T, text string) *migrate.Policy {
	t.Helper()
	file, err := policyfile.Parse(policyfile.Source{Name: "crypto.yaml", Text: []byte(text)}, rule.NewOpenEnv())
	if err != nil {
		t.Fatal(err)
	}
	return file.Policy
}

// auditWorld is a shop with rigs, and what is found elsewhere.
func auditWorld() *catalogtest.World {
	w := &catalogtest.World{Shape: catalogtest.Shape{Column: true, Soft: true}, Categories: []catalogtest.Category{
		{ID: "1", Name: "Miners"}, {ID: "2", Parent: "1", Name: "Rigs"}, {ID: "3", Name: "Industrial"}, {ID: "4", Parent: "3", Name: "Mining & Quarrying"}}}
	add := func(id, status, in, title string, seller *string) {
		w.Products = append(w.Products, catalogtest.Product{ID: id, Status: status, Category: taxonomy.ID(in), Title: &title, Seller: seller})
	}
	for i := range 7 {
		add(fmt.Sprint(100+i), catalogtest.Active, "2", fmt.Sprintf("Antminer S%d", i), ptr("acme"))
	}
	add("200", catalogtest.Active, "4", "Rock drill for mining", ptr("drills & co"))
	add("201", catalogtest.Active, "4", "=cmd|'/c calc'!A1 «mining» \x1b[31m", ptr("+evil\n"))
	add("202", catalogtest.Active, "3", "Bitcoin coins", nil)
	return w
}

// audit makes an audit of the world: applied says whether the policy was,
// before the edits.
func audit(t *testing.T, text string, applied bool, at time.Time, edits ...catalogtest.Edit) *migrate.Audit {
	t.Helper()
	ctx, m, policy := t.Context(), catalogtest.NewMemory(auditWorld()), parsed(t, text)
	if applied {
		plan, err := catalogtest.MakePlan(ctx, m, migrate.PlanRequest{Policy: policy, PolicyFile: "crypto.yaml", PolicyText: text, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := migrate.Apply(ctx, m, plan, migrate.ApplyOptions{Policy: policy, Now: ranAt, NoDate: true, Operator: "cron@db1", Version: "0.3.0"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range edits {
		if err := m.Edit(e); err != nil {
			t.Fatal(err)
		}
	}
	a, err := migrate.MakeAudit(ctx, m, migrate.AuditRequest{Policy: policy, Now: at})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// audits are what the goldens render.
func audits(t *testing.T) map[string]*migrate.Audit {
	later := time.Date(2021, 10, 19, 3, 0, 0, 0, time.UTC)
	sales := []catalogtest.Edit{
		{Do: catalogtest.Switch, Product: "100", Text: catalogtest.Active}, {Do: catalogtest.Switch, Product: "101", Text: catalogtest.Active},
		{Do: catalogtest.Switch, Product: "102", Text: catalogtest.Ended}, {Do: catalogtest.Switch, Product: "201", Text: catalogtest.Active},
		{Do: catalogtest.Arrive, Product: "300", Text: "Antminer again", To: "2"}, {Do: catalogtest.Arrive, Product: "301", Text: "for mining, mining only", To: "3"},
	}
	return map[string]*migrate.Audit{
		"violations": audit(t, auditedPolicy, true, later, sales...),
		"early":      audit(t, auditedPolicy, true, now, sales...),
		"unapplied":  audit(t, auditedPolicy, false, later),
		"clean":      audit(t, auditedPolicy, true, later),
	}
}

func TestAuditText(t *testing.T) {
	for name, a := range audits(t) {
		for suffix, width := range map[string]int{"": 0, "-80": 80} {
			got := golden(t, "audit-"+name+suffix+".txt", func(w io.Writer) error {
				return view.AuditText(w, a, view.Options{Width: width})
			})
			noTrailingSpace(t, got)
		}
	}
}

func TestAuditCSV(t *testing.T) {
	got := golden(t, "audit.csv", func(w io.Writer) error { return view.AuditCSV(t.Context(), w, audits(t)["violations"]) })
	rows, err := csv.NewReader(bytes.NewReader(got)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if slices.Contains([]string{"=", "+", "@", "-"}, (cell + " ")[:1]) {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}

func TestAuditPage(t *testing.T) {
	for name, a := range audits(t) {
		got := golden(t, "audit-"+name+".html", func(w io.Writer) error {
			var b bytes.Buffer
			if err := view.AuditHTML(t.Context(), &b, a); err != nil {
				return err
			}
			_, err := w.Write(withoutAssets(b.Bytes()))
			return err
		})
		if r, bad := unsafe(string(got)); bad {
			t.Errorf("%s: the page lets %U through", name, r)
		}
	}
}

func TestAuditMarkdown(t *testing.T) {
	for name, a := range audits(t) {
		for suffix, most := range map[string]int{"": 65000, "-cut": 1000} {
			got := golden(t, "audit-"+name+suffix+".md", func(w io.Writer) error {
				return view.AuditMarkdown(t.Context(), w, a, view.MarkdownOptions{Most: most})
			})
			if sound(t, got); len(got) > most {
				t.Errorf("%s: %d bytes, more than %d", name, len(got), most)
			}
		}
	}
}
