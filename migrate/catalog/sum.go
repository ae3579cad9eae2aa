package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Sums gives one digest for each user table, over every value with its type.
// Equal sums mean identical tables, whatever the order of their rows on a
// server; on SQLite rowids count.
func Sums(ctx context.Context, t Target) (map[string]string, error) {
	c, err := OpenRuns(ctx, t, Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	out := map[string]string{}
	for _, tab := range c.schema.user() {
		if out[tab.name], err = c.d.sum(ctx, c.conn, tab); err != nil {
			return nil, fmt.Errorf("sum table %s: %w", tab.name, c.d.failure(err))
		}
	}
	return out, nil
}

func (sqlite) sum(ctx context.Context, s *session, tab *table) (string, error) {
	columns := tab.watchColumns()
	exprs := make([]string, 0, 2*len(columns))
	for _, name := range columns {
		exprs = append(exprs, "+"+ident(name), "typeof("+ident(name)+")")
	}
	h := sha256.New()
	for row, err := range eachRow(ctx, s, len(exprs), fmt.Sprintf("SELECT %s FROM %s ORDER BY %s",
		strings.Join(exprs, ", "), tab.sql(), idents("", tab.ident()))) {
		if err != nil {
			return "", err
		}
		for _, v := range row {
			fmt.Fprintf(h, "%v\x00", v)
		}
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil)), nil
}

// sum adds up 128 bits of each row's text, which the session's settings make
// exact. The types are the table's, and stay.
func (*postgres) sum(ctx context.Context, s *session, t *table) (string, error) {
	return one[string](ctx, s, fmt.Sprintf(`SELECT count(*) || ' ' || COALESCE(sum(hashtextextended(r, 1)::numeric), 0) || ' ' || COALESCE(sum(hashtextextended(r, 2)::numeric), 0)
		FROM (SELECT (ROW(p.*))::text COLLATE "C" AS r FROM %s p) q`, t.sql()))
}

// sum adds up 128 bits of each row's digest. Long values are digested by
// themselves, for no text may be longer than a packet.
func (*mariadb) sum(ctx context.Context, s *session, t *table) (string, error) {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = "COALESCE(" + mariadbCell(c) + ", '-')"
	}
	part := func(from int) string {
		return fmt.Sprintf("COALESCE(SUM(CAST(CONV(SUBSTRING(h, %d, 16), 16, 10) AS UNSIGNED)), 0)", from)
	}
	return one[string](ctx, s, fmt.Sprintf("SELECT CONCAT_WS(' ', COUNT(*), %s, %s) FROM (SELECT SHA2(CONCAT_WS('|', %s), 256) AS h FROM %s p) q",
		part(1), part(17), strings.Join(cells, ", "), t.sql()))
}

// mariadbCell is a text that is another for each other value of a column.
func mariadbCell(c column) string {
	name := "p." + ident(c.name)
	kind, _, _ := strings.Cut(strings.ToLower(c.decl), "(")
	kind, _, _ = strings.Cut(kind, " ")
	switch {
	case kind == "float" || kind == "double": // a FLOAT as text has six digits
		return "CAST(" + name + " + 0e0 AS CHAR)"
	case kind == "enum" || kind == "set": // the number tells the empty text from no word at all
		return "CONCAT(HEX(CAST(" + name + " AS BINARY)), ' ', " + name + " + 0)"
	case strings.HasSuffix(kind, "text"), strings.HasSuffix(kind, "blob"), kind == "json":
		return "SHA2(CAST(" + name + " AS BINARY), 256)"
	}
	return "HEX(CAST(" + name + " AS BINARY))"
}
