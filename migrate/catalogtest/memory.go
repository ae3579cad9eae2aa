package catalogtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"recat/migrate"
	"recat/taxonomy"
)

// Memory is a Catalog over maps. It does everything in the plainest way there
// is: a commit copies the whole state, changes the copy, and keeps as
// before-images whatever came out different.
type Memory struct {
	Mapping json.RawMessage  // of its Shape; plans of equal mappings have equal digests
	Hazards []migrate.Hazard // of its Shape

	ignored map[taxonomy.ID]bool
	shape   Shape
	mu      sync.Mutex
	tables  tables
	serial  int // of the last membership row
	runs    []run
	demands []Demand
	has     map[string][]string // attributes by product
}

// run is a recorded run with its images.
type run struct {
	migrate.Run
	changes []migrate.Change
	images  []image
}

var _ migrate.Catalog = (*Memory)(nil)

// NewMemory fills a Memory with a world.
func NewMemory(w *World) *Memory {
	text, err := json.Marshal(w.Mapping())
	if err != nil {
		panic(err) // a string always marshals
	}
	m := &Memory{Mapping: text, shape: w.Shape, tables: tables{"categories": {}, "products": {}, "product_categories": {}, Coupons: {}}}
	for _, t := range referenceTables {
		m.tables[t.name] = table{}
	}
	m.demands, m.has = w.Demands, map[string][]string{}
	for _, p := range w.Products {
		m.has[p.ID] = p.Has
	}
	for _, c := range w.Categories {
		m.addCategory(c)
	}
	for _, p := range w.Products {
		m.addProduct(p)
	}
	for _, r := range w.Rows {
		m.addRow(r)
	}
	return m
}

// Ignore says of categories that a membership in them does not count as
// living elsewhere.
func (m *Memory) Ignore(ids ...string) {
	m.ignored = map[taxonomy.ID]bool{}
	for _, id := range ids {
		m.ignored[taxonomy.ID(id)] = true
	}
}

func (m *Memory) addCategory(c Category) {
	r := row{"id": string(c.ID), "name": c.Name, "closed": flag(c.Closed), "protected": flag(c.Protected),
		"hidden": flag(c.Hidden), "removed": "0"}
	r.set("parent_id", string(c.Parent))
	m.tables["categories"][string(c.ID)] = r
}

func (m *Memory) addProduct(p Product) {
	r := row{"id": p.ID, "status": p.Status}
	r.set("category_id", string(p.Category))
	if p.Title != nil {
		r["title"] = *p.Title
	}
	if p.Seller != nil {
		r["seller"] = *p.Seller
	}
	if p.Price != nil {
		r["price"] = strconv.FormatInt(*p.Price, 10)
	}
	m.tables["products"][p.ID] = r
	for _, f := range p.Filed {
		m.serial++
		filed := row{"product_id": p.ID, "category_id": string(f.Category), "main": flag(f.Main)}
		if f.Position != nil {
			filed["position"] = strconv.FormatInt(*f.Position, 10)
		}
		m.tables["product_categories"][fmt.Sprintf("%09d", m.serial)] = filed
	}
}

func (m *Memory) addRow(r Row) {
	filled := row{"key": r.Key}
	if r.Table == Coupons {
		filled["path"] = r.Path
	}
	filled.set("category_id", string(r.Category))
	identity := r.Key
	switch r.Table {
	case Translations:
		identity = string(r.Category) + "\x00" + r.Key
	case Redirects:
		filled["http_status"] = "301"
	}
	m.tables[r.Table][identity] = filled
}

// Dump renders every row of every table.
func (m *Memory) Dump() map[string][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.tables.dump()
}

// Edit changes the catalog from outside. An edit that leaves a row pointing at
// nothing is an error and changes nothing.
func (m *Memory) Edit(e Edit) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.tables
	m.tables = before.clone()
	m.edit(e)
	if bad := m.tables.dangling(); len(bad) > 0 {
		m.tables = before
		return errors.New("foreign key: " + strings.Join(bad, "; "))
	}
	return nil
}

func (m *Memory) edit(e Edit) {
	product := m.tables["products"][e.Product]
	if product == nil {
		product = row{} // an edit of what is not there changes nothing
	}
	switch e.Do {
	case Arrive:
		p := Product{ID: e.Product, Title: &e.Text, Status: Active}
		if m.shape.Column {
			p.Category = e.To
		}
		if m.shape.Memberships {
			p.Filed = []Filing{{Category: e.To, Main: m.shape.Flags}}
		}
		m.addProduct(p)
	case Refile:
		if product["category_id"] == string(e.From) {
			product.set("category_id", string(e.To))
		}
		for _, f := range m.tables["product_categories"] {
			if f["product_id"] == e.Product && f["category_id"] == string(e.From) {
				f["category_id"] = string(e.To)
			}
		}
	case Retitle:
		product["title"] = e.Text
	case Reprice:
		product["price"] = "77777"
	case Switch:
		product["status"] = e.Text
	case Delete:
		delete(m.tables["products"], e.Product)
		maps.DeleteFunc(m.tables["product_categories"], func(_ string, f row) bool { return f["product_id"] == e.Product })
	case Child:
		m.addCategory(Category{ID: e.To, Parent: e.From, Name: e.Text})
	case Rename:
		if r := m.tables["categories"][string(e.From)]; r != nil {
			r["name"] = e.Text
		}
	case Point:
		m.addRow(Row{Table: MenuItems, Key: e.Text, Category: e.To})
	}
}

// Shape describes the catalog.
func (m *Memory) Shape(ctx context.Context) (migrate.Shape, error) {
	s, delisted := m.shape, Delisted
	nullable := map[string]bool{Coupons + ".path": false}
	for _, t := range referenceTables {
		nullable[t.name+".category_id"] = t.nullable
	}
	return migrate.Shape{
		Engine: "memory", CategoryKey: s.KeyKind(), ProductKey: s.KeyKind(), Mapping: m.Mapping,
		CategoryColumn: s.Column && !s.Memberships, CategoryRequired: s.Required && !s.Memberships,
		PrimaryColumn: s.Column && s.Memberships, PrimaryRequired: s.Required && s.Memberships,
		Memberships: s.Memberships, SoftRemove: s.Soft, Closable: true, Delists: true,
		Delisting:    []migrate.Delisting{{Sets: []migrate.Set{{Column: "status", Value: &delisted}}}},
		NullableRefs: nullable, Hazards: m.Hazards,
	}, ctx.Err()
}

// Categories loads the tree; siblings come in key order.
func (m *Memory) Categories(ctx context.Context) (*migrate.Categories, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := &migrate.Categories{Closed: map[taxonomy.ID]bool{}, Protected: map[taxonomy.ID]bool{},
		Marked: map[taxonomy.ID]bool{}, Ignored: m.ignored, HiddenChildren: map[taxonomy.ID][]string{}}
	var nodes []taxonomy.Node
	for _, key := range m.sorted("categories") {
		r, id := m.tables["categories"][key], taxonomy.ID(key)
		if r["hidden"] == "1" {
			parent := taxonomy.ID(r["parent_id"])
			out.HiddenChildren[parent] = append(out.HiddenChildren[parent], key)
			continue
		}
		nodes = append(nodes, taxonomy.Node{ID: id, Parent: taxonomy.ID(r["parent_id"]), Name: r["name"]})
		mark(out.Closed, id, r["closed"])
		mark(out.Protected, id, r["protected"])
		mark(out.Marked, id, r["removed"])
	}
	tree, err := taxonomy.New(nodes)
	if err != nil {
		return nil, err
	}
	out.Tree = tree
	return out, ctx.Err()
}

func mark(set map[taxonomy.ID]bool, id taxonomy.ID, flag string) {
	if flag == "1" {
		set[id] = true
	}
}

// sorted lists a table's identities in the catalog's key order.
func (m *Memory) sorted(name string) []string {
	return slices.SortedFunc(maps.Keys(m.tables[name]), m.shape.KeyKind().Compare)
}

// Occupied returns those of the categories that hold a product.
func (m *Memory) Occupied(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[taxonomy.ID]bool{}
	for _, name := range []string{"products", "product_categories"} {
		for _, r := range m.tables[name] {
			if id := taxonomy.ID(r["category_id"]); slices.Contains(in, id) {
				out[id] = true
			}
		}
	}
	return out, ctx.Err()
}

// Held counts the products of each category.
func (m *Memory) Held(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]migrate.Held, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[taxonomy.ID]migrate.Held{}
	for key := range m.tables["products"] {
		p := m.product(key, nil)
		for _, id := range places(p) {
			if slices.Contains(in, id) {
				out[id] = count(out[id], p)
			}
		}
	}
	return out, ctx.Err()
}

// count adds a product to what a category holds.
func count(h migrate.Held, p *migrate.Product) migrate.Held {
	h.Products++
	switch {
	case p.Hidden:
		h.Hidden++
	case p.Live:
		h.Live++
	}
	return h
}

// URLs gives the pages of categories: their names.
func (m *Memory) URLs(ctx context.Context, of []taxonomy.ID) (map[taxonomy.ID]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[taxonomy.ID]string{}
	for _, id := range of {
		if r := m.tables["categories"][string(id)]; r["name"] != "" {
			out[id] = r["name"]
		}
	}
	return out, ctx.Err()
}

// Derived finds nothing: a Memory keeps its tree in parents alone.
func (m *Memory) Derived(ctx context.Context, _ migrate.TreeEdit) (migrate.Derived, error) {
	return migrate.Derived{}, ctx.Err()
}

// Runs lists the recorded runs.
func (m *Memory) Runs(ctx context.Context) ([]migrate.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []migrate.Run
	for _, r := range m.runs {
		out = append(out, r.Run)
	}
	return out, ctx.Err()
}

// Tombstones lists what the runs removed.
func (m *Memory) Tombstones(ctx context.Context) ([]migrate.Tombstone, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []migrate.Tombstone
	for _, r := range m.runs {
		for _, c := range r.changes {
			if c.Category != nil && c.Category.Do == migrate.RemoveCategory {
				out = append(out, migrate.Tombstone{Run: r.ID, ID: c.Category.ID, Path: c.Category.Path,
					Successor: c.Category.Successor, Undone: r.UndoneBy != 0})
			}
		}
	}
	return out, ctx.Err()
}

// Changes streams what an apply run changed.
func (m *Memory) Changes(ctx context.Context, id int64) iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		r, err := m.run(id)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			yield(migrate.Change{}, err)
			return
		}
		for _, c := range r.changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// run finds a recorded run.
func (m *Memory) run(id int64) (*run, error) {
	if id < 1 || id > int64(len(m.runs)) {
		return nil, fmt.Errorf("run %d: %w", id, migrate.ErrNoRun)
	}
	return &m.runs[id-1], nil
}

// Verify streams the columns a run wrote that hold something else now.
func (m *Memory) Verify(ctx context.Context, id int64) iter.Seq2[migrate.Difference, error] {
	return func(yield func(migrate.Difference, error) bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		r, err := m.run(id)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			yield(migrate.Difference{}, err)
			return
		}
		restored := m.restored(id)
		for _, im := range r.images {
			if restored[im.product()] != 0 {
				continue // it is the appeal's
			}
			if d := im.differs(m.tables[im.table][im.key]); d != "" && !yield(migrate.Difference{Subject: im.table + " " + im.key, Detail: d}, nil) {
				return
			}
		}
	}
}

// differs says how a row now is not what the image left behind.
func (m image) differs(now row) string {
	switch {
	case m.after == nil && now != nil:
		return "is there again"
	case m.after != nil && now == nil:
		return "is gone"
	}
	columns := slices.DeleteFunc(m.columns(), func(c string) bool { return same(m.after, now, c) })
	return strings.Join(columns, ", ")
}
