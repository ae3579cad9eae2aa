package catalog

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mattn/go-sqlite3"

	"recat/migrate"
)

// sqlite is the dialect of SQLite files. Every value keeps its own type, so
// that temporary tables and stores are without types.
type sqlite struct{}

var _ dialect = sqlite{}

func (sqlite) version(ctx context.Context, s *session) (string, error) {
	version, err := one[string](ctx, s, `SELECT sqlite_version()`)
	return "sqlite " + version, err
}

func (sqlite) describe(ctx context.Context, s *session) (*schema, error) {
	found, err := loadSchema(ctx, s)
	if err != nil {
		return nil, err
	}
	return found, checkModules(ctx, s, found)
}

func (sqlite) clock() string { return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" }

// unguarded is the guard of a driver that can be interrupted as it is.
func unguarded(ctx context.Context) (context.Context, func() bool) {
	return ctx, func() bool { return true }
}

func (sqlite) guard(ctx context.Context) (context.Context, func() bool) { return unguarded(ctx) }

func (sqlite) bind(query string) string { return query }

func (sqlite) embed(expr string) string { return expr }

func (sqlite) native(string) func(any) any { return nil }

func (sqlite) rows(ctx context.Context, s *session, n int, query string, args []any, take func([]any) bool) error {
	return scanRows(ctx, s, n, query, args, take)
}

func (sqlite) prepare(ctx context.Context, s *session, query string) error {
	_, err := columnOf[any](ctx, s, query)
	return err
}

func (sqlite) same(a, b string) string { return "(" + a + " IS " + b + ")" }

func (sqlite) joined(a, b string) string { return a + " = " + b }

// plain keeps the driver from reading a value as what the column declares.
func (sqlite) plain(column string) string { return "+" + column }

func (sqlite) literal(l Literal) string {
	switch v := l.Value; v.Kind {
	case migrate.Null:
		return "NULL"
	case migrate.Int, migrate.Bool:
		return v.Render()
	case migrate.Float:
		return fmt.Sprintf("%g", v.F)
	default:
		return stringLiteral(v.Render())
	}
}

func (sqlite) asText(_ column, expr string) string {
	return fmt.Sprintf("CASE typeof(%[1]s) WHEN 'blob' THEN lower(hex(%[1]s)) ELSE CAST(%[1]s AS TEXT) END", expr)
}

func (sqlite) textIn(_ column, expr string) string { return "CAST(" + expr + " AS TEXT)" }

func (sqlite) byBytes(text string) string { return text + " COLLATE BINARY" }

// keysOf gives the text and, where it could be hex, the bytes.
func (sqlite) keysOf(_ column, rendering string) []any {
	out := []any{rendering}
	if raw, err := hex.DecodeString(rendering); err == nil && len(raw) > 0 {
		out = append(out, raw)
	}
	return out
}

func (sqlite) inOrder() string { return "CROSS JOIN" }

func (sqlite) connect(ctx context.Context, t Target, o Options) (*sql.DB, *sql.Conn, error) {
	return openSQLite(ctx, t, o)
}

// openSQLite opens one connection to the file, which must exist. Temporary
// tables live with the connection, in files of their own.
func openSQLite(ctx context.Context, t Target, o Options) (*sql.DB, *sql.Conn, error) {
	info, err := os.Stat(t.Path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil, fmt.Errorf("catalog %s: %w", t, migrate.ErrNoInput)
	case err != nil:
		return nil, nil, fmt.Errorf("catalog %s: %w", t, err)
	case info.IsDir():
		return nil, nil, fmt.Errorf("catalog %s is a folder: %w", t, migrate.ErrNoInput)
	}
	mode := "rw"
	if o.ReadOnly {
		mode = "ro"
	}
	db, conn, err := connect(ctx, t.dsn(mode, busyMillis(o)))
	if err == nil || !o.ReadOnly || !needsRecovery(err) {
		return db, conn, wrapOpen(t, err)
	}
	o.notice("a writer of " + t.String() + " died; SQLite rolls its journal back")
	if err := recoverJournal(ctx, t, o); err != nil {
		return nil, nil, wrapOpen(t, err)
	}
	db, conn, err = connect(ctx, t.dsn(mode, busyMillis(o)))
	return db, conn, wrapOpen(t, err)
}

func busyMillis(o Options) int64 {
	if o.BusyTimeout <= 0 {
		return (5 * time.Second).Milliseconds()
	}
	return o.BusyTimeout.Milliseconds()
}

func connect(ctx context.Context, dsn string) (*sql.DB, *sql.Conn, error) {
	db, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = one[int](ctx, conn, `SELECT count(*) FROM sqlite_schema`)
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, conn, nil
}

// needsRecovery reports whether a reader met the journal of a dead writer.
func needsRecovery(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrReadonly
}

func recoverJournal(ctx context.Context, t Target, o Options) error {
	db, _, err := connect(ctx, t.dsn("rw", busyMillis(o)))
	if err != nil {
		return err
	}
	return db.Close()
}

func wrapOpen(t Target, err error) error {
	if err == nil {
		return nil
	}
	var e sqlite3.Error
	if errors.As(err, &e) && e.Code == sqlite3.ErrNotADB {
		return migrate.FileErrors{{Pos: migrate.Pos{File: t.Path}, Msg: "is not a SQLite database"}}
	}
	return fmt.Errorf("open catalog %s: %w", t, busy(err))
}

// busy turns the engine's "somebody else is writing" into migrate.ErrBusy.
func busy(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked) {
		return migrate.ErrBusy // the engine's own words add nothing
	}
	return err
}

func (sqlite) failure(err error) error { return busy(err) }

func (sqlite) constraint(err error) (string, bool) {
	var e sqlite3.Error
	if !errors.As(err, &e) || e.Code != sqlite3.ErrConstraint {
		return "", false
	}
	return e.Error(), true
}

func (sqlite) series(_, _ string) string { return "" }
