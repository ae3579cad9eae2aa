package migrate

import (
	"iter"

	"recat/taxonomy"
)

// Fate is a product's disposition.
type Fate string

// The fates. Report and Keep mark what a sweep found and nothing is done to:
// the policy's word, and a person's.
const (
	Reassign Fate = "reassign"
	Delist   Fate = "delist"
	Detach   Fate = "detach"
	Report   Fate = "report"
	Keep     Fate = "keep"
)

// Acts reports whether anything is done to a product of this fate.
func (f Fate) Acts() bool { return f != Report && f != Keep }

// RuleDecisions stands as the rule of what a person decided.
const RuleDecisions = "decisions"

// Change is one line of a plan: just one of its fields is set.
type Change struct {
	Category  *CategoryChange
	Product   *ProductChange
	Reference *ReferenceChange
}

// CategoryAction is what a plan does to a category.
type CategoryAction string

// The actions. Guard changes nothing: it records what the plan relies on, so
// that a difference is drift.
const (
	RemoveCategory  CategoryAction = "remove"
	PromoteCategory CategoryAction = "promote"
	CloseCategory   CategoryAction = "close"
	RebuildCategory CategoryAction = "rebuild" // of what is derived from the tree
	GuardCategory   CategoryAction = "guard"
)

// Cause says why a category is in the plan.
type Cause string

// The causes, in the order a category that has several is given one.
const (
	CauseEntry    Cause = "entry"    // named by the policy
	CauseSubtree  Cause = "subtree"  // inside a named category
	CauseEmptied  Cause = "emptied"  // left with no child and no product
	CausePromoted Cause = "promoted" // its parent goes
	CauseClosed   Cause = "closed"   // phase one
	CauseTarget   Cause = "target"   // receives products or a redirect
	CauseAncestor Cause = "ancestor" // above one of the others
	CauseCorrupt  Cause = "corrupt"  // in a corrupt scope that is rebuilt
)

// CategoryChange is a plan's line for one category: what happens to it, and
// the before-values that must still hold. In JSON, Parent and To are ids, ""
// standing for the root.
type CategoryChange struct {
	ID         taxonomy.ID    `json:"category"`
	Do         CategoryAction `json:"do"`
	Why        Cause          `json:"why"`
	Path       string         `json:"path"`
	Name       string         `json:"name"`
	Parent     taxonomy.ID    `json:"parent"`
	Children   []taxonomy.ID  `json:"children,omitempty"` // in key order
	Closed     bool           `json:"closed,omitempty"`
	Prohibited bool           `json:"prohibited,omitempty"`
	To         taxonomy.ID    `json:"to,omitempty"`        // promote: the new parent
	Successor  taxonomy.ID    `json:"successor,omitempty"` // remove: where its page goes; "" is gone
	Reason     string         `json:"reason,omitempty"`
	URL        *string        `json:"url,omitempty"`     // its page, of one that goes or takes over; nil where the mapping names none
	Rebuild    []Rebuilt      `json:"rebuild,omitempty"` // in column order
	Kept       *Kept          `json:"kept,omitempty"`    // of an undo; nil where all of it was taken back
}

// Input is a field that the rules deciding a product have read.
type Input struct {
	Name  string  `json:"name"`
	Value *string `json:"value"` // nil is NULL
}

// Overruled is what another removed category's entry would have done.
type Overruled struct {
	Category taxonomy.ID `json:"category"`
	Fate     Fate        `json:"fate"`
	To       taxonomy.ID `json:"to,omitempty"`
}

// ProductChange is a plan's line for one product: its one fate with the rule
// and the reason, and the before-values that must still hold.
type ProductChange struct {
	ID      string        `json:"product"`
	Title   *string       `json:"title"`
	Fate    Fate          `json:"fate"`
	To      taxonomy.ID   `json:"to,omitempty"`
	Rule    string        `json:"rule"`
	Reason  string        `json:"reason,omitempty"`
	Cleared string        `json:"cleared,omitempty"`
	By      string        `json:"by,omitempty"`   // who decided, from decisions
	From    []taxonomy.ID `json:"from,omitempty"` // removed categories that hold it, the governing one first; none for what a sweep found
	// Follows is the product whose variant it is and whose fate it shares; ""
	// where it is decided by itself. Outside says that it is in no removed
	// category and is delisted all the same; From is that product's then.
	Follows   string      `json:"follows,omitempty"`
	Outside   bool        `json:"outside,omitempty"`
	Overruled []Overruled `json:"overruled,omitempty"`
	// Missing are the attributes that the category it is reassigned to requires
	// and it does not have, by name, sorted. They are for reviewers: that one is
	// added or lost later is no drift.
	Missing []string  `json:"missing,omitempty"`
	Live    bool      `json:"live,omitempty"`
	State   *string   `json:"state,omitempty"`
	Seller  *string   `json:"seller,omitempty"`
	URL     *string   `json:"url,omitempty"` // its page before; nil where the mapping names none
	Hidden  bool      `json:"hidden,omitempty"`
	Before  Placement `json:"before"`
	After   Placement `json:"after"`
	Writes  []Write   `json:"writes,omitempty"`
	Read    []Input   `json:"read,omitempty"`
	Kept    *Kept     `json:"kept,omitempty"` // of an undo; nil where all of it was taken back

	Left    *string `json:"-"` // of a run: the state that it left the product in, where that is recorded
	Ordinal int64   `json:"-"` // its place in the snapshot it is staged against
}

// Kept is what an undo left as it was, because it had been edited since the
// run. No plan has any.
type Kept struct {
	Whole bool       `json:"whole"` // nothing at all was taken back
	Rows  []Conflict `json:"rows"`
}

// Concerns reports whether a listing is sent elsewhere or taken off sale: its
// seller is concerned. A row that the mapping hides is no listing, and of one
// that is only reported or kept nothing changes.
func (p *ProductChange) Concerns() bool { return p.Fate.Acts() && !p.Hidden }

// ReferenceChange is a plan's line for one row that points at a removed
// category.
type ReferenceChange struct {
	Table    string      `json:"reference"`
	Column   string      `json:"column"`
	Row      []string    `json:"row"`
	Category taxonomy.ID `json:"category"`
	Do       OnRemove    `json:"do"`
	To       taxonomy.ID `json:"to,omitempty"` // repoint
	Label    string      `json:"label,omitempty"`
	Reason   string      `json:"reason,omitempty"`
	Before   []*string   `json:"before,omitempty"`
	Kept     *Kept       `json:"kept,omitempty"` // of an undo; nil where it was taken back

	Ordinal int64 `json:"-"`
}

// Plan is a reviewed plan, wherever it is kept. Changes may be ranged over
// more than once; each time they come in canonical order: categories, then
// products, then references.
type Plan interface {
	Header() Header
	Provenance() Provenance
	Trailer() Trailer
	Changes() iter.Seq2[Change, error]
}

// PlanWriter keeps a plan as it is made. Close without Finish discards it.
type PlanWriter interface {
	Begin(Header, Provenance) error
	Add(Change) error
	// Finish ends the plan; paths may be nil.
	Finish(totals Totals, paths map[taxonomy.ID]string) (Trailer, error)
}
