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
	return t.watch(ctx, st.snapshot, st.no, st.inserts())
}

// watch copies the tables that triggers of the mapping write, and what counts
// the rows that are inserted.
func (t *transaction) watch(ctx context.Context, s maker, no int, inserts bool) error {
	seen := map[string]bool{}
	for _, g := range t.c.mapping.Triggers {
		for _, name := range g.Writes {
			tab, ok := t.c.schema.table(name)
			if !ok || seen[tab.name] {
				continue
			}
			seen[tab.name] = true
			if err := t.watchTable(ctx, s, tab, fmt.Sprintf("recat_watch_%d_%d", no, len(t.watched)+1)); err != nil {
				return err
			}
		}
	}
	return t.watchSequences(ctx, s, no, inserts)
}

// watchSequences watches SQLite's own counters of AUTOINCREMENT tables: a row
// that undo takes out again must give its number back.
func (t *transaction) watchSequences(ctx context.Context, s maker, no int, inserts bool) error {
	if len(t.watched) == 0 && !inserts {
		return nil
	}
	seq, err := t.c.d.counters(ctx, t.c.conn)
	if err != nil || seq == nil {
		return err
	}
	return t.watchTable(ctx, s, seq, fmt.Sprintf("recat_watch_%d_%d", no, len(t.watched)+1))
}

func (t *transaction) watchTable(ctx context.Context, s maker, tab *table, name string) error {
	columns := tab.watchColumns()
	t.watched = append(t.watched, &watched{tab: tab, copy: name})
	typed := append(typedColumns(numbered("l", len(tab.lasting())), prefixed("p.", tab.lasting())),
		typedColumns(numbered("b", len(columns)), prefixed("p.", columns))...)
	if err := t.make(ctx, s, tempTable{name, nil, typed, tab.sql() + " p", nil}); err != nil {
		return err
	}
	return t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s p", name,
		strings.Join(append(prefixed("p.", tab.lasting()), prefixed("p.", columns)...), ", "), tab.sql()))
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
	on := t.joinLasting("p", "x", key)
	came := fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s x WHERE %s)", w.copy, on)
	if _, err := t.imageRows(ctx, "trigger", opInsert, w.tab, came); err != nil {
		return err
	}
	names := append(numbered("l", len(key)), numbered("b", len(columns))...)
	kept := append(keptOf(w.tab, key, numbered("x.l", len(key))), keptOf(w.tab, columns, numbered("x.b", len(columns)))...)
	gone, err := t.open(ctx, image{Table: w.tab.name, Op: opDelete, Role: "trigger", Key: key, Columns: columns, Rowid: w.tab.intKey == "" && w.tab.hasRowid},
		w.tab, stores(names, kept))
	if err != nil {
		return err
	}
	if err := t.fill(ctx, gone, names, kept, fmt.Sprintf("%s x WHERE NOT EXISTS (SELECT 1 FROM %s p WHERE %s)", w.copy, w.tab.sql(), on)); err != nil {
		return err
	}
	before := numbered("x.b", len(columns))
	same := sameEach(t.c.d, prefixed("p.", columns), before)
	return t.imageUpdate(ctx, "trigger", w.tab, columns, before,
		fmt.Sprintf("%s x JOIN %s p ON %s WHERE NOT (%s)", w.copy, w.tab.sql(), on, same), nil)
}

// joinLasting equates lasting keys: a table's columns with l1 ….
func (t *transaction) joinLasting(alias, image string, key []string) string {
	out := make([]string, len(key))
	for i, name := range key {
		out[i] = t.c.d.same(alias+"."+ident(name), fmt.Sprintf("%s.l%d", image, i+1))
	}
	return strings.Join(out, " AND ")
}
