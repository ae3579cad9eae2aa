package taxonomy

import (
	"iter"
	"slices"
)

// Rule says where one category id leads.
type Rule struct {
	From   ID
	To     []ID   // none: unmapped; several: to be decided product by product
	Action string // as the source states it; "" where it doesn't
	Reason string
	Line   int // 0 when not from a file

	// Lost are the ids that an earlier step of a composition led to and that a
	// later one left without a target. A rule may have both To and Lost: then
	// some of what was to be decided between is gone.
	Lost []ID
}

// Unmapped reports whether the rule leads nowhere.
func (r Rule) Unmapped() bool { return len(r.To) == 0 }

// Split reports whether the rule leads to several ids.
func (r Rule) Split() bool { return len(r.To) > 1 }

// Crosswalk leads from the ids of one taxonomy to those of the next. An id
// without a rule leads to itself. It never changes.
type Crosswalk struct {
	rules []Rule
	index map[ID]int
}

// NewCrosswalk makes a crosswalk of the rules, which keep their order. The
// error is a Defects: an empty id, an id with two rules, an empty target, a
// target named twice by one rule.
func NewCrosswalk(rules []Rule) (*Crosswalk, error) {
	c := &Crosswalk{rules: slices.Clone(rules), index: make(map[ID]int, len(rules))}
	var ds Defects
	for i, r := range c.rules {
		if r.From == "" {
			ds = append(ds, Defect{Kind: EmptyID, Line: r.Line})
		} else if first, ok := c.index[r.From]; ok {
			ds = append(ds, Defect{Kind: DuplicateID, ID: r.From, Line: r.Line, First: c.rules[first].Line})
		} else {
			c.index[r.From] = i
		}
		ds = append(ds, r.targets()...)
	}
	if err := ds.sort().err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (r Rule) targets() Defects {
	var ds Defects
	seen := make(map[ID]bool, len(r.To))
	for _, to := range r.To {
		switch {
		case to == "":
			ds = append(ds, Defect{Kind: EmptyTarget, ID: r.From, Line: r.Line})
		case seen[to]:
			ds = append(ds, Defect{Kind: DoubleTarget, ID: r.From, Line: r.Line, Related: []ID{to}})
		}
		seen[to] = true
	}
	return ds
}

// Len is the number of rules.
func (c *Crosswalk) Len() int { return len(c.rules) }

// Rules yields the rules in order.
func (c *Crosswalk) Rules() iter.Seq[Rule] { return slices.Values(c.rules) }

// Rule returns the rule for an id.
func (c *Crosswalk) Rule(from ID) (Rule, bool) {
	i, ok := c.index[from]
	if !ok {
		return Rule{}, false
	}
	return c.rules[i], true
}

// Unmapped returns the ids whose rule leads nowhere, in order.
func (c *Crosswalk) Unmapped() []ID { return c.collect(Rule.Unmapped) }

// Splits returns the ids whose rule leads to several, in order.
func (c *Crosswalk) Splits() []ID { return c.collect(Rule.Split) }

func (c *Crosswalk) collect(which func(Rule) bool) []ID {
	var ids []ID
	for _, r := range c.rules {
		if which(r) {
			ids = append(ids, r.From)
		}
	}
	return ids
}
