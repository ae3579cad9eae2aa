package rule

import (
	"fmt"
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"

	"recat/migrate"
)

// unknownField says that a product has no such field, and which is nearest.
func (e *Env) unknownField(name string) string {
	msg := fmt.Sprintf("product has no field %q", printable(name))
	if near := migrate.Nearest(name, e.names); len(near) > 0 {
		msg += fmt.Sprintf("; did you mean %q?", near[0])
	}
	return msg
}

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	overload   = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
)

// issues turns CEL's findings into ours.
func (e *Env) issues(iss *cel.Issues, src *source) []finding {
	if iss.Err() == nil {
		return nil
	}
	var found []finding
	for _, one := range iss.Errors() {
		f := finding{one.ExprID, &Error{max(1, one.Location.Line()), max(0, one.Location.Column()) + 1, ""}}
		f.Msg = e.reword(one.Message)
		if m := undeclared.FindStringSubmatch(one.Message); m != nil && src != nil {
			f.Error = src.errorAt(src.name(one.ExprID, m[1]), f.Msg)
		}
		found = append(found, f)
	}
	return found
}

// reword puts CEL's messages into the words of the rest of the program.
func (e *Env) reword(msg string) string {
	if m := undeclared.FindStringSubmatch(msg); m != nil {
		return e.unknownName(m[1])
	}
	if m := overload.FindStringSubmatch(msg); m != nil {
		name := m[1]
		if symbol, ok := operators.FindReverse(name); ok && symbol != "" {
			name = symbol
		}
		args := strings.NewReplacer(productType, variable, "google.protobuf.Timestamp", "timestamp",
			"google.protobuf.Duration", "duration").Replace(m[2])
		return printable(fmt.Sprintf("%s cannot be applied to %s", name, args))
	}
	msg, _, _ = strings.Cut(msg, " expecting {")
	msg = strings.Replace(msg, "Syntax error", "syntax error", 1)
	return printable(strings.ReplaceAll(msg, "'<EOF>'", "the end"))
}

func (e *Env) unknownName(name string) string {
	if _, ok := e.fields[name]; ok {
		return fmt.Sprintf("unknown name %q; write product.%s", name, name)
	}
	msg := fmt.Sprintf("unknown name %q", printable(name))
	if near := migrate.Nearest(name, append([]string{variable, "true", "false"}, suggested...)); len(near) > 0 {
		msg += fmt.Sprintf("; did you mean %q?", near[0])
	}
	return msg
}

// suggested are the functions and methods worth suggesting.
var suggested = []string{hasWordName, isNullName, "matches", "contains", "startsWith", "endsWith", "size",
	"lowerAscii", "upperAscii", "trim", "split", "substring", "indexOf", "charAt", "exists", "all", "has"}
