package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// Commit writes the staged changes in one transaction.
func (st *stage) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	t := st.c.newTransaction(opts)
	if err := st.c.d.before(ctx, st.c.conn, t, func() error { return st.write(ctx, t) }); err != nil {
		return migrate.Receipt{}, st.c.d.failure(err)
	}
	return st.c.inWrite(ctx, opts, t, st.c.written(), func(t *transaction) error {
		if err := st.unmoved(ctx); err != nil {
			return err
		}
		if err := t.count(ctx); err != nil {
			return err
		}
		if err := st.write(ctx, t); err != nil {
			return err
		}
		t.observe("check")
		if err := st.check(ctx, t); err != nil {
			return err
		}
		t.observe("notes")
		if err := st.copyNotes(ctx, t); err != nil {
			return err
		}
		return t.remember(ctx, migrate.RunApply, 0, "")
	})
}

// write changes the catalog and keeps the before-images.
func (st *stage) write(ctx context.Context, t *transaction) error {
	for _, step := range []struct {
		point string
		do    func(context.Context, *transaction) error
	}{
		{"watch", st.watch}, {"memberships", st.writeMemberships}, {"products", st.writeProducts},
		{"primaries", st.writeOthers}, {"delist", st.writeDelists}, {"references", st.writeReferences}, {"categories", st.writeCategories},
		{"images", st.keepImages},
	} {
		t.observe(step.point)
		if err := step.do(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// written lists the tables that a run may write.
func (c *Catalog) written() []*table {
	var out []*table
	add := func(name string) {
		if t, ok := c.schema.table(name); ok && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	for _, w := range c.mapping.writes() {
		add(w.table)
	}
	for _, g := range c.mapping.Triggers {
		for _, name := range g.Writes {
			add(name)
		}
	}
	return out
}

// list writes the identity columns of a temp table.
func list(alias string, n int) string {
	names := numbered("i", n)
	for i := range names {
		names[i] = alias + names[i]
	}
	return strings.Join(names, ", ")
}

// writeMemberships deletes, moves and flags membership rows.
func (st *stage) writeMemberships(ctx context.Context, t *transaction) error {
	ms := st.c.mapping.Memberships
	if ms == nil {
		return nil
	}
	tab := st.c.membershipTable()
	n := len(tab.ident())
	going := fmt.Sprintf("SELECT %s FROM %s WHERE op = %d", list("", n), st.name("sm"), rowGoes)
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM %s WHERE op = %d", st.name("sm"), rowGoes))
	if err != nil {
		return err
	}
	if want > 0 {
		if _, err := t.imageRows(ctx, roleMembership, opDelete, tab, matches(tab, "p.", going)); err != nil {
			return fmt.Errorf("keep the memberships: %w", err)
		}
		if err := t.write(ctx, "delete memberships", want, st.c.d.deleteFrom(tab, matches(tab, "p.", going))); err != nil {
			return err
		}
	}
	return st.moveMemberships(ctx, t, tab)
}

func (st *stage) moveMemberships(ctx context.Context, t *transaction, tab *table) error {
	ms := st.c.mapping.Memberships
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM %s WHERE op <> %d", st.name("sm"), rowGoes))
	if err != nil || want == 0 {
		return err
	}
	set := []assigned{{ms.Category, fmt.Sprintf("CASE WHEN s.goes IS NULL THEN p.%s ELSE (SELECT %s FROM %s WHERE n = s.goes) END",
		ident(ms.Category), st.c.inColumn(ms.RefersTo), st.name("to"))}}
	if ms.PrimaryFlag != "" {
		set = append(set, assigned{ms.PrimaryFlag, fmt.Sprintf("CASE WHEN s.flag <> 0 THEN %s ELSE p.%s END",
			st.c.d.literal(Literal{Value: migrate.IntValue(1)}), ident(ms.PrimaryFlag))})
	}
	return t.write(ctx, "move memberships", want, st.c.d.update(tab, set, st.name("sm")+" s",
		fmt.Sprintf("s.op <> %d AND %s", rowGoes, st.c.joinIdent("p", "s", tab.ident()))))
}

// writeDelists updates the rows of other tables that take products off sale.
func (st *stage) writeDelists(ctx context.Context, t *transaction) error {
	if st.lay == nil {
		return nil
	}
	for _, i := range st.c.otherDelists() {
		d := st.c.mapping.Delist[i]
		tab, _ := st.c.schema.table(d.Table)
		rows := fmt.Sprintf("%s WHERE (q.what & %d) <> 0", st.staged(st.delistName(i), "d", "pn"), delists)
		want, err := one[int64](ctx, st.c.conn, "SELECT count(*) FROM "+rows)
		if err != nil {
			return err
		}
		set, args := t.assign(tab, d.Set)
		if err := t.write(ctx, "delist in "+d.Table, want,
			st.c.d.updateIn(tab, set, fmt.Sprintf("SELECT %s FROM %s", list("d.", len(tab.ident())), rows)), args...); err != nil {
			return err
		}
	}
	return nil
}

// copyNotes copies the staged record: notes and tombstones.
func (st *stage) copyNotes(ctx context.Context, t *transaction) error {
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %d, kind, n, line FROM %s", st.c.d.own("recat_note"), t.run, st.name("note"))); err != nil {
		return fmt.Errorf("record the plan's lines: %w", err)
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %d, id, path, successor FROM %s", st.c.d.own("recat_tombstone"), t.run, st.name("grave"))); err != nil {
		return fmt.Errorf("record tombstones: %w", err)
	}
	return nil
}
