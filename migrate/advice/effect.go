package advice

import (
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// noEffect looks for settings that only matter with others that are not there.
func (c *checker) noEffect() {
	p := c.policy
	_, all := c.prohibits()
	for _, one := range []struct {
		setting string
		idle    bool
		why     string
	}{
		{"delisted_to", p.DelistedTo != nil && !c.delistsInside(), "no product of a removed category is delisted"},
		{"emptied", p.Emptied == migrate.EmptiedRemove && len(c.gone) == 0, "no category is removed"},
		{"elsewhere", p.Elsewhere == migrate.ElsewhereTreat && len(c.gone) == 0, "no category is removed"},
		{"elsewhere", p.Elsewhere == migrate.ElsewhereTreat && all, "prohibited products are treated wherever they live"},
		{"decisions", len(p.Decisions) > 0 && len(c.gone) == 0 && len(p.Sweep) == 0, "no product is decided"},
		{"references", len(p.References) > 0 && len(c.gone) == 0, "no category is removed"},
		{"drift", len(c.tolerates()) > 0 && len(c.gone) == 0 && len(p.Sweep) == 0, "no product is decided"},
		{"drift", len(c.tolerates()) > 0 && p.Limits.Drift != nil && *p.Limits.Drift == 0, "limits.drift is 0"},
		{"penalties", len(p.Penalties) > 0 && p.Dates.Enforced.IsZero(), "dates.enforced does not say from when violations count"},
	} {
		if one.idle {
			c.report(c.at(one.setting), "%s does nothing: %s", one.setting, one.why)
		}
	}
	for _, w := range p.Sweep {
		c.idleExcept(w)
		c.idleWithin(w)
	}
}

// delistsInside reports whether a product of a removed category is delisted.
func (c *checker) delistsInside() bool {
	for _, r := range c.gone {
		if slices.ContainsFunc(r.Rules, func(r migrate.Rule) bool { return r.Fate == migrate.Delist }) {
			return true
		}
	}
	for _, d := range c.policy.Decisions {
		if d.Fate == migrate.Delist {
			return true
		}
	}
	return len(c.policy.Sweep) > 0 && len(c.gone) > 0
}

// idleExcept looks for exceptions outside the places that a sweep looks in.
func (c *checker) idleExcept(w migrate.SweepRule) {
	if len(w.Within) == 0 {
		return
	}
	for _, e := range w.Except {
		at := c.locate(e)
		if !slices.ContainsFunc(w.Within, func(in migrate.CategoryRef) bool { return at.in(c.locate(in)) || c.locate(in).in(at) }) {
			c.report(e.Pos, "except does nothing: sweep %s does not look in %q", w.Name, e)
		}
	}
}

// idleWithin looks for a sweep that only looks where entries decide.
func (c *checker) idleWithin(w migrate.SweepRule) {
	if len(w.Within) == 0 || slices.ContainsFunc(w.Within, func(ref migrate.CategoryRef) bool { return !c.decides(c.locate(ref)) }) {
		return
	}
	names := make([]string, len(w.Within))
	for i, ref := range w.Within {
		names[i] = fmt.Sprintf("%q", ref)
	}
	c.report(w.Pos, "sweep %s does nothing: entries decide all products in %s", w.Name, strings.Join(names, ", "))
}

// decides reports whether entries govern a place and all below it.
func (c *checker) decides(p place) bool {
	r := c.governor(p)
	if r == nil {
		return false
	}
	return c.subtree(r) == migrate.SubtreeRemove || p.tree != nil && p.tree.IsLeaf(p.id)
}
