package rule

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/common"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
)

// inspection is what a walk over a parsed expression finds out.
type inspection struct {
	env    *Env
	source *source
	fields map[string]bool // read by name
	whole  bool            // the product is used otherwise: everything is read
	macros bool            // work may be repeated
	known  map[int64]bool  // the uses of product that read one field
	errs   []finding
}

// finding is a defect of the expression's node id.
type finding struct {
	id int64
	*Error
}

// inspect finds what a condition reads, and the defects that the type checker
// does not know or does not tell well.
func (e *Env) inspect(ast *celast.AST, src common.Source) *inspection {
	look := &inspection{env: e, source: &source{src, ast.SourceInfo()},
		fields: map[string]bool{}, known: map[int64]bool{}}
	celast.PreOrderVisit(ast.Expr(), celast.NewExprVisitor(look.visit))
	return look
}

func (l *inspection) visit(e celast.Expr) {
	switch e.Kind() {
	case celast.SelectKind:
		l.visitSelect(e)
	case celast.CallKind:
		l.visitCall(e)
	case celast.ComprehensionKind:
		l.macros = true
		if c := e.AsComprehension(); c.IterVar() == variable || c.IterVar2() == variable {
			l.defect(e, "a macro's variable may not be called %s", variable)
		}
	case celast.IdentKind:
		if isProduct(e) && !l.known[e.ID()] {
			l.whole = true
		}
	}
}

func isProduct(e celast.Expr) bool {
	return e.Kind() == celast.IdentKind && e.AsIdent() == variable
}

func (l *inspection) visitSelect(e celast.Expr) {
	sel := e.AsSelect()
	if !isProduct(sel.Operand()) {
		return
	}
	l.known[sel.Operand().ID()] = true
	name := sel.FieldName()
	l.fields[name] = true
	if !l.env.knows(name) {
		at := l.source.field(sel.Operand().ID(), name)
		l.errs = append(l.errs, finding{e.ID(), l.source.errorAt(at, l.env.unknownField(name))})
	}
}

func (l *inspection) visitCall(e celast.Expr) {
	call := e.AsCall()
	name := call.FunctionName()
	switch {
	case slices.Contains(refused, name):
		at := l.source.name(e.ID(), name)
		l.errs = append(l.errs, finding{e.ID(), l.source.errorAt(at, name+" is not available in conditions")})
	case len(call.Args()) != 1 || !call.IsMemberFunction():
		return
	case name == isNullName:
		l.visitIsNull(call)
	case name == hasWordName:
		l.visitHasWord(call.Args()[0])
	case name == overloads.Matches:
		l.visitMatches(call.Args()[0])
	case slices.Contains(calendar, name):
		l.visitZone(call.Args()[0], name)
	}
}

// refused are the functions whose results grow beyond bounds when they are
// chained.
var refused = []string{"replace", "join", "format", "strings.quote"}

func (l *inspection) visitIsNull(call celast.CallExpr) {
	if !isProduct(call.Target()) {
		return
	}
	arg := call.Args()[0]
	name, ok := literal(arg)
	if !ok {
		return // the product counts as read whole
	}
	l.known[call.Target().ID()] = true
	l.fields[name] = true
	if !l.env.knows(name) {
		l.defect(arg, "%s", l.env.unknownField(name))
	}
}

func (l *inspection) defect(e celast.Expr, format string, args ...any) {
	at := l.source.offset(e.ID())
	l.errs = append(l.errs, finding{e.ID(), l.source.errorAt(at, fmt.Sprintf(format, args...))})
}

// reads lists the fields, sorted, as migrate.Condition wants them.
func (l *inspection) reads() []string {
	var names []string
	for _, name := range l.env.names {
		if name != fieldID && (l.whole || l.fields[name]) {
			names = append(names, name)
		}
	}
	if l.env.open {
		names = l.undeclared(names)
	}
	return names
}

// undeclared adds the fields that an open Env takes to be there.
func (l *inspection) undeclared(names []string) []string {
	for name := range l.fields {
		if _, declared := l.env.fields[name]; !declared {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
