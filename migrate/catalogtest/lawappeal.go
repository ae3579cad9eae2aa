package catalogtest

import (
	"context"
	"errors"
	"slices"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

// appealRestores: an appeal gives back the products it names, as they were or
// into another category where theirs is gone, and changes no other; they are
// cleared, and planning again is still empty.
func appealRestores(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before := a.view()
	a.apply(d)
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the run")
	left, rows := a.view(), a.dump()
	part := s.part(d, left)
	if len(part.Products) == 0 {
		return
	}
	done, into := a.appeal(run, part)
	if done.Receipt.Run == 0 {
		a.unchanged(rows, "after an appeal that was refused")
		return
	}
	a.restored(before, left, part.Products, into)
	a.untouched(rows)
	a.must(migrate.Verify(a.ctx, a.Catalog, run), "verify the run, less what was restored")
	a.must(migrate.Verify(a.ctx, a.Catalog, done.Receipt.Run), "verify the appeal")
	cleared, err := migrate.Cleared(a.ctx, a.Catalog)
	a.must(err, "list the cleared")
	for _, id := range part.Products {
		if c := cleared[id]; c.Run != done.Receipt.Run || c.Of != run || c.Reason != "appeal" {
			a.t.Fatalf("product %s: cleared %+v", id, c)
		}
	}
	if again := a.plan(); again == nil || !empty(again) {
		a.t.Fatalf("planned again after the appeal: %+v", again)
	}
	a.again(run, part)
}

// again appeals a second time: there is nothing left to restore.
func (a *actor) again(run int64, part migrate.Part) {
	rows := a.dump()
	done, err := migrate.Undo(a.ctx, a.Catalog, run, a.appealing(part))
	a.must(err, "appeal again")
	if done.Receipt.Run != 0 || done.Restored.Products != 0 || done.Restored.Settled != len(part.Products) {
		a.t.Fatalf("appealed again: %+v", done)
	}
	a.unchanged(rows, "after a second appeal")
}

// undoTakesAppeals: undoing a run whole leaves every table as it was before,
// whatever was restored of it meanwhile; an appeal can be taken back as well.
func undoTakesAppeals(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	before := a.dump()
	a.apply(d)
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the run")
	for range rapid.IntRange(1, 3).Draw(s.draw, "appeals") {
		rows := a.dump()
		part := s.part(d, a.view())
		if len(part.Products) == 0 {
			break
		}
		done, _ := a.appeal(run, part)
		if done.Receipt.Run != 0 && rapid.IntRange(0, 3).Draw(s.draw, "take it back") == 0 {
			_, err := migrate.Undo(a.ctx, a.Catalog, done.Receipt.Run, migrate.UndoOptions{Now: a.now})
			a.must(err, "take the appeal back")
			a.unchanged(rows, "after the appeal was taken back")
		}
	}
	done, err := migrate.Undo(a.ctx, a.Catalog, run, migrate.UndoOptions{Now: a.now})
	a.must(err, "undo the run")
	a.unchanged(before, "after appeals and undo")
	a.must(migrate.Verify(a.ctx, a.Catalog, done.Receipt.Run), "verify the undo")
	cleared, err := migrate.Cleared(a.ctx, a.Catalog)
	a.must(err, "list the cleared")
	if len(cleared) > 0 {
		a.t.Fatalf("cleared after the run was undone: %v", cleared)
	}
}

// appealIsBeforeOrAfter: an appeal that fails at any step leaves the catalog
// as it was or as it shall be, and the next one succeeds.
func appealIsBeforeOrAfter(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	a.apply(d)
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the run")
	part := s.part(d, a.view())
	if len(part.Products) == 0 {
		return
	}
	before := a.dump()
	var into taxonomy.ID
	after := s.replay(func(b *actor) {
		b.apply(d)
		_, into = b.appeal(run, part)
	})
	part.Into = into
	wrap := pick(s.draw, "how", failing, interrupted)
	f, ctx := wrap(a.ctx, a.Catalog, rapid.IntRange(1, 14).Draw(s.draw, "appeal fails at"))
	_, err = migrate.Undo(ctx, f, run, a.appealing(part))
	var refused *migrate.RefusedError
	if errors.As(err, &refused) {
		a.unchanged(before, "after an appeal that was refused")
		return
	}
	a.settled(before, after, f, err)
	_, err = migrate.Undo(context.WithoutCancel(a.ctx), a.Catalog, run, a.appealing(part))
	a.must(err, "the next appeal")
	a.unchanged(after, "after the next appeal")
}

// halves restores every other product that a plan changed, takes that back,
// restores them once more, and then the others.
func (a *actor) halves(d *Draft, applied map[string][]string) {
	a.t.Helper()
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the run")
	var halves [2][]string
	for i, id := range changedBy(a.t, d) {
		halves[i%2] = append(halves[i%2], id)
	}
	open := a.view().open()
	for i, half := range halves {
		if len(half) == 0 {
			continue
		}
		part := migrate.Part{Products: half}
		if len(open) > 0 {
			part.Into = open[0]
		}
		done, _ := a.appeal(run, part)
		if done.Receipt.Run == 0 { // variants came along with the other half
			continue
		}
		a.must(migrate.Verify(a.ctx, a.Catalog, run), "verify the run, less what was restored")
		if i == 0 {
			_, err := migrate.Undo(a.ctx, a.Catalog, done.Receipt.Run, migrate.UndoOptions{Now: a.now})
			a.must(err, "take the appeal back")
			a.unchanged(applied, "after the appeal was taken back")
			a.appeal(run, part)
		}
	}
}

// changedBy lists the products that a plan changes.
func changedBy(t rapid.TB, d *Draft) []string {
	var ids []string
	for c, err := range d.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if c.Product != nil && c.Product.Fate.Acts() {
			ids = append(ids, c.Product.ID)
		}
	}
	return ids
}

// open lists the categories that products may go into.
func (v *view) open() []taxonomy.ID {
	var ids []taxonomy.ID
	for _, c := range v.Categories {
		if !c.Marked && !c.Closed {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// part draws some of the products that a plan changed and, where theirs might
// be gone, a category to restore them into.
func (s *scene) part(d *Draft, now *view) migrate.Part {
	ids := changedBy(s.t, d)
	if len(ids) == 0 {
		return migrate.Part{}
	}
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, min(len(ids), 4), rapid.ID).Draw(s.draw, "appealed")
	slices.SortFunc(some, s.w.Shape.KeyKind().Compare)
	part := migrate.Part{Products: some}
	if open := now.open(); len(open) > 0 {
		part.Into = pick(s.draw, "into", open...)
	}
	return part
}

func (s *scene) appealing(part migrate.Part) migrate.UndoOptions {
	return migrate.UndoOptions{Part: &part, Reason: "appeal", Now: s.now, Operator: "op", Version: "test"}
}

// appeal restores products, into another category only where it must. Without
// a receipt it was refused. into is where they went; "" where they are back.
func (a *actor) appeal(run int64, part migrate.Part) (done migrate.Undone, into taxonomy.ID) {
	a.t.Helper()
	asked := part
	part.Into = ""
	done, err := migrate.Undo(a.ctx, a.Catalog, run, a.appealing(part))
	var refused *migrate.RefusedError
	if errors.As(err, &refused) && asked.Into != "" {
		into = asked.Into
		done, err = migrate.Undo(a.ctx, a.Catalog, run, a.appealing(asked))
		a.must(err, "appeal, into "+string(into))
		return done, into
	}
	if !errors.As(err, &refused) {
		a.must(err, "appeal")
	}
	return done, ""
}

// restored holds the products of an appeal against what they were, and all
// others against what the run left.
func (a *actor) restored(before, left *view, products []string, into taxonomy.ID) {
	now := a.view()
	for _, p := range now.Products {
		if !slices.Contains(products, p.ID) {
			a.equal(*left.product(p.ID), p, "a product that nobody appealed for")
			continue
		}
		was := *before.product(p.ID)
		if into != "" {
			if homes := places(&p); !slices.Contains(homes, into) && !slices.Equal(homes, places(&was)) {
				a.t.Fatalf("product %s is in %v: neither in %s nor where it was, %v", p.ID, homes, into, places(&was))
			}
			was.Placement = p.Placement
		}
		a.equal(was, p, "a product that was restored")
	}
	for i, c := range now.Categories {
		c.Occupied, c.Held = left.Categories[i].Occupied, left.Categories[i].Held
		a.equal(left.Categories[i], c, "a category after an appeal")
	}
	a.equal(left.References, now.References, "references after an appeal")
}

// untouched holds the tables that no product is in against what they were.
func (a *actor) untouched(rows map[string][]string) {
	now := a.dump()
	for _, name := range []string{MenuItems, Translations, Redirects, Coupons} {
		a.equal(rows[name], now[name], name+" after an appeal")
	}
	if a.w.Shape.Tree == TreeNone { // else products are counted there
		a.equal(rows["categories"], now["categories"], "categories after an appeal")
	}
}
