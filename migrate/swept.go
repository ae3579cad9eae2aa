package migrate

import (
	"cmp"
	"fmt"
	"slices"

	"recat/taxonomy"
)

// decideSweep looks for the same goods outside the removed categories. Only
// what a sweep finds there is a person's to answer for.
func (s *Scheme) decideSweep(p *Product) (*ProductChange, error) {
	p.Path = s.path(p.Placement.Home())
	v, err := s.swept(p)
	if err == nil {
		v, err = s.answeredOutside(p, v)
	}
	if v.fate == "" || err != nil {
		return nil, err
	}
	return v.change(p), nil
}

// answeredOutside is a person's decision for a product that no removed
// category holds, and for which a sweep or its parent found a fate; without
// one, it is that fate. What is delisted by an answer is so once: then there
// is nothing left to do.
func (s *Scheme) answeredOutside(p *Product, found verdict) (verdict, error) {
	d, answered := s.decisions[p.ID]
	if !answered || found.fate == "" {
		return found, nil
	}
	v := verdict{fate: d.Fate, rule: RuleDecisions, reason: d.Reason, by: d.By, reads: found.reads}
	switch {
	case d.Fate == Delist && p.Off:
		return verdict{}, nil
	case d.Fate == Delist:
		return v, nil
	case d.Fate == Reassign && !s.sentThere(p, d):
		return verdict{}, &UndecidedError{Product: p.ID, Answer: "answer delist or keep",
			Why: d.Pos.String() + ": is in no removed category, and what is found elsewhere keeps its category: it cannot be reassigned"}
	case d.Reason == "" && s.policy.prohibits():
		return verdict{}, &UndecidedError{Product: p.ID, Answer: "give one",
			Why: d.Pos.String() + ": is found among what is prohibited: keeping it needs a reason"}
	}
	v.fate, v.cleared = Keep, d.Reason
	return v, nil
}

// sentThere reports whether p is where an answer sends it, as it is once the
// answer was carried out. Where a run removed that category since, nobody can
// tell, and p is taken for it.
func (s *Scheme) sentThere(p *Product, d boundDecision) bool {
	return d.gone || d.at != "" && slices.Contains(s.filedIn(p), d.at)
}

// prohibits reports whether the policy prohibits anything.
func (p *Policy) prohibits() bool {
	return p.Prohibited || slices.ContainsFunc(p.Remove, func(e Entry) bool { return e.Prohibited })
}

// sweptThere holds a product that stays on sale against the sweeps, which
// would find it where it then is when the policy is planned again. One that
// only lives on elsewhere is theirs; one that a rule reassigns is contested;
// one that a person decided stays as decided.
func (s *Scheme) sweptThere(p *Product, v verdict) (verdict, error) {
	_, answered := s.decisions[p.ID]
	if v.fate == Delist || answered || len(s.sweep) == 0 {
		return v, nil
	}
	after, err := s.place(p, v)
	if err != nil {
		return v, err
	}
	moved := *p
	moved.Placement, moved.Path = after, s.path(after.Home())
	sweep, err := s.swept(&moved)
	switch {
	case err != nil || sweep.fate != Delist:
		return v, err
	case v.fate == Detach:
		return sweep, nil
	}
	return v, &UndecidedError{Product: p.ID, Why: fmt.Sprintf("rule %s reassigns it, and sweep %s would delist it there", v.rule, sweep.rule),
		Answer: "narrow one of the two, or answer it in decisions"}
}

// swept is what the first sweep that matches does with p where it is; the
// zero verdict where none does, or where an appeal cleared p.
func (s *Scheme) swept(p *Product) (verdict, error) {
	if s.isCleared(p) {
		return verdict{}, nil
	}
	return s.matched(p)
}

// matched is swept, whoever cleared p.
func (s *Scheme) matched(p *Product) (verdict, error) {
	if p.Hidden {
		return verdict{}, nil
	}
	for _, w := range s.sweep {
		if !s.covers(w, p) {
			continue
		}
		hit, err := w.When.Match(p)
		if err != nil {
			return verdict{}, failed(w.Pos, "sweep "+w.Name, p, err)
		}
		switch v := (verdict{fate: Delist, rule: w.Name, reason: cmp.Or(w.Reason, s.policy.Reason), reads: w.reads}); {
		case !hit:
		case w.Report:
			v.fate = Report
			return v, nil
		case p.Off:
			return verdict{}, nil
		default:
			return v, nil
		}
	}
	return verdict{}, nil
}

// isCleared reports whether an appeal cleared p.
func (s *Scheme) isCleared(p *Product) bool {
	_, ok := s.cleared[p.ID]
	return ok
}

// covers reports whether any category of p is inside the sweep's bounds, and
// none inside its exceptions.
func (s *Scheme) covers(w boundSweep, p *Product) bool {
	within := len(w.within) == 0
	for _, id := range s.filedIn(p) {
		if inAny(s.cats.Tree, w.except, id) {
			return false
		}
		within = within || inAny(s.cats.Tree, w.within, id)
	}
	return within
}

// filedIn lists the categories of the tree that p is in.
func (s *Scheme) filedIn(p *Product) []taxonomy.ID {
	ids := []taxonomy.ID{p.Category, p.Primary}
	for _, m := range p.Memberships {
		ids = append(ids, m.Category)
	}
	ids = append(ids, p.Others...)
	return slices.DeleteFunc(ids, func(id taxonomy.ID) bool { return id == "" || !s.cats.Tree.Has(id) })
}
