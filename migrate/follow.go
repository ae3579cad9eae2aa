package migrate

import "fmt"

// follow decides a variant as its parent is decided; nil where it is to be
// decided by itself. Where the parent goes off sale, so does the variant, from
// wherever it is. Where the parent stays on sale, a variant that is in a
// removed category too goes where the parent goes, and any other is left
// alone. A person's answer about the variant itself comes first, and what is
// prohibited is not kept on sale by a parent that is not.
func (s *Scheme) follow(p *Product) (*ProductChange, error) {
	leader, err := s.leader(p)
	if leader == nil || err != nil {
		return nil, err
	}
	v := verdict{fate: leader.Fate, to: leader.To, rule: leader.Rule, reason: leader.Reason, cleared: leader.Cleared, by: leader.By}
	governing := s.governing(p)
	_, answered := s.decisions[p.ID]
	switch {
	case len(governing) == 0:
		if v.fate != Delist || p.Off || p.Hidden || s.isCleared(p) {
			return nil, nil
		}
		return s.followOutside(p, leader, v)
	case answered, governing[0].prohibited && v.fate != Delist && v.cleared == "":
		return nil, nil
	}
	p.Path = s.path(governing[0].id)
	if v, err = s.sweptThere(p, v); err != nil {
		return nil, err
	}
	c := v.change(p)
	c.Follows, c.From = leader.ID, from(governing)
	if c.Overruled, err = s.overruled(p, v, governing); err != nil {
		return nil, err
	}
	c.After, err = s.place(p, v)
	return c, err
}

// followOutside delists a variant that no removed category holds with its
// parent, unless a person keeps it.
func (s *Scheme) followOutside(p *Product, leader *ProductChange, v verdict) (*ProductChange, error) {
	v, err := s.answeredOutside(p, v)
	if err != nil {
		return nil, err
	}
	c := v.change(p)
	if v.fate == Delist {
		c.Follows, c.Outside, c.From = leader.ID, true, leader.From
	}
	return c, nil
}

// leader is the change of the parent that p follows: of those that the plan
// changes the one that fares worst, then the first in key order. A parent that
// nothing decides is no leader: it stands in the way of the plan by itself.
func (s *Scheme) leader(p *Product) (*ProductChange, error) {
	var out *ProductChange
	for _, parent := range p.Parents {
		c, err := s.decideAlone(parent)
		if _, undecided := asUndecided(err); err != nil && !undecided {
			return nil, err
		}
		if err != nil || c == nil || !c.Fate.Acts() {
			continue
		}
		if out == nil || fateRank[c.Fate] < fateRank[out.Fate] {
			out = c
		}
	}
	return out, nil
}

// followDrift says how a planned variant, or parent's variant, no longer
// follows as it did; "" where it does. now is its change today, nil for none.
func followDrift(was, now *ProductChange) string {
	switch {
	case was.Follows != "" && (now == nil || now.Follows == ""):
		return fmt.Sprintf("no longer follows product %s", was.Follows)
	case now == nil || now.Fate != was.Fate || now.To != was.To:
		return "its parent has another fate"
	case now.Follows != was.Follows:
		return fmt.Sprintf("follows product %s instead of %q", now.Follows, was.Follows)
	}
	return ""
}

// trailing decides a product that no removed category holds and that the plan
// does not treat: a variant of what is delisted came since.
func (r *reconciler) trailing(p *Product) (*ProductChange, error) {
	if len(p.Parents) == 0 {
		return nil, nil
	}
	c, err := r.scheme.follow(p)
	if c == nil || err != nil || !c.Fate.Acts() {
		return nil, err
	}
	d := Drift{Kind: Arrived, Subject: p.ID, Title: rendered(p.Title), Detail: "is a variant of product " + c.Follows + ", which is delisted"}
	if r.scheme.policy.Drift.Arrived == ToleranceRules {
		d.Tolerated, d.Fate = true, c.Fate
	}
	r.add(d)
	return c, nil
}
