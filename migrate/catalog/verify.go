package catalog

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"recat/migrate"
)

// Verify streams the differences between what a run left behind and the
// catalog now. Of an apply, that is its after-values, its deleted rows, and
// that nothing is filed in or points at what it removed; of an undo, the
// before-values it gave back.
func (c *Catalog) Verify(ctx context.Context, id int64) iter.Seq2[migrate.Difference, error] {
	return func(yield func(migrate.Difference, error) bool) {
		run, err := c.run(ctx, id)
		if err != nil {
			yield(migrate.Difference{}, err)
			return
		}
		h := &history{c: c}
		of, undone := run.ID, run.Kind == migrate.RunUndo
		if undone {
			of = run.Of
		}
		if err := h.loadOf(ctx, of); err != nil {
			yield(migrate.Difference{}, err)
			return
		}
		if undone && c.kept(ctx, id) {
			return // later edits were kept: nothing exact is promised
		}
		v := &verifier{h: h, ctx: ctx, yield: yield}
		for _, im := range h.images {
			if !v.image(im, undone) {
				return
			}
		}
		if !undone && run.UndoneBy == 0 {
			v.pointers()
		}
	}
}

// kept reports whether an undo kept later edits.
func (c *Catalog) kept(ctx context.Context, run int64) bool {
	s, err := one[string](ctx, c.conn, "SELECT COALESCE(on_conflict, '') FROM recat_run WHERE run = ?", run)
	return err == nil && s == string(migrate.ConflictKeep)
}

type verifier struct {
	h     *history
	ctx   context.Context
	yield func(migrate.Difference, error) bool
}

// image compares one before-image with the table.
func (v *verifier) image(im image, undone bool) bool {
	if im.counter() {
		return true
	}
	tab, ok := v.h.c.schema.table(im.Table)
	if !ok {
		return v.yield(migrate.Difference{Subject: im.Table, Detail: "the table is gone"}, nil)
	}
	name, key := tab.name, im.keyText()
	on := im.on(undone)
	switch {
	case im.Op == opUpdate:
		return v.updated(im, name, key, on, undone)
	case (im.Op == opDelete) == undone: // must be there, whole
		same := im.same()
		return v.rows(fmt.Sprintf("SELECT %s FROM %s x WHERE NOT EXISTS (SELECT 1 FROM %s p WHERE %s AND %s)", key, im.Store, ident(name), on, same),
			im.Table, "is not as the run left it")
	}
	return v.rows(fmt.Sprintf("SELECT %s FROM %s x JOIN %s p ON %s", key, im.Store, ident(name), on), im.Table, "is back")
}

func (v *verifier) updated(im image, name, key, on string, undone bool) bool {
	prefix := "x.a"
	if undone {
		prefix = "x.b"
	}
	gone := "p." + ident(im.Key[0]) + " IS NULL AND NOT EXISTS (SELECT 1 FROM " + ident(name) + " p WHERE " + on + ")"
	exprs, differs := []string{key, gone}, []string{gone}
	for i, column := range im.Columns {
		now, want := "p."+ident(column), fmt.Sprintf("%s%d", prefix, i+1)
		switch { // what the run left alone may change, and what every edit touches
		case im.Role == roleProduct && v.h.touched(column), slices.Contains(im.Counters, column):
			now = want
		case im.Role == roleProduct && !undone:
			now = fmt.Sprintf("CASE WHEN x.a%[1]d IS x.b%[1]d AND x.verdict NOT IN (%[4]s) THEN %[2]s ELSE %[3]s END", i+1, want, now, v.h.delisting())
		default:
			now = fmt.Sprintf("CASE WHEN x.a%[1]d IS x.b%[1]d THEN %[2]s ELSE %[3]s END", i+1, want, now)
		}
		exprs, differs = append(exprs, want, now), append(differs, now+" IS NOT "+want)
	}
	query := fmt.Sprintf("SELECT %s FROM %s x LEFT JOIN %s p ON %s WHERE %s", strings.Join(exprs, ", "), im.Store, ident(name), on, strings.Join(differs, " OR "))
	for row, err := range eachRow(v.ctx, v.h.c.conn, len(exprs), query) {
		if err != nil {
			return v.yield(migrate.Difference{}, busy(err))
		}
		if !v.differences(im, row) {
			return false
		}
	}
	return true
}

// touched reports whether a column of the products is one that every edit
// touches: the mapping says so, or a trigger writes it.
func (h *history) touched(column string) bool {
	if p := h.mapping.Products; p != nil && slices.Contains(columnsOf(p.Touch), column) {
		return true
	}
	return slices.ContainsFunc(h.mapping.Triggers, func(g Trigger) bool { return slices.Contains(g.Writes, column) })
}

// delisting lists the numbers of the verdicts that delist.
func (h *history) delisting() string {
	out := []string{"0"}
	for i, v := range h.verdicts {
		if v.Fate == migrate.Delist {
			out = append(out, fmt.Sprint(i+1))
		}
	}
	return strings.Join(out, ", ")
}

// differences yields what differs of one row: its key, whether it is gone,
// then what is wanted and what is there, column by column.
func (v *verifier) differences(im image, row []any) bool {
	if truth(row[1]) {
		return v.yield(migrate.Difference{Subject: im.Table + " " + renderRaw(row[0]), Detail: "is gone"}, nil)
	}
	for i, column := range im.Columns {
		want, now := row[2+2*i], row[3+2*i]
		if sameRaw(want, now) {
			continue
		}
		d := migrate.Difference{Subject: im.Table + " " + renderRaw(row[0]), Detail: fmt.Sprintf("%s %s → %s", column, show(want), show(now))}
		if !v.yield(d, nil) {
			return false
		}
	}
	return true
}

// show writes a raw value for a person: quoted, NULL apart.
func show(raw any) string {
	if raw == nil {
		return migrate.NullText
	}
	return `"` + renderRaw(raw) + `"`
}

// rows yields a difference for each key that the query finds.
func (v *verifier) rows(query, table, detail string) bool {
	for row, err := range eachRow(v.ctx, v.h.c.conn, 1, query) {
		d := migrate.Difference{}
		if err == nil {
			d = migrate.Difference{Subject: table + " " + renderRaw(row[0]), Detail: detail}
		}
		if !v.yield(d, busy(err)) || err != nil {
			return false
		}
	}
	return true
}

// pointers looks for rows that came to point at a removed category since.
func (v *verifier) pointers() {
	m := v.h.mapping
	if len(m.Categories.SoftRemove) > 0 {
		return
	}
	for _, im := range v.h.images {
		if im.Role != roleCategory || im.Op != opDelete {
			continue
		}
		for _, p := range m.pointers() {
			if !v.pointer(im, p) {
				return
			}
		}
	}
}

func (v *verifier) pointer(im image, p pointer) bool {
	tab, ok := v.h.c.schema.table(p.table)
	r, ref := v.h.mapping.reference(p)
	if !ok || (ref && (r.OnRemove == migrate.OnRemoveKeep || r.OnRemove == migrate.OnRemoveSet || v.h.keeps(r))) {
		return true
	}
	where := ""
	if ref && r.Where != "" {
		where = " AND (" + v.h.c.expr(r.Where) + " IS TRUE)"
	}
	at := -1
	for i, name := range im.Columns {
		if strings.EqualFold(name, v.h.mapping.keyColumn(p.refersTo)) {
			at = i + 1
		}
	}
	if at < 0 {
		return true
	}
	key := make([]string, len(tab.lasting()))
	for i, name := range tab.lasting() {
		key[i] = ident(name)
	}
	return v.rows(fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (SELECT b%d FROM %s)%s", strings.Join(key, " || ',' || "), ident(tab.name), ident(p.column), at, im.Store, where),
		p.table, "points at a removed category: "+p.column)
}

// keeps reports whether the policy answered that such rows stay.
func (h *history) keeps(r Reference) bool {
	for _, line := range h.references {
		if line.Table == r.Table && line.Column == r.Column {
			return line.Do == migrate.OnRemoveKeep || line.Do == migrate.OnRemoveSet
		}
	}
	return false
}
