package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// The tables in which a catalog keeps its runs. They are made by the first
// run, in its own transaction.
//
//	recat_run        one row a run
//	recat_note       what a run says in words: its category and reference
//	                 lines, the verdicts its products share, the products that
//	                 it found and people kept, tolerated drift,
//	                 what an undo kept as it was edited since,
//	                 paths of categories that products name by id
//	recat_tombstone  what stays of removed categories, for ever
//	recat_image      the before-images of a run, each in a table of its own,
//	                 recat_image_RUN_SEQ, without types so that every value
//	                 keeps its own
var recordTables = []string{
	`CREATE TABLE IF NOT EXISTS recat_run (run INTEGER PRIMARY KEY, kind TEXT NOT NULL, of INTEGER, digest TEXT NOT NULL, policy TEXT NOT NULL,
		header TEXT, totals TEXT NOT NULL, operator TEXT, version TEXT, early TEXT, reason TEXT, approvals TEXT, at TEXT NOT NULL,
		rows INTEGER NOT NULL, on_conflict TEXT)`,
	`CREATE TABLE IF NOT EXISTS recat_note (run INTEGER NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (run, kind, n)) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS recat_tombstone (run INTEGER NOT NULL, id TEXT NOT NULL, path TEXT NOT NULL, successor TEXT NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS recat_image (run INTEGER NOT NULL, seq INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (run, seq)) WITHOUT ROWID`,
}

// image describes one before-image table.
type image struct {
	Seq      int      `json:"seq"`
	Table    string   `json:"table"`
	Op       string   `json:"op"`   // update, delete or insert
	Role     string   `json:"role"` // product, membership, delist, reference, category, redirect, closure or trigger
	Store    string   `json:"store"`
	Key      []string `json:"key"`                // columns that identify the row, in l1 …
	Columns  []string `json:"columns"`            // before in b1 …, after in a1 …
	Whole    bool     `json:"whole,omitempty"`    // an update's columns are all that the table stores
	Rowid    bool     `json:"rowid,omitempty"`    // the first column is a rowid that is no column
	Counters []string `json:"counters,omitempty"` // of columns: those that were added to, and go on being by others
	Told     []string `json:"told,omitempty"`     // of the products, those of title, seller and url that are kept; none in older runs
	Adrift   bool     `json:"adrift,omitempty"`   // only a rowid tells rows apart, and it may be another row's since

	d     dialect
	tab   *table   // as the database describes it today; nil where it is gone
	whole string   // the store that Store is a copy of
	back  []string // stores of the rows that appeals put back of those deleted
	again []string // stores of deleted rows, of which an appeal put these back
}

// roleProduct marks the products, with their verdicts.
const roleProduct = "product"

// roleCategory marks the rows of the categories themselves.
const roleCategory = "category"

// roleMembership marks the rows that file products in categories.
const roleMembership = "membership"

// roleClosure marks the rows of closure tables.
const roleClosure = "closure"

// roleOrphan marks memberships of products that were gone before the run.
const roleOrphan = "orphan"

const (
	opUpdate = "update"
	opDelete = "delete"
	opInsert = "insert"
)

// recorded reports whether the catalog has run tables.
func (c *Catalog) recorded(ctx context.Context) (bool, error) {
	ok, err := c.d.recorded(ctx, c.conn)
	return ok, c.d.failure(err)
}

// Runs lists the recorded runs, oldest first.
func (c *Catalog) Runs(ctx context.Context) ([]migrate.Run, error) {
	if ok, err := c.recorded(ctx); err != nil || !ok {
		return nil, err
	}
	var out []migrate.Run
	for row, err := range eachRow(ctx, c.conn, 14, fmt.Sprintf(`SELECT r.run, r.kind, r."of", r.digest, r.policy, r.header, r.totals,
		r.operator, r.version, r.early, r.reason, r.approvals, r."at", r."rows" FROM %s r ORDER BY r.run`, c.d.own("recat_run"))) {
		if err != nil {
			return nil, c.d.failure(err)
		}
		run, err := runOf(row)
		if err != nil {
			return nil, err
		}
		out = append(out, run)
	}
	if err := c.annotate(ctx, out); err != nil {
		return nil, err
	}
	migrate.SettleUndone(out)
	return out, nil
}

// annotate reads what else is noted of runs, of all of them at once. An undo
// has the paths of the run that it took back, and is pruned with it; an
// appeal, which has before-images of its own, is pruned by itself.
func (c *Catalog) annotate(ctx context.Context, runs []migrate.Run) error {
	of := map[int64][]*migrate.Run{} // by whose notes tell of them too
	own := map[int64]*migrate.Run{}
	for i := range runs {
		r := &runs[i]
		own[r.ID] = r
		of[cmp.Or(r.Of, r.ID)] = append(of[cmp.Or(r.Of, r.ID)], r)
	}
	pruned := map[int64]bool{}
	for row, err := range eachRow(ctx, c.conn, 3, "SELECT t.run, t.kind, t.line FROM "+c.d.own("recat_note")+
		" t WHERE t.kind IN ('appeal', 'drift', 'kept', 'paths', 'pruned') ORDER BY t.run, t.kind, t.n") {
		if err != nil {
			return fmt.Errorf("read the notes of runs: %w", c.d.failure(err))
		}
		id, kind, line := row[0].(int64), renderRaw(row[1]), []byte(renderRaw(row[2]))
		if kind == "pruned" {
			pruned[id] = true
		} else if err := annotated(own[id], of[id], kind, line); err != nil {
			return fmt.Errorf("read a %s note of run %d: %w", kind, id, err)
		}
	}
	for i := range runs {
		by := cmp.Or(runs[i].Of, runs[i].ID)
		if runs[i].Partial() {
			by = runs[i].ID
		}
		runs[i].Pruned = pruned[by]
	}
	return nil
}

// annotated takes one note of a run, which may tell of others too.
func annotated(run *migrate.Run, others []*migrate.Run, kind string, line []byte) error {
	if kind == "paths" {
		for _, r := range others {
			if err := json.Unmarshal(line, &r.Paths); err != nil {
				return err
			}
		}
		return nil
	}
	if run == nil {
		return nil
	}
	switch kind {
	case "appeal":
		return json.Unmarshal(line, &run.Appeal)
	case "kept":
		return another(line, &run.Kept)
	}
	return another(line, &run.Drift)
}

// another appends one more line to those of its kind.
func another[T any](line []byte, to *[]T) error {
	var v T
	err := json.Unmarshal(line, &v)
	*to = append(*to, v)
	return err
}

func runOf(row []any) (migrate.Run, error) {
	text := func(i int) string { return renderRaw(row[i]) }
	run := migrate.Run{ID: row[0].(int64), Kind: migrate.RunKind(text(1)), Digest: text(3), Policy: text(4),
		Operator: text(7), Version: text(8), Early: text(9), Reason: text(10), Rows: row[13].(int64)}
	if of, ok := row[2].(int64); ok {
		run.Of = of
	}
	if row[5] != nil {
		run.Header = json.RawMessage(text(5))
	}
	if row[11] != nil {
		run.Approvals = json.RawMessage(text(11))
	}
	if err := json.Unmarshal([]byte(text(6)), &run.Totals); err != nil {
		return run, fmt.Errorf("read the totals of run %d: %w", run.ID, err)
	}
	at, err := time.Parse(time.RFC3339Nano, text(12))
	if err != nil {
		return run, fmt.Errorf("read the time of run %d: %w", run.ID, err)
	}
	run.At = at
	return run, nil
}

// run finds one run.
func (c *Catalog) run(ctx context.Context, id int64) (migrate.Run, error) {
	runs, err := c.Runs(ctx)
	if err != nil {
		return migrate.Run{}, err
	}
	for _, r := range runs {
		if r.ID == id {
			return r, nil
		}
	}
	return migrate.Run{}, fmt.Errorf("run %d: %w", id, migrate.ErrNoRun)
}

// notes hands the lines of one kind to take, in order.
func (c *Catalog) notes(ctx context.Context, run int64, kind string, take func([]byte) error) error {
	lines, err := columnOf[string](ctx, c.conn, "SELECT line FROM "+c.d.own("recat_note")+" WHERE run = ? AND kind = ? ORDER BY n", run, kind)
	if err != nil {
		return fmt.Errorf("read the %s notes of run %d: %w", kind, run, c.d.failure(err))
	}
	for _, line := range lines {
		if err := take([]byte(line)); err != nil {
			return fmt.Errorf("read a %s note of run %d: %w", kind, run, err)
		}
	}
	return nil
}

// Tombstones lists what stays of removed categories.
func (c *Catalog) Tombstones(ctx context.Context) ([]migrate.Tombstone, error) {
	if ok, err := c.recorded(ctx); err != nil || !ok {
		return nil, err
	}
	runs, err := c.Runs(ctx)
	if err != nil {
		return nil, err
	}
	undone := map[int64]bool{}
	for _, r := range runs {
		undone[r.ID] = r.UndoneBy != 0
	}
	var out []migrate.Tombstone
	for row, err := range eachRow(ctx, c.conn, 4, fmt.Sprintf(`SELECT t.run, t.id, t.path, t.successor FROM %s t ORDER BY t.run, %s`,
		c.d.own("recat_tombstone"), c.d.byBytes("t.id"))) {
		if err != nil {
			return nil, c.d.failure(err)
		}
		out = append(out, migrate.Tombstone{Run: row[0].(int64), ID: taxonomy.ID(renderRaw(row[1])), Path: renderRaw(row[2]),
			Successor: taxonomy.ID(renderRaw(row[3])), Undone: undone[row[0].(int64)]})
	}
	return out, nil
}

// images lists the before-images of a run, in the order they were taken.
func (c *Catalog) images(ctx context.Context, run int64) ([]image, error) {
	lines, err := columnOf[string](ctx, c.conn, "SELECT line FROM "+c.d.own("recat_image")+" WHERE run = ? ORDER BY seq", run)
	if err != nil {
		return nil, fmt.Errorf("list the before-images of run %d: %w", run, c.d.failure(err))
	}
	out := make([]image, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &out[i]); err != nil {
			return nil, fmt.Errorf("read a before-image of run %d: %w", run, err)
		}
		out[i].d = c.d
		if tab, ok := c.schema.table(out[i].Table); ok {
			out[i].tab = tab
		}
		if out[i].counter() {
			if out[i].tab, err = c.d.counters(ctx, c.conn); err != nil {
				return nil, fmt.Errorf("find the counters: %w", err)
			}
		}
	}
	return out, nil
}
