package migrate

import (
	"encoding/json"
	"time"

	"recat/taxonomy"
)

// PlanVersion is the version of the plan format this package writes and reads.
const PlanVersion = 1

// KeyKind is how a column's keys are ordered.
type KeyKind string

// Integer keys order numerically, all others by the UTF-8 bytes of their
// rendering.
const (
	IntKey  KeyKind = "integer"
	TextKey KeyKind = "text"
)

// Header decides, with the changes, what a plan does. It is covered by the
// digest.
type Header struct {
	Version     int               `json:"recat_plan"`
	Policy      string            `json:"policy"`           // its name
	Reason      string            `json:"reason,omitempty"` // its reason
	PolicyFile  string            `json:"policy_file"`      // base name, for messages
	PolicyText  string            `json:"policy_text"`      // the file whole
	Files       map[string]string `json:"files,omitempty"`  // decisions, crosswalks and signers, whole, by the name the policy uses
	Mapping     json.RawMessage   `json:"mapping"`          // normalised: defaults filled, presets resolved
	Dates       Dates             `json:"dates"`
	Limits      Limits            `json:"limits"`
	Drift       DriftPolicy       `json:"drift"`
	Approvals   int               `json:"approvals,omitempty"`
	Signers     string            `json:"signers,omitempty"` // the file, among Files, that says who may sign approvals; "" where they need no signature
	CategoryKey KeyKind           `json:"category_key"`
	ProductKey  KeyKind           `json:"product_key"`
	Tree        string            `json:"tree"`                   // fingerprint of the part of the tree the plan relies on
	RebuildTree bool              `json:"rebuild_tree,omitempty"` // what is derived from the tree is repaired where it must be rewritten
}

// Provenance says where a plan comes from. It is not covered by the digest.
type Provenance struct {
	Who      string    `json:"who"`
	At       time.Time `json:"at"`
	Recat    string    `json:"recat"`
	Engine   string    `json:"engine"`
	Warnings []string  `json:"warnings,omitempty"`
	Counts   Counts    `json:"counts"`
}

// Counts are catalog-wide figures at plan time.
type Counts struct {
	Categories int  `json:"categories"`
	Live       *int `json:"live,omitempty"`    // live products, where a limit asks
	Sellers    *int `json:"sellers,omitempty"` // in plans that earlier builds made: a Summary counts them
	Cleared    int  `json:"cleared,omitempty"` // products that appeals cleared of the policy: no sweep touches them

	Derived []DerivedCount `json:"derived,omitempty"` // rows that change because the tree does

	Holds []HoldCount `json:"holds,omitempty"` // what stands in the way of the products found
}

// HoldCount counts rows that hold products of a plan: open carts, say.
type HoldCount struct {
	Label    string `json:"label"`
	Rows     int    `json:"rows"`
	Products int    `json:"products"`
}

// Totals balance a plan: Found = Reassigned + Delisted + Detached. Swept,
// Followed, Reported and Kept products are outside the removed categories.
type Totals struct {
	Removed    int `json:"removed"` // categories, emptied ones included
	Emptied    int `json:"emptied"`
	Promoted   int `json:"promoted"`
	Closed     int `json:"closed"`
	Found      int `json:"found"`
	Reassigned int `json:"reassigned"`
	Delisted   int `json:"delisted"`
	Detached   int `json:"detached"`
	Swept      int `json:"swept"`              // delisted by a sweep, or by a person's answer to it
	Followed   int `json:"followed,omitempty"` // delisted with the product whose variant they are
	Reported   int `json:"reported"`           // only reported by a sweep
	Kept       int `json:"kept,omitempty"`     // found by a sweep, and kept by a person
	WasOff     int `json:"was_off"`            // of all delisted: already off sale
	Hidden     int `json:"hidden"`             // of Found: rows the mapping hides
	LiveDelist int `json:"live_delisted"`
	References int `json:"references"`
	Rebuilt    int `json:"rebuilt,omitempty"` // categories whose derived columns are repaired
	Lacking    int `json:"lacking,omitempty"` // of Reassigned: lack an attribute that their target requires
}

// Empty reports whether a plan with these totals changes nothing.
func (t Totals) Empty() bool {
	return t.Removed+t.Promoted+t.Closed+t.Found+t.Swept+t.Followed+t.References+t.Rebuilt == 0
}

// Off counts all products that are delisted, wherever they are.
func (t Totals) Off() int { return t.Delisted + t.Swept + t.Followed }

// Trailer ends a plan.
type Trailer struct {
	Totals Totals `json:"totals"`
	Digest string `json:"digest"` // "sha256:…", over everything that decides what runs
	// Paths are full paths of categories that the changes and the policy's
	// sweeps name by id only: where swept products are filed, where detached
	// ones stay, where a sweep doesn't look. They decide nothing and are
	// outside the digest; at most PathsKept are kept.
	Paths map[taxonomy.ID]string `json:"paths,omitempty"`
}

// PathsKept bounds Trailer.Paths.
const PathsKept = 2000
