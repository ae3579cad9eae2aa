package catalog

import (
	"context"
	"fmt"
	"strings"
)

// watched is a table that declared triggers write on their own. Its rows are
// copied before and compared after, so that what the triggers did is kept as
// before-images like everything else.
type watched struct {
	tab  *table
	copy string
}

// watch copies the tables that triggers write.
func (st *stage) watch(ctx context.Context, t *transaction) error {
	seen := map[string]bool{}
	for _, g := range st.c.mapping.Triggers {
		for _, name := range g.Writes {
			tab, ok := st.c.schema.table(name)
			if !ok || seen[tab.name] {
				continue
			}
			seen[tab.name] = true
			if err := t.watchTable(ctx, tab, fmt.Sprintf("recat_watch_%d_%d", st.no, len(t.watched)+1)); err != nil {
				return err
			}
		}
	}
	return st.watchSequences(ctx, t)
}

// watchSequences watches SQLite's own counters of AUTOINCREMENT tables: a row
// that undo takes out again must give its number back.
func (st *stage) watchSequences(ctx context.Context, t *transaction) error {
	if len(t.watched) == 0 && !st.inserts() {
		return nil
	}
	n, err := one[int](ctx, st.c.conn, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'")
	if err != nil || n == 0 {
		return err
	}
	seq := &table{name: "sqlite_sequence", hasRowid: true, rowid: "rowid",
		key: []string{"name"}, columns: []column{{name: "name"}, {name: "seq"}}}
	return t.watchTable(ctx, seq, fmt.Sprintf("recat_watch_%d_%d", st.no, len(t.watched)+1))
}

func (t *transaction) watchTable(ctx context.Context, tab *table, name string) error {
	columns := tab.watchColumns()
	t.watched = append(t.watched, &watched{tab: tab, copy: name})
	if err := exec(ctx, t.c.conn, fmt.Sprintf("CREATE TEMP TABLE %s (%s)", name, strings.Join(append(numbered("l", len(tab.lasting())), numbered("b", len(columns))...), ", "))); err != nil {
		return err
	}
	return t.record(ctx, fmt.Sprintf("INSERT INTO temp.%s SELECT %s FROM %s p", name,
		strings.Join(append(prefixed("p.", tab.lasting()), prefixed("p.", columns)...), ", "), ident(tab.name)))
}

// watchColumns are a watched table's columns, its rowid first where that is
// not one of them.
func (t *table) watchColumns() []string {
	if t.hasRowid && t.intKey == "" {
		return append([]string{t.rowid}, t.stored()...)
	}
	return t.stored()
}

// unwatch keeps what changed in the watched tables: rows that came, went or
// differ.
func (t *transaction) unwatch(ctx context.Context) error {
	for _, w := range t.watched {
		if err := t.keepWatched(ctx, w); err != nil {
			return fmt.Errorf("keep what triggers wrote to %s: %w", w.tab.name, err)
		}
	}
	return nil
}

func (t *transaction) keepWatched(ctx context.Context, w *watched) error {
	key, columns := w.tab.lasting(), w.tab.watchColumns()
	on := joinLasting("p", "x", key)
	came := fmt.Sprintf("NOT EXISTS (SELECT 1 FROM temp.%s x WHERE %s)", w.copy, on)
	if _, err := t.imageRows(ctx, "trigger", opInsert, w.tab, came); err != nil {
		return err
	}
	gone, err := t.open(ctx, image{Table: w.tab.name, Op: opDelete, Role: "trigger", Key: key, Columns: columns, Rowid: w.tab.intKey == "" && w.tab.hasRowid},
		append(numbered("l", len(key)), numbered("b", len(columns))...))
	if err != nil {
		return err
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT x.* FROM temp.%s x WHERE NOT EXISTS (SELECT 1 FROM %s p WHERE %s)",
		gone.Store, w.copy, ident(w.tab.name), on)); err != nil {
		return err
	}
	before := numbered("x.b", len(columns))
	differs := eachName("p.%s IS NOT %s", " OR ", quoteAll(columns), before)
	return t.imageUpdate(ctx, "trigger", w.tab, columns, before,
		fmt.Sprintf("temp.%s x JOIN %s p ON %s WHERE %s", w.copy, ident(w.tab.name), on, differs), nil)
}

// joinLasting equates lasting keys: a table's columns with l1 ….
func joinLasting(alias, image string, key []string) string {
	out := make([]string, len(key))
	for i, name := range key {
		out[i] = fmt.Sprintf("%s.%s IS %s.l%d", alias, ident(name), image, i+1)
	}
	return strings.Join(out, " AND ")
}
