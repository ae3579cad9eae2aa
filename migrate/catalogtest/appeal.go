package catalogtest

import (
	"cmp"
	"maps"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// appeals are the standing appeals against a run.
func (m *Memory) appeals(of int64) []*run {
	var out []*run
	for i := range m.runs {
		if r := &m.runs[i]; r.Partial() && r.Of == of && r.UndoneBy == 0 {
			out = append(out, r)
		}
	}
	return out
}

// restored lists the products of a run that appeals restored, with the appeal.
func (m *Memory) restored(of int64) map[string]int64 {
	out := map[string]int64{}
	for _, a := range m.appeals(of) {
		for _, c := range a.changes {
			out[c.Product.ID] = a.ID
		}
	}
	return out
}

// sinceThen is what a run did, as the appeals against it left it: a row that
// one gave back is none any more.
func (m *Memory) sinceThen(r *run) []image {
	at := map[[2]string]int{}
	var out []image
	take := func(im image) {
		key := [2]string{im.table, im.key}
		i, known := at[key]
		switch {
		case !known:
			at[key] = len(out)
			out = append(out, im)
		case im.before == nil || im.after == nil || out[i].after == nil:
			out[i].after = im.after
		default:
			after := maps.Clone(out[i].after)
			for _, column := range im.columns() {
				copyColumn(after, im.after, column)
			}
			out[i].after = after
		}
	}
	for _, im := range r.images {
		take(im)
	}
	for _, a := range m.appeals(r.ID) {
		for _, im := range a.images {
			take(im)
		}
	}
	return slices.DeleteFunc(out, func(im image) bool {
		return (im.before == nil) == (im.after == nil) && maps.Equal(im.before, im.after)
	})
}

// product is the product that an image's row is, or belongs to; "" for none.
func (m image) product() string {
	switch m.table {
	case "products":
		return m.key
	case "product_categories":
		return cmp.Or(m.before["product_id"], m.after["product_id"])
	}
	return ""
}

// choose narrows the reversal to the products of an appeal.
func (r *reversal) choose(part migrate.Part) error {
	r.restores.Category, r.restores.Into, r.restores.IntoPath = part.Category, part.Into, part.IntoPath
	before, unknown := r.m.restored(r.run.ID), slices.Clone(part.Products)
	chosen := map[string]bool{}
	for _, c := range r.run.changes {
		p := c.Product
		if p == nil || !p.Fate.Acts() {
			continue
		}
		named := slices.Contains(part.Products, p.ID) || part.Category != "" && slices.Contains(p.From, part.Category)
		unknown = slices.DeleteFunc(unknown, func(id string) bool { return id == p.ID })
		if follows := slices.Contains(part.Products, p.Follows); named || follows {
			one := migrate.Restored{Product: p.ID, Already: before[p.ID]}
			if !named {
				one.Follows = p.Follows
			}
			if !named && one.Already != 0 {
				continue
			}
			r.restores.Add(one)
			chosen[p.ID] = one.Already == 0
		}
	}
	if len(unknown) > 0 {
		return migrate.Untouched(r.run.ID, unknown)
	}
	r.images = nil
	for _, im := range r.run.images {
		if chosen[im.product()] {
			im.before = maps.Clone(im.before)
			r.images = append(r.images, im)
		}
	}
	return r.house(part.Into)
}

// house sends into a category what was in one that is no longer there.
func (r *reversal) house(into taxonomy.ID) error {
	var homeless []string
	housed := map[string]bool{} // products with a membership there
	for _, f := range r.m.tables["product_categories"] {
		housed[f["product_id"]] = housed[f["product_id"]] || f["category_id"] == string(into)
	}
	// a row that the run moved carries its product, else the first that it deleted
	slices.SortStableFunc(r.images, func(a, b image) int { return cmp.Compare(len(b.after), len(a.after)) })
	r.images = slices.DeleteFunc(r.images, func(im image) bool { return im.table == "product_categories" && !r.keeps(im, into, housed, &homeless) })
	for i, im := range r.images {
		if id := im.before["category_id"]; im.table == "products" && id != "" && r.m.tables["categories"][id] == nil {
			if into == "" {
				homeless = append(homeless, im.key)
			}
			r.images[i].before["category_id"] = string(into)
		}
	}
	if len(homeless) > 0 {
		slices.SortFunc(homeless, r.m.shape.KeyKind().Compare)
		return migrate.Homeless(slices.Compact(homeless))
	}
	return nil
}

// keeps reports whether a membership is restored, and sends it into a
// category where its own is gone: one of a product, unless it is there.
func (r *reversal) keeps(im image, into taxonomy.ID, housed map[string]bool, homeless *[]string) bool {
	id := im.before["category_id"]
	if r.m.tables["categories"][id] != nil {
		return true
	}
	product := im.product()
	switch {
	case into == "":
		*homeless = append(*homeless, product)
	case !housed[product]:
		housed[product] = true
		im.before["category_id"] = string(into)
		return true
	}
	return false
}

// changes says of each product of an appeal how it stood and will stand.
func (r *reversal) changes(next tables) []migrate.Change {
	ids := map[string]bool{}
	for _, p := range r.restores.Shown {
		ids[p.Product] = p.Already == 0
	}
	var out []migrate.Change
	now := r.m.tables
	defer func() { r.m.tables = now }()
	for _, c := range r.run.changes {
		if c.Product == nil || !ids[c.Product.ID] {
			continue
		}
		p := *c.Product
		r.m.tables = now
		p.Before = r.m.product(p.ID, nil).Placement
		r.m.tables = next
		p.After = r.m.product(p.ID, nil).Placement
		out = append(out, migrate.Change{Product: &p})
	}
	return out
}
