package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalog"
)

const shopRows = "SELECT id_product || ' in ' || id_shop || ': ' || COALESCE(id_category_default, 'none') FROM product_shop ORDER BY id_product, id_shop"

// TestFurtherPrimaries sets further tables' primaries to the product's new
// one, and leaves those that name something else alone.
func TestFurtherPrimaries(t *testing.T) {
	s := caseShop(t, "extra-primaries")
	before := s.dump()
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	want := []string{"1 in 1: 2", "1 in 2: 2", "2 in 1: 5", "2 in 2: 5", "3 in 1: 5", "3 in 2: 5", "4 in 1: 3", "5 in 1: 3",
		"6 in 1: 2", "6 in 2: none"} // product 99 is not there: its row goes
	if diff := cmp.Diff(want, s.rows(shopRows)); diff != "" {
		t.Errorf("product_shop (-want +got):\n%s", diff)
	}
	want = []string{"1 5", "2 5", "3 3", "4 3"}
	if diff := cmp.Diff(want, s.rows("SELECT id || ' ' || main_category FROM product_feed ORDER BY id")); diff != "" {
		t.Errorf("product_feed (-want +got):\n%s", diff)
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatal(detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
}

// TestFurtherPrimariesDrift names the products whose further primaries came
// to name a removed category, or ceased to.
func TestFurtherPrimariesDrift(t *testing.T) {
	for edit, want := range map[string]string{
		"UPDATE product_shop SET id_category_default = 5 WHERE id_product = 2 AND id_shop = 2": "2 what further tables name as its primary changed",
		"UPDATE product_feed SET main_category = 4 WHERE id = 2":                               "2 what further tables name as its primary changed",
		"INSERT INTO product_shop VALUES (7, 1, 4, 1)":                                         "7 arrived in Root > Home > Decor > Candles",
		"UPDATE product_shop SET id_category_default = 3 WHERE id_product = 5":                 "5 left for Root > Home > Decor",
		"UPDATE product_shop SET id_category_default = 2 WHERE id_product = 6 AND id_shop = 2": "", // names another category: left alone
	} {
		for _, when := range []string{"before", "under the lock"} {
			t.Run(when+": "+edit, func(t *testing.T) {
				s := caseShop(t, "extra-primaries")
				plan := s.mustPlan()
				c := s.open(false)
				defer c.Close()
				done := false
				if when == "before" {
					s.exec(edit)
					done = true
				}
				_, err := migrate.Apply(t.Context(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: time.Second,
					Observe: func(point string) {
						if point == "lock" && !done {
							done = true
							s.exec(edit)
						}
					}})
				var stale *migrate.StaleError
				errors.As(err, &stale)
				got := ""
				if stale != nil {
					got = stale.Drift[0].Subject + " " + stale.Drift[0].Detail
				}
				if got != want || (err != nil && stale == nil) {
					t.Errorf("apply: %v: %s, want %s", err, got, want)
				}
			})
		}
	}
}

// TestFurtherPrimaryRequired refuses to leave a product without a primary
// where a further table takes none.
func TestFurtherPrimaryRequired(t *testing.T) {
	s := newShop(t, "wal", `CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT);
		CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT);
		CREATE TABLE shops (product_id INTEGER, shop INTEGER, category_id INTEGER NOT NULL, PRIMARY KEY (product_id, shop));
		INSERT INTO categories VALUES (1, NULL, 'R'), (2, 1, 'Gone');
		INSERT INTO products VALUES (1, 2, 'a', 'active');
		INSERT INTO shops VALUES (1, 1, 2), (1, 2, 1);`,
		`categories: {table: categories, id: id, parent: parent_id, name: c.name}
products:
  table: products
  id: id
  title: p.title
  category: category_id
  primary: [category_id, {table: shops, product: product_id, column: category_id}]
  live: p.status = 'active'
delist: [{set: {status: ended}}]
`, "policy: p\nremove: [R > Gone]\nproducts: delist\n", nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(refused.Error(), "a product must have a category here") {
		t.Errorf("plan: %v, want a refusal", detail(err))
	}
}

func TestPrimaryFaults(t *testing.T) {
	for primary, want := range map[string]string{
		"[{table: shops, product: product_id, column: category_id}]": "the first of primary is a column of the products' own table",
		"[category_id, shops]":                                       "here belongs a block of key: value",
		"[category_id, {table: shops, column: category_id}]":         "product is missing",
		"[category_id, {table: shops, product: p, column: c, x: 1}]": `unknown key "x"`,
	} {
		_, err := catalog.ParseMapping("mapping.yaml", []byte("categories: {table: categories, id: id, name: c.name}\n"+
			"products: {table: products, id: id, title: p.title, primary: "+primary+", live: p.status = 'active'}\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", primary, err, want)
		}
	}
}
