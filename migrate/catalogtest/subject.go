package catalogtest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recat/migrate"
)

// Subject is a catalog under test with what the suite does around it.
type Subject struct {
	Catalog migrate.Catalog
	// Dump renders every row of every user table, with the type of each value
	// where types can differ, in an order that depends on the rows alone. The
	// tables that recat itself keeps are left out.
	Dump func() (map[string][]string, error)
	// Edit makes an edit as another writer would. Edit.SQL gives the statements.
	Edit func(Edit) error
	// Query reads the database as it is; nil where nothing reads SQL.
	Query Query
	// Close frees the catalog; nil for nothing to do.
	Close func() error
}

// Open fills a fresh catalog with a world.
type Open func(*World) (Subject, error)

// OpenMemory opens a Memory.
func OpenMemory(w *World) (Subject, error) {
	m := NewMemory(w)
	return Subject{Catalog: m,
		Dump: func() (map[string][]string, error) { return m.Dump(), nil },
		Edit: m.Edit}, nil
}

// scene is a world, a policy for it, and a catalog filled with it.
type scene struct {
	t      rapid.TB
	draw   *rapid.T // nil where nothing is drawn
	ctx    context.Context
	open   Open
	w      *World
	policy *migrate.Policy
	req    migrate.PlanRequest
	now    time.Time // of applying and undoing
}

// newScene draws a world and a policy.
func newScene(t *rapid.T, open Open) *scene {
	shape := rapid.SampledFrom(Shapes()).Draw(t, "shape")
	s := &scene{t: t, draw: t, ctx: context.Background(), open: open, now: now, w: Worlds(shape).Draw(t, "world")}
	s.usePolicy(s.w.drawPolicy(t))
	return s
}

func (s *scene) usePolicy(p *migrate.Policy) {
	s.policy = p
	text, files := PolicyText(p)
	s.t.Logf("policy:\n%s%s", text, files[decisionsFile])
	s.req = migrate.PlanRequest{Policy: p, PolicyFile: "policy.yaml", PolicyText: text, Files: files, Who: "w", Recat: "test", Now: now}
}

// actor is one catalog of a scene. Its methods stop the test on any error
// that they do not return.
type actor struct {
	*scene
	Subject
}

// actor opens another catalog with the scene's world. The caller closes it.
func (s *scene) actor() *actor {
	sub, err := s.open(s.w)
	if err != nil {
		s.t.Fatalf("open a catalog: %v", err)
	}
	return &actor{s, sub}
}

func (a *actor) close() {
	if a.Subject.Close != nil {
		a.must(a.Subject.Close(), "close the catalog")
	}
}

// must stops the test on an error.
func (a *actor) must(err error, doing string) {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("%s: %v", doing, err)
	}
}

// plan plans; nil where the policy is refused, which writes nothing.
func (a *actor) plan() *Draft {
	a.t.Helper()
	d, err := MakePlan(a.ctx, a.Catalog, a.req)
	var refused *migrate.RefusedError
	var files migrate.FileErrors
	if errors.As(err, &refused) || errors.As(err, &files) {
		a.t.Logf("refused: %v", err)
		return nil
	}
	a.must(err, "plan")
	return d
}

// options are the suite's for applying.
func (s *scene) options() migrate.ApplyOptions {
	return migrate.ApplyOptions{Policy: s.policy, Now: s.now, Operator: "op", Version: "test"}
}

// apply applies a plan that must go through.
func (a *actor) apply(d *Draft) migrate.Applied {
	a.t.Helper()
	done, err := migrate.Apply(a.ctx, a.Catalog, d, a.options())
	a.must(err, "apply")
	return done
}

// undo takes the last run back.
func (a *actor) undo(on migrate.OnConflict) (migrate.Undone, error) {
	a.t.Helper()
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the last run")
	return migrate.Undo(a.ctx, a.Catalog, run, migrate.UndoOptions{OnConflict: on, Now: a.now, Operator: "op"})
}

// edit makes an edit from outside.
func (a *actor) edit(edits ...Edit) {
	a.t.Helper()
	for _, e := range edits {
		a.must(a.Subject.Edit(e), "edit from outside")
	}
}

// dump renders the user tables.
func (a *actor) dump() map[string][]string {
	a.t.Helper()
	d, err := a.Subject.Dump()
	a.must(err, "dump the catalog")
	return d
}

// view reads what the catalog shows.
func (a *actor) view() *view {
	a.t.Helper()
	v, err := look(a.ctx, a.Catalog)
	a.must(err, "read the catalog")
	return v
}

// unchanged stops the test where the tables are not as they were.
func (a *actor) unchanged(before map[string][]string, after string) {
	a.t.Helper()
	a.equal(before, a.dump(), "tables "+after)
}

// equal stops the test where two values differ.
func (a *actor) equal(want, got any, what string) {
	a.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		a.t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// empty says whether a plan would write anything.
func empty(d *Draft) bool { return d.Trailer().Totals.Empty() }
