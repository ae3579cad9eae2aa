package catalogtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/taxonomy"
)

// view is what a Catalog shows of itself: the same for equal catalogs,
// whatever they are kept in.
type view struct {
	Categories []viewed
	Products   []migrate.Product
	References []migrate.Reference
}

// viewed is a category and what the mapping says of it.
type viewed struct {
	taxonomy.Node
	Closed, Protected, Marked bool
	Occupied                  bool
	Held                      migrate.Held
	Hidden                    []string // children
}

// look reads everything that a Catalog shows.
func look(ctx context.Context, cat migrate.Catalog) (*view, error) {
	shape, err := cat.Shape(ctx)
	if err != nil {
		return nil, err
	}
	v := &view{}
	ids, err := v.categories(ctx, cat, shape.CategoryKey)
	if err != nil {
		return nil, err
	}
	snap, err := cat.Snapshot(ctx, migrate.Selection{In: ids, Everything: true, Fields: []string{"price"}})
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	for p, err := range snap.Products(ctx) {
		if err != nil {
			return nil, err
		}
		v.Products = append(v.Products, clean(*p))
	}
	if err := v.scanned(ctx, cat, shape.ProductKey); err != nil {
		return nil, err
	}
	for r, err := range snap.References(ctx) {
		if err != nil {
			return nil, err
		}
		one := *r
		one.Ordinal, one.Label = 0, ""
		v.References = append(v.References, one)
	}
	return v, nil
}

// known are the memberships of the tree's own categories.
func (v *view) known(ms []migrate.Membership) []migrate.Membership {
	var out []migrate.Membership
	for _, m := range ms {
		if slices.ContainsFunc(v.Categories, func(c viewed) bool { return c.ID == m.Category }) {
			out = append(out, m)
		}
	}
	return out
}

// scanned holds that a scan shows every product once, as the snapshot does. It
// alone shows memberships of categories that are not there, or are hidden.
func (v *view) scanned(ctx context.Context, cat migrate.Catalog, key migrate.KeyKind) error {
	var mu sync.Mutex
	var got []migrate.Product
	if err := cat.Scan(ctx, migrate.ScanOptions{Reads: []string{"live", "price", "seller", "state", "title"}, Off: true}, func(p *migrate.Product) error {
		mu.Lock()
		defer mu.Unlock()
		one := clean(*p)
		one.Fields = maps.Clone(p.Fields)
		one.Memberships = v.known(one.Memberships)
		got = append(got, one)
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(got, func(a, b migrate.Product) int { return key.Compare(a.ID, b.ID) })
	want := slices.Clone(v.Products)
	for i := range want {
		want[i].Writes, want[i].Parents, want[i].Others = nil, nil, nil
		want[i].Memberships = v.known(want[i].Memberships)
		if i < len(got) && !got[i].Off { // a scan may leave it open
			want[i].Off = false
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Errorf("a scan shows other products than a snapshot (-snapshot +scan):\n%s", d)
	}
	return nil
}

// clean leaves out a product's place in its snapshot.
func clean(p migrate.Product) migrate.Product {
	p.Ordinal = 0
	p.Memberships = slices.Clone(p.Memberships)
	if len(p.Memberships) == 0 {
		p.Memberships = nil
	}
	return p
}

func (v *view) categories(ctx context.Context, cat migrate.Catalog, key migrate.KeyKind) ([]taxonomy.ID, error) {
	cats, err := cat.Categories(ctx)
	if err != nil {
		return nil, err
	}
	var ids []taxonomy.ID
	for n := range cats.Tree.All() {
		ids = append(ids, n.ID)
	}
	slices.SortFunc(ids, func(a, b taxonomy.ID) int { return key.Compare(string(a), string(b)) })
	occupied, err := cat.Occupied(ctx, ids)
	if err != nil {
		return nil, err
	}
	held, err := cat.Held(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		n, _ := cats.Tree.Node(id)
		hidden := slices.Sorted(slices.Values(cats.HiddenChildren[id]))
		v.Categories = append(v.Categories, viewed{Node: taxonomy.Node{ID: n.ID, Parent: n.Parent, Name: n.Name},
			Closed: cats.Closed[id], Protected: cats.Protected[id], Marked: cats.Marked[id],
			Occupied: occupied[id], Held: held[id], Hidden: hidden})
	}
	return ids, nil
}

// product finds a product by id, nil where it is not there.
func (v *view) product(id string) *migrate.Product {
	i := slices.IndexFunc(v.Products, func(p migrate.Product) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &v.Products[i]
}
