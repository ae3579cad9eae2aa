package catalog

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"recat/migrate"
)

// postgres is the dialect of PostgreSQL. Temporary tables have the types of
// what they copy; stores hold text, so that the shop may change the type of a
// column later, and give it back by a cast. Both are exact because the session
// fixes how values are written.
type postgres struct {
	readOnly bool
	open     bool // a transaction
}

var _ dialect = (*postgres)(nil)

// postgresSettings fix how values are written as text and read again, and how
// a run is planned. Compiling
// a statement takes longer than any statement over temporary tables does.
var postgresSettings = map[string]string{
	"application_name": "recat", "timezone": "UTC", "datestyle": "ISO, YMD", "intervalstyle": "postgres",
	"extra_float_digits": "1", "bytea_output": "hex", "standard_conforming_strings": "on", "jit": "off",
	"random_page_cost": "1.1",   // what a run writes it has just read
	"work_mem":         "65536", // kB: a run sorts and joins what it stages, once
}

func (d *postgres) connect(ctx context.Context, t Target, o Options) (*sql.DB, *sql.Conn, error) {
	config, err := pgx.ParseConfig(t.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("catalog %s: the URL cannot be read", t) // the driver's words repeat it
	}
	for name, value := range postgresSettings {
		config.RuntimeParams[name] = value
	}
	if d.readOnly = o.ReadOnly; o.ReadOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe // no statement outlives a transaction
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		// An interrupt cancels the statement, and leaves the connection to roll back.
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 10 * time.Second}
	}
	db := stdlib.OpenDB(*config)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(d.unreachable(t, err), db.Close())
	}
	return db, conn, nil
}

// unreachable tells a catalog that is not there from one that will not have us.
func (*postgres) unreachable(t Target, err error) error {
	var e *pgconn.PgError
	var network *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case Denied(err) && errors.As(err, &e):
		return fmt.Errorf("open catalog %s: %w", t, e)
	case errors.As(err, &e) && e.Code == "3D000":
		return fmt.Errorf("catalog %s: %s: %w", t, e.Message, migrate.ErrNoInput)
	case errors.As(err, &e):
		return fmt.Errorf("open catalog %s: %s (%s)", t, e.Message, e.Code)
	case errors.As(err, &network):
		return fmt.Errorf("catalog %s: no server answers: %w", t, migrate.ErrNoInput)
	}
	return fmt.Errorf("open catalog %s: %w", t, err)
}

func (*postgres) version(ctx context.Context, s *session) (string, error) {
	full, err := one[string](ctx, s, "SELECT version()")
	if err != nil {
		return "", err
	}
	for name, why := range postgresRefused {
		if strings.Contains(full, name) {
			return "", migrate.Refuse("the server is %s, which %s", strings.Trim(name, "-"), why)
		}
	}
	var version, number, counts string
	if err := scan(ctx, s, "SELECT current_setting('server_version'), current_setting('server_version_num'), current_setting('track_counts')", nil,
		func(row func(...any) error) error { return row(&version, &number, &counts) }); err != nil {
		return "", err
	}
	version, _, _ = strings.Cut(version, " ")
	switch n, err := strconv.Atoi(number); {
	case err != nil || n < oldestPostgres:
		return "", migrate.Refuse("the server is PostgreSQL %s; recat needs 13 or newer", version)
	case counts != "on":
		return "", migrate.Refuse("track_counts is off: the server does not count the rows that a transaction changed, and what a cascade did would go unseen")
	}
	return "postgres " + version, nil
}

// oldestPostgres is the first server_version_num with all that statements use.
const oldestPostgres = 130000

// postgresRefused are engines that speak PostgreSQL's protocol and that, by
// their own documentation, cannot hold a law.
var postgresRefused = map[string]string{
	"CockroachDB": "has no LOCK TABLE and does not count the rows that a transaction changed: what a cascade did would go unseen",
	"-YB-":        "takes no table lock that keeps writers out: a product could still arrive in a category that goes",
}

func (*postgres) clock() string {
	return `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

func (*postgres) guard(ctx context.Context) (context.Context, func() bool) { return unguarded(ctx) }

// bind numbers the parameters; ?? is the operator ?.
func (*postgres) bind(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	quote, n := byte(0), 0
	for i := 0; i < len(query); i++ {
		c := query[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?' && strings.HasPrefix(query[i:], "??"):
			i++
		case c == '?':
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func (*postgres) embed(expr string) string {
	var b strings.Builder
	quote := rune(0)
	for _, c := range expr {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?':
			b.WriteRune(c)
		}
		b.WriteRune(c)
	}
	return b.String()
}

// rows reads every value as text, as the server writes it, so that none is
// lost on the way: the driver knows no infinite instant, for one.
func (d *postgres) rows(ctx context.Context, s *session, n int, query string, args []any, take func([]any) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver is a %T, not PostgreSQL's", driver)
		}
		rows, err := c.Conn().Query(ctx, d.bind(query), append([]any{pgx.QueryResultFormats{pgx.TextFormatCode}}, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		values := make([]any, n)
		var read []func([]byte) any
		for rows.Next() {
			if read == nil {
				read = readersOf(rows.FieldDescriptions())
			}
			for i, raw := range rows.RawValues() {
				if values[i] = nil; raw != nil {
					values[i] = read[i](raw)
				}
			}
			if !take(values) {
				return nil
			}
		}
		return rows.Err()
	})
}

func readersOf(fields []pgconn.FieldDescription) []func([]byte) any {
	out := make([]func([]byte) any, len(fields))
	for i, f := range fields {
		out[i] = pgText
		if read, ok := pgReaders[f.DataTypeOID]; ok {
			out[i] = read
		}
	}
	return out
}

// pgReaders make values of the texts that the server writes, by type. All
// other types are what their text is.
var pgReaders = map[uint32]func([]byte) any{
	pgtype.BoolOID: func(b []byte) any { return string(b) == "t" },
	pgtype.Int2OID: pgInt, pgtype.Int4OID: pgInt, pgtype.Int8OID: pgInt, pgtype.OIDOID: pgInt,
	pgtype.Float4OID: pgFloat, pgtype.Float8OID: pgFloat,
	pgtype.NumericOID:     func(b []byte) any { return decimal(string(b)) },
	pgtype.ByteaOID:       pgBytes,
	pgtype.TimestampOID:   pgTime,
	pgtype.TimestamptzOID: pgTime,
	pgtype.BPCharOID:      func(b []byte) any { return strings.TrimRight(string(b), " ") }, // padding says nothing
}

func pgText(b []byte) any { return string(b) }

func pgInt(b []byte) any {
	if i, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		return i
	}
	return string(b)
}

func pgFloat(b []byte) any {
	if f, err := strconv.ParseFloat(string(b), 64); err == nil {
		return f
	}
	return string(b)
}

func pgBytes(b []byte) any {
	raw, err := hex.DecodeString(strings.TrimPrefix(string(b), `\x`))
	if err != nil {
		return string(b)
	}
	return raw
}

// pgTime reads an instant; one that is infinite or before Christ stays text.
func pgTime(b []byte) any {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999-07", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return t
		}
	}
	return string(b)
}

// decimal writes a decimal number in its one form: without a fraction of
// zeros, as an integer where it is one.
func decimal(s string) any {
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	return s
}

func (*postgres) native(string) func(any) any { return nil }

// prepare has the server plan the query, which finds every fault but those of
// single rows.
func (d *postgres) prepare(ctx context.Context, s *session, query string) error {
	err := d.rows(ctx, s, 1, query, nil, func([]any) bool { return false })
	var e *pgconn.PgError
	if errors.As(err, &e) && !Denied(err) {
		return errors.New(e.Message)
	}
	return err
}

func (*postgres) same(a, b string) string {
	return "((" + a + `)::text COLLATE "C" IS NOT DISTINCT FROM (` + b + `)::text COLLATE "C")`
}

func (*postgres) joined(a, b string) string { return a + " = " + b }

func (*postgres) plain(column string) string { return column }

// literal is a text, which the server reads as whatever the column holds.
func (*postgres) literal(l Literal) string {
	if l.Value.IsNull() {
		return "NULL"
	}
	return stringLiteral(l.Value.Render())
}

func (*postgres) asText(c column, expr string) string {
	switch {
	case c.truths:
		return "CASE WHEN " + expr + " THEN '1' ELSE '0' END"
	case c.bytes:
		return "encode(" + expr + ", 'hex')"
	case strings.HasPrefix(c.decl, "numeric"):
		return "trim_scale(" + expr + ")::text"
	}
	return "(" + expr + ")::text"
}

// textIn escapes bytes that are no ASCII, which no key of a text would need.
func (*postgres) textIn(c column, expr string) string {
	if c.decl == "bytea" {
		return "encode(" + expr + ", 'escape')"
	}
	return "(" + expr + ")::text"
}

func (*postgres) byBytes(text string) string { return text + ` COLLATE "C"` }

func (*postgres) keysOf(c column, rendering string) []any { return typedKeys(c, rendering) }

func (*postgres) inOrder() string { return "JOIN" }

// failure reads a refusal of the server. What another writer caused is worth
// another round: the check is inside the transaction.
func (*postgres) failure(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "55P03": // lock_not_available
		return migrate.ErrBusy
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return migrate.ErrMoved
	case "57014": // query_canceled
		if strings.Contains(e.Message, "user request") {
			return context.Canceled
		}
	}
	return err
}

func (*postgres) constraint(err error) (string, bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) || (!strings.HasPrefix(e.Code, "23") && e.Code != "P0001") {
		return "", false
	}
	return strings.TrimSuffix(e.Message+": "+e.Detail, ": "), true
}

func (*postgres) series(from, to string) string { return "generate_series(" + from + ", " + to + ")" }
