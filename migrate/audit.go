package migrate

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"recat/taxonomy"
)

// ViolationKind says in which way a listing is against a policy.
type ViolationKind string

// The kinds, the worst first. A listing may be of several.
const (
	Revived      ViolationKind = "revived"  // a run delisted it, and it is on sale again
	Altered      ViolationKind = "altered"  // a run delisted it; it is off sale still, yet not as the run left it
	FiledAgain   ViolationKind = "filed"    // in a category that a run removed: somebody still writes there
	FiledBack    ViolationKind = "returned" // in a category that a run removed and that is there again
	FiledStill   ViolationKind = "standing" // in a category that the policy removes and that no run has removed
	Relisted     ViolationKind = "relisted" // the same goods elsewhere, found by a sweep
	OnlyReported ViolationKind = "reported" // found by a sweep that only reports
)

// ViolationKinds lists them in order.
var ViolationKinds = []ViolationKind{Revived, FiledAgain, FiledBack, FiledStill, Relisted, Altered, OnlyReported}

// Violation is one listing with the evidence against it.
type Violation struct {
	Kinds    []ViolationKind
	Counts   bool // towards its seller's penalty: it is on sale, and of a kind that is against the policy
	Product  string
	Title    *string
	Marks    [][2]int // by which words of the title a sweep found it
	Seller   *string
	Live     bool
	State    *string
	Category taxonomy.ID // where it is, "" for nowhere
	Path     string      // of Category, a removed one's too
	Rule     string      // of the sweep, or by which the run delisted it
	Reason   string
	Run      int64     // that delisted it, or removed its category; 0 for none
	Since    time.Time // of that run
	Values   []Rewritten
}

// Rewritten is a value that a delisting wrote and that is another now; nil is
// NULL. After is what the run left behind.
type Rewritten struct {
	Table  string   `json:"table,omitempty"` // "" is the products' own
	Row    []string `json:"row,omitempty"`
	Column string   `json:"column"`
	After  *string  `json:"after"`
	Now    *string  `json:"now"`
}

// AuditRequest says what a catalog is held against.
type AuditRequest struct {
	Policy   *Policy
	Kinds    map[string]Kind // of the mapping's own fields, for marks
	Now      time.Time
	Progress func(stage string, done int64) // nil for none
}

// Audit is what became of a policy after its run, listing by listing. It
// reads; it changes nothing. The catalog is copied as of one instant.
type Audit struct {
	Policy  *Policy
	Now     time.Time
	Runs    []Run          // of the policy that hold today, oldest first
	Pruned  []int64        // those of them of which nobody knows any more what they delisted
	Totals  AuditTotals    // of all listings
	Sellers []SellerRecord // the worst first

	snap    Snapshot
	judge   *judge
	records map[string]int // index in Sellers by sellerKey
}

// AuditTotals count listings.
type AuditTotals struct {
	Found      int                   `json:"found"`      // of any kind
	Violations int                   `json:"violations"` // of them: that count
	Unknown    int                   `json:"unknown"`    // of Violations: whose seller nobody knows
	Sellers    int                   `json:"sellers"`    // known, with a violation
	Cleared    int                   `json:"cleared"`    // left out: an appeal cleared them, or a person decided so
	ByKind     map[ViolationKind]int `json:"by_kind"`    // a listing under each of its kinds
}

// SellerRecord is one seller with what counts against it.
type SellerRecord struct {
	Seller     *string // nil: nobody knows whose the listings are
	Found      int
	Violations int
	ByKind     map[ViolationKind]int
	Penalty    *Penalty    // the highest rung reached; nil for none
	Samples    []Violation // the first few, those that count first
}

// From is the instant from which violations count; the zero time is always.
func (a *Audit) From() time.Time { return cmp.Or(a.Policy.Dates.Enforced, a.Policy.Dates.Effective) }

// InForce reports whether what was found are violations: the policy was
// applied, and is enforced by now. Else they are what would be found.
func (a *Audit) InForce() bool { return len(a.Runs) > 0 && !a.Now.Before(a.From()) }

// Close frees what was copied.
func (a *Audit) Close() error { return a.snap.Close() }

// MakeAudit holds a catalog against a policy. The audit must be closed. Its
// error is a FileErrors where the policy names what the catalog never had.
func MakeAudit(ctx context.Context, cat Catalog, req AuditRequest) (*Audit, error) {
	j, err := newJudge(ctx, cat, req)
	if err != nil {
		return nil, err
	}
	report := func(stage string, done int64) { progress(req.Progress, stage, done) }
	suspects, err := j.scan(ctx, cat, report)
	if err != nil {
		return nil, fmt.Errorf("scan the catalog: %w", err)
	}
	report("read products", 0)
	snap, err := cat.Snapshot(ctx, Selection{Fields: j.scheme.Fields(), Also: suspects.all()})
	if err != nil {
		return nil, fmt.Errorf("copy the products found: %w", err)
	}
	a := &Audit{Policy: req.Policy, Now: req.Now, Runs: j.runs, Pruned: j.pruned, snap: snap, judge: j}
	if err := a.count(ctx); err != nil {
		snap.Close()
		return nil, err
	}
	return a, nil
}

// Violations streams every listing found, in key order.
func (a *Audit) Violations(ctx context.Context) iter.Seq2[*Violation, error] {
	return func(yield func(*Violation, error) bool) {
		for p, err := range a.snap.Products(ctx) {
			var v *Violation
			if err == nil {
				v, _, err = a.judge.judge(p)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if v != nil && !yield(v, nil) {
				return
			}
		}
	}
}

// sampled bounds the sellers whose listings are sampled, and the samples of each.
const (
	sellersSampled  = 500
	listingsSampled = 5
)

// count goes through the listings once to count them, and once more to sample
// those of the worst sellers.
func (a *Audit) count(ctx context.Context) error {
	a.Totals.ByKind = map[ViolationKind]int{}
	sellers := map[string]*SellerRecord{}
	for p, err := range a.snap.Products(ctx) {
		if err != nil {
			return err
		}
		v, cleared, err := a.judge.judge(p)
		switch {
		case err != nil:
			return err
		case cleared:
			a.Totals.Cleared++
		case v != nil:
			a.tally(sellers, v)
		}
	}
	for _, s := range sellers {
		s.Penalty = a.penalty(s)
		switch {
		case s.Seller == nil:
			a.Totals.Unknown = s.Violations
		case s.Violations > 0:
			a.Totals.Sellers++
		}
		a.Sellers = append(a.Sellers, *s)
	}
	slices.SortFunc(a.Sellers, worse)
	a.records = make(map[string]int, len(a.Sellers))
	for i, s := range a.Sellers {
		a.records[sellerKey(s.Seller)] = i
	}
	return a.sample(ctx)
}

// worse orders sellers: who has most against it first, nobody known last.
func worse(a, b SellerRecord) int {
	name := func(s SellerRecord) string { return *cmp.Or(s.Seller, new(string)) }
	return cmp.Or(first(a.Seller != nil, b.Seller != nil), cmp.Compare(b.Violations, a.Violations),
		cmp.Compare(b.Found, a.Found), cmp.Compare(name(a), name(b)))
}

// sellerKey tells the seller "" from none.
func sellerKey(s *string) string {
	if s == nil {
		return ""
	}
	return "=" + *s
}

func (a *Audit) tally(sellers map[string]*SellerRecord, v *Violation) {
	s := sellers[sellerKey(v.Seller)]
	if s == nil {
		s = &SellerRecord{Seller: v.Seller, ByKind: map[ViolationKind]int{}}
		sellers[sellerKey(v.Seller)] = s
	}
	a.Totals.Found++
	s.Found++
	if v.Counts {
		a.Totals.Violations++
		s.Violations++
	}
	for _, k := range v.Kinds {
		a.Totals.ByKind[k]++
		s.ByKind[k]++
	}
}

// penalty is the highest rung that a seller has reached; what nobody is known
// to have listed is nobody's penalty.
func (a *Audit) penalty(s *SellerRecord) *Penalty {
	var out *Penalty
	for i, p := range a.Policy.Penalties {
		if s.Seller != nil && s.Violations >= p.From && (out == nil || p.From >= out.From) {
			out = &a.Policy.Penalties[i]
		}
	}
	return out
}

// Record is what a seller has against it.
func (a *Audit) Record(seller *string) SellerRecord {
	if i, known := a.records[sellerKey(seller)]; known {
		return a.Sellers[i]
	}
	return SellerRecord{Seller: seller}
}

func (a *Audit) sample(ctx context.Context) error {
	wanted := map[string]*SellerRecord{}
	for i := range a.Sellers[:min(len(a.Sellers), sellersSampled)] {
		wanted[sellerKey(a.Sellers[i].Seller)] = &a.Sellers[i]
	}
	if n := len(a.Sellers); n > 0 && a.Sellers[n-1].Seller == nil {
		wanted[""] = &a.Sellers[n-1]
	}
	for v, err := range a.Violations(ctx) {
		if err != nil {
			return err
		}
		s := wanted[sellerKey(v.Seller)]
		if s == nil || !v.Counts && s.Violations >= listingsSampled {
			continue
		}
		if len(s.Samples) < listingsSampled {
			s.Samples = append(s.Samples, *v)
		} else if last := len(s.Samples) - 1; v.Counts && !s.Samples[last].Counts {
			s.Samples[last] = *v
		}
		slices.SortStableFunc(s.Samples, func(x, y Violation) int { return first(x.Counts, y.Counts) })
	}
	return nil
}

// groupedMost bounds the listings that BySeller sorts in memory.
const groupedMost = 50_000

// BySeller streams every listing found by seller, the worst first, and in key
// order where there are too many to be sorted in memory; grouped says which.
func (a *Audit) BySeller(ctx context.Context) (listings iter.Seq2[*Violation, error], grouped bool) {
	if a.Totals.Found > groupedMost {
		return a.Violations(ctx), false
	}
	return func(yield func(*Violation, error) bool) {
		all := make([]*Violation, 0, a.Totals.Found)
		for v, err := range a.Violations(ctx) {
			if err != nil {
				yield(nil, err)
				return
			}
			all = append(all, v)
		}
		slices.SortStableFunc(all, func(x, y *Violation) int {
			return cmp.Or(cmp.Compare(a.records[sellerKey(x.Seller)], a.records[sellerKey(y.Seller)]), first(x.Counts, y.Counts))
		})
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}, true
}
