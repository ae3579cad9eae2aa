package catalog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
	"recat/taxonomy"
	"recat/taxonomy/format"
)

// ebayPolicy removes a leaf and a branch; its rules read titles and prices.
const ebayPolicy = `
policy: ebay-virtual-currency
remove:
  - category: {id: "179171"}
    products:
      - rule: power-supplies
        when: product.title.hasWord(["psu", "power supply"])
        reassign: {id: "42017"}
      - delist: prohibited-goods
  - category: {id: "179197"}
    subtree: remove
    products:
      - rule: dear
        when: product.price >= 4000.0
        delist: dear-goods
      - rule: rest
        delist: prohibited-goods
  - category: {id: "4707"}
    subtree: remove
    products: {reassign: {id: "20081"}}
`

// TestEBay runs the main job on eBay's US tree of May 2023 with 200,000
// products: 179171 is Coins & Paper Money > Virtual Currency > Miners, inside
// the branch 179197; 4707, Architectural & Garden, has children of its own.
func TestEBay(t *testing.T) {
	if testing.Short() {
		t.Skip("200,000 products take a while")
	}
	s := ebayShop(t)
	before := s.dump()
	plan := s.mustPlan()
	totals := plan.Trailer().Totals
	if totals.Removed < 10 || totals.Reassigned == 0 || totals.Delisted == 0 {
		t.Fatalf("the plan is not what the policy asks for: %+v", totals)
	}
	applied, err := s.apply(plan)
	if err != nil {
		t.Fatal(detail(err))
	}
	if again, err := s.apply(plan); err != nil || again.Already == nil {
		t.Errorf("apply again: %+v, %v", again, err)
	}
	if empty := s.mustPlan(); !empty.Trailer().Totals.Empty() {
		t.Errorf("planning again is not empty: %+v", empty.Trailer().Totals)
	}
	if _, err := s.undo(applied.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatal(detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact:\n%s", diff)
	}
	ebayDrift(t, s, plan)
}

// ebayDrift lets five products change after the plan: each is named, and no
// other, and nothing is written; with every tolerance the receipt has them.
func ebayDrift(t *testing.T, s *shop, plan migrate.Plan) {
	in := decided(t, plan, "prohibited-goods")
	moved, retitled, deleted, off := in[0], in[1], in[2], in[3]
	s.exec(`INSERT INTO products (id, category_id, title, status, price) VALUES (9000001, 179171, 'Antminer S19j Pro', 'active', 10)`,
		"UPDATE products SET category_id = 42017 WHERE id = "+moved,
		"UPDATE products SET title = 'PSU 1800 W' WHERE id = "+retitled,
		"DELETE FROM products WHERE id = "+deleted,
		"UPDATE products SET status = 'ended' WHERE id = "+off,
		"UPDATE products SET price = price + 1 WHERE category_id = 42017",
		"UPDATE categories SET name = name || ' and more' WHERE id = 1")
	before := s.dump()
	_, err := s.apply(plan)
	var stale *migrate.StaleError
	if !errors.As(err, &stale) {
		t.Fatalf("apply: %v; want stale", err)
	}
	got := map[string]migrate.DriftKind{}
	for _, d := range stale.Drift {
		got[d.Subject] = d.Kind
	}
	want := map[string]migrate.DriftKind{"9000001": migrate.Arrived, moved: migrate.Left, retitled: migrate.Edited, deleted: migrate.Gone, off: migrate.Edited}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("drift (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("a stale apply wrote:\n%s", diff)
	}
}

// decided lists products outside 179171's own rules, in order.
func decided(t *testing.T, plan migrate.Plan, reason string) []string {
	t.Helper()
	var out []string
	for c, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if p := c.Product; p != nil && p.Reason == reason && p.Live && slices.Contains(p.From, "179171") {
			out = append(out, p.ID)
		}
	}
	if len(out) < 4 {
		t.Fatalf("only %d products to change", len(out))
	}
	return out
}

func ebayShop(t *testing.T) *shop {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "taxonomies", "ebay-us-2023-05.csv"))
	if err != nil {
		t.Skipf("eBay's category tree is not here: %v", err)
	}
	defer file.Close()
	read, err := format.Read(file, "ebay-us-2023-05.csv", format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := read.Tree()
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, path: filepath.Join(t.TempDir(), "shop.db"), now: time.Date(2023, 5, 16, 0, 0, 0, 0, time.UTC)}
	db, err := sql.Open("sqlite3", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	gen, err := fixtures.Generate(context.Background(), db, fixtures.Options{Products: 200_000, Affected: 2_000, Seed: 1, Tree: nodes(tree)})
	if err != nil {
		t.Fatal(err)
	}
	// The generator fills a leaf of its own choice; these belong in ours.
	if _, err := db.Exec(fmt.Sprintf("UPDATE products SET category_id = 179171 WHERE category_id = %s", gen.Removed.ID)); err != nil {
		t.Fatal(err)
	}
	s.parse(gen.Mapping, ebayPolicy, nil)
	return s
}

func nodes(tree *taxonomy.Tree) []fixtures.Category {
	var out []fixtures.Category
	for n := range tree.All() {
		out = append(out, fixtures.Category{ID: string(n.ID), Parent: string(n.Parent), Name: n.Name})
	}
	return out
}
