package view

import (
	"slices"
	"strings"

	"recat/migrate"
)

// penalties are the policy's; nil for none.
func (r *reviewer) penalties() []migrate.Penalty {
	if r.o.Policy == nil {
		return nil
	}
	return r.o.Policy.Penalties
}

// penaltySteps says what sellers may expect, and that nothing here does it.
func (r *reviewer) penaltySteps(h *htmlPage) {
	from := ""
	if d := r.s.Header.Dates; !d.Enforced.IsZero() {
		from = "From " + zoned(d.Enforced, d) + " an"
	} else {
		from = "An"
	}
	h.el("p", "Applying this plan penalises nobody, and which sellers will be is not known yet. "+from+
		" audit lists the sellers whose listings are still up, with the highest step that each has reached; people then act on it.")
	h.ladder(r.penalties())
}

// silentSweeps are the names of the sweep rules that found nothing.
func (r *reviewer) silentSweeps() []string {
	if r.o.Policy == nil || r.run != nil || r.s.Trailer.Totals.Empty() {
		return nil
	}
	var out []string
	found := r.sweepRules()
	for _, w := range r.o.Policy.Sweep {
		if !slices.Contains(found, w.Name) {
			out = append(out, w.Name)
		}
	}
	return out
}

// silentRules are the names of the entries' rules with a condition that match
// no product in any category.
func (r *reviewer) silentRules() []string {
	if r.o.Policy == nil || r.run != nil || r.s.Trailer.Totals.Empty() {
		return nil
	}
	matched := map[string]bool{}
	r.eachGroup(func(c *migrate.CategoryChange, g migrate.Group) {
		if c != nil {
			matched[g.Rule] = true
		}
	})
	var out []string
	for _, e := range r.o.Policy.Remove {
		for _, rule := range e.Rules {
			if rule.When != nil && !matched[rule.Name] && !slices.Contains(out, rule.Name) {
				out = append(out, rule.Name)
			}
		}
	}
	return out
}

// silentRemarks tell of rules that matched nothing: a condition may be
// mistaken.
func (r *reviewer) silentRemarks() []remark {
	var out []remark
	if names := r.silentSweeps(); len(names) > 0 {
		out = append(out, remark{level: "look", link: "sweeps", text: silent("The sweep", "The sweeps", names) +
			" found nothing. Is there nothing to find, or is a condition wrong?"})
	}
	if names := r.silentRules(); len(names) > 0 {
		out = append(out, remark{level: "look", link: "policy", text: silent("The rule", "The rules", names) +
			" of the removed categories matched no product. Is there none, or is a condition wrong?"})
	}
	return out
}

// silent names one or several.
func silent(one, many string, names []string) string {
	if len(names) == 1 {
		return one + " " + names[0]
	}
	return many + " " + strings.Join(firstFew(names), ", ")
}

// sweepPlaces says where a sweep looked, where the policy bounds it.
func (r *reviewer) sweepPlaces(h *htmlPage, rule string) {
	if r.o.Policy == nil {
		return
	}
	i := slices.IndexFunc(r.o.Policy.Sweep, func(w migrate.SweepRule) bool { return w.Name == rule })
	if i < 0 {
		return
	}
	var out []string
	if within := r.refPaths(r.o.Policy.Sweep[i].Within); within != "" {
		out = append(out, "Looks in "+within+" only.")
	}
	if except := r.refPaths(r.o.Policy.Sweep[i].Except); except != "" {
		out = append(out, "Leaves out "+except+".")
	}
	if len(out) > 0 {
		h.el("p.note", strings.Join(out, " "))
	}
}

// refPaths names categories, those named by id by their paths too.
func (r *reviewer) refPaths(refs []migrate.CategoryRef) string {
	out := make([]string, len(refs))
	for i, ref := range refs {
		if out[i] = ref.Path; ref.ID == "" {
			continue
		}
		if out[i] = pathOf(r.s, ref.ID); out[i] != "id "+string(ref.ID) {
			out[i] += " [" + string(ref.ID) + "]"
		}
	}
	return strings.Join(out, ", ")
}
