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
		s := c.newScratch()
		defer s.Close()
		h := &history{c: c}
		of, undone := run.ID, run.Kind == migrate.RunUndo && !run.Partial()
		if undone {
			of = run.Of
		}
		if err := h.forVerify(ctx, s, of, id, undone); err != nil {
			yield(migrate.Difference{}, err)
			return
		}
		if undone && c.kept(ctx, id) {
			return // later edits were kept: nothing exact is promised
		}
		v := &verifier{h: h, ctx: ctx, yield: yield}
		if err := v.grow(); err != nil {
			yield(migrate.Difference{}, fmt.Errorf("read the tree: %w", err))
			return
		}
		for _, im := range h.images {
			if !v.image(im, undone) {
				return
			}
		}
		switch {
		case undone || run.UndoneBy != 0 || run.Partial():
		case run.Pruned:
			v.graves(id)
		default:
			v.pointers()
		}
	}
}

// forVerify loads what a run, or the undo of it, left behind. What appeals
// restored since is theirs; an undo took back what had been restored by then.
func (h *history) forVerify(ctx context.Context, s *scratch, of, run int64, undone bool) error {
	if err := h.loadOf(ctx, of); err != nil {
		return err
	}
	until := int64(0)
	if undone {
		until = run
	}
	appeals, err := h.appeals(ctx, of, until)
	switch {
	case err != nil:
		return err
	case undone:
		return h.sinceThen(ctx, s, appeals)
	}
	return h.withoutAppealed(ctx, s, appeals)
}

// kept reports whether an undo kept later edits.
func (c *Catalog) kept(ctx context.Context, run int64) bool {
	s, err := one[string](ctx, c.conn, "SELECT COALESCE(on_conflict, '') FROM "+c.d.own("recat_run")+" WHERE run = ?", run)
	return err == nil && s == string(migrate.ConflictKeep)
}

type verifier struct {
	h     *history
	ctx   context.Context
	yield func(migrate.Difference, error) bool

	tree     *grown          // as it is now
	closures map[string]bool // those that are what the tree gives now
}

// grow reads the tree as it is now.
func (v *verifier) grow() error {
	var err error
	if v.tree, err = v.h.grown(v.ctx); err == nil {
		v.closures, err = v.tree.soundClosures(v.ctx)
	}
	return err
}

// image compares one before-image with the table.
func (v *verifier) image(im image, undone bool) bool {
	if im.counter() || im.Role == roleClosure && v.closures[im.Table] {
		return true
	}
	if im.tab == nil {
		return v.yield(migrate.Difference{Subject: im.Table, Detail: "the table is gone"}, nil)
	}
	name, key := im.tab.sql(), im.keyText()
	on := im.on(undone)
	switch {
	case im.Op == opUpdate:
		return v.updated(im, name, key, on, undone)
	case (im.Op == opDelete) == undone: // must be there, whole
		return v.whole(im, key, on)
	}
	for _, again := range im.again { // what was deleted is to be there
		on += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s y WHERE %s)", again, im.sameKey("y", "x"))
	}
	return v.rows(fmt.Sprintf("SELECT %s FROM %s x JOIN %s p ON %s", key, im.Store, name, on), im.Table, "is back")
}

func (v *verifier) updated(im image, name, key, on string, undone bool) bool {
	prefix := "x.a"
	if undone {
		prefix = "x.b"
	}
	gone := "NOT EXISTS (SELECT 1 FROM " + name + " p WHERE " + on + ")"
	if !v.h.c.d.nullKeys() {
		gone = "p." + ident(im.Key[0]) + " IS NULL"
	} else {
		gone = "p." + ident(im.Key[0]) + " IS NULL AND " + gone
	}
	gone += v.h.beyondTree(im)
	exprs, differ := []string{key, "CASE WHEN " + gone + " THEN 1 ELSE 0 END"}, []string{gone}
	for i, column := range im.Columns {
		kept := fmt.Sprintf("%s%d", prefix, i+1)
		want, now := im.given(column, kept), "p."+ident(column)
		free := "" // what the run left alone may change, and what every edit touches
		switch {
		case im.Role == roleProduct && v.h.touched(column), slices.Contains(im.Counters, column):
			exprs = append(exprs, want, want)
			continue
		case im.Role == roleProduct && !undone:
			free = fmt.Sprintf("NOT %s AND x.verdict NOT IN (%s)", im.changed(i), v.h.delisting())
		default:
			free = "NOT " + im.changed(i)
		}
		exprs = append(exprs, want, fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", free, want, now))
		differ = append(differ, fmt.Sprintf("(NOT %s AND NOT (%s))", im.is(column, kept), free))
	}
	query := fmt.Sprintf("SELECT %s FROM %s x LEFT JOIN %s p ON %s WHERE %s", strings.Join(exprs, ", "), im.Store, name, on, strings.Join(differ, " OR "))
	for row, err := range eachRow(v.ctx, v.h.c.conn, len(exprs), query) {
		if err != nil {
			return v.yield(migrate.Difference{}, v.h.c.d.failure(err))
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
		if sameRaw(want, now) || v.h.derived(im, column) && v.tree.sound(renderRaw(row[0]), column) {
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
		if !v.yield(d, v.h.c.d.failure(err)) || err != nil {
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
		for _, r := range m.References {
			if r.inText() && !v.texts(im, r) {
				return
			}
		}
	}
}

// leads gives the table of a pointing column, and the condition on the rows
// that count; nil where rows may go on pointing at what is gone.
func (v *verifier) leads(p pointer) (tab *table, where string) {
	tab, ok := v.h.c.schema.table(p.table)
	r, ref := v.h.mapping.reference(p)
	if !ok || (ref && (r.OnRemove == migrate.OnRemoveKeep || r.OnRemove == migrate.OnRemoveSet || v.h.keeps(r))) {
		return nil, ""
	}
	if ref && r.Where != "" {
		where = " AND (" + v.h.c.expr(r.Where) + " IS TRUE)"
	}
	return tab, where
}

func (v *verifier) pointer(im image, p pointer) bool {
	tab, where := v.leads(p)
	if tab == nil {
		return true
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
	return v.named(tab, fmt.Sprintf("%s WHERE %s IN (SELECT %s FROM %s)%s", tab.sql(), ident(p.column), im.given(im.Columns[at-1], fmt.Sprintf("b%d", at)), im.Store, where),
		p.table, "points at a removed category: "+p.column)
}

// named yields a difference for each row of a table that from selects.
func (v *verifier) named(tab *table, from, name, detail string) bool {
	rows, err := v.h.c.namedRows(v.ctx, tab, from)
	if err != nil {
		return v.yield(migrate.Difference{}, v.h.c.d.failure(err)) && false
	}
	for _, row := range rows {
		if !v.yield(migrate.Difference{Subject: name + " " + row, Detail: detail}, nil) {
			return false
		}
	}
	return true
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
