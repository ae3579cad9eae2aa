package rule

import (
	"recat/migrate"
)

// Never reports whether no product can satisfy a condition that satisfies none
// of those before it: the condition contradicts itself, or they take all that
// it would. It knows what and, or and not do, that a product has one value in
// each field, which words imply others, and how numbers are ordered; of all
// else only what is the same. What it cannot tell is false.
func Never(c migrate.Condition, before ...migrate.Condition) bool {
	p := newProblem()
	all := []formula{p.of(c)}
	for _, b := range before {
		all = append(all, not{p.of(b)})
	}
	return p.impossible(and(all))
}

// Always reports whether every product satisfies a condition, as far as Never
// can tell.
func Always(c migrate.Condition) bool {
	p := newProblem()
	return p.impossible(not{p.of(c)})
}

// formula is a condition as far as it can be reasoned about: atoms, which are
// true or false of a product, joined by and, or and not.
type formula interface {
	// value is the formula's under what is assumed of the atoms.
	value(assumed []truth) truth
}

// truth is what is known of an atom.
type truth int8

const (
	unknown truth = iota
	yes
	no
)

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

type (
	constant truth
	atom     int // an index into problem.facts
	not      struct{ of formula }
	and      []formula
	or       []formula
)

func (c constant) value([]truth) truth     { return truth(c) }
func (a atom) value(assumed []truth) truth { return assumed[a] }
func (n not) value(assumed []truth) truth  { return n.of.value(assumed).not() }

func (a and) value(assumed []truth) truth { return join(a, assumed, no) }
func (o or) value(assumed []truth) truth  { return join(o, assumed, yes) }

// join is the value of formulas of which one alone decides where it has the
// deciding value.
func join(of []formula, assumed []truth, deciding truth) truth {
	out := deciding.not()
	for _, f := range of {
		switch f.value(assumed) {
		case deciding:
			return deciding
		case unknown:
			out = unknown
		}
	}
	return out
}

// problem is a formula's atoms with what they say of each other.
type problem struct {
	facts []fact
	index map[string]atom
	steps int // that may still be taken: looks at a fact
}

// maxSteps bounds the search, to some hundredths of a second: what takes more
// is not worth telling.
const maxSteps = 1_000_000

func newProblem() *problem { return &problem{index: map[string]atom{}, steps: maxSteps} }

// atom is the one for a fact.
func (p *problem) atom(f fact) formula {
	if a, ok := p.index[f.key()]; ok {
		return a
	}
	a := atom(len(p.facts))
	p.index[f.key()] = a
	p.facts = append(p.facts, f)
	return a
}

// impossible reports whether nothing satisfies the formula.
func (p *problem) impossible(f formula) bool {
	return !p.possible(f, make([]truth, len(p.facts)), 0)
}

// possible looks for something that satisfies the formula, beginning with the
// atoms from the given one on.
func (p *problem) possible(f formula, assumed []truth, from int) bool {
	if p.steps -= len(p.facts); p.steps < 0 {
		return true
	}
	switch f.value(assumed) {
	case yes:
		return true
	case no:
		return false
	}
	for from < len(assumed) && assumed[from] != unknown {
		from++
	}
	if from == len(assumed) {
		return true
	}
	for _, t := range []truth{yes, no} {
		next := append([]truth(nil), assumed...)
		if p.assume(next, from, t) && p.possible(f, next, from+1) {
			return true
		}
	}
	return false
}

// assume sets an atom and whatever follows of it; false where that contradicts
// what was assumed before.
func (p *problem) assume(assumed []truth, i int, t truth) bool {
	if assumed[i] != unknown {
		return assumed[i] == t
	}
	assumed[i] = t
	if p.steps -= len(p.facts); p.steps < 0 {
		return true
	}
	for j := range p.facts {
		follows := unknown
		switch {
		case j == i:
		case t == yes && p.facts[i].implies(p.facts[j]):
			follows = yes
		case t == yes && (p.facts[i].excludes(p.facts[j]) || p.facts[j].excludes(p.facts[i])):
			follows = no
		case t == no && p.facts[j].implies(p.facts[i]):
			follows = no
		}
		if follows != unknown && !p.assume(assumed, j, follows) {
			return false
		}
	}
	return true
}
