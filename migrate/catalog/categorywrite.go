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
		return nil
	}
	return st.deleteCategories(ctx, t)
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
	rows := fmt.Sprintf("SELECT %s FROM temp.%s", list("", len(tab.ident())), st.name("in"))
	if _, err := t.imageRows(ctx, roleCategory, opDelete, tab, matches(tab, "p.", rows)); err != nil {
		return fmt.Errorf("keep the categories: %w", err)
	}
	return t.write(ctx, "delete categories", int64(len(st.sel.In)), fmt.Sprintf("DELETE FROM %s WHERE %s", ident(tab.name), matches(tab, "", rows)))
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
		sets[i] = categorySet{clauses: []string{ident(m.Parent) + " = ?"}, args: []any{st.parentValue(id)}}
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
	clauses, args := t.assign(tab, set)
	return st.updateCategories(ctx, t, columnsOf(set), []categorySet{{clauses, args, lines}})
}

// categorySet is what one statement sets on some categories.
type categorySet struct {
	clauses []string
	args    []any
	lines   []*migrate.CategoryChange
}

// updateCategories writes columns of the categories' own rows, a statement
// for each set, with one table of before-images for them all.
func (st *stage) updateCategories(ctx context.Context, t *transaction, columns []string, sets []categorySet) error {
	if len(sets) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(st.c.mapping.Categories.Table)
	for _, name := range st.c.triggerColumns(tab) {
		if !slices.Contains(columns, name) {
			columns = append(columns, name)
		}
	}
	was := fmt.Sprintf("recat_was_%d_%d", st.no, len(t.images)+1)
	before, n := numbered("b", len(columns)), len(tab.ident())
	if err := exec(ctx, st.c.conn, fmt.Sprintf("CREATE TEMP TABLE %s (g, %s, %s)", was, strings.Join(numbered("i", n), ", "), strings.Join(before, ", "))); err != nil {
		return err
	}
	keep := fmt.Sprintf("INSERT INTO temp.%s SELECT ?, %s, %s FROM %s WHERE %s", was,
		idents("", tab.ident()), idents("", columns), ident(tab.name), eachName("%s = ?", " AND ", quoteAll(tab.ident())))
	for g, set := range sets {
		for _, line := range set.lines {
			if err := t.record(ctx, keep, append([]any{g}, st.c.rows[line.ID].ident...)...); err != nil {
				return err
			}
		}
	}
	for g, set := range sets {
		rows := fmt.Sprintf("SELECT %s FROM temp.%s WHERE g = %d", list("", n), was, g)
		if err := t.write(ctx, "update "+tab.name, int64(len(set.lines)), fmt.Sprintf("UPDATE %s SET %s WHERE %s",
			ident(tab.name), strings.Join(set.clauses, ", "), matches(tab, "", rows)), set.args...); err != nil {
			return err
		}
	}
	return t.imageUpdate(ctx, roleCategory, tab, columns, prefixed("x.", before),
		fmt.Sprintf("temp.%s x JOIN %s p ON %s", was, ident(tab.name), joinIdent("p", "x", tab.ident())), nil)
}

// redirect inserts the rows that say where removed pages go.
func (st *stage) redirect(ctx context.Context, t *transaction, lines []*migrate.CategoryChange) error {
	r := st.c.mapping.Redirects
	if r == nil || len(lines) == 0 {
		return nil
	}
	tab, _ := st.c.schema.table(r.Table)
	added := fmt.Sprintf("recat_new_%d_%d", st.no, len(t.images)+1)
	if err := exec(ctx, st.c.conn, fmt.Sprintf("CREATE TEMP TABLE %s (i)", added)); err != nil {
		return err
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", ident(tab.name), idents("", columnsOf(r.Insert)),
		strings.TrimSuffix(strings.Repeat("?, ", len(r.Insert)), ", "))
	for _, line := range lines {
		args := make([]any, len(r.Insert))
		for i, a := range r.Insert {
			var err error
			if args[i], err = st.redirectValue(ctx, t, tab, a, line); err != nil {
				return err
			}
		}
		if err := t.write(ctx, "insert the redirect of "+line.Path, 1, insert, args...); err != nil {
			return err
		}
		if err := t.record(ctx, fmt.Sprintf("INSERT INTO temp.%s SELECT last_insert_rowid()", added)); err != nil {
			return err
		}
	}
	_, err := t.imageRows(ctx, "redirect", opInsert, tab, fmt.Sprintf("p.%s IN (SELECT i FROM temp.%s)", ident(tab.rowid), added))
	return err
}
