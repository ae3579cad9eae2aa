package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// maxStep bounds the labels of a path tree: a longer one is no label.
const maxStep = 16

// encodings are the kinds of encoding by the word a mapping uses.
var encodings = map[string]func(*reader, *object) Encoding{
	"nested_set": func(r *reader, o *object) Encoding { return Encoding{NestedSet: r.nestedSet(o)} },
	"path":       func(r *reader, o *object) Encoding { return Encoding{Path: r.idPath(o)} },
	"text_path": func(_ *reader, o *object) Encoding {
		return Encoding{TextPath: &TextPath{Column: o.text("column", true), Separator: o.text("separator", true)}}
	},
	"closure": func(r *reader, o *object) Encoding { return Encoding{Closure: r.closure(o)} },
	"depth": func(_ *reader, o *object) Encoding {
		return Encoding{Depth: &Depth{Column: o.text("column", true), Root: o.integer("root", 0)}}
	},
	"position": func(_ *reader, o *object) Encoding {
		return Encoding{Position: &Position{Column: o.text("column", true), From: o.integer("from", 0)}}
	},
	"count": func(r *reader, o *object) Encoding { return Encoding{Count: r.count(o)} },
}

// encoding reads one item of tree: a word with what it needs.
func (r *reader) encoding(n ast.Node) (e Encoding) {
	o := r.object(n)
	if len(o.keys) == 0 {
		return e
	}
	for _, word := range slices.Sorted(maps.Keys(encodings)) {
		if v := o.take(word); v != nil {
			inner := r.object(v)
			e = encodings[word](r, inner)
			e.Optional = inner.flag("optional", false)
			inner.done()
		}
	}
	o.done()
	if len(o.keys) > 1 {
		r.fault(n, "each encoding is an item of its own: - %s: {…}", slices.Sorted(maps.Keys(o.keys))[0])
	}
	return e
}

func (r *reader) nestedSet(o *object) *NestedSet {
	s := &NestedSet{Left: o.text("left", true), Right: o.text("right", true), Scope: o.text("scope", false), Start: o.integer("start", 1)}
	s.Roots = o.choice("roots", "", rootsOne, rootsMany)
	if s.Roots != "" && s.Scope == "" {
		r.fault(o.at["roots"], "roots says what a scope holds, and there is no scope")
	}
	if s.Left != "" && (strings.EqualFold(s.Left, s.Right) || strings.EqualFold(s.Left, s.Scope) || strings.EqualFold(s.Right, s.Scope)) {
		r.fault(o.node, "left, right and scope are columns of their own")
	}
	return s
}

func (r *reader) idPath(o *object) *IDPath {
	return &IDPath{Column: o.text("column", true), Separator: o.text("separator", true),
		Self: o.flag("self", true), Leading: o.flag("leading", false), Trailing: o.flag("trailing", false)}
}

func (r *reader) closure(o *object) *Closure {
	c := &Closure{Table: o.text("table", true), Ancestor: o.text("ancestor", true), Descendant: o.text("descendant", true),
		Depth: o.text("depth", false), Self: o.flag("self", true), RefersTo: o.text("refers_to", false)}
	c.DepthFrom = o.choice("depth_from", "", depthFromRoot, depthFromSelf)
	switch {
	case c.DepthFrom != "" && c.Depth == "":
		r.fault(o.at["depth_from"], "depth_from says what depth counts, and there is no depth")
	case c.DepthFrom == "" && c.Depth != "":
		c.DepthFrom = depthFromSelf
	}
	if c.Ancestor != "" && (strings.EqualFold(c.Ancestor, c.Descendant) || strings.EqualFold(c.Ancestor, c.Depth) || strings.EqualFold(c.Descendant, c.Depth)) {
		r.fault(o.node, "ancestor, descendant and depth are columns of their own")
	}
	return c
}

func (r *reader) count(o *object) *Count {
	c := &Count{Column: o.text("column", true), Live: o.flag("live", false), Deep: o.flag("deep", false)}
	if o.keys["of"] == nil {
		r.fault(o.node, "of is missing: children, descendants or products")
	}
	c.Of = o.choice("of", "", countChildren, countDescendants, countProducts)
	if (c.Live || c.Deep) && c.Of != "" && c.Of != countProducts {
		r.fault(o.node, "live and deep are said of products, not of %s", c.Of)
	}
	return c
}

// pathTree reads categories.path_tree.
func (r *reader) pathTree(o *object) *PathTree {
	n := o.take("path_tree")
	if n == nil {
		return nil
	}
	inner := r.object(n)
	t := &PathTree{Column: inner.text("column", true), Step: int(inner.integer("step", 0))}
	inner.done()
	if t.Step < 1 || t.Step > maxStep {
		r.fault(n, "step is how many characters a label has: from 1 to %d", maxStep)
	}
	for _, key := range []string{"parent", "root"} {
		if o.keys[key] != nil {
			r.fault(o.at[key], "%s and path_tree exclude each other: the path is the tree", key)
		}
	}
	return t
}

// integer reads a whole number; def stands where there is none.
func (o *object) integer(key string, def int64) int64 {
	n := o.take(key)
	if n == nil {
		return def
	}
	i, err := strconv.ParseInt(o.r.scalar(n), 10, 64)
	if _, whole := n.(*ast.IntegerNode); !whole || err != nil {
		o.r.fault(n, "%s is a whole number, not %s", key, nodeText(n))
	}
	return i
}

// flag reads true or false; def stands where there is neither.
func (o *object) flag(key string, def bool) bool {
	switch n := o.take(key).(type) {
	case nil:
		return def
	case *ast.BoolNode:
		return n.Value
	default:
		o.r.fault(n, "%s is true or false, not %s", key, nodeText(n))
		return def
	}
}

// choice reads one of a few words.
func (o *object) choice(key, def string, words ...string) string {
	n := o.take(key)
	if n == nil {
		return def
	}
	word := o.r.text(n)
	if !slices.Contains(words, word) {
		o.r.fault(n, "%s is %s, not %q", key, alternatives(words), word)
		return def
	}
	return word
}

// alternatives writes words as a choice: a, b or c.
func alternatives(words []string) string {
	last := len(words) - 1
	return fmt.Sprintf("%s or %s", strings.Join(words[:last], ", "), words[last])
}
