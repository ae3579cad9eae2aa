package catalogtest

import (
	"cmp"
	"context"
	"fmt"
	"maps"

	"recat/migrate"
)

// reversal is the undoing of a run, or of a part of it.
type reversal struct {
	m        *Memory
	run      *run
	opts     migrate.ReverseOptions
	runs     int // recorded when it was prepared
	images   []image
	restores migrate.Restoration
}

// Reverse prepares the undoing of an apply, or of an appeal.
func (m *Memory) Reverse(ctx context.Context, id int64, opts migrate.ReverseOptions) (migrate.Reversal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.run(id)
	switch {
	case err != nil:
		return nil, err
	case r.Kind != migrate.RunApply && !r.Partial():
		return nil, migrate.Refuse("run %d is an undo", id)
	case r.UndoneBy != 0:
		return nil, fmt.Errorf("run %d: %w", id, migrate.ErrAlreadyUndone)
	}
	opts.OnConflict = cmp.Or(opts.OnConflict, migrate.ConflictFail)
	copied := *r
	rev := &reversal{m: m, run: &copied, opts: opts, runs: len(m.runs), images: m.sinceThen(r)}
	if opts.Part != nil {
		err = rev.choose(*opts.Part)
	}
	return rev, cmp.Or(err, ctx.Err())
}

// Run is the run to be undone.
func (r *reversal) Run() migrate.Run { return r.run.Run }

// Conflicts lists the rows edited since.
func (r *reversal) Conflicts(ctx context.Context) ([]migrate.Conflict, error) {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	_, conflicts := r.merge()
	return conflicts, ctx.Err()
}

// Restores says what an appeal restores.
func (r *reversal) Restores() migrate.Restoration { return r.restores }

// Commit restores the before-images.
func (r *reversal) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if err := observe(ctx, opts, "locked"); err != nil {
		return migrate.Receipt{}, err
	}
	if r.m.runs[r.run.ID-1].UndoneBy != 0 {
		return migrate.Receipt{}, fmt.Errorf("run %d: %w", r.run.ID, migrate.ErrAlreadyUndone)
	}
	if len(r.m.runs) != r.runs {
		return migrate.Receipt{}, migrate.ErrMoved
	}
	next, conflicts := r.merge()
	for _, c := range conflicts {
		if c.Open(cmp.Or(r.opts.OnConflict, migrate.ConflictFail)) {
			return migrate.Receipt{}, &migrate.ConflictError{Conflicts: conflicts}
		}
	}
	undo := run{Run: record(migrate.RunUndo, opts)}
	undo.Of = r.run.ID
	if r.opts.OnConflict == migrate.ConflictKeep {
		undo.Kept = conflicts
	}
	if r.opts.Part != nil {
		undo.Appeal, undo.changes = &r.restores.Appeal, r.changes(next)
	}
	return r.m.commit(ctx, next, undo, opts)
}

// Close frees nothing.
func (r *reversal) Close() error { return nil }

// merge takes every image back from the state now. What was edited since is a
// conflict, and so is a row whose category or product went in the meantime.
func (r *reversal) merge() (tables, []migrate.Conflict) {
	next := r.m.tables.clone()
	var conflicts []migrate.Conflict
	for _, im := range r.images {
		now := next[im.table][im.key]
		restored, columns := im.restore(now, r.opts.OnConflict == migrate.ConflictRestore)
		if of := im.before["product_id"]; of != "" && r.m.tables["products"][of] == nil {
			restored, columns = nil, []string{""} // a membership goes with its product
		}
		delete(next[im.table], im.key)
		if restored != nil {
			next[im.table][im.key] = restored
		}
		settledBy := []migrate.OnConflict{migrate.ConflictKeep}
		if now != nil {
			settledBy = append(settledBy, migrate.ConflictRestore)
		}
		for _, column := range columns {
			conflicts = append(conflicts, migrate.Conflict{Table: im.table, Row: im.key, Column: column,
				Detail: fmt.Sprintf("before %s; after %s; now %s", im.before, im.after, now), Product: im.product(), SettledBy: settledBy})
		}
	}
	for _, bad := range next.dangling() {
		conflicts = append(conflicts, migrate.Conflict{Row: bad, Detail: bad})
	}
	return next, conflicts
}

// restore is the three-way merge of one row: what it becomes, and the columns
// edited since; "" stands for the row as a whole.
func (m image) restore(now row, force bool) (row, []string) {
	switch {
	case now == nil && (m.after == nil || m.before == nil):
		return m.before, nil // as it was left, or as it was before
	case now == nil:
		return nil, []string{""} // the columns the run did not write are lost
	case m.before == nil && maps.Equal(now, m.after):
		return nil, nil
	case m.before == nil && force:
		return nil, []string{""}
	case m.before == nil:
		return now, []string{""}
	case m.after == nil && maps.Equal(now, m.before):
		return now, nil
	case m.after == nil && force:
		return m.before, []string{""}
	case m.after == nil:
		return now, []string{""}
	}
	out, edited := maps.Clone(now), []string(nil)
	for _, c := range m.columns() {
		mine, back := same(now, m.after, c), same(now, m.before, c)
		if !mine && !back {
			edited = append(edited, c)
		}
		if mine || force {
			copyColumn(out, m.before, c)
		}
	}
	return out, edited
}
