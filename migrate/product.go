package migrate

import "recat/taxonomy"

// Product is one product as a snapshot of a catalog has it.
type Product struct {
	ID      string
	Ordinal int64 // its place in the snapshot, from 1, in canonical order
	Title   Value
	Live    bool
	State   Value // NULL where the mapping names no state
	Seller  Value
	URL     Value // NULL where Selection.URLs does not ask for it
	Hidden  bool  // the mapping's `where` leaves it out, yet it holds the key
	Placement
	Path   string           // full path of the category rules see as product.category
	Fields map[string]Value // the mapping's own fields, those that were asked for
	Writes []Write          // before-values of what a delisting writes
	Off    bool             // delisting would write nothing new
	// Parents are the products of which the mapping says that this one is a
	// variant, those of the snapshot, in key order. They have no Parents.
	Parents []*Product
	// Attributes are the keys of the attributes that it has, of those that a
	// category of Selection.Targets requires.
	Attributes []string
}

// Placement is where a product stands in the tree.
type Placement struct {
	Category    taxonomy.ID  `json:"category,omitempty"` // single-category model; "" is none
	Primary     taxonomy.ID  `json:"primary,omitempty"`  // primary column beside memberships; "" is none
	Memberships []Membership `json:"memberships,omitempty"`
	// Others are the removed categories that further tables name as the
	// product's primary, one for each row, in key order. After a plan, the
	// new primary stands in place of each; where it is none, Others is empty.
	Others []taxonomy.ID `json:"others,omitempty"`
}

// Home is the category that a product is shown under; "" is none.
func (p Placement) Home() taxonomy.ID {
	switch {
	case p.Category != "":
		return p.Category
	case p.Primary != "":
		return p.Primary
	case len(p.Memberships) > 0:
		return p.Memberships[0].Category
	}
	return ""
}

// Membership files a product in a category. Memberships are ordered by
// position (NULL last), then category in the catalog's key order.
type Membership struct {
	Category taxonomy.ID `json:"category"`
	Position *int64      `json:"position,omitempty"`
	Primary  bool        `json:"primary,omitempty"` // the row's own flag
}

// Write is the before-value of one row a delisting writes: Delist is the
// index of the mapping's delist assignment, Row the row's key where it is not
// the product's own row, Values one rendering per assigned column, sorted by
// column name; nil is NULL.
type Write struct {
	Delist int       `json:"delist"`
	Row    []string  `json:"row,omitempty"`
	Values []*string `json:"values"`
}

// Reference is a row of another table that points at a category.
type Reference struct {
	Table    string
	Column   string
	Row      []string    // its key, or all its values where it has none
	Category taxonomy.ID // the category it points at
	OnRemove OnRemove    // as the mapping says
	Label    string      // something a person recognises the row by; may be ""
	Before   []*string   // values of the columns `set` would write; nil otherwise
	InText   bool        // it names the category inside a text, which is never rewritten
	Ordinal  int64       // its place in the snapshot
}

// OnRemove says what becomes of a reference when its category goes.
type OnRemove string

// The answers a mapping or a policy may give.
const (
	OnRemoveDelete   OnRemove = "delete"
	OnRemoveNull     OnRemove = "null"
	OnRemoveRepoint  OnRemove = "repoint"
	OnRemoveRestrict OnRemove = "restrict"
	OnRemoveSet      OnRemove = "set"
	OnRemoveKeep     OnRemove = "keep"
)
