package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Same reports whether two targets, of one engine, are one database, by
// whatever names and addresses they go.
func Same(ctx context.Context, a, b Target) (bool, error) {
	if a == b {
		return true, nil
	}
	first, err := OpenRuns(ctx, a, Options{ReadOnly: true})
	if err != nil {
		return false, err
	}
	defer first.Close()
	other, err := OpenRuns(ctx, b, Options{ReadOnly: true})
	if err != nil {
		return false, err
	}
	defer other.Close()
	same, err := first.d.sole(ctx, first, other)
	if err != nil {
		return false, fmt.Errorf("ask whether %s and %s are one database: %w", a, b, first.d.failure(err))
	}
	return same, nil
}

// sole compares the files: links lead to one as well.
func (sqlite) sole(_ context.Context, a, b *Catalog) (bool, error) {
	first, err := os.Stat(a.target.Path)
	if err != nil {
		return false, err
	}
	other, err := os.Stat(b.target.Path)
	if err != nil {
		return false, err
	}
	return os.SameFile(first, other), nil
}

// sole takes a lock that each database has one of: where both can have it,
// they are two. Names and addresses would not tell, and a clone made of a
// server's files calls itself what the server does.
func (d *postgres) sole(ctx context.Context, a, b *Catalog) (bool, error) {
	key := rand.Text()
	try := func(c *Catalog) (got bool, err error) {
		if err := exec(ctx, c.conn, "BEGIN READ ONLY"); err != nil {
			return false, err
		}
		return one[bool](ctx, c.conn, "SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0))", key)
	}
	got, err := try(a)
	if err == nil && !got {
		err = errors.New("the server gives no advisory lock")
	}
	if err == nil {
		got, err = try(b)
	}
	return !got, errors.Join(err, d.rollback(a.conn), d.rollback(b.conn))
}

// sole takes a lock that each server has one of, and compares the databases'
// names. The nodes of a Galera cluster are one server, with locks of their own.
func (*mariadb) sole(ctx context.Context, a, b *Catalog) (bool, error) {
	if strings.EqualFold(a.database(), b.database()) {
		if first, err := galera(ctx, a.conn); err != nil || first != "" {
			other, asked := galera(ctx, b.conn)
			return first == other, errors.Join(err, asked)
		}
		name := "recat." + rand.Text()
		got, err := one[*int64](ctx, a.conn, "SELECT GET_LOCK(?, 0)", name)
		if err == nil && (got == nil || *got != 1) {
			err = errors.New("the server gives no lock")
		}
		if err != nil {
			return false, err
		}
		free, err := one[*int64](ctx, b.conn, "SELECT IS_FREE_LOCK(?)", name)
		_, released := one[*int64](ctx, a.conn, "SELECT RELEASE_LOCK(?)", name)
		return free != nil && *free == 0, errors.Join(err, released)
	}
	return false, nil
}

// database is the name of the one database that the schema was read of.
func (c *Catalog) database() string { return c.schema.names[0] }

// galera identifies the cluster that a server is a node of; "" for none.
func galera(ctx context.Context, s *session) (string, error) {
	id := ""
	err := scan(ctx, s, "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'", nil, func(row func(...any) error) error {
		var name string
		return row(&name, &id)
	})
	if strings.Trim(id, "0-") == "" { // no node, or of no cluster yet
		id = ""
	}
	return id, err
}
