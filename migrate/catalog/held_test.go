package catalog_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/taxonomy"
)

// expectHeld counts the products of every category by reading them all. Of those
// that a run removed, products that it delisted may be left, and none on sale.
func (s *shop) expectHeld() {
	s.t.Helper()
	ctx, c := context.Background(), s.open(true)
	defer c.Close()
	cats, err := c.Categories(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	var ids []taxonomy.ID
	for n := range cats.Tree.All() {
		ids = append(ids, n.ID)
	}
	want := s.heldBySnapshot(c, ids)
	got, err := c.Held(ctx, ids)
	if err != nil {
		s.t.Fatalf("count the products that %v hold: %v", ids, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("held (-read +counted):\n%s", diff)
	}
	tombs, err := c.Tombstones(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, t := range tombs {
		gone, err := c.Held(ctx, []taxonomy.ID{t.ID})
		if err != nil || !cats.Tree.Has(t.ID) && gone[t.ID].Live > 0 {
			s.t.Errorf("the removed category %s holds %+v, %v", t.ID, gone[t.ID], err)
		}
	}
}

func (s *shop) heldBySnapshot(c migrate.Catalog, ids []taxonomy.ID) map[taxonomy.ID]migrate.Held {
	s.t.Helper()
	ctx := context.Background()
	snap, err := c.Snapshot(ctx, migrate.Selection{In: ids})
	if err != nil {
		s.t.Fatal(err)
	}
	defer snap.Close()
	out := map[taxonomy.ID]migrate.Held{}
	for p, err := range snap.Products(ctx) {
		if err != nil {
			s.t.Fatal(err)
		}
		in := map[taxonomy.ID]bool{p.Category: true, p.Primary: true}
		for _, m := range p.Memberships {
			in[m.Category] = true
		}
		for _, id := range p.Others {
			in[id] = true
		}
		for id := range in {
			h := out[id]
			h.Products++
			switch {
			case p.Hidden:
				h.Hidden++
			case p.Live:
				h.Live++
			}
			out[id] = h
		}
	}
	maps.DeleteFunc(out, func(id taxonomy.ID, _ migrate.Held) bool { return !slices.Contains(ids, id) })
	return out
}

// TestHeldGone counts products that still name a category which is gone.
func TestHeldGone(t *testing.T) {
	s := newShop(t, "wal", `CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT NOT NULL);
		CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL);
		INSERT INTO categories VALUES (1, NULL, 'Toys'); INSERT INTO products VALUES (7, 2, 'a', 'active'), (8, 2, 'b', 'ended'), (9, 1, 'c', 'active')`,
		"categories: {table: categories, id: id, parent: parent_id, name: c.name}\nproducts: {table: products, id: id, title: p.title, category: category_id, live: p.status = 'active'}\n",
		"policy: p\nremove: [Toys]\nproducts: delist\n", nil, time.Now())
	got, err := s.open(true).Held(context.Background(), []taxonomy.ID{"1", "2", "3"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[taxonomy.ID]migrate.Held{"1": {Products: 1, Live: 1}, "2": {Products: 2, Live: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
