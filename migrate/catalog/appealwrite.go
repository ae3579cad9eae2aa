package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// makeHeld makes the tables that take, under the lock, the rows as they are.
func (a *appeal) makeHeld(ctx context.Context) error {
	for _, im := range a.cut {
		held := im
		held.Store = a.s.name()
		names := a.h.keptColumns(im)
		typed, from := typedColumns(names, prefixedPlain("x.", names)), im.Store+" x"
		if im.Op == opUpdate {
			typed = append(typed, typedColumns(numbered("c", len(im.Columns)), prefixed("p.", im.Columns))...)
			from += ", " + im.tab.sql() + " p"
		}
		if err := a.s.make(ctx, tempTable{name: held.Store, columns: typed, from: from, indexed: []string{"l1"}}); err != nil {
			return err
		}
		a.held = append(a.held, held)
	}
	if len(a.c.mapping.counters()) == 0 {
		return nil
	}
	tab, _ := a.c.schema.table(a.c.mapping.Categories.Table)
	a.counted = a.s.name()
	columns := a.counters()
	return a.s.make(ctx, tempTable{name: a.counted, from: tab.sql() + " p", columns: append(typedColumns(numbered("i", len(tab.ident())), prefixed("p.", tab.ident())),
		typedColumns(numbered("c", len(columns)), prefixed("p.", columns))...)})
}

func prefixedPlain(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}

// counters lists the columns that count products.
func (a *appeal) counters() []string {
	var out []string
	for _, c := range a.c.mapping.counters() {
		if !slices.Contains(out, c.Column) {
			out = append(out, c.Column)
		}
	}
	slices.Sort(out)
	return out
}

// commitAppeal restores the products in one transaction. Triggers that the
// mapping declares fire: what they keep up to date is again.
func (r *reversal) commitAppeal(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	a := r.appeal
	t := a.c.newTransaction(opts)
	if err := a.c.d.before(ctx, a.c.conn, t, func() error { return r.writeAppeal(ctx, t) }); err != nil {
		return migrate.Receipt{}, a.c.d.failure(err)
	}
	return a.c.inWrite(ctx, opts, t, r.lockedTables(), func(t *transaction) error {
		if t.run != a.newest+1 { // another run came, perhaps an appeal for the same product
			return migrate.ErrMoved
		}
		now, err := r.c.run(ctx, r.run.ID)
		if err == nil {
			err = now.Undoable()
		}
		if err != nil {
			return err
		}
		t.observe("compare")
		kept, err := r.settle(ctx)
		if err != nil {
			return err
		}
		if err := t.count(ctx); err != nil {
			return err
		}
		t.observe("restore")
		if err := a.c.d.restoring(ctx, a.c.conn); err != nil {
			return err
		}
		if err := r.writeAppeal(ctx, t); err != nil {
			return err
		}
		if err := r.checkKeys(ctx); err != nil {
			return err
		}
		t.observe("check")
		if err := t.checkCounts(ctx); err != nil {
			return err
		}
		if err := t.note(ctx, "appeal", 1, a.restores.Appeal); err != nil {
			return err
		}
		if err := r.noteKept(ctx, t, kept); err != nil {
			return err
		}
		return t.remember(ctx, migrate.RunUndo, r.run.ID, r.opts.OnConflict)
	})
}

// lockedTables are those that an appeal may write.
func (r *reversal) lockedTables() []*table {
	out := r.tables()
	add := func(name string) {
		if tab, ok := r.appeal.c.schema.table(name); ok && !slices.Contains(out, tab) {
			out = append(out, tab)
		}
	}
	if r.appeal.counted != "" {
		add(r.appeal.c.mapping.Categories.Table)
	}
	for _, g := range r.appeal.c.mapping.Triggers {
		for _, name := range g.Writes {
			add(name)
		}
	}
	return out
}

// writeAppeal restores the rows and keeps before-images of its own.
func (r *reversal) writeAppeal(ctx context.Context, t *transaction) error {
	a := r.appeal
	if err := t.watch(ctx, a.s, a.s.no, false); err != nil {
		return err
	}
	for i, im := range a.cut {
		if err := r.hold(ctx, t, im, a.held[i]); err != nil {
			return fmt.Errorf("copy the rows of %s as they are: %w", im.Table, err)
		}
	}
	before, err := a.standing(ctx, t)
	if err != nil {
		return err
	}
	for _, im := range a.cut {
		if err := r.restore(ctx, t, im); err != nil {
			return fmt.Errorf("restore %s: %w", im.Table, err)
		}
		t.observe("restored")
	}
	if err := a.recount(ctx, t, before); err != nil {
		return fmt.Errorf("count the products: %w", err)
	}
	for i, im := range a.cut {
		if err := a.keep(ctx, t, im, a.held[i]); err != nil {
			return fmt.Errorf("keep the rows of %s: %w", im.Table, err)
		}
	}
	return t.unwatch(ctx)
}

// hold copies the rows that are about to be written as they are: those that
// are updated, and which of those deleted are not there.
func (r *reversal) hold(ctx context.Context, t *transaction, im, held image) error {
	names := prefixedPlain("x.", r.appeal.h.keptColumns(im))
	if im.Op == opUpdate {
		return t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s x JOIN %s p ON %s", held.Store,
			strings.Join(append(names, prefixed("p.", im.Columns)...), ", "), im.Store, im.tab.sql(), im.on(false)))
	}
	missing := r.missing(im)
	for _, lost := range r.lost(im) {
		missing += " AND NOT (" + lost + ")"
	}
	return t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s x WHERE %s", held.Store, strings.Join(names, ", "), im.Store, missing))
}

// keep keeps what the appeal did to the rows of an image, as its own.
func (a *appeal) keep(ctx context.Context, t *transaction, im, held image) error {
	if im.Op == opDelete {
		where := fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE %s)", held.Store, im.on(false))
		if im.Adrift {
			where = fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE %s AND %s)", held.Store, im.on(false), im.same())
		} else if a.c.d.nullKeys() { // SQLite would go through all that is held for each row: a column's type is not a store's
			where = fmt.Sprintf("(%s) IN (SELECT %s FROM %s)", strings.Join(prefixed("p.", im.Key), ", "), strings.Join(numbered("l", len(im.Key)), ", "), held.Store)
		}
		_, err := t.imageRows(ctx, im.Role, opInsert, im.tab, where)
		return err
	}
	var told map[string]keptColumn
	if im.Role == roleProduct {
		told = a.h.toldOf(im)
	}
	from := fmt.Sprintf("%s x JOIN %s p ON %s", held.Store, im.tab.sql(), im.on(true))
	err := t.imageUpdate(ctx, im.Role, im.tab, im.Columns, numbered("x.c", len(im.Columns)), from, told)
	if err == nil {
		t.images[len(t.images)-1].Told = im.Told
	}
	return err
}

// stood is how a product stands, as far as counters of products go.
type stood struct {
	in           []taxonomy.ID
	live, hidden bool
}

// standing reads how the products stand; nothing where nothing counts them.
func (a *appeal) standing(ctx context.Context, t *transaction) (map[string]*stood, error) {
	if a.counted == "" || t.rehearsed {
		return nil, nil
	}
	m, out := a.c.mapping, map[string]*stood{}
	p, id := m.Products, a.productID()
	hidden := "FALSE"
	if p.Where != "" {
		hidden = "NOT " + a.c.predicate(p.Where, "TRUE")
	}
	category := "NULL"
	if p.Category != "" {
		category = "p." + ident(p.Category)
	}
	query := fmt.Sprintf("SELECT p.%s, CASE WHEN %s THEN 1 ELSE 0 END, CASE WHEN %s THEN 1 ELSE 0 END, %s FROM %s i JOIN %s p ON %s",
		ident(p.ID), a.c.predicate(p.Live, "FALSE"), hidden, category, a.ids, a.c.schema.sql(p.Table), a.c.d.keyKept("p."+ident(p.ID), "i.k", id))
	for row, err := range eachRow(ctx, a.c.conn, 4, query) {
		if err != nil {
			return nil, err
		}
		one := &stood{live: truth(row[1]), hidden: truth(row[2])}
		if home := a.c.placed(row[3]); home != "" && m.Memberships == nil {
			one.in = []taxonomy.ID{home}
		}
		out[renderRaw(row[0])] = one
	}
	return out, a.filed(ctx, out)
}

// filed adds the categories that memberships file the products in.
func (a *appeal) filed(ctx context.Context, out map[string]*stood) error {
	ms := a.c.mapping.Memberships
	if ms == nil {
		return nil
	}
	tab, ids := a.c.membershipTable(), a.c.idsByKey(ms.RefersTo)
	col, _ := tab.column(ms.Product)
	query := fmt.Sprintf("SELECT m.%s, m.%s FROM %s i JOIN %s m ON %s", ident(ms.Product), ident(ms.Category), a.ids, tab.sql(),
		a.c.d.keyKept("m."+ident(ms.Product), "i.k", col))
	for row, err := range eachRow(ctx, a.c.conn, 2, query) {
		if err != nil {
			return err
		}
		one, id := out[renderRaw(row[0])], ids[renderRaw(row[1])]
		if one != nil && id != "" && !slices.Contains(one.in, id) {
			one.in = append(one.in, id)
		}
	}
	return nil
}
