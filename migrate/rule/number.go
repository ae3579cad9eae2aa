package rule

import (
	"regexp"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
)

// check checks an expression's types. CEL compares numbers of different kinds
// when it evaluates; its checker knows <, > and their like between them but
// not ==, != and in, so those it complains of are told to take any type.
func check(env *cel.Env, ast *cel.Ast) (*cel.Ast, *cel.Issues) {
	checked, iss := env.Check(ast)
	loose := map[int64]bool{}
	for range maxDepth {
		if !addMixed(loose, iss) {
			break
		}
		fresh, _ := env.ParseSource(ast.Source()) // a check leaves marks on what it checks
		loosen(fresh.NativeRep(), loose)
		checked, iss = env.Check(fresh)
	}
	return checked, iss
}

var mixedMessage = regexp.MustCompile(`^found no matching overload for '(?:_[=!]=_|@in)' applied to ` +
	`'\((?:int|uint|double), (?:(?:int|uint|double)|list\((?:int|uint|double)\))\)'$`)

// addMixed adds the nodes where numbers of two kinds meet, if there are any.
func addMixed(to map[int64]bool, iss *cel.Issues) bool {
	if iss.Err() == nil {
		return false
	}
	before := len(to)
	for _, one := range iss.Errors() {
		if mixedMessage.MatchString(one.Message) {
			to[one.ExprID] = true
		}
	}
	return len(to) > before
}

// loosen wraps the first operand of the calls in dyn().
func loosen(ast *celast.AST, calls map[int64]bool) {
	next := celast.MaxID(ast)
	factory := celast.NewExprFactory()
	celast.PostOrderVisit(ast.Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if !calls[e.ID()] || e.Kind() != celast.CallKind {
			return
		}
		call := e.AsCall()
		args := append([]celast.Expr{}, call.Args()...)
		args[0] = factory.NewCall(next, "dyn", args[0])
		next++
		e.SetKindCase(factory.NewCall(e.ID(), call.FunctionName(), args...))
	}))
}
