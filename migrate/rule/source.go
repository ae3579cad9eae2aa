package rule

import (
	"strings"
	"unicode"

	"cel.dev/cel-go/common"
	celast "cel.dev/cel-go/common/ast"
)

// source finds places in an expression; offsets count characters.
type source struct {
	common.Source
	info *celast.SourceInfo
}

func (s *source) offset(id int64) int {
	r, _ := s.info.GetOffsetRange(id)
	return int(r.Start)
}

// field is where a field's name stands: after its operand and the dot.
func (s *source) field(operand int64, name string) int {
	r, _ := s.info.GetOffsetRange(operand)
	text := []rune(s.Content())
	at := min(int(r.Stop), len(text))
	rest := strings.TrimLeftFunc(string(text[at:]), func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune(".?`", c)
	})
	if strings.HasPrefix(rest, name) {
		return len(text) - len([]rune(rest))
	}
	return at
}

// name is where a call's name stands; CEL places a call at its parenthesis.
func (s *source) name(call int64, name string) int {
	at := s.offset(call)
	text := []rune(s.Content())
	before := strings.TrimRightFunc(string(text[:min(at, len(text))]), unicode.IsSpace)
	if strings.HasSuffix(before, name) {
		return len([]rune(before)) - len([]rune(name))
	}
	return at
}

// errorAt makes an error of an offset.
func (s *source) errorAt(offset int, msg string) *Error {
	if loc, ok := s.OffsetLocation(int32(offset)); ok {
		return &Error{loc.Line(), loc.Column() + 1, msg}
	}
	return &Error{1, 1, msg}
}
