package advice

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recat/migrate"
)

// prohibits reports whether the policy prohibits anything, and whether all
// that it removes.
func (c *checker) prohibits() (some, all bool) {
	some, all = c.policy.Prohibited, len(c.gone) > 0
	for _, r := range c.gone {
		some, all = some || r.Prohibited, all && r.Prohibited
	}
	return some, all
}

// prohibition is where the policy first says that something is prohibited.
func (c *checker) prohibition() migrate.Pos {
	if pos, ok := c.Places["prohibited"]; ok {
		return pos
	}
	for _, r := range c.gone {
		if r.Prohibited {
			return r.Pos
		}
	}
	return c.policy.Pos
}

func (c *checker) prohibitedUnswept() {
	if some, _ := c.prohibits(); some && len(c.gone) > 0 && len(c.policy.Sweep) == 0 {
		c.report(c.prohibition(), "nothing looks for the same goods in other categories")
	}
}

func (c *checker) prohibitedUnapproved() {
	if some, _ := c.prohibits(); some && c.policy.Approvals == 0 {
		c.report(c.prohibition(), "no approval is asked for")
	}
}

// decided lists the products that people answered for.
func (c *checker) decided() []string { return slices.Sorted(maps.Keys(c.policy.Decisions)) }

func (c *checker) decisionRefused() {
	some, all := c.prohibits()
	for _, id := range c.decided() {
		switch d := c.policy.Decisions[id]; {
		case d.Fate == migrate.Keep && some && d.Reason == "":
			c.report(d.Pos, "product %s is kept without a reason, and the policy prohibits such goods", id)
		case d.Fate == migrate.Detach && all && len(c.policy.Sweep) == 0:
			c.report(d.Pos, "product %s cannot stay live elsewhere: all that the policy removes is prohibited", id)
		case d.Fate == migrate.Reassign && all && d.Reason == "":
			c.report(d.Pos, "product %s is reassigned without a reason: all that the policy removes is prohibited", id)
		}
	}
}

func (c *checker) decisionUnsigned() {
	n, first := 0, migrate.Pos{}
	for _, id := range c.decided() {
		if d := c.policy.Decisions[id]; d.By == "" {
			if n++; n == 1 || d.Pos.Line < first.Line {
				first = d.Pos
			}
		}
	}
	if n > 0 {
		c.report(first, "%s not say who decided, here first", does(n, "answer"))
	}
}

// does is a count with its noun and the verb.
func does(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " does"
	}
	return fmt.Sprintf("%d %ss do", n, noun)
}

func (c *checker) noReason() {
	if r := strings.Trim(c.policy.Reason, "?. "); r == "" {
		c.report(c.at("reason"), "the policy gives no reason")
	}
}

func (c *checker) datePast() {
	if c.applied() {
		return
	}
	d := c.policy.Dates
	for _, one := range []struct {
		name string
		at   time.Time
		what string
	}{{"expires", d.Expires, "no plan of it can be applied any more"}, {"effective", d.Effective, "a plan of it may be applied at once"}} {
		if !one.at.IsZero() && !c.Now.Before(one.at) {
			c.report(c.at("dates."+one.name), "%s is in the past: %s", one.name, one.what)
			return
		}
	}
}

// applied reports whether a run that was not undone applied the policy.
func (c *checker) applied() bool {
	return c.Catalog != nil && slices.ContainsFunc(c.Catalog.runs, func(r migrate.Run) bool {
		return r.Kind == migrate.RunApply && r.UndoneBy == 0 && r.Policy == c.policy.Name
	})
}

func (c *checker) expiresUnenforced() {
	if d := c.policy.Dates; !d.Expires.IsZero() && d.Expires.Before(d.Enforced) {
		c.report(c.at("dates.expires"), "it expires %s before it is enforced", days(d.Enforced.Sub(d.Expires)))
	}
}

func days(d time.Duration) string {
	switch n := int(d / (24 * time.Hour)); n {
	case 0:
		return "less than a day"
	case 1:
		return "1 day"
	default:
		return fmt.Sprintf("%d days", n)
	}
}

// tolerates lists the drift that the policy tolerates.
func (c *checker) tolerates() []string {
	var out []string
	for _, one := range []struct {
		name string
		is   migrate.Tolerance
	}{{"arrived", c.policy.Drift.Arrived}, {"left", c.policy.Drift.Left}, {"edited", c.policy.Drift.Edited}} {
		if one.is != "" && one.is != migrate.ToleranceFail {
			out = append(out, one.name+": "+string(one.is))
		}
	}
	return out
}

func (c *checker) driftUnlimited() {
	if t := c.tolerates(); len(t) > 0 && c.policy.Limits.Drift == nil {
		c.report(c.at("drift"), "%s is tolerated, and limits.drift is not set", strings.Join(t, ", "))
	}
}

func (c *checker) noLimits() {
	if l := c.policy.Limits; l.Delist == nil && l.LiveShare == nil && c.delists() {
		c.report(c.at("limits"), "products are delisted, and no limit says how many at most")
	}
}

// delists reports whether anything is delisted.
func (c *checker) delists() bool {
	for _, r := range c.gone {
		if slices.ContainsFunc(r.Rules, func(r migrate.Rule) bool { return r.Fate == migrate.Delist }) {
			return true
		}
	}
	for _, d := range c.policy.Decisions {
		if d.Fate == migrate.Delist {
			return true
		}
	}
	return slices.ContainsFunc(c.policy.Sweep, func(w migrate.SweepRule) bool { return !w.Report })
}

// limitShort counts what is inside where all of it is delisted.
func (c *checker) limitShort() {
	limit := c.policy.Limits.Delist
	if limit == nil || c.scheme == nil {
		return
	}
	for _, r := range c.gone {
		if !r.Prohibited || len(r.Rules) == 0 || slices.ContainsFunc(r.Rules, func(r migrate.Rule) bool { return r.Fate != migrate.Delist }) {
			return
		}
	}
	ids := c.scheme.Removed()
	held, err := c.Catalog.held(ids)
	if err != nil {
		c.err = err
		return
	}
	most := 0
	for _, h := range held {
		most = max(most, h.Products)
	}
	total := 0
	for _, h := range held {
		total += h.Products
	}
	if c.Catalog.shape.Memberships { // one product may be in several
		total = most
	}
	if total > *limit {
		c.report(c.at("limits.delist"), "%d products are inside, and limits.delist is %d", total, *limit)
	}
}

// severity orders the penalties that are known, the mildest first.
var severity = []string{"warn", "remove-product", "deduct-points", "restrict-functions", "close-account"}

func (c *checker) penaltiesFall() {
	var worst migrate.Penalty
	for i, p := range c.policy.Penalties {
		at := c.at(fmt.Sprintf("penalties.%d", i))
		was, now := slices.Index(severity, worst.Action), slices.Index(severity, p.Action)
		switch {
		case i > 0 && was >= 0 && now >= 0 && now < was:
			c.report(at, "%s from %d violations on is milder than %s from %d on", p.Action, p.From, worst.Action, worst.From)
		case i > 0 && p.Action == worst.Action && p.Points <= worst.Points:
			c.report(at, "%s from %d violations on is no more than from %d on", p.Action, p.From, worst.From)
		}
		if now >= was {
			worst = p
		}
	}
}

func (c *checker) nothingLeft() {
	if c.scheme == nil || len(c.policy.Sweep) > 0 || len(c.policy.Close) > 0 || len(c.gone) == 0 {
		return
	}
	if len(c.scheme.Removed()) == 0 {
		c.report(c.policy.Pos, "earlier runs removed all that the policy names")
	}
}
