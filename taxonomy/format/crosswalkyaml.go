package format

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"recat/taxonomy"
)

// readShopifyYAML reads Shopify's to_shopify.yml. The ids that it lists as
// unmapped become rules without a target. Ids are taken as they are written.
func readShopifyYAML(src *source, c *Crosswalk, _ CrosswalkOptions) ([]taxonomy.Rule, error) {
	y := yamlSource{source: src}
	root, err := y.parse()
	if err != nil {
		return nil, err
	}
	var rules []taxonomy.Rule
	err = y.mapping(root, map[string]func(ast.Node) error{
		"input_taxonomy":  y.text(&c.From),
		"output_taxonomy": y.text(&c.To),
		"rules": func(n ast.Node) error {
			return y.sequence(n, func(n ast.Node) error {
				rule, err := y.rule(n)
				rules = append(rules, rule)
				return err
			})
		},
		"unmapped_product_category_ids": func(n ast.Node) error {
			return y.sequence(n, func(n ast.Node) error {
				rule := taxonomy.Rule{Line: y.line(n)}
				err := y.id(&rule.From)(n)
				rules = append(rules, rule)
				return err
			})
		},
	})
	return rules, err
}

// yamlSource reads the few shapes of node that the file is made of.
type yamlSource struct{ *source }

func (y yamlSource) parse() (ast.Node, error) {
	file, err := parser.ParseBytes([]byte(y.source.text), 0)
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		return nil, y.errorOf(syntax.GetToken(), "%s", syntax.GetMessage())
	}
	if err != nil {
		return nil, y.errorAt(0, "%s", err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, y.errorAt(0, "expected one YAML document")
	}
	return file.Docs[0].Body, nil
}

// rule reads an input id and the output ids.
func (y yamlSource) rule(n ast.Node) (taxonomy.Rule, error) {
	const key = "product_category_id"
	rule := taxonomy.Rule{Line: y.line(n)}
	stated := false
	err := y.mapping(n, map[string]func(ast.Node) error{
		"input": func(n ast.Node) error {
			return y.mapping(n, map[string]func(ast.Node) error{key: y.id(&rule.From)})
		},
		"output": func(n ast.Node) error {
			return y.mapping(n, map[string]func(ast.Node) error{key: func(n ast.Node) error {
				stated = true
				return y.sequence(n, func(n ast.Node) error {
					rule.To = append(rule.To, "")
					return y.id(&rule.To[len(rule.To)-1])(n)
				})
			}})
		},
	})
	if err == nil && !stated {
		err = y.errorOf(tokenOf(n), "a rule without an output")
	}
	return rule, err
}

// mapping reads each member by its key. A key that is not expected is refused.
func (y yamlSource) mapping(n ast.Node, members map[string]func(ast.Node) error) error {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return y.errorOf(tokenOf(n), "expected a mapping")
	}
	for _, member := range m.Values {
		key := tokenOf(member.Key)
		read, ok := members[key.Value]
		if !ok {
			return y.errorOf(key, "unknown key %q", key.Value)
		}
		if err := read(member.Value); err != nil {
			return err
		}
	}
	return nil
}

// sequence reads each element. Null is the empty sequence.
func (y yamlSource) sequence(n ast.Node, element func(ast.Node) error) error {
	if _, null := n.(*ast.NullNode); null {
		return nil
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return y.errorOf(tokenOf(n), "expected a sequence")
	}
	for _, n := range s.Values {
		if err := element(n); err != nil {
			return err
		}
	}
	return nil
}

func (y yamlSource) id(into *taxonomy.ID) func(ast.Node) error {
	return func(n ast.Node) error {
		var s string
		err := y.text(&s)(n)
		*into = bare(s)
		return err
	}
}

// text reads a scalar as it is written, whatever type YAML would give it.
func (y yamlSource) text(into *string) func(ast.Node) error {
	return func(n ast.Node) error {
		_, scalar := n.(ast.ScalarNode)
		_, null := n.(*ast.NullNode)
		if !scalar || null {
			return y.errorOf(tokenOf(n), "expected a text")
		}
		*into = tokenOf(n).Value
		return nil
	}
}

func (y yamlSource) line(n ast.Node) int { return placeOf(tokenOf(n)).Line }

func (y yamlSource) errorOf(t *token.Token, format string, args ...any) error {
	place := placeOf(t)
	return y.errorOn(place.Line, place.Column, format, args...)
}

// tokenOf is the token that a node begins with; the parser leaves some nodes
// without.
func tokenOf(n ast.Node) *token.Token {
	if n == nil || n.GetToken() == nil {
		return &token.Token{}
	}
	return n.GetToken()
}

func placeOf(t *token.Token) token.Position {
	if t == nil || t.Position == nil {
		return token.Position{Line: 1, Column: 1}
	}
	return *t.Position
}
