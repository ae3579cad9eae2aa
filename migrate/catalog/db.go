package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// querier is the part of database/sql that statements need.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scan runs a query and hands each row to take.
func scan(ctx context.Context, q querier, query string, args []any, take func(row func(...any) error) error) error {
	if s, ok := q.(*session); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one runs a query that gives one value.
func one[T any](ctx context.Context, q querier, query string, args ...any) (T, error) {
	var out T
	err := scan(ctx, q, query, args, func(row func(...any) error) error { return row(&out) })
	return out, err
}

// column runs a query of one column.
func columnOf[T any](ctx context.Context, q querier, query string, args ...any) ([]T, error) {
	var out []T
	err := scan(ctx, q, query, args, func(row func(...any) error) error {
		var v T
		if err := row(&v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// changed runs a statement and gives the number of rows it changed itself.
func changed(ctx context.Context, q querier, query string, args ...any) (int64, error) {
	if s, ok := q.(*session); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%w, in: %s", err, query)
	}
	return res.RowsAffected()
}

// exec runs a statement whose count nobody asks for.
func exec(ctx context.Context, q querier, query string, args ...any) error {
	_, err := changed(ctx, q, query, args...)
	return err
}

// eachRow streams the rows of a query as n raw values; the slice is reused.
func eachRow(ctx context.Context, s *session, n int, query string, args ...any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		more := true
		s.mu.Lock()
		defer s.mu.Unlock()
		err := s.d.rows(ctx, s, n, query, args, func(row []any) bool {
			more = yield(row, nil)
			return more
		})
		if err != nil && more {
			yield(nil, fmt.Errorf("%w, in: %s", err, query))
		}
	}
}

// scanRows reads the rows of a query through database/sql, with the values
// made native by their columns' types.
func scanRows(ctx context.Context, s *session, n int, query string, args []any, take func([]any) bool) error {
	rows, err := s.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	values, into := make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	native, err := natives(s.d, rows)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, convert := range native {
			if convert != nil && values[i] != nil {
				values[i] = convert(values[i])
			}
		}
		if !take(values) {
			return nil
		}
	}
	return rows.Err()
}

// natives gives what makes the values of each column native; nil where
// nothing need be done.
func natives(d dialect, rows *sql.Rows) ([]func(any) any, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	out := make([]func(any) any, len(types))
	for i, t := range types {
		out[i] = d.native(t.DatabaseTypeName())
	}
	return out, nil
}

// rawRows hands the rows of a query to take as the driver gives them, without
// database/sql's conversions: a million products pass here twice. The slice is
// reused, and the connection is held until the last row, so that take must
// not use it.
func rawRows(ctx context.Context, s *session, n int, query string, args []any, take func([]any)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, own := s.d.(sqlite); !own {
		return s.d.rows(ctx, s, n, query, args, func(row []any) bool {
			take(row)
			return true
		})
	}
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return s.Raw(func(c any) error {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("the driver %T takes no queries", c)
		}
		rows, err := q.QueryContext(ctx, query, named)
		if err != nil {
			return fmt.Errorf("%w, in: %s", err, query)
		}
		values, out := make([]driver.Value, n), make([]any, n)
		for err = rows.Next(values); err == nil; err = rows.Next(values) {
			for i, v := range values {
				out[i] = v
			}
			take(out)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
}

// inserter gathers rows so that many go with one statement.
type inserter struct {
	s       *session
	table   string
	width   int // values a row
	pending []any
}

// insertedAtOnce bounds the values of one statement.
const insertedAtOnce = 3000

// add takes a row.
func (i *inserter) add(ctx context.Context, row ...any) error {
	if i.pending = append(i.pending, row...); len(i.pending)+i.width <= insertedAtOnce {
		return nil
	}
	return i.flush(ctx)
}

// flush inserts what was gathered.
func (i *inserter) flush(ctx context.Context) error {
	if len(i.pending) == 0 {
		return nil
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", i.width), ",") + "),"
	rows := strings.TrimSuffix(strings.Repeat(row, len(i.pending)/i.width), ",")
	err := exec(ctx, i.s, fmt.Sprintf("INSERT INTO %s VALUES %s", i.table, rows), i.pending...)
	i.pending = i.pending[:0]
	return i.s.d.failure(err)
}
