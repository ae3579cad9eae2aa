package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"recat/migrate"
)

// ready ends staging: it works out which membership rows go or move, and
// writes down what the run will record in words.
func (st *stage) ready(ctx context.Context) error {
	err := st.push(ctx)
	if err == nil {
		err = st.stretches.flush(ctx)
	}
	if err == nil {
		err = st.pointers.flush(ctx)
	}
	if err == nil {
		err = st.spreadOut(ctx)
	}
	for _, name := range []string{"sg", "sp", "sr", "to"} {
		if err == nil {
			err = st.c.d.filled(ctx, st.c.conn, st.name(name))
		}
	}
	if err != nil {
		return err
	}
	if st.c.mapping.Memberships != nil {
		if err := st.stageMemberships(ctx); err != nil {
			return fmt.Errorf("stage the memberships: %w", st.c.d.failure(err))
		}
	}
	if st.lay != nil {
		if err := st.listWays(ctx); err != nil {
			return fmt.Errorf("list the products: %w", st.c.d.failure(err))
		}
	}
	if err := st.stageTree(ctx); err != nil {
		return fmt.Errorf("stage the tree: %w", busy(err))
	}
	if err := st.writeNotes(ctx); err != nil {
		return fmt.Errorf("stage the record: %w", st.c.d.failure(err))
	}
	return nil
}

// spreadOut writes the stretches down product by product, where an engine would
// take the joins with them the wrong way round, and go through all of them for
// each product.
func (st *stage) spreadOut(ctx context.Context) error {
	series := st.c.d.series("s.a", "s.b")
	if series == "" {
		return nil
	}
	if err := st.make(ctx, tempTable{st.name("sx"), []string{"n"}, []typedColumn{number("n"), number("g")}, "", nil}); err != nil {
		return err
	}
	if err := exec(ctx, st.c.conn, fmt.Sprintf("INSERT INTO %s SELECT n, s.g FROM %s s, %s n", st.name("sx"), st.name("sp"), series)); err != nil {
		return err
	}
	st.spread = true
	return st.c.d.filled(ctx, st.c.conn, st.name("sx"))
}

// What becomes of a membership row.
const (
	rowGoes int64 = iota
	rowMoves
	rowFlagged
)

// stageMemberships makes recat_sm_N: i1 … of the row, op, goes (place in
// recat_to_N), flag (set it).
func (st *stage) stageMemberships(ctx context.Context) error {
	tab, d := st.c.membershipTable(), st.c.d
	ids := numbered("i", len(tab.ident()))
	m := "m." + strings.Join(ids, ", m.")
	refers := st.c.inColumn(st.c.mapping.Memberships.RefersTo)
	first := fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s x WHERE x.pn = m.pn AND %s AND x.i1 < m.i1)", st.name("m"), d.joined("x.cat", "m.cat"))
	moves := fmt.Sprintf("(q.moves IS NOT NULL AND c.n = q.carrier AND %s)", first)
	if err := st.make(ctx, tempTable{st.name("sm"), ids, append(typedColumns(ids, prefixed("m.", tab.ident())), number("op"), number("goes"), number("flag")),
		tab.sql() + " m", nil}); err != nil {
		return err
	}
	for _, q := range []string{
		fmt.Sprintf(`INSERT INTO %[1]s SELECT %[2]s, CASE WHEN %[3]s THEN %[4]d ELSE %[5]d END, CASE WHEN %[3]s THEN q.moves END,
			CASE WHEN %[3]s AND (q.what & %[6]d) <> 0 AND q.flagged = q.moves THEN 1 ELSE 0 END
			FROM %[7]s JOIN %[8]s c ON %[9]s WHERE (q.what & %[10]d) <> 0`,
			st.name("sm"), m, moves, rowMoves, rowGoes, flags, st.staged(st.name("m"), "m", "pn"), st.name("in"), d.joined("c."+refers, "m.cat"), leavesMemberships),
		fmt.Sprintf(`INSERT INTO %s SELECT %s, %d, NULL, 1 FROM %s
			JOIN %s t ON t.n = q.flagged AND %s WHERE (q.what & %d) <> 0 AND %s AND %s`,
			st.name("sm"), m, rowFlagged, st.staged(st.name("m"), "m", "pn"), st.name("to"), d.joined("t."+refers, "m.cat"), flags, differs(d, "q.flagged", "q.moves"), first),
	} {
		if err := exec(ctx, st.c.conn, q); err != nil {
			return err
		}
	}
	return nil
}

// anyText is an expression of the type that texts of any length have.
const anyText = "TEXT"

// writeNotes makes recat_note_N and recat_grave_N, which the commit copies.
func (st *stage) writeNotes(ctx context.Context) error {
	text := func(name string) typedColumn { return typedColumn{name, anyText} }
	for _, t := range []tempTable{
		{st.name("note"), nil, []typedColumn{text("kind"), number("n"), text("line")}, "", nil},
		{st.name("grave"), nil, []typedColumn{text("id"), text("path"), text("successor")}, "", nil},
	} {
		if err := st.make(ctx, t); err != nil {
			return err
		}
	}
	notes := &inserter{s: st.c.conn, table: st.name("note"), width: 3}
	graves := &inserter{s: st.c.conn, table: st.name("grave"), width: 3}
	note := func(kind string, n int, v any) error {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return notes.add(ctx, kind, n, string(line))
	}
	for i, line := range st.categories {
		if err := note("category", i+1, line); err != nil {
			return err
		}
		if line.Do == migrate.RemoveCategory {
			if err := graves.add(ctx, string(line.ID), line.Path, string(line.Successor)); err != nil {
				return err
			}
		}
	}
	for i, line := range st.references {
		if err := note("reference", i+1, line); err != nil {
			return err
		}
	}
	for i, line := range st.verdictLog {
		if err := note("verdict", i+1, line); err != nil {
			return err
		}
	}
	for i, line := range st.spared {
		if err := note("spared", i+1, line); err != nil {
			return err
		}
	}
	return errors.Join(notes.flush(ctx), graves.flush(ctx))
}
