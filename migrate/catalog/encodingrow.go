package catalog

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"recat/taxonomy"
)

// rowwise is an encoding whose rows stand for themselves: one may be wrong
// and its neighbours right.
type rowwise struct {
	column, kind string
	at           int
}

func (e rowwise) label() string                        { return e.kind + " " + e.column }
func (e rowwise) cells() []int                         { return []int{e.at} }
func (rowwise) siblings(_, _ *plot) int                { return 0 }
func (rowwise) scope(_ *forest, id taxonomy.ID) string { return string(id) }
func (rowwise) place(_ *forest, _ taxonomy.ID) string  { return "" }
func (e rowwise) defects(_ *forest, rows []*plot, want derived) []string {
	return instead(rows, e.column, e.at, want, 0)
}

// instead says of each wrong cell what it holds and what it should.
func instead(rows []*plot, column string, at int, want derived, i int) []string {
	var out []string
	for _, p := range rows {
		if w := want[p.id][i]; !holds(p.cells[at], w) {
			out = append(out, fmt.Sprintf("%s: %s is %s, not %s", p.id, column, show(p.cells[at]), show(w)))
		}
	}
	return out
}

// treeDepth is how far below the roots a category is.
type treeDepth struct {
	rowwise
	root int64
}

func (e treeDepth) derive(f *forest) (derived, error) {
	out := derived{}
	f.walk(func(p *plot, d int) { out[p.id] = []any{e.root + int64(d)} }, nil)
	return out, nil
}

// treeCount counts children, or all descendants.
type treeCount struct {
	rowwise
	deep bool
}

func (e treeCount) derive(f *forest) (derived, error) {
	n := map[taxonomy.ID]int64{}
	f.walk(nil, func(p *plot, _ int) {
		n[f.up[p.id]]++
		if e.deep {
			n[f.up[p.id]] += n[p.id]
		}
	})
	out := derived{}
	for _, p := range f.rows {
		out[p.id] = []any{n[p.id]}
	}
	return out, nil
}

// idPath is the ids from the root down.
type idPath struct {
	of *IDPath
	at int
}

func (e *idPath) label() string                          { return "path " + e.of.Column }
func (e *idPath) cells() []int                           { return []int{e.at} }
func (e *idPath) siblings(_, _ *plot) int                { return 0 }
func (e *idPath) scope(_ *forest, id taxonomy.ID) string { return string(id) }
func (e *idPath) place(*forest, taxonomy.ID) string      { return "" }
func (e *idPath) defects(_ *forest, rows []*plot, want derived) []string {
	return instead(rows, e.of.Column, e.at, want, 0)
}

// derive joins the ids. A path of none is written as the catalog's own roots
// have it: as NULL, as nothing, or as a bare separator.
func (e *idPath) derive(f *forest) (derived, error) {
	out := derived{}
	none, known := any(nil), false
	for _, p := range f.all {
		if !known && !p.outside && p.parent == "" && e.bare(p.cells[e.at]) {
			none, known = textOr(p.cells[e.at]), true
		}
	}
	prefix := map[taxonomy.ID]string{}
	f.walk(func(p *plot, d int) {
		above := prefix[f.up[p.id]]
		own := string(p.id)
		if d > 0 {
			own = above + e.of.Separator + own
		}
		prefix[p.id] = own
		path := own
		if !e.of.Self {
			path = above
		}
		out[p.id] = []any{e.framed(path)}
		if path == "" {
			out[p.id] = []any{none}
			if e.bare(p.cells[e.at]) && p.parent == "" {
				out[p.id] = []any{textOr(p.cells[e.at])}
			}
		}
	}, nil)
	return out, nil
}

func (e *idPath) framed(path string) string {
	if e.of.Leading {
		path = e.of.Separator + path
	}
	if e.of.Trailing {
		path += e.of.Separator
	}
	return path
}

// bare reports whether a stored path holds no id.
func (e *idPath) bare(raw any) bool {
	s, ok := asText(raw)
	return raw == nil || ok && strings.ReplaceAll(s, e.of.Separator, "") == ""
}

// textOr is a stored text as a derivation would give it; NULL stays.
func textOr(raw any) any {
	if s, ok := asText(raw); ok {
		return s
	}
	return nil
}

// siblingRank is a category's place among its siblings. Lifted children take the
// place of the parent that goes.
type siblingRank struct {
	of *Position
	at int
}

func (e siblingRank) label() string { return "position " + e.of.Column }
func (e siblingRank) cells() []int  { return []int{e.at} }
func (e siblingRank) siblings(a, b *plot) int {
	return cmp.Compare(last(a.cells[e.at]), last(b.cells[e.at]))
}
func (e siblingRank) scope(f *forest, id taxonomy.ID) string { return string(f.up[id]) }
func (e siblingRank) place(f *forest, id taxonomy.ID) string {
	if f.up[id] == "" {
		return "the roots"
	}
	return "below " + string(f.up[id])
}

func (e siblingRank) derive(f *forest) (derived, error) {
	out := derived{}
	for _, kids := range f.kids {
		for i, p := range kids {
			out[p.id] = []any{e.of.From + int64(i)}
		}
	}
	return out, nil
}

func (e siblingRank) defects(_ *forest, rows []*plot, want derived) []string {
	return instead(rows, e.of.Column, e.at, want, 0)
}

// last is a stored number to order by; what is none comes last.
func last(raw any) int64 {
	if i, ok := asInt(raw); ok {
		return i
	}
	return math.MaxInt64
}
