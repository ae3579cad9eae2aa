package migrate

import (
	"fmt"

	"recat/taxonomy"
)

// Pos is a place in a file a person wrote. The zero Pos is no place.
type Pos struct {
	File         string
	Line, Column int
}

// String gives file:line:column, without what is unknown.
func (p Pos) String() string {
	switch {
	case p.File == "" && p.Line == 0:
		return ""
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Policy is what a person decided: which categories go and when, and what
// becomes of their products. Defaults are already filled in; categories are
// still named, not yet found in a tree.
type Policy struct {
	Name       string
	Reason     string
	Dates      Dates
	Prohibited bool // the default; each Entry carries its own
	Close      []CategoryRef
	Remove     []Entry
	Decisions  map[string]Decision // by product id
	Listed     map[string]Pos      // products that stand among the decisions and that nobody decided
	Elsewhere  Elsewhere
	Emptied    Emptied
	DelistedTo *CategoryRef
	Sweep      []SweepRule
	References []ReferenceAnswer
	Drift      DriftPolicy
	Limits     Limits
	Approvals  int
	Signers    string // the file that says who may sign approvals; "" where they need no signature
	Penalties  []Penalty
	Pos        Pos
}

// CategoryRef points at a category by id or by path; just one is set.
type CategoryRef struct {
	ID   taxonomy.ID
	Path string
	Pos  Pos
	Cell bool // it is of a table, or a flag, where an id is written id:…, and not {id: …}
}

// String gives what the person wrote.
func (r CategoryRef) String() string {
	if r.ID != "" {
		return "id " + string(r.ID)
	}
	return r.Path
}

// Entry removes one category.
type Entry struct {
	Category   CategoryRef
	Prohibited bool
	Subtree    Subtree
	Redirect   *Redirect // nil: gone where prohibited, else the single target, else none
	Rules      []Rule    // first match wins; empty where nothing was said
	Reason     string    // from a crosswalk; else empty
	Pos        Pos
}

// Redirect says where a removed category's page goes.
type Redirect struct {
	Gone bool
	To   CategoryRef // where not Gone
}

// Rule decides the products it matches.
type Rule struct {
	Name    string    // the person's, or one made from its place
	When    Condition // nil matches every product
	Fate    Fate
	To      CategoryRef // where Fate is Reassign
	Reason  string      // the reason code of a delisting
	Cleared string      // why a product of a prohibited category may be reassigned
	Pos     Pos
}

// SweepRule finds the same goods outside the removed categories. They keep
// their categories; they are delisted, or only reported.
type SweepRule struct {
	Name   string
	Within []CategoryRef // empty: everywhere
	Except []CategoryRef
	When   Condition
	Report bool
	Reason string
	Pos    Pos
}

// Decision is a person's answer for one product, tried before every rule.
type Decision struct {
	Product string
	Fate    Fate
	To      CategoryRef
	Reason  string
	By      string
	Pos     Pos
}

// Condition is a compiled predicate over a product.
type Condition interface {
	// Match reports whether p satisfies the condition. Its error names what
	// in the expression went wrong; the caller adds the rule and the product.
	Match(p *Product) (bool, error)
	// Reads lists, sorted, the product fields the condition looks at: title,
	// live, state, category, seller and the mapping's own names. The id never
	// changes and is left out.
	Reads() []string
	// String gives the expression as it was written.
	String() string
}

// Subtree says what happens to the children of a removed category.
type Subtree string

// What a policy may say of children; SubtreeUnset inherits from the nearest
// enclosing entry and refuses where there is none.
const (
	SubtreeUnset   Subtree = ""
	SubtreeRefuse  Subtree = "refuse"
	SubtreeRemove  Subtree = "remove"
	SubtreePromote Subtree = "promote"
)

// Elsewhere says what happens to products that also live in a surviving
// category.
type Elsewhere string

// Detach, the default, takes them out of the removed category and leaves
// them live; Treat gives them the category's rules.
const (
	ElsewhereDetach Elsewhere = "detach"
	ElsewhereTreat  Elsewhere = "treat"
)

// Emptied says what happens to an ancestor left with no child and no product.
type Emptied string

// An emptied ancestor is kept by default.
const (
	EmptiedKeep   Emptied = "keep"
	EmptiedRemove Emptied = "remove"
)

// ReferenceAnswer answers for the rows of a table that the mapping restricts.
type ReferenceAnswer struct {
	Table  string
	Column string // empty: every column of the table
	Then   OnRemove
	Reason string
	Pos    Pos
}

// DriftPolicy says what drift may be tolerated; the zero value tolerates none.
type DriftPolicy struct {
	Arrived Tolerance `json:"arrived,omitempty"` // fail or rules
	Left    Tolerance `json:"left,omitempty"`    // fail or skip
	Edited  Tolerance `json:"edited,omitempty"`  // fail or same-fate
}

// Tolerance is one answer of a DriftPolicy.
type Tolerance string

// The tolerances; ToleranceFail is also what "" means.
const (
	ToleranceFail     Tolerance = "fail"
	ToleranceRules    Tolerance = "rules"
	ToleranceSkip     Tolerance = "skip"
	ToleranceSameFate Tolerance = "same-fate"
)

// Limits bound a plan, and what drift may add to it. Nil means no limit.
type Limits struct {
	Delist    *int     `json:"delist,omitempty"`     // products delisted, sweep included
	LiveShare *float64 `json:"live_share,omitempty"` // share of the catalog's live products delisted, 0..1
	Drift     *int     `json:"drift,omitempty"`      // products that drifted, tolerated or not
	// MissingAttributes bounds the products that are reassigned to a category
	// that requires an attribute which they lack.
	MissingAttributes *int `json:"missing_attributes,omitempty"`
}

// Set reports whether any limit is set.
func (l Limits) Set() bool {
	return l.Delist != nil || l.LiveShare != nil || l.Drift != nil || l.MissingAttributes != nil
}

// Penalty is a rung of the enforcement ladder. It is reported, never executed.
type Penalty struct {
	From   int // violations by one seller
	Action string
	Points int
}
