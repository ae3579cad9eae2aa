package advice

import (
	"errors"
	"slices"

	"recat/migrate"
)

// target is a category that something is sent to, with what that is.
type target struct {
	ref migrate.CategoryRef
	pos migrate.Pos
	by  string
}

// targets lists where the policy sends something.
func (c *checker) targets() []target {
	var out []target
	add := func(ref migrate.CategoryRef, by string) {
		out = append(out, target{ref, ref.Pos, by})
	}
	for _, r := range c.gone {
		if r.Redirect != nil && !r.Redirect.Gone {
			add(r.Redirect.To, "redirect")
		}
		for _, rule := range r.Rules {
			if rule.Fate == migrate.Reassign {
				add(rule.To, "rule "+rule.Name)
			}
		}
	}
	for _, id := range c.decided() {
		if d := c.policy.Decisions[id]; d.Fate == migrate.Reassign {
			add(d.To, "the answer for product "+id)
		}
	}
	if c.policy.DelistedTo != nil {
		add(*c.policy.DelistedTo, "delisted_to")
	}
	return out
}

func (c *checker) targetRemoved() {
	for _, t := range c.targets() {
		if r := c.dead(t.ref); r != nil && !r.Prohibited {
			c.report(t.pos, "%s leads to %q, which the policy removes with %q", t.by, t.ref, r.Category)
		}
	}
}

func (c *checker) targetProhibited() {
	for _, t := range c.targets() {
		if r := c.dead(t.ref); r != nil && r.Prohibited {
			c.report(t.pos, "%s leads to %q, which the policy prohibits with %q", t.by, t.ref, r.Category)
		}
	}
}

// notFound tells what the catalog does not have.
func (c *checker) notFound() {
	var files migrate.FileErrors
	if errors.As(c.refuse, &files) {
		for _, f := range files {
			c.report(f.Pos, "%s", f.Msg)
		}
	}
}

// refused tells what a plan would meet, but for what other rules tell better.
func (c *checker) refused() {
	var refused *migrate.RefusedError
	if !errors.As(c.refuse, &refused) {
		return
	}
	var dead []migrate.Pos
	for _, t := range c.targets() {
		if c.dead(t.ref) != nil {
			dead = append(dead, t.pos)
		}
	}
	for _, r := range refused.Refusals {
		if slices.Contains(dead, r.Pos) {
			continue
		}
		msg := r.What
		if r.Answer != "" {
			msg += "; " + r.Answer
		}
		c.report(r.Pos, "%s", msg)
	}
}

// redirectUnclear looks for pages without a successor among those whose
// products go on.
func (c *checker) redirectUnclear() {
	for _, r := range c.gone {
		if r.Prohibited || r.Redirect != nil {
			continue
		}
		to := map[string]bool{}
		for _, rule := range r.Rules {
			if rule.Fate == migrate.Reassign {
				to[rule.To.String()] = true
			}
		}
		if len(to) > 1 {
			c.report(r.Pos, "the products of %q go to %d categories, and nothing says where its page goes", r.Category, len(to))
		}
	}
}

// bareParent looks for surviving categories that are left with nothing.
func (c *checker) bareParent() {
	if c.policy.Emptied == migrate.EmptiedRemove || c.scheme == nil {
		return
	}
	t, gone := c.Catalog.categories.Tree, map[string]bool{}
	removed := c.scheme.Removed()
	for _, id := range removed {
		gone[string(id)] = true
	}
	seen := map[string]bool{}
	for _, id := range removed {
		parent := t.Parent(id)
		if parent == "" || gone[string(parent)] || seen[string(parent)] || !c.emptied(parent, gone) {
			continue
		}
		seen[string(parent)] = true
		c.report(c.at("emptied"), "%q is left with no child and no product", t.Path(parent).String())
	}
}
