package catalogtest

import (
	"recat/migrate"
	"recat/taxonomy"
)

// Shape is how a World's database files its products.
type Shape struct {
	TextKeys    bool // keys are text; else integers
	Column      bool // products name a category in a column
	Memberships bool // products are filed through a table; Column is then the primary
	Flags       bool // a membership is flagged as the primary one
	Required    bool // the column takes no NULL
	Soft        bool // removed categories keep their row, marked
	Tree        TreeKind
}

// The shapes that the suite tries, by name.
var (
	Plain      = Shape{Column: true}
	Required   = Shape{Column: true, Required: true, TextKeys: true}
	Soft       = Shape{Column: true, Soft: true}
	Filed      = Shape{Column: true, Memberships: true}
	FiledOnly  = Shape{Memberships: true, TextKeys: true}
	FiledFlags = Shape{Memberships: true, Flags: true}

	Nested         = Shape{Column: true, Tree: TreeWhole}
	NestedRooted   = Shape{Memberships: true, TextKeys: true, Tree: TreeRooted}
	NestedNumbered = Shape{Column: true, Memberships: true, Tree: TreeNumbered}
	NestedSoft     = Shape{Column: true, Soft: true, Tree: TreeWhole}
)

// Shapes lists them.
func Shapes() []Shape {
	return []Shape{Plain, Required, Soft, Filed, FiledOnly, FiledFlags, Nested, NestedRooted, NestedNumbered, NestedSoft}
}

// KeyKind is the kind of the shape's keys.
func (s Shape) KeyKind() migrate.KeyKind {
	if s.TextKeys {
		return migrate.TextKey
	}
	return migrate.IntKey
}

// World is a small catalog in neutral terms.
type World struct {
	Shape      Shape
	Categories []Category // parents before children
	Products   []Product
	Rows       []Row // of the tables that point at categories
	Demands    []Demand
}

// Category is one row of the tree.
type Category struct {
	ID, Parent taxonomy.ID
	Name       string
	Closed     bool
	Protected  bool
	Hidden     bool // left out by the mapping's where
}

// The states of a product: on sale, off sale, switched off by a plan, and
// hidden by the mapping's where.
const (
	Active   = "active"
	Ended    = "ended"
	Delisted = "delisted"
	Trash    = "trash"
)

// Product is one product; nil is NULL.
type Product struct {
	ID       string
	Title    *string
	Status   string
	Seller   *string
	Price    *int64
	Category taxonomy.ID // the column's; "" is NULL
	Filed    []Filing
	Has      []string // attributes
}

// Filing is one membership.
type Filing struct {
	Category taxonomy.ID
	Position *int64
	Main     bool
}

// Row is a row of one of the tables that point at categories. Key is its
// number; in category_translations, the locale.
type Row struct {
	Table    string
	Key      string
	Category taxonomy.ID // "" is NULL
	Path     string      // in coupons: ids joined by PathSeparator
}

// Coupons is a table whose rows name categories inside a text; they go with
// any of them.
const (
	Coupons       = "coupons"
	PathSeparator = "|"
)

// The tables that point at categories, with what the mapping says of them.
const (
	Banners      = "banners"               // repoint
	Translations = "category_translations" // delete
	MenuItems    = "menu_items"            // null
	Redirects    = "url_redirects"         // set: no category, http_status 410
	Vouchers     = "vouchers"              // restrict
)

// referenceTables lists them in canonical order.
var referenceTables = []struct {
	name     string
	onRemove migrate.OnRemove
	nullable bool
}{
	{Banners, migrate.OnRemoveRepoint, false},
	{Translations, migrate.OnRemoveDelete, false},
	{MenuItems, migrate.OnRemoveNull, true},
	{Redirects, migrate.OnRemoveSet, true},
	{Vouchers, migrate.OnRemoveRestrict, false},
}
