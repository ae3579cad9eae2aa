package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalog"
)

// TestPresets reads every preset, and looks for parameters that it uses and
// does not declare.
func TestPresets(t *testing.T) {
	undeclared := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, name := range catalog.Presets() {
		m, err := catalog.Preset(name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if found := undeclared.FindString(string(m.JSON())); found != "" {
			t.Errorf("%s does not declare %s", name, found)
		}
		if m.Preset != name {
			t.Errorf("%s calls itself %s", name, m.Preset)
		}
	}
}

// TestPresetParameters gives parameters as a shop's mapping does. A value is
// escaped for where it lands.
func TestPresetParameters(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		read func(*catalog.Mapping) any
		want any
	}{
		"defaults": {"preset: woocommerce\n", func(m *catalog.Mapping) any { return m.Categories.Table }, "wp_term_taxonomy"},
		"a prefix": {"preset: woocommerce\nprefix: wp2_\n", func(m *catalog.Mapping) any { return []string{m.Categories.Table, m.Categories.Name} },
			[]string{"wp2_term_taxonomy", `(SELECT t.name FROM "wp2_terms" t WHERE t.term_id = c.term_id)`}},
		"a quote in a name": {"preset: woocommerce\nprefix: 'a\"b_'\n", func(m *catalog.Mapping) any { return []string{m.Categories.Table, m.Categories.Name} },
			[]string{`a"b_term_taxonomy`, `(SELECT t.name FROM "a""b_terms" t WHERE t.term_id = c.term_id)`}},
		"a quote in a text": {"preset: sylius\nlanguage: en' OR ''='\n", func(m *catalog.Mapping) any { return m.Products.Title },
			"COALESCE((SELECT t.name FROM sylius_product_translation t WHERE t.translatable_id = p.id AND t.locale = 'en'' OR ''''='''), p.code)"},
		"a number":           {"preset: magento2\nparams: {store: 3, prefix: m_}\n", func(m *catalog.Mapping) any { return strings.Count(m.Products.Title, "v.store_id = 3") }, 1},
		"empty":              {"preset: spree6\nparams: {scope: ''}\n", func(m *catalog.Mapping) any { return *m.Tree[0].NestedSet }, catalog.NestedSet{Left: "lft", Right: "rgt", Start: 1}},
		"a section replaced": {"preset: nopcommerce\ndelist: [{set: {Published: false, Deleted: true}}]\n", func(m *catalog.Mapping) any { return len(m.Delist[0].Set) }, 2},
		"a list added to": {"preset: saleor\nreferences:\n  - preset\n  - {table: banner, column: category_id, on_remove: delete}\n",
			func(m *catalog.Mapping) any { return []any{len(m.References), m.References[5].Table} }, []any{6, "banner"}},
		"after, added to":                       {"preset: saleor\nafter: [preset, bin/feeds]\n", func(m *catalog.Mapping) any { return []any{len(m.After), m.After[2]} }, []any{3, "bin/feeds"}},
		"a condition on the products' own rows": {"preset: medusa2\n", func(m *catalog.Mapping) any { return []string{m.Delist[0].Table, m.Delist[0].Product} }, []string{"product", "id"}},
		"the same, of other products": {"preset: medusa2\nproducts: {table: goods, id: no, title: p.title, live: p.status = 'published'}\n",
			func(m *catalog.Mapping) any { return []string{m.Delist[0].Table, m.Delist[0].Product} }, []string{"goods", "no"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := catalog.ParseMapping("m.yaml", []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, c.read(m)); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			again, err := catalog.LoadMapping(m.JSON())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(m.JSON()), string(again.JSON())); diff != "" {
				t.Errorf("the normalised mapping is read as another:\n%s", diff)
			}
		})
	}
}

func TestPresetErrors(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no such preset":     {"preset: saylor\n", `m.yaml:1:9: there is no preset "saylor" (did you mean "saleor"?); there are: `},
		"no such parameter":  {"preset: woocommerce\nparams: {prefx: a_}\n", `m.yaml:2:17: the preset has no parameter "prefx" (did you mean "prefix"?); it has prefix`},
		"none at all":        {"preset: saleor\nlanguage: da\n", `m.yaml:2:11: the preset has no parameter "language"; it has none`},
		"not a number":       {"preset: opencart\n\nlanguage: 1 OR 1=1\n", `m.yaml:3:11: language is a number here, not "1 OR 1=1"`},
		"twice":              {"preset: opencart\nlanguage: 1\nparams: {language: 2}\n", "m.yaml:3:20: language stands here twice"},
		"no preset":          {"prefix: a_\ncategories: {table: c, id: id, name: c.name}\n", "m.yaml:1:9: prefix is a parameter of a preset, and the mapping names none"},
		"no preset in lists": {"categories: {table: c, id: id, name: c.name}\nreferences: [preset]\n", "m.yaml:2:14: preset stands for a preset's entries, and the mapping starts from none"},
		"a section's own":    {"preset: saleor\nproducts:\n  table: p\n", "m.yaml:3:8: id is missing"},
		"rule_based":         {"preset: saleor\nmemberships: {table: m, product: p, category: c, rule_based: perhaps}\n", `m.yaml:2:62: rule_based is true or false, not "perhaps"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := catalog.ParseMapping("m.yaml", []byte(c.text))
			var faults migrate.FileErrors
			if !errors.As(err, &faults) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error %v, want one that begins %s", err, c.want)
			}
		})
	}
}

// TestOptional plans on a platform without some of its modules: what is
// optional is left out, and the plan keeps the mapping whole.
func TestOptional(t *testing.T) {
	s := newCaseShop(t, "sylius", "")
	s.exec("DROP TABLE sylius_taxon_image", "DROP TABLE sylius_promotion_rule", "DROP TABLE sylius_channel_price_history_config_excluded_taxons")
	plan, err := s.plan()
	if err != nil {
		t.Fatalf("plan: %v", detail(err))
	}
	var kept struct{ References []json.RawMessage }
	if err := json.Unmarshal(plan.Header().Mapping, &kept); err != nil {
		t.Fatal(err)
	}
	if len(kept.References) != 7 {
		t.Errorf("the plan's mapping has %d references, want all 7", len(kept.References))
	}
	if _, err := s.apply(plan); err != nil {
		t.Errorf("apply: %v", detail(err))
	}
	s = newCaseShop(t, "sylius", "")
	s.exec("DROP TABLE sylius_taxon_translation")
	c, err := catalog.Open(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, s.mapping, catalog.Options{ReadOnly: true})
	if err == nil {
		c.Close()
		t.Error("a table that is not optional is missed by nobody")
	}
}

// TestRuleBased sends products to a collection that rules fill.
func TestRuleBased(t *testing.T) {
	for _, policy := range []string{
		"remove: [(root) > Cameras > Spy Cameras]\nproducts: {reassign: (root) > Cameras > Lenses}",
		"remove: [(root) > Cameras > Spy Cameras]\nproducts: delist\ndelisted_to: (root) > Cameras > Lenses",
	} {
		s := newCaseShop(t, "vendure", "policy: p\n"+policy+"\n")
		_, err := s.plan()
		var refused *migrate.RefusedError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "rules of the platform's own") {
			t.Errorf("%s\nplan: %v, want a refusal for the rules", policy, err)
		}
	}
}

// TestIdentifyRefusals meets tables of platforms that are not worked on, and
// of several at once.
func TestIdentifyRefusals(t *testing.T) {
	const wordpress = `CREATE TABLE %terms (term_id INTEGER PRIMARY KEY, name TEXT);
		CREATE TABLE %term_taxonomy (term_taxonomy_id INTEGER PRIMARY KEY, term_id INTEGER, taxonomy TEXT, parent INTEGER, count INTEGER);
		CREATE TABLE %term_relationships (object_id INTEGER, term_taxonomy_id INTEGER, PRIMARY KEY (object_id, term_taxonomy_id));
		CREATE TABLE %posts (ID INTEGER PRIMARY KEY, post_title TEXT, post_type TEXT, post_status TEXT);`
	for name, c := range map[string]struct {
		schema string
		want   []migrate.Refusal
	}{
		"Shopware": {`CREATE TABLE category (id BLOB, version_id BLOB, parent_id BLOB, after_category_id BLOB, child_count INTEGER, PRIMARY KEY (id, version_id));
			CREATE TABLE product_category (product_id BLOB, product_version_id BLOB, category_id BLOB)`,
			[]migrate.Refusal{{What: "the tables are Shopware 6's: categories have composite keys, their order is a linked list, and products carry copies of their tree in JSON that Shopware's own indexers rebuild; use its API"}}},
		"Adobe Commerce": {`CREATE TABLE m2_catalog_category_entity (row_id INTEGER PRIMARY KEY, entity_id INTEGER, created_in INTEGER, path TEXT)`,
			[]migrate.Refusal{{What: "the tables are Adobe Commerce with staging's: a category has a row for each scheduled update, linked by row_id; use its API"}}},
		"two sites": {strings.ReplaceAll(wordpress, "%", "a_") + strings.ReplaceAll(wordpress, "%", "b_"),
			[]migrate.Refusal{{What: "the catalog holds more than one tree that a preset fits", Rows: []string{"preset: woocommerce, prefix: a_", "preset: woocommerce, prefix: b_"},
				Answer: "say which in a mapping: preset: …, with its prefix if it has one"}}},
		"two trees": {`CREATE TABLE product_category (id INTEGER PRIMARY KEY, parent_path TEXT, complete_name TEXT);
			CREATE TABLE product_template (id INTEGER PRIMARY KEY, categ_id INTEGER, active INTEGER, is_published INTEGER);
			CREATE TABLE product_public_category (id INTEGER PRIMARY KEY, parent_path TEXT);
			CREATE TABLE product_public_category_product_template_rel (product_template_id INTEGER, product_public_category_id INTEGER)`,
			[]migrate.Refusal{{What: "the catalog holds more than one tree that a preset fits", Rows: []string{"preset: odoo-product", "preset: odoo-shop"},
				Answer: "say which in a mapping: preset: …, with its prefix if it has one"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shop{t: t, path: filepath.Join(t.TempDir(), "shop.db"), now: time.Now()}
			s.exec(c.schema)
			_, _, err := catalog.Identify(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, catalog.Options{})
			var refused *migrate.RefusedError
			if !errors.As(err, &refused) {
				t.Fatalf("identify: %v, want a refusal", err)
			}
			if diff := cmp.Diff(c.want, refused.Refusals); diff != "" {
				t.Errorf("refusals (-want +got):\n%s", diff)
			}
			if _, err := catalog.DraftMapping(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path}, catalog.Options{}); !errors.As(err, &refused) {
				t.Errorf("draft: %v, want a refusal", err)
			}
		})
	}
}
