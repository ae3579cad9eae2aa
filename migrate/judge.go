package migrate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"recat/taxonomy"
)

// judge holds single listings against a policy and what its runs did.
type judge struct {
	scheme   *Scheme
	runs     []Run   // of the policy that hold today, oldest first
	pruned   []int64 // those of them without before-images
	byRun    map[int64]Run
	graves   map[taxonomy.ID]Tombstone // categories that those runs removed
	delisted []*delisting              // by run, newest first
	lost     map[string]taxonomy.ID    // by product: the removed category that a row of it still names
	marks    func(*ProductChange) [][2]int
}

// delisting is what one run delisted, in key order.
type delisting struct {
	run      int64
	ids      idList
	rules    []uint32 // by product: the index of its verdict
	verdicts []verdict
}

func newJudge(ctx context.Context, cat Catalog, req AuditRequest) (*judge, error) {
	shape, err := cat.Shape(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the catalog's shape: %w", err)
	}
	cats, err := cat.Categories(ctx)
	if err != nil {
		return nil, err
	}
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	j := &judge{byRun: map[int64]Run{}, graves: map[taxonomy.ID]Tombstone{}, lost: map[string]taxonomy.ID{},
		marks: TitleMarks(req.Policy, req.Kinds)}
	if j.scheme, err = survey(req.Policy, shape, cats, tombs); err != nil {
		return nil, err
	}
	if j.scheme.cleared, err = clearedOf(ctx, cat, req.Policy.Name); err != nil {
		return nil, err
	}
	if err := j.remember(ctx, cat); err != nil {
		return nil, err
	}
	for _, t := range tombs {
		if _, ours := j.byRun[t.Run]; ours && !t.Undone {
			j.graves[t.ID] = t
		}
	}
	return j, nil
}

// survey finds a policy in a tree, to look and not to change: what forbids a
// plan does not matter.
func survey(policy *Policy, shape Shape, cats *Categories, tombs []Tombstone) (*Scheme, error) {
	b := newBuilder(policy, shape, cats, tombs)
	b.nameEntries()
	b.spread()
	b.bindSweep()
	return b.Scheme, b.files.Err()
}

// remember reads what the policy's runs delisted.
func (j *judge) remember(ctx context.Context, cat Catalog) error {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the recorded runs: %w", err)
	}
	for _, r := range runs {
		if r.Kind != RunApply || r.UndoneBy != 0 || r.Policy != j.scheme.policy.Name {
			continue
		}
		j.runs, j.byRun[r.ID] = append(j.runs, r), r
		if r.Pruned {
			j.pruned = append(j.pruned, r.ID)
			continue
		}
		d, err := delistedBy(ctx, cat, r.ID)
		if err != nil {
			return fmt.Errorf("read what run %d delisted: %w", r.ID, err)
		}
		j.delisted = append([]*delisting{d}, j.delisted...)
	}
	return nil
}

func delistedBy(ctx context.Context, cat Catalog, run int64) (*delisting, error) {
	d := &delisting{run: run}
	type key struct{ rule, reason string }
	seen := map[key]uint32{}
	for c, err := range cat.Changes(ctx, run) {
		if err != nil {
			return nil, err
		}
		if c.Product == nil || c.Product.Fate != Delist || c.Product.Hidden {
			continue
		}
		k := key{c.Product.Rule, c.Product.Reason}
		i, ok := seen[k]
		if !ok {
			i = uint32(len(d.verdicts))
			seen[k] = i
			d.verdicts = append(d.verdicts, verdict{rule: k.rule, reason: k.reason})
		}
		d.ids.add(c.Product.ID)
		d.rules = append(d.rules, i)
	}
	return d, nil
}

// delistedIn finds the newest run that delisted a product.
func (j *judge) delistedIn(id string) (run int64, by verdict, ok bool) {
	for _, d := range j.delisted {
		if i, found := d.ids.find(j.scheme.shape.ProductKey, id); found {
			return d.run, d.verdicts[d.rules[i]], true
		}
	}
	return 0, verdict{}, false
}

// scan finds the products that judge has to look at.
func (j *judge) scan(ctx context.Context, cat Catalog, report func(string, int64)) (*idList, error) {
	reads := append(j.scheme.sweepReads(), "live")
	slices.Sort(reads)
	var mu sync.Mutex
	opts := ScanOptions{Reads: slices.Compact(reads), Off: len(j.delisted) > 0}
	return sweep(ctx, cat, opts, report, func(p *Product) bool {
		if p.Hidden {
			return false
		}
		for _, id := range filed(p.Placement) {
			if _, ok := j.graves[id]; !ok || j.scheme.cats.Tree.Has(id) {
				continue
			}
			mu.Lock()
			j.lost[p.ID] = id
			mu.Unlock()
			return true
		}
		if j.removedFrom(p) != "" || j.scheme.isCleared(p) || j.scheme.suspects(p) {
			return true
		}
		_, _, ok := j.delistedIn(p.ID)
		return ok && (p.Live || !p.Off)
	})
}

// filed lists the categories of a placement, in the tree or not.
func filed(p Placement) []taxonomy.ID {
	ids := []taxonomy.ID{p.Category, p.Primary}
	for _, m := range p.Memberships {
		ids = append(ids, m.Category)
	}
	return slices.DeleteFunc(append(ids, p.Others...), func(id taxonomy.ID) bool { return id == "" })
}

// removedFrom is the category that holds p and that a run removed or the
// policy removes; "" where there is none.
func (j *judge) removedFrom(p *Product) taxonomy.ID {
	for _, id := range filed(p.Placement) {
		if _, grave := j.graves[id]; grave || j.scheme.removed[id] != nil {
			return id
		}
	}
	return j.lost[p.ID]
}

// judge says what a listing has against it, nil for nothing. cleared is true
// where it would have something, and an appeal or a person cleared it.
func (j *judge) judge(p *Product) (v *Violation, cleared bool, err error) {
	if p.Hidden {
		return nil, false, nil
	}
	v = &Violation{Product: p.ID, Title: p.Title.text(), Seller: p.Seller.text(), Live: p.Live, State: p.State.text(), Category: p.Placement.Home()}
	v.Path = j.path(v.Category)
	j.delisting(v, p)
	if at := j.removedFrom(p); at != "" {
		j.filing(v, p, at)
	} else if err := j.sweeping(v, p); err != nil {
		return nil, false, err
	}
	if len(v.Kinds) == 0 {
		return nil, false, nil
	}
	if j.isCleared(p, v) {
		return nil, true, nil
	}
	v.Counts = v.Live && slices.ContainsFunc(v.Kinds, func(k ViolationKind) bool { return k != OnlyReported && k != Altered })
	return v, false, nil
}

// isCleared reports whether an appeal cleared p, or a person decided that it
// stays on sale, wherever no removed category holds it.
func (j *judge) isCleared(p *Product, v *Violation) bool {
	d, decided := j.scheme.policy.Decisions[p.ID]
	return j.scheme.isCleared(p) || decided && d.Fate != Delist && slices.Contains(keepable, v.Kinds[0])
}

// keepable are the kinds of listing that a person may have decided to keep.
var keepable = []ViolationKind{Revived, Altered, Relisted, OnlyReported}

func (j *judge) path(id taxonomy.ID) string {
	if t, ok := j.graves[id]; ok && !j.scheme.cats.Tree.Has(id) {
		return t.Path
	}
	return j.scheme.path(id)
}

func (j *judge) since(v *Violation, run int64) { v.Run, v.Since = run, j.byRun[run].At }

// delisting notes that p undid what a run did to it.
func (j *judge) delisting(v *Violation, p *Product) {
	run, by, ok := j.delistedIn(p.ID)
	switch {
	case !ok:
		return
	case p.Live:
		v.Kinds = append(v.Kinds, Revived)
	case !p.Off:
		v.Kinds = append(v.Kinds, Altered)
	default:
		return
	}
	v.Rule, v.Reason, v.Values = by.rule, by.reason, j.rewritten(p)
	j.since(v, run)
}

// rewritten lists what a delisting writes and p does not hold.
func (j *judge) rewritten(p *Product) []Rewritten {
	var out []Rewritten
	for _, w := range p.Writes {
		if w.Delist >= len(j.scheme.shape.Delisting) {
			continue
		}
		for i, set := range j.scheme.shape.Delisting[w.Delist].Sets {
			if now := w.Values[i]; !(set.Now && now != nil) && !sameText(set.Value, now) {
				out = append(out, Rewritten{Table: j.scheme.shape.Delisting[w.Delist].Table, Row: w.Row, Column: set.Column, After: set.Value, Now: now})
			}
		}
	}
	return out
}

// filing notes that p is in a category that goes, or went.
func (j *judge) filing(v *Violation, p *Product, at taxonomy.ID) {
	grave, removed := j.graves[at]
	kind := FiledStill
	switch marked := j.scheme.cats.Marked[at]; {
	case removed && (marked || !j.scheme.cats.Tree.Has(at)):
		kind = FiledAgain
	case removed:
		kind = FiledBack
	}
	if !p.Live && (kind == FiledStill || j.scheme.cats.Tree.Has(at)) { // where what is off sale may stay
		return
	}
	v.Category, v.Path = at, j.path(at)
	if v.Kinds = append(v.Kinds, kind); removed && v.Run == 0 {
		j.since(v, grave.Run)
	}
	v.Reason = cmp.Or(v.Reason, j.scheme.policy.Reason)
	j.sightings(v, p)
}

// sweeping notes that p is the same goods elsewhere. What a sweep only reports
// and a person decided to delist is against the policy too.
func (j *judge) sweeping(v *Violation, p *Product) error {
	p.Path = j.scheme.path(p.Placement.Home())
	by, err := j.scheme.matched(p)
	if err != nil || by.fate == "" {
		return err
	}
	d, decided := j.scheme.policy.Decisions[p.ID]
	kind := Relisted
	switch {
	case decided && d.Fate == Delist && p.Off:
		return nil
	case decided && d.Fate == Delist:
		by.rule, by.reason = RuleDecisions, d.Reason
	case by.fate == Report:
		kind = OnlyReported
	}
	if v.Kinds = append(v.Kinds, kind); v.Rule == "" {
		v.Rule, v.Reason = by.rule, by.reason
	}
	j.sightings(v, p)
	return nil
}

// sightings marks the words by which a sweep of the policy finds p.
func (j *judge) sightings(v *Violation, p *Product) {
	for _, w := range j.scheme.sweep {
		c := verdict{rule: w.Name, reads: w.reads}.change(p)
		if v.Marks = j.marks(c); len(v.Marks) > 0 {
			return
		}
	}
}
