package migrate

import (
	"encoding/hex"
	"strconv"
	"time"
)

// Marker is a Condition that can tell by which words of a product it matched.
type Marker interface {
	Condition
	// Marks gives the parts of a text field of p (title, state, seller or one
	// of the mapping's) that make p satisfy the condition: byte ranges of its
	// rendering, from and to, in order and apart from each other. There are
	// none where p does not satisfy it, or not by that field's words.
	Marks(p *Product, field string) [][2]int
}

// TitleMarks makes the function that tells by which words of its title a rule
// of the policy found a product: byte ranges in the title, nil for none. It
// needs no catalog: a change tells what its rule has read. kinds are those of
// the mapping's own fields.
func TitleMarks(policy *Policy, kinds map[string]Kind) func(*ProductChange) [][2]int {
	markers := map[string][]Marker{}
	add := func(rule string, when Condition) {
		if m, ok := when.(Marker); ok {
			markers[rule] = append(markers[rule], m)
		}
	}
	for _, e := range policy.Remove {
		for _, r := range e.Rules {
			add(r.Name, r.When)
		}
	}
	for _, r := range policy.Sweep {
		add(r.Name, r.When)
	}
	var sweeps []Marker
	for _, r := range policy.Sweep {
		if m, ok := r.When.(Marker); ok {
			sweeps = append(sweeps, m)
		}
	}
	return func(c *ProductChange) [][2]int {
		by := markers[c.Rule] // entries may call different rules by one name
		switch {
		case c.Rule == RuleDecisions && len(c.From) == 0: // whichever it was that found it
			by = sweeps
		case c.By != "":
			by = nil
		}
		if c.Title == nil || len(by) == 0 {
			return nil
		}
		p := c.seen(kinds)
		for _, m := range by {
			if marks := m.Marks(p, "title"); len(marks) > 0 {
				return marks
			}
		}
		return nil
	}
}

// seen is the product as far as the rules that decided it have read it.
func (c *ProductChange) seen(kinds map[string]Kind) *Product {
	p := &Product{ID: c.ID, Live: c.Live, Hidden: c.Hidden, Placement: c.Before,
		Title: optionalText(c.Title), State: optionalText(c.State), Seller: optionalText(c.Seller), Fields: map[string]Value{}}
	for _, in := range c.Read {
		switch {
		case in.Name == "category" && in.Value != nil:
			p.Path = *in.Value
		case !builtinField[in.Name] && in.Value != nil:
			p.Fields[in.Name] = ParseValue(kinds[in.Name], *in.Value)
		}
	}
	return p
}

func optionalText(s *string) Value {
	if s == nil {
		return Value{}
	}
	return TextValue(*s)
}

// ParseValue reads what Render wrote of a value of a kind. What is no such
// value, as loosely typed databases hold it, is read as text.
func ParseValue(kind Kind, s string) Value {
	switch kind {
	case Int:
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return IntValue(i)
		}
	case Float:
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return FloatValue(f)
		}
	case Bool:
		if s == "0" || s == "1" {
			return BoolValue(s == "1")
		}
	case Bytes:
		if b, err := hex.DecodeString(s); err == nil {
			return BytesValue(b)
		}
	case Time:
		if t, err := time.Parse(timeLayout, s); err == nil {
			return TimeValue(t)
		}
	}
	return TextValue(s)
}
