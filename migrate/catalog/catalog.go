package catalog

import (
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
	mapping   *Mapping
	options   Options
	db        *sql.DB
	conn      *sql.Conn
	schema    *schema
	engine    string
	rows      map[taxonomy.ID]categoryRow // filled by Categories
	digest    string                      // of the tree, as Categories read it
	plots     []*plot                     // every row of the tree's table, likewise
	snapshots int
}

var _ migrate.Catalog = (*Catalog)(nil)

// Open opens a catalog and holds its mapping against the database's tables.
// The error is a migrate.FileErrors where the mapping does not fit, wraps
// migrate.ErrNoInput where there is no such file, and is a RefusedError where
// the file uses what this build of SQLite does not have.
func Open(ctx context.Context, t Target, m *Mapping, o Options) (*Catalog, error) {
	db, conn, err := openSQLite(ctx, t, o)
	if err != nil {
		return nil, err
	}
	c := &Catalog{target: t, mapping: m, options: o, db: db, conn: conn}
	if err := c.describe(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if m != nil {
		if err := c.fit(ctx); err != nil {
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
	version, err := one[string](ctx, c.conn, `SELECT sqlite_version()`)
	if err != nil {
		return fmt.Errorf("ask the engine's version: %w", err)
	}
	c.engine = "sqlite " + version
	if c.schema, err = loadSchema(ctx, c.conn); err != nil {
		return fmt.Errorf("read the schema of %s: %w", c.target, busy(err))
	}
	return c.checkModules(ctx)
}

// checkModules refuses a file with virtual tables of modules that this build
// lacks: it could not even be read whole.
func (c *Catalog) checkModules(ctx context.Context) error {
	var refusals []migrate.Refusal
	for name, module := range c.schema.virtual {
		known, err := one[int](ctx, c.conn, `SELECT count(*) FROM pragma_module_list WHERE name = ? COLLATE NOCASE`, module)
		if err != nil {
			return fmt.Errorf("list modules: %w", err)
		}
		if known == 0 {
			r := migrate.Refusal{What: fmt.Sprintf("virtual table %s needs the module %s, which this build of SQLite lacks", name, module)}
			if strings.HasPrefix(strings.ToLower(module), "fts5") {
				r.Answer = "build recat with -tags sqlite_fts5"
			}
			refusals = append(refusals, r)
		}
	}
	if len(refusals) > 0 {
		return &migrate.RefusedError{Refusals: refusals}
	}
	return nil
}

// Close releases the connection and everything it copied.
func (c *Catalog) Close() error {
	return errors.Join(c.conn.Close(), c.db.Close())
}

// Now is the clock of the database.
func (c *Catalog) Now(ctx context.Context) (time.Time, error) {
	s, err := one[string](ctx, c.conn, `SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask the database's clock: %w", err)
	}
	return time.Parse("2006-01-02T15:04:05.000Z", s)
}

// Mapping is the one the catalog is seen through.
func (c *Catalog) Mapping() *Mapping { return c.mapping }

// expr prepares a mapping's expression for a statement.
func (c *Catalog) expr(e string) string {
	if e == "" {
		return "NULL"
	}
	at := stringLiteral(c.options.Effective.UTC().Format("2006-01-02 15:04:05"))
	return "(" + strings.ReplaceAll(e, ":effective", at) + ")"
}

// predicate prepares an expression whose NULL is false; def stands where
// there is none.
func (c *Catalog) predicate(e, def string) string {
	if e == "" {
		return def
	}
	return "(" + c.expr(e) + " IS TRUE)"
}
