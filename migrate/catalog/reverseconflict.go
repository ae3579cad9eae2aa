package catalog

import (
	"context"
	"fmt"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// The answers that settle a conflict.
var (
	keepOnly      = []migrate.OnConflict{migrate.ConflictKeep}
	keepOrRestore = []migrate.OnConflict{migrate.ConflictKeep, migrate.ConflictRestore}
)

// conflicts finds the rows of one image that were edited since.
func (r *reversal) conflicts(ctx context.Context, im image) ([]migrate.Conflict, error) {
	if im.counter() || im.Role == roleClosure {
		return nil, nil
	}
	if im.tab == nil {
		return []migrate.Conflict{{Table: im.Table, Detail: "the table is gone"}}, nil
	}
	switch im.Op {
	case opUpdate:
		return r.updateConflicts(ctx, im)
	case opDelete:
		return r.deleteConflicts(ctx, im)
	}
	return r.insertConflicts(ctx, im)
}

func (r *reversal) updateConflicts(ctx context.Context, im image) ([]migrate.Conflict, error) {
	gone, err := r.goneConflicts(ctx, im)
	if err != nil {
		return nil, err
	}
	for i, column := range im.Columns {
		if slices.Contains(im.Counters, column) || r.hist.derived(im, column) { // counts go on, and the tree is derived anew
			continue
		}
		before, after := fmt.Sprintf("x.b%d", i+1), fmt.Sprintf("x.a%d", i+1)
		query := fmt.Sprintf("SELECT %s, %s, %s, p.%s FROM %s x JOIN %s p ON %s WHERE NOT %s AND NOT %s AND %s",
			r.hist.named(im), im.given(column, before), im.given(column, after), ident(column), im.Store, im.tab.sql(), im.on(false),
			im.is(column, after), im.is(column, before), im.changed(i))
		for row, err := range eachRow(ctx, r.c.conn, 6, query) {
			if err != nil {
				return nil, err
			}
			c := conflictOf(im, row, fmt.Sprintf("was %s, the run made it %s, now it is %s", show(row[3]), show(row[4]), show(row[5])), keepOrRestore)
			c.Column, c.Values = column, &migrate.ConflictValues{Before: rendering(row[3]), After: rendering(row[4]), Now: rendering(row[5])}
			gone = append(gone, c)
		}
	}
	return gone, nil
}

// goneConflicts finds updated rows that are there no more, neither as the run
// left them nor as they were. Where the image holds the whole row, and what it
// points at is there, restoring can put it back.
func (r *reversal) goneConflicts(ctx context.Context, im image) ([]migrate.Conflict, error) {
	missing := r.missing(im) + r.hist.beyondTree(im)
	lost := "FALSE"
	for _, condition := range r.lost(im) {
		lost += " OR (" + condition + ")"
	}
	settledBy := keepOnly
	if im.Whole && r.appeal == nil {
		settledBy = keepOrRestore
	}
	found, err := r.found(ctx, im, fmt.Sprintf("SELECT %s FROM %s x WHERE %s AND NOT (%s)", r.hist.named(im), im.Store, missing, lost),
		"the row is gone", settledBy)
	if err != nil {
		return nil, err
	}
	alone, err := r.found(ctx, im, fmt.Sprintf("SELECT %s FROM %s x WHERE %s AND (%s)", r.hist.named(im), im.Store, missing, lost),
		"the row is gone, and what it points at", keepOnly)
	return append(found, alone...), err
}

// missing is the condition that an updated row, x, is not in its table.
func (r *reversal) missing(im image) string {
	out := fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s p WHERE %s)", im.tab.sql(), im.on(false))
	if im.on(true) != im.on(false) {
		out += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s)", im.tab.sql(), im.on(true))
	}
	return out
}

// deleteConflicts finds deleted rows whose key is taken by another row now.
func (r *reversal) deleteConflicts(ctx context.Context, im image) ([]migrate.Conflict, error) {
	taken := fmt.Sprintf("SELECT %s FROM %s x JOIN %s p ON %s WHERE NOT (%s)", r.hist.named(im), im.Store, im.tab.sql(), im.on(false), im.same())
	for _, back := range im.back { // by what an appeal made of the row
		taken += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s y WHERE %s)", back, im.sameKey("y", "x"))
	}
	settledBy := keepOnly
	if im.Role == roleCategory {
		settledBy = nil
	}
	found, err := r.found(ctx, im, taken, "its key is taken by another row", settledBy)
	if err != nil {
		return nil, err
	}
	for to, lost := range r.lost(im) {
		alone, err := r.found(ctx, im, fmt.Sprintf("SELECT %s FROM %s x WHERE %s", r.hist.named(im), im.Store, lost),
			"it points at a row of "+to+" that is gone", keepOnly)
		if err != nil {
			return nil, err
		}
		found = append(found, alone...)
	}
	return found, nil
}

// insertConflicts finds inserted rows that were edited. A row without a key
// that is not where it was put may be anywhere.
func (r *reversal) insertConflicts(ctx context.Context, im image) ([]migrate.Conflict, error) {
	if im.Adrift {
		return r.found(ctx, im, fmt.Sprintf("SELECT %s FROM %s x WHERE NOT EXISTS (SELECT 1 FROM %s p WHERE %s AND %s)",
			r.hist.named(im), im.Store, im.tab.sql(), im.on(false), im.same()),
			"the row that the run inserted was edited, moved or taken out", keepOnly)
	}
	return r.found(ctx, im, fmt.Sprintf("SELECT %s FROM %s x JOIN %s p ON %s WHERE NOT (%s)", r.hist.named(im), im.Store, im.tab.sql(), im.on(false), im.same()),
		"the row that the run inserted was edited", keepOrRestore)
}

func (r *reversal) found(ctx context.Context, im image, query, detail string, settledBy []migrate.OnConflict) ([]migrate.Conflict, error) {
	var out []migrate.Conflict
	for row, err := range eachRow(ctx, r.c.conn, 3, query) {
		if err != nil {
			return nil, err
		}
		out = append(out, conflictOf(im, row, detail, settledBy))
	}
	return out, nil
}

// named is what the rows of a conflict are told by: the key, and the product
// or the category that the row is about.
func (h *history) named(im image) string {
	product, category := h.subjects(im)
	return im.keyText() + ", " + product + ", " + category
}

// conflictOf is the conflict of a row that begins with what it is told by.
func conflictOf(im image, row []any, detail string, settledBy []migrate.OnConflict) migrate.Conflict {
	c := migrate.Conflict{Table: im.Table, Row: renderRaw(row[0]), Detail: detail, SettledBy: settledBy}
	if row[1] != nil {
		c.Product = renderRaw(row[1])
	}
	if row[2] != nil {
		c.Category = taxonomy.ID(renderRaw(row[2]))
	}
	return c
}
