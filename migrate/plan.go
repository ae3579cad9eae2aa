package migrate

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"recat/taxonomy"
)

// PlanRequest is what a plan is made from.
type PlanRequest struct {
	Policy     *Policy
	PolicyFile string            // base name, for messages
	PolicyText string            // whole
	Files      map[string]string // decisions and crosswalks, whole
	Who        string
	Recat      string // version
	Now        time.Time
	Rebuild    bool                           // repair what is derived from the tree, where it must be rewritten
	Progress   func(stage string, done int64) // nil for none
	// Idle is shown each answer of a person that decides nothing, in the order
	// of their file; nil for nobody.
	Idle func(Unused)
}

// MakePlan writes the plan of a policy for a catalog to out, and shows each
// change to see (nil for nobody). Nothing is written where it returns an
// error: a FileErrors, a RefusedError or the catalog's own.
func MakePlan(ctx context.Context, cat Catalog, req PlanRequest, out PlanWriter, see func(Header, Provenance, Change)) (Trailer, error) {
	shape, err := cat.Shape(ctx)
	if err != nil {
		return Trailer{}, fmt.Errorf("read the catalog's shape: %w", err)
	}
	scheme, err := schemeOf(ctx, cat, req.Policy, shape)
	if err == nil {
		err = scheme.cats.Broken
	}
	if err == nil {
		err = scheme.derive(ctx, cat, req.Rebuild)
	}
	if err != nil {
		return Trailer{}, err
	}
	if err := scheme.address(ctx, cat); err != nil {
		return Trailer{}, err
	}
	sel, err := scheme.selection(ctx, cat, req.progress)
	if err != nil {
		return Trailer{}, err
	}
	sel.URLs = true
	snap, err := cat.Snapshot(ctx, sel)
	if err != nil {
		return Trailer{}, fmt.Errorf("copy the affected products: %w", err)
	}
	defer snap.Close()
	if err := scheme.require(ctx, snap); err != nil {
		return Trailer{}, err
	}
	counts, err := snap.Counts(ctx, req.Policy.Limits.LiveShare != nil)
	if err != nil {
		return Trailer{}, fmt.Errorf("count the catalog: %w", err)
	}
	header, prov := req.header(scheme, shape), req.provenance(scheme, shape, counts)
	if err := out.Begin(header, prov); err != nil {
		return Trailer{}, err
	}
	p := &planner{scheme: scheme, cat: cat, req: req, paths: map[taxonomy.ID]string{}, answers: newAnswers(req.Policy, shape.ProductKey)}
	p.nameSweeps()
	for c, err := range p.changes(ctx, snap) {
		if err != nil {
			return Trailer{}, err
		}
		if see != nil {
			see(header, prov, c)
		}
		if err := out.Add(c); err != nil {
			return Trailer{}, fmt.Errorf("write the plan: %w", err)
		}
	}
	if err := checkLimits(req.Policy.Limits, p.totals, counts, 0); err != nil {
		return Trailer{}, err
	}
	p.tellIdle()
	return out.Finish(p.totals, p.paths)
}

// schemeOf finds a policy in a catalog's tree.
func schemeOf(ctx context.Context, cat Catalog, policy *Policy, shape Shape) (*Scheme, error) {
	cats, err := cat.Categories(ctx)
	if err != nil {
		return nil, err
	}
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	s, err := NewScheme(policy, shape, cats, tombs, func(ids []taxonomy.ID) (map[taxonomy.ID]bool, error) {
		return cat.Occupied(ctx, ids)
	})
	if err == nil && len(policy.Sweep) > 0 {
		s.cleared, err = clearedOf(ctx, cat, policy.Name)
	}
	return s, err
}

func (r PlanRequest) progress(stage string, done int64) {
	if r.Progress != nil {
		r.Progress(stage, done)
	}
}

func (r PlanRequest) header(s *Scheme, shape Shape) Header {
	return Header{
		Version: PlanVersion, Policy: r.Policy.Name, Reason: r.Policy.Reason,
		PolicyFile: r.PolicyFile, PolicyText: r.PolicyText, Files: r.Files,
		Mapping: shape.Mapping, Dates: r.Policy.Dates, Limits: r.Policy.Limits, Drift: r.Policy.Drift,
		Approvals: r.Policy.Approvals, Signers: r.Policy.Signers, CategoryKey: shape.CategoryKey, ProductKey: shape.ProductKey,
		Tree: s.fingerprint(), RebuildTree: r.Rebuild,
	}
}

func (r PlanRequest) provenance(s *Scheme, shape Shape, counts Counts) Provenance {
	counts.Categories, counts.Derived, counts.Cleared = s.cats.Tree.Len(), s.derived.Counts, len(s.cleared)
	return Provenance{Who: r.Who, At: r.Now.UTC().Truncate(time.Second), Recat: r.Recat,
		Engine: shape.Engine, Warnings: append(slices.Clip(shape.Warnings), s.derived.Warnings...), Counts: counts}
}

// planner streams the changes of a scheme and keeps their totals.
type planner struct {
	scheme  *Scheme
	cat     Catalog
	req     PlanRequest
	totals  Totals
	stuck   undecided
	answers *answers
	paths   map[taxonomy.ID]string // of categories outside the plan's own lines
}

func (p *planner) changes(ctx context.Context, snap Snapshot) iter.Seq2[Change, error] {
	return func(yield func(Change, error) bool) {
		emit := func(c Change) bool {
			p.totals.Count(c)
			p.name(c.Product)
			return yield(c, nil)
		}
		for _, c := range p.scheme.categories() {
			if !emit(Change{Category: c}) {
				return
			}
		}
		if !p.products(ctx, snap, emit, yield) || !p.references(ctx, snap, emit, yield) {
			return
		}
		if err := p.stuck.err(); err != nil {
			yield(Change{}, err)
		}
	}
}

func (p *planner) products(ctx context.Context, snap Snapshot, emit func(Change) bool, yield func(Change, error) bool) bool {
	var done int64
	for product, err := range snap.Products(ctx) {
		var c *ProductChange
		if err == nil {
			p.answers.see(product.ID)
			c, err = p.scheme.Decide(product)
		}
		if c != nil {
			p.answers.use(c.ID)
		}
		if done++; done%8192 == 0 {
			p.req.progress("decide products", done)
		}
		switch {
		case err != nil && p.stuck.add(err):
		case err != nil:
			yield(Change{}, err)
			return false
		case c != nil && !emit(Change{Product: c}):
			return false
		}
	}
	err := p.answers.look(ctx, p.cat)
	if err == nil {
		err = p.answers.mangled()
	}
	if err != nil {
		yield(Change{}, err)
		return false
	}
	return true
}

func (p *planner) references(ctx context.Context, snap Snapshot, emit func(Change) bool, yield func(Change, error) bool) bool {
	for ref, err := range snap.References(ctx) {
		if err != nil {
			yield(Change{}, err)
			return false
		}
		c, err := p.scheme.answer(ref)
		if err != nil {
			p.stuck.restrict(ref, err)
			continue
		}
		if !emit(Change{Reference: c}) {
			return false
		}
	}
	return true
}

// categories lists the plan's lines for the tree, in key order.
func (s *Scheme) categories() []*CategoryChange {
	why := map[taxonomy.ID]Cause{}
	guard := func(id taxonomy.ID, cause Cause) {
		for at, c := id, cause; at != ""; at, c = s.parent(at), CauseAncestor {
			if why[at] == "" || (c != CauseAncestor && why[at] == CauseAncestor) {
				why[at] = c
			}
		}
	}
	for id, r := range s.removed {
		guard(id, CauseAncestor)
		why[id] = r.why
	}
	for id := range s.closing {
		guard(id, CauseAncestor)
		why[id] = CauseClosed
	}
	for id, to := range s.promoted {
		guard(id, CauseAncestor)
		why[id] = CausePromoted
		if to != "" {
			guard(to, CauseTarget)
		}
	}
	for id := range s.targets {
		guard(id, CauseTarget)
	}
	s.guardRebuilt(why)
	for id, cause := range why { // and what is above them
		if cause == CauseCorrupt {
			guard(s.parent(id), CauseAncestor)
		}
	}
	for id, r := range s.removed { // a target may have overwritten an ancestor that goes
		why[id] = r.why
	}
	ids := make([]taxonomy.ID, 0, len(why))
	for id := range why {
		ids = append(ids, id)
	}
	out := make([]*CategoryChange, 0, len(ids))
	for _, id := range s.shape.CategoryKey.sortIDs(ids) {
		out = append(out, s.categoryChange(id, why[id]))
	}
	return out
}

// guardRebuilt adds the categories that are in the plan for a repair alone.
func (s *Scheme) guardRebuilt(why map[taxonomy.ID]Cause) {
	for id := range s.derived.Rebuilt {
		if why[id] == "" {
			why[id] = CauseCorrupt
		}
	}
}

// reliesOnChildren reports whether a category's children are before-values.
func (c Cause) reliesOnChildren() bool { return c != CauseAncestor && c != CauseCorrupt }

func (s *Scheme) parent(id taxonomy.ID) taxonomy.ID {
	n, _ := s.cats.Tree.Node(id)
	return n.Parent
}

func (s *Scheme) categoryChange(id taxonomy.ID, why Cause) *CategoryChange {
	node, _ := s.cats.Tree.Node(id)
	c := &CategoryChange{ID: id, Do: GuardCategory, Why: why, Path: s.path(id), Name: node.Name,
		Parent: node.Parent, Closed: s.cats.Closed[id]}
	if why.reliesOnChildren() {
		c.Children = s.shape.CategoryKey.sortIDs(slices.Clone(s.cats.Tree.Children(id)))
	}
	if to, ok := s.promoted[id]; ok && s.removed[id] == nil {
		c.Do, c.To = PromoteCategory, to
	}
	if s.closing[id] {
		c.Do = CloseCategory
	}
	if c.Rebuild = s.derived.Rebuilt[id]; len(c.Rebuild) > 0 && c.Do == GuardCategory {
		c.Do = RebuildCategory
	}
	if url, ok := s.urls[id]; ok {
		c.URL = &url
	}
	if r := s.removed[id]; r != nil {
		c.Do, c.Prohibited, c.Successor = RemoveCategory, r.prohibited, r.successor
		if r.entry != nil {
			c.Reason = r.entry.Reason
		}
	}
	return c
}

// fingerprint covers the part of the tree that the plan relies on.
func (s *Scheme) fingerprint() string {
	var nodes []taxonomy.Node
	covered := map[taxonomy.ID]bool{}
	lines := s.categories()
	for _, c := range lines {
		covered[c.ID] = true
	}
	for _, c := range lines {
		n, _ := s.cats.Tree.Node(c.ID)
		nodes = append(nodes, n)
		for _, child := range c.Children {
			if n, ok := s.cats.Tree.Node(child); ok && !covered[child] {
				covered[child] = true
				nodes = append(nodes, n)
			}
		}
	}
	t, err := taxonomy.New(nodes)
	if err != nil { // the nodes are a part of a sound tree, closed upwards
		return ""
	}
	return t.Fingerprint()
}

// answer says what becomes of a reference: the mapping's word, or where that
// is restrict the policy's.
func (s *Scheme) answer(ref *Reference) (*ReferenceChange, error) {
	c := &ReferenceChange{Table: ref.Table, Column: ref.Column, Row: ref.Row, Category: ref.Category,
		Do: ref.OnRemove, Label: ref.Label, Before: ref.Before, Ordinal: ref.Ordinal}
	for _, a := range s.policy.References {
		if a.Table == ref.Table && (a.Column == "" || a.Column == ref.Column) {
			c.Do, c.Reason = a.Then, a.Reason
		}
	}
	row := fmt.Sprint(ref.Row)
	if len(ref.Row) == 1 {
		row = ref.Row[0]
	}
	name := ref.Table + "." + ref.Column
	if ref.InText && (c.Do == OnRemoveNull || c.Do == OnRemoveRepoint) {
		return nil, &UndecidedError{Product: row, Why: name + " names its category inside a text, which is never rewritten",
			Answer: "delete or keep it"}
	}
	switch c.Do {
	case OnRemoveRestrict:
		return nil, &UndecidedError{Product: row,
			Why:    name + " points at removed categories and the mapping restricts it",
			Answer: fmt.Sprintf("answer it in the policy:  references: [{table: %s, then: delete, reason: …}]", ref.Table)}
	case OnRemoveRepoint:
		c.To = s.removed[ref.Category].successor
		if c.To == "" {
			return nil, &UndecidedError{Product: row, Why: name + " is to be repointed, and its category has no single successor",
				Answer: "give the entry a redirect, or answer the table in the policy"}
		}
	case OnRemoveNull:
		if known, ok := s.shape.NullableRefs[name]; ok && !known {
			return nil, &UndecidedError{Product: row, Why: name + " cannot be NULL", Answer: "delete or repoint it"}
		}
	}
	return c, nil
}
