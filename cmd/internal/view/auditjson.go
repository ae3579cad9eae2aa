package view

import (
	"context"
	"io"
	"iter"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// AuditJSON writes an audit as one object: what was found, by seller, then
// every listing. It streams.
func AuditJSON(ctx context.Context, w io.Writer, a *migrate.Audit) error {
	o := newObject(w)
	o.member("policy", a.Policy.Name)
	optional(o, "reason", a.Policy.Reason)
	o.member("dates", a.Policy.Dates)
	o.member("audited_at", a.Now.UTC())
	o.member("applied", len(a.Runs) > 0)
	o.member("in_force", a.InForce())
	runs := make([]runJSON, len(a.Runs))
	for i, r := range a.Runs {
		runs[i] = newRunJSON(r)
	}
	slice(o, "runs", runs)
	slice(o, "pruned", a.Pruned)
	slice(o, "penalties", penaltiesJSON(a.Policy.Penalties))
	o.member("totals", a.Totals)
	slice(o, "sellers", sellersJSON(a))
	listings, grouped := a.BySeller(ctx)
	o.member("by_seller", grouped)
	list(o, "listings", violationsJSON(a, listings))
	return o.close()
}

type penaltyJSON struct {
	From   int    `json:"from"`
	Action string `json:"action"`
	Points int    `json:"points,omitempty"`
}

func newPenaltyJSON(p *migrate.Penalty) *penaltyJSON {
	if p == nil {
		return nil
	}
	return &penaltyJSON{p.From, p.Action, p.Points}
}

func penaltiesJSON(ladder []migrate.Penalty) []*penaltyJSON {
	out := make([]*penaltyJSON, len(ladder))
	for i := range ladder {
		out[i] = newPenaltyJSON(&ladder[i])
	}
	return out
}

type sellerJSON struct {
	Seller     *string                       `json:"seller"` // null: not known
	Violations int                           `json:"violations"`
	Found      int                           `json:"found"`
	ByKind     map[migrate.ViolationKind]int `json:"by_kind"`
	Penalty    *penaltyJSON                  `json:"penalty,omitempty"`
}

func sellersJSON(a *migrate.Audit) []sellerJSON {
	out := make([]sellerJSON, len(a.Sellers))
	for i, s := range a.Sellers {
		out[i] = sellerJSON{s.Seller, s.Violations, s.Found, s.ByKind, newPenaltyJSON(s.Penalty)}
	}
	return out
}

type violationJSON struct {
	Product  string                  `json:"product"`
	Title    *string                 `json:"title"`
	Marks    [][2]int                `json:"marks,omitempty"`
	Words    []string                `json:"words,omitempty"`
	Seller   *string                 `json:"seller"`
	Kinds    []migrate.ViolationKind `json:"kinds"`
	Counts   bool                    `json:"violation"`
	Live     bool                    `json:"live"`
	State    *string                 `json:"state"`
	Category taxonomy.ID             `json:"category,omitempty"`
	Path     string                  `json:"path,omitempty"`
	Rule     string                  `json:"rule,omitempty"`
	Reason   string                  `json:"reason,omitempty"`
	Run      int64                   `json:"run,omitempty"`
	Since    *time.Time              `json:"since,omitempty"`
	Values   []migrate.Rewritten     `json:"changed,omitempty"`
	Penalty  *penaltyJSON            `json:"penalty,omitempty"` // of its seller
}

func violationsJSON(a *migrate.Audit, listings iter.Seq2[*migrate.Violation, error]) iter.Seq2[violationJSON, error] {
	return func(yield func(violationJSON, error) bool) {
		for v, err := range listings {
			if err != nil {
				yield(violationJSON{}, err)
				return
			}
			j := violationJSON{Product: v.Product, Title: v.Title, Marks: v.Marks, Words: markedWords(v.Title, v.Marks), Seller: v.Seller,
				Kinds: v.Kinds, Counts: v.Counts, Live: v.Live, State: v.State, Category: v.Category, Path: v.Path, Rule: v.Rule,
				Reason: v.Reason, Run: v.Run, Values: v.Values}
			if v.Run != 0 {
				at := v.Since.UTC()
				j.Since = &at
			}
			if v.Counts {
				j.Penalty = newPenaltyJSON(a.Record(v.Seller).Penalty)
			}
			if !yield(j, nil) {
				return
			}
		}
	}
}
