package migrate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// selection is what a snapshot must copy to plan this scheme: what is filed in
// the removed categories, and what the sweeps may find elsewhere. For that the
// whole catalog is scanned, only the columns that the sweeps read, and not as
// of one instant. What was found is decided again by the snapshot, which is of
// one; a product edited between the two is like one edited after the plan.
func (s *Scheme) selection(ctx context.Context, cat Catalog, progress func(stage string, done int64)) (Selection, error) {
	sel := Selection{In: s.Removed(), Fields: s.Fields(), Targets: s.destinations()}
	if len(s.sweep) > 0 {
		progress("sweep the catalog", 0)
		found, err := sweep(ctx, cat, ScanOptions{Reads: s.sweepReads()}, progress, s.suspects)
		if err != nil {
			return Selection{}, fmt.Errorf("sweep the catalog: %w", err)
		}
		sel.Also = found.all()
	}
	progress("read products", 0)
	return sel, nil
}

// sweepReads lists, sorted, the fields that the sweeps read.
func (s *Scheme) sweepReads() []string {
	var out []string
	for _, w := range s.sweep {
		out = append(out, w.reads...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// suspects reports whether a sweep may find p, which was only scanned. A
// condition that cannot be answered is left to the decision.
func (s *Scheme) suspects(p *Product) bool {
	if s.removes(p.Placement) { // selected already
		return false
	}
	for _, w := range s.sweep {
		if slices.Contains(w.reads, "category") {
			p.Path = s.path(p.Placement.Home())
			break
		}
	}
	v, err := s.swept(p)
	return v.fate != "" || err != nil
}

// removes reports whether a category of a placement goes.
func (s *Scheme) removes(p Placement) bool {
	return s.removed[p.Category] != nil || s.removed[p.Primary] != nil ||
		slices.ContainsFunc(p.Memberships, func(m Membership) bool { return s.removed[m.Category] != nil })
}

// sweep scans the catalog and keeps the ids of the products that are
// suspected. suspects is called by several goroutines at once.
func sweep(ctx context.Context, cat Catalog, opts ScanOptions, progress func(string, int64), suspects func(*Product) bool) (*idList, error) {
	var mu sync.Mutex
	var done atomic.Int64
	found := &idList{}
	err := cat.Scan(ctx, opts, func(p *Product) error {
		n := done.Add(1)
		hit := suspects(p)
		if hit || n%8192 == 0 {
			mu.Lock()
			defer mu.Unlock()
		}
		if hit {
			found.add(p.ID)
		}
		if n%8192 == 0 {
			progress("sweep the catalog", n)
		}
		return ctx.Err()
	})
	return found, err
}
