package migrate

import (
	"context"
	"fmt"
	"time"

	"recat/taxonomy"
)

// Appeal is what is said of an undo that took back a part of a run: single
// products, because somebody looked at them again. Products that an appeal
// restored are cleared: no sweep of the run's policy finds them any more.
type Appeal struct {
	Products int         `json:"products"`            // that were restored, variants that came along included
	Followed int         `json:"followed,omitempty"`  // of Products: variants, restored with the product they had followed
	Category taxonomy.ID `json:"category,omitempty"`  // of the run: all products that it took out of this one; "" where they were named
	Into     taxonomy.ID `json:"into,omitempty"`      // where those went whose own category is no longer there
	IntoPath string      `json:"into_path,omitempty"` // its full path then
}

// Clearance says by which appeal a product was cleared.
type Clearance struct {
	Product string
	Run     int64  // the appeal
	Of      int64  // the run that it was an appeal against
	Policy  string // of that run
	Reason  string
	By      string // who ran the appeal
	At      time.Time
}

// Partial reports whether the run is an undo that took back a part of another.
func (r Run) Partial() bool { return r.Appeal != nil }

// Cleared gives, by id, the products that appeals cleared, as the catalog's
// own records have it; of several appeals the last counts. An appeal that was
// itself taken back clears nothing, nor does one against a run that was
// undone whole: what that run did, and all that was said of it, is over.
func Cleared(ctx context.Context, cat Catalog) (map[string]Clearance, error) {
	return cleared(ctx, cat, func(Run) bool { return true })
}

// clearedOf are the products cleared of one policy.
func clearedOf(ctx context.Context, cat Catalog, policy string) (map[string]Clearance, error) {
	return cleared(ctx, cat, func(r Run) bool { return r.Policy == policy })
}

func cleared(ctx context.Context, cat Catalog, counts func(Run) bool) (map[string]Clearance, error) {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	undone := map[int64]bool{}
	for _, r := range runs {
		undone[r.ID] = r.UndoneBy != 0
	}
	out := map[string]Clearance{}
	for _, r := range runs {
		if !r.Partial() || r.UndoneBy != 0 || undone[r.Of] || !counts(r) {
			continue
		}
		for c, err := range cat.Changes(ctx, r.ID) {
			if err != nil {
				return nil, fmt.Errorf("read what run %d restored: %w", r.ID, err)
			}
			if c.Product != nil {
				out[c.Product.ID] = Clearance{Product: c.Product.ID, Run: r.ID, Of: r.Of, Policy: r.Policy, Reason: r.Reason, By: r.Operator, At: r.At}
			}
		}
	}
	return out, nil
}
