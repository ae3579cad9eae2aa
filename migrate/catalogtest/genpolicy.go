package catalogtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

// now is when the suite plans and applies: inside every policy's window.
var now = time.Date(2021, 10, 9, 12, 0, 0, 0, time.UTC)

// policies draws a policy for a world. Most can be planned; the others are
// there to be refused.
type policies struct {
	t       *rapid.T
	w       *World
	tree    *taxonomy.Tree
	removed []taxonomy.ID // named by the policy
}

// drawPolicy draws a policy for the world.
func (w *World) drawPolicy(t *rapid.T) *migrate.Policy {
	g := &policies{t: t, w: w, tree: w.tree()}
	p := &migrate.Policy{Name: "p", Reason: "because", Decisions: map[string]migrate.Decision{},
		Dates:     migrate.Dates{Effective: now.Add(-time.Hour), Expires: now.Add(time.Hour)},
		Elsewhere: pick(t, "elsewhere", migrate.ElsewhereDetach, migrate.ElsewhereTreat),
		Emptied:   pick(t, "emptied", migrate.EmptiedKeep, migrate.EmptiedRemove)}
	ids := rapid.Permutation(w.visible()).Draw(t, "removed")
	g.removed = ids[:rapid.IntRange(0, min(3, len(ids))).Draw(t, "entries")]
	for _, id := range g.removed {
		p.Remove = append(p.Remove, g.entry(id))
	}
	if w.Shape.Required || chance(t, 30, "delisted_to") {
		to := g.target()
		p.DelistedTo = &to
	}
	for range rapid.IntRange(0, 2).Draw(t, "decisions") {
		g.decide(p)
	}
	if len(p.Remove) == 0 || chance(t, 25, "sweep") {
		p.Sweep = append(p.Sweep, g.sweep())
	}
	if chance(t, 20, "close") {
		p.Close = append(p.Close, g.ref(pick(t, "closed", w.visible()...)))
	}
	if chance(t, 90, "answered") {
		p.References = append(p.References, migrate.ReferenceAnswer{Table: Vouchers, Then: migrate.OnRemoveDelete, Reason: "ended"})
	}
	if chance(t, 80, "banners answered") {
		p.References = append(p.References, migrate.ReferenceAnswer{Table: Banners, Column: "category_id", Then: migrate.OnRemoveDelete})
	}
	p.Drift = migrate.DriftPolicy{Arrived: pick(t, "arrived", migrate.ToleranceFail, migrate.ToleranceRules),
		Left: pick(t, "left", migrate.ToleranceFail, migrate.ToleranceSkip), Edited: pick(t, "edited", migrate.ToleranceFail, migrate.ToleranceSameFate)}
	return p
}

// tree is the world's, without what is hidden.
func (w *World) tree() *taxonomy.Tree {
	var nodes []taxonomy.Node
	for _, c := range w.Categories {
		if !c.Hidden {
			nodes = append(nodes, taxonomy.Node{ID: c.ID, Parent: c.Parent, Name: c.Name})
		}
	}
	tree, err := taxonomy.New(nodes)
	if err != nil {
		panic(err) // the generator makes sound trees
	}
	return tree
}

// ref points at a category by its path where that is its own, or by id.
func (g *policies) ref(id taxonomy.ID) migrate.CategoryRef {
	path := g.tree.Path(id).String()
	if len(g.tree.Lookup(path)) == 1 && !strings.Contains(path, "\n") && chance(g.t, 60, "by path") {
		return migrate.CategoryRef{Path: path}
	}
	return migrate.CategoryRef{ID: id}
}

// target is mostly a category that may take products.
func (g *policies) target() migrate.CategoryRef {
	all := g.w.visible()
	good := slices.DeleteFunc(slices.Clone(all), func(id taxonomy.ID) bool {
		return slices.ContainsFunc(g.removed, func(r taxonomy.ID) bool { return g.tree.Contains(r, id) }) ||
			slices.ContainsFunc(g.w.Categories, func(c Category) bool { return c.ID == id && c.Closed })
	})
	if len(good) == 0 || chance(g.t, 5, "any target") {
		good = all
	}
	return g.ref(pick(g.t, "target", good...))
}

func (g *policies) entry(id taxonomy.ID) migrate.Entry {
	e := migrate.Entry{Category: g.ref(id), Prohibited: chance(g.t, 25, "prohibited"),
		Subtree: pick(g.t, "subtree", migrate.SubtreeRemove, migrate.SubtreeRemove, migrate.SubtreePromote, migrate.SubtreePromote,
			migrate.SubtreeRefuse, migrate.SubtreeUnset)}
	switch pick(g.t, "redirect", "none", "none", "gone", "to") {
	case "gone":
		e.Redirect = &migrate.Redirect{Gone: true}
	case "to":
		e.Redirect = &migrate.Redirect{To: g.target()}
	}
	for i := range rapid.IntRange(0, 2).Draw(g.t, "rules") {
		r := g.rule(e.Prohibited, fmt.Sprintf("rule-%s-%d", id, i))
		r.When = g.condition()
		e.Rules = append(e.Rules, r)
	}
	e.Rules = append(e.Rules, g.rule(e.Prohibited, "rest-"+string(id)))
	return e
}

func (g *policies) rule(prohibited bool, name string) migrate.Rule {
	r := migrate.Rule{Name: name, Fate: pick(g.t, "fate", migrate.Delist, migrate.Reassign)}
	if r.Fate == migrate.Delist {
		r.Reason = "code-" + name
		return r
	}
	r.To = g.target()
	if prohibited && chance(g.t, 95, "cleared") {
		r.Cleared = "LEG-1"
	}
	return r
}

func (g *policies) condition() migrate.Condition {
	return pick[migrate.Condition](g.t, "when", Says{"title", "red"}, Says{"title", "矿机"}, Says{"state", "active"},
		Says{"seller", "ann"}, Says{"category", "A"}, Costs(10), Costs(0))
}

func (g *policies) sweep() migrate.SweepRule {
	s := migrate.SweepRule{Name: "sweep", When: g.condition(), Report: chance(g.t, 30, "report")}
	if !s.Report {
		s.Reason = "swept"
	}
	if chance(g.t, 50, "within") {
		s.Within = append(s.Within, g.ref(pick(g.t, "sweep within", g.w.visible()...)))
	}
	if chance(g.t, 30, "except") {
		s.Except = append(s.Except, g.ref(pick(g.t, "sweep except", g.w.visible()...)))
	}
	return s
}

// decide draws an answer for a product. What is outside the removed categories
// can be kept there, and not reassigned.
func (g *policies) decide(p *migrate.Policy) {
	if len(g.w.Products) == 0 {
		return
	}
	one := g.w.Products[rapid.IntRange(0, len(g.w.Products)-1).Draw(g.t, "decided")]
	inside := slices.ContainsFunc(one.in(), func(id taxonomy.ID) bool {
		return slices.ContainsFunc(g.removed, func(r taxonomy.ID) bool { return g.tree.Contains(r, id) })
	})
	if chance(g.t, 5, "whatever it is") {
		inside = !inside
	}
	fates := []migrate.Fate{migrate.Delist, migrate.Keep}
	if inside {
		fates = []migrate.Fate{migrate.Delist, migrate.Reassign}
	}
	d := migrate.Decision{Product: one.ID, Fate: pick(g.t, "decision", fates...), Reason: "seen", By: "eva"}
	if d.Fate == migrate.Reassign {
		d.To = g.target()
	}
	p.Decisions[one.ID] = d
}
