package catalog

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// Options say how a catalog is opened.
type Options struct {
	ReadOnly    bool          // the database refuses every write
	BusyTimeout time.Duration // how long to wait for another writer; 0 is 5 s
	Effective   time.Time     // what :effective stands for in expressions
	Notice      func(string)  // told of what must be announced; nil for nobody
}

func (o Options) notice(s string) {
	if o.Notice != nil {
		o.Notice(s)
	}
}

// Catalog is a migrate.Catalog. It holds one connection and is not safe for
// concurrent use.
type Catalog struct {
	target    Target
	given     *Mapping // as it was written
	mapping   *Mapping // as the schema has it: see resolved and present
	options   Options
	db        *sql.DB
	conn      *session
	d         dialect
	schema    *schema
	engine    string
	rows      map[taxonomy.ID]categoryRow // filled by Categories
	tree      *taxonomy.Tree              // likewise
	digest    string                      // of the tree, as Categories read it
	plots     []*plot                     // every row of the tree's table, likewise
	snapshots int
	asked     bool // the role has the rights that a run needs
}

var _ migrate.Catalog = (*Catalog)(nil)

// Open opens a catalog and holds its mapping against the database's tables.
// The error is a migrate.FileErrors where the mapping does not fit, wraps
// migrate.ErrNoInput where there is no such file, and is a RefusedError where
// the file uses what this build of SQLite does not have.
func Open(ctx context.Context, t Target, m *Mapping, o Options) (*Catalog, error) {
	d := dialectOf(t.Engine)
	if d == nil {
		return nil, fmt.Errorf("catalog %s: %w", t, ErrEngine)
	}
	db, conn, err := d.connect(ctx, t, o)
	if err != nil {
		return nil, err
	}
	c := &Catalog{target: t, given: m, mapping: m, options: o, db: db, conn: &session{Conn: conn, d: d}, d: d}
	if err := c.describe(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if m != nil {
		c.mapping = m.resolved(c.schema).present(c.schema)
		if err := cmp.Or(c.schema.unusable(), c.fit(ctx)); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// OpenRuns opens a catalog for its records only: Runs, Tombstones, Changes,
// Verify and Reverse need no mapping but the one their run carries.
func OpenRuns(ctx context.Context, t Target, o Options) (*Catalog, error) {
	return Open(ctx, t, nil, o)
}

func (c *Catalog) describe(ctx context.Context) error {
	var err error
	if c.engine, err = c.d.version(ctx, c.conn); err != nil {
		return fmt.Errorf("ask the engine's version: %w", err)
	}
	if c.schema, err = c.d.describe(ctx, c.conn); err != nil {
		return fmt.Errorf("read the schema of %s: %w", c.target, c.d.failure(err))
	}
	return nil
}

// Close releases the connection and everything it copied.
func (c *Catalog) Close() error {
	err := c.conn.Close()
	if errors.Is(err, sql.ErrConnDone) { // it was lost before
		err = nil
	}
	return errors.Join(err, c.db.Close())
}

// Now is the clock of the database.
func (c *Catalog) Now(ctx context.Context) (time.Time, error) {
	s, err := one[string](ctx, c.conn, "SELECT "+c.d.clock())
	if err != nil {
		return time.Time{}, fmt.Errorf("ask the database's clock: %w", err)
	}
	return time.Parse(time.RFC3339Nano, s)
}

// Mapping is the one the catalog is seen through.
func (c *Catalog) Mapping() *Mapping { return c.given }

// expr prepares a mapping's expression for a statement.
func (c *Catalog) expr(e string) string {
	if e == "" {
		return "NULL"
	}
	at := stringLiteral(c.options.Effective.UTC().Format("2006-01-02 15:04:05"))
	return "(" + strings.ReplaceAll(c.d.embed(e), ":effective", at) + ")"
}

// predicate prepares an expression whose NULL is false; def stands where
// there is none.
func (c *Catalog) predicate(e, def string) string {
	if e == "" {
		return def
	}
	return "(" + c.expr(e) + " IS TRUE)"
}
