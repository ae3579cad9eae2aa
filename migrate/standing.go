package migrate

import (
	"time"

	"recat/taxonomy"
)

// Standing is where one policy stands in a catalog at a moment: how far it has
// come, what is still in its categories, and what somebody must do about it.
type Standing struct {
	Policy    string
	Reason    string
	Dates     Dates
	State     State
	Plan      Plan // the one it is held against; nil where there is none
	Run       *Run // the last that applied the policy; nil where none did
	Undo      *Run // that took Run back; nil where none did
	Inside    []Inside
	Drift     *Drifted // nil where no plan was compared with the catalog
	Approvals Approved
	Limits    []LimitUse
	Refusals  []Refusal // what a plan, or the apply of this one, would meet
	Needs     []Need    // worst first; empty where nobody must act
	Err       error     // why nothing is known of it; all else may be empty then
}

// State is how far a policy has come.
type State string

// The states, in the order of a retirement.
const (
	StateDrafted    State = "drafted"    // neither announced nor planned
	StateAnnounced  State = "announced"  // not planned
	StatePlanned    State = "planned"    // approvals may be missing
	StateApproved   State = "approved"   // by as many as the policy asks for
	StateOpen       State = "open"       // its date has come, and it is not applied
	StateExpired    State = "expired"    // its last date has passed, and it is not applied
	StateApplied    State = "applied"    //
	StateUndone     State = "undone"     // it was applied and taken back
	StateNothing    State = "nothing"    // the catalog holds nothing for it to do
	StateUnreadable State = "unreadable" // the policy, its plan or what they name cannot be read
)

// Settled reports whether a policy in this state has nothing left to do.
func (s State) Settled() bool { return s == StateApplied || s == StateNothing }

// Inside is one category that a policy removes, or has removed, with the
// products that are in it now.
type Inside struct {
	Category taxonomy.ID
	Path     string
	Held
	Planned *int // products that the plan found in it; nil without a plan
}

// Change is how many more products a category holds than the plan found in it;
// false where there is no plan.
func (i Inside) Change() (more int, known bool) {
	if i.Planned == nil {
		return 0, false
	}
	return i.Products - *i.Planned, true
}

// Drifted is what differs between a plan and the catalog.
type Drifted struct {
	Counts map[DriftKind]int
	Total  int
	Fatal  int     // of Total: not tolerated by the policy
	Rows   []Drift // the first few, those not tolerated before others
}

// Approved says who approved a plan, and how many must.
type Approved struct {
	Needed   int
	By       []string
	Rejected []string // approvals that do not count, and why
}

// Missing is how many approvals a plan still lacks.
func (a Approved) Missing() int { return max(0, a.Needed-len(a.By)) }

// LimitUse is how much of a limit is used up. Used and Limit are products; of
// live_share they are shares of one.
type LimitUse struct {
	Name        string
	Used, Limit float64
	AtMost      bool // without a plan: no more than this, were all of it delisted
}

// NearShare is the part of a limit from which on it counts as near.
const NearShare = 0.8

// Share is the part of the limit that is used; of a limit of nothing, all.
func (l LimitUse) Share() float64 {
	if l.Limit == 0 {
		if l.Used == 0 {
			return 0
		}
		return l.Used + 1
	}
	return l.Used / l.Limit
}

// Near reports whether little of the limit is left.
func (l LimitUse) Near() bool { return l.Used > 0 && l.Share() >= NearShare }

// Over reports whether more is used than the limit allows.
func (l LimitUse) Over() bool { return l.Used > l.Limit }

// NeedKind is why somebody must act.
type NeedKind string

// The kinds of need, worst first.
const (
	NeedReading  NeedKind = "unreadable" // the policy, its plan or its approvals cannot be read
	NeedExpired  NeedKind = "expired"    // it can no longer be applied, and was not
	NeedApply    NeedKind = "due"        // its date has come, and it is not applied
	NeedClearing NeedKind = "back"       // it is applied, and products on sale are in its categories
	NeedLimit    NeedKind = "limit"      // a limit is exceeded: apply would refuse
	NeedAnswer   NeedKind = "refused"    // a plan, or its apply, would be refused
	NeedReplan   NeedKind = "drifted"    // the catalog changed beyond what the policy tolerates
	NeedEdited   NeedKind = "edited"     // the policy says something else than when it was planned
	NeedPlan     NeedKind = "unplanned"  // its date is near, and there is no plan
	NeedApproval NeedKind = "unapproved" // approvals are missing
)

// Need is one reason why somebody must act.
type Need struct {
	Kind   NeedKind
	Detail string
}

// need adds a reason.
func (s *Standing) need(kind NeedKind, detail string) {
	s.Needs = append(s.Needs, Need{kind, detail})
}

// Urgency orders standings: less is more urgent.
func (s *Standing) Urgency() (class int, due time.Time) {
	due = s.Dates.Effective
	switch {
	case s.Err != nil:
		class = 0
	case s.State == StateExpired:
		class = 1
	case len(s.Needs) > 0 && s.Needs[0].Kind == NeedApply:
		class = 2
	case len(s.Needs) > 0:
		class = 3
	case !s.State.Settled():
		class = 4
	default:
		return 5, due
	}
	if due.IsZero() { // no date is the farthest
		due = time.Unix(1<<40, 0)
	}
	return class, due
}
