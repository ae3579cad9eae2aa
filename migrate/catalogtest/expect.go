package catalogtest

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

// after works out what a catalog of the suite must show once the plan's
// changes are made, and nothing else.
func (v *view) after(t rapid.TB, d *Draft, s Shape) *view {
	out := &view{Categories: slices.Clone(v.Categories), Products: slices.Clone(v.Products), References: slices.Clone(v.References)}
	gone := map[taxonomy.ID]bool{}
	for c, err := range d.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.Category != nil:
			out.changeCategory(c.Category, s, gone)
		case c.Product != nil:
			out.changeProduct(c.Product)
		case c.Reference != nil:
			out.changeReference(c.Reference)
		}
	}
	out.Categories = slices.DeleteFunc(out.Categories, func(c viewed) bool { return gone[c.ID] })
	out.occupy()
	slices.SortFunc(out.References, func(a, b migrate.Reference) int {
		return migrate.CompareReferences(a.Table, a.Column, a.Row, b.Table, b.Column, b.Row)
	})
	if len(out.References) == 0 {
		out.References = nil
	}
	if len(out.Categories) == 0 {
		out.Categories = nil
	}
	return out
}

func (v *view) changeCategory(c *migrate.CategoryChange, s Shape, gone map[taxonomy.ID]bool) {
	i := slices.IndexFunc(v.Categories, func(x viewed) bool { return x.ID == c.ID })
	switch c.Do {
	case migrate.RemoveCategory:
		gone[c.ID] = !s.Soft
		v.Categories[i].Marked = s.Soft
	case migrate.PromoteCategory:
		v.Categories[i].Parent = c.To
	case migrate.CloseCategory:
		v.Categories[i].Closed = true
	}
}

func (v *view) changeProduct(c *migrate.ProductChange) {
	p := v.product(c.ID)
	if !c.Fate.Acts() {
		return
	}
	p.Placement = c.After
	if c.Fate == migrate.Delist && !c.Hidden {
		p.Live, p.Off, p.State = false, true, migrate.TextValue(Delisted)
		p.Writes = []migrate.Write{{Values: []*string{new(Delisted)}}}
	}
}

// changeReference changes a row; one that points nowhere is not shown.
func (v *view) changeReference(c *migrate.ReferenceChange) {
	i := slices.IndexFunc(v.References, func(r migrate.Reference) bool {
		return r.Table == c.Table && slices.Equal(r.Row, c.Row)
	})
	if c.Do == migrate.OnRemoveRepoint {
		v.References[i].Category = c.To
		return
	}
	v.References = slices.Delete(v.References, i, i+1)
}

// occupy works out anew which categories hold products.
func (v *view) occupy() {
	held := map[taxonomy.ID]migrate.Held{}
	for _, p := range v.Products {
		for _, id := range places(&p) {
			held[id] = count(held[id], &p)
		}
	}
	for i := range v.Categories {
		c := &v.Categories[i]
		c.Held = held[c.ID]
		c.Occupied = c.Held.Products > 0
	}
}

// drifts are the subjects that differ from a plan.
type drifts struct {
	tree, rows []string
	held       []string        // categories that were empty and now hold products
	planned    map[string]bool // categories that the plan has a line for
}

func (d drifts) subjects() []string {
	return slices.Sorted(slices.Values(slices.Concat(d.tree, d.rows, d.held)))
}

func subjects(all []migrate.Drift) []string {
	var out []string
	for _, d := range all {
		kind := "row "
		if d.Kind == migrate.CategoryEdit {
			kind = "category "
		}
		out = append(out, kind+d.Subject)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// drifted works out, from a plan and what the catalog shows now, everything
// that is no longer as the plan recorded it.
func drifted(t rapid.TB, d *Draft, now *view) drifts {
	out := drifts{planned: map[string]bool{}}
	planned, refs, removed := map[string]bool{}, map[string]bool{}, removedBy(t, d)
	for c, err := range d.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.Category != nil:
			out.planned[string(c.Category.ID)] = true
			if now.movedCategory(c.Category) {
				out.tree = append(out.tree, "category "+string(c.Category.ID))
			}
		case c.Product != nil && c.Product.Fate.Acts():
			planned[c.Product.ID] = true
			if now.movedProduct(c.Product) {
				out.rows = append(out.rows, "row "+c.Product.ID)
			}
		case c.Reference != nil:
			key := c.Reference.Table + " " + strings.Join(c.Reference.Row, ",")
			refs[key] = true
		}
	}
	for _, p := range now.Products {
		if !planned[p.ID] && touches(&p, removed) {
			out.rows = append(out.rows, "row "+p.ID)
		}
	}
	for _, r := range now.References {
		if key := r.Table + " " + strings.Join(r.Row, ","); !refs[key] && slices.Contains(removed, r.Category) {
			out.rows = append(out.rows, "row "+key)
		}
	}
	for _, c := range d.removals(t) {
		if c.Why == migrate.CauseEmptied && now.holds(c.ID) && !slices.Contains(out.tree, "category "+string(c.ID)) {
			out.held = append(out.held, "category "+string(c.ID))
		}
	}
	return out
}

func touches(p *migrate.Product, in []taxonomy.ID) bool {
	return slices.ContainsFunc(places(p), func(id taxonomy.ID) bool { return slices.Contains(in, id) })
}

// holds reports whether a category holds a product.
func (v *view) holds(id taxonomy.ID) bool {
	return slices.ContainsFunc(v.Products, func(p migrate.Product) bool { return touches(&p, []taxonomy.ID{id}) })
}

func (d *Draft) removals(t rapid.TB) []*migrate.CategoryChange {
	var out []*migrate.CategoryChange
	for c, err := range d.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if c.Category != nil && c.Category.Do == migrate.RemoveCategory {
			out = append(out, c.Category)
		}
	}
	return out
}

func (v *view) movedCategory(c *migrate.CategoryChange) bool {
	i := slices.IndexFunc(v.Categories, func(x viewed) bool { return x.ID == c.ID })
	if i < 0 {
		return true
	}
	now := v.Categories[i]
	return now.Name != c.Name || now.Parent != c.Parent || now.Closed != c.Closed ||
		(c.Why != migrate.CauseAncestor && !slices.Equal(v.children(c.ID), c.Children))
}

func (v *view) children(id taxonomy.ID) []taxonomy.ID {
	var ids []taxonomy.ID
	for _, c := range v.Categories {
		if c.Parent == id {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// movedProduct compares what the plan recorded of a product.
func (v *view) movedProduct(c *migrate.ProductChange) bool {
	p := v.product(c.ID)
	if p == nil {
		return true
	}
	if !samePlacement(p.Placement, c.Before) || p.Live != c.Live || p.Hidden != c.Hidden ||
		text(p.State) != deref(c.State) || (len(c.Writes) > 0 && !reflect.DeepEqual(p.Writes, c.Writes)) {
		return true
	}
	return slices.ContainsFunc(c.Read, func(in migrate.Input) bool {
		if in.Name == "category" {
			return v.path(c, *p) != deref(in.Value)
		}
		return text(p.Field(in.Name)) != deref(in.Value)
	})
}

// path is the one that the rules saw: of the governing category, or of the
// product's own.
func (v *view) path(c *migrate.ProductChange, p migrate.Product) string {
	at := cmp.Or(p.Category, p.Primary)
	if at == "" && len(p.Memberships) > 0 {
		at = p.Memberships[0].Category
	}
	if len(c.From) > 0 {
		at = c.From[0]
	}
	var names []string
	for at != "" {
		i := slices.IndexFunc(v.Categories, func(x viewed) bool { return x.ID == at })
		if i < 0 {
			break
		}
		names = append([]string{v.Categories[i].Name}, names...)
		at = v.Categories[i].Parent
	}
	return strings.Join(names, taxonomy.Separator)
}

func samePlacement(a, b migrate.Placement) bool {
	return a.Category == b.Category && a.Primary == b.Primary &&
		slices.EqualFunc(a.Memberships, b.Memberships, func(x, y migrate.Membership) bool { return reflect.DeepEqual(x, y) })
}

// text and deref render NULL apart from every text.
func text(v migrate.Value) string {
	if v.IsNull() {
		return "\x00"
	}
	return v.Render()
}

func deref(s *string) string {
	if s == nil {
		return "\x00"
	}
	return *s
}

// texts lists the plan's changes as they are encoded.
func (d *Draft) texts() []string {
	out := make([]string, len(d.lines))
	for i, line := range d.lines {
		out[i] = string(line.kind) + " " + string(line.text)
	}
	return out
}
