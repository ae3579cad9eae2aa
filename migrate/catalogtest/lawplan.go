package catalogtest

import (
	"errors"
	"iter"
	"slices"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

// oneFate: the plan has each product of the removed categories just once, and
// what a person answered for has the fate of the answer.
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
		a.asAnswered(fates[p.ID])
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

// asAnswered holds a product of the plan against the answer that somebody gave
// for it. What is to be reassigned and is there already is kept.
func (a *actor) asAnswered(c *migrate.ProductChange) {
	if c == nil {
		return
	}
	d, answered := a.policy.Decisions[c.ID]
	if !answered {
		return
	}
	want := d.Fate
	if want == migrate.Reassign && len(c.From) == 0 {
		want = migrate.Keep
	}
	a.equal([]any{want, migrate.RuleDecisions, d.Reason, d.By}, []any{c.Fate, c.Rule, c.Reason, c.By}, "answer for product "+c.ID)
}

func removedBy(t rapid.TB, d *Draft) []taxonomy.ID {
	ids, err := removals(d.Changes())
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
	a.equal(wantProducts, gotProducts, "products that the run changed or kept")
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

// removals lists the categories that the changes remove.
func removals(changes iter.Seq2[migrate.Change, error]) ([]taxonomy.ID, error) {
	var ids []taxonomy.ID
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		if c.Category != nil && c.Category.Do == migrate.RemoveCategory {
			ids = append(ids, c.Category.ID)
		}
	}
	return ids, nil
}
