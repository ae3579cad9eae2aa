package migrate

import (
	"errors"
	"fmt"
)

// rowsShown bounds the rows that a refusal names.
const rowsShown = 10

// undecided collects what keeps a plan from existing.
type undecided struct {
	refusals []Refusal
	counts   []int
	index    map[string]int
}

// add takes an error that may stand beside others; false for any other.
func (u *undecided) add(err error) bool {
	var e *UndecidedError
	if !errors.As(err, &e) {
		return false
	}
	u.row(e.Why, e.Answer, e.Product)
	return true
}

func (u *undecided) restrict(r *Reference, err error) {
	var e *UndecidedError
	if errors.As(err, &e) {
		row := e.Product
		if r.Label != "" {
			row += fmt.Sprintf(" %q", r.Label)
		}
		u.row(e.Why, e.Answer, row)
	}
}

func (u *undecided) row(why, answer, row string) {
	if u.index == nil {
		u.index = map[string]int{}
	}
	i, ok := u.index[why]
	if !ok {
		i = len(u.refusals)
		u.index[why] = i
		u.refusals = append(u.refusals, Refusal{What: why, Answer: answer})
		u.counts = append(u.counts, 0)
	}
	u.counts[i]++
	if u.counts[i] <= rowsShown {
		u.refusals[i].Rows = append(u.refusals[i].Rows, row)
	}
}

func (u *undecided) err() error {
	if len(u.refusals) == 0 {
		return nil
	}
	for i, n := range u.counts {
		if n > rowsShown {
			u.refusals[i].Rows = append(u.refusals[i].Rows, fmt.Sprintf("… and %d more", n-rowsShown))
		}
	}
	return &RefusedError{Refusals: u.refusals}
}
