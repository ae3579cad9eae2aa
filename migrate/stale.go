package migrate

import (
	"context"
	"fmt"
	"strings"
)

// verdict says whether the drift may pass.
func (r *reconciler) verdict(ctx context.Context, cat Catalog, snap Snapshot, sel Selection) error {
	if err := r.describe(ctx, cat, sel); err != nil {
		return err
	}
	if r.fatal > 0 {
		return &StaleError{Drift: r.drift, Total: r.count + r.others()}
	}
	if r.count == 0 {
		return nil
	}
	counts, err := snap.Counts(ctx, r.header.Limits.LiveShare != nil)
	if err != nil {
		return fmt.Errorf("count the catalog: %w", err)
	}
	return checkLimits(r.header.Limits, r.totals, counts, r.count)
}

func (r *reconciler) others() int {
	n := 0
	for _, d := range r.drift {
		if d.Kind == CategoryEdit || d.Kind == ReferenceNew {
			n++
		}
	}
	return n
}

// leftDescribed bounds the products that are looked up to say where they went.
const leftDescribed = 1000

// describe looks drifted products up once more: where those went that left,
// or whether they are gone, and what those are called that arrived untitled.
func (r *reconciler) describe(ctx context.Context, cat Catalog, sel Selection) error {
	byID := map[string]int{}
	for _, i := range r.left[:min(len(r.left), leftDescribed)] {
		if i < len(r.drift) {
			byID[r.drift[i].Subject] = i
		}
	}
	for i, d := range r.drift {
		if d.Kind == Arrived && sel.Untitled {
			byID[d.Subject] = i
		}
	}
	if len(byID) == 0 {
		return nil
	}
	snap, err := cat.Snapshot(ctx, Selection{Fields: sel.Fields, Also: func(yield func(string, error) bool) {
		for id := range byID {
			if !yield(id, nil) {
				return
			}
		}
	}})
	if err != nil {
		return fmt.Errorf("look up the products that changed: %w", err)
	}
	defer snap.Close()
	for p, err := range snap.Products(ctx) {
		if err != nil {
			return err
		}
		i, asked := byID[p.ID]
		if !asked { // a variant of one that was
			continue
		}
		if d := &r.drift[i]; d.Kind == Arrived {
			d.Title = rendered(p.Title)
		} else {
			d.Detail = "left for " + r.scheme.whereabouts(p.Placement)
		}
		delete(byID, p.ID)
	}
	for _, i := range byID {
		if d := &r.drift[i]; d.Kind == Left {
			d.Kind, d.Detail = Gone, "is gone"
		}
	}
	return nil
}

// whereabouts names a placement's categories by path.
func (s *Scheme) whereabouts(p Placement) string {
	ids := remaining(p)
	if len(ids) == 0 {
		return "no category"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		if out[i] = s.path(id); out[i] == "" {
			out[i] = "id " + string(id)
		}
	}
	return strings.Join(out, ", ")
}
