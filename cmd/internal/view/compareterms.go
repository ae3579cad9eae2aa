package view

import (
	"strings"

	"recat/migrate"
)

// totals says which counts differ: "delisted 363 → 364".
func (c *comparison) totals() []string {
	var out []string
	for _, t := range c.totalsNamed() {
		if t.from != t.to {
			out = append(out, t.name+" "+count(t.from)+" → "+count(t.to))
		}
	}
	return out
}

// namedTotal is one count of two plans.
type namedTotal struct {
	name     string
	from, to int
}

// totalsNamed are the counts of both plans that a reader knows from the plans.
func (c *comparison) totalsNamed() []namedTotal {
	a, b := c.from.Trailer().Totals, c.to.Trailer().Totals
	return []namedTotal{
		{"found", a.Found, b.Found}, {"delisted", a.Delisted, b.Delisted}, {"reassigned", a.Reassigned, b.Reassigned},
		{"detached", a.Detached, b.Detached}, {"delisted by sweeps", a.Swept, b.Swept},
		{"variants delisted with their parents", a.Followed, b.Followed}, {"only reported", a.Reported, b.Reported},
		{"kept by people", a.Kept, b.Kept},
		{"categories removed", a.Removed, b.Removed}, {"promoted", a.Promoted, b.Promoted}, {"closed", a.Closed, b.Closed},
		{"references", a.References, b.References},
	}
}

// dateEdit is a date of a policy that differs.
type dateEdit struct{ name, from, to string }

func dateEdits(from, to migrate.Dates) []dateEdit {
	var out []dateEdit
	for _, date := range datesNamed {
		if a, b := dateText(date.of(from), from), dateText(date.of(to), to); a != b {
			out = append(out, dateEdit{date.name, a, b})
		}
	}
	return out
}

// lineEdit is a line that one text has and another has not.
type lineEdit struct{ sign, text string } // "-" the first's, "+" the second's

// policyEdits are the lines in which two policies differ, in order.
func policyEdits(from, to migrate.Header) []lineEdit {
	return lineEdits(policyText(from), policyText(to))
}

func policyText(h migrate.Header) []string {
	return strings.Split(strings.TrimRight(strings.ReplaceAll(h.PolicyText, "\r\n", "\n"), "\n"), "\n")
}

// lineEdits are the lines that lead from one text to another, as few as may
// be.
func lineEdits(a, b []string) []lineEdit {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	longest := commonLines(a, b)
	var out []lineEdit
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest(i+1, j) >= longest(i, j+1):
			out = append(out, lineEdit{"-", a[i]})
			i++
		default:
			out = append(out, lineEdit{"+", b[j]})
			j++
		}
	}
	return out
}

// mostLines is how many lines are compared each with each. Of longer texts
// what lies between the common beginning and end is taken as it comes.
const mostLines = 1000

// commonLines tells how many lines two texts can have in common, in order,
// from a line of each on.
func commonLines(a, b []string) func(i, j int) int {
	if len(a) > mostLines || len(b) > mostLines {
		return func(int, int) int { return 0 }
	}
	table := make([]int, (len(a)+1)*(len(b)+1))
	at := func(i, j int) *int { return &table[i*(len(b)+1)+j] }
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if *at(i, j) = max(*at(i+1, j), *at(i, j+1)); a[i] == b[j] {
				*at(i, j) = 1 + *at(i+1, j+1)
			}
		}
	}
	return func(i, j int) int { return *at(i, j) }
}
