package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"recat/migrate"
)

// Bounds on an expression and on what evaluating it may cost. The cost is
// counted only where a macro can repeat work; without one the work is bounded
// by the expression's length times the title's.
const (
	maxExpression  = 10_000 // characters
	maxNodes       = 5_000
	maxDepth       = 100
	maxRegexp      = 10_000 // instructions of a compiled pattern
	maxMacroNest   = 3
	maxMacroCost   = 10_000_000 // CEL cost units
	stringsVersion = 3          // of cel-go's string functions
)

// Env compiles conditions over products that have the given fields. It may be
// used by several goroutines.
type Env struct {
	fields map[string]migrate.Kind // the built-in ones included
	names  []string                // their names, sorted
	open   bool                    // any other field is taken to be there, of any type
	cel    func() (*cel.Env, error)
}

// NewEnv makes an Env for the mapping's fields. The error names every field
// that is not an identifier, is reserved, or shadows a built-in or another.
// CEL itself starts with the first condition compiled.
func NewEnv(fields []Field) (*Env, error) {
	e := &Env{fields: map[string]migrate.Kind{}}
	for _, f := range builtins {
		e.fields[f.Name] = f.Kind
	}
	if err := e.declare(fields); err != nil {
		return nil, err
	}
	for name := range e.fields {
		e.names = append(e.names, name)
	}
	slices.Sort(e.names)
	e.cel = sync.OnceValues(e.start)
	return e, nil
}

// NewOpenEnv makes an Env for products of a mapping that is not at hand: a
// field that nobody declared is taken to be there, and to be what the condition
// takes it for.
func NewOpenEnv() *Env {
	e, err := NewEnv(nil)
	if err != nil {
		panic(err) // there is no field to be refused
	}
	e.open = true
	return e
}

// knows reports whether products have a field of that name.
func (e *Env) knows(name string) bool {
	_, ok := e.fields[name]
	return ok || e.open && identifier.MatchString(name)
}

func (e *Env) declare(fields []Field) error {
	var errs []error
	for _, f := range fields {
		if msg := e.refuse(f); msg != "" {
			errs = append(errs, fmt.Errorf("field %q %s", f.Name, msg))
			continue
		}
		e.fields[f.Name] = f.Kind
	}
	return errors.Join(errs...)
}

var identifier = regexp.MustCompile(`^[_a-zA-Z][_a-zA-Z0-9]*$`)

// reserved are the words that CEL keeps for itself, and the method names.
var reserved = []string{"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for",
	"function", "if", "import", "let", "loop", "package", "namespace", "return", "var", "void", "while",
	isNullName, hasWordName}

// refuse says why a field cannot be declared; "" where it can.
func (e *Env) refuse(f Field) string {
	_, taken := e.fields[f.Name]
	switch {
	case !identifier.MatchString(f.Name):
		return "is not an identifier"
	case slices.Contains(reserved, f.Name):
		return "is a reserved word"
	case slices.ContainsFunc(builtins, func(b Field) bool { return b.Name == f.Name }):
		return "shadows a built-in field"
	case taken:
		return "is declared twice"
	case celType(f.Kind) == nil:
		return "has no type"
	}
	return ""
}

// celType is the type by which a condition sees a field; nil for none.
func celType(k migrate.Kind) *cel.Type {
	switch k {
	case migrate.Text:
		return cel.StringType
	case migrate.Int:
		return cel.IntType
	case migrate.Float:
		return cel.DoubleType
	case migrate.Bool:
		return cel.BoolType
	case migrate.Bytes:
		return cel.BytesType
	case migrate.Time:
		return cel.TimestampType
	}
	return nil
}

// start builds the CEL environment.
func (e *Env) start() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	opts := []cel.EnvOption{
		cel.CustomTypeAdapter(registry),
		cel.CustomTypeProvider(&provider{Registry: registry, env: e}),
		cel.Variable(variable, cel.ObjectType(productType)),
		cel.CrossTypeNumericComparisons(true),
		cel.EnableMacroCallTracking(), // so that two macros can be told to be the same
		ext.Strings(ext.StringsVersion(stringsVersion)),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes),
		cel.RegexProgramSizeLimit(maxRegexp),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(),
			cel.ValidateDurationLiterals(), cel.ValidateComprehensionNestingLimit(maxMacroNest)),
	}
	return cel.NewEnv(append(opts, methods()...)...)
}
