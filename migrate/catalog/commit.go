package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"recat/migrate"
)

// transaction is one write transaction with what it must record.
type transaction struct {
	c       *Catalog
	opts    migrate.CommitOptions
	run     int64
	images  []image
	rows    int64 // changed by recat's own statements on user tables
	records int64 // changed by recat's own statements on its records
	base    int64 // total_changes() at the start
	now     time.Time
	watched []*watched
}

func (t *transaction) observe(point string) {
	if t.opts.Observe != nil {
		t.opts.Observe(point)
	}
}

// write changes rows of a user table, and insists on how many.
func (t *transaction) write(ctx context.Context, what string, want int64, query string, args ...any) error {
	n, err := changed(ctx, t.c.conn, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	t.rows += n
	if want >= 0 && n != want {
		return fmt.Errorf("%s: %d rows changed where %d were planned; nothing is kept", what, n, want)
	}
	return nil
}

// record changes rows of recat's own tables.
func (t *transaction) record(ctx context.Context, query string, args ...any) error {
	n, err := changed(ctx, t.c.conn, query, args...)
	if isCreate(query) {
		n = 0
	}
	t.records += n
	return err
}

func isCreate(query string) bool { return len(query) > 6 && query[:6] == "CREATE" }

// lock takes the write lock, waiting as long as the options say. It asks
// again and again rather than once for long, so that an interrupt is heard.
func (c *Catalog) lock(ctx context.Context, timeout time.Duration) error {
	if err := exec(ctx, c.conn, "PRAGMA busy_timeout = 100"); err != nil {
		return err
	}
	return c.retryBusy(ctx, timeout, "BEGIN IMMEDIATE")
}

// retryBusy runs a statement until it is not refused for another's lock. An
// interrupt is heard between two attempts and never within one, of which it
// could not be said whether it committed.
func (c *Catalog) retryBusy(ctx context.Context, timeout time.Duration, statement string) error {
	deadline := time.Now().Add(timeout)
	for {
		err := busy(exec(context.WithoutCancel(ctx), c.conn, statement))
		if !errors.Is(err, migrate.ErrBusy) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// inWrite runs fn in one write transaction. Whatever goes wrong, nothing of
// it stays; the error of rolling back is joined to the cause.
func (c *Catalog) inWrite(ctx context.Context, opts migrate.CommitOptions, fn func(*transaction) error) (migrate.Receipt, error) {
	if opts.Observe != nil {
		opts.Observe("lock")
	}
	if err := c.lock(ctx, opts.LockTimeout); err != nil {
		return migrate.Receipt{}, fmt.Errorf("lock %s: %w", c.target, err)
	}
	start := time.Now()
	t := &transaction{c: c, opts: opts, now: opts.Now.UTC()}
	err := t.begin(ctx)
	if err == nil {
		err = fn(t)
	}
	if err == nil {
		t.observe("commit")
		if err = ctx.Err(); err == nil {
			err = c.retryBusy(ctx, opts.LockTimeout, "COMMIT")
		}
	}
	if err != nil {
		rollback := exec(context.WithoutCancel(ctx), c.conn, "ROLLBACK")
		return migrate.Receipt{}, errors.Join(forbidden(busy(err)), rollback)
	}
	locked := time.Since(start)
	t.observe("committed")
	return migrate.Receipt{Run: t.run, Locked: locked, Rows: t.rows, After: c.afterLines()}, nil
}

func (c *Catalog) afterLines() []string {
	if c.mapping == nil {
		return nil
	}
	return c.mapping.After
}

// begin makes the record tables, where this is the first run, and numbers it.
func (t *transaction) begin(ctx context.Context) error {
	t.observe("locked")
	for _, q := range recordTables {
		if err := exec(ctx, t.c.conn, q); err != nil {
			return fmt.Errorf("make the run tables: %w", err)
		}
	}
	var err error
	if t.run, err = one[int64](ctx, t.c.conn, "SELECT COALESCE(max(run), 0) + 1 FROM recat_run"); err != nil {
		return fmt.Errorf("number the run: %w", err)
	}
	return nil
}

// count begins to count the changes that checkCounts asks about.
func (t *transaction) count(ctx context.Context) error {
	var err error
	t.base, err = one[int64](ctx, t.c.conn, "SELECT total_changes()")
	return err
}

// checkCounts insists that nothing but recat's own statements changed rows:
// no cascade, no undeclared trigger.
func (t *transaction) checkCounts(ctx context.Context) error {
	if len(t.watched) > 0 || t.declared() {
		return nil // declared triggers write too; their rows are compared
	}
	total, err := one[int64](ctx, t.c.conn, "SELECT total_changes()")
	if err != nil {
		return err
	}
	if got := total - t.base - t.records; got != t.rows {
		return fmt.Errorf("the database changed %d rows where recat changed %d; nothing is kept", got, t.rows)
	}
	return nil
}

func (t *transaction) declared() bool { return t.c.mapping != nil && len(t.c.mapping.Triggers) > 0 }

// remember writes the run's own record.
func (t *transaction) remember(ctx context.Context, kind migrate.RunKind, of int64, onConflict migrate.OnConflict) error {
	t.observe("record")
	totals, err := json.Marshal(t.opts.Totals)
	if err != nil {
		return fmt.Errorf("encode the totals: %w", err)
	}
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	var undoes any
	if of > 0 {
		undoes = of
	}
	if err := t.record(ctx, `INSERT INTO recat_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.run, string(kind), undoes, t.opts.Digest, t.opts.Policy, null(string(t.opts.Header)), string(totals),
		null(t.opts.Operator), null(t.opts.Version), null(t.opts.Early), null(t.opts.Reason), null(string(t.opts.Approvals)),
		t.now.Format(time.RFC3339Nano), t.rows, null(string(onConflict))); err != nil {
		return fmt.Errorf("record the run: %w", err)
	}
	for i, d := range t.opts.Drift {
		if err := t.note(ctx, "drift", i+1, d); err != nil {
			return err
		}
	}
	if len(t.opts.Paths) > 0 {
		if err := t.note(ctx, "paths", 1, t.opts.Paths); err != nil {
			return err
		}
	}
	for _, im := range t.images {
		line, err := json.Marshal(im)
		if err != nil {
			return fmt.Errorf("encode a before-image: %w", err)
		}
		if err := t.record(ctx, "INSERT INTO recat_image VALUES (?, ?, ?)", t.run, im.Seq, string(line)); err != nil {
			return fmt.Errorf("record a before-image: %w", err)
		}
	}
	return nil
}

// note records what a run says in words.
func (t *transaction) note(ctx context.Context, kind string, n int, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a %s note: %w", kind, err)
	}
	if err := t.record(ctx, "INSERT INTO recat_note VALUES (?, ?, ?, ?)", t.run, kind, n, string(line)); err != nil {
		return fmt.Errorf("record a %s note: %w", kind, err)
	}
	return nil
}

// nowFor is the run's instant as a column holds instants: seconds since 1970
// in a column of integers, else UTC text.
func (t *transaction) nowFor(tab *table, name string) any {
	if col, ok := tab.column(name); ok && col.integer() {
		return t.now.Unix()
	}
	return t.now.Format("2006-01-02 15:04:05")
}

// assign writes SET clauses and their arguments.
func (t *transaction) assign(tab *table, set []Assignment) (clauses []string, args []any) {
	for _, a := range set {
		if a.Value.Now {
			clauses = append(clauses, ident(a.Column)+" = ?")
			args = append(args, t.nowFor(tab, a.Column))
			continue
		}
		clauses = append(clauses, ident(a.Column)+" = "+literalSQL(a.Value))
	}
	return clauses, args
}
