package policyfile

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"recat/migrate"
)

// tree parses the policy's YAML; nil where it cannot be parsed.
func (r *reader) tree() *node {
	if !r.scan(lexer.Tokenize(r.text.content)) {
		return nil
	}
	file, err := parser.ParseBytes([]byte(r.text.content), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			return r.node(doc.Body, "the policy")
		}
	}
	r.failAt(r.start(), "the policy is empty")
	return nil
}

// start is where the policy begins.
func (r *reader) start() migrate.Pos { return migrate.Pos{File: r.src.Name, Line: 1, Column: 1} }

// at is a token's place. The parser puts what is missing somewhere beyond the
// text.
func (r *reader) at(t *token.Token) migrate.Pos {
	if t == nil || t.Position == nil {
		return r.start()
	}
	line := min(max(1, t.Position.Line), len(r.text.lines))
	column := min(max(1, t.Position.Column), r.text.widths[line-1]+1)
	return migrate.Pos{File: r.src.Name, Line: line, Column: column}
}

// syntax reports what the YAML parser says.
func (r *reader) syntax(err error) {
	var placed interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &placed) {
		r.failAt(r.at(placed.GetToken()), "%s", placed.GetMessage())
		return
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	r.failAt(r.start(), "%s", first)
}

// node turns the parser's node into ours.
func (r *reader) node(n ast.Node, name string) *node {
	out := &node{name: name, pos: r.at(n.GetToken())}
	switch n := n.(type) {
	case *ast.MappingNode:
		out.kind = mapping
		for _, v := range n.Values {
			out.entries = append(out.entries, r.pair(v))
		}
		if !n.IsFlowStyle && len(out.entries) > 0 {
			out.pos = out.entries[0].key.pos
		}
	case *ast.MappingValueNode:
		out.kind = mapping
		out.entries = []entry{r.pair(n)}
		out.pos = out.entries[0].key.pos
	case *ast.SequenceNode:
		out.kind = list
		for i, v := range n.Values {
			item := r.node(v, "an item of "+name)
			if item.kind == null && item.text == "" && i < len(n.Entries) {
				item.pos = r.at(n.Entries[i].Start)
			}
			out.items = append(out.items, item)
		}
	default:
		r.scalar(out, n)
	}
	return out
}

func (r *reader) pair(v *ast.MappingValueNode) entry {
	key := &node{kind: scalar, text: v.Key.GetToken().Value, pos: r.at(v.Key.GetToken())}
	value := &node{name: key.text, pos: key.pos}
	if v.Value != nil {
		value = r.node(v.Value, key.text)
	}
	if value.kind == null && value.text == "" {
		value.pos = key.pos
	}
	return entry{key, value}
}

// scalar fills in a scalar, as it is written.
func (r *reader) scalar(out *node, n ast.Node) {
	t := n.GetToken()
	switch n := n.(type) {
	case *ast.NullNode:
		if t.Type != token.ImplicitNullType {
			out.text = t.Value
		}
		return
	case *ast.LiteralNode:
		out.kind, out.style = scalar, folded
		if n.Start.Type == token.LiteralType {
			out.style = literal
		}
		if n.Value != nil {
			out.text = n.Value.Value
		}
		return
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.kind, out.text = scalar, t.Value
	default:
		r.fail(out, "%s is no plain value", out.name)
		return
	}
	if t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		out.style = quoted
	}
}
