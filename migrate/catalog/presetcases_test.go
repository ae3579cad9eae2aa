package catalog_test

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
)

// platformCase finds the case of a platform.
func platformCase(t testing.TB, name string) fixtures.Case {
	t.Helper()
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no case %s", name)
	}
	return cases[i]
}

// newCaseShop loads the case of a platform into a file, with its own policy or
// another.
func newCaseShop(t testing.TB, name, policy string) *shop {
	t.Helper()
	c := platformCase(t, name)
	schema, ok := c.On("sqlite")
	if !ok {
		t.Skip("the platform does not run on SQLite")
	}
	if policy == "" {
		policy = c.Policy
	}
	return newShop(t, "wal", schema, c.Mapping, policy, c.Dir, c.Now)
}

// rule gives the faults that a platform's own rule finds.
func (s *shop) rule(name string) []string {
	s.t.Helper()
	var faults []string
	s.read(func(db *sql.DB) { faults = rules[name](s.t, db).faults })
	return faults
}

// read hands the shop's database to fn.
func (s *shop) read(fn func(*sql.DB)) {
	s.t.Helper()
	if s.server != nil {
		fn(s.server.DB)
		return
	}
	db, err := sql.Open("sqlite3", "file:"+s.path+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	fn(db)
}

// promotions lift the children of a category in the midst of each platform's
// tree; where roots have trees of their own, those of a root.
var promotions = map[string]string{
	"saleor":       "remove: [{category: Garden, subtree: promote, products: delist}]",
	"sylius":       "remove: [{category: Shop > Smoking, subtree: promote, products: delist}, {category: Brands, subtree: promote, products: delist}]\nreferences: [{table: sylius_promotion_rule, then: keep}]",
	"magento2":     "remove: [{category: Root Catalog > Default Category > Radio, subtree: promote, products: delist}]",
	"opencart":     "remove: [{category: Garden > Trees, subtree: promote, products: delist}, {category: Tools, subtree: promote, products: delist}]",
	"woocommerce":  "remove: [{category: Weapons, subtree: promote, products: delist}, {category: Weapons > Knives, subtree: promote, products: delist}]",
	"spree5":       "remove: [{category: Categories > Toys, subtree: promote, products: delist}]",
	"spree6":       "remove: [{category: Kitchen, subtree: promote, products: delist}, {category: Kitchen > Pans, subtree: promote, products: delist}]",
	"solidus":      "remove: [{category: Categories > Fireworks, subtree: promote, products: delist}]",
	"medusa2":      "remove: [{category: Optics > Lasers, subtree: promote, products: delist}]",
	"oscar":        "remove: [{category: Books > Recipes, subtree: promote, products: delist}, {category: Paper, subtree: promote, products: delist}]",
	"prestashop":   "remove: [{category: Root > Home > Plants, subtree: promote, products: delist}]",
	"odoo-product": "remove: [{category: All > Saleable, subtree: promote, products: delist}]\ndelisted_to: All > Withdrawn",
	"odoo-shop":    "remove: [{category: Desks, subtree: promote, products: delist}]",
	"vendure":      "remove: [{category: (root) > Cameras, subtree: promote, products: delist}]",
}

// TestPlatformRules removes and promotes in each platform's tables, on every
// engine at hand that the platform runs on, and holds the result to the
// platform's own rule.
func TestPlatformRules(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		for what, policy := range map[string]string{"remove": "", "promote": "policy: lift\n" + promotions[name] + "\n"} {
			t.Run("sqlite/"+name+"/"+what, func(t *testing.T) { platformRule(t, name, newCaseShop(t, name, policy)) })
		}
	}
}

// TestPlatformRulesOnServers does so on servers.
func TestPlatformRulesOnServers(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for _, name := range slices.Sorted(maps.Keys(rules)) {
			c := platformCase(t, name)
			schema, ok := c.On(string(on.Engine))
			if !ok {
				continue
			}
			for what, policy := range map[string]string{"remove": c.Policy, "promote": "policy: lift\n" + promotions[name] + "\n"} {
				t.Run(name+"/"+what, func(t *testing.T) {
					platformRule(t, name, newServerShop(t, on, schema, c.Mapping, policy, c.Dir, c.Now))
				})
			}
		}
	})
}

func platformRule(t *testing.T, name string, s *shop) {
	t.Helper()
	before := s.dump()
	plan, err := s.plan()
	if err != nil {
		t.Fatalf("plan: %v", detail(err))
	}
	done, err := s.apply(plan)
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	if faults := s.rule(name); len(faults) > 0 {
		t.Errorf("after apply the platform finds: %s", strings.Join(faults, "\n"))
	}
	if err := s.verify(done.Receipt.Run); err != nil {
		t.Errorf("verify: %v", detail(err))
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
}

// TestStatesAreRespected looks at what became of products that were no longer,
// or not yet, on sale.
func TestStatesAreRespected(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  [][]string
	}{
		"woocommerce": {`SELECT "ID", post_status FROM shop_posts WHERE post_type = 'product' AND "ID" IN (2, 3, 6, 7, 9, 13) ORDER BY 1`,
			[][]string{{"2", "draft"}, {"3", "draft"}, {"6", "future"}, {"7", "trash"}, {"9", "draft"}, {"13", "draft"}}},
		"medusa2": {`SELECT id, status, deleted_at IS NULL FROM product ORDER BY 1`,
			[][]string{{"prod_1", "draft", "1"}, {"prod_2", "draft", "1"}, {"prod_3", "published", "1"}, {"prod_4", "rejected", "1"},
				{"prod_5", "published", "1"}, {"prod_6", "draft", "1"}, {"prod_7", "published", "0"}, {"prod_8", "published", "1"}}},
		"spree5": {`SELECT id, status, deleted_at IS NULL FROM spree_products ORDER BY 1`,
			[][]string{{"1", "archived", "1"}, {"2", "archived", "1"}, {"3", "active", "1"}, {"4", "archived", "1"}, {"5", "active", "1"}, {"6", "active", "0"}, {"7", "archived", "1"}}},
		"solidus": {`SELECT id, available_on IS NULL, discontinue_on IS NULL FROM spree_products ORDER BY 1`,
			[][]string{{"1", "1", "1"}, {"2", "1", "0"}, {"3", "0", "1"}, {"4", "1", "1"}, {"5", "0", "1"}, {"6", "1", "1"}, {"7", "0", "1"}}},
		"saleor": {`SELECT id, +is_published, published_at IS NULL FROM product_productchannellisting WHERE product_id IN (1, 6) ORDER BY 1`,
			[][]string{{"1", "0", "1"}, {"2", "0", "0"}, {"7", "0", "1"}}},
		"magento2": {`SELECT entity_id, store_id, value FROM catalog_product_entity_int WHERE attribute_id = 96 AND entity_id IN (1, 2, 3) ORDER BY 1, 2`,
			[][]string{{"1", "0", "2"}, {"1", "1", "2"}, {"2", "0", "1"}, {"2", "1", "1"}, {"3", "0", "2"}, {"3", "2", "2"}}},
		"odoo-product": {`SELECT id, product_tmpl_id, +active FROM product_product WHERE product_tmpl_id < 3 ORDER BY 1`,
			[][]string{{"1", "1", "0"}, {"2", "1", "0"}, {"3", "2", "0"}}},
		"prestashop": {`SELECT id_product, id_shop, id_category_default, active, redirect_type, id_type_redirected FROM ps_product_shop WHERE id_product IN (1, 3, 4, 5, 7, 8) ORDER BY 1, 2`,
			[][]string{{"1", "1", "3", "1", "default", "0"}, {"1", "2", "3", "0", "default", "0"}, {"3", "1", "0", "0", "404", "0"}, {"4", "1", "7", "1", "default", "0"},
				{"5", "1", "6", "1", "301-product", "4"}, {"7", "1", "0", "1", "default", "0"}, {"8", "1", "8", "1", "404", "0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newCaseShop(t, name, "")
			if _, err := s.apply(s.mustPlan()); err != nil {
				t.Fatalf("apply: %v", detail(err))
			}
			s.read(func(db *sql.DB) {
				if diff := cmp.Diff(c.want, table(t, db, c.query)); diff != "" {
					t.Errorf("after apply (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestIdentify recognises each platform from its tables.
func TestIdentify(t *testing.T) {
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		preset, ok := strings.CutPrefix(c.Mapping, "preset: ")
		if !ok {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			s := newCaseShop(t, c.Name, "")
			m, found, err := catalog.Identify(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, catalog.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Fields(preset)[0]; found.Preset != want {
				t.Errorf("recognised %s, want %s", found.Preset, want)
			}
			if diff := cmp.Diff(string(s.mapping.JSON()), string(m.JSON())); diff != "" {
				t.Errorf("the mapping is another (-written +recognised):\n%s", diff)
			}
		})
	}
}
