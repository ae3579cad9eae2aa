package catalog_test

import (
	"testing"
	"time"

	"recat/migrate/catalogtest/servertest"
)

// TestQuestionMarks reads a mapping whose expressions use PostgreSQL's operator
// ?, and quote the sign, beside statements that write parameters so.
func TestQuestionMarks(t *testing.T) {
	on := servertest.Open(t, servertest.Postgres)
	s := newServerShop(t, on, `CREATE TABLE categories (id integer PRIMARY KEY, parent_id integer, name text NOT NULL, tags jsonb NOT NULL);
		CREATE TABLE products (id integer PRIMARY KEY, category_id integer, title text, tags jsonb NOT NULL, status text NOT NULL);
		CREATE TABLE gone (id serial PRIMARY KEY, page text);
		INSERT INTO categories VALUES (1, NULL, 'Toys', '["open"]'), (2, 1, 'Hoverboards', '["open"]');
		INSERT INTO products VALUES (1, 2, 'one', '["shown"]', 'on'), (2, 2, 'two', '["hidden"]', 'on')`,
		`categories: {table: categories, id: id, parent: parent_id, name: c.name, open: "c.tags ? 'open'", url: "CASE WHEN c.tags ? 'open' THEN '/c?id=' || c.id END"}
products: {table: products, id: id, title: p.title, category: category_id, live: "p.tags ? 'shown' AND p.status = 'on'"}
delist: [{set: {status: 'off'}}]
redirects: {table: gone, insert: {page: "{old.url}"}}
`, "policy: hoverboards\nremove: [Toys > Hoverboards]\nproducts: delist\n", nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
	plan := s.mustPlan()
	if got := plan.Trailer().Totals; got.Delisted != 2 || got.WasOff != 1 {
		t.Errorf("totals %+v; want 2 delisted, 1 of them off already", got)
	}
	if _, err := s.apply(plan); err != nil {
		t.Fatal(detail(err))
	}
	var page string
	if err := s.server.QueryRow("SELECT page FROM gone").Scan(&page); err != nil || page != "/c?id=2" {
		t.Errorf("the redirect is of %q, %v; want /c?id=2", page, err)
	}
}
