package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// plot keeps a row for the encodings. It is outside until it is told to be
// part of the tree.
func (l *treeLoader) plot(id taxonomy.ID, r categoryRow, parent any, cells []any) {
	l.plots = append(l.plots, &plot{id: id, row: r, above: parent, cells: slices.Clone(cells), outside: true})
	if pt := l.c.mapping.Categories.PathTree; pt != nil {
		if l.paths == nil {
			l.paths = map[string]int{}
		}
		path, _ := asText(parent)
		l.paths[path]++
	}
}

// settle gives the plots their parents, and leaves out what is not in the
// sound part of the tree.
func (l *treeLoader) settle(tree *taxonomy.Tree) {
	for _, p := range l.plots {
		n, ok := tree.Node(p.id)
		p.parent, p.outside = n.Parent, p.outside || !ok
	}
}

// labels is the alphabet of a path tree's labels.
const labels = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// pathParent finds the parent that a path names. A path that is none, or that
// is there twice, names one that is not there.
func (l *treeLoader) pathParent(pt *PathTree, raw any) taxonomy.ID {
	path, ok := asText(raw)
	if !ok || path == "" || len(path)%pt.Step != 0 || strings.Trim(path, labels) != "" || l.paths[path] > 1 {
		return taxonomy.ID(fmt.Sprintf("of the path %s", show(raw)))
	}
	above := path[:len(path)-pt.Step]
	if above == "" {
		return ""
	}
	if id, ok := l.byKey[above]; ok {
		return id
	}
	return taxonomy.ID("with the path " + strconv.Quote(above))
}

// treePath is a path tree at work: what is lifted gets a new label, and what
// is below it the new prefix.
type treePath struct {
	of *PathTree
	at int // of the column among the cells
}

func (e treePath) label() string           { return "path tree " + e.of.Column }
func (e treePath) cells() []int            { return []int{e.at} }
func (e treePath) siblings(a, b *plot) int { return strings.Compare(e.path(a), e.path(b)) }
func (e treePath) path(p *plot) string     { s, _ := asText(p.cells[e.at]); return s }
func (e treePath) scope(_ *forest, id taxonomy.ID) string {
	return string(id)
}
func (e treePath) place(*forest, taxonomy.ID) string { return "" }

// defects are none: what is wrong with the path is wrong with the tree.
func (e treePath) defects(*forest, []*plot, derived) []string { return nil }

// derive leaves paths as they are, before an edit. After it, labels are new
// where something was lifted: one more than the highest beside it, so that no
// path is used twice, not even in the midst of the update.
func (e treePath) derive(f *forest) (derived, error) {
	out := derived{}
	if f.was == nil {
		for _, p := range f.rows {
			out[p.id] = []any{e.path(p)}
		}
		return out, nil
	}
	highest := e.highest(f.all)
	lifted := map[taxonomy.ID]string{}
	for _, p := range f.moved() {
		above := ""
		if to := f.at[f.up[p.id]]; to != nil {
			above = e.path(to)
		}
		label, ok := nextLabel(highest[above], e.of.Step)
		if !ok {
			return nil, migrate.Refuse("category %s cannot be lifted: the labels of %d characters beside it are used up", p.id, e.of.Step)
		}
		highest[above], lifted[p.id] = label, label
	}
	f.walk(func(p *plot, _ int) {
		own := e.path(p)
		label, prefix := own[len(own)-e.of.Step:], ""
		if l, ok := lifted[p.id]; ok {
			label = l
		}
		if above := f.at[f.up[p.id]]; above != nil {
			prefix, _ = out[above.id][0].(string)
		}
		out[p.id] = []any{prefix + label}
	}, nil)
	return out, nil
}

// highest gives the highest label below each path, hidden rows included.
func (e treePath) highest(all []*plot) map[string]string {
	out := map[string]string{}
	for _, p := range all {
		path := e.path(p)
		if len(path) < e.of.Step {
			continue
		}
		above, label := path[:len(path)-e.of.Step], path[len(path)-e.of.Step:]
		if label > out[above] {
			out[above] = label
		}
	}
	return out
}

// nextLabel counts a label up, in base 36; false where there is none higher.
func nextLabel(label string, step int) (string, bool) {
	digits := []byte(strings.Repeat("0", step-len(label)) + label)
	for i := len(digits) - 1; i >= 0; i-- {
		if at := strings.IndexByte(labels, digits[i]); at+1 < len(labels) {
			digits[i] = labels[at+1]
			return string(digits), true
		}
		digits[i] = labels[0]
	}
	return "", false
}
