package servertest

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
)

// Role is one that may log in to a server and was granted nothing.
type Role struct {
	Name, Password string
	in             *Database
}

// Role makes one, to be dropped by the caller before the database goes.
func (d *Database) Role() (*Role, error) {
	r := &Role{Name: "role_" + strings.ToLower(rand.Text()[:12]), Password: "secret" + rand.Text(), in: d}
	create := "CREATE USER %s IDENTIFIED BY '%s'"
	if d.Server.Engine == Postgres {
		create = "CREATE ROLE %s LOGIN PASSWORD '%s'"
	}
	return r, d.Server.Exec(fmt.Sprintf(create, r.Name, r.Password))
}

// DSN is the database's address for the role.
func (r *Role) DSN() string { return r.in.As(r.Name, r.Password) }

// Drop drops the role, and what it owns and was granted in the database.
func (r *Role) Drop() error {
	if r.in.Server.Engine == Postgres {
		return r.in.Load("DROP OWNED BY "+r.Name+" CASCADE", "DROP ROLE "+r.Name)
	}
	return r.in.Server.Exec("DROP USER " + r.Name)
}

// As is the database's address for somebody.
func (d *Database) As(name, password string) string {
	address := *d.Server.address
	address.Path, address.User = "/"+d.Name, url.UserPassword(name, password)
	return address.String()
}
