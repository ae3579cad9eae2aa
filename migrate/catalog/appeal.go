package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// appeal is what an undo restores of a run where it restores a part: copies of
// the run's before-images, cut down to the rows of its products. Where a
// product goes into another category, the copies say so.
//
//	recat_u_N_1   the products by the key of the run's image: k
//	recat_u_N_…   the category they go into (see categoryTable), the copies,
//	              and, filled under the lock, the rows as they are: what the
//	              copy has, and in c1 … the columns' values before the appeal
type appeal struct {
	h        *history
	c        *Catalog // seen through the run's mapping
	s        *scratch
	into     taxonomy.ID
	restores migrate.Restoration
	newest   int64 // run when it was prepared
	ids      string
	to       string  // where the category stands that products go into; "" for none
	all      []image // of the run
	cut      []image // the copies
	held     []image // of each image the rows as they are
	counted  string  // where the counters stand as they are
}

// prepareAppeal cuts a run's images down to what is restored.
func (r *reversal) prepareAppeal(ctx context.Context, part migrate.Part) (err error) {
	a := &appeal{h: r.hist, c: r.hist.through(), s: r.scratch, into: part.Into, all: slices.Clone(r.hist.images)}
	r.appeal = a
	a.restores.Category, a.restores.Into, a.restores.IntoPath = part.Category, part.Into, part.IntoPath
	if a.newest, err = r.c.newest(ctx); err != nil {
		return err
	}
	if _, err := a.c.Categories(ctx); err != nil {
		return fmt.Errorf("read the tree: %w", err)
	}
	if err := a.choose(ctx, part); err != nil || a.restores.Products == 0 {
		return err
	}
	if err := a.findInto(ctx); err != nil {
		return err
	}
	if err := a.narrow(ctx); err != nil {
		return err
	}
	if err := a.house(ctx); err != nil {
		return err
	}
	for _, im := range a.all {
		where, instead := a.restored(im)
		if where == "" {
			continue
		}
		cut, err := a.h.copyOf(ctx, a.s, im, instead, where)
		if err != nil {
			return err
		}
		a.cut = append(a.cut, cut)
	}
	r.hist.images = a.cut
	return a.makeHeld(ctx)
}

// narrow cuts the memberships down to the chosen products', found by product.
func (a *appeal) narrow(ctx context.Context) error {
	for i, im := range a.all {
		if im.Role != roleMembership || im.tab == nil {
			continue
		}
		own := a.own(im)
		if own == "" {
			continue
		}
		product := im.kept([]string{a.c.mapping.Memberships.Product})[0]
		var err error
		if a.all[i], err = a.h.copyOf(ctx, a.s, im, nil, own, strings.TrimPrefix(product, "x.")); err != nil {
			return err
		}
	}
	return nil
}

// choose finds the products, as they were asked for and with the variants
// that followed them.
func (a *appeal) choose(ctx context.Context, part migrate.Part) error {
	im, ok := a.h.productImage()
	if !ok {
		return untouched(a.h.run, part.Products)
	}
	already, err := a.already(ctx)
	if err != nil {
		return err
	}
	id := a.h.idColumn(im)
	a.ids = a.s.name()
	if err := a.s.make(ctx, tempTable{name: a.ids, columns: []typedColumn{{"k", "x." + id}}, from: im.Store + " x", indexed: []string{"k"}}); err != nil {
		return err
	}
	var chosen []any
	unknown := map[string]bool{}
	for _, id := range part.Products {
		unknown[id] = true
	}
	order := a.c.d.storeOrder()
	for row, err := range eachRow(ctx, a.c.conn, 3, fmt.Sprintf("SELECT %s, x.%s, x.verdict FROM %s x ORDER BY %s", a.h.idOf(im), id, im.Store, order)) {
		if err != nil {
			return a.c.d.failure(err)
		}
		v, product := a.h.verdicts[row[2].(int64)-1], renderRaw(row[0])
		delete(unknown, product)
		one := migrate.Restored{Product: product, Already: already[product]}
		named := slices.Contains(part.Products, product) || part.Category != "" && slices.Contains(v.From, part.Category)
		if !named {
			if one.Follows = v.Follows; one.Already != 0 || v.Follows == "" || !slices.Contains(part.Products, v.Follows) {
				continue
			}
		}
		if a.restores.Add(one); one.Already == 0 {
			chosen = append(chosen, row[1])
		}
	}
	if err := untouched(a.h.run, slices.DeleteFunc(slices.Clone(part.Products), func(id string) bool { return !unknown[id] })); err != nil {
		return err
	}
	into := &inserter{s: a.c.conn, table: a.ids, width: 1}
	for _, k := range chosen {
		if err := into.add(ctx, k); err != nil {
			return err
		}
	}
	return into.flush(ctx)
}

func untouched(run int64, products []string) error {
	if len(products) == 0 {
		return nil
	}
	return migrate.Untouched(run, products)
}

// already tells of the products that appeals restored before, by which.
func (a *appeal) already(ctx context.Context) (map[string]int64, error) {
	earlier, err := a.h.appeals(ctx, a.h.run, 0)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, e := range earlier {
		im, ok := e.productImage()
		if !ok {
			continue
		}
		for row, err := range eachRow(ctx, a.c.conn, 1, fmt.Sprintf("SELECT %s FROM %s x", a.h.idOf(im), im.Store)) {
			if err != nil {
				return nil, a.c.d.failure(err)
			}
			out[renderRaw(row[0])] = e.run
		}
	}
	return out, nil
}

// findInto copies the row of the category that products go into.
func (a *appeal) findInto(ctx context.Context) error {
	if a.into == "" {
		return nil
	}
	row, ok := a.c.rows[a.into]
	if !ok {
		return migrate.Refuse("the category %q that products are to be restored into is not in the catalog", a.into)
	}
	a.to = a.s.name()
	if err := a.s.make(ctx, a.c.categoryTable(a.to)); err != nil {
		return err
	}
	return a.c.insertCategory(ctx, a.to, 1, row)
}

// chosen is the condition that a kept key is that of a chosen product.
func (a *appeal) chosen(kept string) string {
	return fmt.Sprintf("EXISTS (SELECT 1 FROM %s i WHERE %s)", a.ids, a.c.d.joined(kept, "i.k"))
}

// own is the condition that an image's row is, or belongs to, a chosen
// product; "" where rows of its kind are nobody's.
func (a *appeal) own(im image) string {
	switch im.Role {
	case roleProduct:
		return a.chosen("x." + a.h.idColumn(im))
	case roleMembership:
		if kept := im.kept([]string{a.c.mapping.Memberships.Product}); len(kept) == 1 {
			return a.chosen(kept[0])
		}
	case "delist", "primary":
		if product := a.c.ownerColumn(im); product != "" && im.tab != nil {
			if a.c.d.nullKeys() { // see appeal.keep
				return fmt.Sprintf("EXISTS (SELECT 1 FROM %s p WHERE %s AND p.%s IN (SELECT k FROM %s))", im.tab.sql(), im.on(false), ident(product), a.ids)
			}
			return fmt.Sprintf("EXISTS (SELECT 1 FROM %s p JOIN %s i ON %s WHERE %s)", im.tab.sql(), a.ids,
				a.c.d.keyKept("p."+ident(product), "i.k", a.productID()), im.on(false))
		}
	}
	return ""
}

func (a *appeal) productID() column {
	tab, _ := a.c.schema.table(a.c.mapping.Products.Table)
	id, _ := tab.column(a.c.mapping.Products.ID)
	return id
}

// home is a column of an image that names a product's category, by the place
// of the column, and the key of the categories that it holds.
type home struct {
	at       int
	refersTo string
}

// homes lists the columns of an image that name a product's category.
func (a *appeal) homes(im image) []home {
	var out []home
	add := func(name, refersTo string) {
		if i := slices.IndexFunc(im.Columns, func(c string) bool { return name != "" && strings.EqualFold(c, name) }); i >= 0 {
			out = append(out, home{i, refersTo})
		}
	}
	m := a.c.mapping
	switch im.Role {
	case roleProduct:
		add(m.Products.Category, "")
		add(m.Products.Primary, "")
	case roleMembership:
		add(m.Memberships.Category, m.Memberships.RefersTo)
	case "primary":
		add(im.Columns[0], "")
	}
	return out
}

// gone is the condition that the run took a row of an image, under an alias,
// out of a category that is no longer there.
func (a *appeal) gone(im image, h home, x string) string {
	m := a.c.mapping
	cats, _ := a.c.schema.table(m.Categories.Table)
	key := m.keyColumn(h.refersTo)
	col, _ := cats.column(key)
	kept := fmt.Sprintf("%s.b%d", x, h.at+1)
	out := fmt.Sprintf("%s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s q WHERE %s)", kept, cats.sql(), a.c.d.keyKept("q."+ident(key), kept, col))
	if m.Products.None != nil && im.Role != roleMembership {
		out += fmt.Sprintf(" AND NOT %s", im.d.same(im.given(im.Columns[h.at], kept), a.c.d.literal(*m.Products.None)))
	}
	if im.Op == opUpdate {
		out += " AND " + differs(im.d, fmt.Sprintf("%s.a%d", x, h.at+1), kept)
	}
	return "(" + out + ")"
}

// house refuses where products have no category to go back to and none to go
// into.
func (a *appeal) house(ctx context.Context) error {
	if a.into != "" {
		return nil
	}
	var homeless []string
	for _, im := range a.all {
		own := a.own(im)
		for _, h := range a.homes(im) {
			if own == "" {
				continue
			}
			product, from := a.owner(im)
			for row, err := range eachRow(ctx, a.c.conn, 1, fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE %s AND %s", product, from, own, a.gone(im, h, "x"))) {
				if err != nil {
					return a.c.d.failure(err)
				}
				if id := renderRaw(row[0]); !slices.Contains(homeless, id) {
					homeless = append(homeless, id)
				}
			}
		}
	}
	if len(homeless) == 0 {
		return nil
	}
	slices.SortFunc(homeless, a.h.header.ProductKey.Compare)
	return migrate.Homeless(homeless)
}

// owner is the id of the product that a row of an image belongs to, and the
// FROM that it is told over.
func (a *appeal) owner(im image) (product, from string) {
	from = im.Store + " x"
	switch im.Role {
	case roleProduct:
		return a.h.idOf(im), from
	case roleMembership:
		name := a.c.mapping.Memberships.Product
		return im.given(name, im.kept([]string{name})[0]), from
	}
	return "p." + ident(a.c.ownerColumn(im)), fmt.Sprintf("%s JOIN %s p ON %s", from, im.tab.sql(), im.on(false))
}
