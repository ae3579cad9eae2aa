package catalogtest

import (
	"errors"
	"slices"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

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
// and restore decide it; any other edit survives the undo. What the run tells of
// its products stays what it was.
func undoMeetsEdits(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before, tree := a.dump(), a.tree()
	a.apply(d)
	e, conflict := s.laterEdit(d, a.view())
	told := a.told()
	a.edit(e)
	a.equal(told, a.told(), "what the run tells after a later edit")
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
	if conflict && on == migrate.ConflictKeep && e.Product != "" {
		a.tellsKept(e.Product)
	}
	if e.Do == Child && s.w.Shape.Tree != TreeNone { // its place among its siblings is anybody's guess
		if a.Query != nil {
			a.asDerived(tree, func(want, got map[string]int64) { want["pos"] = got["pos"] })
			a.dense()
		}
		return
	}
	if conflict && on == migrate.ConflictRestore && e.Do == Refile {
		a.holds(before, "after undo, on conflict restore")
	} else if conflict && on == migrate.ConflictRestore && e.Do != Delete {
		a.unchanged(before, "after undo, on conflict restore")
	} else if e.Do != Refile {
		a.unchanged(s.replay(func(b *actor) { b.edit(e) }), "after undo, on conflict "+string(on))
	} else if p := a.view().product(e.Product); !slices.Contains(places(p), e.To) {
		s.t.Fatalf("undo, on conflict keep: product %s is in %v, not in %s", e.Product, places(p), e.To)
	}
}

// tellsKept: an undo that kept an edited product lists it, and tells nowhere
// that all of it was taken back.
func (a *actor) tellsKept(product string) {
	runs, err := a.Catalog.Runs(a.ctx)
	a.must(err, "list the runs")
	undo := runs[len(runs)-1]
	if !slices.ContainsFunc(undo.Kept, func(c migrate.Conflict) bool { return c.Product == product }) {
		a.t.Fatalf("the undo kept product %s, and lists %+v", product, undo.Kept)
	}
	for c, err := range a.Catalog.Changes(a.ctx, undo.ID) {
		a.must(err, "read what the undo took back")
		if c.Product != nil && c.Product.ID == product && c.Product.Kept == nil {
			a.t.Fatalf("the undo tells that it took product %s back", product)
		}
	}
}

// told lists what the newest run says that it changed.
func (a *actor) told() []migrate.Change {
	runs, err := a.Catalog.Runs(a.ctx)
	a.must(err, "list the runs")
	var out []migrate.Change
	for c, err := range a.Catalog.Changes(a.ctx, runs[len(runs)-1].ID) {
		a.must(err, "read what the run changed")
		out = append(out, c)
	}
	return out
}

// holds insists that every row of before is there. A membership that was filed
// elsewhere since may stay beside the one that is restored: where nothing but
// product and category identifies the row, it is a row of the shop's own.
func (a *actor) holds(before map[string][]string, when string) {
	for table, rows := range a.dump() {
		for _, row := range before[table] {
			if !slices.Contains(rows, row) {
				a.t.Fatalf("%s, %s lacks %s", when, table, row)
			}
		}
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
		if c.Product != nil && c.Product.Fate.Acts() && which(c.Product) {
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
