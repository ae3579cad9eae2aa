package rule

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"recat/migrate"
)

var _ migrate.Marker = (*condition)(nil)

// Marks gives the words by which p satisfies the condition: those that
// hasWord, contains, startsWith, endsWith, matches and == found in the field,
// of the parts of the expression that hold. What the condition rules out marks
// nothing.
func (c *condition) Marks(p *migrate.Product, field string) [][2]int {
	v := value(p, field)
	text := v.Render()
	program, err := c.slow()
	if err != nil || v.IsNull() || v.Kind == migrate.Text && !utf8.ValidString(v.S) {
		return nil
	}
	s := c.scopes.Get().(*scope)
	s.object.product = p
	out, details, err := program.Eval(s)
	s.object.product = nil
	c.scopes.Put(s)
	if err != nil || out != types.True || details == nil {
		return nil
	}
	x := &explanation{field: field, text: text, state: details.State()}
	x.walk(c.source.Expr(), true)
	return merged(x.found)
}

// merged puts ranges in order, those that touch made one and empty ones left
// out.
func merged(ranges [][2]int) [][2]int {
	slices.SortFunc(ranges, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	var out [][2]int
	for _, r := range ranges {
		switch last := len(out) - 1; {
		case r[0] >= r[1]:
		case last >= 0 && r[0] <= out[last][1]:
			out[last][1] = max(out[last][1], r[1])
		default:
			out = append(out, r)
		}
	}
	return out
}

// explanation walks an expression that was evaluated, every part of it, down
// to the calls that made it come out as it did.
type explanation struct {
	field string
	text  string // of the field
	state interpreter.EvalState
	bound map[string]string // a macro's variable, on its turn
	found [][2]int
}

// walk notes the words that made e come out as want, which it did.
func (x *explanation) walk(e celast.Expr, want bool) {
	switch name, args := called(e); name {
	case operators.LogicalNot:
		x.walk(args[0], !want)
	case operators.LogicalAnd, operators.LogicalOr:
		for _, arg := range args {
			if x.holds(arg) == want {
				x.walk(arg, want)
			}
		}
	case operators.Conditional:
		taken := args[2]
		if x.holds(args[0]) {
			x.walk(args[0], true)
			taken = args[1]
		}
		x.walk(taken, want)
	default:
		if want && e.Kind() == celast.ComprehensionKind {
			x.each(e.AsComprehension())
		} else if want {
			x.found = append(x.found, x.find(e)...)
		}
	}
}

// holds reports whether e came out true. Inside a macro only the last turn is
// on record: there, whatever is no words of the field counts as true.
func (x *explanation) holds(e celast.Expr) bool {
	if len(x.bound) == 0 {
		v, _ := x.state.Value(e.ID())
		return v == types.True
	}
	switch name, args := called(e); name {
	case operators.LogicalNot:
		return !x.holds(args[0])
	case operators.LogicalAnd:
		return !slices.ContainsFunc(args, func(e celast.Expr) bool { return !x.holds(e) })
	case operators.LogicalOr:
		return slices.ContainsFunc(args, x.holds)
	case "":
		return true
	default:
		return finders[name] == nil || len(x.find(e)) > 0
	}
}

// each walks the predicate of an exists macro once for every text of its list.
func (x *explanation) each(c celast.ComprehensionExpr) {
	name, step := called(c.LoopStep())
	list, ok := x.value(c.IterRange())
	if name != operators.LogicalOr || len(step) != 2 || !ok {
		return
	}
	texts, _ := stringsOf(list)
	outer := x.bound
	for _, s := range texts {
		x.bound = maps.Clone(outer)
		if x.bound == nil {
			x.bound = map[string]string{}
		}
		x.bound[c.IterVar()] = s
		if x.holds(step[1]) {
			x.walk(step[1], true)
		}
	}
	x.bound = outer
}

// called is the function that e calls and its arguments, its target first; ""
// where it is no call.
func called(e celast.Expr) (name string, args []celast.Expr) {
	if e.Kind() != celast.CallKind {
		return "", nil
	}
	call := e.AsCall()
	if call.IsMemberFunction() {
		args = append(args, call.Target())
	}
	return call.FunctionName(), append(args, call.Args()...)
}

// finders give the parts of a text that a call's argument is found in.
var finders = map[string]func(text string, args []string) [][2]int{
	hasWordName: func(text string, args []string) [][2]int {
		ws, err := newWords(args)
		if err != nil {
			return nil
		}
		return ws.marks(text)
	},
	overloads.Contains: func(text string, args []string) [][2]int {
		return patterns(regexp.QuoteMeta(args[0]), text)
	},
	overloads.Matches: func(text string, args []string) [][2]int { return patterns(args[0], text) },
	overloads.StartsWith: func(text string, args []string) [][2]int {
		return where(strings.HasPrefix(text, args[0]), 0, len(args[0]))
	},
	overloads.EndsWith: func(text string, args []string) [][2]int {
		return where(strings.HasSuffix(text, args[0]), len(text)-len(args[0]), len(text))
	},
	operators.Equals: func(text string, args []string) [][2]int { return where(text == args[0], 0, len(text)) },
}

func where(found bool, from, to int) [][2]int {
	if !found {
		return nil
	}
	return [][2]int{{from, to}}
}

// patterns finds every match of a regular expression.
func patterns(pattern, text string) [][2]int {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil
	}
	var out [][2]int
	for _, at := range re.FindAllStringIndex(text, -1) {
		out = append(out, [2]int{at[0], at[1]})
	}
	return out
}

// find gives the parts of the field that a call found; none where it is about
// something else.
func (x *explanation) find(e celast.Expr) [][2]int {
	name, args := called(e)
	find := finders[name]
	if find == nil || len(args) != 2 {
		return nil
	}
	text, offset, ok := x.subject(args[0])
	if !ok && name == operators.Equals {
		args[0], args[1] = args[1], args[0]
		text, offset, ok = x.subject(args[0])
	}
	if !ok {
		return nil
	}
	words, ok := x.words(args[1])
	if !ok || len(words) == 0 {
		return nil
	}
	found := find(text, words)
	for i := range found {
		found[i][0], found[i][1] = found[i][0]+offset, found[i][1]+offset
	}
	return found
}

// subject is the text that e is, where that is the field itself or a form of
// it whose characters keep their places, from offset on.
func (x *explanation) subject(e celast.Expr) (text string, offset int, ok bool) {
	if e.Kind() == celast.SelectKind {
		sel := e.AsSelect()
		return x.text, 0, isProduct(sel.Operand()) && !sel.IsTestOnly() && sel.FieldName() == x.field
	}
	name, args := called(e)
	if len(args) != 1 {
		return "", 0, false
	}
	text, offset, ok = x.subject(args[0])
	switch name {
	case "lowerAscii":
		return mapASCII(text, 'A', 'Z'), offset, ok
	case "upperAscii":
		return mapASCII(text, 'a', 'z'), offset, ok
	case "trim":
		left := strings.TrimLeftFunc(text, unicode.IsSpace)
		return strings.TrimSpace(text), offset + len(text) - len(left), ok
	}
	return "", 0, false
}

// mapASCII changes the case of the letters from first to last.
func mapASCII(s string, first, last rune) string {
	return strings.Map(func(r rune) rune {
		if r >= first && r <= last {
			return r ^ 0x20
		}
		return r
	}, s)
}

// words is the text, or the texts, that e is.
func (x *explanation) words(e celast.Expr) ([]string, bool) {
	if e.Kind() == celast.IdentKind {
		if s, ok := x.bound[e.AsIdent()]; ok {
			return []string{s}, true
		}
	}
	v, ok := x.value(e)
	if !ok {
		return nil, false
	}
	return stringsOf(v)
}

// value is what e came out as.
func (x *explanation) value(e celast.Expr) (ref.Val, bool) {
	if e.Kind() == celast.LiteralKind {
		return e.AsLiteral(), true
	}
	return x.state.Value(e.ID())
}
