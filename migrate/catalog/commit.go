package catalog

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	// rehearsed says that nothing is written yet: the steps are gone through to
	// make the stores of the before-images, where they cannot be made within.
	rehearsed bool
}

func (t *transaction) observe(point string) {
	if t.opts.Observe != nil && !t.rehearsed {
		t.opts.Observe(point)
	}
}

// write changes rows of a user table, and insists on how many.
func (t *transaction) write(ctx context.Context, what string, want int64, query string, args ...any) error {
	if t.rehearsed {
		return nil
	}
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
	if t.rehearsed {
		return nil
	}
	n, err := changed(ctx, t.c.conn, query, args...)
	t.records += n
	return err
}

// insert inserts one row of a user table and gives its key, of one column.
func (t *transaction) insert(ctx context.Context, what string, tab *table, query string, args []any) (int64, error) {
	if t.rehearsed {
		return 0, nil
	}
	key, err := t.c.d.insert(ctx, t.c.conn, tab, query, args)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	t.rows++
	return key, nil
}

// inWrite runs fn in one write transaction that holds the lock on the tables.
// Whatever goes wrong, nothing of it stays; the error of rolling back is
// joined to the cause.
func (c *Catalog) inWrite(ctx context.Context, opts migrate.CommitOptions, t *transaction, tables []*table, fn func(*transaction) error) (migrate.Receipt, error) {
	if opts.Observe != nil {
		opts.Observe("lock")
	}
	if err := c.d.lock(ctx, c.conn, tables, opts.LockTimeout); err != nil {
		return migrate.Receipt{}, fmt.Errorf("lock %s: %w", c.target, err)
	}
	start := time.Now()
	err := t.begin(ctx)
	if err == nil {
		err = fn(t)
	}
	if err == nil {
		t.observe("commit")
		if err = ctx.Err(); err == nil {
			err = c.d.commit(ctx, c.conn, opts.LockTimeout)
		}
	}
	if err != nil {
		rollback := c.d.rollback(c.conn)
		return migrate.Receipt{}, errors.Join(c.forbidden(c.d.failure(err)), rollback)
	}
	locked := time.Since(start)
	if there, err := c.d.landed(ctx, c.conn, t.run); err != nil || !there {
		return migrate.Receipt{}, cmp.Or(err, error(migrate.ErrMoved))
	}
	t.observe("committed")
	return migrate.Receipt{Run: t.run, Locked: locked, Rows: t.rows, After: c.afterLines()}, nil
}

// newTransaction is a write transaction that has not begun.
func (c *Catalog) newTransaction(opts migrate.CommitOptions) *transaction {
	return &transaction{c: c, opts: opts, now: opts.Now.UTC()}
}

// forbidden turns a constraint's refusal, or a trigger's, into recat's own,
// without the statement that met it.
func (c *Catalog) forbidden(err error) error {
	says, ok := c.d.constraint(err)
	if !ok {
		return err
	}
	doing, _, _ := strings.Cut(err.Error(), ": "+says)
	return migrate.Refuse("%s: the database forbids it: %s", doing, says)
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
	if err := t.c.d.makeRecords(ctx, t.c.conn); err != nil {
		return fmt.Errorf("make the run tables: %w", err)
	}
	return t.number(ctx)
}

// number gives the run its number.
func (t *transaction) number(ctx context.Context) error {
	next, err := one[int64](ctx, t.c.conn, "SELECT COALESCE(max(run), 0) + 1 FROM "+t.c.d.own("recat_run"))
	if err != nil {
		return fmt.Errorf("number the run: %w", err)
	}
	if t.run != 0 && t.run != next { // somebody else's run took the number
		return migrate.ErrMoved
	}
	t.run = next
	return nil
}

// make makes a temporary table of the stage.
func (t *transaction) make(ctx context.Context, s maker, tab tempTable) error {
	if t.rehearsed {
		return nil
	}
	return s.make(ctx, tab)
}

// count begins to count the changes that checkCounts asks about.
func (t *transaction) count(ctx context.Context) error {
	var err error
	t.base, err = t.c.d.changes(ctx, t.c.conn)
	return err
}

// checkCounts insists that nothing but recat's own statements changed rows:
// no cascade, no undeclared trigger.
func (t *transaction) checkCounts(ctx context.Context) error {
	if len(t.watched) > 0 || t.declared() {
		return nil // declared triggers write too; their rows are compared
	}
	total, err := t.c.d.changes(ctx, t.c.conn)
	if err != nil || total < 0 {
		return err
	}
	got := total - t.base
	if t.c.d.countsAll() {
		got -= t.records
	}
	if got != t.rows {
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
	if err := t.record(ctx, "INSERT INTO "+t.c.d.own("recat_run")+" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
		if err := t.record(ctx, "INSERT INTO "+t.c.d.own("recat_image")+" VALUES (?, ?, ?)", t.run, im.Seq, string(line)); err != nil {
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
	if err := t.record(ctx, "INSERT INTO "+t.c.d.own("recat_note")+" VALUES (?, ?, ?, ?)", t.run, kind, n, string(line)); err != nil {
		return fmt.Errorf("record a %s note: %w", kind, err)
	}
	return nil
}

// nowFor is the run's instant as a column holds instants: seconds since 1970
// in a column of integers, else UTC text.
func (t *transaction) nowFor(tab *table, name string) any {
	if col, ok := tab.column(name); ok && col.integers {
		return t.now.Unix()
	}
	return t.now.Format("2006-01-02 15:04:05")
}

// assign gives columns their expressions, and the parameters of these.
func (t *transaction) assign(tab *table, set []Assignment) (out []assigned, args []any) {
	for _, a := range set {
		if a.Value.Now {
			out, args = append(out, assigned{a.Column, "?"}), append(args, t.nowFor(tab, a.Column))
			continue
		}
		out = append(out, assigned{a.Column, t.c.d.literal(a.Value)})
	}
	return out, args
}
