// Package advice looks through a policy for what its writer can hardly want: a
// target that the policy itself removes, a rule that nothing can match, a
// tolerance without a bound. Each check is a rule with an id that does not
// change, a level and an explanation.
//
// Most rules look at the policy alone. Those that need one look at a catalog
// too; without it they are left out. Nothing is decided here: what must not be
// is refused by whoever plans the policy.
package advice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// Level says how bad a finding is.
type Level string

// An Error keeps the policy from being planned or from doing what it says. A
// Warning is what a reviewer would ask about.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// Finding is one place where a rule was broken.
type Finding struct {
	Rule  string
	Level Level
	Pos   migrate.Pos
	Msg   string
}

// Catalog is what of a catalog the rules look at, as far as it was read.
type Catalog struct {
	shape      migrate.Shape
	categories *migrate.Categories
	tombs      []migrate.Tombstone
	runs       []migrate.Run
	find       migrate.Finder
	occupied   func([]taxonomy.ID) (map[taxonomy.ID]bool, error)
	held       func([]taxonomy.ID) (map[taxonomy.ID]migrate.Held, error)
}

// Read reads what the rules look at. Products are only counted, and only while
// a policy is checked.
func Read(ctx context.Context, cat migrate.Catalog) (*Catalog, error) {
	var c Catalog
	var err error
	if c.shape, err = cat.Shape(ctx); err != nil {
		return nil, fmt.Errorf("read the catalog's shape: %w", err)
	}
	if c.categories, err = cat.Categories(ctx); err != nil {
		return nil, err
	}
	if c.tombs, err = cat.Tombstones(ctx); err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	if c.runs, err = cat.Runs(ctx); err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	c.find = migrate.NewFinder(c.categories, c.tombs)
	c.occupied = func(ids []taxonomy.ID) (map[taxonomy.ID]bool, error) { return cat.Occupied(ctx, ids) }
	c.held = func(ids []taxonomy.ID) (map[taxonomy.ID]migrate.Held, error) { return cat.Held(ctx, ids) }
	return &c, nil
}

// Request is a policy to be checked.
type Request struct {
	Policy  *migrate.Policy
	Places  map[string]migrate.Pos // where its settings stand, as policyfile.File has them
	Now     time.Time
	Catalog *Catalog // nil where there is none at hand
}

// Check lists what the rules find, in the order of the file. Its error is the
// catalog's.
func Check(req Request) ([]Finding, error) {
	c := &checker{Request: req, policy: req.Policy, seen: map[Finding]bool{}, named: map[string]*removal{}}
	c.place()
	for _, r := range rules {
		if r.check == nil || r.Catalog && req.Catalog == nil {
			continue
		}
		c.rule = r
		r.check(c)
	}
	if c.err != nil {
		return nil, c.err
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(c.rank(a.Pos.File), c.rank(b.Pos.File)), cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return c.found, nil
}

// rank puts the policy before the files that it names.
func (c *checker) rank(file string) int {
	if file == c.policy.Pos.File {
		return 0
	}
	return 1
}

// checker is one policy while it is checked.
type checker struct {
	Request
	policy *migrate.Policy
	rule   Rule // that is being looked for
	gone   []*removal
	named  map[string]*removal // gone, by their categories' keys; see place.lineage
	found  []Finding
	seen   map[Finding]bool
	scheme *migrate.Scheme // nil where the catalog refuses the policy, or is not at hand
	refuse error           // why it does
	err    error           // the catalog's
}

// at is where a setting stands; where it is left out, the policy's beginning.
func (c *checker) at(setting string) migrate.Pos {
	if pos, ok := c.Places[setting]; ok {
		return pos
	}
	return c.policy.Pos
}

// report adds a finding of the rule at hand, once.
func (c *checker) report(pos migrate.Pos, format string, args ...any) {
	if pos == (migrate.Pos{}) {
		pos = c.policy.Pos
	}
	f := Finding{Rule: c.rule.ID, Level: c.rule.Level, Pos: pos, Msg: fmt.Sprintf(format, args...)}
	if !c.seen[f] {
		c.seen[f] = true
		c.found = append(c.found, f)
	}
}

// place finds the policy's categories, in the catalog where there is one.
func (c *checker) place() {
	for i := range c.policy.Remove {
		e := &c.policy.Remove[i]
		r := &removal{e, c.locate(e.Category)}
		c.gone = append(c.gone, r)
		if keys := r.lineage(); len(keys) > 0 {
			c.named[keys[0]] = r
		}
	}
	if c.Catalog == nil {
		return
	}
	k := c.Catalog
	c.scheme, c.refuse = migrate.NewScheme(c.policy, k.shape, k.categories, k.tombs, k.occupied)
	var files migrate.FileErrors
	var refused *migrate.RefusedError
	if c.refuse != nil && !errors.As(c.refuse, &files) && !errors.As(c.refuse, &refused) {
		c.err = c.refuse
	}
}

// FromErrors makes findings of the defects that kept a policy from being read.
func FromErrors(errs migrate.FileErrors) []Finding {
	out := make([]Finding, len(errs))
	for i, e := range errs {
		out[i] = Finding{Rule: invalid, Level: Error, Pos: e.Pos, Msg: e.Msg}
	}
	return out
}
