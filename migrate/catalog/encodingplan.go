package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// Derived says what an edit does to the encodings of the tree.
func (c *Catalog) Derived(ctx context.Context, edit migrate.TreeEdit) (migrate.Derived, error) {
	w, base, err := c.rework(ctx, edit)
	if err != nil || w == nil {
		return migrate.Derived{}, err
	}
	for _, cells := range w.rebuilt {
		slices.SortFunc(cells, func(a, b migrate.Rebuilt) int { return strings.Compare(a.Column, b.Column) })
	}
	return migrate.Derived{Counts: w.counts, Defects: w.defects, Rebuilt: w.rebuilt, Warnings: c.textPaths(base, edit)}, nil
}

// rework works out what an edit makes of the encodings of the tree that
// Categories read; nil where there is nothing to work out.
func (c *Catalog) rework(ctx context.Context, edit migrate.TreeEdit) (*rewrite, *forest, error) {
	if !c.mapping.derives() {
		return nil, nil, nil
	}
	if c.plots == nil {
		if _, err := c.Categories(ctx); err != nil {
			return nil, nil, err
		}
	}
	gone, err := c.softlyGone(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read tombstones: %w", err)
	}
	base := newForest(c.plots, gone)
	if len(edit.Removed)+len(edit.Promoted) == 0 {
		return nil, base, nil
	}
	w, err := rework(base, edit, c.mapping.derivations(func(s *NestedSet) bool { return c.manyRoots(s, base) }), c.mapping.treeColumns())
	if err != nil {
		return nil, nil, err
	}
	for _, of := range c.mapping.closures() {
		rows, err := c.closureRows(ctx, of)
		if err != nil {
			return nil, nil, fmt.Errorf("read the closure in %s: %w", of.Table, c.d.failure(err))
		}
		key := func(p *plot) any { return c.keyValue(p.row, of.RefersTo) }
		w.closure(base, edit, of, key, rows, len(c.mapping.Categories.SoftRemove) > 0)
	}
	return w, base, nil
}

// softlyGone lists the categories that a run not undone removed by marking
// their row.
func (c *Catalog) softlyGone(ctx context.Context) (map[taxonomy.ID]bool, error) {
	gone := map[taxonomy.ID]bool{}
	if len(c.mapping.Categories.SoftRemove) == 0 {
		return gone, nil
	}
	tombs, err := c.Tombstones(ctx)
	for _, t := range tombs {
		if !t.Undone {
			gone[t.ID] = true
		}
	}
	for _, p := range c.plots {
		if !p.marked {
			delete(gone, p.id)
		}
	}
	return gone, err
}

// manyRoots tells a scope that holds any number of trees, a shop's say, from
// one that is a tree: by the mapping's word, by a foreign key to another
// table, or by a scope with two roots.
func (c *Catalog) manyRoots(s *NestedSet, f *forest) bool {
	if s.Scope == "" || s.Roots != "" {
		return s.Roots != rootsOne
	}
	t, _ := c.schema.table(c.mapping.Categories.Table)
	for _, k := range t.keys {
		if len(k.columns) == 1 && strings.EqualFold(k.columns[0], s.Scope) {
			return !strings.EqualFold(k.to, t.name)
		}
	}
	at := slices.Index(c.mapping.treeColumns(), s.Scope)
	seen := map[string]bool{}
	for _, p := range f.kids[""] {
		if scope := show(p.cells[at]); seen[scope] {
			return true
		} else {
			seen[scope] = true
		}
	}
	return false
}

// closureRows reads a closure table.
func (c *Catalog) closureRows(ctx context.Context, of *Closure) ([]closureRow, error) {
	t, _ := c.schema.table(of.Table)
	columns := append(slices.Clone(t.ident()), of.Ancestor, of.Descendant)
	if of.Depth != "" {
		columns = append(columns, of.Depth)
	}
	exprs := make([]string, len(columns))
	for i, name := range columns {
		exprs[i] = c.d.plain("p." + ident(name))
	}
	var out []closureRow
	n := len(t.ident())
	for row, err := range eachRow(ctx, c.conn, len(exprs), fmt.Sprintf("SELECT %s FROM %s p", strings.Join(exprs, ", "), t.sql())) {
		if err != nil {
			return nil, err
		}
		r := closureRow{ident: slices.Clone(row[:n]), ancestor: row[n], descendant: row[n+1]}
		if of.Depth != "" {
			r.depth = row[n+2]
		}
		out = append(out, r)
	}
	return ordered(out), nil
}

// textPaths warns of names in paths that are left behind.
func (c *Catalog) textPaths(f *forest, edit migrate.TreeEdit) []string {
	below := 0
	f.walk(func(p *plot, _ int) {
		if slices.ContainsFunc(f.way(p.id), func(a *plot) bool { _, lifted := edit.Promoted[a.id]; return lifted }) {
			below++
		}
	}, nil)
	var out []string
	for _, e := range c.mapping.Tree {
		if e.TextPath != nil && len(edit.Promoted) > 0 {
			out = append(out, fmt.Sprintf("%s names the categories above: in %d rows it will name one that goes, for it is not rewritten", e.TextPath.Column, below))
		}
	}
	return out
}

// scopePointers are the scopes of nested sets that point at the categories
// themselves, as Gedmo's tree root does.
func (c *Catalog) scopePointers() []pointer {
	t, ok := c.schema.table(c.mapping.Categories.Table)
	var out []pointer
	for _, e := range c.mapping.Tree {
		if !ok || e.NestedSet == nil || e.NestedSet.Scope == "" {
			continue
		}
		if slices.ContainsFunc(t.keys, func(k foreignKey) bool {
			return len(k.columns) == 1 && strings.EqualFold(k.columns[0], e.NestedSet.Scope) && strings.EqualFold(k.to, t.name)
		}) {
			out = append(out, pointer{t.name, e.NestedSet.Scope, ""})
		}
	}
	return out
}
