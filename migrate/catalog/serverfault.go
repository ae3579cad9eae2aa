package catalog

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

// pgCode is the SQLSTATE of a refusal by PostgreSQL; "" for any other error.
func pgCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// myNumber is the number of a refusal by MariaDB; 0 for any other error.
func myNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// myDenials are MariaDB's numbers for want of a right: on a database, a table,
// a column, for a global right, on a routine.
var myDenials = []uint16{1044, 1142, 1143, 1227, 1370}

// Denied reports whether a server refused for want of a right.
func Denied(err error) bool {
	const insufficientPrivilege = "42501"
	return pgCode(err) == insufficientPrivilege || slices.Contains(myDenials, myNumber(err))
}

// unknownCommit says of an error that it may have come after the COMMIT.
func unknownCommit(err error) error {
	return fmt.Errorf("commit, of which it is not known whether it came through; running the same command again is safe: %w", err)
}

// Lost reports whether the connection to a server was lost, or the server
// ended it.
func Lost(err error) bool {
	var network *net.OpError
	code := pgCode(err)
	switch {
	case strings.HasPrefix(code, "08"), code == "57P01", code == "57P02": // admin_shutdown, crash_shutdown
		return true
	case code != "" || myNumber(err) != 0:
		return false
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}
