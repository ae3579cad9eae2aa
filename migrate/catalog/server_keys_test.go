package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/catalogtest/servertest"
)

// TestServerLooseKeys has a product point at a category in another spelling,
// which the column's type or collation, and so the foreign key, takes for the
// same. The plan is refused and names it.
func TestServerLooseKeys(t *testing.T) {
	for _, c := range []struct {
		name   string
		engine servertest.Engine
		kind   string
		other  string
	}{
		{"case", servertest.MySQL, "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "Toys"},
		{"spaces", servertest.MySQL, "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "toys "},
		{"citext", servertest.Postgres, "citext", "Toys"},
		{"nondeterministic", servertest.Postgres, `VARCHAR(20) COLLATE "alike"`, "Toys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			on := servertest.Open(t, c.engine)
			schema := strings.NewReplacer("KEY_TYPE", c.kind, "OTHER", c.other).Replace(`CREATE TABLE categories (id KEY_TYPE NOT NULL PRIMARY KEY, parent_id KEY_TYPE, name VARCHAR(40) NOT NULL,
				FOREIGN KEY (parent_id) REFERENCES categories (id));
				CREATE TABLE products (id INTEGER NOT NULL PRIMARY KEY, category_id KEY_TYPE, title VARCHAR(40), status VARCHAR(12) NOT NULL,
				FOREIGN KEY (category_id) REFERENCES categories (id));
				INSERT INTO categories VALUES ('toys', NULL, 'Toys'), ('2', NULL, 'Books');
				INSERT INTO products VALUES (1, 'toys', 'Ball', 'active'), (2, 'OTHER', 'Board', 'active'), (3, '2', 'Book', 'active')`)
			if c.engine == servertest.Postgres {
				schema = "CREATE EXTENSION citext;\nCREATE COLLATION \"alike\" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);\n" + schema
			}
			s := newServerShop(t, on, schema, `{categories: {table: categories, id: id, parent: parent_id, root: [null], name: c.name},
				products: {table: products, id: id, title: p.title, category: category_id, live: "p.status = 'active'"}, delist: [{set: {status: ended}}]}`,
				"policy: toys\nremove: [Toys]\nproducts: {reassign: Books}\n", nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
			_, err := s.plan()
			var refused *migrate.RefusedError
			if !errors.As(err, &refused) || len(refused.Refusals) != 1 || !slices.Equal(refused.Refusals[0].Rows, []string{"2"}) {
				t.Fatalf("plan: %v; want product 2 refused", detail(err))
			}
			s.exec("UPDATE products SET category_id = 'toys' WHERE id = 2")
			thereAndBack(t, s)
		})
	}
}
