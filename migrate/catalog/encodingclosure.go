package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// closureRow is one row of a closure table, as the database holds it.
type closureRow struct {
	ident                       []any
	ancestor, descendant, depth any
}

// closureEdit is what becomes of the rows of one closure table.
type closureEdit struct {
	of     *Closure
	judged []closureRow         // every row of what is touched; what is not below stays
	goes   map[int]bool         // rows of judged
	depths map[int]int64        // rows of judged, with their new depth
	comes  []closureRow         // of corrupt categories; without ident
	keys   []any                // of the descendants that were judged
	dead   []any                // of those that go with their rows
	edited map[taxonomy.ID]bool // categories whose rows change
}

// closureWork works one table out.
type closureWork struct {
	*closureEdit
	key    func(*plot) any
	ids    map[string]taxonomy.ID
	raw    map[string]any        // keys as the database holds them
	stored map[taxonomy.ID][]int // places in judged by descendant
	soft   bool
}

// ancestry lists, by key, the ancestors that a category's rows should name,
// with their depths.
func (w *closureWork) ancestry(f *forest, id taxonomy.ID) map[string]int64 {
	way := f.way(id)
	out := map[string]int64{}
	for i, p := range way {
		own := i == len(way)-1
		if own && !w.of.Self {
			continue
		}
		d := int64(i)
		if w.of.DepthFrom == depthFromSelf {
			d = int64(len(way) - 1 - i)
		}
		out[renderRaw(w.key(p))] = d
	}
	return out
}

// closure works out what an edit does to a closure table. rows are those that
// name a category of the table. Only categories whose ancestors change, or
// whose rows name one that goes, are judged and written.
func (w *rewrite) closure(base *forest, edit migrate.TreeEdit, of *Closure, key func(*plot) any, rows []closureRow, soft bool) {
	work := newClosureWork(base, of, key)
	work.soft = soft
	after := base.edited(edit)
	gone := map[string]bool{}
	for _, id := range edit.Removed {
		if p := base.at[id]; p != nil {
			gone[renderRaw(key(p))] = true
			if !soft {
				work.dead = append(work.dead, key(p))
			}
		}
	}
	work.touch(base, after, rows, gone)
	work.rewrite(w, base, after)
	changes := len(work.goes) + len(work.depths) + len(work.comes)
	w.counts = append(w.counts, migrate.DerivedCount{Encoding: "closure " + of.Table, Rows: changes})
}

func newClosureWork(f *forest, of *Closure, key func(*plot) any) *closureWork {
	work := &closureWork{closureEdit: &closureEdit{of: of, goes: map[int]bool{}, depths: map[int]int64{}, edited: map[taxonomy.ID]bool{}},
		key: key, ids: map[string]taxonomy.ID{}, raw: map[string]any{}, stored: map[taxonomy.ID][]int{}}
	for _, p := range f.rows {
		work.ids[renderRaw(key(p))], work.raw[renderRaw(key(p))] = p.id, key(p)
	}
	return work
}

// rewrite judges and rewrites what was touched.
func (w *closureWork) rewrite(out *rewrite, base, after *forest) {
	for _, p := range after.rows {
		if w.edited[p.id] {
			w.category(out, p, w.ancestry(base, p.id), w.ancestry(after, p.id))
		}
	}
	out.tables = append(out.tables, w.closureEdit)
}

// touch finds the categories whose rows must be written, and keeps these rows
// with those that go with their category.
func (w *closureWork) touch(base, after *forest, rows []closureRow, gone map[string]bool) {
	for _, p := range after.rows {
		if !sameAncestry(w.ancestry(base, p.id), w.ancestry(after, p.id)) {
			w.edited[p.id] = true
		}
	}
	for _, r := range rows {
		if id, ok := w.ids[renderRaw(r.descendant)]; ok && after.at[id] != nil && gone[renderRaw(r.ancestor)] {
			w.edited[id] = true
		}
	}
	for _, p := range after.rows {
		if w.edited[p.id] {
			w.keys = append(w.keys, w.key(p))
		}
	}
	for _, r := range rows {
		id := w.ids[renderRaw(r.descendant)]
		dies := !w.soft && (gone[renderRaw(r.descendant)] || gone[renderRaw(r.ancestor)])
		switch {
		case w.edited[id] && after.at[id] != nil:
			w.stored[id] = append(w.stored[id], len(w.judged))
		case dies:
			w.goes[len(w.judged)] = true
		default:
			continue
		}
		w.judged = append(w.judged, r)
	}
}

func sameAncestry(a, b map[string]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for k, d := range a {
		if e, ok := b[k]; !ok || e != d {
			return false
		}
	}
	return true
}

// category judges and rewrites the rows of one descendant.
func (w *closureWork) category(out *rewrite, p *plot, was, will map[string]int64) {
	wrong := w.wrong(p, was)
	seen := map[string]bool{}
	for _, i := range w.stored[p.id] {
		r := w.judged[i]
		key := renderRaw(r.ancestor)
		d, stays := will[key]
		switch {
		case !stays || seen[key]:
			w.goes[i] = true
		case w.of.Depth != "" && !holds(r.depth, d):
			w.depths[i] = d
		}
		seen[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(will)) {
		if !seen[key] {
			w.comes = append(w.comes, closureRow{ancestor: w.raw[key], descendant: w.key(p), depth: will[key]})
		}
	}
	if len(wrong) > 0 {
		out.defect("closure "+w.of.Table, "", wrong)
		before, after := w.told(p), tell(will, w.of.Depth != "")
		out.rebuilt[p.id] = append(out.rebuilt[p.id], migrate.Rebuilt{Column: w.of.Table, Before: &before, After: &after})
	}
}

// wrong says what a category's rows are and should not be.
func (w *closureWork) wrong(p *plot, want map[string]int64) []string {
	var out []string
	say := func(format string, args ...any) {
		out = append(out, fmt.Sprintf("%s: ", p.id)+fmt.Sprintf(format, args...))
	}
	seen := map[string]bool{}
	for _, i := range w.stored[p.id] {
		r := w.judged[i]
		key := renderRaw(r.ancestor)
		d, ok := want[key]
		switch {
		case !ok:
			say("a row names %s, which is no ancestor", show(r.ancestor))
		case seen[key]:
			say("two rows name %s", show(r.ancestor))
		case w.of.Depth != "" && !holds(r.depth, d):
			say("%s of its row that names %s is %s, not %d", w.of.Depth, show(r.ancestor), show(r.depth), d)
		}
		seen[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !seen[key] {
			say("no row names %q", key)
		}
	}
	return out
}

// told writes a category's stored rows in one line.
func (w *closureWork) told(p *plot) string {
	var words []string
	for _, i := range w.stored[p.id] {
		word := renderRaw(w.judged[i].ancestor)
		if w.of.Depth != "" {
			word += " at " + strings.Trim(show(w.judged[i].depth), `"`)
		}
		words = append(words, word)
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// tell writes an ancestry in one line, as told does.
func tell(ancestry map[string]int64, depths bool) string {
	var words []string
	for key, d := range ancestry {
		word := key
		if depths {
			word += fmt.Sprintf(" at %d", d)
		}
		words = append(words, word)
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// ordered sorts rows by their keys, so that every engine gives them alike.
func ordered(rows []closureRow) []closureRow {
	slices.SortStableFunc(rows, func(a, b closureRow) int {
		return cmp.Or(strings.Compare(renderRaw(a.descendant), renderRaw(b.descendant)),
			strings.Compare(renderRaw(a.ancestor), renderRaw(b.ancestor)), strings.Compare(renderRaw(a.depth), renderRaw(b.depth)))
	})
	return rows
}
