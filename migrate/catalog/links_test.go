package catalog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalog"
)

// fates writes what a plan does to products, a line each.
func fates(t *testing.T, plan migrate.Plan) []string {
	t.Helper()
	var out []string
	for c, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if p := c.Product; p != nil {
			out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s by %s from %v %s", p.ID, p.Fate, p.To, p.Rule, p.From, p.Follows)), " "))
		}
	}
	return out
}

// TestVariants takes variants along with their parents, and counts those
// outside the removed categories apart.
func TestVariants(t *testing.T) {
	s := caseShop(t, "variants")
	plan := s.mustPlan()
	want := []string{
		"1 delist by unsafe from [2]", "2 delist by unsafe from [2] 1", "4 delist by unsafe from [2] 1", "5 reassign 3 by carts from [2]",
		"6 reassign 3 by carts from [2] 5", "8 delist by unsafe from [2]", "10 delist by unsafe from [2] 1",
	}
	if diff := cmp.Diff(want, fates(t, plan)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	totals := migrate.Totals{Removed: 1, Found: 5, Reassigned: 2, Delisted: 3, Followed: 2, LiveDelist: 5}
	if diff := cmp.Diff(totals, plan.Trailer().Totals); diff != "" || !totals.Balanced() {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	done, err := s.apply(plan)
	if err != nil {
		t.Fatal(detail(err))
	}
	if diff := cmp.Diff(totals, done.Totals); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	if got := s.rows("SELECT group_concat(category_id) FROM (SELECT category_id FROM product_category WHERE product_id IN (4, 10) ORDER BY product_id)"); got[0] != "4,4" {
		t.Errorf("variants stay in %s", got)
	}
	c := s.open(true)
	defer c.Close()
	sum, err := migrate.Summarize(c.Changes(t.Context(), done.Receipt.Run))
	if err != nil {
		t.Fatal(err)
	}
	followers := 0
	for _, g := range sum.Categories[0].Groups {
		if g.Outside {
			followers += g.Count
		}
	}
	if followers != 2 {
		t.Errorf("the run tells of %d variants that followed, want 2", followers)
	}
}

// TestVariantsCountAgainstLimits holds them to limits.delist.
func TestVariantsCountAgainstLimits(t *testing.T) {
	s := caseShop(t, "variants")
	for limit, fits := range map[int]bool{4: false, 5: true} {
		s.parse(s.source, s.text+fmt.Sprintf("limits: {delist: %d}\n", limit), nil)
		if _, err := s.plan(); (err == nil) != fits {
			t.Errorf("limit %d: %v", limit, detail(err))
		}
		s.text = strings.Split(s.text, "limits:")[0]
	}
}

// TestBundles counts bundles, and leaves them alone.
func TestBundles(t *testing.T) {
	plan := caseShop(t, "bundles").mustPlan()
	want := []migrate.HoldCount{{Label: "bundles in bundle_item", Rows: 2, Products: 2}}
	if diff := cmp.Diff(want, plan.Provenance().Counts.Holds); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	totals := migrate.Totals{Removed: 1, Found: 2, Delisted: 2, Swept: 1, Followed: 3, LiveDelist: 6}
	if diff := cmp.Diff(totals, plan.Trailer().Totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
}

// TestVariantsDrift names the variants that came, and those that left, since
// the plan.
func TestVariantsDrift(t *testing.T) {
	for _, c := range []struct {
		shop, edit string
		want       []string
	}{
		{"variants", "INSERT INTO product VALUES (20, 1, 'child', 'Hoverboard, black', 1)", []string{"arrived 20 is a variant of product 1, which is delisted"}},
		{"variants", "UPDATE product SET parent_id = 1 WHERE id = 11", []string{"arrived 11 is a variant of product 1, which is delisted"}},
		{"variants", "UPDATE product SET is_public = 1 WHERE id = 3", []string{"arrived 3 is a variant of product 1, which is delisted"}},
		{"variants", "UPDATE product SET parent_id = NULL WHERE id = 2", []string{"left 2 no longer follows product 1"}},
		{"variants", "UPDATE product SET parent_id = NULL WHERE id = 6", []string{"edited 6 no longer follows product 5: rule carts no longer decides it"}},
		{"variants", "DELETE FROM product WHERE id = 2", []string{"gone 2 is gone"}},
		{"variants", "DELETE FROM product_category WHERE product_id = 1",
			[]string{"left 1 left for no category", "left 2 no longer follows product 1", "left 4 no longer follows product 1",
				"edited 10 no longer follows product 1: rule unsafe no longer decides it"}},
		{"variants", "INSERT INTO product VALUES (20, 5, 'child', 'Black', 1)", nil}, // a cart's: it stays on sale
		{"variants", "INSERT INTO product VALUES (20, 1, 'child', 'Off', 0)", nil},
		{"variants", "INSERT INTO product VALUES (20, 9, 'child', 'Ball, red', 1)", nil},
		{"bundles", "INSERT INTO super_link VALUES (20, 'TOY', 'SET')", []string{"arrived SET is a variant of product TOY, which is delisted"}},
		{"bundles", "UPDATE super_link SET parent_sku = 'PEN' WHERE link_id = 5", []string{"left TOY-S no longer follows product TOY"}},
		{"bundles", "UPDATE super_link SET sku = 'SET' WHERE link_id = 1", []string{"arrived SET is a variant of product LP, which is delisted"}}, // another row still links LP-G
		{"bundles", "DELETE FROM super_link WHERE link_id = 7", nil},
		{"bundles", "INSERT INTO bundle_item VALUES ('SET', 'LP', 9)", nil},
	} {
		for _, when := range []string{"before", "under the lock"} {
			t.Run(when+": "+c.edit, func(t *testing.T) {
				s := caseShop(t, c.shop)
				plan := s.mustPlan()
				cat := s.open(false)
				defer cat.Close()
				done := when == "before"
				if done {
					s.exec(c.edit)
				}
				_, err := migrate.Apply(t.Context(), cat, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: time.Second,
					Observe: func(point string) {
						if point == "lock" && !done {
							done = true
							s.exec(c.edit)
						}
					}})
				var stale *migrate.StaleError
				errors.As(err, &stale)
				var got []string
				if stale != nil {
					for _, d := range stale.Drift {
						got = append(got, fmt.Sprintf("%s %s %s", d.Kind, d.Subject, d.Detail))
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" || (err != nil && stale == nil) {
					t.Errorf("apply: %v (-want +got):\n%s", detail(err), diff)
				}
			})
		}
	}
}

// TestVariantsDriftTolerated delists late variants, and leaves out those
// whose parent left.
func TestVariantsDriftTolerated(t *testing.T) {
	s := caseShop(t, "variants")
	s.parse(s.source, s.text+"drift: {arrived: rules, left: skip, edited: same-fate}\n", nil)
	plan := s.mustPlan()
	s.exec("INSERT INTO product VALUES (20, 1, 'child', 'Hoverboard, black', 1)", "UPDATE product SET parent_id = NULL WHERE id = 2")
	before := s.dump()
	done, err := s.apply(plan)
	if err != nil {
		t.Fatal(detail(err))
	}
	if done.Totals.Followed != 2 || len(done.Drift) != 2 {
		t.Errorf("%d followed, drift %+v; want 4 and 20 to follow", done.Totals.Followed, done.Drift)
	}
	if got := s.rows("SELECT group_concat(id) FROM (SELECT id FROM product WHERE is_public = 1 ORDER BY id)"); got[0] != "2,5,6,7,9,11" {
		t.Errorf("on sale: %s", got)
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatal(detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
}

// TestVariantsOfVariants refuses what would have to follow twice.
func TestVariantsOfVariants(t *testing.T) {
	s := caseShop(t, "variants")
	s.exec("INSERT INTO product VALUES (20, 2, 'child', 'Hoverboard, red, small', 1)")
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Error(), "variants have variants") || refused.Refusals[0].Rows[0] != "2" {
		t.Errorf("plan: %v, want a refusal that names 2", detail(err))
	}
}

// TestVariantsAnswered lets a person's answer about a variant come first, and
// keeps what is prohibited from following to where it would stay on sale.
func TestVariantsAnswered(t *testing.T) {
	s := caseShop(t, "variants")
	s.exec("INSERT INTO category VALUES (7, 1, 'Weapons')", "INSERT INTO product_category VALUES (20, 6, 7)")
	s.parse(s.source, `policy: hoverboards
reason: they burn
dates: {zone: UTC, effective: 2021-10-01}
decisions: answers.csv
remove:
  - category: Toys > Hoverboards
    products:
      - {rule: carts, when: 'product.title.hasWord("cart")', reassign: Toys > Carts}
      - delist: unsafe
  - {category: Toys > Weapons, prohibited: true, products: delist}
`, fstest.MapFS{"answers.csv": {Data: []byte("product,fate,target,reason,by\n2,keep,,checked,Ann\n4,delist,,seen,Ann\n10,reassign,Toys > Carts,is a cart,Ann\n")}})
	want := []string{"1 delist by unsafe from [2]", "2 keep by decisions from []", "4 delist by decisions from [2] 1", "5 reassign 3 by carts from [2]",
		"6 delist by products from [7 2]", "8 delist by unsafe from [2]", "10 reassign 3 by decisions from [2]"}
	plan := s.mustPlan()
	if diff := cmp.Diff(want, fates(t, plan)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	done, err := s.apply(plan)
	if err != nil || done.Totals.Kept != 1 || done.Totals.Followed != 1 {
		t.Fatalf("applied %+v: %v", done.Totals, detail(err))
	}
	c := s.open(true)
	defer c.Close()
	var kept []string
	for change, err := range c.Changes(t.Context(), done.Receipt.Run) {
		if err != nil {
			t.Fatal(err)
		}
		if p := change.Product; p != nil && p.Fate == migrate.Keep {
			kept = append(kept, p.ID+" "+p.Reason+" "+p.By)
		}
	}
	if diff := cmp.Diff([]string{"2 checked Ann"}, kept); diff != "" {
		t.Errorf("kept by the run's record (-want +got):\n%s", diff)
	}
}

func TestLinkFaults(t *testing.T) {
	for link, want := range map[string]string{
		"{table: links, from: a, to: b, kind: set}":           `the kind of a link is variant or bundle, not "set"`,
		"{table: links, from: a, kind: bundle}":               "to is missing",
		"{table: links, from: a, to: b, kind: bundle, at: 1}": `unknown key "at"`,
	} {
		_, err := catalog.ParseMapping("mapping.yaml", []byte("categories: {table: categories, id: id, name: c.name}\nlinks: ["+link+"]\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", link, err, want)
		}
	}
}
