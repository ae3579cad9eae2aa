package rule

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/types"

	"recat/migrate"
)

// Compile checks an expression and makes it ready to be matched. The error is
// an Errors.
func (e *Env) Compile(expr string) (migrate.Condition, error) {
	if !utf8.ValidString(expr) {
		return nil, Errors{{1, 1, "the expression is not UTF-8"}}
	}
	if strings.TrimSpace(expr) == "" {
		return nil, Errors{{1, 1, "the expression is empty"}}
	}
	if utf8.RuneCountInString(expr) > maxExpression {
		return nil, Errors{{1, 1, fmt.Sprintf("the expression is longer than %d characters", maxExpression)}}
	}
	env, err := e.cel()
	if err != nil {
		return nil, fmt.Errorf("start CEL: %w", err)
	}
	src := common.NewTextSource(expr)
	ast, iss := env.ParseSource(src)
	if iss.Err() != nil {
		return nil, merge(nil, e.issues(iss, nil))
	}
	look := e.inspect(ast.NativeRep(), src)
	checked, iss := check(env, ast)
	errs := merge(look.errs, e.issues(iss, look.source))
	if checked != nil && checked.OutputType() != cel.BoolType && !(e.open && checked.OutputType() == cel.DynType) {
		errs = append(errs, &Error{1, 1, fmt.Sprintf("the expression gives %s, not true or false",
			typeName(checked.OutputType()))})
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return e.program(env, checked, look, expr)
}

// program plans an expression that was checked.
func (e *Env) program(env *cel.Env, checked *cel.Ast, look *inspection, expr string) (migrate.Condition, error) {
	opts := []cel.ProgramOption{
		cel.CustomDecoratorV2(prepareWords),
		cel.EvalOptions(cel.OptOptimize),
	}
	if look.macros {
		opts = append(opts, cel.CostLimit(maxMacroCost))
	}
	program, err := env.Program(checked, opts...)
	if err != nil {
		return nil, Errors{{1, 1, printable(err.Error())}}
	}
	c := &condition{text: expr, reads: look.reads(), program: program, source: checked.NativeRep()}
	c.scopes = sync.Pool{New: func() any { return &scope{object{env: e}} }}
	c.slow = sync.OnceValues(func() (cel.Program, error) {
		return env.Program(checked, cel.EvalOptions(cel.OptExhaustiveEval, cel.OptTrackState), cel.CostLimit(maxMacroCost))
	})
	return c, nil
}

// merge puts both lists into the expression's order. Where both have
// something to say of one node, only our own, more telling, words stay.
func merge(ours, theirs []finding) Errors {
	var errs Errors
	for _, o := range ours {
		errs = append(errs, o.Error)
	}
	for _, t := range theirs {
		if !slices.ContainsFunc(ours, func(o finding) bool { return o.id == t.id }) {
			errs = append(errs, t.Error)
		}
	}
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return errs
}

// typeName is a CEL type in a person's words.
func typeName(t *cel.Type) string {
	if t.IsExactType(objectType) {
		return "the product"
	}
	switch t.Kind() {
	case types.StringKind:
		return "text"
	case types.IntKind, types.UintKind, types.DoubleKind:
		return "a number"
	case types.TimestampKind:
		return "an instant"
	case types.ListKind:
		return "a list"
	}
	return t.String()
}
