package view

import (
	"io"
	"iter"
	"time"

	"recat/migrate"
)

// planIdentity tells a plan from others.
type planIdentity struct {
	Policy string         `json:"policy"`
	Digest string         `json:"digest"`
	Who    string         `json:"who"`
	At     time.Time      `json:"at"`
	Dates  migrate.Dates  `json:"dates"`
	Totals migrate.Totals `json:"totals"`
}

func identify(p migrate.Plan) planIdentity {
	return planIdentity{p.Header().Policy, p.Trailer().Digest, p.Provenance().Who, p.Provenance().At.UTC(), p.Header().Dates, p.Trailer().Totals}
}

// deltaJSON is one difference. Class is fate, arrived, left or edited for a
// product, category or reference for the others.
type deltaJSON struct {
	Change string `json:"change"` // added, removed, changed
	Class  string `json:"class"`
	From   any    `json:"from,omitempty"`
	To     any    `json:"to,omitempty"`
}

// ComparedJSON writes the same as one object, with every difference. It
// streams; the counts come last.
func ComparedJSON(w io.Writer, from, to migrate.Plan) error {
	c, err := newComparison(from, to)
	if err != nil {
		return err
	}
	o := newObject(w)
	o.member("from", identify(from))
	o.member("to", identify(to))
	slice(o, "cautions", c.cautions())
	slice(o, "terms", headers(from.Header(), to.Header()))
	slice(o, "policy", policyJSON(policyEdits(from.Header(), to.Header())))
	counts, total := map[string]int{}, 0
	list(o, "changes", deltas(from, to, func(class string) { counts[class]++; total++ }))
	o.member("counts", counts)
	o.member("same_plan", from.Trailer().Digest == to.Trailer().Digest)
	o.member("same_decisions", sameDecisions(from.Header(), to.Header(), total))
	return o.close()
}

// lineJSON is a line of a policy that the other has not.
type lineJSON struct {
	Change string `json:"change"` // removed, added
	Text   string `json:"text"`
}

func policyJSON(edits []lineEdit) []lineJSON {
	out := make([]lineJSON, len(edits))
	for i, e := range edits {
		out[i] = lineJSON{map[string]string{"-": "removed", "+": "added"}[e.sign], e.text}
	}
	return out
}

func deltas(from, to migrate.Plan, seen func(class string)) iter.Seq2[deltaJSON, error] {
	return func(yield func(deltaJSON, error) bool) {
		for d, err := range migrate.Compare(from, to) {
			if err != nil {
				yield(deltaJSON{}, err)
				return
			}
			j := newDeltaJSON(d)
			seen(j.Class)
			if !yield(j, nil) {
				return
			}
		}
	}
}

func newDeltaJSON(d migrate.Delta) deltaJSON {
	j := deltaJSON{Change: "changed", Class: classOf(d).name}
	if d.From == nil {
		j.Change = "added"
	} else {
		j.From = line(d.From)
	}
	if d.To == nil {
		j.Change = "removed"
	} else {
		j.To = line(d.To)
	}
	return j
}
