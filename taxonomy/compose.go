package taxonomy

import (
	"slices"
	"strings"
)

// Compose returns the crosswalk that takes first one step, then the next. An id
// that only the later step has a rule for lives through the earlier one and
// takes that rule; an id that the earlier step leads to and the later one leaves
// without a target is Lost. Each step is taken once: an id that dies in one step
// and is used anew in the next is not a chain.
//
// Composing has the empty crosswalk as its identity and is associative in where
// ids lead.
func Compose(first, then *Crosswalk) *Crosswalk {
	c := &Crosswalk{index: make(map[ID]int, len(first.rules)+len(then.rules))}
	for _, r := range first.rules {
		c.add(then.carry(r))
	}
	for _, r := range then.rules {
		if _, ok := first.index[r.From]; !ok {
			c.add(r)
		}
	}
	return c
}

func (c *Crosswalk) add(r Rule) {
	c.index[r.From] = len(c.rules)
	c.rules = append(c.rules, r)
}

// carry takes an earlier step's rule one step further.
func (c *Crosswalk) carry(r Rule) Rule {
	out := Rule{From: r.From, Action: r.Action, Line: r.Line, Lost: slices.Clone(r.Lost)}
	reasons := []string{r.Reason}
	for _, to := range r.To {
		next, ok := c.Rule(to)
		if !ok {
			out.To = union(out.To, []ID{to})
			continue
		}
		out.To = union(out.To, next.To)
		out.Lost = union(out.Lost, next.Lost)
		if next.Unmapped() && len(next.Lost) == 0 {
			out.Lost = union(out.Lost, []ID{to})
		}
		out.Action = next.Action
		reasons = append(reasons, next.Reason)
	}
	out.Reason = joined(reasons)
	return out
}

// joined writes each reason that there is once.
func joined(reasons []string) string {
	var said []string
	for _, reason := range reasons {
		if reason != "" && !slices.Contains(said, reason) {
			said = append(said, reason)
		}
	}
	return strings.Join(said, "; ")
}
