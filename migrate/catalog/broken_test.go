package catalog_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/taxonomy"
)

const brokenSchema = `
CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT);
CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT);
CREATE INDEX products_category ON products (category_id);
INSERT INTO categories VALUES (1, NULL, 'Toys'), (2, 1, 'Hoverboards'), (3, NULL, 'Books');
INSERT INTO products VALUES (1, 2, 'Hoverboard X1', 'active'), (2, 3, 'A book', 'active');
`

const brokenMapping = `
categories: {table: categories, id: id, parent: parent_id, name: c.name}
products: {table: products, id: id, title: p.title, category: category_id, live: p.status = 'active', state: p.status}
delist: [{set: {status: ended}}]
`

// TestBrokenElsewhere lets a row go bad between plan and apply. Far from the
// plan it holds nothing up, though nobody plans on such a tree; as a child of
// what is removed it is drift like any child.
func TestBrokenElsewhere(t *testing.T) {
	for _, c := range []struct {
		name, row string
		stale     bool
	}{
		{"dangling parent", "(20, 99, 'Drones')", false},
		{"its own parent", "(20, 20, 'Drones')", false},
		{"empty name", "(20, 3, '')", false},
		{"no name", "(20, 3, NULL)", false},
		{"no name, below what goes", "(20, 2, NULL)", true},
		{"named, below what goes", "(20, 2, 'Two wheels')", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, "wal", brokenSchema, brokenMapping, "policy: p\nremove: [Toys > Hoverboards]\nproducts: delist\n", nil, time.Now())
			plan := s.mustPlan()
			s.exec("INSERT INTO categories VALUES " + c.row)
			_, err := s.apply(plan)
			var stale *migrate.StaleError
			if got := errors.As(err, &stale); got != c.stale || (err != nil && !got) {
				t.Fatalf("apply: %v; want stale: %t", err, c.stale)
			}
			var defects taxonomy.Defects
			if _, err := s.plan(); strings.Contains(c.name, "below") == false && !errors.As(err, &defects) {
				t.Errorf("planning again: %v; want the tree's defects", err)
			}
		})
	}
}

// TestHolds counts the rows that hold products of the plan, and no others.
func TestHolds(t *testing.T) {
	schema := brokenSchema + `
CREATE TABLE cart_items (id INTEGER PRIMARY KEY, product_id INTEGER, state TEXT);
INSERT INTO cart_items VALUES (1, 1, 'open'), (2, 1, 'open'), (3, 1, 'paid'), (4, 2, 'open');
`
	mapping := brokenMapping + "holds: [{table: cart_items, product: product_id, where: state = 'open', label: open carts}]\n"
	s := newShop(t, "wal", schema, mapping, "policy: p\nremove: [Toys > Hoverboards]\nproducts: delist\n", nil, time.Now())
	want := []migrate.HoldCount{{Label: "open carts", Rows: 2, Products: 1}}
	if diff := cmp.Diff(want, s.mustPlan().Provenance().Counts.Holds); diff != "" {
		t.Errorf("holds (-want +got):\n%s", diff)
	}
}

// TestEditedAfter lets the shop go on after the run. Verify names what undoes
// the run, and not what the run left alone or every edit touches.
func TestEditedAfter(t *testing.T) {
	mapping := strings.Replace(brokenMapping, "state: p.status}", "state: p.status, touch: {title: touched}}", 1)
	s := newShop(t, "wal", brokenSchema+"INSERT INTO products VALUES (3, 2, 'Kept', 'active'), (4, 2, 'Off before', 'ended');", mapping,
		"policy: p\nremove:\n  - category: Toys > Hoverboards\n    products:\n      - when: product.id == '3'\n        reassign: Books\n      - delist: gone\n", nil, time.Now())
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	s.exec("UPDATE products SET status = 'ended' WHERE id = 3", "UPDATE products SET title = 'Anew' WHERE id IN (1, 3)")
	c := s.open(true)
	if err := migrate.Verify(context.Background(), c, done.Receipt.Run); err != nil {
		t.Errorf("verify after harmless edits: %v", detail(err))
	}
	s.exec("UPDATE products SET status = 'active' WHERE id IN (1, 4)")
	var found *migrate.UnverifiedError
	if err := migrate.Verify(context.Background(), c, done.Receipt.Run); !errors.As(err, &found) || found.Total != 2 {
		t.Errorf("verify after two delisted products came back: %v", err)
	}
}

// TestDependants refuses at plan time where rows hang on rows that go with
// their category, unless they go too.
func TestDependants(t *testing.T) {
	schema := brokenSchema + `
CREATE TABLE menu (id INTEGER PRIMARY KEY, category_id INTEGER REFERENCES categories (id));
CREATE TABLE menu_img (id INTEGER PRIMARY KEY, menu_id INTEGER REFERENCES menu (id), category_id INTEGER REFERENCES categories (id));
INSERT INTO menu VALUES (1, 2), (2, 3);
INSERT INTO menu_img VALUES (7, 1, NULL), (8, 2, NULL);
`
	policy := "policy: p\nremove: [Toys > Hoverboards]\nproducts: delist\n"
	references := "references:\n  - {table: menu, column: category_id, on_remove: delete}\n  - {table: menu_img, column: category_id, on_remove: delete}\n"
	s := newShop(t, "wal", schema, brokenMapping+references, policy, nil, time.Now())
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) || len(refused.Refusals) != 1 {
		t.Fatalf("plan: %v; want one refusal", err)
	}
	want := migrate.Refusal{What: "menu_img.menu_id points at rows of menu that would be deleted", Rows: []string{"7"},
		Answer: "let the mapping keep the rows of menu (on_remove: null or keep), or take these rows away first"}
	if diff := cmp.Diff(want, refused.Refusals[0]); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
	s.exec("UPDATE menu_img SET category_id = 2 WHERE id = 7") // it goes with the category now
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Error(detail(err))
	}
}

// TestStrangersCategory lets the key of a removed category be taken by
// another. Its products are not given to that one, whatever is asked.
func TestStrangersCategory(t *testing.T) {
	for _, on := range []migrate.OnConflict{migrate.ConflictFail, migrate.ConflictKeep, migrate.ConflictRestore} {
		t.Run(string(on), func(t *testing.T) {
			s := newShop(t, "wal", brokenSchema, brokenMapping, "policy: p\nremove: [Toys > Hoverboards]\nproducts: delist\n", nil, time.Now())
			done, err := s.apply(s.mustPlan())
			if err != nil {
				t.Fatal(detail(err))
			}
			s.exec("INSERT INTO categories VALUES (2, 3, 'Atlases')")
			before := s.dump()
			var conflict *migrate.ConflictError
			if _, err := s.undo(done.Receipt.Run, on); !errors.As(err, &conflict) {
				t.Errorf("undo: %v; want a conflict", err)
			}
			if diff := cmp.Diff(before, s.dump()); diff != "" {
				t.Errorf("a refused undo wrote:\n%s", diff)
			}
		})
	}
}
