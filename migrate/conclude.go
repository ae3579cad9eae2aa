package migrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// conclude says how far the policy has come, and what it needs.
func (s *stander) conclude() {
	s.out.State = s.reached()
	if s.done {
		s.afterwards()
		return
	}
	s.dates()
	for _, l := range s.out.Limits {
		if l.Over() {
			s.out.need(NeedLimit, l.over())
		}
	}
	if n := len(s.out.Refusals); n > 0 {
		what, _, _ := strings.Cut(s.out.Refusals[0].What, "\n")
		if n > 1 {
			what += fmt.Sprintf(", and %d more", n-1)
		}
		s.out.need(NeedAnswer, what)
	}
	if d := s.out.Drift; d != nil && d.Fatal > 0 {
		s.out.need(NeedReplan, fmt.Sprintf("%d of %d changes since the plan are more than the policy tolerates", d.Fatal, d.Total))
	}
	if s.Edited {
		s.out.need(NeedEdited, "the policy was edited since the plan")
	}
	if a := s.out.Approvals; s.Plan != nil && a.Missing() > 0 {
		s.out.need(NeedApproval, fmt.Sprintf("%d of %d approvals are missing", a.Missing(), a.Needed))
	}
	slices.SortStableFunc(s.out.Needs, func(a, b Need) int { return needRank(a.Kind) - needRank(b.Kind) })
}

// afterwards looks at a policy that is done with.
func (s *stander) afterwards() {
	live := 0
	for _, i := range s.out.Inside {
		live += i.Live
	}
	switch live {
	case 0:
	case 1:
		s.out.need(NeedClearing, "1 product on sale is in categories that it removed")
	default:
		s.out.need(NeedClearing, fmt.Sprintf("%d products on sale are in categories that it removed", live))
	}
}

// reached is the state of the policy.
func (s *stander) reached() State {
	window := s.out.Dates.Window(s.Now)
	switch {
	case s.done:
		return s.state
	case window == WindowExpired:
		return StateExpired
	case s.state == StateUndone:
		return StateUndone
	case window == WindowOpen && !s.out.Dates.Effective.IsZero():
		return StateOpen
	case s.Plan != nil && s.out.Approvals.Needed > 0 && s.out.Approvals.Missing() == 0:
		return StateApproved
	case s.Plan != nil:
		return StatePlanned
	case !s.out.Dates.Announced.IsZero() && !s.Now.Before(s.out.Dates.Announced):
		return StateAnnounced
	}
	return StateDrafted
}

// dates says what the time asks for.
func (s *stander) dates() {
	d := s.out.Dates
	missed, planned := "is not applied", "is not applied"
	switch {
	case s.state == StateUndone:
		missed, planned = "was taken back", "was taken back"
	case s.Plan == nil:
		planned = "has no plan here"
	}
	switch window := d.Window(s.Now); {
	case window == WindowExpired:
		s.out.need(NeedExpired, "its last date has passed, and it "+missed)
	case d.Effective.IsZero():
	case window == WindowOpen:
		s.out.need(NeedApply, "its date has come, and it "+planned)
	case s.Plan == nil && d.Effective.Sub(s.Now) <= s.Soon:
		s.out.need(NeedPlan, "its date is near, and it has no plan here")
	}
}

// over says what exceeds a limit.
func (l LimitUse) over() string {
	if l.Name == "live_share" {
		return fmt.Sprintf("%.1f%% of the live products, over limits.live_share: %g%%", 100*l.Used, 100*l.Limit)
	}
	what := map[string]string{"drift": "changed since the plan", "missing_attributes": "lack what their new category requires"}[l.Name]
	what = cmp.Or(what, "are to be delisted")
	atMost := ""
	if l.AtMost {
		atMost = "up to "
	}
	return fmt.Sprintf("%s%d products %s, over limits.%s: %d", atMost, int(l.Used), what, l.Name, int(l.Limit))
}

// needOrder is the order of the kinds of need.
var needOrder = []NeedKind{NeedReading, NeedExpired, NeedApply, NeedClearing, NeedLimit, NeedAnswer, NeedReplan, NeedEdited, NeedPlan, NeedApproval}

func needRank(k NeedKind) int { return slices.Index(needOrder, k) }
