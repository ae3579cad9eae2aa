package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// writeCategories lifts promoted categories, closes, redirects and removes.
// The before-images are one table for each of these, however many categories
// there are: they stay in the catalog's schema.
func (st *stage) writeCategories(ctx context.Context, t *transaction) error {
	of := map[migrate.CategoryAction][]*migrate.CategoryChange{}
	for _, line := range st.categories {
		of[line.Do] = append(of[line.Do], line)
	}
	m := st.c.mapping.Categories
	if st.encoded != nil {
		if err := st.writeTree(ctx, t); err != nil {
			return err
		}
	} else if err := st.promoteAndClose(ctx, t, of); err != nil {
		return err
	}
	if err := st.redirect(ctx, t, of[migrate.RemoveCategory]); err != nil {
		return err
	}
	if len(m.SoftRemove) > 0 {
		if err := st.setCategories(ctx, t, of[migrate.RemoveCategory], m.SoftRemove); err != nil {
			return fmt.Errorf("mark removed categories: %w", err)
		}
		return st.claimCategories(ctx, t)
	}
	return st.deleteCategories(ctx, t)
}

// claimCategories keeps products out of the categories that were marked.
func (st *stage) claimCategories(ctx context.Context, t *transaction) error {
	if len(st.sel.In) == 0 || t.rehearsed {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	rows := fmt.Sprintf("SELECT %s FROM %s", list("", len(tab.ident())), st.name("in"))
	if err := st.c.d.claim(ctx, st.c.conn, tab, matches(tab, "p.", rows)); err != nil {
		return fmt.Errorf("keep others from the removed categories: %w", err)
	}
	return nil
}

// promoteAndClose does so where nothing is derived from the tree.
func (st *stage) promoteAndClose(ctx context.Context, t *transaction, of map[migrate.CategoryAction][]*migrate.CategoryChange) error {
	if err := st.promote(ctx, t, of[migrate.PromoteCategory]); err != nil {
		return fmt.Errorf("promote categories: %w", err)
	}
	if err := st.setCategories(ctx, t, of[migrate.CloseCategory], st.c.mapping.Categories.Close); err != nil {
		return fmt.Errorf("close categories: %w", err)
	}
	return nil
}

func (st *stage) deleteCategories(ctx context.Context, t *transaction) error {
	if len(st.sel.In) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	rows := fmt.Sprintf("SELECT %s FROM %s", list("", len(tab.ident())), st.name("in"))
	if _, err := t.imageRows(ctx, roleCategory, opDelete, tab, matches(tab, "p.", rows)); err != nil {
		return fmt.Errorf("keep the categories: %w", err)
	}
	return st.c.d.atOnce(ctx, st.c.conn, func() error {
		return t.write(ctx, "delete categories", int64(len(st.sel.In)), st.c.d.deleteFrom(tab, matches(tab, "p.", rows)))
	})
}

// promote gives categories their new parents: a copy of the parent's own
// key, or what the catalog writes for none.
func (st *stage) promote(ctx context.Context, t *transaction, lines []*migrate.CategoryChange) error {
	m := st.c.mapping.Categories
	var to []taxonomy.ID
	for _, line := range lines {
		if !slices.Contains(to, line.To) {
			to = append(to, line.To)
		}
	}
	sets := make([]categorySet, len(to))
	for i, id := range to {
		sets[i] = categorySet{set: []assigned{{m.Parent, "?"}}, args: []any{st.parentValue(id)}}
		for _, line := range lines {
			if line.To == id {
				sets[i].lines = append(sets[i].lines, line)
			}
		}
	}
	return st.updateCategories(ctx, t, []string{m.Parent}, sets)
}

func (st *stage) setCategories(ctx context.Context, t *transaction, lines []*migrate.CategoryChange, set []Assignment) error {
	if len(lines) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	assigns, args := t.assign(tab, set)
	return st.updateCategories(ctx, t, columnsOf(set), []categorySet{{assigns, args, lines}})
}

// categorySet is what one statement sets on some categories.
type categorySet struct {
	set   []assigned
	args  []any
	lines []*migrate.CategoryChange
}

// updateCategories writes columns of the categories' own rows, a statement
// for each set, with one table of before-images for them all.
func (st *stage) updateCategories(ctx context.Context, t *transaction, columns []string, sets []categorySet) error {
	if len(sets) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	columns = st.c.withTriggered(tab, columns)
	w := st.was(t, tab, columns, "g")
	if err := t.make(ctx, st.snapshot, w.tempTable); err != nil {
		return err
	}
	ids := tab.ident()
	found := make([]string, len(ids))
	for i, name := range ids {
		found[i] = st.c.d.joined("p."+ident(name), "?")
	}
	for g, set := range sets {
		keep := fmt.Sprintf("INSERT INTO %s SELECT %d, %s, %s FROM %s p WHERE %s", w.name, g,
			idents("p.", ids), idents("p.", columns), tab.sql(), strings.Join(found, " AND "))
		for _, line := range set.lines {
			if err := t.record(ctx, keep, st.c.rows[line.ID].ident...); err != nil {
				return err
			}
		}
	}
	for g, set := range sets {
		rows := fmt.Sprintf("SELECT %s FROM %s WHERE g = %d", list("", len(ids)), w.name, g)
		if err := t.write(ctx, "update "+tab.name, int64(len(set.lines)), st.c.d.updateIn(tab, set.set, rows), set.args...); err != nil {
			return err
		}
	}
	return t.imageUpdate(ctx, roleCategory, tab, columns, w.before, w.from, nil)
}

// redirect inserts the rows that say where removed pages go.
func (st *stage) redirect(ctx context.Context, t *transaction, lines []*migrate.CategoryChange) error {
	r := st.c.mapping.Redirects
	if r == nil || len(lines) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(r.Table)
	keys, err := st.insertRedirects(ctx, t, tab, r, lines)
	if err != nil {
		return err
	}
	_, err = t.imageRows(ctx, "redirect", opInsert, tab, "p."+ident(tab.ident()[0])+" IN ("+keys+")")
	return err
}

// insertRedirects inserts a row for each removed page, and lists their keys
// for a statement.
func (st *stage) insertRedirects(ctx context.Context, t *transaction, tab *table, r *Redirects, lines []*migrate.CategoryChange) (keys string, err error) {
	columns := columnsOf(r.Insert)
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", tab.sql(), idents("", columns),
		strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", "))
	given := make([]string, 0, len(lines))
	for _, line := range lines {
		args := make([]any, len(r.Insert))
		for i, a := range r.Insert {
			if args[i], err = st.redirectValue(ctx, t, tab, a, line); err != nil {
				return "", err
			}
		}
		key, err := t.insert(ctx, "insert the redirect of "+line.Path, tab, insert, args)
		if err != nil {
			return "", err
		}
		given = append(given, fmt.Sprint(key))
	}
	return strings.Join(given, ", "), nil
}
