package catalogtest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// snapshot is a copy of what a selection names.
type snapshot struct {
	m        *Memory
	sel      migrate.Selection
	also     []string
	products []*migrate.Product
	refs     []*migrate.Reference
	runs     int // recorded when it was taken
}

// Snapshot copies what the selection names.
func (m *Memory) Snapshot(ctx context.Context, sel migrate.Selection) (migrate.Snapshot, error) {
	s := &snapshot{m: m, sel: sel}
	if sel.Also != nil {
		for id, err := range sel.Also {
			if err != nil {
				return nil, err
			}
			s.also = append(s.also, id)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.products, s.refs = s.read()
	s.runs = len(m.runs)
	return s, ctx.Err()
}

// read copies the selection as the catalog is now.
func (s *snapshot) read() ([]*migrate.Product, []*migrate.Reference) {
	var products []*migrate.Product
	for _, key := range s.m.sorted("products") {
		p := s.m.product(key, s.sel.Fields)
		if s.sel.Everything || slices.Contains(s.also, key) || s.holds(p.Placement) {
			p.Ordinal = int64(len(products) + 1)
			p.Attributes = s.has(key)
			if s.sel.URLs {
				p.URL = p.Title
			}
			products = append(products, p)
		}
	}
	return products, s.references()
}

// Scan shows every product, one after the other.
func (m *Memory) Scan(ctx context.Context, opts migrate.ScanOptions, see func(*migrate.Product) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.tables["products"] {
		if err := ctx.Err(); err != nil {
			return err
		}
		full := m.product(id, opts.Reads)
		p := &migrate.Product{ID: id, Placement: full.Placement, Hidden: full.Hidden, Fields: full.Fields, Off: opts.Off && full.Off}
		reads := func(name string) bool { return slices.Contains(opts.Reads, name) }
		if p.Live = reads("live") && full.Live; reads("title") {
			p.Title = full.Title
		}
		if reads("state") {
			p.State = full.State
		}
		if reads("seller") {
			p.Seller = full.Seller
		}
		if err := see(p); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether a placement touches the selected categories.
func (s *snapshot) holds(p migrate.Placement) bool {
	return slices.Contains(s.sel.In, p.Category) || slices.Contains(s.sel.In, p.Primary) ||
		slices.ContainsFunc(p.Memberships, func(m migrate.Membership) bool { return slices.Contains(s.sel.In, m.Category) })
}

// product reads one product.
func (m *Memory) product(id string, fields []string) *migrate.Product {
	r := m.tables["products"][id]
	p := &migrate.Product{ID: id, Title: value(r, "title"), Live: r["status"] == Active, State: value(r, "status"),
		Seller: value(r, "seller"), Hidden: r["status"] == Trash, Off: r["status"] == Delisted,
		Writes: []migrate.Write{{Values: []*string{r.text("status")}}}}
	if slices.Contains(fields, "price") {
		p.Fields = map[string]migrate.Value{"price": {}}
		if n := r.number("price"); n != nil {
			p.Fields["price"] = migrate.IntValue(*n)
		}
	}
	if m.shape.Memberships {
		p.Primary = taxonomy.ID(r["category_id"])
	} else {
		p.Category = taxonomy.ID(r["category_id"])
	}
	for _, key := range m.filings(id) {
		f := m.tables["product_categories"][key]
		p.Memberships = append(p.Memberships, migrate.Membership{Category: taxonomy.ID(f["category_id"]),
			Position: f.number("position"), Primary: m.shape.Flags && f["main"] == "1"})
	}
	m.shape.KeyKind().SortMemberships(p.Memberships)
	return p
}

func value(r row, column string) migrate.Value {
	if s, ok := r[column]; ok {
		return migrate.TextValue(s)
	}
	return migrate.Value{}
}

// filings lists a product's membership rows.
func (m *Memory) filings(product string) []string {
	return slices.DeleteFunc(m.tables["product_categories"].keys(), func(key string) bool {
		return m.tables["product_categories"][key]["product_id"] != product
	})
}

func (s *snapshot) references() []*migrate.Reference {
	var refs []*migrate.Reference
	for _, t := range referenceTables {
		for _, r := range s.m.tables[t.name] {
			if !slices.Contains(s.sel.In, taxonomy.ID(r["category_id"])) {
				continue
			}
			ref := &migrate.Reference{Table: t.name, Column: "category_id", Row: []string{r["key"]},
				Category: taxonomy.ID(r["category_id"]), OnRemove: t.onRemove}
			switch t.name {
			case Translations:
				ref.Row = []string{r["category_id"], r["key"]}
			case Redirects:
				ref.Before = []*string{r.text("category_id"), r.text("http_status")}
			}
			refs = append(refs, ref)
		}
	}
	refs = append(refs, s.coupons()...)
	slices.SortFunc(refs, func(a, b *migrate.Reference) int {
		return migrate.CompareReferences(a.Table, a.Column, a.Row, b.Table, b.Column, b.Row)
	})
	for i, ref := range refs {
		ref.Ordinal = int64(i + 1)
	}
	return refs
}

// coupons are the rows whose path has a selected category among its ids.
func (s *snapshot) coupons() []*migrate.Reference {
	var refs []*migrate.Reference
	for _, r := range s.m.tables[Coupons] {
		segments := strings.Split(r["path"], PathSeparator)
		i := slices.IndexFunc(s.sel.In, func(id taxonomy.ID) bool { return slices.Contains(segments, string(id)) })
		if i >= 0 {
			refs = append(refs, &migrate.Reference{Table: Coupons, Column: "path", Row: []string{r["key"]},
				Category: s.sel.In[i], OnRemove: migrate.OnRemoveDelete, InText: true})
		}
	}
	return refs
}

// Products streams copies of the copied products.
func (s *snapshot) Products(ctx context.Context) iter.Seq2[*migrate.Product, error] {
	return stream(ctx, s.products)
}

// References streams copies of the copied references.
func (s *snapshot) References(ctx context.Context) iter.Seq2[*migrate.Reference, error] {
	return stream(ctx, s.refs)
}

func stream[T any](ctx context.Context, all []*T) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for _, one := range all {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			out := *one
			if !yield(&out, nil) {
				return
			}
		}
	}
}

// Counts counts the live products.
func (s *snapshot) Counts(ctx context.Context, live bool) (migrate.Counts, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	on := 0
	for _, r := range s.m.tables["products"] {
		if r["status"] == Active {
			on++
		}
	}
	var c migrate.Counts
	if live {
		c.Live = &on
	}
	return c, ctx.Err()
}

// Stage keeps the changes.
func (s *snapshot) Stage(ctx context.Context, changes iter.Seq2[migrate.Change, error]) (migrate.Stage, error) {
	st := &stage{snapshot: s}
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		if err := s.check(c); err != nil {
			return nil, err
		}
		st.changes = append(st.changes, c)
	}
	return st, ctx.Err()
}

// check holds a change's ordinal against the row it must mean.
func (s *snapshot) check(c migrate.Change) error {
	switch {
	case c.Product != nil && c.Product.Fate.Acts():
		if i := int(c.Product.Ordinal) - 1; i < 0 || i >= len(s.products) || s.products[i].ID != c.Product.ID {
			return fmt.Errorf("product %s has ordinal %d", c.Product.ID, c.Product.Ordinal)
		}
	case c.Reference != nil:
		if i := int(c.Reference.Ordinal) - 1; i < 0 || i >= len(s.refs) || !slices.Equal(s.refs[i].Row, c.Reference.Row) {
			return fmt.Errorf("reference %s %v has ordinal %d", c.Reference.Table, c.Reference.Row, c.Reference.Ordinal)
		}
	}
	return nil
}

// Close forgets nothing: there is nothing to free.
func (s *snapshot) Close() error { return nil }
