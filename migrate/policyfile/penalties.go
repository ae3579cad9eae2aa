package policyfile

import (
	"regexp"

	"recat/migrate"
)

// deductPoints is the one action that has points.
const deductPoints = "deduct-points"

var actionName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// penalties reads the ladder, whose rungs must ascend.
func (r *reader) penalties(n *node) []migrate.Penalty {
	var rungs []migrate.Penalty
	highest := 0
	for _, item := range r.list(n) {
		f := r.mapping(item, "from", "action", "points")
		if f == nil {
			continue
		}
		var rung migrate.Penalty
		if v := r.want(item, f, "from"); v != nil {
			from, ok := r.count(v, 1)
			if ok && from <= highest {
				r.fail(v, "from %d does not rise above %d", from, highest)
			}
			rung.From, highest = from, max(from, highest)
		}
		r.action(item, f, &rung)
		rungs = append(rungs, rung)
	}
	return rungs
}

// action reads what a rung asks for.
func (r *reader) action(n *node, f fields, rung *migrate.Penalty) {
	if v := r.want(n, f, "action"); v != nil {
		name, ok := r.line(v)
		if ok && !actionName.MatchString(name) {
			r.fail(v, "action wants a name like remove-product")
		}
		rung.Action = name
	}
	points := f["points"]
	switch {
	case points != nil && rung.Action == deductPoints:
		rung.Points, _ = r.count(points, 1)
	case points != nil:
		r.fail(points, "points go with the action %s", deductPoints)
	case rung.Action == deductPoints:
		r.fail(n, "%s needs points", deductPoints)
	}
}
