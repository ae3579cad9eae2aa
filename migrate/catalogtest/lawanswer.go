package catalogtest

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"recat/migrate"
)

// OneAnswer holds catalogs on several engines to one another, over the same
// random worlds, policies and edits from outside: each shows what Memory
// shows, makes the plan of the same digest, meets the same drift, and shows the
// same after apply and after undo.
func OneAnswer(t *testing.T, opens map[string]Open) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newScene(rt, nil)
		catalogs := map[string]*actor{}
		for _, name := range slices.Sorted(maps.Keys(opens)) {
			on := *s
			on.open = opens[name]
			catalogs[name] = on.actor()
			defer catalogs[name].close()
		}
		s.agree(catalogs)
	})
}

// agreesWithMemory: the catalog and Memory make the same plan of the same
// world, and show the same after it and after undo.
func agreesWithMemory(s *scene) {
	a := s.actor()
	defer a.close()
	s.agree(map[string]*actor{"here": a})
}

// agree takes catalogs of one world, and Memory, once through everything.
func (s *scene) agree(catalogs map[string]*actor) {
	m := NewMemory(s.w)
	all := &answers{scene: s, memory: &actor{s, Subject{Catalog: m, Edit: m.Edit}}, catalogs: catalogs}
	var mapping json.RawMessage
	for name, a := range catalogs {
		shape, err := a.Catalog.Shape(s.ctx)
		a.must(err, "read the shape")
		if mapping != nil && string(mapping) != string(shape.Mapping) {
			s.t.Fatalf("the mapping is another on %s:\n%s\n%s", name, mapping, shape.Mapping)
		}
		mapping = shape.Mapping
	}
	m.Mapping = mapping
	all.views("at first")
	plans := all.plan()
	if plans == nil {
		return
	}
	for i := range rapid.IntRange(0, 2).Draw(s.draw, "edits before apply") {
		e := s.w.drawEdit(s.draw, i)
		all.each(func(a *actor, _ string) any { a.edit(e); return nil }, "")
		s.w.follow(e)
	}
	all.views("after edits")
	all.each(func(a *actor, name string) any { return a.outcome(plans[name]) }, "what came of applying")
	all.views("after apply")
	if all.memory.empty() {
		return
	}
	all.each(func(a *actor, _ string) any { _, err := a.undo(migrate.ConflictFail); a.must(err, "undo"); return nil }, "")
	all.views("after undo")
}

// answers are the catalogs that are asked the same.
type answers struct {
	*scene
	memory   *actor
	catalogs map[string]*actor
}

// each asks every catalog, and holds its answer against that of Memory.
func (all *answers) each(ask func(a *actor, name string) any, what string) {
	want := ask(all.memory, "memory")
	for _, name := range slices.Sorted(maps.Keys(all.catalogs)) {
		all.memory.equal(want, ask(all.catalogs[name], name), what+" in memory and "+name)
	}
}

func (all *answers) views(when string) {
	all.each(func(a *actor, _ string) any { return a.view() }, "what the catalog shows "+when)
}

// plan has every catalog plan; nil where the policy is refused by all.
func (all *answers) plan() map[string]*Draft {
	plans := map[string]*Draft{}
	all.each(func(a *actor, name string) any {
		d := a.plan()
		if d == nil {
			return nil
		}
		plans[name] = d
		return d.texts()
	}, "changes planned")
	if plans["memory"] == nil {
		return nil
	}
	all.each(func(a *actor, name string) any {
		digest, err := plans[name].Digest()
		a.must(err, "digest the plan")
		return digest
	}, "digest of the plan")
	return plans
}

// outcome applies a plan, and says what the catalog had against it.
func (a *actor) outcome(d *Draft) any {
	done, err := migrate.Apply(a.ctx, a.Catalog, d, a.options())
	var stale *migrate.StaleError
	switch {
	case errors.As(err, &stale):
		return subjects(stale.Drift)
	case err != nil:
		a.must(err, "apply")
	}
	return []any{subjects(done.Drift), done.Totals}
}

// empty reports whether no run is recorded that could be undone.
func (a *actor) empty() bool {
	_, err := migrate.LastRun(a.ctx, a.Catalog)
	return errors.Is(err, migrate.ErrNoRun)
}
