package view

import (
	"cmp"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// treeShown bounds the categories of a page's tree.
const treeShown = 3000

// branch is a category of a page's tree: one that changes, one that receives,
// or one above these.
type branch struct {
	change   *migrate.CategoryChange // nil: only its path is known
	id       taxonomy.ID
	label    string
	children []*branch
	out      map[migrate.Fate]int // products that leave it
	in       int                  // products that come
}

// tree shows where in the catalog's tree the changes are.
func (r *reviewer) tree(h *htmlPage) {
	roots, n := r.treeBranches()
	h.el("p.note", "What changes in the category tree: the categories of this "+r.noun()+", those above them, and those that receive products.")
	h.in("ul.tree", func() {
		left := treeShown
		for _, node := range roots {
			r.branch(h, node, &left)
		}
	})
	if n > treeShown {
		h.el("p.note", count(treeShown)+" of "+count(n)+" categories shown; the plan's JSON lists them all.")
	}
}

// noun is what the page is of.
func (r *reviewer) noun() string {
	if r.run != nil {
		return "run"
	}
	return "plan"
}

// treeBranches arranges the categories by their parents. One whose parent is not
// there is a root, under its path.
func (r *reviewer) treeBranches() (roots []*branch, n int) {
	nodes := map[taxonomy.ID]*branch{}
	for _, c := range r.categories {
		nodes[c.ID] = &branch{change: c, id: c.ID, out: map[migrate.Fate]int{}}
	}
	r.eachGroup(func(c *migrate.CategoryChange, g migrate.Group) {
		if c != nil && !g.Outside {
			nodes[c.ID].out[g.Fate] += g.Count
		}
	})
	for to, n := range r.received {
		if nodes[to] == nil {
			nodes[to] = &branch{id: to, out: map[migrate.Fate]int{}}
		}
		nodes[to].in = n
	}
	for _, node := range nodes {
		if node.change == nil || nodes[node.change.Parent] == nil {
			node.label = pathOf(r.s, node.id)
			roots = append(roots, node)
			continue
		}
		node.label = node.change.Name
		parent := nodes[node.change.Parent]
		parent.children = append(parent.children, node)
	}
	byLabel := func(a, b *branch) int { return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(a.id, b.id)) }
	slices.SortFunc(roots, byLabel)
	for _, node := range nodes {
		slices.SortFunc(node.children, byLabel)
	}
	return roots, len(nodes)
}

// branch writes a category and what is below it, while there is room left.
func (r *reviewer) branch(h *htmlPage, n *branch, left *int) {
	if *left--; *left < 0 {
		return
	}
	h.in("li", func() {
		if len(n.children) == 0 {
			h.in("div.node", func() { r.branchLine(h, n) })
			return
		}
		h.in("details", func() {
			h.in("summary", func() { h.in("span.node", func() { r.branchLine(h, n) }) })
			h.in("ul", func() {
				for _, child := range n.children {
					r.branch(h, child, left)
				}
			})
		}, attr{"open", ""})
	})
}

func (r *reviewer) branchLine(h *htmlPage, n *branch) {
	name := markup("bdi.name")
	if n.change != nil && n.change.Do == migrate.RemoveCategory {
		name = "del.name"
	}
	h.el(name, n.label)
	h.el("span.id", " ["+string(n.id)+"] ")
	for _, what := range n.badges() {
		h.badge(what)
		h.raw(" ")
	}
	var numbers tally
	for _, fate := range []migrate.Fate{migrate.Delist, migrate.Reassign, migrate.Detach} {
		numbers.add(n.out[fate], fateDone[fate])
	}
	if len(numbers) > 0 {
		h.el("span.out", "out: "+numbers.String()+" ")
	}
	if n.in > 0 {
		h.el("span.in", "in: "+count(n.in))
	}
	if n.change != nil {
		h.el("span.soft", " "+r.branchNote(n.change))
	}
}

// badges say what becomes of a category.
func (n *branch) badges() []string {
	var out []string
	if c := n.change; c != nil {
		switch {
		case c.Do == migrate.RemoveCategory && c.Why == migrate.CauseEmptied:
			out = append(out, "emptied")
		case c.Do == migrate.RemoveCategory:
			out = append(out, "removed")
		case c.Do == migrate.PromoteCategory:
			out = append(out, "promoted")
		case c.Do == migrate.CloseCategory:
			out = append(out, "closed")
		case c.Do == migrate.RebuildCategory:
			out = append(out, "rebuilt")
		}
		if c.Prohibited {
			out = append(out, "prohibited goods")
		}
	}
	if n.in > 0 {
		out = append(out, "receives")
	}
	return out
}

// branchNote says what the badges don't.
func (r *reviewer) branchNote(c *migrate.CategoryChange) string {
	switch {
	case c.Do == migrate.PromoteCategory && c.To == "":
		return "becomes a root"
	case c.Do == migrate.PromoteCategory:
		return "moves up to " + pathOf(r.s, c.To)
	case c.Why == migrate.CauseSubtree:
		return "below a removed category"
	case c.Why == migrate.CauseEmptied && c.Do == migrate.RemoveCategory:
		return "nothing is left in it"
	}
	return c.Reason
}
