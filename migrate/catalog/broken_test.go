package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

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
