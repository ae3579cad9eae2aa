package advice_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/advice"
	"recat/migrate/catalogtest"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

var (
	ctx = context.Background()
	now = time.Date(2021, 10, 1, 0, 0, 0, 0, time.UTC)
)

// sound is what a policy needs so that nothing is found in it.
const sound = `policy: p
reason: LEG-1
limits: {delist: 9}
`

// ban is the same for one that prohibits.
const ban = sound + `dates: {effective: 2021-10-08}
prohibited: true
approvals: 1
sweep: [{rule: s, when: 'product.title.hasWord("miner")', report: true}]
`

// check lists what is found, as "line rule: message".
func check(t *testing.T, text string, cat migrate.Catalog, files map[string]string) []string {
	t.Helper()
	open := func(name string) ([]byte, error) {
		if f, ok := files[name]; ok {
			return []byte(f), nil
		}
		return nil, migrate.ErrNoInput
	}
	file, err := policyfile.Parse(policyfile.Source{Name: "p.yaml", Text: []byte(text), Open: open}, rule.NewOpenEnv())
	if err != nil {
		t.Fatal(err)
	}
	req := advice.Request{Policy: file.Policy, Places: file.Places, Now: now}
	if cat != nil {
		if req.Catalog, err = advice.Read(ctx, cat); err != nil {
			t.Fatal(err)
		}
	}
	found, err := advice.Check(req)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%d %s: %s", f.Pos.Line, f.Rule, f.Msg))
	}
	return out
}

// TestCheck shows each rule a policy that breaks it, and where.
func TestCheck(t *testing.T) {
	const toys = "remove: [Toys > Boards]\nproducts: "
	for _, c := range []struct {
		name, text string
		files      map[string]string
		want       []string
	}{
		{"a sound policy", sound + toys + "delist\n", nil, nil},
		{"a sound prohibition", ban + toys + "delist\n", nil, nil},
		{"the least policy", "policy: p\n" + toys + "{reassign: Toys}\n", nil, []string{"1 no-reason: the policy gives no reason"}},
		{"a target that goes", sound + "remove:\n  - Toys > Boards\n  - {category: Toys > Kites, products: {reassign: Toys > Boards}}\nproducts: delist\n", nil,
			[]string{`6 target-removed: rule products leads to "Toys > Boards", which the policy removes with "Toys > Boards"`}},
		{"a target below one that goes", sound + "remove: [{category: Toys, subtree: remove, products: {reassign: Toys>Boards>Old}}]\n", nil,
			[]string{`4 target-removed: rule products leads to "Toys>Boards>Old", which the policy removes with "Toys"`}},
		{"a target below one whose children stay", sound + "remove: [{category: Toys, subtree: promote, products: {reassign: Toys > Boards}}]\n", nil, nil},
		{"a target that leads on", sound + "remove:\n  - {category: A, products: {reassign: B}}\n  - {category: B, products: {reassign: C}}\n", nil, nil},
		{"targets in a circle", sound + "remove:\n  - {category: A, products: {reassign: B}}\n  - {category: B, products: {reassign: A}}\n", nil,
			[]string{`5 target-removed: rule products leads to "B", which the policy removes with "B"`,
				`6 target-removed: rule products leads to "A", which the policy removes with "A"`}},
		{"a redirect to what is prohibited", sound + "dates: {effective: 2021-10-08}\napprovals: 1\nremove:\n  - {category: A, prohibited: true}\n  - {category: B, redirect: A}\nproducts: delist\nsweep: [{when: product.live, report: true}]\n", nil,
			[]string{`8 target-prohibited: redirect leads to "A", which the policy prohibits with "A"`}},
		{"delisted_to goes", sound + toys + "delist\ndelisted_to: Toys > Boards\n", nil,
			[]string{`6 target-removed: delisted_to leads to "Toys > Boards", which the policy removes with "Toys > Boards"`}},
		{"a decision's target goes", sound + toys + "delist\ndecisions: d.csv\n", map[string]string{"d.csv": "product,fate,target,reason,by\n7,reassign,Toys > Boards,ok,Lin\n"},
			[]string{`2 target-removed: the answer for product 7 leads to "Toys > Boards", which the policy removes with "Toys > Boards"`}},
		{"a contradiction", sound + toys + "\n  - {when: product.live && !product.live, delist: x}\n  - delist\n", nil,
			[]string{"6 never-matches: no product can match rule x: its condition contradicts itself"}},
		{"shadowed", sound + toys + "\n  - {rule: a, when: 'product.title.hasWord([\"psu\", \"fan\"])', reassign: Toys}\n  - {rule: b, when: 'product.live && product.title.hasWord(\"fan\")', reassign: Toys}\n  - delist\n", nil,
			[]string{"7 never-matches: no product comes to rule b: those before it take all that it would"}},
		{"shadowed by all", sound + toys + "\n  - {rule: a, when: 'true', delist: x}\n  - delist\n", nil,
			[]string{"6 always-matches: the condition of rule a is true of every product", "7 never-matches: no product comes to rule rule 2: a condition before it is true of all"}},
		{"a sweep in what it leaves out", ban + toys + "delist\n", nil, nil},
		{"a sweep of nothing", sound + "sweep:\n  - {rule: s, within: [A > B], except: [A], when: product.live, delist: x}\n", nil,
			[]string{`5 never-matches: sweep s looks within "A > B" only, and leaves out "A"`}},
		{"a sweep after a wider one", sound + "sweep:\n  - {rule: s, when: 'product.title.hasWord(\"miner*\")', delist: x}\n  - {rule: t, within: [A], when: 'product.title.hasWord(\"miners\")', report: true}\n", nil,
			[]string{"6 never-matches: no product comes to sweep t: those before it take all that it would"}},
		{"a sweep after one elsewhere", sound + "sweep:\n  - {rule: s, within: [B], when: 'product.title.hasWord(\"miner*\")', delist: x}\n  - {rule: t, within: [A], when: 'product.title.hasWord(\"miners\")', report: true}\n", nil, nil},
		{"everything swept", sound + "sweep: [{rule: s, when: 'true', delist: x}]\n", nil, []string{"4 sweeps-everything: the condition of sweep s is true of every product"}},
		{"a place swept whole", sound + "sweep: [{rule: s, within: [A], when: 'true', delist: x}]\n", nil, []string{"4 always-matches: the condition of sweep s is true of every product"}},
		{"answers to what a sweep finds", ban + toys + "delist\ndecisions: d.csv\n",
			map[string]string{"d.csv": "product,fate,target,reason,by\n7,detach,,a drill,Lin\n8,keep,,a drill,Lin\n9,keep,,,Lin\n"},
			[]string{"4 decision-refused: product 9 is kept without a reason, and the policy prohibits such goods"}},
		{"an answer that cannot hold", sound + "dates: {effective: 2021-10-08}\nprohibited: true\napprovals: 1\n" + toys + "delist\ndecisions: d.csv\n",
			map[string]string{"d.csv": "product,fate,target,reason,by\n7,detach,,,Lin\n8,reassign,Toys,,Lin\n9,reassign,Toys,cleared,Lin\n"},
			[]string{"5 prohibited-unswept: nothing looks for the same goods in other categories",
				"2 decision-refused: product 7 cannot stay live elsewhere: all that the policy removes is prohibited",
				"3 decision-refused: product 8 is reassigned without a reason: all that the policy removes is prohibited"}},
		{"answers by nobody", sound + toys + "delist\ndecisions: d.csv\n", map[string]string{"d.csv": "product,fate,by\n7,delist,Lin\n8,delist,\n9,delist,\n"},
			[]string{"3 decision-unsigned: 2 answers do not say who decided, here first"}},
		{"no last rule", sound + toys + "\n  - {rule: a, when: product.live, delist: x}\n", nil, []string{`6 no-last-rule: rule a is the last for "Toys > Boards" and has a condition`}},
		{"no rule at all", sound + "remove: [Toys]\n", nil, []string{`4 no-last-rule: nothing says what becomes of the products of "Toys"`}},
		{"capital letters", sound + toys + "\n  - {rule: a, when: 'product.title.contains(\"miner\")', reassign: Toys}\n  - delist\n", nil,
			[]string{`6 minds-case: rule a asks for product.title.contains("miner"), which minds capital letters`}},
		{"prohibited and no more", "policy: p\nreason: x\ndates: {effective: 2021-10-08}\nprohibited: true\n" + toys + "delist\n", nil,
			[]string{"1 no-limits: products are delisted, and no limit says how many at most",
				"4 prohibited-unswept: nothing looks for the same goods in other categories", "4 prohibited-unapproved: no approval is asked for"}},
		{"a placeholder for a reason", "policy: p\nreason: '?'\nlimits: {delist: 2}\n" + toys + "delist\n", nil, []string{"2 no-reason: the policy gives no reason"}},
		{"a date in the past", sound + "dates: {effective: 2021-09-30}\n" + toys + "delist\n", nil,
			[]string{"4 date-past: effective is in the past: a plan of it may be applied at once"}},
		{"expired", sound + "dates:\n  effective: 2021-09-20\n  expires: 2021-09-30\n" + toys + "delist\n", nil,
			[]string{"6 date-past: expires is in the past: no plan of it can be applied any more"}},
		{"expires first", sound + "dates:\n  effective: 2021-10-08\n  expires: 2021-10-09\n  enforced: 2021-10-16\n" + toys + "delist\n", nil,
			[]string{"6 expires-unenforced: it expires 7 days before it is enforced"}},
		{"tolerance without a limit", sound + "drift: {arrived: rules, edited: fail}\n" + toys + "delist\n", nil,
			[]string{"4 drift-unlimited: arrived: rules is tolerated, and limits.drift is not set"}},
		{"a page without a successor", sound + toys + "\n  - {rule: a, when: product.live, reassign: A}\n  - {rule: b, reassign: B}\n", nil,
			[]string{`4 redirect-unclear: the products of "Toys > Boards" go to 2 categories, and nothing says where its page goes`}},
		{"penalties that fall", sound + "dates: {effective: 2021-10-08, enforced: 2021-10-16}\n" + toys + "delist\npenalties:\n" +
			"  - {from: 1, action: restrict-functions}\n  - {from: 3, action: deduct-points, points: 12}\n  - {from: 5, action: close-account}\n", nil,
			[]string{"9 penalties-fall: deduct-points from 3 violations on is milder than restrict-functions from 1 on"}},
		{"penalties that stay", sound + "dates: {effective: 2021-10-08, enforced: 2021-10-16}\n" + toys + "delist\npenalties:\n" +
			"  - {from: 1, action: deduct-points, points: 12}\n  - {from: 3, action: deduct-points, points: 12}\n", nil,
			[]string{"9 penalties-fall: deduct-points from 3 violations on is no more than from 1 on"}},
		{"settings without effect", sound + "close: [A]\nemptied: remove\nelsewhere: treat\ndrift: {left: skip}\npenalties: [{from: 1, action: warn}]\n", nil,
			[]string{"5 no-effect: emptied does nothing: no category is removed", "6 no-effect: elsewhere does nothing: no category is removed",
				"7 drift-unlimited: left: skip is tolerated, and limits.drift is not set", "7 no-effect: drift does nothing: no product is decided",
				"8 no-effect: penalties does nothing: dates.enforced does not say from when violations count"}},
		{"delisted_to and nothing delisted", sound + toys + "{reassign: Toys}\ndelisted_to: A\n", nil,
			[]string{"6 no-effect: delisted_to does nothing: no product of a removed category is delisted"}},
		{"a sweep where entries decide", sound + "remove: [{category: A, subtree: remove}]\nproducts: delist\nsweep:\n  - {rule: s, within: [A > B], when: product.live, delist: x}\n", nil,
			[]string{`7 no-effect: sweep s does nothing: entries decide all products in "A > B"`}},
		{"an exception elsewhere", sound + "sweep:\n  - {rule: s, within: [A], except: [B], when: product.live, delist: x}\n", nil,
			[]string{`5 no-effect: except does nothing: sweep s does not look in "B"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, check(t, c.text, nil, c.files)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// shop is a small catalog; products are "id category".
func shop(products ...string) *catalogtest.Memory {
	w := &catalogtest.World{Shape: catalogtest.Plain}
	for _, c := range []string{"1  Toys", "2 1 Boards", "3 1 Kites", "4  Games", "5 4 Dice", "6  Locked"} {
		part := strings.SplitN(c, " ", 3)
		w.Categories = append(w.Categories, catalogtest.Category{ID: taxonomy.ID(part[0]), Parent: taxonomy.ID(part[1]), Name: part[2], Protected: part[2] == "Locked"})
	}
	for _, p := range products {
		id, in, _ := strings.Cut(p, " ")
		w.Products = append(w.Products, catalogtest.Product{ID: id, Title: &id, Status: catalogtest.Active, Category: taxonomy.ID(in)})
	}
	return catalogtest.NewMemory(w)
}

// TestCheckCatalog shows the rules that need a catalog.
func TestCheckCatalog(t *testing.T) {
	for _, c := range []struct {
		name, text string
		cat        migrate.Catalog
		want       []string
	}{
		{"a sound policy", sound + "remove: [Toys > Boards]\nproducts: {reassign: Toys}\n", shop("7 2"), nil},
		{"not there", sound + "remove: [Toys > Bords]\nproducts: {reassign: Toys}\n", shop(),
			[]string{"4 not-found: category \"Toys > Bords\" is not in the catalog\n        did you mean \"Toys > Boards\" (id 2)?"}},
		{"protected", sound + "remove: [Locked]\nproducts: delist\n", shop(), []string{`4 refused: "Locked" is protected by the mapping`}},
		{"children", sound + "remove: [Games]\nproducts: delist\n", shop(),
			[]string{`4 refused: "Games" has the child "Games > Dice", and the policy does not say what becomes of it; say subtree: remove, or subtree: promote`}},
		{"a target by id that goes", sound + "remove:\n  - Toys > Boards\n  - {category: Toys > Kites, products: {reassign: {id: \"2\"}}}\nproducts: delist\nemptied: remove\n", shop(),
			[]string{`6 target-removed: rule products leads to "id 2", which the policy removes with "Toys > Boards"`}},
		{"a bare parent", sound + "remove: [Games > Dice]\nproducts: delist\n", shop("7 5"), []string{`1 bare-parent: "Games" is left with no child and no product`}},
		{"a parent with a product", sound + "remove: [Games > Dice]\nproducts: delist\n", shop("7 5", "8 4"), nil},
		{"a limit too low", strings.Replace(ban, "delist: 9", "delist: 1", 1) + "remove: [Toys > Boards]\nproducts: delist\n", shop("7 2", "8 2"),
			[]string{"3 limit-short: 2 products are inside, and limits.delist is 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, check(t, c.text, c.cat, nil)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestCheckApplied finds nothing wrong with a date of what was applied.
func TestCheckApplied(t *testing.T) {
	const text = sound + "dates: {effective: 2021-09-30}\nremove: [Toys > Boards]\nproducts: {reassign: Toys}\n"
	m := shop("7 2")
	policy, err := catalogtest.ParsePolicy(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := catalogtest.MakePlan(ctx, m, migrate.PlanRequest{Policy: policy, PolicyText: text})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrate.Apply(ctx, m, plan, migrate.ApplyOptions{Policy: policy, Now: now, Operator: "op"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"1 nothing-left: earlier runs removed all that the policy names"}
	if diff := cmp.Diff(want, check(t, text, m, nil)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestRules wants every rule to be told apart and explained.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range advice.Rules() {
		if seen[r.ID] || !advice.Known(r.ID) || r.Title == "" || !strings.HasSuffix(r.Why, ".") {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
	if advice.Known("no-such-rule") {
		t.Error("no-such-rule is known")
	}
}
