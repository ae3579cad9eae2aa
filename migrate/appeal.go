package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"recat/taxonomy"
)

// Appeal is what is said of an undo that took back a part of a run: single
// products, because somebody looked at them again. Products that an appeal
// restored are cleared: no sweep of the run's policy finds them any more.
type Appeal struct {
	Products int         `json:"products"`            // that were restored, variants that came along included
	Followed int         `json:"followed,omitempty"`  // of Products: variants, restored with the product they had followed
	Category taxonomy.ID `json:"category,omitempty"`  // of the run: all products that it took out of this one; "" where they were named
	Into     taxonomy.ID `json:"into,omitempty"`      // where those went whose own category is no longer there
	IntoPath string      `json:"into_path,omitempty"` // its full path then
}

// Part selects the products of a run that an appeal restores.
type Part struct {
	Products []string    // by id
	Category taxonomy.ID // in place of Products: all that the run took out of it
	// Into is where a product goes whose own category is no longer there, and
	// IntoPath its full path. Without it such a product refuses the appeal.
	Into     taxonomy.ID
	IntoPath string
}

// Restored is one product that an appeal is about.
type Restored struct {
	Product string
	Follows string // the product that it is a variant of and came along with; "" for itself
	Already int64  // the appeal that restored it before: nothing is done; 0 for none
}

// Restoration is what an appeal restores.
type Restoration struct {
	Appeal
	Shown   []Restored // the first of the products, at most RestoredKept, settled ones included
	Settled int        // products asked for that an earlier appeal restored; not among Appeal.Products
}

// RestoredKept bounds Restoration.Shown.
const RestoredKept = 1000

// Clearance says by which appeal a product was cleared.
type Clearance struct {
	Product string
	Run     int64  // the appeal
	Of      int64  // the run that it was an appeal against
	Policy  string // of that run
	Reason  string
	By      string // who ran the appeal
	At      time.Time
}

// Partial reports whether the run is an undo that took back a part of another.
func (r Run) Partial() bool { return r.Appeal != nil }

// Cleared gives, by id, the products that appeals cleared, as the catalog's
// own records have it; of several appeals the last counts. An appeal that was
// itself taken back clears nothing, nor does one against a run that was
// undone whole: what that run did, and all that was said of it, is over.
func Cleared(ctx context.Context, cat Catalog) (map[string]Clearance, error) {
	return cleared(ctx, cat, func(Run) bool { return true })
}

// clearedOf are the products cleared of one policy.
func clearedOf(ctx context.Context, cat Catalog, policy string) (map[string]Clearance, error) {
	return cleared(ctx, cat, func(r Run) bool { return r.Policy == policy })
}

func cleared(ctx context.Context, cat Catalog, counts func(Run) bool) (map[string]Clearance, error) {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	out := map[string]Clearance{}
	for _, r := range runs {
		if !r.Partial() || r.UndoneBy != 0 || !counts(r) {
			continue
		}
		for c, err := range cat.Changes(ctx, r.ID) {
			if err != nil {
				return nil, fmt.Errorf("read what run %d restored: %w", r.ID, err)
			}
			if c.Product != nil {
				out[c.Product.ID] = Clearance{Product: c.Product.ID, Run: r.ID, Of: r.Of, Policy: r.Policy, Reason: r.Reason, By: r.Operator, At: r.At}
			}
		}
	}
	return out, nil
}

// Add takes one more product.
func (r *Restoration) Add(p Restored) {
	switch {
	case p.Already != 0:
		r.Settled++
	case p.Follows != "":
		r.Followed++
		fallthrough
	default:
		r.Products++
	}
	if len(r.Shown) < RestoredKept {
		r.Shown = append(r.Shown, p)
	}
}

// AppealsOf lists the appeals against a run that still stand, oldest first.
func AppealsOf(runs []Run, of int64) []Run {
	var out []Run
	for _, r := range runs {
		if r.Partial() && r.Of == of && r.UndoneBy == 0 {
			out = append(out, r)
		}
	}
	return out
}

// RestoredBy gives the products that appeals against a run had given back once
// another run was recorded, an undo of such an appeal among them.
func RestoredBy(ctx context.Context, cat Catalog, of, until int64) (map[string]bool, error) {
	runs, err := cat.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	out := map[string]bool{}
	for _, r := range runs {
		if !r.Partial() || r.Of != of || r.ID > until || slices.ContainsFunc(runs, func(u Run) bool { return u.Of == r.ID && u.ID <= until }) {
			continue
		}
		for c, err := range cat.Changes(ctx, r.ID) {
			if err != nil {
				return nil, fmt.Errorf("read what run %d restored: %w", r.ID, err)
			}
			if c.Product != nil && c.Product.Kept == nil {
				out[c.Product.ID] = true
			}
		}
	}
	return out, nil
}

// SettleUndone fills UndoneBy of recorded runs, which come oldest first: an
// appeal goes with the run that it was against.
func SettleUndone(runs []Run) {
	at := map[int64]int{}
	for i, r := range runs {
		at[r.ID] = i
		if of, ok := at[r.Of]; ok && r.Kind == RunUndo && !r.Partial() && runs[of].UndoneBy == 0 {
			runs[of].UndoneBy = r.ID
		}
	}
	for i, r := range runs {
		if of, ok := at[r.Of]; ok && r.Partial() && r.UndoneBy == 0 {
			runs[i].UndoneBy = runs[of].UndoneBy
		}
	}
}

// TakenFrom finds a category that a run removed, by id or by the path it had,
// written as id:… where a path might read alike. Its error is a RefusedError
// that names the nearest.
func TakenFrom(ctx context.Context, cat Catalog, run int64, name string) (taxonomy.ID, error) {
	id, byID := strings.CutPrefix(name, "id:")
	path := taxonomy.ParsePath(name).String()
	var names []string
	for c, err := range cat.Changes(ctx, run) {
		switch {
		case err != nil:
			return "", fmt.Errorf("read what run %d changed: %w", run, err)
		case c.Category == nil:
			return "", notTaken(run, name, names)
		case c.Category.Do != RemoveCategory:
			continue
		case string(c.Category.ID) == id || !byID && taxonomy.ParsePath(c.Category.Path).String() == path:
			return c.Category.ID, nil
		}
		names = append(names, c.Category.Path)
	}
	return "", notTaken(run, name, names)
}

func notTaken(run int64, name string, names []string) error {
	refusal := Refusal{What: fmt.Sprintf("run %d did not remove the category %q", run, name)}
	if near := Nearest(name, names); len(near) > 0 {
		refusal.Answer = fmt.Sprintf("did you mean %q?", near[0])
	}
	return &RefusedError{Refusals: []Refusal{refusal}}
}

// FindOpen finds the category that products may be restored into, by path or
// as id:…: it must be there, not removed by a run, and open to products.
func FindOpen(ctx context.Context, cat Catalog, name string) (taxonomy.ID, string, error) {
	cats, err := cat.Categories(ctx)
	if err != nil {
		return "", "", err
	}
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return "", "", fmt.Errorf("read tombstones: %w", err)
	}
	ref := CategoryRef{Path: name, Cell: true}
	if id, ok := strings.CutPrefix(name, "id:"); ok {
		ref = CategoryRef{ID: taxonomy.ID(id)}
	}
	id, gone, bad := newFinder(cats, tombs).category(ref)
	switch {
	case bad != nil:
		what, near, _ := strings.Cut(bad.Msg, "\n")
		return "", "", &RefusedError{Refusals: []Refusal{{What: what, Answer: strings.TrimSpace(near)}}}
	case gone:
		return "", "", Refuse("category %q was removed by an earlier run: nothing can be restored into it", name)
	case cats.Closed[id]:
		return "", "", Refuse("category %q is closed to products", name)
	}
	return id, cats.Tree.Path(id).String(), nil
}

// homelessNamed is how many products a refusal of Homeless names.
const homelessNamed = 20

// Homeless refuses to restore products whose category is no longer there.
func Homeless(products []string) error {
	rows := products[:min(len(products), homelessNamed)]
	if more := len(products) - len(rows); more > 0 {
		rows = append(slices.Clip(rows), fmt.Sprintf("… and %d more", more))
	}
	return &RefusedError{Refusals: []Refusal{{What: "the category that they were in is no longer there: products", Rows: rows,
		Answer: "say where they go: --into CATEGORY"}}}
}

// Untouched refuses to restore products that a run did not change.
func Untouched(run int64, products []string) error {
	return &RefusedError{Refusals: []Refusal{{What: fmt.Sprintf("run %d did not change products", run), Rows: products}}}
}
