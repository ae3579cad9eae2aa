package catalog_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

// realCatalog loads rows that a platform ships, where they are at hand, and
// recognises their preset.
func realCatalog(t *testing.T, name, policy string) *shop {
	t.Helper()
	rows, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "catalogs", name+".sql"))
	if err != nil {
		t.Skipf("the platform's own rows are not at hand: %v", err)
	}
	s := &shop{t: t, path: filepath.Join(t.TempDir(), "shop.db"), now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
	s.exec("PRAGMA journal_mode = wal", "PRAGMA synchronous = off", "BEGIN;"+string(rows)+";COMMIT")
	_, found, err := catalog.Identify(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.parse("preset: "+found.Preset, policy, nil)
	return s
}

// TestRealCatalogs takes the rows that platforms ship through plan, apply,
// planning again, and undo.
func TestRealCatalogs(t *testing.T) {
	for _, c := range []struct {
		name, catalog, policy string
		want                  migrate.Totals
		rule                  func(testing.TB, *sql.DB) *forest // nil for the platform's own
	}{
		{name: "women", catalog: "magento2", policy: "remove: [{category: Root Catalog > Default Category > Women, subtree: remove}]\nproducts: delist",
			want: migrate.Totals{Removed: 9, Found: 1012, Delisted: 212, Detached: 800, References: 27}},
		{name: "tops lifted", catalog: "magento2", policy: "remove: [{category: Root Catalog > Default Category > Women > Tops, subtree: promote}]\nproducts: delist",
			want: migrate.Totals{Removed: 1, Promoted: 4, References: 3}},
		{name: "monitors", catalog: "opencart", policy: "remove: [{category: Components > Monitors, subtree: remove, redirect: Components}]\nproducts: delist",
			want: migrate.Totals{Removed: 3, Found: 2, Detached: 2, References: 9}},
		{name: "accessories", catalog: "woocommerce", policy: `remove:
  - category: Clothing > Accessories
    products:
      - {rule: hats, when: 'product.title.hasWord(["beanie", "cap"])', reassign: Clothing > Hoodies}
      - delist: ended`, want: migrate.Totals{Removed: 1, Found: 6, Reassigned: 3, Delisted: 3, References: 2}, rule: wooCommerce("wp_")},
		{name: "audiobooks", catalog: "saleor", policy: "remove: [{category: Accessories > Audiobooks, products: delist}]",
			want: migrate.Totals{Removed: 1, Found: 4, Delisted: 4, References: 1}, rule: saleorTree("1")},
		{name: "t-shirts", catalog: "sylius", policy: "remove: [{category: Category > T-shirts, subtree: remove, products: delist}]",
			want: migrate.Totals{Removed: 3, Found: 6, Delisted: 6, References: 3}},
	} {
		t.Run(c.catalog+"/"+strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			s := realCatalog(t, c.catalog, "policy: p\n"+c.policy+"\n")
			before := s.dump()
			plan, err := s.plan()
			if err != nil {
				t.Fatalf("plan: %v", detail(err))
			}
			got := plan.Trailer().Totals
			got.LiveDelist, got.WasOff = 0, 0
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("totals (-want +got):\n%s", diff)
			}
			done, err := s.apply(plan)
			if err != nil {
				t.Fatalf("apply: %v", detail(err))
			}
			s.expectRule(c.catalog, c.rule)
			if err := s.verify(done.Receipt.Run); err != nil {
				t.Errorf("verify: %v", detail(err))
			}
			if again := s.mustPlan(); !again.Trailer().Totals.Empty() {
				t.Errorf("planning again: %+v", again.Trailer().Totals)
			}
			if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
				t.Fatalf("undo: %v", detail(err))
			}
			if diff := cmp.Diff(before, s.dump()); diff != "" {
				t.Errorf("undo is not exact (-before +after):\n%s", diff)
			}
		})
	}
}

// expectRule holds the catalog to its platform's rule, or to another one.
func (s *shop) expectRule(name string, rule func(testing.TB, *sql.DB) *forest) {
	s.t.Helper()
	if rule == nil {
		rule = rules[name]
	}
	s.read(func(db *sql.DB) {
		if faults := rule(s.t, db).faults; len(faults) > 0 {
			s.t.Errorf("the platform finds: %s", strings.Join(faults, "\n"))
		}
	})
}

// saleorTree is the rule of one tree of Saleor's demo rows; another has a gap.
func saleorTree(id string) func(testing.TB, *sql.DB) *forest {
	return func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, lft, rght, tree_id, level FROM product_category WHERE tree_id = `+id+` ORDER BY lft`)
		djangoMPTT(f)
		return f
	}
}

// TestSyliusPromotion meets a promotion that names a removed taxon inside its
// JSON.
func TestSyliusPromotion(t *testing.T) {
	const policy = "policy: p\nremove: [{category: Category > Jeans, subtree: remove, products: delist}]\n"
	s := realCatalog(t, "sylius", policy)
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 1 || !strings.Contains(err.Error(), "sylius_promotion_rule") {
		t.Fatalf("plan: %v, want one refusal that names the promotion rule", err)
	}
	if diff := cmp.Diff([]string{"2"}, refused.Refusals[0].Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	s.parse("preset: sylius", policy+"references: [{table: sylius_promotion_rule, then: delete, reason: it ends}]\n", nil)
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	s.expectRule("sylius", nil)
	s.read(func(db *sql.DB) {
		left := table(t, db, `SELECT (SELECT count(*) FROM sylius_taxon), (SELECT count(*) FROM sylius_product_taxon),
			(SELECT count(main_taxon_id) FROM sylius_product), (SELECT count(*) FROM sylius_taxon_translation), (SELECT count(menu_taxon_id) FROM sylius_channel)`)
		if diff := cmp.Diff([][]string{{"8", "23", "13", "8", "1"}}, left); diff != "" {
			t.Errorf("rows left (-want +got):\n%s", diff)
		}
	})
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
}

// TestSaleorGap removes a branch of a tree whose nested set has a gap: refused,
// unless the tree is to be rebuilt.
func TestSaleorGap(t *testing.T) {
	s := realCatalog(t, "saleor", "policy: p\nremove: [{category: Apparel > Shirts, subtree: remove, products: delist}]\n")
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("plan: %v, want a refusal", err)
	}
	before := s.dump()
	s.rebuild = true
	plan, err := s.plan()
	if err != nil {
		t.Fatalf("plan with the tree rebuilt: %v", detail(err))
	}
	done, err := s.apply(plan)
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	s.expectRule("saleor", nil)
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
}

// TestBestBuy plans on a tree that is none.
func TestBestBuy(t *testing.T) {
	rows, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "catalogs", "bestbuy.sql"))
	if err != nil {
		t.Skipf("the tree is not at hand: %v", err)
	}
	s := newShop(t, "wal", "BEGIN;"+string(rows)+";COMMIT", "categories: {table: category, id: id, parent: parent_id, root: [null], name: c.name}\n",
		"policy: p\nremove: [{category: {id: abcat0101005}}]\n", nil, time.Now())
	if _, _, err := catalog.Identify(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, catalog.Options{}); !errors.Is(err, catalog.ErrUnrecognised) {
		t.Errorf("identify: %v, want %v", err, catalog.ErrUnrecognised)
	}
	_, err = s.plan()
	var defects taxonomy.Defects
	if !errors.As(err, &defects) {
		t.Fatalf("plan: %v, want the tree's defects", err)
	}
	count := map[string]int{}
	for _, d := range defects {
		count[string(d.Kind)]++
	}
	if diff := cmp.Diff(map[string]int{string(taxonomy.MissingParent): 363, string(taxonomy.NullName): 1}, count); diff != "" {
		t.Errorf("defects (-want +got):\n%s", diff)
	}
	text := err.Error()
	if lines := strings.Count(text, "\n"); lines > 40 || !strings.Contains(text, "364 defects: 363 × missing parent, 1 × NULL name") {
		t.Errorf("the error has %d lines: %s", lines, text)
	}
}
