package catalog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"recat/migrate"
)

// Bounds on how a scan is divided.
const (
	readersMost   = 8      // connections
	rangesAReader = 4      // so that one who is done early takes from the others
	rangeLeast    = 20_000 // keys, below which dividing costs more than it brings
)

// Scan shows every product, ranges of the key side by side: as many as there
// are processors, each by a connection of its own that may only read.
func (c *Catalog) Scan(ctx context.Context, opts migrate.ScanOptions, see func(*migrate.Product) error) error {
	if c.mapping.Products == nil {
		return nil
	}
	if c.rows == nil {
		if _, err := c.Categories(ctx); err != nil {
			return err
		}
	}
	return c.d.failure(c.scan(ctx, opts, min(runtime.GOMAXPROCS(0), readersMost), rangeLeast, see))
}

func (c *Catalog) scan(ctx context.Context, opts migrate.ScanOptions, readers, least int, see func(*migrate.Product) error) error {
	s := c.scanner(opts)
	ranges, err := s.ranges(ctx, readers, least)
	if err != nil {
		return fmt.Errorf("divide the products: %w", err)
	}
	sessions, end := c.readers(ctx, min(readers, len(ranges)))
	defer end()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	todo := make(chan keyRange, len(ranges))
	for _, r := range ranges {
		todo <- r
	}
	close(todo)
	errs := make([]error, len(sessions))
	var wait sync.WaitGroup
	for i, by := range sessions {
		wait.Go(func() {
			for r := range todo {
				where, args := r.where()
				if errs[i] = s.scan(ctx, by, s.query(where, r.column), args, see); errs[i] != nil {
					cancel()
					return
				}
			}
		})
	}
	wait.Wait()
	return firstCause(errs)
}

// firstCause is the error that had the others cancelled.
func firstCause(errs []error) error {
	var out error
	for _, err := range errs {
		if err != nil && (out == nil || errors.Is(out, context.Canceled)) {
			out = err
		}
	}
	return out
}

// readers are the catalog's own session and, of so many, those that can be
// had beside it: a server may have no connection to spare.
func (c *Catalog) readers(ctx context.Context, n int) (sessions []*session, end func()) {
	sessions = []*session{c.conn}
	var closers []func() error
	for len(sessions) < n {
		d := dialectOf(c.target.Engine)
		db, conn, err := d.connect(ctx, c.target, Options{ReadOnly: true, BusyTimeout: c.options.BusyTimeout})
		if err != nil {
			break
		}
		closers = append(closers, conn.Close, db.Close)
		s := &session{Conn: conn, d: d}
		if _, err := d.version(ctx, s); err != nil {
			break
		}
		sessions = append(sessions, s)
	}
	return sessions, func() {
		for _, end := range closers {
			_ = end() // nothing was written
		}
	}
}

// keyRange is the rows with from <= column < to; nil is no bound, and a row
// whose column is NULL belongs to the range without a lower one.
type keyRange struct {
	column   string
	from, to any
	nulls    bool // the column may be NULL
}

// where is the condition that finds the rows.
func (r keyRange) where() (string, []any) {
	switch {
	case r.from == nil && r.to == nil:
		return "", nil
	case r.from == nil && !r.nulls:
		return fmt.Sprintf(" WHERE %s < ?", r.column), []any{r.to}
	case r.from == nil:
		return fmt.Sprintf(" WHERE (%s < ? OR %s IS NULL)", r.column, r.column), []any{r.to}
	case r.to == nil:
		return fmt.Sprintf(" WHERE %s >= ?", r.column), []any{r.from}
	}
	return fmt.Sprintf(" WHERE %s >= ? AND %s < ?", r.column, r.column), []any{r.from, r.to}
}

// ranges divides the products for so many readers. Where no index leads to a
// range, or the products are few, there is one range.
func (s *scanner) ranges(ctx context.Context, readers, least int) ([]keyRange, error) {
	column, numbers := s.ranged()
	whole := []keyRange{{column: column}}
	if readers < 2 || !s.indexed(column) {
		return whole, nil
	}
	var bounds []any
	var err error
	if numbers {
		bounds, err = s.evenly(ctx, column, readers*rangesAReader, least)
	} else {
		bounds, err = s.counted(ctx, column, readers, least)
	}
	if err != nil || len(bounds) == 0 {
		return whole, err
	}
	out := []keyRange{{column: column, to: bounds[0], nulls: s.nullable()}}
	for i, b := range bounds {
		r := keyRange{column: column, from: b}
		if i+1 < len(bounds) {
			r.to = bounds[i+1]
		}
		out = append(out, r)
	}
	return out, nil
}

// ranged is the column that products are divided by, and whether it holds
// integers: the rowid where there is one, else the key.
func (s *scanner) ranged() (column string, numbers bool) {
	if s.t.hasRowid && s.t.rowid != "" {
		return "p." + ident(s.t.rowid), true
	}
	id := s.c.mapping.Products.ID
	col, _ := s.t.column(id)
	return "p." + ident(id), col.integers
}

// nullable reports whether the column that ranged gives may be NULL.
func (s *scanner) nullable() bool {
	if s.t.hasRowid && s.t.rowid != "" {
		return false
	}
	col, known := s.t.column(s.c.mapping.Products.ID)
	return !known || !col.notNull
}

// indexed reports whether an index finds the rows of a range.
func (s *scanner) indexed(column string) bool {
	if s.t.hasRowid && s.t.rowid != "" {
		return true
	}
	leads := func(columns []string) bool {
		return len(columns) > 0 && "p."+ident(columns[0]) == column
	}
	if leads(s.t.key) {
		return true
	}
	for _, columns := range s.t.indexes {
		if leads(columns) {
			return true
		}
	}
	return false
}

// evenly divides integers at equal distances.
func (s *scanner) evenly(ctx context.Context, column string, parts, least int) ([]any, error) {
	query := fmt.Sprintf("SELECT (SELECT min(%s) FROM %s p), (SELECT max(%s) FROM %s p)", column, s.t.sql(), column, s.t.sql())
	var low, high migrate.Value
	for row, err := range eachRow(ctx, s.c.conn, 2, query) {
		if err != nil {
			return nil, err
		}
		low, high = typedInt(valueOf(row[0])), typedInt(valueOf(row[1]))
	}
	if low.IsNull() || high.IsNull() { // there are none, or they are beyond int64
		return nil, nil
	}
	width := uint64(high.I) - uint64(low.I)
	parts = int(min(uint64(parts), width/uint64(max(least, 1))))
	var out []any
	for i := 1; i < parts; i++ {
		out = append(out, low.I+int64(width/uint64(parts)*uint64(i)))
	}
	return out, nil
}

// counted divides keys of any type into parts of as many rows, by walking
// their index.
func (s *scanner) counted(ctx context.Context, column string, parts, least int) ([]any, error) {
	n, err := one[int](ctx, s.c.conn, "SELECT count(*) FROM "+s.t.sql())
	if err != nil {
		return nil, err
	}
	parts = min(parts, n/max(least, 1))
	var out []any
	for i := 1; i < parts; i++ {
		where, args := "", []any(nil)
		if len(out) > 0 {
			where, args = fmt.Sprintf(" WHERE %s >= ?", column), out[len(out)-1:]
		}
		bound := any(nil)
		query := fmt.Sprintf("SELECT %s FROM %s p%s ORDER BY %s LIMIT 1 OFFSET %d", column, s.t.sql(), where, column, n/parts)
		for row, err := range eachRow(ctx, s.c.conn, 1, query, args...) {
			if err != nil {
				return nil, err
			}
			bound = own(row[0])
		}
		if bound == nil {
			break
		}
		out = append(out, bound)
	}
	return out, nil
}
