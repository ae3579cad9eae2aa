package catalog

// fingerprint is what a platform is recognised by.
type fingerprint struct {
	preset    string
	prefixed  bool // tables may have a prefix
	alone     bool // only where nothing before it fits
	tables    []mark
	platform  string // of one that recat does not work on
	uncovered string // why it does not
}

// mark is a table with columns that tell it apart.
type mark struct {
	name    string
	columns []string
}

// fingerprints are tried in this order.
var fingerprints = []fingerprint{
	{platform: "Shopware 6", tables: []mark{
		{"category", []string{"version_id", "after_category_id", "child_count"}},
		{"product_category", []string{"product_version_id"}},
	}, uncovered: "categories have composite keys, their order is a linked list, and products carry copies of their tree in JSON that Shopware's own indexers rebuild; use its API"},
	{platform: "Adobe Commerce with staging", prefixed: true, tables: []mark{
		{"catalog_category_entity", []string{"row_id", "created_in"}},
	}, uncovered: "a category has a row for each scheduled update, linked by row_id; use its API"},
	{preset: "saleor", tables: []mark{
		{"product_category", []string{"parent_id", "lft", "rght", "tree_id"}},
		{"product_product", []string{"category_id"}},
		{"product_productchannellisting", []string{"product_id", "is_published"}},
	}},
	{preset: "sylius", tables: []mark{
		{"sylius_taxon", []string{"tree_root", "tree_left", "parent_id"}},
		{"sylius_product", []string{"main_taxon_id", "enabled"}},
		{"sylius_product_taxon", []string{"product_id", "taxon_id"}},
	}},
	{preset: "medusa2", tables: []mark{
		{"product_category", []string{"parent_category_id", "mpath", "deleted_at"}},
		{"product", []string{"status", "deleted_at"}},
		{"product_category_product", []string{"product_category_id"}},
	}},
	{preset: "odoo-product", tables: []mark{
		{"product_category", []string{"parent_path", "complete_name"}},
		{"product_template", []string{"categ_id", "active"}},
	}},
	{preset: "odoo-shop", tables: []mark{
		{"product_public_category", []string{"parent_path"}},
		{"product_template", []string{"is_published", "active"}},
		{"product_public_category_product_template_rel", []string{"product_public_category_id"}},
	}},
	{preset: "spree6", tables: []mark{
		{"spree_categories", []string{"parent_id", "lft", "rgt"}},
		{"spree_product_categories", []string{"product_id", "category_id"}},
	}},
	{preset: "solidus", tables: []mark{
		{"spree_taxons", []string{"parent_id", "lft", "rgt"}},
		{"spree_products", []string{"primary_taxon_id", "available_on", "discontinue_on"}},
		{"spree_products_taxons", []string{"product_id", "taxon_id"}},
	}},
	{preset: "spree5", tables: []mark{
		{"spree_taxons", []string{"parent_id", "lft", "rgt"}},
		{"spree_products", []string{"status", "deleted_at"}},
		{"spree_products_taxons", []string{"product_id", "taxon_id"}},
	}},
	{preset: "oscar", tables: []mark{
		{"catalogue_category", []string{"path", "depth", "numchild"}},
		{"catalogue_product", []string{"is_public"}},
		{"catalogue_productcategory", []string{"product_id", "category_id"}},
	}},
	{preset: "vendure", tables: []mark{
		{"collection", []string{"isRoot", "parentId"}},
		{"product_variant", []string{"enabled", "deletedAt"}},
		{"collection_product_variants_product_variant", []string{"collectionId", "productVariantId"}},
	}},
	{preset: "nopcommerce", tables: []mark{
		{"Category", []string{"ParentCategoryId", "Deleted"}},
		{"Product", []string{"Published", "Deleted"}},
		{"Product_Category_Mapping", []string{"ProductId", "CategoryId"}},
	}},
	{preset: "magento2", prefixed: true, tables: []mark{
		{"catalog_category_entity", []string{"entity_id", "parent_id", "path", "children_count"}},
		{"catalog_category_product", []string{"category_id", "product_id"}},
		{"catalog_product_entity_int", []string{"entity_id", "attribute_id", "store_id", "value"}},
		{"eav_attribute", []string{"attribute_code"}},
	}},
	{preset: "woocommerce", prefixed: true, tables: []mark{
		{"term_taxonomy", []string{"term_taxonomy_id", "term_id", "parent"}},
		{"term_relationships", []string{"object_id", "term_taxonomy_id"}},
		{"posts", []string{"id", "post_type", "post_status"}},
		{"terms", []string{"term_id", "name"}},
	}},
	{preset: "prestashop", prefixed: true, tables: []mark{
		{"category_product", []string{"id_category", "id_product"}},
		{"category", []string{"id_parent", "nleft", "nright", "level_depth"}},
		{"product", []string{"id_category_default", "active"}},
		{"product_shop", []string{"id_category_default", "active"}},
	}},
	{preset: "opencart", prefixed: true, tables: []mark{
		{"category_path", []string{"category_id", "path_id", "level"}},
		{"category", []string{"category_id", "parent_id", "sort_order"}},
		{"category_description", []string{"category_id", "language_id", "name"}},
		{"product_to_category", []string{"product_id", "category_id"}},
	}},
	{preset: "plain", alone: true, tables: []mark{
		{"categories", []string{"id", "parent_id", "name"}},
		{"products", []string{"id", "category_id", "title", "status"}},
	}},
}
