package catalog

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"recat/migrate"
)

// makeTemp makes a table of the types that the expressions have. In a session
// that only reads, that alone is done in a transaction that may write.
func (d *postgres) makeTemp(ctx context.Context, s *session, t tempTable) error {
	statements := []string{pgCreate(t.name, t.columns, t.from)}
	if len(t.key) > 0 {
		statements = append(statements, fmt.Sprintf("ALTER TABLE %s ADD PRIMARY KEY (%s)", t.name, strings.Join(t.key, ", ")))
	}
	for _, name := range t.indexed {
		statements = append(statements, fmt.Sprintf("CREATE INDEX ON %s (%s)", t.name, name))
	}
	return d.private(ctx, s, func() error {
		for _, q := range statements {
			if err := exec(ctx, s, q); err != nil {
				return err
			}
		}
		return nil
	})
}

func pgCreate(name string, columns []typedColumn, from string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		switch c.expr {
		case "":
			out[i] = "CAST(NULL AS bigint) AS " + c.name
		case anyText:
			out[i] = "CAST(NULL AS text) AS " + c.name
		default:
			out[i] = "(" + c.expr + ") AS " + c.name
		}
	}
	if from != "" {
		from = " FROM " + from
	}
	return fmt.Sprintf("CREATE TEMP TABLE %s AS SELECT %s%s WITH NO DATA", name, strings.Join(out, ", "), from)
}

// private runs fn, which touches temporary tables only, in a transaction that
// may write.
func (d *postgres) private(ctx context.Context, s *session, fn func() error) error {
	if d.open || !d.readOnly {
		return d.standby(ctx, s, fn())
	}
	if err := exec(ctx, s, "BEGIN READ WRITE"); err != nil {
		return d.standby(ctx, s, err)
	}
	if err := fn(); err != nil {
		return errors.Join(err, exec(context.WithoutCancel(ctx), s, "ROLLBACK"))
	}
	return exec(ctx, s, "COMMIT")
}

// dropTemp drops the tables; those of a connection that was lost are gone.
func (d *postgres) dropTemp(ctx context.Context, s *session, names []string) error {
	if len(names) == 0 {
		return nil
	}
	err := d.private(ctx, s, func() error {
		return exec(ctx, s, "DROP TABLE IF EXISTS pg_temp."+strings.Join(names, ", pg_temp."))
	})
	if lost(s) {
		return nil
	}
	return err
}

// lost reports whether the connection is gone.
func lost(s *session) bool {
	err := s.PingContext(context.Background())
	return errors.Is(err, driver.ErrBadConn)
}

func (*postgres) insertNumbered(table string, columns, exprs []string, from, order string) string {
	return numberedBy(table, columns, exprs, from, order)
}

// numberedBy numbers rows with a window function.
func numberedBy(table string, columns, exprs []string, from, order string) string {
	return fmt.Sprintf("INSERT INTO %s (n, %s) SELECT row_number() OVER (ORDER BY %s), %s FROM %s",
		table, strings.Join(columns, ", "), order, strings.Join(exprs, ", "), from)
}

func (*postgres) filled(ctx context.Context, s *session, name string) error {
	return exec(ctx, s, "ANALYZE "+name)
}

func (*postgres) update(t *table, set []assigned, from, where string) string {
	return sqlite{}.update(t, set, from, where)
}

func (*postgres) updateIn(t *table, set []assigned, listed string) string {
	return sqlite{}.updateIn(t, set, listed)
}

func (*postgres) updateListed(t *table, set []assigned, query, where string) string {
	return sqlite{}.updateListed(t, set, query, where)
}

func (d *postgres) deleteKept(t *table, store, on string) string {
	return d.deleteFrom(t, fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE %s)", store, on))
}

func (*postgres) deleteFrom(t *table, where string) string { return sqlite{}.deleteFrom(t, where) }

// insertWhole gives identity columns the values that they had.
func (*postgres) insertWhole(t *table, columns []string) string {
	return sqlite{}.insertWhole(t, columns) + " OVERRIDING SYSTEM VALUE"
}

func (*postgres) insert(ctx context.Context, s *session, t *table, query string, args []any) (int64, error) {
	return one[int64](ctx, s, query+" RETURNING "+ident(t.ident()[0]), args...)
}

func (*postgres) restoring(context.Context, *session) error { return nil }

// setAside disables the triggers that are enabled; their owner may.
func (*postgres) setAside(ctx context.Context, s *session, t *table) ([]string, error) {
	back := []string{}
	seen := map[string]bool{}
	for _, g := range t.triggers {
		if seen[g.name] {
			continue
		}
		seen[g.name] = true
		if err := exec(ctx, s, fmt.Sprintf("ALTER TABLE %s DISABLE TRIGGER %s", t.sql(), ident(g.name))); err != nil {
			return nil, err
		}
		back = append(back, fmt.Sprintf("ALTER TABLE %s %s TRIGGER %s", t.sql(), g.sql, ident(g.name)))
	}
	if len(back) > 0 { // no event may be pending when triggers are enabled
		back = append([]string{"SET CONSTRAINTS ALL IMMEDIATE"}, back...)
	}
	return back, nil
}

// counters is none: what a sequence has given is never taken back.
func (*postgres) counters(context.Context, *session) (*table, error) { return nil, nil }

// own puts recat's tables into a schema of their own.
func (*postgres) own(name string) string { return "recat." + strings.TrimPrefix(name, "recat_") }

var pgRecords = []string{
	`CREATE TABLE IF NOT EXISTS recat.run (run bigint PRIMARY KEY, kind text NOT NULL, "of" bigint, digest text NOT NULL, policy text NOT NULL,
		header text, totals text NOT NULL, operator text, version text, early text, reason text, approvals text, "at" text NOT NULL,
		"rows" bigint NOT NULL, on_conflict text)`,
	`CREATE TABLE IF NOT EXISTS recat.note (run bigint NOT NULL, kind text NOT NULL, n bigint NOT NULL, line text NOT NULL, PRIMARY KEY (run, kind, n))`,
	`CREATE TABLE IF NOT EXISTS recat.tombstone (run bigint NOT NULL, id text NOT NULL, path text NOT NULL, successor text NOT NULL, PRIMARY KEY (run, id))`,
	`CREATE TABLE IF NOT EXISTS recat.image (run bigint NOT NULL, seq bigint NOT NULL, line text NOT NULL, PRIMARY KEY (run, seq))`,
}

func (d *postgres) makeRecords(ctx context.Context, s *session) error {
	there, err := one[bool](ctx, s, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = 'recat')")
	if err != nil {
		return err
	}
	if !there { // asked first, for who may not make schemas may not even if it is there
		if err := exec(ctx, s, "CREATE SCHEMA recat"); err != nil {
			return err
		}
	}
	for _, q := range pgRecords {
		if err := exec(ctx, s, q); err != nil {
			return err
		}
	}
	return nil
}

func (*postgres) recorded(ctx context.Context, s *session) (bool, error) {
	return one[bool](ctx, s, `SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'recat' AND c.relname = 'run')`)
}

func (*postgres) makeStore(ctx context.Context, s *session, name string, columns []storeColumn) error {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name + " bigint"
		if c.like != nil {
			out[i] = c.name + " text"
		}
		if c.rule != "" {
			out[i] += " CHECK (" + c.rule + ")"
		}
	}
	return exec(ctx, s, fmt.Sprintf("CREATE TABLE %s (%s)", name, strings.Join(out, ", ")))
}

func (*postgres) keep(expr string, _ column) string { return "(" + expr + ")::text" }

func (*postgres) textOf(expr string) string {
	return fmt.Sprintf("CASE WHEN pg_typeof(%[1]s) = 'bytea'::regtype THEN substr((%[1]s)::text, 3) ELSE (%[1]s)::text END", expr)
}

func (*postgres) give(kept string, c column) string {
	if c.decl == "" {
		return kept
	}
	return "(" + kept + ")::" + c.decl
}

func (*postgres) isKept(value, kept string, _ column) string {
	return "((" + value + `)::text COLLATE "C" IS NOT DISTINCT FROM ` + kept + ")"
}

func (d *postgres) keyKept(key, kept string, c column) string { return key + " = " + d.give(kept, c) }

func (*postgres) storeOrder() string { return "x.n" }

func (*postgres) nullKeys() bool { return false }

func (d *postgres) inRead(ctx context.Context, s *session, fn func() error) error {
	if err := exec(ctx, s, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return err
	}
	d.open = true
	err := fn()
	d.open = false
	if err != nil {
		return errors.Join(err, d.rollback(s))
	}
	return exec(context.WithoutCancel(ctx), s, "COMMIT")
}

func (*postgres) asOne(context.Context, *session, func() (bool, error)) (bool, error) {
	return true, nil
}

func (*postgres) before(context.Context, *session, *transaction, func() error) error { return nil }

// lockPatience is how long one attempt at the locks may make the shop's own
// writers wait behind it.
const lockPatience = time.Second

// recatLock is the key of the advisory lock that keeps two runs apart.
const recatLock = 0x7265636174

// lock keeps all others from writing the tables, not from reading them. Even
// a serializable transaction would let one at a lower level slip a product
// into a category that no immediate foreign key guards. It asks again and
// again rather than once for long: who waits for a lock holds others up.
func (d *postgres) lock(ctx context.Context, s *session, tables []*table, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		patience := max(min(lockPatience, time.Until(deadline)), time.Millisecond)
		err := d.tryLock(ctx, s, tables, patience)
		if err == nil {
			return nil
		}
		err = errors.Join(d.failure(err), d.rollback(s))
		waiting := errors.Is(err, migrate.ErrBusy) || errors.Is(err, migrate.ErrMoved)
		switch {
		case waiting && time.Now().After(deadline):
			return migrate.ErrBusy
		case !waiting:
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (d *postgres) tryLock(ctx context.Context, s *session, tables []*table, patience time.Duration) error {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.sql()
	}
	statements := []string{
		"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
		fmt.Sprintf("SET LOCAL lock_timeout = %d", patience.Milliseconds()),
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", recatLock),
	}
	if len(names) > 0 {
		statements = append(statements, "LOCK TABLE "+strings.Join(names, ", ")+" IN SHARE ROW EXCLUSIVE MODE")
	}
	d.open = true
	for _, q := range statements {
		if err := exec(ctx, s, q); err != nil {
			return err
		}
	}
	return nil
}

// commit asks first whether every deferred key holds, while the answer still
// has a name.
func (d *postgres) commit(ctx context.Context, s *session, _ time.Duration) error {
	if err := exec(ctx, s, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
		return fmt.Errorf("check the deferred constraints: %w", err)
	}
	if err := exec(context.WithoutCancel(ctx), s, "COMMIT"); err != nil {
		if d.failure(err) == err {
			return unknownCommit(err)
		}
		return err
	}
	d.open = false
	return nil
}

// rollback ends a transaction; that of a lost connection has ended.
func (d *postgres) rollback(s *session) error {
	d.open = false
	err := exec(context.Background(), s, "ROLLBACK")
	if err != nil && lost(s) {
		return nil
	}
	return err
}

// changes are the server's own counts of this transaction: cascades and what
// triggers write are among them.
func (*postgres) changes(ctx context.Context, s *session) (int64, error) {
	return one[int64](ctx, s, `SELECT COALESCE(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_xact_user_tables
		WHERE schemaname <> 'recat' AND schemaname !~ '^pg_temp'`)
}

func (*postgres) countsAll() bool { return false }

func (*postgres) moved(context.Context, *session) (int64, error) { return -1, nil }

func (*postgres) atOnce(_ context.Context, _ *session, fn func() error) error { return fn() }

func (*postgres) claim(context.Context, *session, *table, string) error { return nil }

func (*postgres) landed(context.Context, *session, int64) (bool, error) { return true, nil }

func (*postgres) pointerHazards(*Mapping, *schema) []migrate.Hazard { return nil }

func (*postgres) keepsOut() bool { return true }

func (*postgres) casts() bool { return true }
