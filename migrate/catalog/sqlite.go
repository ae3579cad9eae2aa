package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"recat/migrate"
)

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

// constraintFailed reports whether a constraint refused a row.
func constraintFailed(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrConstraint
}

// constraint is what a constraint's refusal says, without the statement.
func constraint(err error) string {
	var e sqlite3.Error
	errors.As(err, &e)
	return e.Error()
}

// forbidden turns a constraint's refusal, or a trigger's, into recat's own,
// without the statement that met it.
func forbidden(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) || e.Code != sqlite3.ErrConstraint {
		return err
	}
	doing, _, _ := strings.Cut(err.Error(), ": "+e.Error())
	return migrate.Refuse("%s: the database forbids it: %s", doing, e.Error())
}
