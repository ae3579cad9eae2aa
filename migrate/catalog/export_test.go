package catalog

import (
	"context"

	"recat/migrate"
	"recat/taxonomy"
)

// TriggerEvent reads the event of a CREATE TRIGGER statement.
var TriggerEvent = triggerEvent

// FromNames lists what stands behind FROM and JOIN in an expression.
func FromNames(expr string) []string { return fromNames(sqlWords(expr)) }

// GrantsAllow reports whether lines of SHOW GRANTS give a right on a column, a
// table or, where that is "", the whole database.
func GrantsAllow(lines []string, right, database, table, column string) bool {
	var held mariadbGrants
	for _, line := range lines {
		if g, ok := parseGrant(line); ok {
			held = append(held, g)
		}
	}
	return held.allow(right, database, table, column)
}

// DSN is the driver's name for a target that is only read.
func (t Target) DSN() string { return t.dsn("ro", 1000) }

// Exec runs a statement on the catalog's own connection.
func (c *Catalog) Exec(ctx context.Context, query string) error { return exec(ctx, c.conn, query) }

// TreeRow is a row of a category table, with its cells in the order of
// TreeColumns.
type TreeRow struct {
	ID, Parent taxonomy.ID
	Cells      []any
}

// TreeColumns lists the columns that the mapping derives from the tree.
func (m *Mapping) TreeColumns() []string { return m.treeColumns() }

func plotted(rows []TreeRow) *forest {
	var all []*plot
	for _, r := range rows {
		all = append(all, &plot{id: r.ID, parent: r.Parent, cells: r.Cells, row: categoryRow{id: string(r.ID)}})
	}
	return newForest(all, nil)
}

func (m *Mapping) working(rows []TreeRow) []derivation {
	return m.derivations(func(s *NestedSet) bool { return s.Scope == "" || s.Roots == rootsMany })
}

// Derive gives what each row should hold.
func (m *Mapping) Derive(rows []TreeRow) map[taxonomy.ID][]any {
	out, base := map[taxonomy.ID][]any{}, plotted(rows)
	for _, d := range m.working(rows) {
		f := base.sorted(d.siblings)
		want, err := d.derive(f)
		if err != nil {
			panic(err)
		}
		for id, cells := range want {
			if out[id] == nil {
				out[id] = make([]any, len(m.treeColumns()))
			}
			for i, at := range d.cells() {
				out[id][at] = cells[i]
			}
		}
	}
	return out
}

// Rework gives what an edit writes, by place among the cells, with what is
// wrong in the way.
func (m *Mapping) Rework(rows []TreeRow, e migrate.TreeEdit) (map[taxonomy.ID]map[int]any, migrate.Derived, error) {
	w, err := rework(plotted(rows), e, m.working(rows), m.treeColumns())
	if err != nil {
		return nil, migrate.Derived{}, err
	}
	return w.cells, migrate.Derived{Counts: w.counts, Defects: w.defects, Rebuilt: w.rebuilt}, nil
}

// ScanDivided scans with so many readers, in ranges of at least so many keys.
func (c *Catalog) ScanDivided(ctx context.Context, opts migrate.ScanOptions, readers, least int, see func(*migrate.Product) error) error {
	if _, err := c.Categories(ctx); err != nil {
		return err
	}
	return c.scan(ctx, opts, readers, least, see)
}
