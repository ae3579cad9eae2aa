package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// noteKept records what an undo keeps, because it was edited since.
func (r *reversal) noteKept(ctx context.Context, t *transaction, found []migrate.Conflict) error {
	if r.opts.OnConflict != migrate.ConflictKeep {
		return nil
	}
	for i, c := range found {
		if err := t.note(ctx, "kept", i+1, c); err != nil {
			return err
		}
	}
	return nil
}

// keptRows are the conflicts of an undo that kept what was edited since: by
// what they are about, and by the row.
type keptRows struct {
	about map[string]*migrate.Kept
	rows  map[string][]string // the columns that were kept; "" is the row
}

// What a kept row is about.
func aboutProduct(id string) string  { return "product " + id }
func aboutCategory(id string) string { return "category " + id }
func aboutRow(table, row string) string {
	return "row " + table + " " + row
}

// readKept sorts what an undo kept, and finds what it took back of that all
// the same.
func (h *history) readKept(ctx context.Context, all []migrate.Conflict) error {
	if len(all) == 0 {
		return nil
	}
	h.kept = keptRows{about: map[string]*migrate.Kept{}, rows: map[string][]string{}}
	for _, c := range all {
		row := aboutRow(c.Table, c.Row)
		about := row
		switch {
		case c.Product != "":
			about = aboutProduct(c.Product)
		case c.Category != "":
			about = aboutCategory(string(c.Category))
		}
		if h.kept.about[about] == nil {
			h.kept.about[about] = &migrate.Kept{Whole: true}
		}
		h.kept.about[about].Rows = append(h.kept.about[about].Rows, c)
		h.kept.rows[row] = append(h.kept.rows[row], c.Column)
	}
	for _, im := range h.images {
		if err := h.takenBack(ctx, im); err != nil {
			return fmt.Errorf("read what was taken back of %s: %w", im.Table, h.c.d.failure(err))
		}
	}
	return nil
}

// takenBack looks among the rows of an image for what was taken back of
// products and categories of which something was kept.
func (h *history) takenBack(ctx context.Context, im image) error {
	product, category := h.subjects(im)
	if im.tab == nil || product == "NULL" && category == "NULL" {
		return nil
	}
	exprs, columns := []string{im.keyText(), product, category}, []string{""} // a row that came or went, as a whole
	if im.Op == opUpdate {
		columns = nil
		for i, column := range im.Columns {
			if im.Role == roleProduct && h.touched(column) || slices.Contains(im.Counters, column) || h.derived(im, column) {
				continue
			}
			columns = append(columns, column)
			exprs = append(exprs, fmt.Sprintf("CASE WHEN %s THEN 1 ELSE 0 END", im.changed(i)))
		}
	}
	query := fmt.Sprintf("SELECT %s FROM %s x", strings.Join(exprs, ", "), im.Store)
	for row, err := range eachRow(ctx, h.c.conn, len(exprs), query) {
		if err != nil {
			return err
		}
		k := h.kept.about[aboutProduct(renderRaw(row[1]))]
		if row[1] == nil {
			k = h.kept.about[aboutCategory(renderRaw(row[2]))]
		}
		stayed := h.kept.rows[aboutRow(im.Table, renderRaw(row[0]))]
		if k == nil || slices.Contains(stayed, "") {
			continue
		}
		for i, column := range columns {
			if (im.Op != opUpdate || truth(row[3+i])) && !slices.Contains(stayed, column) {
				k.Whole = false
			}
		}
	}
	return nil
}

// ofRow is what was kept of a row that pointed at a removed category.
func (k keptRows) ofRow(line *migrate.ReferenceChange) *migrate.Kept {
	kept := k.about[aboutRow(line.Table, strings.Join(line.Row, ","))]
	if kept == nil {
		return nil
	}
	own := slices.DeleteFunc(slices.Clone(kept.Rows), func(c migrate.Conflict) bool { return c.Column != "" && c.Column != line.Column })
	if len(own) == 0 {
		return nil
	}
	return &migrate.Kept{Whole: true, Rows: own}
}
