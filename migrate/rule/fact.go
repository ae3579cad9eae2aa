package rule

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"recat/migrate"
)

// fact is what an atom says of a product: that an expression is what it is, or
// how its value compares with a literal.
type fact struct {
	kind factKind
	of   string // the expression
	text string // the literal, in its canonical form
	num  float64
	is   ref.Type // of the literal
}

type factKind uint8

const (
	holds    factKind = iota // the expression is true
	equals                   // its value is the literal
	above                    // its value is more than the number
	least                    // its value is the number or more
	hasOne                   // its value has the word; text is the needle
	contains                 // its value contains the text
)

func (f fact) key() string { return fmt.Sprintf("%d\x00%s\x00%s\x00%g", f.kind, f.of, f.text, f.num) }

// implies reports whether whatever f is true of, g is true of too.
func (f fact) implies(g fact) bool {
	if f.of != g.of {
		return false
	}
	switch {
	case f.kind == hasOne && g.kind == hasOne:
		return strings.Contains(f.text, g.text)
	case f.kind == contains && g.kind == contains:
		return strings.Contains(f.text, g.text)
	case f.kind == equals && g.kind == contains:
		return f.is == types.StringType && strings.Contains(f.text, g.text)
	case g.kind == above && f.bounds():
		return f.num > g.num || f.kind == above && f.num == g.num
	case g.kind == least && f.bounds():
		return f.num >= g.num
	}
	return false
}

// bounds reports whether a value of which f is true is not below its number.
func (f fact) bounds() bool { return f.kind == above || f.kind == least || f.numeric() }

// numeric reports whether f says that a value is a number.
func (f fact) numeric() bool {
	return f.kind == equals && (f.is == types.IntType || f.is == types.DoubleType || f.is == types.UintType)
}

// excludes reports whether nothing that f is true of, g can be true of.
func (f fact) excludes(g fact) bool {
	switch {
	case f.of != g.of || f.kind != equals:
		return false
	case g.kind == equals:
		return f.is == g.is && (f.text != g.text || f.num != g.num)
	case g.kind == above:
		return f.numeric() && f.num <= g.num
	case g.kind == least:
		return f.numeric() && f.num < g.num
	case g.kind == contains:
		return f.is == types.StringType && !strings.Contains(f.text, g.text)
	}
	return false
}

// of is the formula of a condition; of one that is not ours, an atom.
func (p *problem) of(c migrate.Condition) formula {
	ours, ok := c.(*condition)
	if !ok {
		return p.atom(fact{of: c.String()})
	}
	r := &translator{problem: p, info: ours.source.SourceInfo()}
	return r.formula(ours.source.Expr())
}

// translator makes formulas of one expression.
type translator struct {
	*problem
	info *celast.SourceInfo
}

// text is an expression as it is written in one way; what cannot be written
// is the same as nothing else.
func (r *translator) text(e celast.Expr) string {
	if s, err := cel.ExprToString(e, r.info); err == nil {
		return s
	}
	return fmt.Sprintf("\x00%p %d", r.info, e.ID())
}

func (r *translator) formula(e celast.Expr) formula {
	switch e.Kind() {
	case celast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			return truthOf(bool(b))
		}
	case celast.CallKind:
		if f := r.call(e.AsCall()); f != nil {
			return f
		}
	}
	return r.atom(fact{of: r.text(e)})
}

func truthOf(b bool) formula {
	if b {
		return constant(yes)
	}
	return constant(no)
}

// call is the formula of a call; nil where nothing is known of it.
func (r *translator) call(call celast.CallExpr) formula {
	args := call.Args()
	switch name := call.FunctionName(); {
	case name == operators.LogicalAnd:
		return and(r.formulas(args))
	case name == operators.LogicalOr:
		return or(r.formulas(args))
	case name == operators.LogicalNot:
		return not{r.formula(args[0])}
	case name == operators.Conditional:
		f := r.formulas(args)
		return or{and{f[0], f[1]}, and{not{f[0]}, f[2]}}
	case name == operators.Equals:
		return r.equal(args[0], args[1])
	case name == operators.NotEquals:
		if f := r.equal(args[0], args[1]); f != nil {
			return not{f}
		}
	case name == operators.In:
		return r.among(args[0], args[1])
	case name == hasWordName && call.IsMemberFunction():
		return r.words(call.Target(), args[0])
	case name == "contains" && call.IsMemberFunction():
		if s, ok := literal(args[0]); ok {
			return r.atom(fact{kind: contains, of: r.text(call.Target()), text: s})
		}
	default:
		return r.compare(name, args)
	}
	return nil
}

func (r *translator) formulas(es []celast.Expr) []formula {
	out := make([]formula, len(es))
	for i, e := range es {
		out[i] = r.formula(e)
	}
	return out
}

// equal is the formula of a comparison with a literal on either side.
func (r *translator) equal(a, b celast.Expr) formula {
	if a.Kind() == celast.LiteralKind {
		a, b = b, a
	}
	if b.Kind() != celast.LiteralKind {
		return nil
	}
	v := b.AsLiteral()
	if a.Kind() == celast.LiteralKind {
		return truthOf(a.AsLiteral().Equal(v) == types.True)
	}
	if is, ok := v.(types.Bool); ok {
		if is {
			return r.formula(a)
		}
		return not{r.formula(a)}
	}
	f := fact{kind: equals, of: r.text(a), is: v.Type()}
	if n, ok := number(v); ok {
		f.num, f.is = n, types.DoubleType // 1 is 1.0
	} else if s, ok := v.(types.String); ok {
		f.text = string(s)
	} else {
		return nil
	}
	return r.atom(f)
}

// among is the formula of `x in [a, b]`.
func (r *translator) among(e, list celast.Expr) formula {
	if list.Kind() != celast.ListKind || len(list.AsList().OptionalIndices()) > 0 {
		return nil
	}
	out := or{}
	for _, item := range list.AsList().Elements() {
		f := r.equal(e, item)
		if f == nil {
			return nil
		}
		out = append(out, f)
	}
	return out
}

// words is the formula of hasWord with literal words.
func (r *translator) words(target, arg celast.Expr) formula {
	list := []celast.Expr{arg}
	if arg.Kind() == celast.ListKind {
		list = arg.AsList().Elements()
	}
	out, of := or{}, r.text(target)
	for _, word := range list {
		s, ok := literal(word)
		if !ok {
			return nil
		}
		n, err := newNeedle(s)
		if err != nil {
			return nil
		}
		out = append(out, r.atom(fact{kind: hasOne, of: of, text: string(n)}))
	}
	return out
}

// compare is the formula of a comparison with a number.
func (r *translator) compare(name string, args []celast.Expr) formula {
	if len(args) != 2 {
		return nil
	}
	a, b := args[0], args[1]
	if a.Kind() == celast.LiteralKind { // 5 < x is x > 5
		a, b, name = b, a, mirrored[name]
	}
	if b.Kind() != celast.LiteralKind || a.Kind() == celast.LiteralKind {
		return nil
	}
	n, ok := number(b.AsLiteral())
	if !ok {
		return nil
	}
	f := fact{kind: least, of: r.text(a), num: n}
	switch name {
	case operators.Greater:
		f.kind = above
		return r.atom(f)
	case operators.GreaterEquals:
		return r.atom(f)
	case operators.Less:
		return not{r.atom(f)}
	case operators.LessEquals:
		f.kind = above
		return not{r.atom(f)}
	}
	return nil
}

// mirrored are the comparisons with their sides changed.
var mirrored = map[string]string{operators.Less: operators.Greater, operators.Greater: operators.Less,
	operators.LessEquals: operators.GreaterEquals, operators.GreaterEquals: operators.LessEquals}

// number is a literal's value as a number.
func number(v ref.Val) (float64, bool) {
	switch n := v.(type) {
	case types.Int:
		return float64(n), true
	case types.Uint:
		return float64(n), true
	case types.Double:
		return float64(n), n == n
	}
	return 0, false
}

// CaseBound lists what a condition asks of a text that minds letters' case:
// sellers write any. Each is as it stands in the condition, once.
func CaseBound(c migrate.Condition) []string {
	ours, ok := c.(*condition)
	if !ok {
		return nil
	}
	var out []string
	r := &translator{info: ours.source.SourceInfo()}
	celast.PreOrderVisit(ours.source.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.CallKind || !e.AsCall().IsMemberFunction() || len(e.AsCall().Args()) != 1 {
			return
		}
		if s, ok := literal(e.AsCall().Args()[0]); ok && mindsCase(e.AsCall().FunctionName(), s) && seesTitle(e.AsCall().Target()) {
			out = append(out, r.text(e))
		}
	}))
	return out
}

// seesTitle reports whether an expression is the product's title as it is.
func seesTitle(e celast.Expr) bool {
	return e.Kind() == celast.SelectKind && isProduct(e.AsSelect().Operand()) && e.AsSelect().FieldName() == fieldTitle
}

func mindsCase(function, arg string) bool {
	switch function {
	case "contains", "startsWith", "endsWith":
		return strings.ToLower(arg) != strings.ToUpper(arg)
	case "matches":
		return !strings.Contains(arg, "(?i") && strings.ToLower(arg) != strings.ToUpper(arg)
	}
	return false
}
