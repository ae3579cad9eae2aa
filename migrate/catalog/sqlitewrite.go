package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"recat/migrate"
)

// makeTemp makes a table whose copied columns are without types. One that is keyed by a number has it
// for its rowid.
func (sqlite) makeTemp(ctx context.Context, s *session, t tempTable) error {
	out := make([]string, len(t.columns))
	for i, c := range t.columns {
		if out[i] = c.name; c == number(c.name) { // or an index on it would serve half of a BETWEEN
			out[i] += " INTEGER"
		}
	}
	rest := ""
	switch {
	case len(t.key) == 1 && slices.Contains(t.columns, number(t.key[0])):
		out[slices.Index(out, t.key[0]+" INTEGER")] += " PRIMARY KEY"
	case len(t.key) > 0:
		out, rest = append(out, "PRIMARY KEY ("+strings.Join(t.key, ", ")+")"), " WITHOUT ROWID"
	}
	err := exec(ctx, s, fmt.Sprintf("CREATE TEMP TABLE %s (%s)%s", t.name, strings.Join(out, ", "), rest))
	for i, name := range t.indexed {
		if err == nil {
			err = exec(ctx, s, fmt.Sprintf("CREATE INDEX temp.%s_%d ON %s (%s)", t.name, i+1, t.name, name))
		}
	}
	return err
}

func (sqlite) dropTemp(ctx context.Context, s *session, names []string) error {
	var errs []error
	for _, name := range names {
		errs = append(errs, exec(ctx, s, "DROP TABLE temp."+name))
	}
	return errors.Join(errs...)
}

// insertNumbered leaves the numbers to the rowid.
func (sqlite) insertNumbered(table string, columns, exprs []string, from, order string) string {
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s ORDER BY %s", table, strings.Join(columns, ", "), strings.Join(exprs, ", "), from, order)
}

func (sqlite) filled(context.Context, *session, string) error { return nil }

func (sqlite) update(t *table, set []assigned, from, where string) string {
	return fmt.Sprintf("UPDATE %s AS p SET %s FROM %s WHERE %s", t.sql(), setList("", set), from, where)
}

func (sqlite) updateIn(t *table, set []assigned, listed string) string {
	return fmt.Sprintf("UPDATE %s AS p SET %s WHERE %s", t.sql(), setList("", set), matches(t, "p.", listed))
}

// updateListed runs the query first: left to itself, SQLite may go through
// every stretch for each product.
func (sqlite) updateListed(t *table, set []assigned, query, where string) string {
	return fmt.Sprintf("WITH q AS MATERIALIZED (%s) UPDATE %s AS p SET %s FROM q WHERE %s", query, t.sql(), setList("", set), where)
}

// setList writes assignments, each column behind a prefix.
func setList(prefix string, set []assigned) string {
	out := make([]string, len(set))
	for i, a := range set {
		out[i] = prefix + ident(a.column) + " = " + a.expr
	}
	return strings.Join(out, ", ")
}

func (sqlite) deleteFrom(t *table, where string) string {
	return fmt.Sprintf("DELETE FROM %s AS p WHERE %s", t.sql(), where)
}

// deleteKept goes from the store to the table by its key. Asked row by row,
// SQLite goes through all of the store, whose index is not of the key's type.
func (d sqlite) deleteKept(t *table, store, on string) string {
	if t.keyless() {
		return d.deleteFrom(t, fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE %s)", store, on))
	}
	own := strings.Join(prefixed("p.", t.ident()), ", ")
	return d.deleteFrom(t, fmt.Sprintf("(%s) IN (SELECT %s FROM %s x CROSS JOIN %s p WHERE %s)", own, own, store, t.sql(), on))
}

func (sqlite) insertWhole(t *table, columns []string) string {
	return fmt.Sprintf("INSERT INTO %s (%s)", t.sql(), idents("", columns))
}

func (sqlite) insert(ctx context.Context, s *session, _ *table, query string, args []any) (int64, error) {
	if err := exec(ctx, s, query, args...); err != nil {
		return 0, err
	}
	return one[int64](ctx, s, "SELECT last_insert_rowid()")
}

func (sqlite) restoring(context.Context, *session) error { return nil }

// setAside drops the triggers. What it gives makes them again, in the order
// in which they were made.
func (sqlite) setAside(ctx context.Context, s *session, t *table) ([]string, error) {
	var statements []string
	for _, g := range t.triggers {
		if err := exec(ctx, s, "DROP TRIGGER "+ident(g.name)); err != nil {
			return nil, err
		}
		statements = append(statements, g.sql)
	}
	return statements, nil
}

// counters is the table of the counters of AUTOINCREMENT columns.
func (sqlite) counters(ctx context.Context, s *session) (*table, error) {
	n, err := one[int](ctx, s, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'")
	if err != nil || n == 0 {
		return nil, err
	}
	return &table{name: "sqlite_sequence", hasRowid: true, rowid: "rowid",
		key: []string{"name"}, columns: []column{{name: "name"}, {name: "seq"}}}, nil
}

func (sqlite) own(name string) string { return name }

func (sqlite) makeRecords(ctx context.Context, s *session) error {
	for _, q := range recordTables {
		if err := exec(ctx, s, q); err != nil {
			return err
		}
	}
	return nil
}

func (sqlite) recorded(ctx context.Context, s *session) (bool, error) {
	n, err := one[int](ctx, s, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'recat_run'")
	return n > 0, err
}

func (sqlite) makeStore(ctx context.Context, s *session, name string, columns []storeColumn) error {
	out := make([]string, len(columns))
	for i, c := range columns {
		if out[i] = c.name; c.rule != "" {
			out[i] += " CHECK (" + c.rule + ")"
		}
	}
	return exec(ctx, s, fmt.Sprintf("CREATE TABLE %s (%s)", name, strings.Join(out, ", ")))
}

func (sqlite) keep(expr string, _ column) string { return expr }

func (sqlite) textOf(expr string) string { return expr }

func (sqlite) give(kept string, _ column) string { return kept }

func (sqlite) isKept(value, kept string, _ column) string { return "(" + value + " IS " + kept + ")" }

func (sqlite) keyKept(key, kept string, _ column) string { return key + " IS " + kept }

func (sqlite) storeOrder() string { return "x.rowid" }

func (sqlite) nullKeys() bool { return true }

func (sqlite) inRead(ctx context.Context, s *session, fn func() error) error {
	if err := exec(ctx, s, "BEGIN"); err != nil {
		return err
	}
	err := fn()
	return errors.Join(err, exec(context.WithoutCancel(ctx), s, "COMMIT"))
}

func (sqlite) asOne(context.Context, *session, func() (bool, error)) (bool, error) { return true, nil }

func (sqlite) before(context.Context, *session, *transaction, func() error) error { return nil }

// lock takes the write lock, waiting as long as the options say. It asks
// again and again rather than once for long, so that an interrupt is heard.
func (d sqlite) lock(ctx context.Context, s *session, _ []*table, timeout time.Duration) error {
	if err := exec(ctx, s, "PRAGMA busy_timeout = 100"); err != nil {
		return err
	}
	return d.retryBusy(ctx, s, timeout, "BEGIN IMMEDIATE")
}

func (d sqlite) commit(ctx context.Context, s *session, timeout time.Duration) error {
	return d.retryBusy(ctx, s, timeout, "COMMIT")
}

func (sqlite) rollback(s *session) error { return exec(context.Background(), s, "ROLLBACK") }

// retryBusy runs a statement until it is not refused for another's lock. An
// interrupt is heard between two attempts and never within one, of which it
// could not be said whether it committed.
func (d sqlite) retryBusy(ctx context.Context, s *session, timeout time.Duration, statement string) error {
	deadline := time.Now().Add(timeout)
	for {
		err := d.failure(exec(context.WithoutCancel(ctx), s, statement))
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

func (sqlite) changes(ctx context.Context, s *session) (int64, error) {
	return one[int64](ctx, s, "SELECT total_changes()")
}

func (sqlite) countsAll() bool { return true }

func (sqlite) moved(ctx context.Context, s *session) (int64, error) {
	return one[int64](ctx, s, "PRAGMA data_version")
}

func (sqlite) atOnce(_ context.Context, _ *session, fn func() error) error { return fn() }

func (sqlite) claim(context.Context, *session, *table, string) error { return nil }

func (sqlite) landed(context.Context, *session, int64) (bool, error) { return true, nil }

func (sqlite) pointerHazards(*Mapping, *schema) []migrate.Hazard { return nil }

func (sqlite) keepsOut() bool { return false }

func (sqlite) casts() bool { return false }
