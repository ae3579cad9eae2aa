package catalog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
)

// querier is the part of database/sql that statements need.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scan runs a query and hands each row to take.
func scan(ctx context.Context, q querier, query string, args []any, take func(row func(...any) error) error) error {
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
func eachRow(ctx context.Context, q querier, n int, query string, args ...any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		rows, err := q.QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, fmt.Errorf("%w, in: %s", err, query))
			return
		}
		defer rows.Close()
		values, into := make([]any, n), make([]any, n)
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				yield(nil, err)
				return
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}

// rawRows hands the rows of a query to take as the driver gives them, without
// database/sql's conversions: a million products pass here twice. The slice is
// reused, and the connection is held until the last row, so that take must
// not use it.
func rawRows(ctx context.Context, conn *sql.Conn, n int, query string, args []driver.NamedValue, take func([]driver.Value)) error {
	return conn.Raw(func(c any) error {
		q, ok := c.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("the driver %T takes no queries", c)
		}
		rows, err := q.QueryContext(ctx, query, args)
		if err != nil {
			return fmt.Errorf("%w, in: %s", err, query)
		}
		values := make([]driver.Value, n)
		for err = rows.Next(values); err == nil; err = rows.Next(values) {
			take(values)
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
}
