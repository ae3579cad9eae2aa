package servertest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Dump renders every row of every table of the shop, whole and in an order
// that depends on the rows alone: equal dumps are equal rows, to the byte and
// the type, generated columns too. What recat keeps for itself is left out.
// Where a sequence or an AUTO_INCREMENT counter stands is no row's business:
// the engines themselves leave gaps in them whenever a transaction is rolled
// back.
func (d *Database) Dump() (map[string][]string, error) {
	ctx := context.Background()
	tx, err := d.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("begin a dump of %s: %w", d.Name, err)
	}
	defer func() { _ = tx.Rollback() }()
	list, head, glue, tail := mysqlColumns, "SELECT CONCAT(", ", ' | ', ", ") FROM "
	if d.Server.Engine == Postgres {
		list, head, glue, tail = postgresColumns, "SELECT ", " || ' | ' || ", " FROM "
		for _, q := range []string{"SET LOCAL DateStyle = 'ISO, YMD'", "SET LOCAL TimeZone = 'UTC'", "SET LOCAL IntervalStyle = 'postgres'",
			"SET LOCAL extra_float_digits = 3", "SET LOCAL bytea_output = 'hex'", "SET LOCAL xmloption = 'content'"} {
			if _, err := tx.Exec(q); err != nil {
				return nil, fmt.Errorf("%w, in: %s", err, q)
			}
		}
	}
	tables, err := columnsOf(tx, list)
	if err != nil {
		return nil, fmt.Errorf("list the columns of %s: %w", d.Name, err)
	}
	out := map[string][]string{}
	for name, t := range tables {
		rows, err := texts(tx, head+strings.Join(t.cells, glue)+tail+t.from)
		if err != nil {
			return nil, fmt.Errorf("dump %s: %w", name, err)
		}
		slices.Sort(rows)
		out[name] = rows
	}
	return out, nil
}

// tableCells are the expressions that render a table's columns.
type tableCells struct {
	from  string // quoted
	cells []string
}

// Each gives, for every column in order, the table's name for people, its
// name in a statement, and the expression that renders the column.
const (
	postgresColumns = `SELECT n.nspname || '.' || c.relname, format('ONLY %I.%I', n.nspname, c.relname),
		format('COALESCE(pg_typeof(%1$I)::text || '' '' || quote_literal(%1$I::text), ''NULL'')', a.attname)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
	WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped
		AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'recat')
	ORDER BY c.oid, a.attnum`
	// FLOAT as text has six digits, and as DOUBLE all there are. An ENUM's or a
	// SET's number tells the empty text from the error value.
	mysqlColumns = `SELECT c.table_name, CONCAT('"', REPLACE(c.table_name, '"', '""'), '"'),
		CONCAT('COALESCE(', CASE
			WHEN c.data_type IN ('float', 'double') THEN CONCAT('CAST(', q.n, ' + 0e0 AS CHAR)')
			WHEN c.data_type IN ('enum', 'set') THEN CONCAT('CONCAT(HEX(CAST(', q.n, ' AS BINARY)), '' '', ', q.n, ' + 0)')
			ELSE CONCAT('HEX(CAST(', q.n, ' AS BINARY))') END, ', ''NULL'')')
	FROM information_schema.columns c JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
		JOIN (SELECT table_schema, table_name, column_name, CONCAT('"', REPLACE(column_name, '"', '""'), '"') AS n FROM information_schema.columns
			WHERE table_schema = DATABASE()) q
		ON q.table_schema = c.table_schema AND q.table_name = c.table_name AND q.column_name = c.column_name
	WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'recat\_%'
	ORDER BY c.table_name, c.ordinal_position`
)

func columnsOf(tx *sql.Tx, query string) (map[string]*tableCells, error) {
	rows, err := tx.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]*tableCells{}
	for rows.Next() {
		var name, from, cell string
		if err := rows.Scan(&name, &from, &cell); err != nil {
			return nil, err
		}
		if out[name] == nil {
			out[name] = &tableCells{from: from}
		}
		out[name].cells = append(out[name].cells, cell)
	}
	return out, rows.Err()
}
