package policyfile

import (
	"fmt"

	"recat/migrate"
)

// sweep reads the rules for the same goods elsewhere.
func (r *reader) sweep(n *node) []migrate.SweepRule {
	var rules []migrate.SweepRule
	items := r.list(n)
	for _, item := range items {
		rules = append(rules, r.sweepRule(item))
	}
	r.uniqueNames(items, "sweep")
	taken := map[string]bool{}
	for _, rule := range rules {
		taken[rule.Name] = true
	}
	for i := range rules {
		if rules[i].Name == "" {
			rules[i].Name = freeName(taken, rules[i].Reason, fmt.Sprintf("sweep %d", i+1))
		}
	}
	return rules
}

func (r *reader) sweepRule(n *node) migrate.SweepRule {
	rule := migrate.SweepRule{Pos: n.pos}
	f := r.mapping(n, "rule", "within", "except", "when", "delist", "report")
	if f == nil {
		return rule
	}
	if v := f["rule"]; v != nil {
		rule.Name, _ = r.line(v)
	}
	if v := f["within"]; v != nil {
		rule.Within = r.categories(v)
	}
	if v := f["except"]; v != nil {
		rule.Except = r.categories(v)
	}
	if v := f["when"]; v != nil {
		rule.When = r.condition(v)
	} else {
		r.fail(n, "a sweep rule needs when")
	}
	r.sweepFate(n, f, &rule)
	return rule
}

func (r *reader) sweepFate(n *node, f fields, rule *migrate.SweepRule) {
	report := f["report"]
	if report != nil {
		rule.Report = r.boolean(report)
	}
	switch {
	case f["delist"] != nil && rule.Report:
		r.fail(n, "a sweep rule either delists or reports, not both")
	case f["delist"] != nil:
		rule.Reason, _ = r.line(f["delist"])
	case report == nil || report.text == "false":
		r.fail(n, "a sweep rule needs delist, or report: true")
	}
}
