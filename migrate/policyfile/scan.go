package policyfile

import (
	"strings"

	"github.com/goccy/go-yaml/token"
)

// scan refuses, before anything is parsed, the parts of YAML that a policy has
// no use for, and nesting that costs more to parse than a policy is worth.
func (r *reader) scan(tokens token.Tokens) bool {
	before := len(r.errs)
	content, depth, dashes := false, 0, 0
	for _, t := range tokens {
		if msg := refused(t, content); msg != "" {
			r.failAt(r.at(t), "%s", msg)
		}
		if t.Type == token.DirectiveType {
			return false // the lexer makes content of its rest
		}
		switch t.Type {
		case token.CommentType, token.DocumentHeaderType, token.DocumentEndType:
			continue
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if dashes++; t.Type != token.SequenceEntryType {
			dashes = 0
		}
		if depth > maxFlowDepth || dashes > maxFlowDepth {
			r.failAt(r.at(t), "nested too deeply")
			return false
		}
		content = true
	}
	return len(r.errs) == before
}

// refused says why a token has no place in a policy; "" where it has.
func refused(t *token.Token, content bool) string {
	switch t.Type {
	case token.TagType:
		return "YAML tag " + strings.TrimSpace(t.Value) + "; text that begins with ! must be quoted"
	case token.AnchorType:
		return "YAML anchors are not allowed; text that begins with & must be quoted"
	case token.AliasType:
		return "YAML aliases are not allowed; text that begins with * must be quoted"
	case token.MappingKeyType:
		return "keys after ? are not allowed; text that begins with ? must be quoted"
	case token.MergeKeyType:
		return "YAML merge keys are not allowed"
	case token.DirectiveType:
		return "YAML directives are not allowed"
	case token.DocumentHeaderType:
		if content {
			return "a policy is one document; here begins another"
		}
	case token.InvalidType:
		if t.Error != "" {
			return t.Error
		}
		return "not YAML"
	}
	return ""
}
