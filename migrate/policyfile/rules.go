package policyfile

import (
	"fmt"

	"recat/migrate"
)

// ruleSet is what becomes of a category's products.
type ruleSet struct {
	rules     []migrate.Rule
	uncleared []*node // reassignments without `cleared`
}

// wantCleared reports them, where the category is prohibited.
func (r *reader) wantCleared(set *ruleSet) {
	for _, n := range set.uncleared {
		r.fail(n, "in a prohibited category, reassign needs cleared: why the products may stay on sale")
	}
}

// wholeRule names the rule of a short `products`.
const wholeRule = "products"

// products reads `delist`, a single rule, or a list of rules.
func (r *reader) products(n *node) *ruleSet {
	set := &ruleSet{}
	if n.kind != list {
		if rule, ok := r.rule(n, set); ok {
			set.rules = append(set.rules, rule)
		}
		nameRules(set.rules, func(int) string { return wholeRule })
		return set
	}
	var all *node // the rule that takes every product
	for _, item := range r.list(n) {
		if all != nil {
			r.fail(item, "no product comes to this rule: the one on line %d takes every product", all.pos.Line)
		}
		rule, ok := r.rule(item, set)
		if ok {
			set.rules = append(set.rules, rule)
		}
		if all == nil && (item.kind == mapping && !item.has("when") || item.kind == scalar) {
			all = item
		}
	}
	r.uniqueNames(n.items, "rule")
	nameRules(set.rules, func(i int) string { return fmt.Sprintf("rule %d", i+1) })
	return set
}

// rule reads one rule; its name is left empty where none is given.
func (r *reader) rule(n *node, set *ruleSet) (migrate.Rule, bool) {
	rule := migrate.Rule{Pos: n.pos}
	if n.kind != mapping {
		s, ok := r.line(n)
		if ok && s != string(migrate.Delist) {
			r.fail(n, "%s is delist, {reassign: CATEGORY} or a list of rules", n.name)
		}
		rule.Fate = migrate.Delist
		return rule, s == string(migrate.Delist)
	}
	before := len(r.errs)
	f := r.mapping(n, "rule", "when", "reassign", "delist", "cleared")
	if v := f["rule"]; v != nil {
		rule.Name, _ = r.line(v)
	}
	if v := f["when"]; v != nil {
		rule.When = r.condition(v)
	}
	r.fate(n, f, &rule, set)
	return rule, len(r.errs) == before
}

// fate reads what the rule does.
func (r *reader) fate(n *node, f fields, rule *migrate.Rule, set *ruleSet) {
	switch {
	case n.has("reassign") && n.has("delist"):
		r.fail(n, "a rule either reassigns or delists, not both")
	case f["reassign"] != nil:
		rule.Fate = migrate.Reassign
		rule.To, _ = r.category(f["reassign"])
	case f["delist"] != nil:
		rule.Fate = migrate.Delist
		rule.Reason, _ = r.line(f["delist"])
	default:
		r.fail(n, "a rule needs reassign or delist")
	}
	switch cleared := f["cleared"]; {
	case cleared != nil && n.has("reassign"):
		rule.Cleared, _ = r.paragraph(cleared)
	case cleared != nil:
		r.fail(cleared, "cleared is for a rule that reassigns")
	case f["reassign"] != nil:
		set.uncleared = append(set.uncleared, f["reassign"])
	}
}

// uniqueNames reports names that a person gave to two rules of a list.
func (r *reader) uniqueNames(items []*node, what string) {
	seen := map[string]*node{}
	for _, item := range items {
		for _, e := range item.entries {
			if e.key.text != "rule" || e.value.kind != scalar {
				continue
			}
			if first, ok := seen[e.value.text]; ok {
				r.fail(e.value, "two rules are called %s, the first on line %d", show(e.value.text), first.pos.Line)
			} else {
				seen[e.value.text] = e.value
			}
		}
	}
}

// nameRules gives names to rules without one: their reason code, or else one
// made from their place.
func nameRules(rules []migrate.Rule, place func(i int) string) {
	taken := map[string]bool{}
	for _, rule := range rules {
		taken[rule.Name] = true
	}
	for i := range rules {
		if rules[i].Name == "" {
			rules[i].Name = freeName(taken, rules[i].Reason, place(i))
		}
	}
}

// freeName gives the reason, the place, or both until nothing has the name.
func freeName(taken map[string]bool, reason, place string) string {
	name := reason
	if name == "" {
		name = place
	}
	for taken[name] {
		name += ", " + place
	}
	taken[name] = true
	return name
}
