package catalog

import (
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// plot is one row of the category table as encodings see it.
type plot struct {
	id, parent taxonomy.ID
	row        categoryRow
	above      any   // the parent, as stored
	cells      []any // stored, one per Mapping.treeColumns
	marked     bool  // a soft removal is written on it
	outside    bool  // no part of the tree: hidden by `where`, or unsound
}

// forest is the categories as a tree: as they are, or after an edit.
type forest struct {
	all  []*plot // every row of the table, as read
	rows []*plot // those of the tree, as read
	at   map[taxonomy.ID]*plot
	up   map[taxonomy.ID]taxonomy.ID // parents; "" is none
	kids map[taxonomy.ID][]*plot     // in order; "" are the roots
	was  *forest                     // before the edit; nil where this is it
}

// newForest makes the tree of the rows, without those that are gone: a soft
// removal left their row. One with something below it still counts.
func newForest(all []*plot, gone map[taxonomy.ID]bool) *forest {
	f := &forest{all: all, at: map[taxonomy.ID]*plot{}, up: map[taxonomy.ID]taxonomy.ID{}, kids: map[taxonomy.ID][]*plot{}}
	byID := map[taxonomy.ID]*plot{}
	for _, p := range all {
		if !p.outside {
			byID[p.id] = p
		}
	}
	for _, p := range all {
		for at := p; at != nil && !p.outside && !gone[p.id] && f.at[at.id] == nil; at = byID[at.parent] {
			f.at[at.id] = at
		}
	}
	for _, p := range all {
		if f.at[p.id] == p {
			f.rows = append(f.rows, p)
			f.up[p.id] = p.parent
			f.kids[p.parent] = append(f.kids[p.parent], p)
		}
	}
	return f
}

// sorted is the same forest with the siblings in another order.
func (f *forest) sorted(order func(a, b *plot) int) *forest {
	out := *f
	out.kids = make(map[taxonomy.ID][]*plot, len(f.kids))
	for parent, kids := range f.kids {
		out.kids[parent] = slices.SortedStableFunc(slices.Values(kids), order)
	}
	return &out
}

// edited is the forest after an edit. Lifted children take the place of the
// parent that goes; so does a child that came since the edit was planned, for
// a plan that has drifted is looked at too before it is refused.
func (f *forest) edited(e migrate.TreeEdit) *forest {
	gone := map[taxonomy.ID]bool{}
	for _, id := range e.Removed {
		gone[id] = true
	}
	out := &forest{all: f.all, was: f, at: map[taxonomy.ID]*plot{}, up: map[taxonomy.ID]taxonomy.ID{}, kids: map[taxonomy.ID][]*plot{}}
	for _, p := range f.rows {
		if gone[p.id] {
			continue
		}
		out.rows = append(out.rows, p)
		out.at[p.id] = p
		out.up[p.id] = f.up[p.id]
		if to, ok := e.Promoted[p.id]; ok {
			out.up[p.id] = to
		}
	}
	for _, p := range out.rows {
		up := out.up[p.id]
		for up != "" && out.at[up] == nil {
			up = f.up[up]
		}
		out.up[p.id] = up
	}
	out.fill("")
	for _, p := range out.rows {
		out.fill(p.id)
	}
	placed := map[*plot]bool{}
	for _, kids := range out.kids {
		for _, p := range kids {
			placed[p] = true
		}
	}
	for _, p := range out.rows {
		if !placed[p] { // moved by somebody else
			out.kids[out.up[p.id]] = append(out.kids[out.up[p.id]], p)
		}
	}
	return out
}

// fill lists the children of a category after the edit.
func (f *forest) fill(parent taxonomy.ID) {
	var list func(of taxonomy.ID)
	list = func(of taxonomy.ID) {
		for _, p := range f.was.kids[of] {
			switch {
			case f.at[p.id] == nil:
				list(p.id)
			case f.up[p.id] == parent:
				f.kids[parent] = append(f.kids[parent], p)
			}
		}
	}
	list(parent)
}

// walk visits the tree depth first, each category before and after what is
// below it.
func (f *forest) walk(enter, leave func(p *plot, depth int)) {
	var visit func(parent taxonomy.ID, depth int)
	visit = func(parent taxonomy.ID, depth int) {
		for _, p := range f.kids[parent] {
			if enter != nil {
				enter(p, depth)
			}
			visit(p.id, depth+1)
			if leave != nil {
				leave(p, depth)
			}
		}
	}
	visit("", 0)
}

// way lists a category's ancestors and itself, the root first.
func (f *forest) way(id taxonomy.ID) []*plot {
	var out []*plot
	for p := f.at[id]; p != nil && len(out) <= len(f.rows); p = f.at[f.up[p.id]] { // an edit that drifted may go in circles
		out = append(out, p)
	}
	slices.Reverse(out)
	return out
}

// root is the root above a category, or itself.
func (f *forest) root(id taxonomy.ID) *plot {
	p := f.at[id]
	for f.at[f.up[p.id]] != nil {
		p = f.at[f.up[p.id]]
	}
	return p
}

// moved lists the categories that have another parent than before, in order.
func (f *forest) moved() []*plot {
	var out []*plot
	f.walk(func(p *plot, _ int) {
		if f.up[p.id] != f.was.up[p.id] {
			out = append(out, p)
		}
	}, nil)
	return out
}
