package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

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
	return s, ctx.Err()
}

// read copies the selection as the catalog is now.
func (s *snapshot) read() ([]*migrate.Product, []*migrate.Reference) {
	var products []*migrate.Product
	for _, key := range s.m.sorted("products") {
		p := s.m.product(key, s.sel.Fields)
		if s.sel.Everything || slices.Contains(s.also, key) || s.holds(p.Placement) {
			p.Ordinal = int64(len(products) + 1)
			products = append(products, p)
		}
	}
	return products, s.references()
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
	slices.SortFunc(refs, func(a, b *migrate.Reference) int {
		return migrate.CompareReferences(a.Table, a.Column, a.Row, b.Table, b.Column, b.Row)
	})
	for i, ref := range refs {
		ref.Ordinal = int64(i + 1)
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

// Counts counts the live products, and the sellers of the selected categories.
func (s *snapshot) Counts(ctx context.Context, live bool) (migrate.Counts, error) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	sellers := map[string]bool{}
	for _, p := range s.products {
		if s.holds(p.Placement) && !p.Seller.IsNull() {
			sellers[p.Seller.S] = true
		}
	}
	n, on := len(sellers), 0
	for _, r := range s.m.tables["products"] {
		if r["status"] == Active {
			on++
		}
	}
	c := migrate.Counts{Sellers: &n}
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
	case c.Product != nil:
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

// stage is a list of changes for a snapshot.
type stage struct {
	*snapshot
	changes []migrate.Change
}

// Commit compares the catalog with the snapshot and makes the changes.
func (s *stage) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	m := s.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := observe(ctx, opts, "locked"); err != nil {
		return migrate.Receipt{}, err
	}
	if products, refs := s.read(); !reflect.DeepEqual(products, s.products) || !reflect.DeepEqual(refs, s.refs) {
		return migrate.Receipt{}, migrate.ErrMoved
	}
	next := m.tables.clone()
	for _, c := range s.changes {
		if err := m.apply(next, c); err != nil {
			return migrate.Receipt{}, err
		}
	}
	return m.commit(ctx, next, run{Run: record(migrate.RunApply, opts), changes: s.changes}, opts)
}

// commit checks the next state, and records the run and swaps it in at once.
func (m *Memory) commit(ctx context.Context, next tables, r run, opts migrate.CommitOptions) (migrate.Receipt, error) {
	start := time.Now()
	if err := observe(ctx, opts, "written"); err != nil {
		return migrate.Receipt{}, err
	}
	if bad := next.dangling(); len(bad) > 0 {
		return migrate.Receipt{}, errors.New("foreign key: " + strings.Join(bad, "; "))
	}
	r.images = diff(m.tables, next)
	r.ID, r.Rows = int64(len(m.runs)+1), int64(len(r.images))
	if err := observe(ctx, opts, "committing"); err != nil {
		return migrate.Receipt{}, err
	}
	m.tables = next
	m.runs = append(m.runs, r)
	if r.Of != 0 {
		m.runs[r.Of-1].UndoneBy = r.ID
	}
	return migrate.Receipt{Run: r.ID, Rows: r.Rows, Locked: time.Since(start)}, nil
}

func record(kind migrate.RunKind, o migrate.CommitOptions) migrate.Run {
	return migrate.Run{Kind: kind, Digest: o.Digest, Policy: o.Policy, Header: o.Header, Totals: o.Totals, Drift: o.Drift,
		Operator: o.Operator, Version: o.Version, Early: o.Early, Reason: o.Reason, Approvals: o.Approvals, At: o.Now}
}

// observe passes a named point; an interrupt that falls on it counts.
func observe(ctx context.Context, opts migrate.CommitOptions, point string) error {
	if opts.Observe != nil {
		opts.Observe(point)
	}
	return ctx.Err()
}

// apply makes one change in the next state.
func (m *Memory) apply(next tables, c migrate.Change) error {
	switch {
	case c.Category != nil:
		return m.applyCategory(next, c.Category)
	case c.Product != nil:
		m.applyProduct(next, c.Product)
	case c.Reference != nil:
		applyReference(next, c.Reference)
	}
	return nil
}

// applyCategory checks a category's before-values, then changes it.
func (m *Memory) applyCategory(next tables, c *migrate.CategoryChange) error {
	was, now := m.tables["categories"][string(c.ID)], next["categories"][string(c.ID)]
	if was == nil || was["name"] != c.Name || was["parent_id"] != string(c.Parent) || (was["closed"] == "1") != c.Closed {
		return migrate.ErrMoved
	}
	if c.Why != migrate.CauseAncestor && !slices.Equal(c.Children, m.children(c.ID)) {
		return migrate.ErrMoved
	}
	switch c.Do {
	case migrate.RemoveCategory:
		if m.shape.Soft {
			now["removed"] = "1"
		} else {
			delete(next["categories"], string(c.ID))
		}
	case migrate.PromoteCategory:
		now.set("parent_id", string(c.To))
	case migrate.CloseCategory:
		now["closed"] = "1"
	}
	return nil
}

// children lists the visible children of a category in key order.
func (m *Memory) children(id taxonomy.ID) []taxonomy.ID {
	var ids []taxonomy.ID
	for _, key := range m.sorted("categories") {
		if r := m.tables["categories"][key]; r["parent_id"] == string(id) && r["hidden"] != "1" {
			ids = append(ids, taxonomy.ID(key))
		}
	}
	return ids
}

func (m *Memory) applyProduct(next tables, p *migrate.ProductChange) {
	r := next["products"][p.ID]
	if m.shape.Memberships {
		r.set("category_id", string(p.After.Primary))
	} else {
		r.set("category_id", string(p.After.Category))
	}
	if len(p.Writes) > 0 {
		r["status"] = Delisted
	}
	m.refile(next, p)
}

// refile makes a product's membership rows agree with its placement after:
// a row whose category stays is kept, the first other one is moved to the
// category that is new, and the rest go.
func (m *Memory) refile(next tables, p *migrate.ProductChange) {
	want := map[string]migrate.Membership{}
	for _, after := range p.After.Memberships {
		want[string(after.Category)] = after
	}
	var spare []string
	for _, key := range m.filings(p.ID) {
		f := next["product_categories"][key]
		after, stays := want[f["category_id"]]
		if !stays {
			spare = append(spare, key)
			continue
		}
		m.place(f, after)
		delete(want, f["category_id"])
	}
	for _, after := range want {
		i := max(0, slices.IndexFunc(spare, func(key string) bool { return samePosition(next["product_categories"][key], after) }))
		m.place(next["product_categories"][spare[i]], after)
		spare = slices.Delete(spare, i, i+1)
	}
	for _, key := range spare {
		delete(next["product_categories"], key)
	}
}

func samePosition(f row, after migrate.Membership) bool {
	p := f.number("position")
	return (p == nil) == (after.Position == nil) && (p == nil || *p == *after.Position)
}

func (m *Memory) place(f row, after migrate.Membership) {
	f["category_id"] = string(after.Category)
	if m.shape.Flags {
		f["main"] = flag(after.Primary)
	}
}

func applyReference(next tables, c *migrate.ReferenceChange) {
	identity := c.Row[0]
	if c.Table == Translations {
		identity = c.Row[0] + "\x00" + c.Row[1]
	}
	r := next[c.Table][identity]
	switch c.Do {
	case migrate.OnRemoveDelete:
		delete(next[c.Table], identity)
	case migrate.OnRemoveNull:
		delete(r, "category_id")
	case migrate.OnRemoveRepoint:
		r["category_id"] = string(c.To)
	case migrate.OnRemoveSet:
		delete(r, "category_id")
		r["http_status"] = "410"
	}
}

// dangling lists the rows that point at a category or product that is not
// there, and products filed twice in one category.
func (t tables) dangling() []string {
	var bad []string
	twice := map[string]bool{}
	for name, rows := range t {
		for _, key := range rows.keys() {
			r := rows[key]
			for column, in := range map[string]string{"category_id": "categories", "parent_id": "categories", "product_id": "products"} {
				if at, ok := r[column]; ok && t[in][at] == nil {
					bad = append(bad, fmt.Sprintf("%s %s: no %s %s", name, key, in, at))
				}
			}
			if filed := r["product_id"] + "\x00" + r["category_id"]; name == "product_categories" {
				if twice[filed] {
					bad = append(bad, fmt.Sprintf("%s %s: twice in %s", name, key, r["category_id"]))
				}
				twice[filed] = true
			}
		}
	}
	slices.Sort(bad)
	return bad
}
