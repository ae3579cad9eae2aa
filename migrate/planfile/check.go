package planfile

import (
	"cmp"
	"fmt"
	"slices"

	"recat/migrate"
)

// check says why a change may not stand in a plan, wherever it would stand:
// every line must be counted by the totals and mean something to apply.
func check(c migrate.Change) error {
	switch {
	case c.Category != nil && c.Product == nil && c.Reference == nil:
		return checkCategory(c.Category)
	case c.Product != nil && c.Category == nil && c.Reference == nil:
		return checkProduct(c.Product)
	case c.Reference != nil && c.Category == nil && c.Product == nil:
		return checkReference(c.Reference)
	}
	return fmt.Errorf("a change is of one category, product or reference")
}

func checkCategory(c *migrate.CategoryChange) error {
	switch c.Do {
	case migrate.RemoveCategory, migrate.PromoteCategory, migrate.CloseCategory, migrate.GuardCategory, migrate.RebuildCategory:
	default:
		return fmt.Errorf("category %q: unknown action %q", c.ID, c.Do)
	}
	switch c.Why {
	case migrate.CauseEntry, migrate.CauseSubtree, migrate.CauseEmptied, migrate.CausePromoted,
		migrate.CauseClosed, migrate.CauseTarget, migrate.CauseAncestor, migrate.CauseCorrupt:
	default:
		return fmt.Errorf("category %q: unknown cause %q", c.ID, c.Why)
	}
	return checkRebuild(c)
}

// checkRebuild lets a repair stand where a category stays, each column once.
func checkRebuild(c *migrate.CategoryChange) error {
	none := len(c.Rebuild) == 0
	switch {
	case c.Do == migrate.RebuildCategory && none:
		return fmt.Errorf("category %q: action %q without anything to rebuild", c.ID, c.Do)
	case !none && (c.Do == migrate.RemoveCategory || c.Do == migrate.GuardCategory):
		return fmt.Errorf("category %q: action %q rebuilds nothing", c.ID, c.Do)
	}
	for i := 1; i < len(c.Rebuild); i++ {
		if c.Rebuild[i-1].Column >= c.Rebuild[i].Column {
			return fmt.Errorf("category %q: rebuilt column %q is out of order", c.ID, c.Rebuild[i].Column)
		}
	}
	return nil
}

// checkProduct lets a product have one of the fates that its place allows.
func checkProduct(p *migrate.ProductChange) error {
	found := len(p.From) > 0
	if p.Outside && (p.Follows == "" || p.Fate != migrate.Delist) {
		return fmt.Errorf("product %q: outside the removed categories, fate %q needs a product that it follows, and delist", p.ID, p.Fate)
	}
	if p.Follows != "" && !p.Outside && !found {
		return fmt.Errorf("product %q: it follows %q, and is neither in a removed category nor outside", p.ID, p.Follows)
	}
	if len(p.Missing) > 0 && p.Fate != migrate.Reassign {
		return fmt.Errorf("product %q: only what is reassigned lacks attributes, and its fate is %q", p.ID, p.Fate)
	}
	switch p.Fate {
	case migrate.Delist:
	case migrate.Reassign, migrate.Detach:
		if !found {
			return fmt.Errorf("product %q: fate %q needs a removed category", p.ID, p.Fate)
		}
	case migrate.Report, migrate.Keep:
		if found {
			return fmt.Errorf("product %q: fate %q leaves it in a removed category", p.ID, p.Fate)
		}
	default:
		return fmt.Errorf("product %q: unknown fate %q", p.ID, p.Fate)
	}
	return nil
}

func checkReference(r *migrate.ReferenceChange) error {
	switch r.Do {
	case migrate.OnRemoveDelete, migrate.OnRemoveNull, migrate.OnRemoveRepoint, migrate.OnRemoveSet, migrate.OnRemoveKeep:
		return nil
	case migrate.OnRemoveRestrict:
		return fmt.Errorf("reference %s: a plan does not hold what is restricted", nameOf(r))
	}
	return fmt.Errorf("reference %s: unknown answer %q", nameOf(r), r.Do)
}

func nameOf(r *migrate.ReferenceChange) string {
	return fmt.Sprintf("%q, column %q, row %q", r.Table, r.Column, r.Row)
}

// sequence holds changes to their canonical order.
type sequence struct {
	categoryKey, productKey migrate.KeyKind

	kind lineKind // of the last change; 0 before the first
	id   string   // its key, of a category or a product
	ref  migrate.ReferenceChange
}

// next takes the change that follows.
func (s *sequence) next(c migrate.Change) error {
	switch {
	case c.Category != nil:
		return s.keyed(categoryLine, s.categoryKey, string(c.Category.ID))
	case c.Product != nil:
		return s.keyed(productLine, s.productKey, c.Product.ID)
	}
	return s.reference(c.Reference)
}

func (s *sequence) keyed(kind lineKind, key migrate.KeyKind, id string) error {
	if err := s.turn(kind); err != nil {
		return err
	}
	if s.kind == kind {
		switch order := key.Compare(s.id, id); {
		case order == 0:
			return fmt.Errorf("%s %q comes twice", kind, id)
		case order > 0:
			return fmt.Errorf("%s %q is out of order: it comes after %q", kind, id, s.id)
		}
	}
	s.kind, s.id = kind, id
	return nil
}

func (s *sequence) reference(r *migrate.ReferenceChange) error {
	if s.kind == referenceLine {
		switch order := s.compare(&s.ref, r); {
		case order == 0:
			return fmt.Errorf("reference %s comes twice", nameOf(r))
		case order > 0:
			return fmt.Errorf("reference %s is out of order: it comes after %s", nameOf(r), nameOf(&s.ref))
		}
	}
	s.kind = referenceLine
	s.ref = migrate.ReferenceChange{Table: r.Table, Column: r.Column, Category: r.Category,
		Row: append(s.ref.Row[:0], r.Row...)}
	return nil
}

// compare orders references by table, column, row and category.
func (s *sequence) compare(a, b *migrate.ReferenceChange) int {
	return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Column, b.Column),
		slices.Compare(a.Row, b.Row), s.categoryKey.Compare(string(a.Category), string(b.Category)))
}

// turn refuses a kind of change whose turn is over.
func (s *sequence) turn(kind lineKind) error {
	if kind < s.kind {
		return fmt.Errorf("a %s comes after a %s", kind, s.kind)
	}
	return nil
}
