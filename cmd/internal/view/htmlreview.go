package view

import (
	"io"
	"iter"

	"recat/migrate"
	"recat/taxonomy"
)

// PageOptions say what a review page leads to.
type PageOptions struct {
	ProductsFile    string          // the products as CSV, beside the page; "" where there is none
	ProductsCommand string          // that writes them
	ApproveCommand  string          // that approves the plan; "" where the page cannot know
	Policy          *migrate.Policy // that the plan was made from; nil where it cannot be read
}

// ProductsEmbedded is how many products a review page holds. Of a plan of more
// it holds some of every group.
const ProductsEmbedded = 20_000

// PlanHTML writes a plan as one page that a reviewer opens from an e-mail:
// what goes, when, how much, why, and what to look at first. The changes are
// ranged over once; of however many, the page is of bounded size, and so is
// the memory.
func PlanHTML(w io.Writer, s *migrate.Summary, changes iter.Seq2[migrate.Change, error], o PageOptions) error {
	r := &reviewer{s: s, o: o}
	if err := r.read(changes); err != nil {
		return err
	}
	return htmlDocument{Title: s.Header.Policy + ": a plan to review", Header: r.planHeader, Sections: r.sections(), Footer: r.provenance}.write(w)
}

// RunHTML writes a run's receipt as the same page.
func RunHTML(w io.Writer, receipt RunReceipt, changes iter.Seq2[migrate.Change, error], o PageOptions) error {
	s, err := receipt.summary()
	if err != nil {
		return err
	}
	if receipt.Single() {
		changes = NotKept(changes)
	}
	r := &reviewer{s: s, run: &receipt, o: o}
	if err := r.read(changes); err != nil {
		return err
	}
	return htmlDocument{Title: s.Header.Policy + ": receipt of run " + count(receipt.Run.ID),
		Header: r.runHeader, Sections: r.sections(), Footer: r.provenance}.write(w)
}

// reviewer writes the page of a plan or, where run is set, of a run.
type reviewer struct {
	s   *migrate.Summary
	run *RunReceipt
	o   PageOptions

	categories []*migrate.CategoryChange // those that the plan relies on included
	received   map[taxonomy.ID]int       // products that come to a category
	rows       []productRow
	products   int // of which rows are some
}

// read takes what the page shows beside the summary.
func (r *reviewer) read(changes iter.Seq2[migrate.Change, error]) error {
	r.received = map[taxonomy.ID]int{}
	picked := newSelection(r.s, ProductsEmbedded)
	for c, err := range changes {
		if err != nil {
			return err
		}
		switch {
		case c.Category != nil:
			r.categories = append(r.categories, c.Category)
		case c.Product != nil:
			r.products++
			if to := destination(c.Product); to != "" {
				r.received[to]++
			}
			if picked.take(c.Product) {
				r.rows = append(r.rows, r.row(c.Product))
			}
		}
	}
	return nil
}

// sections are the parts of the page, what matters most first. Those that
// would say nothing are left out.
func (r *reviewer) sections() []htmlSection {
	if r.run != nil && r.run.Single() {
		return r.restoredSections()
	}
	s := r.s
	where := func(there bool, write func(*htmlPage)) func(*htmlPage) {
		if !there {
			return nil
		}
		return write
	}
	return []htmlSection{
		{"glance", "At a glance", r.glance},
		{"look", "Look first", where(len(r.remarks()) > 0, r.look)},
		{"drift", "Changed since the plan", where(r.run != nil && len(r.run.Run.Drift) > 0, r.drifted)},
		{"kept", "Kept as edited since", where(r.run != nil && len(r.run.Run.Kept) > 0, r.keptRows)},
		{"tree", "Categories", where(len(s.Categories) > 0, r.tree)},
		{"fates", "What happens", where(r.anyGroups(), r.fates)},
		{"sweeps", "Sweeps", where(len(s.Sweeps)+len(r.silentSweeps()) > 0, r.sweeps)},
		{"products", "Products", where(r.products > 0, r.productTable)},
		{"attributes", "Attributes", where(len(s.Lacking()) > 0, r.attributes)},
		{"holds", "Holds", where(len(heldBack(s)) > 0, r.holds)},
		{"decisions", "Decisions", where(len(r.decided()) > 0, r.decisions)},
		{"references", "References", where(len(s.References)+len(r.removed()) > 0, r.references)},
		{"limits", "Limits", r.limits},
		{"penalties", "Penalties", where(r.penalties() != nil, r.penaltySteps)},
		{"policy", "Policy", where(s.Header.PolicyText != "", r.policy)},
		{"words", "Words", r.words},
	}
}

func (r *reviewer) anyGroups() bool {
	for _, c := range r.s.Categories {
		if len(c.Groups) > 0 {
			return true
		}
	}
	return false
}

// removed are the categories that go.
func (r *reviewer) removed() []migrate.CategorySummary {
	var out []migrate.CategorySummary
	for _, c := range worstFirst(r.s.Categories) {
		if c.Change.Do == migrate.RemoveCategory {
			out = append(out, c)
		}
	}
	return out
}
