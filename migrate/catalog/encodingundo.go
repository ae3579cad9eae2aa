package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// What is derived from the tree is restored like everything else, to the byte.
// Where the tree was edited since the run, that would give back numbers of a
// tree that is no more: then they are derived anew, and their edits are no
// conflicts.

// grown is the tree as it is now, read through a run's mapping.
type grown struct {
	c     *Catalog
	f     *forest
	wants map[taxonomy.ID]map[string]any // what each column should hold
}

// grown reads the tree; nil where the run's mapping derives nothing from it.
func (h *history) grown(ctx context.Context) (*grown, error) {
	if !h.mapping.derives() || h.partial {
		return nil, nil
	}
	c := h.through()
	if !c.plantable() {
		return nil, nil // an image says so
	}
	cats, err := c.Categories(ctx)
	if err == nil && cats.Broken != nil && c.mapping.Categories.PathTree != nil {
		err = cats.Broken
	}
	if err != nil {
		return nil, err
	}
	gone, err := c.softlyGone(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tombstones: %w", err)
	}
	return &grown{c: c, f: newForest(c.plots, gone)}, nil
}

// through is the catalog seen through the mapping of the run.
func (h *history) through() *Catalog {
	c := *h.c
	c.mapping, c.plots = h.mapping.resolved(h.c.schema).present(h.c.schema), nil
	c.options.Effective = h.header.Dates.Effective
	return &c
}

// plantable reports whether the tables and columns are still there that the
// tree is kept in.
func (c *Catalog) plantable() bool {
	m := c.mapping
	if !m.derives() || !c.schema.has(m.Categories.Table, append(m.treeColumns(), m.Categories.ID)) {
		return false
	}
	return !slices.ContainsFunc(m.closures(), func(of *Closure) bool {
		columns := []string{of.Ancestor, of.Descendant}
		if of.Depth != "" {
			columns = append(columns, of.Depth)
		}
		return !c.schema.has(of.Table, columns)
	})
}

// derivations are the mapping's, ready for this tree.
func (g *grown) derivations() []derivation {
	return g.c.mapping.derivations(func(s *NestedSet) bool { return g.c.manyRoots(s, g.f) })
}

// derived reports whether a column of an image is derived from the tree.
func (h *history) derived(im image, column string) bool {
	return im.Role == roleCategory && im.Op == opUpdate &&
		slices.ContainsFunc(h.mapping.treeColumns(), func(name string) bool { return strings.EqualFold(name, column) })
}

// beyondTree is the condition, to follow others, that the run changed more of
// a row than what is derived from the tree.
func (h *history) beyondTree(im image) string {
	var own []string
	for i, column := range im.Columns {
		if !h.derived(im, column) {
			own = append(own, im.changed(i))
		}
	}
	if im.Op != opUpdate || len(own) == len(im.Columns) {
		return ""
	}
	return " AND (" + strings.Join(append(own, "1 = 0"), " OR ") + ")"
}

// planted is a digest of what the rows of the tree's table hold of the tree.
func planted(plots []*plot) string {
	sorted := slices.SortedFunc(slices.Values(plots), func(a, b *plot) int { return strings.Compare(string(a.id), string(b.id)) })
	h := sha256.New()
	for _, p := range sorted {
		fmt.Fprintf(h, "%s\x00%s\x00", p.id, show(p.above))
		for _, cell := range p.cells {
			fmt.Fprintf(h, "%s\x00", show(cell))
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// planted is the digest of the tree as the staged changes leave it.
func (st *stage) planted(rows map[taxonomy.ID]map[string]any, edit migrate.TreeEdit) string {
	names, parent := st.c.mapping.treeColumns(), st.c.mapping.Categories.Parent
	gone := map[taxonomy.ID]bool{}
	for _, id := range edit.Removed {
		gone[id] = len(st.c.mapping.Categories.SoftRemove) == 0
	}
	var after []*plot
	for _, p := range st.c.plots {
		if gone[p.id] {
			continue
		}
		now := *p
		now.cells = slices.Clone(p.cells)
		for at, name := range names {
			if v, ok := rows[p.id][name]; ok {
				now.cells[at] = v
			}
		}
		if v, ok := rows[p.id][parent]; ok {
			now.above = v
		} else if st.c.mapping.Categories.PathTree != nil {
			now.above = now.cells[0]
		}
		after = append(after, &now)
	}
	return planted(after)
}

// untouched reports whether the tree is as the run left it.
func (r *reversal) untouched(ctx context.Context, now *grown) (bool, error) {
	same := false
	err := r.c.notes(ctx, r.run.ID, "tree", func(line []byte) error {
		same = string(line) == strconv.Quote(planted(now.c.plots))
		return nil
	})
	return same, err
}

// replant derives anew, after everything was restored, what the restored tree
// makes of edits since the run. Where there were none, what was restored is
// exact, corruption included.
func (r *reversal) replant(ctx context.Context, t *transaction, before *grown) error {
	if before == nil {
		return nil
	}
	if same, err := r.untouched(ctx, before); err != nil || same {
		return err
	}
	after, err := r.hist.grown(ctx)
	if err != nil || after == nil {
		return noTree(r.hist, err)
	}
	w, err := regrow(before.f, after.f, after.derivations(), after.c.mapping.treeColumns())
	if err != nil {
		return err
	}
	if err := after.writeCells(ctx, t, w); err != nil {
		return err
	}
	for _, of := range after.c.mapping.closures() {
		if err := after.writeClosure(ctx, t, before.f, of); err != nil {
			return fmt.Errorf("write the closure in %s: %w", of.Table, err)
		}
	}
	return nil
}

// noTree is the conflict of a tree that would be none.
func noTree(h *history, err error) error {
	if err == nil {
		return nil
	}
	return &migrate.ConflictError{Conflicts: []migrate.Conflict{{Table: h.mapping.Categories.Table, Detail: "it would be no tree any more: " + err.Error()}}}
}

// writeCells writes derived columns in one statement.
func (g *grown) writeCells(ctx context.Context, t *transaction, w *rewrite) error {
	if len(w.cells) == 0 {
		return nil
	}
	c := g.c
	tab, _ := c.schema.table(c.mapping.Categories.Table)
	ids, names := numbered("i", len(tab.ident())), c.mapping.treeColumns()
	name := fmt.Sprintf("recat_regrown_%d", t.run)
	values := numbered("v", len(names))
	if err := c.d.makeTemp(ctx, c.conn, tempTable{name: name, key: ids, from: tab.sql() + " p",
		columns: append(typedColumns(ids, prefixed("p.", tab.ident())), typedColumns(values, prefixed("p.", names))...)}); err != nil {
		return err
	}
	into := &inserter{s: c.conn, table: name, width: len(ids) + len(names)}
	for _, p := range g.f.rows {
		if w.cells[p.id] == nil {
			continue
		}
		cells := slices.Clone(p.cells)
		for at, v := range w.cells[p.id] {
			cells[at] = v
		}
		if err := into.add(ctx, append(slices.Clone(p.row.ident), cells...)...); err != nil {
			return err
		}
	}
	if err := into.flush(ctx); err != nil {
		return err
	}
	set := make([]assigned, len(names))
	for i, column := range names {
		set[i] = assigned{column, "s." + values[i]}
	}
	err := t.write(ctx, "derive from the tree", int64(len(w.cells)), c.d.update(tab, set, name+" s", c.joinIdent("p", "s", tab.ident())))
	if err != nil {
		return err
	}
	return c.d.dropTemp(ctx, c.conn, []string{name})
}

// writeClosure brings the rows of those categories up to date whose ancestors
// the undo changes: few, since the run's own rows are restored.
func (g *grown) writeClosure(ctx context.Context, t *transaction, before *forest, of *Closure) error {
	rows, err := g.c.closureRows(ctx, of)
	if err != nil {
		return err
	}
	work := newClosureWork(g.f, of, func(p *plot) any { return g.c.keyValue(p.row, of.RefersTo) })
	work.touch(before, g.f, rows, nil)
	work.rewrite(&rewrite{rebuilt: map[taxonomy.ID][]migrate.Rebuilt{}}, g.f, g.f)
	tab, _ := g.c.schema.table(of.Table)
	row := eachName("%s = ?", " AND ", quoteAll(tab.ident()))
	for i, r := range work.judged {
		if work.goes[i] {
			if err := t.write(ctx, "delete a row", 1, fmt.Sprintf("DELETE FROM %s WHERE %s", tab.sql(), row), r.ident...); err != nil {
				return err
			}
		} else if d, ok := work.depths[i]; ok {
			if err := t.write(ctx, "write a depth", 1, fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s", tab.sql(), ident(of.Depth), row), append([]any{d}, r.ident...)...); err != nil {
				return err
			}
		}
	}
	columns := []string{of.Ancestor, of.Descendant}
	if of.Depth != "" {
		columns = append(columns, of.Depth)
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	for _, r := range work.comes {
		values := []any{r.ancestor, r.descendant, r.depth}[:len(columns)]
		if err := t.write(ctx, "insert a row", 1, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", tab.sql(), idents("", columns), marks), values...); err != nil {
			return err
		}
	}
	return nil
}

// sound reports whether a derived column of a category holds what the tree
// gives by now, whoever edited it since the run; so does one whose category
// is gone.
func (g *grown) sound(key, column string) bool {
	if g == nil {
		return false
	}
	if g.wants == nil {
		g.wants = map[taxonomy.ID]map[string]any{}
		names := g.c.mapping.treeColumns()
		for _, d := range g.derivations() {
			want, err := d.derive(g.f.sorted(d.siblings))
			if err != nil {
				return false
			}
			for id, cells := range want {
				if g.wants[id] == nil {
					g.wants[id] = map[string]any{}
				}
				for i, at := range d.cells() {
					g.wants[id][names[at]] = cells[i]
				}
			}
		}
	}
	p := g.f.at[taxonomy.ID(key)]
	if p == nil {
		return true
	}
	names := g.c.mapping.treeColumns()
	at := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, column) })
	return at >= 0 && holds(p.cells[at], g.wants[p.id][names[at]])
}

// whole yields the rows of an image that are not there as it keeps them. What
// derives from the tree may be what the tree gives by now instead.
func (v *verifier) whole(im image, key, on string) bool {
	const detail = "is not as the run left it"
	differ := func(same string) string {
		return fmt.Sprintf("SELECT %s FROM %s x WHERE NOT EXISTS (SELECT 1 FROM %s p WHERE %s AND %s)", key, im.Store, im.tab.sql(), on, same)
	}
	if v.tree == nil || im.Role != roleCategory {
		return v.rows(differ(im.same()), im.Table, detail)
	}
	tree := v.tree.c.mapping.treeColumns()
	derives := func(name string) bool {
		return slices.ContainsFunc(tree, func(t string) bool { return strings.EqualFold(t, name) })
	}
	if !v.rows(differ(im.sameBut(derives)), im.Table, detail) {
		return false
	}
	for row, err := range eachRow(v.ctx, v.h.c.conn, 1, differ(im.same())) {
		if err != nil {
			return v.yield(migrate.Difference{}, v.h.c.d.failure(err))
		}
		unsound := func(name string) bool { return !v.tree.sound(renderRaw(row[0]), name) }
		if slices.ContainsFunc(tree, unsound) && !v.yield(migrate.Difference{Subject: im.Table + " " + renderRaw(row[0]), Detail: detail}, nil) {
			return false
		}
	}
	return true
}

// sameBut is same for the columns that are not left out.
func (im image) sameBut(left func(string) bool) string {
	out := []string{"1 = 1"}
	for i, name := range im.Columns {
		if rowid := im.Rowid && i == 0 && im.Key[0] != name; !rowid && !left(name) {
			out = append(out, im.is(name, fmt.Sprintf("x.b%d", i+1)))
		}
	}
	return strings.Join(out, " AND ")
}

// soundClosures lists the closure tables that hold just what the tree gives
// by now.
func (g *grown) soundClosures(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	if g == nil {
		return out, nil
	}
	for _, of := range g.c.mapping.closures() {
		rows, err := g.c.closureRows(ctx, of)
		if err != nil {
			return nil, err
		}
		work := newClosureWork(g.f, of, func(p *plot) any { return g.c.keyValue(p.row, of.RefersTo) })
		none := newForest(nil, nil)
		work.touch(none, g.f, rows, nil)
		found := &rewrite{rebuilt: map[taxonomy.ID][]migrate.Rebuilt{}}
		work.rewrite(found, g.f, g.f)
		out[of.Table] = len(found.defects) == 0
	}
	return out, nil
}
