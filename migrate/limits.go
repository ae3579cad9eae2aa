package migrate

import "fmt"

// checkLimits holds totals, and the number of products that drifted, against
// the policy's limits.
func checkLimits(l Limits, t Totals, counts Counts, drifted int) error {
	var refusals []Refusal
	over := func(format string, args ...any) {
		refusals = append(refusals, Refusal{What: fmt.Sprintf(format, args...)})
	}
	delisted := t.Off()
	if l.Delist != nil && delisted > *l.Delist {
		over("%d products would be delisted, over limits.delist: %d", delisted, *l.Delist)
	}
	if l.LiveShare != nil && counts.Live != nil && *counts.Live > 0 {
		if share := float64(t.LiveDelist) / float64(*counts.Live); share > *l.LiveShare {
			over("%d of %d live products (%.1f%%) would be delisted, over limits.live_share: %g%%",
				t.LiveDelist, *counts.Live, 100*share, 100**l.LiveShare)
		}
	}
	if l.MissingAttributes != nil && t.Lacking > *l.MissingAttributes {
		over("%d reassigned products would lack attributes that their new category requires, over limits.missing_attributes: %d",
			t.Lacking, *l.MissingAttributes)
	}
	if l.Drift != nil && drifted > *l.Drift {
		over("%d products changed since the plan, over limits.drift: %d", drifted, *l.Drift)
	}
	if len(refusals) == 0 {
		return nil
	}
	return &RefusedError{Refusals: refusals}
}
