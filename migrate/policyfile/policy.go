package policyfile

import "recat/migrate"

// policyKeys are the keys of a policy.
var policyKeys = []string{"policy", "reason", "dates", "prohibited", "subtree", "redirect", "products", "close",
	"remove", "decisions", "elsewhere", "emptied", "delisted_to", "sweep", "references", "drift", "limits",
	"approvals", "penalties"}

// policy reads the whole.
func (r *reader) policy(root *node) *migrate.Policy {
	f := r.mapping(root, policyKeys...)
	if f == nil {
		return nil
	}
	p := &migrate.Policy{Pos: root.pos, Elsewhere: migrate.ElsewhereDetach, Emptied: migrate.EmptiedKeep}
	r.opening(p, root, f)
	base := r.defaults(f)
	p.Prohibited = base.prohibited
	r.categoryLists(p, f, base)
	r.choices(p, f)
	r.settings(p, f)
	if n := f["decisions"]; n != nil {
		p.Decisions, p.Listed = r.decisions(n)
	}
	r.needed(root, f, p)
	return p
}

// opening reads the name, the reason and the dates.
func (r *reader) opening(p *migrate.Policy, root *node, f fields) {
	if n := f["policy"]; n != nil {
		p.Name, _ = r.line(n)
	} else {
		r.fail(root, "the policy has no name: policy is missing")
	}
	if n := f["reason"]; n != nil {
		p.Reason, _ = r.paragraph(n)
	}
	if n := f["dates"]; n != nil {
		p.Dates = r.dates(n)
	}
}

// categoryLists reads what is closed, removed and swept.
func (r *reader) categoryLists(p *migrate.Policy, f fields, base defaults) {
	if n := f["close"]; n != nil {
		p.Close = r.categories(n)
	}
	if n := f["remove"]; n != nil {
		p.Remove = r.remove(n, base)
	}
	if n := f["sweep"]; n != nil {
		p.Sweep = r.sweep(n)
	}
}

// choices reads the settings of one word.
func (r *reader) choices(p *migrate.Policy, f fields) {
	if n := f["elsewhere"]; n != nil {
		s, _ := r.choice(n, string(migrate.ElsewhereDetach), string(migrate.ElsewhereTreat))
		p.Elsewhere = migrate.Elsewhere(s)
	}
	if n := f["emptied"]; n != nil {
		s, _ := r.choice(n, string(migrate.EmptiedKeep), string(migrate.EmptiedRemove))
		p.Emptied = migrate.Emptied(s)
	}
	if n := f["delisted_to"]; n != nil {
		if ref, ok := r.category(n); ok {
			p.DelistedTo = &ref
		}
	}
}

// needed checks what the policy as a whole must have.
func (r *reader) needed(root *node, f fields, p *migrate.Policy) {
	if f["close"] == nil && f["remove"] == nil && f["sweep"] == nil {
		r.fail(root, "the policy does nothing: it has neither remove nor sweep nor close")
	}
	if r.prohibited == nil {
		return
	}
	if f["reason"] == nil {
		r.fail(r.prohibited, "where prohibited, the policy must give its reason")
	}
	switch {
	case f["dates"] == nil:
		r.fail(r.prohibited, "where prohibited, the policy must give its dates")
	case f["dates"].kind == mapping && len(f["dates"].entries) > 0 && !f["dates"].has("effective"):
		r.fail(f["dates"], "where prohibited, dates must say when it is effective")
	}
}

// has reports whether a mapping has a key, whatever its value.
func (n *node) has(key string) bool {
	for _, e := range n.entries {
		if e.key.text == key {
			return true
		}
	}
	return false
}
