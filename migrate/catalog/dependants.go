package catalog

import (
	"context"
	"fmt"
	"strings"

	"recat/migrate"
)

// dependantsNamed bounds the rows that a refusal names.
const dependantsNamed = 10

// dependants refuses where rows of yet another table point at rows that would
// be deleted with their category: the mapping has no word for those. The
// commit asks again; a person should not have to wait for that.
func (s *snapshot) dependants(ctx context.Context) error {
	var refusals []migrate.Refusal
	for _, deleted := range s.c.schema.user() {
		gone := s.deletedRows(deleted)
		if gone == "" {
			continue
		}
		for _, tab := range s.c.schema.user() {
			for _, k := range tab.keys {
				rows, err := s.pointingAt(ctx, deleted, gone, tab, k)
				if err != nil {
					return fmt.Errorf("ask what points at %s: %w", deleted.name, err)
				}
				if len(rows) > 0 {
					refusals = append(refusals, migrate.Refusal{Rows: rows,
						What:   fmt.Sprintf("%s.%s points at rows of %s that would be deleted", tab.name, strings.Join(k.columns, ","), deleted.name),
						Answer: fmt.Sprintf("let the mapping keep the rows of %s (on_remove: null or keep), or take these rows away first", deleted.name)})
				}
			}
		}
	}
	if len(refusals) > 0 {
		return &migrate.RefusedError{Refusals: refusals}
	}
	return nil
}

// deletedRows selects, by identity, the rows of a table that go with their
// category; "" where the mapping deletes none of them.
func (s *snapshot) deletedRows(tab *table) string {
	var rows []string
	for g, r := range s.c.pointing() {
		if strings.EqualFold(r.Table, tab.name) && r.OnRemove == migrate.OnRemoveDelete && !s.c.orphans(r) {
			rows = append(rows, fmt.Sprintf("SELECT %s FROM %s", list("", len(tab.ident())), s.pointed(g)))
		}
	}
	return strings.Join(rows, " UNION ALL ")
}

// pointingAt names the rows of tab whose key k leads to the deleted rows, and
// that do not go themselves.
func (s *snapshot) pointingAt(ctx context.Context, deleted *table, gone string, tab *table, k foreignKey) ([]string, error) {
	to := k.toCols
	if len(to) == 0 {
		to = deleted.key
	}
	if !strings.EqualFold(k.to, deleted.name) || len(to) != len(k.columns) {
		return nil, nil
	}
	where := fmt.Sprintf("(%s) IN (SELECT %s FROM %s WHERE %s)", idents("", k.columns), idents("", to), deleted.sql(), matches(deleted, "", gone))
	if too := s.deletedRows(tab); too != "" {
		where += " AND NOT " + matches(tab, "", too)
	}
	rows, err := s.c.namedRows(ctx, tab, fmt.Sprintf("%s WHERE %s LIMIT %d", tab.sql(), where, dependantsNamed+1))
	if err != nil || len(rows) <= dependantsNamed {
		return rows, err
	}
	return append(rows[:dependantsNamed], "… and more"), nil
}

// namedRows gives the keys of rows of a table, as a person reads them.
func (c *Catalog) namedRows(ctx context.Context, tab *table, from string) ([]string, error) {
	key := tab.lasting()
	var out []string
	for row, err := range eachRow(ctx, c.conn, len(key), fmt.Sprintf("SELECT %s FROM %s", idents("", key), from)) {
		if err != nil {
			return nil, err
		}
		out = append(out, strings.Join(renderAll(row), ","))
	}
	return out, nil
}
