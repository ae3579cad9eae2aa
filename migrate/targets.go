package migrate

import (
	"fmt"
	"slices"

	"recat/taxonomy"
)

// bindTargets finds every category that something goes to, and refuses those
// that cannot take it.
func (b *builder) bindTargets() {
	if b.policy.DelistedTo != nil && len(b.removed) > 0 {
		b.delistedTo = b.target(*b.policy.DelistedTo)
		b.checkFilled(b.policy.DelistedTo.Pos)
	}
	bound := map[int]*boundRules{}
	for _, id := range b.Removed() {
		r := b.removed[id]
		if r.entry == nil {
			continue
		}
		if bound[r.index] == nil {
			bound[r.index] = b.bindRules(r.entry)
		}
		r.rules = bound[r.index]
		r.successor = b.successor(r)
	}
	b.bindSweep()
	b.bindDecisions()
}

// bindRules finds the targets of an entry's rules and sums up what they read.
func (b *builder) bindRules(e *Entry) *boundRules {
	out := &boundRules{}
	var reads []string
	for i := range e.Rules {
		r := &e.Rules[i]
		if r.When != nil {
			reads = append(slices.Clone(reads), r.When.Reads()...)
			slices.Sort(reads)
			reads = slices.Compact(reads)
		}
		rule := boundRule{Rule: r, reads: reads}
		if r.Fate == Reassign {
			rule.to = b.target(r.To)
			b.checkFilled(r.Pos)
			if e.Prohibited && r.Cleared == "" {
				b.refuse(r.Pos, "say cleared: …", "%s is prohibited: reassigning needs `cleared`", e.Category)
			}
		}
		if r.Fate == Delist && !b.shape.Delists {
			b.refuse(r.Pos, "say in the mapping: delist: [{set: …}]", "the mapping does not say how to delist a product")
		}
		out.rules = append(out.rules, rule)
	}
	return out
}

// successor is where the page of a removed category goes; "" is gone.
func (b *builder) successor(r *removal) taxonomy.ID {
	switch e := r.entry; {
	case e.Redirect != nil && e.Redirect.Gone:
		return ""
	case e.Redirect != nil:
		return b.target(e.Redirect.To)
	case r.prohibited:
		return ""
	default:
		return r.rules.single()
	}
}

// single is the one target all rules agree on, or "".
func (r *boundRules) single() taxonomy.ID {
	var to taxonomy.ID
	for _, rule := range r.rules {
		if rule.Fate != Reassign || (to != "" && rule.to != to) {
			return ""
		}
		to = rule.to
	}
	return to
}

// target finds a category to send something to, follows it where the plan
// removes it in favour of a single other, and checks that it can receive.
func (b *builder) target(ref CategoryRef) taxonomy.ID {
	seen := map[taxonomy.ID]bool{}
	at := ref
	for {
		id, gone, err := b.find.category(at)
		if gone {
			err = &FileError{Pos: at.Pos, Msg: fmt.Sprintf("category %q was removed by an earlier run", at)}
		}
		if err != nil {
			b.fault(err)
			return ""
		}
		r := b.removed[id]
		if r == nil {
			b.checkOpen(ref, id)
			b.targets[id] = true
			return id
		}
		next, ok := b.chain(r)
		if !ok || seen[id] {
			why := "is removed by this plan"
			if r.prohibited {
				why = "is prohibited and removed by this plan"
			} else if seen[id] {
				why = "leads back to itself"
			}
			b.refuse(ref.Pos, "", "the target %s %s", b.quote(id), why)
			return id
		}
		seen[id] = true
		at = next
	}
}

// chain is where a removed category's products all go, if there is one place.
func (b *builder) chain(r *removal) (CategoryRef, bool) {
	if r.entry == nil || r.prohibited || len(r.entry.Rules) != 1 {
		return CategoryRef{}, false
	}
	rule := r.entry.Rules[0]
	return rule.To, rule.Fate == Reassign && rule.When == nil
}

// checkFilled refuses to send products to a category where rules of the
// platform's own decide what is in one: its next run would undo it.
func (b *builder) checkFilled(at Pos) {
	if b.shape.RuleBased {
		b.refuse(at, "delist them, or change the platform's rules first",
			"nothing can be sent to another category: rules of the platform's own decide what is in one (memberships.rule_based)")
	}
}

func (b *builder) checkOpen(ref CategoryRef, id taxonomy.ID) {
	if b.cats.Closed[id] || b.closing[id] {
		b.refuse(ref.Pos, "", "the target %s is not open to products", b.quote(id))
	}
}

func (b *builder) bindSweep() {
	for i := range b.policy.Sweep {
		w := &b.policy.Sweep[i]
		if !w.Report && !b.shape.Delists {
			b.refuse(w.Pos, "say in the mapping: delist: [{set: …}]", "the mapping does not say how to delist a product")
		}
		bound := boundSweep{SweepRule: w, reads: w.When.Reads()}
		bound.within = b.sweptPlaces(w.Within)
		bound.except = b.sweptPlaces(w.Except)
		b.checkExcept(w, bound.except)
		if len(w.Within) > 0 && len(bound.within) == 0 {
			continue // every place it looked in was removed before
		}
		b.sweep = append(b.sweep, bound)
	}
}

// checkExcept refuses an exception that goes while something below it stays:
// planning again would sweep there.
func (b *builder) checkExcept(w *SweepRule, except []taxonomy.ID) {
	for _, id := range except {
		for below := range b.cats.Tree.Subtree(id) {
			if b.removed[id] != nil && b.removed[below] == nil {
				b.refuse(w.Pos, fmt.Sprintf("except {id: %q}", below), "sweep %s excepts %s, which is removed while %s stays",
					w.Name, b.quote(id), b.quote(below))
				break
			}
		}
	}
}

// sweptPlaces finds the categories a sweep is bounded by; removed ones fall away.
func (b *builder) sweptPlaces(refs []CategoryRef) []taxonomy.ID {
	var ids []taxonomy.ID
	for _, ref := range refs {
		id, gone, err := b.find.category(ref)
		b.fault(err)
		if err == nil && !gone {
			ids = append(ids, id)
		}
	}
	return ids
}

// bindDecisions finds the targets of people's answers. Where the policy has
// nothing left to remove, nothing is sent there any more: they only tell what
// was sent before.
func (b *builder) bindDecisions() {
	b.checkAnswers()
	b.decisions = make(map[string]boundDecision, len(b.policy.Decisions))
	for id, d := range b.policy.Decisions {
		bound := boundDecision{Decision: d}
		switch {
		case d.Fate == Delist && !b.shape.Delists && len(b.removed)+len(b.sweep) > 0:
			b.refuse(d.Pos, "say in the mapping: delist: [{set: …}]", "the mapping does not say how to delist a product")
		case d.Fate != Reassign:
		case len(b.removed) > 0:
			bound.to = b.target(d.To)
			bound.at = bound.to
			b.checkFilled(d.Pos)
		default:
			bound.at, bound.gone, _ = b.find.category(d.To)
		}
		b.decisions[id] = bound
	}
}
