package migrate

import (
	"cmp"
	"fmt"
	"slices"

	"recat/taxonomy"
)

// UndecidedError says that no rule gives a product a fate, or that its fate
// leaves it nowhere to be.
type UndecidedError struct {
	Product string
	Why     string
	Answer  string
}

func (e *UndecidedError) Error() string { return "product " + e.Product + ": " + e.Why }

// Decide gives a product its one fate. It returns nil for a product outside
// the removed categories that no sweep matches and whose parent does not take
// it along. The error is an UndecidedError where the policy does not decide
// it, else the condition's, with rule and product named.
func (s *Scheme) Decide(p *Product) (*ProductChange, error) {
	c, err := s.decide(p)
	s.note(c, p)
	return c, err
}

func (s *Scheme) decide(p *Product) (*ProductChange, error) {
	if len(p.Parents) > 0 {
		if c, err := s.follow(p); c != nil || err != nil {
			return c, err
		}
	}
	return s.decideAlone(p)
}

// decideAlone decides a product whatever it is a variant of.
func (s *Scheme) decideAlone(p *Product) (*ProductChange, error) {
	governing := s.governing(p)
	if len(governing) == 0 {
		return s.decideSweep(p)
	}
	p.Path = s.path(governing[0].id)
	verdict, err := s.verdict(p, governing[0])
	if err == nil {
		verdict, err = s.sweptThere(p, verdict)
	}
	if err != nil {
		return nil, err
	}
	c := verdict.change(p)
	c.From = from(governing)
	if c.Overruled, err = s.overruled(p, verdict, governing); err != nil {
		return nil, err
	}
	c.After, err = s.place(p, verdict)
	return c, err
}

// verdict is a fate with the reason for it.
type verdict struct {
	fate    Fate
	to      taxonomy.ID
	rule    string
	reason  string
	cleared string
	by      string
	reads   []string
}

func (v verdict) change(p *Product) *ProductChange {
	c := &ProductChange{
		ID: p.ID, Title: p.Title.text(), Fate: v.fate, To: v.to,
		Rule: v.rule, Reason: v.reason, Cleared: v.cleared, By: v.by,
		Live: p.Live, State: p.State.text(), Seller: p.Seller.text(), URL: p.URL.text(), Hidden: p.Hidden,
		Before: p.Placement, After: p.Placement, Ordinal: p.Ordinal,
	}
	if v.fate == Delist && !p.Hidden {
		c.Writes = p.Writes
	}
	for _, name := range v.reads {
		c.Read = append(c.Read, Input{Name: name, Value: rendered(p.Field(name))})
	}
	return c
}

// failed refuses a condition that cannot be answered for a product.
func failed(pos Pos, rule string, p *Product, err error) error {
	return &RefusedError{Refusals: []Refusal{{Pos: pos, What: fmt.Sprintf("%s cannot decide product %s: %v", rule, p.ID, err)}}}
}

// rendered gives a value's one rendering, nil for NULL.
func rendered(v Value) *string {
	if v.IsNull() {
		return nil
	}
	s := v.Render()
	return &s
}

// Field gives the value of a field by the name rules use.
func (p *Product) Field(name string) Value {
	switch name {
	case "id":
		return TextValue(p.ID)
	case "title":
		return p.Title
	case "live":
		return BoolValue(p.Live)
	case "state":
		return p.State
	case "category":
		return TextValue(p.Path)
	case "seller":
		return p.Seller
	}
	return p.Fields[name]
}

func (s *Scheme) path(id taxonomy.ID) string {
	if !s.cats.Tree.Has(id) {
		return ""
	}
	return s.cats.Tree.Path(id).String()
}

// governing lists the removed categories that hold p, the one that decides
// first: prohibited entries, then its primary's, then policy order.
func (s *Scheme) governing(p *Product) []*removal {
	if len(p.Memberships) == 0 && len(p.Others) == 0 && (p.Primary == "" || p.Primary == p.Category) {
		if r := s.removed[p.Category]; r != nil {
			return r.alone()
		}
		return nil
	}
	var out []*removal
	add := func(id taxonomy.ID) {
		if r := s.removed[id]; r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	add(p.Category)
	add(p.Primary)
	for _, m := range p.Memberships {
		add(m.Category)
	}
	for _, id := range p.Others {
		add(id)
	}
	if len(out) > 1 {
		primary := primaryOf(p.Placement)
		slices.SortStableFunc(out, func(a, b *removal) int {
			return cmp.Or(first(a.prohibited, b.prohibited), first(a.id == primary, b.id == primary),
				cmp.Compare(a.index, b.index), s.shape.CategoryKey.Compare(string(a.id), string(b.id)))
		})
	}
	return out
}

// alone is the removal as the only one that governs a product. A plan of a
// single category asks for it with every product.
func (r *removal) alone() []*removal {
	if r.only == nil {
		r.only, r.onlyID = []*removal{r}, []taxonomy.ID{r.id}
	}
	return r.only
}

// from lists the ids of what governs a product. The list may be shared.
func from(governing []*removal) []taxonomy.ID {
	if len(governing) == 1 {
		governing[0].alone()
		return governing[0].onlyID
	}
	ids := make([]taxonomy.ID, len(governing))
	for i, r := range governing {
		ids[i] = r.id
	}
	return ids
}

// first orders what holds before what does not.
func first(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// primaryOf is a product's canonical category: its column's, or the flagged
// membership's.
func primaryOf(p Placement) taxonomy.ID {
	if p.Primary != "" {
		return p.Primary
	}
	for _, m := range p.Memberships {
		if m.Primary {
			return m.Category
		}
	}
	return p.Category
}

// verdict is what the governing category's entry does with p: a person's
// answer, then living elsewhere, then the first rule that matches.
func (s *Scheme) verdict(p *Product, r *removal) (verdict, error) {
	if d, ok := s.decisions[p.ID]; ok {
		return s.answered(p, r, d)
	}
	if !r.prohibited && s.policy.Elsewhere != ElsewhereTreat && s.elsewhere(p) {
		return verdict{fate: Detach, rule: "elsewhere", reason: "stays live elsewhere"}, nil
	}
	if r.entry == nil {
		return verdict{}, &UndecidedError{Product: p.ID, Why: "is in " + s.path(r.id) + ", which was to be empty"}
	}
	for _, rule := range r.rules.rules {
		if rule.When != nil {
			hit, err := rule.When.Match(p)
			if err != nil {
				return verdict{}, failed(rule.Pos, "rule "+rule.Name, p, err)
			}
			if !hit {
				continue
			}
		}
		return s.ruled(rule, r), nil
	}
	return verdict{}, &UndecidedError{Product: p.ID, Why: "no rule of " + s.path(r.id) + " decides it",
		Answer: "end its products with a rule without `when`"}
}

func (s *Scheme) ruled(rule boundRule, r *removal) verdict {
	reason := rule.Reason
	if reason == "" {
		reason = cmp.Or(r.entry.Reason, rule.Cleared, s.policy.Reason)
	}
	return verdict{fate: rule.Fate, to: rule.to, rule: rule.Name, reason: reason, cleared: rule.Cleared, reads: rule.reads}
}

// answered is a person's decision.
func (s *Scheme) answered(p *Product, r *removal, d boundDecision) (verdict, error) {
	v := verdict{fate: d.Fate, to: d.to, rule: RuleDecisions, reason: d.Reason, by: d.By}
	switch {
	case d.Fate == Keep:
		return v, &UndecidedError{Product: p.ID, Why: d.Pos.String() + ": is in a category that goes, and cannot be kept there", Answer: "answer reassign or delist"}
	case d.Fate == Reassign && r.prohibited && d.Reason == "":
		return v, &UndecidedError{Product: p.ID, Why: d.Pos.String() + ": is prohibited: reassigning it needs a reason"}
	case d.Fate == Reassign && r.prohibited:
		v.cleared = d.Reason
	case d.Fate == Detach && r.prohibited:
		return v, &UndecidedError{Product: p.ID, Why: d.Pos.String() + ": is prohibited and cannot stay live elsewhere"}
	case d.Fate == Detach && !s.elsewhere(p):
		return v, &UndecidedError{Product: p.ID, Why: d.Pos.String() + ": is in no other category to stay in"}
	}
	return v, nil
}

// elsewhere reports whether p has a surviving membership that counts.
func (s *Scheme) elsewhere(p *Product) bool {
	if s.shape.CategoryColumn && p.Category != "" && s.survives(p.Category) {
		return true
	}
	return slices.ContainsFunc(p.Memberships, func(m Membership) bool {
		return s.survives(m.Category) && !s.cats.Ignored[m.Category]
	})
}

// survives reports whether neither this plan nor an earlier run removes a
// category.
func (s *Scheme) survives(id taxonomy.ID) bool { return s.removed[id] == nil && !s.gone[id] }

// overruled lists the other entries that would have decided otherwise.
func (s *Scheme) overruled(p *Product, won verdict, governing []*removal) ([]Overruled, error) {
	var out []Overruled
	for _, r := range governing[1:] {
		if r.entry == nil || r.entry == governing[0].entry {
			continue
		}
		other, err := s.verdict(p, r)
		if err != nil {
			if _, undecided := err.(*UndecidedError); undecided {
				continue
			}
			return nil, err
		}
		if other.fate != won.fate || other.to != won.to {
			out = append(out, Overruled{Category: r.id, Fate: other.fate, To: other.to})
		}
	}
	return out, nil
}
