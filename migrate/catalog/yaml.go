package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"recat/migrate"
)

// reader walks a YAML document and collects every defect at its place.
type reader struct {
	file   string
	faults migrate.FileErrors
	places map[string]migrate.Pos // where each word was first written
	widths []int                  // of the file's lines, in characters
	params *parameters            // of a preset; nil in a shop's own file
	based  bool                   // the file starts from a preset
}

func (r *reader) pos(n ast.Node) migrate.Pos {
	if n == nil {
		return r.at(nil)
	}
	return r.at(n.GetToken())
}

// at is a token's place. The parser puts what is missing somewhere beyond the
// text.
func (r *reader) at(t *token.Token) migrate.Pos {
	if t == nil || t.Position == nil {
		return migrate.Pos{File: r.file, Line: 1, Column: 1}
	}
	line := min(max(1, t.Position.Line), len(r.widths))
	return migrate.Pos{File: r.file, Line: line, Column: min(max(1, t.Position.Column), r.widths[line-1]+1)}
}

func (r *reader) fault(n ast.Node, format string, args ...any) {
	r.faults = append(r.faults, &migrate.FileError{Pos: r.pos(n), Msg: fmt.Sprintf(format, args...)})
}

// parse reads the one document of a file.
func (r *reader) parse(text []byte) ast.Node {
	content := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(text), "\ufeff"))
	if !r.measure(content) {
		return nil
	}
	file, err := parser.ParseBytes([]byte(content), 0)
	if err != nil {
		r.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	switch len(bodies) {
	case 0:
		r.faults = append(r.faults, &migrate.FileError{Pos: migrate.Pos{File: r.file, Line: 1, Column: 1}, Msg: "the file is empty"})
		return nil
	case 1:
		return bodies[0]
	}
	r.fault(bodies[1], "a mapping is one document; here another begins")
	return nil
}

// maxNesting is how many brackets or dashes may stand within each other: the
// parser takes long over more than anybody writes.
const maxNesting = 16

// measure keeps the widths of the lines. It reports whether the content is
// text that the parser is fit for.
func (r *reader) measure(content string) bool {
	for i, line := range strings.Split(content, "\n") {
		r.widths = append(r.widths, utf8.RuneCountInString(line))
		if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
			r.faults = append(r.faults, &migrate.FileError{Pos: migrate.Pos{File: r.file, Line: i + 1, Column: 1}, Msg: "the line is not UTF-8 text"})
		}
	}
	depth, dashes := 0, 0
	for _, t := range lexer.Tokenize(content) {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if dashes++; t.Type != token.SequenceEntryType {
			dashes = 0
		}
		if depth > maxNesting || dashes > maxNesting {
			r.faults = append(r.faults, &migrate.FileError{Pos: r.at(t), Msg: "nested too deeply"})
			break
		}
	}
	return len(r.faults) == 0
}

// syntax takes the place and the message out of the parser's error.
func (r *reader) syntax(err error) {
	at, msg := r.at(nil), err.Error()
	var e yaml.Error
	if errors.As(err, &e) {
		at, msg = r.at(e.GetToken()), e.GetMessage()
	}
	r.faults = append(r.faults, &migrate.FileError{Pos: at, Msg: msg})
}

// object is a mapping node whose keys are taken one by one; what is left over
// is unknown.
type object struct {
	r    *reader
	node ast.Node
	keys map[string]ast.Node
	at   map[string]ast.Node
	used []string
}

func (r *reader) object(n ast.Node) *object {
	o := &object{r: r, node: n, keys: map[string]ast.Node{}, at: map[string]ast.Node{}}
	var pairs []*ast.MappingValueNode
	switch v := n.(type) {
	case *ast.MappingNode:
		pairs = v.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{v}
	default:
		r.fault(n, "here belongs a block of key: value, not %s", nodeText(n))
		return o
	}
	for _, p := range pairs {
		name := p.Key.GetToken().Value
		if _, twice := o.keys[name]; twice {
			r.fault(p.Key, "the key %q stands here twice", name)
		}
		o.keys[name], o.at[name] = p.Value, p.Key
	}
	return o
}

// take gives the value of a key, nil where it is absent.
func (o *object) take(key string) ast.Node {
	o.used = append(o.used, key)
	return o.keys[key]
}

// done reports the keys that nobody took.
func (o *object) done() {
	for key := range o.keys {
		if !slices.Contains(o.used, key) {
			o.r.fault(o.at[key], "unknown key %q%s; known are %s", key, nearest(key, o.used), strings.Join(o.used, ", "))
		}
	}
}

// nearest suggests what a word may stand for.
func nearest(word string, known []string) string {
	if near := migrate.Nearest(word, known); len(near) > 0 {
		return fmt.Sprintf(" (did you mean %q?)", near[0])
	}
	return ""
}

func nodeText(n ast.Node) string {
	if n == nil || n.String() == "" {
		return "nothing"
	}
	return strconv.Quote(n.String())
}

func (o *object) text(key string, required bool) string {
	n := o.take(key)
	if n == nil {
		if required {
			o.r.fault(o.node, "%s is missing", key)
		}
		return ""
	}
	return o.r.text(n)
}

// text reads a scalar as it is written, and remembers where.
func (r *reader) text(n ast.Node) string {
	s := r.params.name(r.scalar(n))
	r.remember(s, n)
	return s
}

// remember keeps where a word was first written.
func (r *reader) remember(word string, n ast.Node) {
	if _, seen := r.places[word]; !seen {
		if r.places == nil {
			r.places = map[string]migrate.Pos{}
		}
		r.places[word] = r.pos(n)
	}
}

func (r *reader) scalar(n ast.Node) string {
	switch v := n.(type) {
	case *ast.StringNode:
		if v.Value == "?" {
			r.fault(n, "a draft's ? stands here still: answer it")
		}
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	case *ast.MappingKeyNode: // a bare ? begins a complex key
		r.fault(n, "a draft's ? stands here still: answer it")
		return ""
	}
	r.fault(n, "here belongs a word or an expression, not %s", nodeText(n))
	return ""
}

func (o *object) texts(key string) []string {
	n := o.take(key)
	if n == nil {
		return nil
	}
	var out []string
	for _, item := range o.r.list(n) {
		out = append(out, o.r.text(item))
	}
	return out
}

// list reads a sequence; a single value stands for a list of one.
func (r *reader) list(n ast.Node) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	return []ast.Node{n}
}

// literal reads a value that is written to the catalog: a number, a word,
// true, false, null, or now.
func (r *reader) literal(n ast.Node) Literal {
	switch v := n.(type) {
	case *ast.NullNode:
		return Literal{}
	case *ast.BoolNode:
		return Literal{Value: migrate.BoolValue(v.Value)}
	case *ast.IntegerNode:
		if i, err := strconv.ParseInt(v.GetToken().Value, 10, 64); err == nil {
			return Literal{Value: migrate.IntValue(i)}
		}
		return Literal{Value: migrate.TextValue(v.GetToken().Value)}
	case *ast.FloatNode:
		return Literal{Value: migrate.FloatValue(v.Value)}
	case *ast.StringNode:
		if v.Value == "now" && v.GetToken().Type == token.StringType {
			return Literal{Now: true}
		}
		return Literal{Value: migrate.TextValue(r.text(n))}
	}
	r.fault(n, "here belongs a literal, null or now, not %s", nodeText(n))
	return Literal{}
}

// assignments reads {column: literal, …}, in column order.
func (r *reader) assignments(n ast.Node) []Assignment {
	o := r.object(n)
	var out []Assignment
	for column := range o.keys {
		out = append(out, Assignment{Column: column, Value: r.literal(o.take(column))})
	}
	slices.SortFunc(out, func(a, b Assignment) int { return strings.Compare(a.Column, b.Column) })
	if len(out) == 0 {
		r.fault(n, "here is nothing to set")
	}
	return out
}
