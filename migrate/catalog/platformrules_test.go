package catalog_test

import (
	"database/sql"
	"maps"
	"slices"
	"strings"
	"testing"
)

// rules gives the rule of a platform, as the faults it finds.
var rules = map[string]func(testing.TB, *sql.DB) *forest{
	"saleor": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, lft, rght, tree_id, level FROM product_category ORDER BY tree_id, lft`)
		djangoMPTT(f)
		return f
	},
	"sylius": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, tree_left, tree_right, tree_root, tree_level, position FROM sylius_taxon`)
		gedmo(f)
		return f
	},
	"magento2": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT entity_id, parent_id, path, level, children_count FROM catalog_category_entity ORDER BY level`)
		magento(f)
		return f
	},
	"opencart": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT category_id, parent_id FROM oc_category`)
		openCart(f, table(t, db, `SELECT category_id, path_id, level FROM oc_category_path`))
		return f
	},
	"woocommerce": wooCommerce("shop_"),
	"spree5": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, lft, rgt, depth, '' FROM spree_taxons ORDER BY lft`)
		awesome(f)
		return f
	},
	"spree6": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, lft, rgt, depth, store_id, children_count, products_count FROM spree_categories ORDER BY lft`)
		awesome(f)
		spreeCounts(f, table(t, db, `SELECT category_id, product_id FROM spree_product_categories`))
		return f
	},
	"solidus": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, lft, rgt, depth, '' FROM spree_taxons ORDER BY lft`)
		awesome(f)
		return f
	},
	"medusa2": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_category_id, mpath, rank FROM product_category WHERE deleted_at IS NULL`)
		idPaths(f, ".", "")
		dense(f, 1)
		return f
	},
	"oscar": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, path, depth, numchild FROM catalogue_category`)
		djangoTreebeard(f)
		return f
	},
	"prestashop": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT c.id_category, c.id_parent, nleft, nright, level_depth FROM ps_category c
			LEFT JOIN ps_category_shop s ON s.id_category = c.id_category AND s.id_shop = 1 ORDER BY c.id_parent, s.position`)
		prestaShop(f)
		return f
	},
	"odoo-product": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, parent_path FROM product_category`)
		idPaths(f, "/", "/")
		return f
	},
	"odoo-shop": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, parent_id, parent_path FROM product_public_category`)
		idPaths(f, "/", "/")
		return f
	},
	"vendure": func(t testing.TB, db *sql.DB) *forest {
		f := grow(t, db, `SELECT id, "parentId" FROM collection`)
		sameRows(f, table(t, db, `SELECT id_descendant, id_ancestor FROM collection_closure`), unlevelled(closureOf(f)))
		return f
	},
}

// wooCommerce is WordPress' counting, and WooCommerce's CategoryLookup::
// regenerate (src/Internal/Admin/CategoryLookup.php): each term with itself and
// those below it.
func wooCommerce(prefix string) func(testing.TB, *sql.DB) *forest {
	return func(t testing.TB, db *sql.DB) *forest {
		named := func(q string) string { return strings.ReplaceAll(q, "wp_", prefix) }
		f := grow(t, db, named(`SELECT term_id, parent FROM wp_term_taxonomy WHERE taxonomy = 'product_cat'`))
		sameRows(f, table(t, db, named(`SELECT category_id, category_tree_id FROM wp_wc_category_lookup`)), unlevelled(closureOf(f)))
		wordPress(f, table(t, db, named(`SELECT term_taxonomy_id, count FROM wp_term_taxonomy WHERE taxonomy = 'product_cat'`)),
			table(t, db, named(`SELECT r.term_taxonomy_id, count(*) FROM wp_term_relationships r JOIN wp_posts p ON p."ID" = r.object_id
				WHERE p.post_type = 'product' AND p.post_status = 'publish' GROUP BY 1`)))
		return f
	}
}

// TestRulesFindFaults breaks each platform's tables and expects its rule to
// say so.
func TestRulesFindFaults(t *testing.T) {
	breaks := map[string]string{
		"saleor":       `UPDATE product_category SET rght = rght + 2 WHERE id = 6`,
		"sylius":       `UPDATE sylius_taxon SET tree_right = tree_right + 1 WHERE id = 1`,
		"magento2":     `UPDATE catalog_category_entity SET children_count = children_count + 1 WHERE entity_id = 7`,
		"opencart":     `DELETE FROM oc_category_path WHERE category_id = 23 AND path_id = 12`,
		"woocommerce":  `UPDATE shop_term_taxonomy SET count = 9 WHERE term_taxonomy_id = 20`,
		"spree5":       `UPDATE spree_taxons SET lft = 15, rgt = 16 WHERE id = 5`,
		"spree6":       `UPDATE spree_categories SET products_count = 0 WHERE id = 2`,
		"solidus":      `UPDATE spree_taxons SET rgt = 13 WHERE id = 6`,
		"medusa2":      `UPDATE product_category SET rank = 5 WHERE id = 'pcat_01G'`,
		"oscar":        `UPDATE catalogue_category SET numchild = 3 WHERE id = 7`,
		"prestashop":   `UPDATE ps_category SET nleft = 12 WHERE id_category = 7`,
		"odoo-product": `UPDATE product_category SET parent_path = '1/13/' WHERE id = 13`,
		"odoo-shop":    `UPDATE product_public_category SET parent_path = '1/4' WHERE id = 4`,
		"vendure":      `INSERT INTO collection_closure VALUES (5, 4)`,
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		t.Run(name, func(t *testing.T) {
			s := newCaseShop(t, name, "")
			if faults := s.rule(name); len(faults) > 0 {
				t.Errorf("the fixture is not sound: %v", faults)
			}
			s.exec(breaks[name])
			if len(s.rule(name)) == 0 {
				t.Error("the rule finds nothing wrong")
			}
		})
	}
}
