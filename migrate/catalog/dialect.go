package catalog

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"

	"recat/migrate"
)

// dialect is what the engines differ in. All other SQL of this package is
// what they read alike: names are quoted, values bound, parameters written
// as ?. An engine is one value of this type, in files of its own, and one
// entry in dialects. Where a method gives SQL, x is a stored row and p a row
// of the user's table.
type dialect interface {
	engine
	writer
	keeper
	granter

	// bind writes the parameters of a statement, ?, as the engine has them.
	bind(query string) string
	// guard gives the context that a statement is run with, and what ends its
	// being watched for an interrupt.
	guard(ctx context.Context) (context.Context, func() bool)
	// rows streams the rows of a query as values that valueOf knows. The
	// connection is held until the last one.
	rows(ctx context.Context, s *session, n int, query string, args []any, take func([]any) bool) error
	// native makes a driver's value of a column of that type one that valueOf
	// knows; nil where it is one.
	native(columnType string) func(any) any
	// prepare has the engine read a query without running it.
	prepare(ctx context.Context, s *session, query string) error

	// embed prepares an expression of a mapping for bind.
	embed(expr string) string

	// same is the condition that two values are equal to the byte, NULL like
	// NULL. Both are of one type.
	same(a, b string) string
	// joined is the condition that two keys are equal to the byte; an index
	// on either serves it.
	joined(a, b string) string
	// plain reads a column as it is stored.
	plain(column string) string
	// literal writes a value where a column's value may stand.
	literal(l Literal) string
	// asText turns a value of the column into the text it renders as.
	asText(c column, expr string) string
	// textIn reads a column of texts or JSON, stored as either or as bytes, as
	// a text.
	textIn(c column, expr string) string
	// byBytes orders texts by their UTF-8 bytes.
	byBytes(text string) string
	// keysOf gives what a key of the column may be that has this rendering.
	keysOf(c column, rendering string) []any
	// series is a function that gives the numbers from one to another as rows;
	// "" where it is not needed.
	series(from, to string) string
	// inOrder is the join that reads its left side first, where the engine
	// must be told.
	inOrder() string
}

// engine opens a catalog, describes it and runs its transactions.
type engine interface {
	// connect opens one connection to the catalog, which must exist. Through
	// one that is only read, the database refuses every write.
	connect(ctx context.Context, t Target, o Options) (*sql.DB, *sql.Conn, error)
	// version names the engine: "sqlite 3.46.1". It refuses an engine that
	// cannot hold the laws.
	version(ctx context.Context, s *session) (string, error)
	// describe reads the tables, columns, keys, indexes and triggers.
	describe(ctx context.Context, s *session) (*schema, error)
	// clock is the expression of the database's own time, as RFC 3339 text.
	clock() string
	// inRead runs fn in one read-only transaction that sees one instant, where
	// the engine can do so without a lock.
	inRead(ctx context.Context, s *session, fn func() error) error
	// asOne asks whether what inRead copied is of one instant. Only where
	// inRead cannot promise it, same is asked, in a transaction that can.
	asOne(ctx context.Context, s *session, same func() (bool, error)) (bool, error)
	// before prepares a write transaction: what cannot be done within it.
	// rehearse goes through the steps of the run, which write nothing then.
	before(ctx context.Context, s *session, t *transaction, rehearse func() error) error
	// lock begins a write transaction and locks the tables, waiting at most
	// for timeout. It is migrate.ErrBusy where that was too short.
	lock(ctx context.Context, s *session, tables []*table, timeout time.Duration) error
	commit(ctx context.Context, s *session, timeout time.Duration) error
	rollback(s *session) error
	// atOnce runs a statement that deletes or inserts rows of one table that
	// point at each other.
	atOnce(ctx context.Context, s *session, fn func() error) error
	// claim has a run that only marks rows of a table, p, collide with whoever
	// files into them meanwhile, as deleting them would.
	claim(ctx context.Context, s *session, t *table, where string) error
	// landed asks whether a run is there that was committed.
	landed(ctx context.Context, s *session, run int64) (bool, error)
	// pointerHazards are columns that point at categories and that the engine
	// cannot keep others from writing.
	pointerHazards(m *Mapping, s *schema) []migrate.Hazard
	// changes counts the rows changed so far in the transaction, whoever
	// changed them; -1 where the engine cannot tell. countsAll says that
	// recat's own tables are among them.
	changes(ctx context.Context, s *session) (int64, error)
	countsAll() bool
	// keepsOut reports whether the lock keeps all other writers from the tables.
	keepsOut() bool
	// moved is a number that is the same as long as nobody else has written;
	// -1 where the engine has none.
	moved(ctx context.Context, s *session) (int64, error)
	// failure gives the engine's error its meaning: migrate.ErrBusy, or
	// migrate.ErrMoved where a retry is called for; else itself.
	failure(err error) error
	// constraint is what a constraint's refusal, or a trigger's, says; ok is
	// false for any other error.
	constraint(err error) (says string, ok bool)
}

// writer changes tables: temporary ones and the user's.
type writer interface {
	// makeTemp makes a table that only this connection sees, without rows.
	makeTemp(ctx context.Context, s *session, t tempTable) error
	dropTemp(ctx context.Context, s *session, names []string) error
	// insertNumbered fills one whose first column, n, numbers the rows from 1
	// in an order.
	insertNumbered(table string, columns, exprs []string, from, order string) string
	// filled is told that one has got its rows.
	filled(ctx context.Context, s *session, name string) error

	// update writes the rows of a table, p, that meet a row of from; updateIn
	// those whose identity a query lists as i1 …; updateListed those that meet
	// a row, q, of a query that must be run first.
	update(t *table, set []assigned, from, where string) string
	updateIn(t *table, set []assigned, listed string) string
	updateListed(t *table, set []assigned, query, where string) string
	// deleteFrom deletes the rows of a table, p, that where finds.
	deleteFrom(t *table, where string) string
	// deleteKept deletes the rows of a table, p, that one of a store, x, is on.
	deleteKept(t *table, store, on string) string
	// insertWhole begins an INSERT of whole rows, keys and all.
	insertWhole(t *table, columns []string) string
	// insert inserts one row and gives its key, of one integer.
	insert(ctx context.Context, s *session, t *table, query string, args []any) (int64, error)
	// restoring prepares the session to give rows back what they held.
	restoring(ctx context.Context, s *session) error
	// setAside keeps the triggers of a table from firing until the statements
	// that it gives have run.
	setAside(ctx context.Context, s *session, t *table) (putBack []string, err error)
	// counters is the table of the engine's own counters that a run must give
	// back; nil where there is none.
	counters(ctx context.Context, s *session) (*table, error)
}

// keeper keeps runs and before-images.
type keeper interface {
	// own is the name of one of recat's own tables.
	own(name string) string
	// makeRecords makes the run tables where they are missing.
	makeRecords(ctx context.Context, s *session) error
	recorded(ctx context.Context, s *session) (bool, error)
	// makeStore makes the table of a before-image, or finds it made.
	makeStore(ctx context.Context, s *session, name string, columns []storeColumn) error
	// keep is the expression by which a store takes a value of a column, give
	// the one by which the column gets it back.
	keep(expr string, c column) string
	// textOf gives a value of whatever type as a text to be kept, bytes in hex.
	textOf(expr string) string
	give(kept string, c column) string
	// isKept is the condition that a value equals a kept one to the byte,
	// keyKept the same of a key; an index on it serves.
	isKept(value, kept string, c column) string
	keyKept(key, kept string, c column) string
	// casts reports whether give makes of any value what the column would hold.
	casts() bool
	// storeOrder orders the rows of a store as they were kept.
	storeOrder() string
	// nullKeys reports whether a primary key may hold NULL.
	nullKeys() bool
}

// granter knows roles, and one database from another.
type granter interface {
	// grants writes the statements, for an administrator, that let a role do
	// what is needed.
	grants(ctx context.Context, s *session, list []need, o GrantOptions, g *grantLines) error
	// lacks lists those of the rights that the session's role does not have.
	// It is a RefusedError where nobody may write to the server.
	lacks(ctx context.Context, s *session, list []need) (role string, missing []string, err error)
	// sole reports whether two catalogs of the engine are one database.
	sole(ctx context.Context, a, b *Catalog) (bool, error)
	// sum digests every value of a table's rows.
	sum(ctx context.Context, s *session, t *table) (string, error)
}

// tempTable is a temporary table to be made: the types of its columns are
// those that the expressions have over from.
type tempTable struct {
	name    string
	key     []string
	columns []typedColumn
	from    string
	indexed []string // columns with an index each
}

// typedColumn is a column of a temporary table and the expression whose type
// it has.
type typedColumn struct{ name, expr string }

// storeColumn is a column of a before-image: of the type of a table's column,
// or of a few known ones.
type storeColumn struct {
	name string
	like *column // nil: a number
	rule string  // a CHECK on it
}

// assigned is a column and the expression it is set to.
type assigned struct{ column, expr string }

// session is the one connection of a catalog. Its statements wait for each
// other: one goroutine may read a batch while another stages the last.
type session struct {
	*sql.Conn
	d  dialect
	mu sync.Mutex
}

// QueryContext runs a query whose parameters are written as ?. An interrupt
// that came before is not the driver's to hear: it might take the connection
// for lost.
func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, stop := s.d.guard(ctx)
	defer stop()
	return s.Conn.QueryContext(ctx, s.d.bind(query), args...)
}

// ExecContext runs a statement whose parameters are written as ?.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, stop := s.d.guard(ctx)
	defer stop()
	return s.Conn.ExecContext(ctx, s.d.bind(query), args...)
}

// dialects are the engines: the name that a Target has for one, the schemes of
// the URLs that lead to it, and what makes its dialect.
var dialects = []struct {
	engine  string
	schemes []string
	make    func() dialect
}{
	{"sqlite", nil, func() dialect { return sqlite{} }},
	{"postgres", []string{"postgres", "postgresql"}, func() dialect { return &postgres{} }},
	{"mysql", []string{"mysql", "mariadb"}, func() dialect { return &mariadb{} }},
}

// dialectOf makes the dialect of an engine.
func dialectOf(engine string) dialect {
	for _, d := range dialects {
		if d.engine == engine {
			return d.make()
		}
	}
	return nil
}

// engineOf is the engine that a URL's scheme leads to; "" where none does.
func engineOf(scheme string) string {
	for _, d := range dialects {
		if slices.Contains(d.schemes, strings.ToLower(scheme)) {
			return d.engine
		}
	}
	return ""
}

// differs is the condition that two values are not the same.
func differs(d dialect, a, b string) string { return "(NOT " + d.same(a, b) + ")" }

// sameEach is the condition that pairs of values are the same.
func sameEach(d dialect, a, b []string) string {
	out := make([]string, len(a))
	for i := range a {
		out[i] = d.same(a[i], b[i])
	}
	return strings.Join(out, " AND ")
}
