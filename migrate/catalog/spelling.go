package catalog

import (
	"context"
	"fmt"

	"recat/migrate"
)

// spellings refuses where rows name a selected category in another spelling
// than its own, which the column's type or collation takes for the same: the
// shop files such products with the others, and no comparison of bytes finds
// them.
func (s *snapshot) spellings(ctx context.Context) error {
	var refusals []migrate.Refusal
	for _, p := range s.c.mapping.pointers() {
		tab, ok := s.c.schema.table(p.table)
		if !ok || !tab.loose(p.column) {
			continue
		}
		column, key := tab.sql()+"."+ident(p.column), "i."+s.c.inColumn(p.refersTo)
		rows, err := s.c.namedRows(ctx, tab, fmt.Sprintf("%s WHERE EXISTS (SELECT 1 FROM %s i WHERE %s = %s AND %s) LIMIT %d",
			tab.sql(), s.name("in"), column, key, differs(s.c.d, column, key), dependantsNamed+1))
		switch {
		case err != nil:
			return fmt.Errorf("compare the spellings of %s.%s: %w", p.table, p.column, err)
		case len(rows) > dependantsNamed:
			rows = append(rows[:dependantsNamed], "… and more")
		case len(rows) == 0:
			continue
		}
		refusals = append(refusals, migrate.Refusal{Rows: rows,
			What:   fmt.Sprintf("%s.%s spells categories in another way than they are spelt, which the database takes for the same", tab.name, p.column),
			Answer: "write the categories' own keys into these rows first"})
	}
	if len(refusals) > 0 {
		return &migrate.RefusedError{Refusals: refusals}
	}
	return nil
}

// loose reports whether a column's type or collation takes values for the
// same that differ.
func (t *table) loose(name string) bool {
	c, ok := t.column(name)
	return ok && c.loose
}
