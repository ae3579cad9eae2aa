package policyfile

import (
	"strings"

	"recat/migrate"
)

// condition compiles an expression and puts its defects where they stand in
// the policy.
func (r *reader) condition(n *node) migrate.Condition {
	if n.kind == scalar && strings.TrimSpace(n.text) == "" {
		r.fail(n, "%s is empty; a rule for every product has none", n.name)
		return nil
	}
	if _, ok := r.paragraph(n); !ok {
		return nil
	}
	cond, err := r.conditions.Compile(n.text)
	if err != nil {
		r.inCondition(n, err)
		return nil
	}
	return cond
}

func (r *reader) inCondition(n *node, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			r.inCondition(n, one)
		}
		return
	}
	at, ok := err.(Positioned)
	if !ok {
		r.fail(n, "%s", err)
		return
	}
	line, column := at.Position()
	r.failAt(r.text.within(n, line, column), "%s", at.Message())
}
