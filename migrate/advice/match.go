package advice

import (
	"fmt"
	"slices"

	"recat/migrate"
	"recat/migrate/rule"
	"recat/taxonomy"
)

// emptied reports whether a category that stays is left with no child and no
// product.
func (c *checker) emptied(id taxonomy.ID, gone map[string]bool) bool {
	t := c.Catalog.categories.Tree
	for _, child := range t.Children(id) {
		if !gone[string(child)] {
			return false
		}
		for _, below := range t.Children(child) { // one that is lifted up
			if !gone[string(below)] {
				return false
			}
		}
	}
	held, err := c.Catalog.occupied([]taxonomy.ID{id})
	if err != nil {
		c.err = err
	}
	return err == nil && !held[id]
}

// ruleLists gives the lists of rules that decide products; entries that share
// one have it once.
func (c *checker) ruleLists() [][]migrate.Rule {
	type list struct {
		at migrate.Pos
		n  int
	}
	seen := map[list]bool{}
	var out [][]migrate.Rule
	for _, r := range c.gone {
		if len(r.Rules) == 0 || seen[list{r.Rules[0].Pos, len(r.Rules)}] {
			continue
		}
		seen[list{r.Rules[0].Pos, len(r.Rules)}] = true
		out = append(out, r.Rules)
	}
	return out
}

// neverMatches looks at rules and sweeps in the order in which they are tried.
func (c *checker) neverMatches() {
	for _, rules := range c.ruleLists() {
		var before []migrate.Condition
		for _, one := range rules {
			c.unmatched(one.Pos, "rule "+one.Name, one.When, before)
			if one.When != nil {
				before = append(before, one.When)
			}
		}
	}
	for i, w := range c.policy.Sweep {
		if place, in := c.leftOut(w); place != "" {
			c.report(w.Pos, "sweep %s looks within %q only, and leaves out %q", w.Name, place, in)
			continue
		}
		var before []migrate.Condition
		for _, earlier := range c.policy.Sweep[:i] {
			if c.covers(earlier, w) {
				before = append(before, earlier.When)
			}
		}
		c.unmatched(w.Pos, "sweep "+w.Name, w.When, before)
	}
}

// unmatched reports a condition that no product can satisfy, or none that
// comes to it.
func (c *checker) unmatched(pos migrate.Pos, name string, when migrate.Condition, before []migrate.Condition) {
	switch {
	case when == nil && len(before) > 0 && slices.ContainsFunc(before, rule.Always):
		c.report(pos, "no product comes to %s: a condition before it is true of all", name)
	case when == nil:
	case rule.Never(when):
		c.report(pos, "no product can match %s: its condition contradicts itself", name)
	case len(before) > 0 && rule.Never(when, before...):
		c.report(pos, "no product comes to %s: those before it take all that it would", name)
	}
}

// leftOut gives a place that a sweep looks in, and the exception around it,
// where that is so of every place.
func (c *checker) leftOut(w migrate.SweepRule) (place, in string) {
	for _, ref := range w.Within {
		i := slices.IndexFunc(w.Except, func(e migrate.CategoryRef) bool { return c.locate(ref).in(c.locate(e)) })
		if i < 0 {
			return "", ""
		}
		place, in = ref.String(), w.Except[i].String()
	}
	return place, in
}

// covers reports whether the first sweep looks everywhere that the second does.
func (c *checker) covers(first, second migrate.SweepRule) bool {
	around := func(ref migrate.CategoryRef, by []migrate.CategoryRef) bool {
		return slices.ContainsFunc(by, func(b migrate.CategoryRef) bool { return c.locate(ref).in(c.locate(b)) })
	}
	if len(first.Within) > 0 {
		if len(second.Within) == 0 || slices.ContainsFunc(second.Within, func(r migrate.CategoryRef) bool { return !around(r, first.Within) }) {
			return false
		}
	}
	return !slices.ContainsFunc(first.Except, func(r migrate.CategoryRef) bool { return !around(r, second.Except) })
}

func (c *checker) sweepsEverything() {
	for _, w := range c.policy.Sweep {
		if len(w.Within) == 0 && !w.Report && rule.Always(w.When) {
			c.report(w.Pos, "the condition of sweep %s is true of every product", w.Name)
		}
	}
}

func (c *checker) alwaysMatches() {
	for _, rules := range c.ruleLists() {
		for _, one := range rules {
			if one.When != nil && rule.Always(one.When) {
				c.report(one.Pos, "the condition of rule %s is true of every product", one.Name)
			}
		}
	}
	for _, w := range c.policy.Sweep {
		if (len(w.Within) > 0 || w.Report) && rule.Always(w.When) {
			c.report(w.Pos, "the condition of sweep %s is true of every product", w.Name)
		}
	}
}

func (c *checker) noLastRule() {
	for _, r := range c.gone {
		if len(r.Rules) == 0 {
			c.report(r.Pos, "nothing says what becomes of the products of %q", r.Category)
			continue
		}
		if last := r.Rules[len(r.Rules)-1]; last.When != nil && !rule.Always(last.When) {
			c.report(last.Pos, "rule %s is the last for %q and has a condition", last.Name, r.Category)
		}
	}
}

func (c *checker) mindsCase() {
	look := func(pos migrate.Pos, name string, when migrate.Condition) {
		if when == nil {
			return
		}
		for _, text := range rule.CaseBound(when) {
			c.report(pos, "%s asks for %s, which minds capital letters", name, short(text))
		}
	}
	for _, rules := range c.ruleLists() {
		for _, one := range rules {
			look(one.Pos, "rule "+one.Name, one.When)
		}
	}
	for _, w := range c.policy.Sweep {
		look(w.Pos, "sweep "+w.Name, w.When)
	}
}

// short cuts what is long.
func short(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return fmt.Sprintf("%s…", string(r[:most]))
	}
	return s
}
