package catalog_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"recat/fixtures"
	"recat/migrate"
)

// TestManyWays writes products in more ways than have a statement each, many
// enough that a statement quadratic in them would not end.
func TestManyWays(t *testing.T) {
	s := &shop{t: t, path: t.TempDir() + "/shop.db", now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
	db, err := sql.Open("sqlite3", s.path)
	if err != nil {
		t.Fatal(err)
	}
	g, err := fixtures.Generate(context.Background(), db, fixtures.Options{Categories: 200, Products: 25_000, Affected: 20_000,
		Also: 2, Seed: 7, Shape: fixtures.Memberships})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s.parse(g.Mapping, g.Split, nil)
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatal(detail(err))
	}
}
