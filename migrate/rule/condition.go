package rule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"

	"recat/migrate"
)

// condition is a compiled expression. It may be used by several goroutines.
type condition struct {
	text    string
	reads   []string
	program cel.Program
	source  *celast.AST // to say where an evaluation failed
	scopes  sync.Pool   // of *scope

	slow func() (cel.Program, error) // evaluates every part and keeps what each came to
}

var _ migrate.Condition = (*condition)(nil)

// String gives the expression as it was written.
func (c *condition) String() string { return c.text }

// Reads lists, sorted, the fields the condition looks at.
func (c *condition) Reads() []string { return slices.Clone(c.reads) }

// scope is the activation of one evaluation: it holds the product and nothing
// else.
type scope struct{ object object }

// ResolveName implements interpreter.Activation.
func (s *scope) ResolveName(name string) (any, bool) {
	if name == variable {
		return &s.object, true
	}
	return nil, false
}

// Parent implements interpreter.Activation.
func (s *scope) Parent() cel.Activation { return nil }

// Match reports whether the product satisfies the condition.
func (c *condition) Match(p *migrate.Product) (bool, error) {
	s := c.scopes.Get().(*scope)
	s.object.product = p
	out, _, err := c.program.Eval(s)
	s.object.product = nil
	c.scopes.Put(s)
	if err != nil {
		return false, c.failure(err)
	}
	b, ok := out.(types.Bool)
	if !ok {
		return false, fmt.Errorf("the condition gave %s, not a boolean", out.Type().TypeName())
	}
	return bool(b), nil
}

// failure says what in the expression went wrong.
func (c *condition) failure(err error) error {
	msg := printable(err.Error())
	if errors.As(err, new(interpreter.EvalCancelledError)) {
		return errors.New("evaluating it costs too much")
	}
	id := int64(0)
	if e, ok := err.(*types.Err); ok {
		id = e.NodeID()
	}
	if id == 0 {
		return errors.New(msg)
	}
	info := c.source.SourceInfo()
	at := info.GetStartLocation(id)
	text := ""
	celast.PreOrderVisit(c.source.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.ID() == id && text == "" {
			text, _ = cel.ExprToString(e, info)
		}
	}))
	if text == "" {
		return fmt.Errorf("%d:%d: %s", at.Line(), at.Column()+1, msg)
	}
	return fmt.Errorf("%d:%d: %s: %s", at.Line(), at.Column()+1, printable(text), msg)
}

// maxMessage bounds what an error repeats of a product or an expression.
const maxMessage = 200

// printable makes text safe to print on one line: it may hold a seller's.
func printable(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxMessage {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}
