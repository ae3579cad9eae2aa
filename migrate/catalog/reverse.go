package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// reversal undoes a run from its before-images, the last first. It needs no
// mapping: images name tables, keys and columns.
type reversal struct {
	c       *Catalog
	run     migrate.Run
	opts    migrate.ReverseOptions
	hist    *history
	appeal  *appeal // nil where the run is undone whole
	scratch *scratch
	newest  int64 // run when it was prepared
}

// Reverse prepares the undoing of a run.
func (c *Catalog) Reverse(ctx context.Context, id int64, opts migrate.ReverseOptions) (migrate.Reversal, error) {
	run, err := c.run(ctx, id)
	if err == nil {
		err = run.Undoable()
	}
	if err != nil {
		return nil, err
	}
	if err := c.allowed(ctx); err != nil {
		return nil, err
	}
	opts.OnConflict = cmp.Or(opts.OnConflict, migrate.ConflictFail)
	r := &reversal{c: c, run: run, opts: opts, hist: &history{c: c}, scratch: c.newScratch()}
	if err := r.prepare(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// prepare reads the images to restore, the last first: those of the run with
// those of the appeals against it, or what an appeal restores of them.
func (r *reversal) prepare(ctx context.Context) error {
	var err error
	if r.newest, err = r.c.newest(ctx); err != nil {
		return err
	}
	h := r.hist
	if err := h.loadOf(ctx, r.run.ID); err != nil {
		return err
	}
	if r.opts.Part == nil {
		appeals, err := h.appeals(ctx, r.run.ID, 0)
		if err != nil {
			return err
		}
		if err := h.sinceThen(ctx, r.scratch, appeals); err != nil {
			return err
		}
	}
	slices.Reverse(h.images)
	slices.SortStableFunc(h.images, func(a, b image) int { return a.undone() - b.undone() })
	if r.opts.Part != nil {
		return r.prepareAppeal(ctx, *r.opts.Part)
	}
	return nil
}

func (r *reversal) Run() migrate.Run { return r.run }

// Restores says what an appeal restores.
func (r *reversal) Restores() migrate.Restoration {
	if r.appeal == nil {
		return migrate.Restoration{}
	}
	return r.appeal.restores
}

func (r *reversal) Close() error { return r.scratch.Close() }

// Conflicts lists the rows edited since.
func (r *reversal) Conflicts(ctx context.Context) ([]migrate.Conflict, error) {
	var out []migrate.Conflict
	for _, im := range r.hist.images {
		found, err := r.conflicts(ctx, im)
		if err != nil {
			return nil, fmt.Errorf("compare %s with its before-image: %w", im.Table, r.c.d.failure(err))
		}
		out = append(out, found...)
	}
	return out, nil
}

// Commit gives everything back in one transaction.
func (r *reversal) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	if r.appeal != nil {
		return r.commitAppeal(ctx, opts)
	}
	t := r.c.newTransaction(opts)
	if err := r.c.d.before(ctx, r.c.conn, t, func() error { return nil }); err != nil {
		return migrate.Receipt{}, r.c.d.failure(err)
	}
	return r.c.inWrite(ctx, opts, t, r.tables(), func(t *transaction) error {
		now, err := r.c.run(ctx, r.run.ID)
		if err == nil {
			err = now.Undoable()
		}
		if err != nil {
			return err
		}
		if t.run != r.newest+1 { // an appeal came, perhaps
			return migrate.ErrMoved
		}
		t.observe("compare")
		kept, err := r.settle(ctx)
		if err != nil {
			return err
		}
		tree, err := r.hist.grown(ctx)
		if err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		t.observe("restore")
		if err := r.c.d.restoring(ctx, r.c.conn); err != nil {
			return err
		}
		triggers, err := r.setAside(ctx)
		if err != nil {
			return fmt.Errorf("set triggers aside: %w", err)
		}
		for _, im := range r.hist.images {
			if err := r.restore(ctx, t, im); err != nil {
				return fmt.Errorf("restore %s: %w", im.Table, err)
			}
			t.observe("restored")
		}
		if err := r.replant(ctx, t, tree); err != nil {
			return fmt.Errorf("derive from the tree: %w", err)
		}
		if err := r.checkKeys(ctx); err != nil {
			return err
		}
		for _, sql := range triggers {
			if err := exec(ctx, r.c.conn, sql); err != nil {
				return fmt.Errorf("put triggers back: %w", err)
			}
		}
		if err := r.noteKept(ctx, t, kept); err != nil {
			return err
		}
		return t.remember(ctx, migrate.RunUndo, r.run.ID, r.opts.OnConflict)
	})
}

// setAside sets the triggers of the tables aside that are written, and gives
// the statements that put them back.
func (r *reversal) setAside(ctx context.Context) ([]string, error) {
	var triggers []string
	for _, tab := range r.tables() {
		back, err := r.c.d.setAside(ctx, r.c.conn, tab)
		if err != nil {
			return nil, err
		}
		triggers = append(triggers, back...)
	}
	return triggers, nil
}

// settle finds the rows edited since, and refuses where the answer does not
// decide what becomes of them.
func (r *reversal) settle(ctx context.Context) ([]migrate.Conflict, error) {
	found, err := r.Conflicts(ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(found, func(c migrate.Conflict) bool { return c.Open(r.opts.OnConflict) }) {
		return nil, &migrate.ConflictError{Conflicts: found}
	}
	return found, nil
}

// tables lists the tables that the run changed and that are there.
func (r *reversal) tables() []*table {
	var out []*table
	for _, im := range r.hist.images {
		if im.tab != nil && !im.counter() && !slices.Contains(out, im.tab) {
			out = append(out, im.tab)
		}
	}
	return out
}

// undone says what is restored first: the categories that went, then what
// else was written to categories, for keys point at them; then the rest.
func (im image) undone() int {
	switch {
	case im.Role == roleCategory && im.Op == opDelete:
		return 0
	case im.Role == roleCategory:
		return 1
	}
	return 2
}

// restore gives back one image.
func (r *reversal) restore(ctx context.Context, t *transaction, im image) error {
	on := im.on(false)
	switch im.Op {
	case opUpdate:
		return r.restoreUpdate(ctx, t, im)
	case opInsert:
		keep := ""
		if r.opts.OnConflict == migrate.ConflictKeep || im.counter() {
			keep = " AND " + im.same()
		}
		return t.write(ctx, "take out", -1, r.c.d.deleteKept(im.tab, im.Store, on+keep))
	}
	return r.reinsert(ctx, t, im)
}

func (r *reversal) restoreUpdate(ctx context.Context, t *transaction, im image) error {
	if len(im.Columns) == 0 {
		return nil
	}
	set := make([]assigned, len(im.Columns))
	for i, column := range im.Columns {
		changed := im.changed(i) // what the run left alone is not the undo's either
		if r.opts.OnConflict == migrate.ConflictKeep || im.counter() {
			changed += " AND " + im.is(column, fmt.Sprintf("x.a%d", i+1))
		}
		set[i] = assigned{column, fmt.Sprintf("CASE WHEN %s THEN %s ELSE p.%s END", changed, im.given(column, fmt.Sprintf("x.b%d", i+1)), ident(column))}
		if slices.Contains(im.Counters, column) {
			set[i].expr = im.uncounted(i)
		}
	}
	if r.opts.OnConflict == migrate.ConflictRestore && im.Whole && r.appeal == nil {
		if err := r.putBack(ctx, t, im, numbered("x.b", len(im.Columns)), r.missing(im), r.c.d.storeOrder()); err != nil {
			return err
		}
	}
	err := t.write(ctx, "give back", -1, r.c.d.update(im.tab, set, im.Store+" x", im.on(false)))
	if says, ok := r.c.d.constraint(err); ok {
		return &migrate.ConflictError{Conflicts: []migrate.Conflict{{Table: im.Table, Detail: "what the run wrote over cannot come back: " + says}}}
	}
	return err
}

// reinsert puts deleted rows back, rowid and all; a row that is back already
// stays. A rowid that is no column and belongs to another row by now is not
// worth a conflict: such a row gets a fresh one, after the others have theirs.
func (r *reversal) reinsert(ctx context.Context, t *transaction, im image) error {
	kept, order := numbered("x.b", len(im.Columns)), r.c.d.storeOrder()
	if im.Rowid {
		taken := fmt.Sprintf("EXISTS (SELECT 1 FROM %s o WHERE o.%s = x.b1)", im.tab.sql(), ident(im.Columns[0]))
		kept[0], order = fmt.Sprintf("CASE WHEN %s THEN NULL ELSE x.b1 END", taken), taken+", x.rowid"
	}
	return r.putBack(ctx, t, im, kept, r.missing(im), order)
}

// putBack inserts the kept rows that are missing, but those that would point
// at what is gone.
func (r *reversal) putBack(ctx context.Context, t *transaction, im image, kept []string, missing, order string) error {
	for _, lost := range r.lost(im) {
		missing += " AND NOT (" + lost + ")"
	}
	for i, name := range im.Columns {
		if !im.Rowid || i > 0 {
			kept[i] = im.given(name, kept[i])
		}
	}
	query := fmt.Sprintf("%s SELECT %s FROM %s x WHERE %s", r.c.d.insertWhole(im.tab, im.Columns), strings.Join(kept, ", "), im.Store, missing)
	if order == "x.rowid" || im.Rowid {
		query += " ORDER BY " + order
	}
	insert := func() error { return t.write(ctx, "put back", -1, query) }
	var err error
	if im.Role == roleCategory { // parents and children together
		err = r.c.d.atOnce(ctx, r.c.conn, insert)
	} else {
		err = insert()
	}
	if says, ok := r.c.d.constraint(err); ok {
		return &migrate.ConflictError{Conflicts: []migrate.Conflict{{Table: im.Table, Detail: "a row came since that excludes a deleted one: " + says}}}
	}
	return err
}
