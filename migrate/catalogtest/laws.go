package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

// Laws holds a Catalog to the laws, over random worlds, policies, faults and
// edits from outside. A failure prints the seed that brings it back.
func Laws(t *testing.T, open Open) {
	for _, law := range []struct {
		name  string
		check func(*scene)
	}{
		{"the plan is what runs", applyFollowsPlan},
		{"drift changes nothing or is listed", driftIsNamed},
		{"a race is before or after", raceIsBeforeOrAfter},
		{"a fault leaves before or after", faultIsBeforeOrAfter},
		{"an interrupt leaves before or after", interruptIsBeforeOrAfter},
		{"undo is exact", undoIsExact},
		{"undo keeps later edits", undoMeetsEdits},
		{"every product has one fate", oneFate},
		{"reading writes nothing", readingWritesNothing},
		{"one answer everywhere", agreesWithMemory},
		{"planning again is empty", planningAgain},
		{"runs stand on each other", runsStack},
		{"the policy's text is the policy", textIsPolicy},
	} {
		t.Run(law.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { law.check(newScene(rt, open)) })
		})
	}
	t.Run("every step may fail", func(t *testing.T) { everyStep(t, open) })
}

// everyStep breaks apply and undo of a rich plan at each step in turn, in
// every shape.
func everyStep(t *testing.T, open Open) {
	for _, shape := range Shapes() {
		for name, wrap := range map[string]wrapper{"fault": failing, "interrupt": interrupted} {
			t.Run(fmt.Sprintf("%+v/%s", shape, name), func(t *testing.T) {
				s := &scene{t: t, ctx: context.Background(), open: open, now: now, w: rich(shape)}
				s.usePolicy(richPolicy())
				a := s.actor()
				defer a.close()
				a.everyStep(wrap)
			})
		}
	}
}

// applyFollowsPlan: after apply the catalog shows just what the plan's changes
// make of what it showed before, and no more rows differ than were counted.
func applyFollowsPlan(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil {
		return
	}
	before, rows := a.view(), a.dump()
	want := before.after(s.t, d, s.w.Shape)
	done := a.apply(d)
	a.equal(want, a.view(), "the catalog after apply")
	if n := rowsGone(rows, a.dump()); n > done.Receipt.Rows {
		s.t.Fatalf("%d rows differ, the receipt counts %d", n, done.Receipt.Rows)
	}
	a.equal(d.Trailer().Totals, done.Totals, "totals of the run")
	a.must(a.verify(), "verify")
}

// verify verifies the last run, where there is one.
func (a *actor) verify() error {
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	if errors.Is(err, migrate.ErrNoRun) {
		return nil
	}
	a.must(err, "find the last run")
	return migrate.Verify(a.ctx, a.Catalog, run)
}

// rowsGone counts the rows that are no longer there as they were.
func rowsGone(before, after map[string][]string) int64 {
	var n int64
	for table, rows := range before {
		left := slices.Clone(after[table])
		for _, r := range rows {
			if i := slices.Index(left, r); i >= 0 {
				left = slices.Delete(left, i, i+1)
			} else {
				n++
			}
		}
	}
	return n
}

// driftIsNamed: after edits from outside, apply either changes no row and
// names each difference and no other, or what it did lists exactly them.
func driftIsNamed(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	for i := range rapid.IntRange(1, 3).Draw(s.draw, "edits") {
		a.edit(s.w.drawEdit(s.draw, i))
	}
	want, rows := drifted(s.t, d, a.view()), a.dump()
	done, err := migrate.Apply(a.ctx, a.Catalog, d, a.options())
	var stale *migrate.StaleError
	switch {
	case err == nil:
		a.equal(want.subjects(), subjects(done.Drift), "drift that was tolerated")
		a.recorded(done)
		return
	case errors.As(err, &stale):
		a.unchanged(rows, "after a stale plan")
		a.named(want, stale)
	default:
		a.must(err, "apply")
	}
}

// otherLot is how a consequence is told.
const otherLot = "the policy now does something else with it"

// recorded holds the run's record against what Apply returned.
func (a *actor) recorded(done migrate.Applied) {
	runs, err := a.Catalog.Runs(a.ctx)
	a.must(err, "list the runs")
	if len(runs) == 0 {
		a.t.Fatal("no run is recorded")
	}
	last := runs[len(runs)-1]
	a.equal(subjects(done.Drift), subjects(last.Drift), "drift in the run's record")
	a.equal(done.Totals, last.Totals, "totals in the run's record")
	for _, d := range done.Drift {
		if !d.Tolerated {
			a.t.Fatalf("applied over %+v", d)
		}
	}
}

// named holds a stale plan's differences against those there are. Where the
// tree itself no longer bears the policy, products cannot be decided and only
// the tree's differences are told. What follows from one difference may be
// named as well: a category that is new beside a planned one, or that the
// policy would now treat in another way.
func (a *actor) named(want drifts, stale *migrate.StaleError) {
	if slices.ContainsFunc(stale.Drift, func(d migrate.Drift) bool { return d.Subject == "policy" }) {
		return // the policy itself no longer finds what it names
	}
	got := subjects(slices.DeleteFunc(stale.Drift, func(d migrate.Drift) bool {
		return d.Kind == migrate.CategoryEdit && len(want.subjects()) > 0 &&
			(!want.planned[d.Subject] || d.Detail == otherLot && !slices.Contains(want.held, "category "+d.Subject))
	}))
	onlyTree := !slices.ContainsFunc(stale.Drift, func(d migrate.Drift) bool { return d.Kind != migrate.CategoryEdit })
	if onlyTree && len(want.tree) > 0 && slices.Equal(got, slices.Sorted(slices.Values(want.tree))) {
		return
	}
	a.equal(want.subjects(), got, "drift named")
}

// raceIsBeforeOrAfter: an edit made while apply runs is as if it had been made
// before or after it.
func raceIsBeforeOrAfter(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	e, at := s.w.drawEdit(s.draw, 0), rapid.IntRange(1, 40).Draw(s.draw, "step")
	made := false
	f := &Faulty{Catalog: a.Catalog, At: at, Do: func() error { made = a.Subject.Edit(e) == nil; return nil }}
	_, err := migrate.Apply(a.ctx, f, d, a.options())
	if !made {
		a.must(err, "apply")
		return
	}
	var stale *migrate.StaleError
	var refused *migrate.RefusedError
	if errors.As(err, &stale) || errors.As(err, &refused) {
		a.unchanged(s.replay(func(b *actor) { b.edit(e) }), "after a stale plan")
		return
	}
	var unverified *migrate.UnverifiedError
	if err != nil && !errors.As(err, &unverified) {
		a.must(err, "apply")
	}
	possible := false
	after := s.replay(func(b *actor) { b.apply(d); possible = b.Subject.Edit(e) == nil })
	if possible && alike(after, a.dump()) {
		return
	}
	a.unchanged(s.replay(func(b *actor) { b.edit(e); b.apply(d) }), "after an edit during apply")
}

// replay does something to another catalog of the same world, and dumps it.
func (s *scene) replay(do func(*actor)) map[string][]string {
	b := s.actor()
	defer b.close()
	do(b)
	return b.dump()
}

// alike reports whether two dumps are the same.
func alike(a, b map[string][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for table := range a {
		if !slices.Equal(a[table], b[table]) {
			return false
		}
	}
	return true
}

// faultIsBeforeOrAfter: apply and undo that fail at any step leave the
// catalog as it was or as it shall be, and the next one succeeds.
func faultIsBeforeOrAfter(s *scene) { s.broken(failing) }

// interruptIsBeforeOrAfter: so do those that are interrupted.
func interruptIsBeforeOrAfter(s *scene) { s.broken(interrupted) }

func failing(ctx context.Context, cat migrate.Catalog, at int) (*Faulty, context.Context) {
	return &Faulty{Catalog: cat, At: at}, ctx
}

func interrupted(ctx context.Context, cat migrate.Catalog, at int) (*Faulty, context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	return &Faulty{Catalog: cat, At: at, Interrupt: cancel, Do: func() error { cancel(); return nil }}, ctx
}

// wrapper makes a Catalog that breaks at a step, and the context to use it in.
type wrapper func(ctx context.Context, cat migrate.Catalog, at int) (*Faulty, context.Context)

func (s *scene) broken(wrap wrapper) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before, after := a.dump(), s.replay(func(b *actor) { b.apply(d) })
	a.brokenApply(d, before, after, wrap, rapid.IntRange(1, 40).Draw(s.draw, "apply fails at"))
	a.brokenUndo(before, after, wrap, rapid.IntRange(1, 12).Draw(s.draw, "undo fails at"))
}

// recordedOr holds tables without a run in force against those before.
func (a *actor) recordedOr(before map[string][]string) {
	if _, err := migrate.LastRun(a.ctx, a.Catalog); errors.Is(err, migrate.ErrNoRun) {
		a.unchanged(before, "without a run")
	}
}

// brokenApply applies a plan that breaks at a step, then applies it whole. It
// reports whether there was such a step. Where after is nil, the tables hold
// what no two runs write alike, such as a trigger's clock, and only the record
// of runs tells the states apart.
func (a *actor) brokenApply(d *Draft, before, after map[string][]string, wrap wrapper, at int) bool {
	f, ctx := wrap(a.ctx, a.Catalog, at)
	_, err := migrate.Apply(ctx, f, d, a.options())
	if after == nil {
		a.recordedOr(before)
	} else {
		a.settled(before, after, f, err)
	}
	a.apply(d)
	if after == nil {
		a.must(a.verify(), "verify the next apply")
	} else {
		a.unchanged(after, "after the next apply")
	}
	return f.Steps >= at
}

// brokenUndo undoes the last run with a break at a step, then whole.
func (a *actor) brokenUndo(before, after map[string][]string, wrap wrapper, at int) bool {
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the last run")
	f, ctx := wrap(a.ctx, a.Catalog, at)
	_, err = migrate.Undo(ctx, f, run, migrate.UndoOptions{Now: a.now})
	if after != nil {
		a.settled(after, before, f, err)
	}
	if _, err := migrate.Undo(a.ctx, a.Catalog, run, migrate.UndoOptions{Now: a.now}); !errors.Is(err, migrate.ErrAlreadyUndone) {
		a.must(err, "undo")
	}
	a.unchanged(before, "after the next undo")
	return f.Steps >= at
}

// settled holds the tables against the two states they may be in, and the
// record of runs against the tables.
func (a *actor) settled(before, after map[string][]string, f *Faulty, err error) {
	a.t.Helper()
	got := a.dump()
	if err == nil || alike(got, after) {
		a.equal(after, got, "tables after success")
		return
	}
	a.equal(before, got, "tables after a failure")
	if f.Steps < f.At {
		a.must(err, "without a fault")
	}
}

// undoIsExact: plan, apply and undo leave every table as it was.
func undoIsExact(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before, shown := a.dump(), a.view()
	a.apply(d)
	_, err := a.undo(migrate.ConflictFail)
	a.must(err, "undo")
	a.unchanged(before, "after undo")
	a.equal(shown, a.view(), "what the catalog shows after undo")
	a.undone()
}

// undone holds the records of a run that was taken back.
func (a *actor) undone() {
	runs, err := a.Catalog.Runs(a.ctx)
	a.must(err, "list the runs")
	if len(runs) != 2 || runs[0].UndoneBy != runs[1].ID || runs[1].Of != runs[0].ID || runs[1].Kind != migrate.RunUndo {
		a.t.Fatalf("runs after undo: %+v", runs)
	}
	if _, err := a.Catalog.Reverse(a.ctx, runs[0].ID, migrate.ReverseOptions{}); !errors.Is(err, migrate.ErrAlreadyUndone) {
		a.t.Fatalf("undo twice: %v", err)
	}
	tombs, err := a.Catalog.Tombstones(a.ctx)
	a.must(err, "list the tombstones")
	if slices.ContainsFunc(tombs, func(t migrate.Tombstone) bool { return !t.Undone }) {
		a.t.Fatalf("tombstones after undo: %+v", tombs)
	}
}

// undoMeetsEdits: an edit of what the run wrote is a conflict, and fail, keep
// and restore decide it; any other edit survives the undo.
func undoMeetsEdits(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before := a.dump()
	a.apply(d)
	e, conflict := s.laterEdit(d, a.view())
	a.edit(e)
	edited := a.dump()
	if conflict {
		_, err := a.undo(migrate.ConflictFail)
		var c *migrate.ConflictError
		if !errors.As(err, &c) || len(c.Conflicts) == 0 {
			s.t.Fatalf("undo over %+v: %v", e, err)
		}
		a.unchanged(edited, "after an undo that met a conflict")
	}
	on := pick(s.draw, "on conflict", migrate.ConflictKeep, migrate.ConflictRestore)
	if !conflict {
		on = pick(s.draw, "on conflict", migrate.ConflictFail, migrate.ConflictKeep, migrate.ConflictRestore)
	}
	_, err := a.undo(on)
	if e.Do == Delete && on == migrate.ConflictRestore && err != nil {
		a.unchanged(edited, "after an undo that met a conflict")
		return
	}
	a.must(err, "undo, on conflict "+string(on))
	if conflict && on == migrate.ConflictRestore && e.Do != Delete {
		a.unchanged(before, "after undo, on conflict restore")
	} else if e.Do != Refile {
		a.unchanged(s.replay(func(b *actor) { b.edit(e) }), "after undo, on conflict "+string(on))
	} else if p := a.view().product(e.Product); !slices.Contains(places(p), e.To) {
		s.t.Fatalf("undo, on conflict keep: product %s is in %v, not in %s", e.Product, places(p), e.To)
	}
}

// places lists the categories that hold a product.
func places(p *migrate.Product) []taxonomy.ID {
	var ids []taxonomy.ID
	add := func(id taxonomy.ID) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	add(p.Category)
	add(p.Primary)
	for _, m := range p.Memberships {
		add(m.Category)
	}
	return ids
}

// laterEdit draws an edit after apply, and says whether it touches what the
// run wrote.
func (s *scene) laterEdit(d *Draft, after *view) (Edit, bool) {
	ids := after.ids()
	switch pick(s.draw, "later edit", "arrive", "child", "reprice", "retitle", "switch", "refile", "delete") {
	case "arrive":
		if len(ids) > 0 {
			return Edit{Do: Arrive, Product: "500", To: pick(s.draw, "to", ids...), Text: "late"}, false
		}
	case "child":
		if len(ids) > 0 {
			return Edit{Do: Child, To: "500", From: pick(s.draw, "under", ids...), Text: "late"}, false
		}
	case "switch":
		if c := s.changed(d, func(c *migrate.ProductChange) bool { return len(c.Writes) > 0 }); c != nil {
			status := Ended
			if *c.State == Ended {
				status = Active
			}
			return Edit{Do: Switch, Product: c.ID, Text: status}, *c.State != Delisted
		}
	case "refile":
		if e, ok := s.laterRefile(d, ids); ok {
			return e, true
		}
	case "delete":
		if c := s.changed(d, func(c *migrate.ProductChange) bool { return wrote(c) }); c != nil {
			return Edit{Do: Delete, Product: c.ID}, true
		}
	case "retitle":
		if c := s.changed(d, func(*migrate.ProductChange) bool { return true }); c != nil {
			return Edit{Do: Retitle, Product: c.ID, Text: "retitled"}, false
		}
	}
	if len(after.Products) == 0 {
		return Edit{Do: Reprice, Product: "0"}, false
	}
	return Edit{Do: Reprice, Product: after.Products[0].ID}, false
}

// laterRefile moves a product on from where the run put it.
func (s *scene) laterRefile(d *Draft, ids []taxonomy.ID) (Edit, bool) {
	c := s.changed(d, func(c *migrate.ProductChange) bool {
		return c.Fate == migrate.Reassign && slices.Contains(arrivedIn(c), c.To)
	})
	if c == nil {
		return Edit{}, false
	}
	filed := append(changePlaces(c.Before), changePlaces(c.After)...)
	free := slices.DeleteFunc(ids, func(id taxonomy.ID) bool { return slices.Contains(filed, id) })
	if len(free) == 0 {
		return Edit{}, false
	}
	return Edit{Do: Refile, Product: c.ID, From: c.To, To: pick(s.draw, "on to", free...)}, true
}

// arrivedIn lists where a change files a product that it was not in before.
func arrivedIn(c *migrate.ProductChange) []taxonomy.ID {
	before := changePlaces(c.Before)
	return slices.DeleteFunc(changePlaces(c.After), func(id taxonomy.ID) bool { return slices.Contains(before, id) })
}

func changePlaces(p migrate.Placement) []taxonomy.ID { return places(&migrate.Product{Placement: p}) }

// wrote reports whether a change writes anything at all: a product that was
// delisted before and keeps its place is written over with the same.
func wrote(c *migrate.ProductChange) bool {
	return !slices.Equal(changePlaces(c.Before), changePlaces(c.After)) || (len(c.Writes) > 0 && *c.State != Delisted)
}

// changed draws one of the product changes that satisfy a condition.
func (s *scene) changed(d *Draft, which func(*migrate.ProductChange) bool) *migrate.ProductChange {
	var found []*migrate.ProductChange
	for c, err := range d.Changes() {
		if err != nil {
			s.t.Fatal(err)
		}
		if c.Product != nil && c.Product.Fate != migrate.Report && which(c.Product) {
			found = append(found, c.Product)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return found[rapid.IntRange(0, len(found)-1).Draw(s.draw, "which")]
}

// ids lists the visible categories that are not marked as removed.
func (v *view) ids() []taxonomy.ID {
	var ids []taxonomy.ID
	for _, c := range v.Categories {
		if !c.Marked {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// oneFate: the plan has each product of the removed categories just once.
func oneFate(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil {
		return
	}
	removed := removedBy(s.t, d)
	fates := map[string]*migrate.ProductChange{}
	for c, err := range d.Changes() {
		a.must(err, "read the plan")
		if c.Product == nil {
			continue
		}
		if fates[c.Product.ID] != nil {
			s.t.Fatalf("product %s is in the plan twice", c.Product.ID)
		}
		fates[c.Product.ID] = c.Product
	}
	for _, p := range a.view().Products {
		in := slices.DeleteFunc(places(&p), func(id taxonomy.ID) bool { return !slices.Contains(removed, id) })
		a.fate(&p, in, fates[p.ID], removed)
	}
	if t := d.Trailer().Totals; !t.Balanced() {
		s.t.Fatalf("totals do not balance: %+v", t)
	}
}

// fate checks one product's fate; in are the removed categories it is in.
func (a *actor) fate(p *migrate.Product, in []taxonomy.ID, c *migrate.ProductChange, removed []taxonomy.ID) {
	switch {
	case len(in) == 0 && c != nil && len(c.From) > 0:
		a.t.Fatalf("product %s is in no removed category: %+v", p.ID, c)
	case len(in) == 0:
		return
	case c == nil:
		a.t.Fatalf("product %s of %v has no fate", p.ID, in)
	}
	from := slices.Sorted(slices.Values(c.From))
	a.equal(slices.Sorted(slices.Values(in)), from, "removed categories of product "+p.ID)
	stays := slices.ContainsFunc(changePlaces(c.After), func(id taxonomy.ID) bool { return slices.Contains(removed, id) })
	if stays && !(a.w.Shape.Soft && c.Fate == migrate.Delist) {
		a.t.Fatalf("product %s stays in a removed category: %+v", p.ID, c)
	}
	if len(c.Overruled) > 0 && len(in) < 2 {
		a.t.Fatalf("product %s of one removed category overrules %+v", p.ID, c.Overruled)
	}
	if c.Rule == "" {
		a.t.Fatalf("product %s has a fate without a rule", p.ID)
	}
}

func removedBy(t rapid.TB, d *Draft) []taxonomy.ID {
	ids, err := migrate.RemovedBy(d.Changes())
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// readingWritesNothing: planning, previews, records and verification leave
// every table as it was.
func readingWritesNothing(s *scene) {
	a := s.actor()
	defer a.close()
	before := a.dump()
	d := a.plan()
	a.unchanged(before, "after planning")
	if d == nil {
		return
	}
	_, err := migrate.Preview(a.ctx, a.Catalog, d, a.options())
	a.must(err, "preview")
	a.unchanged(before, "after a preview")
	done := a.apply(d)
	if done.Receipt.Run == 0 {
		return
	}
	after := a.dump()
	a.must(a.verify(), "verify")
	_, err = migrate.PreviewUndo(a.ctx, a.Catalog, done.Receipt.Run, migrate.UndoOptions{})
	a.must(err, "preview of an undo")
	a.changes(d, done.Receipt.Run)
	a.unchanged(after, "after reading a run")
	_, err = a.Catalog.Reverse(a.ctx, done.Receipt.Run+7, migrate.ReverseOptions{})
	if !errors.Is(err, migrate.ErrNoRun) {
		s.t.Fatalf("a run that is not there: %v", err)
	}
}

// changes holds what a run says it changed against the plan.
func (a *actor) changes(d *Draft, run int64) {
	read := func(seq func(func(migrate.Change, error) bool)) (removed []taxonomy.ID, products []string) {
		for c, err := range seq {
			a.must(err, "read changes")
			switch {
			case c.Category != nil && c.Category.Do == migrate.RemoveCategory:
				removed = append(removed, c.Category.ID)
			case c.Product != nil && c.Product.Fate != migrate.Report:
				products = append(products, c.Product.ID+" "+string(c.Product.Fate)+" "+string(c.Product.To))
			}
		}
		return removed, products
	}
	wantRemoved, wantProducts := read(d.Changes())
	gotRemoved, gotProducts := read(a.Catalog.Changes(a.ctx, run))
	a.equal(wantRemoved, gotRemoved, "categories that the run removed")
	a.equal(wantProducts, gotProducts, "products that the run changed")
}

// agreesWithMemory: the catalog and Memory make the same plan of the same
// world, and show the same after it and after undo.
func agreesWithMemory(s *scene) {
	a := s.actor()
	defer a.close()
	shape, err := a.Catalog.Shape(a.ctx)
	a.must(err, "read the shape")
	m := NewMemory(s.w)
	m.Mapping = shape.Mapping
	sub := Subject{Catalog: m, Dump: func() (map[string][]string, error) { return m.Dump(), nil }}
	b := &actor{s, sub}
	a.equal(b.view(), a.view(), "what the catalog shows")
	want, got := b.plan(), a.plan()
	if (want == nil) != (got == nil) {
		s.t.Fatalf("planned in memory: %t; here: %t", want != nil, got != nil)
	}
	if want == nil {
		return
	}
	wantDigest, err := want.Digest()
	a.must(err, "digest the plan of memory")
	gotDigest, err := got.Digest()
	a.must(err, "digest the plan")
	if wantDigest != gotDigest {
		a.equal(want.texts(), got.texts(), "changes planned")
		s.t.Fatalf("digests differ: %s in memory, %s here", wantDigest, gotDigest)
	}
	b.apply(want)
	a.apply(got)
	a.equal(b.view(), a.view(), "what the catalog shows after apply")
	if empty(got) {
		return
	}
	_, err = a.undo(migrate.ConflictFail)
	a.must(err, "undo")
	_, err = b.undo(migrate.ConflictFail)
	a.must(err, "undo in memory")
	a.equal(b.view(), a.view(), "what the catalog shows after undo")
}

// planningAgain: after apply, planning the policy again changes nothing and
// applying the plan again says that it was; after undo both work again.
func planningAgain(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	a.apply(d)
	after := a.dump()
	again, err := MakePlan(a.ctx, a.Catalog, a.req)
	a.must(err, "plan again")
	if !empty(again) {
		s.t.Fatalf("planning again changes %+v:\n%s", again.Trailer().Totals, again.texts())
	}
	if done := a.apply(d); done.Already == nil {
		s.t.Fatal("applying again does not say that the plan was applied")
	}
	a.unchanged(after, "after applying again")
	_, err = a.undo(migrate.ConflictFail)
	a.must(err, "undo")
	if done := a.apply(d); done.Already != nil {
		s.t.Fatal("after undo, the plan is taken for applied")
	}
	a.unchanged(after, "after undo and apply")
}

// runsStack: a second policy is planned and applied over the first, planning
// either again changes nothing, and undoing both leaves every table as it was.
func runsStack(s *scene) {
	a := s.actor()
	defer a.close()
	before := a.dump()
	first, firstReq := a.plan(), s.req
	if first == nil || empty(first) {
		return
	}
	a.apply(first)
	between := a.dump()
	s.usePolicy(s.w.drawPolicy(s.draw))
	if second := a.plan(); second != nil && !empty(second) {
		a.apply(second)
		again, err := MakePlan(a.ctx, a.Catalog, a.req)
		a.must(err, "plan the second policy again")
		if !empty(again) {
			s.t.Fatalf("planning the second policy again changes\n%s", again.texts())
		}
		_, err = a.undo(migrate.ConflictFail)
		a.must(err, "undo the second run")
	}
	a.unchanged(between, "after the second undo")
	again, err := MakePlan(a.ctx, a.Catalog, firstReq)
	a.must(err, "plan the first policy again")
	if !empty(again) {
		s.t.Fatalf("planning the first policy again changes\n%s", again.texts())
	}
	_, err = a.undo(migrate.ConflictFail)
	a.must(err, "undo the first run")
	a.unchanged(before, "after undoing both")
}

// textIsPolicy: the policy read from its text plans as the policy does.
func textIsPolicy(s *scene) {
	a := s.actor()
	defer a.close()
	parsed, err := ParsePolicy(s.req.PolicyText, s.req.Files)
	if err != nil {
		a.t.Logf("the text is refused: %v", err)
		if d := a.plan(); d != nil {
			a.must(err, "read the policy's text")
		}
		return
	}
	want := a.plan()
	a.req.Policy = parsed
	got := a.plan()
	if want == nil || got == nil {
		if want != nil || got != nil {
			s.t.Fatalf("planned from the policy: %t; from its text: %t", want != nil, got != nil)
		}
		return
	}
	a.equal(want.texts(), got.texts(), "changes planned")
	a.equal(want.Trailer(), got.Trailer(), "trailer")
}
