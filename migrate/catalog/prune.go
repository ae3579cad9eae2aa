package catalog

import (
	"context"
	"fmt"
	"time"

	"recat/migrate"
)

// prunedNote is the note of a run whose before-images were given up.
type prunedNote struct {
	At       time.Time `json:"at"`
	Operator string    `json:"operator,omitempty"`
	Version  string    `json:"version,omitempty"`
}

// Prune drops a run's before-images to free their space, for ever: the run
// cannot be undone afterwards, and what it wrote is no longer compared row by
// row. Its record, notes and tombstones stay, and no user table is touched.
// It gives the number of before-images dropped, 0 where none were left. The
// error wraps migrate.ErrNoRun where there is no such run, and is a
// RefusedError for an undo, which has none of its own.
func (c *Catalog) Prune(ctx context.Context, id int64, opts migrate.PruneOptions) (int, error) {
	run, err := c.run(ctx, id) // before the run tables would be made for it
	if err == nil {
		err = run.Prunable()
	}
	if err != nil {
		return 0, err
	}
	dropped := 0
	commit := migrate.CommitOptions{Now: opts.Now, LockTimeout: opts.LockTimeout, Observe: opts.Observe}
	_, err = c.inWrite(ctx, commit, c.newTransaction(commit), nil, func(t *transaction) error {
		dropped, err = c.prune(ctx, t, id, opts)
		return err
	})
	return dropped, err
}

// prune says first that the run is pruned, so that where an engine commits
// what drops a table by itself, nobody reads half of the before-images.
func (c *Catalog) prune(ctx context.Context, t *transaction, id int64, opts migrate.PruneOptions) (int, error) {
	run, err := c.run(ctx, id)
	if err != nil {
		return 0, err
	}
	images, err := c.images(ctx, id)
	if err != nil {
		return 0, err
	}
	if !run.Pruned {
		t.run = id
		if err := t.note(ctx, "pruned", 1, prunedNote{At: t.now, Operator: opts.Operator, Version: opts.Version}); err != nil {
			return 0, err
		}
	}
	t.observe("prune")
	for _, im := range images {
		if err := exec(ctx, c.conn, "DROP TABLE IF EXISTS "+im.Store); err != nil {
			return 0, fmt.Errorf("drop a before-image of run %d: %w", id, err)
		}
	}
	return len(images), t.record(ctx, "DELETE FROM "+c.d.own("recat_image")+" WHERE run = ?", id)
}

// graves asks, of a run whose before-images are gone, what its tombstones
// still tell: whether a category it removed is back, and whether anything
// names one by its id.
func (v *verifier) graves(run int64) {
	m := v.h.mapping
	cats, ok := v.h.c.schema.table(m.Categories.Table)
	if !ok || len(m.Categories.SoftRemove) > 0 {
		return
	}
	dead := fmt.Sprintf("IN (SELECT id FROM %s WHERE run = %d)", v.h.c.d.own("recat_tombstone"), run)
	if !v.named(cats, fmt.Sprintf("%s WHERE %s %s", cats.sql(), v.asText(cats, m.Categories.ID), dead), cats.name, "is back") {
		return
	}
	for _, p := range m.pointers() {
		if m.keyColumn(p.refersTo) == m.Categories.ID && !v.naming(p, dead) {
			return
		}
	}
	ids, err := columnOf[string](v.ctx, v.h.c.conn, "SELECT id FROM "+v.h.c.d.own("recat_tombstone")+" WHERE run = ?", run)
	if err != nil {
		v.yield(migrate.Difference{}, v.h.c.d.failure(err))
		return
	}
	for _, r := range m.References {
		if r.inText() && m.keyColumn(r.RefersTo) == m.Categories.ID && !v.textsNaming(r, ids) {
			return
		}
	}
}

// naming yields the rows whose pointing column holds one of the dead.
func (v *verifier) naming(p pointer, dead string) bool {
	tab, where := v.leads(p)
	if tab == nil {
		return true
	}
	return v.named(tab, fmt.Sprintf("%s WHERE %s %s%s", tab.sql(), v.asText(tab, p.column), dead, where), p.table, "points at a removed category: "+p.column)
}

// asText is the text that a column's key renders as.
func (v *verifier) asText(t *table, name string) string {
	col, _ := t.column(name)
	return v.h.c.d.asText(col, ident(name))
}
