package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"recat/migrate"
)

// ready ends staging: it works out which membership rows go or move, and
// writes down what the run will record in words.
func (st *stage) ready(ctx context.Context) error {
	st.push()
	if err := st.flush(ctx); err != nil {
		return err
	}
	if st.c.mapping.Memberships != nil {
		if err := st.stageMemberships(ctx); err != nil {
			return fmt.Errorf("stage the memberships: %w", busy(err))
		}
	}
	if st.lay != nil {
		if err := st.listWays(ctx); err != nil {
			return fmt.Errorf("list the products: %w", busy(err))
		}
	}
	if err := st.stageTree(ctx); err != nil {
		return fmt.Errorf("stage the tree: %w", busy(err))
	}
	if err := st.writeNotes(ctx); err != nil {
		return fmt.Errorf("stage the record: %w", busy(err))
	}
	return nil
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
	ids := numbered("i", len(st.c.membershipTable().ident()))
	list := strings.Join(ids, ", ")
	m := "m." + strings.Join(ids, ", m.")
	refers := st.c.inColumn(st.c.mapping.Memberships.RefersTo)
	first := fmt.Sprintf("NOT EXISTS (SELECT 1 FROM temp.%s x WHERE x.pn = m.pn AND x.cat = m.cat AND x.i1 < m.i1)", st.name("m"))
	moves := fmt.Sprintf("(q.moves IS NOT NULL AND c.n = q.carrier AND %s)", first)
	for _, q := range []string{
		fmt.Sprintf("CREATE TEMP TABLE %s (%s, op, goes, flag, PRIMARY KEY (%s)) WITHOUT ROWID", st.name("sm"), list, list),
		fmt.Sprintf(`INSERT INTO temp.%[1]s SELECT %[2]s, CASE WHEN %[3]s THEN %[4]d ELSE %[5]d END, CASE WHEN %[3]s THEN q.moves END,
			%[3]s AND q.what & %[6]d AND q.flagged = q.moves
			FROM %[7]s JOIN temp.%[8]s c ON c.%[9]s = m.cat WHERE q.what & %[10]d`,
			st.name("sm"), m, moves, rowMoves, rowGoes, flags, st.staged(st.name("m"), "m", "pn"), st.name("in"), refers, leavesMemberships),
		fmt.Sprintf(`INSERT INTO temp.%s SELECT %s, %d, NULL, 1 FROM %s
			JOIN temp.%s t ON t.n = q.flagged AND t.%s = m.cat WHERE q.what & %d AND q.flagged IS NOT q.moves AND %s`,
			st.name("sm"), m, rowFlagged, st.staged(st.name("m"), "m", "pn"), st.name("to"), refers, flags, first),
	} {
		if err := exec(ctx, st.c.conn, q); err != nil {
			return err
		}
	}
	return nil
}

// writeNotes makes recat_note_N and recat_grave_N, which the commit copies.
func (st *stage) writeNotes(ctx context.Context) error {
	for _, q := range []string{
		fmt.Sprintf("CREATE TEMP TABLE %s (kind, n, line)", st.name("note")),
		fmt.Sprintf("CREATE TEMP TABLE %s (id, path, successor)", st.name("grave")),
	} {
		if err := exec(ctx, st.c.conn, q); err != nil {
			return err
		}
	}
	for i, line := range st.categories {
		if err := st.note(ctx, "category", i+1, line); err != nil {
			return err
		}
		if line.Do == migrate.RemoveCategory {
			if err := exec(ctx, st.c.conn, fmt.Sprintf("INSERT INTO temp.%s VALUES (?, ?, ?)", st.name("grave")),
				string(line.ID), line.Path, string(line.Successor)); err != nil {
				return err
			}
		}
	}
	for i, line := range st.references {
		if err := st.note(ctx, "reference", i+1, line); err != nil {
			return err
		}
	}
	for i, line := range st.verdictLog {
		if err := st.note(ctx, "verdict", i+1, line); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) note(ctx context.Context, kind string, n int, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return exec(ctx, st.c.conn, fmt.Sprintf("INSERT INTO temp.%s VALUES (?, ?, ?)", st.name("note")), kind, n, string(line))
}
