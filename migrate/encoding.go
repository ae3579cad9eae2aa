package migrate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/taxonomy"
)

// TreeEdit is what a plan does to the tree.
type TreeEdit struct {
	Removed  []taxonomy.ID
	Promoted map[taxonomy.ID]taxonomy.ID // to the new parent; "" is the root
}

// Derived is what an edit of the tree does to the other forms in which a
// catalog keeps it: nested sets, paths, closure tables, counts. Parent is the
// truth; they are derived from it.
type Derived struct {
	Counts []DerivedCount // in the mapping's order
	// Defects are what is wrong in scopes that the edit must rewrite. What is
	// wrong elsewhere is left as it is.
	Defects []TreeDefect
	// Rebuilt is what writing such a scope anew changes, the edit included, by
	// category.
	Rebuilt  map[taxonomy.ID][]Rebuilt
	Warnings []string
}

// DerivedCount counts the rows that one encoding of the tree changes in.
type DerivedCount struct {
	Encoding string `json:"encoding"` // with its columns: "nested set lft, rgt"
	Rows     int    `json:"rows"`
}

// TreeDefect is a scope of an encoding that is not what parent says.
type TreeDefect struct {
	Encoding string
	Scope    string   // "tree_id 2"; "" where there is one for all
	Rows     []string // what is wrong, row by row
}

// RefuseTree makes the refusal of a plan that would have to rewrite what is
// corrupt.
func RefuseTree(defects []TreeDefect) *RefusedError {
	out := &RefusedError{}
	for _, d := range defects {
		r := Refusal{What: d.Encoding + " is not what the parents say, and must be rewritten", Rows: bounded(d.Rows),
			Answer: "repair it, or plan with --rebuild-tree"}
		if d.Scope != "" {
			r.What = fmt.Sprintf("%s (%s) is not what the parents say, and must be rewritten", d.Encoding, d.Scope)
		}
		out.Refusals = append(out.Refusals, r)
	}
	return out
}

// bounded keeps the first rows, and says how many there are beyond.
func bounded(rows []string) []string {
	if len(rows) <= rowsShown {
		return rows
	}
	return append(slices.Clone(rows[:rowsShown]), fmt.Sprintf("… and %d more", len(rows)-rowsShown))
}

// derive asks what the scheme does to what the catalog derives from its tree.
// It refuses where that is corrupt, and not to be rebuilt.
func (s *Scheme) derive(ctx context.Context, cat Catalog, rebuild bool) error {
	d, err := cat.Derived(ctx, TreeEdit{Removed: s.Removed(), Promoted: s.lifted()})
	if err != nil {
		return fmt.Errorf("derive what the catalog keeps beside parents: %w", err)
	}
	if len(d.Defects) > 0 && !rebuild {
		return RefuseTree(d.Defects)
	}
	s.derived = d
	return nil
}

// lifted lists the categories that survive and get another parent.
func (s *Scheme) lifted() map[taxonomy.ID]taxonomy.ID {
	out := map[taxonomy.ID]taxonomy.ID{}
	for id, to := range s.promoted {
		if s.removed[id] == nil {
			out[id] = to
		}
	}
	return out
}

// sameRebuilt reports whether two repairs write the same over the same.
func sameRebuilt(a, b []Rebuilt) bool {
	return slices.EqualFunc(a, b, func(x, y Rebuilt) bool {
		return x.Column == y.Column && sameText(x.Before, y.Before) && sameText(x.After, y.After)
	})
}

// rebuiltDrift says how the repair of a category differs from the plan's.
func rebuiltDrift(was, now []Rebuilt) string {
	if len(was) == 0 {
		return "what is derived from the tree is corrupt now: " + rebuiltText(now)
	}
	return fmt.Sprintf("what is derived from the tree is not what it was: %s → %s", rebuiltText(was), rebuiltText(now))
}

func rebuiltText(cells []Rebuilt) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		out[i] = fmt.Sprintf("%s %s", c.Column, text(c.Before))
	}
	return cmp.Or(strings.Join(out, ", "), "sound")
}

// Rebuilt is one cell of an encoding that is written anew because its scope
// is corrupt. Of a closure table, Column is the table, and the values list a
// category's ancestors.
type Rebuilt struct {
	Column string  `json:"column"`
	Before *string `json:"before"` // nil is NULL
	After  *string `json:"after"`
}
