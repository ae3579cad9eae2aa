package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// nestedSet is a nested set at work. It is rebuilt depth first, siblings in
// the order of their stored left bounds, as MPTT's partial_rebuild, Gedmo's
// recover and awesome_nested_set's rebuild! do; in a sound scope that gives
// what closing the gaps of what goes would give.
type nestedSet struct {
	of                  *NestedSet
	left, right, scoped int // places of the columns; scoped is -1 without a scope
	manyRoots           bool
}

func (e *nestedSet) label() string {
	out := "nested set " + e.of.Left + ", " + e.of.Right
	if e.of.Scope != "" {
		out += ", " + e.of.Scope
	}
	return out
}

func (e *nestedSet) cells() []int {
	if e.scoped < 0 {
		return []int{e.left, e.right}
	}
	return []int{e.left, e.right, e.scoped}
}

func (e *nestedSet) siblings(a, b *plot) int {
	return cmp.Compare(last(a.cells[e.left]), last(b.cells[e.left]))
}

// scope is the value of the root above: what a row itself says may be wrong.
func (e *nestedSet) scope(f *forest, id taxonomy.ID) string {
	if e.scoped < 0 {
		return ""
	}
	return show(f.root(id).cells[e.scoped])
}

func (e *nestedSet) place(f *forest, id taxonomy.ID) string {
	if e.scoped < 0 {
		return ""
	}
	return e.of.Scope + " " + renderRaw(f.root(id).cells[e.scoped])
}

// derive numbers each scope by itself.
func (e *nestedSet) derive(f *forest) (derived, error) {
	scopes, err := e.scopes(f)
	if err != nil {
		return nil, err
	}
	out, next, of := derived{}, map[string]int64{}, map[taxonomy.ID]any{}
	number := func(p *plot) int64 {
		key := show(of[p.id])
		n, ok := next[key]
		if !ok {
			n = e.of.Start
		}
		next[key] = n + 1
		return n
	}
	f.walk(func(p *plot, d int) {
		of[p.id] = of[f.up[p.id]]
		if d == 0 {
			of[p.id] = scopes[p.id]
		}
		out[p.id] = []any{number(p), nil}
		if e.scoped >= 0 {
			out[p.id] = append(out[p.id], of[p.id])
		}
	}, func(p *plot, _ int) { out[p.id][1] = number(p) })
	return out, nil
}

// scopes gives each root its scope: its own, or, where a scope is one tree and
// the root was lifted, a new one. That is its id where the catalog's scopes
// are the ids of their roots (Gedmo), else the next number (MPTT).
func (e *nestedSet) scopes(f *forest) (map[taxonomy.ID]any, error) {
	out := map[taxonomy.ID]any{}
	if e.scoped < 0 {
		return out, nil
	}
	byID, numbered, next := e.scopedByID(f), true, int64(1)
	for _, p := range f.all {
		n, ok := asInt(p.cells[e.scoped])
		if ok {
			next = max(next, n+1)
		}
		numbered = numbered && (ok || p.parent != "" || p.outside)
	}
	for _, p := range f.kids[""] {
		switch {
		case f.was == nil || p.parent == "":
			out[p.id] = p.cells[e.scoped]
		case e.manyRoots:
			out[p.id] = f.was.root(p.id).cells[e.scoped]
		case byID:
			out[p.id] = p.row.id
		case !numbered:
			return nil, migrate.Refuse("category %s would become a root, and %s holds neither numbers nor the roots' ids", p.id, e.of.Scope)
		default:
			out[p.id] = next
			next++
		}
	}
	return out, nil
}

// scopedByID reports whether every root's scope is its own id.
func (e *nestedSet) scopedByID(f *forest) bool {
	base := f
	if f.was != nil {
		base = f.was
	}
	return !slices.ContainsFunc(base.kids[""], func(p *plot) bool {
		return p.cells[e.scoped] == nil || renderRaw(p.cells[e.scoped]) != string(p.id)
	})
}

// defects names what the rules of a nested set forbid.
func (e *nestedSet) defects(f *forest, rows []*plot, want derived) []string {
	j := &setJudge{nestedSet: e, f: f, bounds: map[int64]*plot{}}
	for _, p := range rows {
		j.row(p)
	}
	for _, p := range rows {
		j.siblings(f.kids[p.id])
	}
	j.siblings(slices.DeleteFunc(slices.Clone(f.kids[""]), func(p *plot) bool { return !slices.Contains(rows, p) }))
	if len(j.found) == 0 {
		j.gaps(rows)
	}
	if len(j.found) == 0 {
		for i, at := range e.cells() {
			j.found = append(j.found, instead(rows, []string{e.of.Left, e.of.Right, e.of.Scope}[i], at, want, i)...)
		}
	}
	return j.found
}

// setJudge looks for what is wrong with one scope.
type setJudge struct {
	*nestedSet
	f      *forest
	bounds map[int64]*plot
	found  []string
}

func (j *setJudge) say(p *plot, format string, args ...any) {
	j.found = append(j.found, fmt.Sprintf("%s: ", p.id)+fmt.Sprintf(format, args...))
}

// span gives a row's bounds; false where they are none.
func (j *setJudge) span(p *plot) (l, r int64, ok bool) {
	l, okL := asInt(p.cells[j.left])
	r, okR := asInt(p.cells[j.right])
	return l, r, okL && okR
}

func (j *setJudge) row(p *plot) {
	l, r, ok := j.span(p)
	switch {
	case !ok:
		j.say(p, "%s %s and %s %s are no bounds", j.of.Left, show(p.cells[j.left]), j.of.Right, show(p.cells[j.right]))
		return
	case l >= r:
		j.say(p, "%s %d is not below %s %d", j.of.Left, l, j.of.Right, r)
	case (r-l)%2 == 0:
		j.say(p, "from %d to %d there is no even number of bounds", l, r)
	}
	for _, n := range []int64{l, r} {
		if other := j.bounds[n]; other != nil && other != p {
			j.say(p, "shares the bound %d with %s", n, other.id)
		}
		j.bounds[n] = p
	}
	j.inside(p, l, r)
}

// inside holds a row against its parent.
func (j *setJudge) inside(p *plot, l, r int64) {
	above := j.f.at[j.f.up[p.id]]
	if above == nil {
		return
	}
	if j.scoped >= 0 && renderRaw(p.cells[j.scoped]) != renderRaw(above.cells[j.scoped]) {
		j.say(p, "%s is %s, and %s at its parent %s", j.of.Scope, show(p.cells[j.scoped]), show(above.cells[j.scoped]), above.id)
	}
	if al, ar, ok := j.span(above); ok && (l <= al || r >= ar) {
		j.say(p, "%d to %d is not within its parent %s, %d to %d", l, r, above.id, al, ar)
	}
}

// siblings looks for some that overlap; they come by their left bounds.
func (j *setJudge) siblings(kids []*plot) {
	for i := 1; i < len(kids); i++ {
		al, ar, okA := j.span(kids[i-1])
		l, r, ok := j.span(kids[i])
		if okA && ok && l < ar {
			j.say(kids[i], "%d to %d overlaps its sibling %s, %d to %d", l, r, kids[i-1].id, al, ar)
		}
	}
}

// gaps looks for numbers that no bound has.
func (j *setJudge) gaps(rows []*plot) {
	var all []int64
	for _, p := range rows {
		l, r, _ := j.span(p)
		all = append(all, l, r)
	}
	slices.Sort(all)
	for i, n := range all {
		switch {
		case i == 0 && n != j.of.Start:
			j.say(j.bounds[n], "the first bound is %d, not %d", n, j.of.Start)
		case i > 0 && n > all[i-1]+1:
			j.say(j.bounds[all[i-1]], "after its bound %d there is a gap up to %d", all[i-1], n)
		}
	}
}
