package policyfile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"recat/migrate"
)

// reader collects what a policy says and what is wrong with it.
type reader struct {
	src        Source
	text       *text
	conditions Compiler
	errs       []*migrate.FileError
	files      map[string]string // side files read, whole
	open       map[string]*text  // the same, ready to be parsed; nil where unreadable
	order      []string          // their names, as they were opened
	prohibited *node             // the first that says so
	more       int               // defects beyond those that are kept
}

func (r *reader) fail(n *node, format string, args ...any) { r.failAt(n.pos, format, args...) }

func (r *reader) failAt(at migrate.Pos, format string, args ...any) {
	if len(r.errs) >= maxDefects {
		r.more++
		return
	}
	r.errs = append(r.errs, &migrate.FileError{Pos: at, Msg: fmt.Sprintf(format, args...)})
}

// fields are the values of a mapping, by key.
type fields map[string]*node

// mapping reads a mapping of known keys; nil where it is none.
func (r *reader) mapping(n *node, keys ...string) fields {
	if n.kind != mapping {
		r.unlike(n, "wants keys and values")
		return nil
	}
	found := fields{}
	for _, e := range n.entries {
		key := e.key.text
		if first, ok := found[key]; ok && known(key, keys) {
			r.fail(e.key, "%s is given twice, first on line %d", key, first.pos.Line)
			continue
		}
		if !known(key, keys) {
			r.fail(e.key, "unknown key %s%s", show(key), didYouMean(key, keys))
			continue
		}
		found[key] = e.value
	}
	return found
}

func known(key string, keys []string) bool {
	for _, k := range keys {
		if k == key {
			return true
		}
	}
	return false
}

// list gives the items of a list that may not be empty.
func (r *reader) list(n *node) []*node {
	if n.kind != list {
		r.unlike(n, "wants a list")
		return nil
	}
	if len(n.items) == 0 {
		r.fail(n, "%s is an empty list", n.name)
	}
	return n.items
}

// unlike reports a value of another kind than is wanted.
func (r *reader) unlike(n *node, want string) {
	switch {
	case n.kind == null && n.text != "":
		r.fail(n, "%s is %s; quote it if that is its text", n.name, n.text)
	case n.kind == null:
		r.fail(n, "%s has no value", n.name)
	default:
		r.fail(n, "%s %s", n.name, want)
	}
}

// paragraph reads text that may run over several lines.
func (r *reader) paragraph(n *node) (string, bool) {
	if n.kind != scalar {
		r.unlike(n, "wants a single value")
		return "", false
	}
	s := strings.TrimSpace(n.text)
	if s == "" {
		r.fail(n, "%s is empty", n.name)
		return "", false
	}
	if strings.ContainsFunc(s, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }) {
		r.fail(n, "%s holds a control character", n.name)
		return "", false
	}
	return s, true
}

// line reads text of one line.
func (r *reader) line(n *node) (string, bool) {
	s, ok := r.paragraph(n)
	if ok && strings.ContainsAny(s, "\n\t") {
		r.fail(n, "%s wants a single line", n.name)
		return "", false
	}
	return s, ok
}

// choice reads one of the given words.
func (r *reader) choice(n *node, words ...string) (string, bool) {
	s, ok := r.line(n)
	if !ok {
		return "", false
	}
	if !known(s, words) {
		r.fail(n, "%s cannot be %s; it is %s", n.name, show(s), oneOf(words))
		return "", false
	}
	return s, true
}

// boolean reads true or false.
func (r *reader) boolean(n *node) bool {
	if n.kind != scalar || n.style != plain || n.text != "true" && n.text != "false" {
		r.fail(n, "%s wants true or false", n.name)
		return false
	}
	return n.text == "true"
}

// count reads a whole number that is at least least.
func (r *reader) count(n *node, least int) (int, bool) {
	v, err := strconv.ParseInt(n.text, 10, 32)
	if n.kind != scalar || err != nil || v < int64(least) || n.text[0] == '+' {
		r.fail(n, "%s wants a whole number, at least %d", n.name, least)
		return 0, false
	}
	return int(v), true
}
