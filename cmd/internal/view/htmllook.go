package view

import (
	"slices"
	"strings"

	"recat/migrate"
)

// remark is something that a reviewer should look at.
type remark struct {
	level   string // stop, look or note
	text    string
	link    string            // a section; "" for none
	filters map[string]string // of the product table, "" for its search; nil for none
}

// look lists what may be wrong, and what is easily missed.
func (r *reviewer) look(h *htmlPage) {
	h.in("ul.remarks", func() {
		for _, m := range r.remarks() {
			h.in("li", func() {
				h.badge(m.level)
				h.in("span", func() {
					h.text(m.text + " ")
					switch {
					case m.filters != nil:
						h.filterLink("Show them", m.filters)
					case m.link != "":
						h.el("a", "Show", attr{"href", "#" + m.link})
					}
				})
			})
		}
	})
}

// remarks are in the order of their weight.
func (r *reviewer) remarks() []remark {
	var out []remark
	for _, of := range []func() []remark{r.warned, r.liveRemarks, r.clearedRemarks, r.sweepRemarks, r.silentRemarks, r.heldRemarks, r.limitRemarks, r.fateRemarks} {
		out = append(out, of()...)
	}
	slices.SortStableFunc(out, func(a, b remark) int { return weight(a.level) - weight(b.level) })
	return out
}

func weight(level string) int { return slices.Index([]string{"stop", "look", "note"}, level) }

func (r *reviewer) warned() []remark {
	var out []remark
	if t := r.s.Trailer.Totals; !t.Balanced() {
		out = append(out, remark{level: "stop", text: "The counts do not balance: found " + count(t.Found) + " is not delisted " +
			count(t.Delisted) + " + reassigned " + count(t.Reassigned) + " + detached " + count(t.Detached) + "."})
	}
	if d, at := r.s.Header.Dates.Effective, r.s.Provenance.At; r.run == nil && !d.IsZero() && d.Before(at) {
		out = append(out, remark{level: "look", text: "Its date had passed when it was planned: once approved, it may be applied at once."})
	}
	for _, warning := range r.s.Provenance.Warnings {
		out = append(out, remark{level: "note", text: "For whoever runs the catalog: " + warning + "."})
	}
	if run := r.run; run != nil && run.Run.Early != "" {
		out = append(out, remark{level: "look", text: "It was applied before its date: " + run.Run.Early})
	}
	if r.run != nil && r.run.Run.Pruned {
		out = append(out, remark{level: "look", text: "The run was pruned: which products it changed is no longer known, nor can it be undone."})
	}
	return out
}

// liveRemarks tell of products that customers can buy today.
func (r *reviewer) liveRemarks() []remark {
	t := r.s.Trailer.Totals
	if t.LiveDelist == 0 {
		return nil
	}
	text := count(t.LiveDelist) + " of the " + some(t.Off(), "delisted product", "delisted products") + " " + isAre(t.LiveDelist, r.run != nil) + " on sale"
	states := map[string]int{}
	r.eachGroup(func(_ *migrate.CategoryChange, g migrate.Group) {
		if g.Fate == migrate.Delist {
			for state, n := range g.States {
				states[state] += n
			}
		}
	})
	if _, unknown := states[migrate.NullText]; len(states) > 1 || len(states) == 1 && !unknown {
		text += ". All that are delisted, by state: " + strings.Join(stateCounts(states), " · ")
	}
	return []remark{{level: "look", text: text + ".", filters: map[string]string{columnFate: string(migrate.Delist), columnOnSale: yesNo(true)}}}
}

func isAre(n int, past bool) string {
	return map[[2]bool]string{{true, false}: "is", {false, false}: "are", {true, true}: "was", {false, true}: "were"}[[2]bool{n == 1, past}]
}

// stateCounts lists states with their counts, the most frequent first.
func stateCounts(states map[string]int) []string {
	var out []string
	for _, state := range mostFirst(states) {
		out = append(out, nullState(state)+" "+count(states[state]))
	}
	return out
}

// eachGroup goes through all groups, with the category that governs them, nil
// for a sweep.
func (r *reviewer) eachGroup(see func(*migrate.CategoryChange, migrate.Group)) {
	for _, c := range r.s.Categories {
		for _, g := range c.Groups {
			see(c.Change, g)
		}
	}
	for _, g := range r.s.Sweeps {
		see(nil, g)
	}
}

// clearedRemarks tell of products that leave a prohibited category and stay.
func (r *reviewer) clearedRemarks() []remark {
	n, why := 0, map[string]int{}
	r.eachGroup(func(c *migrate.CategoryChange, g migrate.Group) {
		if c != nil && c.Prohibited && g.Fate == migrate.Reassign {
			n += g.Count
			why[g.Cleared] += g.Count
		}
	})
	if n == 0 {
		return nil
	}
	var reasons []string
	for _, cleared := range mostFirst(why) {
		if cleared == "" {
			reasons = append(reasons, count(why[cleared])+" without a clearance")
		} else {
			reasons = append(reasons, count(why[cleared])+" cleared by “"+cleared+"”")
		}
	}
	return []remark{{level: "look", text: some(n, "product leaves a prohibited category for another one and stays: ",
		"products leave a prohibited category for another one and stay: ") + strings.Join(reasons, "; ") + ".",
		filters: map[string]string{columnFate: string(migrate.Reassign)}}}
}

// sweepRemarks tell of findings that may be something else.
func (r *reviewer) sweepRemarks() []remark {
	var out []remark
	for _, rule := range r.sweepRules() {
		found, odd := r.foundBy(rule), []string{}
		total := 0
		for _, f := range found {
			if total += f.Count; f.few {
				odd = append(odd, f.path)
			}
		}
		if len(odd) > 0 {
			text := "The sweep " + rule + " found " + some(total, "product", "products") + ", only a few of them in " +
				strings.Join(firstFew(odd), ", ") + ": something else, perhaps?"
			out = append(out, remark{level: "look", text: text, link: "sweeps"})
		} else if len(found) > fewest {
			out = append(out, remark{level: "look", text: "The sweep " + rule + " found " + some(total, "product", "products") +
				" in " + count(len(found)) + " categories: too wide a rule, perhaps?", link: "sweeps"})
		}
	}
	if n := r.sweptByRule(); n > 0 {
		out = append(out, remark{level: "look", text: some(n, "product", "products") + " outside the removed categories " +
			isAre(n, false) + " delisted because a sweep's rule matches. Read their titles.", link: "sweeps"})
	}
	if n := r.s.Trailer.Totals.Kept; n > 0 {
		out = append(out, remark{level: "note", text: some(n, "product that a sweep finds is kept by a person.", "products that a sweep finds are kept by people."),
			filters: map[string]string{columnFate: string(migrate.Keep)}})
	}
	return out
}

// sweptByRule counts what sweeps delist and no person has decided.
func (r *reviewer) sweptByRule() int {
	n := r.s.Trailer.Totals.Swept
	for _, g := range r.s.Sweeps {
		if g.Answered() && g.Fate == migrate.Delist {
			n -= g.Count
		}
	}
	return n
}

// firstFew is a list cut to pathsShown.
func firstFew(list []string) []string {
	if len(list) <= pathsShown {
		return list
	}
	return append(slices.Clone(list[:pathsShown]), count(len(list)-pathsShown)+" more")
}

func (r *reviewer) heldRemarks() []remark {
	var out []remark
	for _, hold := range heldBack(r.s) {
		out = append(out, remark{level: "look", text: hold.Label + ": " + count(hold.Rows) + " on " +
			some(hold.Products, "product", "products") + " of this plan.", link: "holds"})
	}
	return out
}

func (r *reviewer) limitRemarks() []remark {
	var out []remark
	for _, g := range r.gauges() {
		if g.near() {
			out = append(out, remark{level: "look", text: "Near a limit: " + g.text(), link: "limits"})
		}
	}
	if h := r.s.Header; r.run == nil && !h.Limits.Set() && !r.s.Trailer.Totals.Empty() {
		out = append(out, remark{level: "note", text: "The policy sets no limits.", link: "limits"})
	}
	return out
}

// fateRemarks tell what is decided in an unusual way.
func (r *reviewer) fateRemarks() []remark {
	var out []remark
	overruled, by := 0, 0
	r.eachGroup(func(_ *migrate.CategoryChange, g migrate.Group) {
		overruled += g.Overruled
		if g.By != "" {
			by += g.Count
		}
	})
	note := func(n int, one, many, link string) {
		if n > 0 {
			out = append(out, remark{level: "note", text: some(n, one, many), link: link})
		}
	}
	list := func(n int, one, many, search string) {
		if n > 0 {
			out = append(out, remark{level: "note", text: some(n, one, many), filters: map[string]string{"": search}})
		}
	}
	t := r.s.Trailer.Totals
	note(t.Lacking, "reassigned product lacks attributes that its new category requires.",
		"reassigned products lack attributes that their new category requires.", "attributes")
	note(r.s.Provenance.Counts.Cleared, "product that a sweep would find was cleared by an appeal; it is left alone.",
		"products that a sweep would find were cleared by appeals; they are left alone.", "")
	list(overruled, "product is in two removed categories that would treat it differently.",
		"products are in two removed categories that would treat them differently.", besidesWould)
	list(by, "product was decided by a person.", "products were decided by people.", decidedBy)
	list(t.Followed, "variant outside the removed categories is delisted with its parent.",
		"variants outside the removed categories are delisted with their parents.", besidesVariant)
	list(t.Hidden, "of the products counted above is a hidden row, a deleted one say: it leaves the category, and nothing else of it changes.",
		"of the products counted above are hidden rows, deleted ones say: they leave the category, and nothing else of them changes.", besidesHidden)
	return out
}
