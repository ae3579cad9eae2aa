package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"recat/migrate"
)

// mariadb is the dialect of MariaDB. Statements that define tables commit, so
// that the stores of before-images are made before the transaction begins;
// they have the columns' own types, for a FLOAT written as text is another.
type mariadb struct {
	readOnly  bool
	rehearses bool     // the steps of a run are gone through to make its stores
	made      []string // stores of a run that has not committed
	locked    bool     // the lock that keeps two runs apart is held
	kill      func()   // interrupts the statement that runs
	node      string   // of a Galera cluster, to tell its stores from others'; "" where there is none
}

var _ dialect = (*mariadb)(nil)

const mariadbMode = "ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO"

// mariadbSettings make names and texts mean what they mean elsewhere, instants
// be told in UTC, and every value that a row may hold be one that may be
// written back. Keys are recat's own to check: no cascade may fire.
var mariadbSettings = []string{
	"SET SESSION sql_mode = '" + mariadbMode + ",STRICT_ALL_TABLES'",
	"SET SESSION time_zone = '+00:00'",
	"SET NAMES utf8mb4",
	"SET SESSION foreign_key_checks = 0",
}

func (d *mariadb) connect(ctx context.Context, t Target, o Options) (*sql.DB, *sql.Conn, error) {
	config, err := mariadbConfig(t)
	if err != nil {
		return nil, nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, nil, fmt.Errorf("catalog %s: the URL cannot be used", t)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(d.unreachable(t, err), db.Close())
	}
	settings := mariadbSettings
	if d.readOnly = o.ReadOnly; o.ReadOnly {
		settings = append(settings[:len(settings):len(settings)], "SET SESSION TRANSACTION READ ONLY")
	}
	for _, q := range settings {
		if _, err := conn.ExecContext(ctx, q); err != nil {
			return nil, nil, errors.Join(fmt.Errorf("prepare the connection to %s: %w", t, err), conn.Close(), db.Close())
		}
	}
	id, err := one[int64](ctx, conn, "SELECT CONNECTION_ID()")
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close(), db.Close())
	}
	if err := d.join(ctx, conn); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("prepare the connection to %s: %w", t, d.failure(err)), conn.Close(), db.Close())
	}
	d.kill = func() { // by another connection; that it fails is no news to who interrupts
		_, _ = db.ExecContext(context.Background(), fmt.Sprintf("KILL QUERY %d", id))
	}
	return db, conn, nil
}

// mariadbConfig reads mysql://user:password@host:port/database?socket=…&tls=….
func mariadbConfig(t Target) (*mysql.Config, error) {
	u, err := url.Parse(t.Path)
	if err != nil {
		return nil, fmt.Errorf("catalog %s: the URL cannot be read", t)
	}
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr = "tcp", u.Host
	if u.Port() == "" {
		c.Addr = net.JoinHostPort(u.Hostname(), "3306")
	}
	c.DBName = strings.Trim(u.Path, "/")
	c.ClientFoundRows = true      // rows that matched, whether or not they changed
	c.Logger = &mysql.NopLogger{} // what went wrong comes back as an error
	for name, values := range u.Query() {
		switch name {
		case "socket":
			c.Net, c.Addr = "unix", values[0]
		case "tls":
			c.TLSConfig = values[0]
		default:
			return nil, fmt.Errorf("catalog %s: the URL may say socket and tls, not %s", t, name)
		}
	}
	return c, nil
}

func (*mariadb) unreachable(t Target, err error) error {
	var e *mysql.MySQLError
	var network *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case Denied(err) && errors.As(err, &e):
		return fmt.Errorf("open catalog %s: %w", t, e)
	case errors.As(err, &e) && e.Number == 1049: // unknown database
		return fmt.Errorf("catalog %s: %s: %w", t, e.Message, migrate.ErrNoInput)
	case errors.As(err, &e):
		return fmt.Errorf("open catalog %s: %s (%d)", t, e.Message, e.Number)
	case errors.As(err, &network):
		return fmt.Errorf("catalog %s: no server answers: %w", t, migrate.ErrNoInput)
	}
	return fmt.Errorf("open catalog %s: %w", t, err)
}

func (*mariadb) clock() string { return "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ')" }

func (*mariadb) bind(query string) string { return query }

func (*mariadb) embed(expr string) string { return expr }

// guard has a statement be killed at the server where it is interrupted: the
// driver would close the connection, and leave the server to find out.
func (d *mariadb) guard(ctx context.Context) (context.Context, func() bool) {
	return context.WithoutCancel(ctx), context.AfterFunc(ctx, d.kill)
}

func (*mariadb) rows(ctx context.Context, s *session, n int, query string, args []any, take func([]any) bool) error {
	return scanRows(ctx, s, n, query, args, take)
}

// native makes values of what the driver gives, by the names that it has for
// the columns' types.
func (*mariadb) native(columnType string) func(any) any {
	switch columnType {
	case "BINARY", "VARBINARY", "BLOB", "GEOMETRY":
		return nil
	case "DECIMAL":
		return func(raw any) any { return decimal(textOf(raw)) }
	case "DATETIME", "TIMESTAMP":
		return mariadbTime
	case "BIT":
		return mariadbBits
	case "FLOAT":
		return mariadbFloat
	case "UNSIGNED BIGINT":
		return mariadbUnsigned
	}
	return func(raw any) any {
		if b, ok := raw.([]byte); ok {
			return string(b)
		}
		return raw
	}
}

// mariadbTime reads an instant; a zero date stays text.
func mariadbTime(raw any) any {
	text := textOf(raw)
	if t, err := time.Parse("2006-01-02 15:04:05.999999", text); err == nil {
		return t
	}
	return text
}

// mariadbBits reads the bits of a BIT column, the highest first, as a number.
func mariadbBits(raw any) any {
	b, ok := raw.([]byte)
	if !ok || len(b) > 8 {
		return raw
	}
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return mariadbUnsigned(n)
}

// mariadbFloat gives a number of single precision the digits that it has.
func mariadbFloat(raw any) any {
	if f, ok := raw.(float32); ok {
		raw, _ = strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	}
	return raw
}

func mariadbUnsigned(raw any) any {
	if u, ok := raw.(uint64); ok {
		if u > math.MaxInt64 {
			return strconv.FormatUint(u, 10)
		}
		return int64(u)
	}
	if b, ok := raw.([]byte); ok {
		return string(b)
	}
	return raw
}

func (*mariadb) prepare(ctx context.Context, s *session, query string) error {
	stmt, err := s.PrepareContext(ctx, query)
	if err != nil {
		var e *mysql.MySQLError
		if errors.As(err, &e) && !Denied(err) {
			return errors.New(e.Message)
		}
		return err
	}
	return stmt.Close()
}

// same compares by value, which tells floats apart, and by bytes, which tells
// texts apart that the collation does not.
func (*mariadb) same(a, b string) string {
	return fmt.Sprintf("(%[1]s <=> %[2]s AND CAST(%[1]s AS BINARY) <=> CAST(%[2]s AS BINARY))", a, b)
}

func (*mariadb) joined(a, b string) string {
	if b == "?" { // of a table's own keys, which its own collation tells apart
		return a + " = ?"
	}
	return fmt.Sprintf("%[1]s = %[2]s AND CAST(%[1]s AS BINARY) = CAST(%[2]s AS BINARY)", a, b)
}

func (*mariadb) plain(column string) string { return column }

func (*mariadb) literal(l Literal) string { return sqlite{}.literal(l) }

func (*mariadb) asText(c column, expr string) string {
	if c.bytes {
		return "LOWER(HEX(" + expr + "))"
	}
	return "CONVERT(CAST(" + expr + " AS CHAR) USING utf8mb4)"
}

// textIn leaves out bytes that are no text: no key would need them.
func (*mariadb) textIn(_ column, expr string) string {
	return "CONVERT(CAST(" + expr + " AS CHAR) USING utf8mb4)"
}

func (*mariadb) byBytes(text string) string { return "CAST(" + text + " AS BINARY)" }

func (*mariadb) keysOf(c column, rendering string) []any { return typedKeys(c, rendering) }

func (*mariadb) inOrder() string { return "STRAIGHT_JOIN" }

// failure reads a refusal of the server. What another writer caused is worth
// another round: the check is inside the transaction.
func (*mariadb) failure(err error) error {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return err
	}
	switch e.Number {
	case 1205: // lock wait timeout
		return migrate.ErrBusy
	case 1213, 1020: // deadlock, or a certification that failed; record has changed
		return migrate.ErrMoved
	case 1317: // query interrupted
		return context.Canceled
	}
	return galeraFailure(e, err)
}

func (*mariadb) constraint(err error) (string, bool) {
	var e *mysql.MySQLError
	if !errors.As(err, &e) {
		return "", false
	}
	switch e.Number {
	case 1048, 1062, 1364, 1451, 1452, 1644, 3819, 4025: // NULL, duplicate, no default, keys, SIGNAL, CHECK
		return e.Message, true
	}
	return "", false
}

func (*mariadb) series(_, _ string) string { return "" }
