package servertest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Database is a database of one test's own.
type Database struct {
	*sql.DB // a plain client's
	Server  *Server
	Name    string
}

// Database makes an empty database that goes with the test. On MariaDB its
// text compares by the collation; "" is utf8mb4_general_ci, which tells
// neither case nor trailing spaces apart. On PostgreSQL it sorts as people do
// and not by bytes, where the server can.
func (s *Server) Database(t testing.TB, collation string) *Database {
	t.Helper()
	d, err := s.Make(collation)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Release(); err != nil {
			t.Errorf("release %s: %v", d.Name, err)
		}
	})
	return d
}

// Make makes an empty database, to be released by the caller.
func (s *Server) Make(collation string) (*Database, error) {
	if d := s.reuse(); d != nil {
		return d, nil
	}
	name := s.name()
	var err error
	if s.Engine == Postgres {
		err = s.makePostgres(name)
	} else {
		if collation == "" {
			collation = "utf8mb4_general_ci"
		}
		err = s.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE " + collation)
	}
	if err != nil {
		return nil, err
	}
	return s.Reach(name)
}

// Reach connects to a database that is there already: one that was made on
// another node of the cluster, say.
func (s *Server) Reach(name string) (*Database, error) {
	d := &Database{Server: s, Name: name}
	address := *s.address
	address.Path = "/" + name
	var err error
	if d.DB, err = s.connection(&address); err != nil {
		return nil, err
	}
	d.SetMaxIdleConns(2)
	if s.private {
		d.SetMaxIdleConns(0)
	}
	return d, nil
}

// makePostgres sorts by ICU's rules where the server was built with them.
func (s *Server) makePostgres(name string) error {
	query := "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"
	err := s.Exec(query + " LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'")
	if err != nil {
		err = s.Exec(query)
	}
	return err
}

func (s *Server) reuse() *Database {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return nil
	}
	d := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return d
}

// DSN is the database's address, as recat takes it.
func (d *Database) DSN() string {
	address := *d.Server.address
	address.Path = "/" + d.Name
	return address.String()
}

// Release gives the database back: PostgreSQL's are emptied and used again,
// for making one is slow; MariaDB's are dropped. A private server's go with it.
func (d *Database) Release() error {
	if d.Server.private {
		return d.Close()
	}
	if d.Server.Engine == MySQL {
		return errors.Join(d.Close(), d.Server.Exec("DROP DATABASE "+d.Name))
	}
	if err := d.clear(); err != nil {
		return errors.Join(err, d.drop())
	}
	d.Server.mu.Lock()
	defer d.Server.mu.Unlock()
	d.Server.free = append(d.Server.free, d)
	return nil
}

// clear drops every schema of a PostgreSQL database, and its settings.
func (d *Database) clear() error {
	schemas, err := texts(d.DB, `SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`)
	if err != nil {
		return fmt.Errorf("list the schemas of %s: %w", d.Name, err)
	}
	queries := []string{"SET lock_timeout = '60s'", "CREATE SCHEMA public", "ALTER DATABASE " + d.Name + " RESET ALL"}
	if len(schemas) > 0 {
		queries = slices.Insert(queries, 1, "DROP SCHEMA "+strings.Join(schemas, ", ")+" CASCADE")
	}
	return d.Load(queries...)
}

func (d *Database) drop() error {
	force := ""
	if d.Server.Engine == Postgres {
		force = " WITH (FORCE)"
	}
	return errors.Join(d.Close(), d.Server.Exec("DROP DATABASE IF EXISTS "+d.Name+force))
}

// close drops what is kept for reuse and disconnects.
func (s *Server) close() error {
	var errs []error
	for d := s.reuse(); d != nil; d = s.reuse() {
		errs = append(errs, d.drop())
	}
	return errors.Join(append(errs, s.admin.Close())...)
}

// Load runs statements one after another on a connection of their own, so
// that what they set for their session ends with them.
func (d *Database) Load(statements ...string) error {
	ctx := context.Background()
	conn, err := d.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Raw(func(any) error { return driver.ErrBadConn }) }()
	for _, q := range statements {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("%w, in: %s", err, q)
		}
	}
	return nil
}

// Script runs a file of statements as Load does.
func (d *Database) Script(text string) error { return d.Load(Split(text)...) }

// Transaction runs statements as another writer does: all or none.
func (d *Database) Transaction(statements ...string) error {
	tx, err := d.Begin()
	if err != nil {
		return err
	}
	for _, q := range statements {
		if _, err := tx.Exec(q); err != nil {
			return errors.Join(fmt.Errorf("%w, in: %s", err, q), tx.Rollback())
		}
	}
	return tx.Commit()
}

// texts runs a query of one text column.
func texts(db querier, query string, args ...any) ([]string, error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("%w, in: %s", err, query)
	}
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("%w, in: %s", err, query)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// querier is a connection or a transaction.
type querier interface {
	Query(query string, args ...any) (*sql.Rows, error)
}
