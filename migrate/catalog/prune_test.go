package catalog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalogtest/servertest"
)

func (s *shop) prune(run int64) (int, error) {
	s.t.Helper()
	c := s.open(false)
	defer c.Close()
	return c.Prune(s.t.Context(), run, migrate.PruneOptions{Operator: "test", Version: "test", Now: s.now, LockTimeout: time.Second})
}

const recordTables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'recat_image_*' ORDER BY 1"

// records writes what is kept of runs, their before-images aside.
func (s *shop) records() []string {
	return append(s.rows("SELECT quote(run) || quote(kind) || quote(digest) || quote(header) || quote(totals) || quote(at) FROM recat_run"),
		append(s.rows("SELECT run || kind || n || line FROM recat_note WHERE kind <> 'pruned'"),
			s.rows("SELECT run || id || path || successor FROM recat_tombstone")...)...)
}

// TestPrune drops the before-images of a run over every case, and nothing
// else.
func TestPrune(t *testing.T) {
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			s := newShop(t, "wal", c.Schema, c.Mapping, c.Policy, c.Dir, c.Now)
			plan := s.mustPlan()
			done, err := s.apply(plan)
			if err != nil {
				t.Fatal(detail(err))
			}
			run := done.Receipt.Run
			before, records, images := s.dump(), s.records(), s.rows(recordTables)
			dropped, err := s.prune(run)
			if err != nil || dropped != len(images) {
				t.Fatalf("prune: %d dropped, %v; want %d", dropped, detail(err), len(images))
			}
			if diff := cmp.Diff(before, s.dump()); diff != "" {
				t.Errorf("pruning changed the catalog\n%s", diff)
			}
			if diff := cmp.Diff(records, s.records()); diff != "" {
				t.Errorf("pruning changed the records\n%s", diff)
			}
			if left := append(s.rows(recordTables), s.rows("SELECT line FROM recat_image")...); len(left) > 0 {
				t.Errorf("before-images left: %v", left)
			}
			s.afterPruning(plan, run)
		})
	}
}

// afterPruning holds a pruned run to what it still can do.
func (s *shop) afterPruning(plan migrate.Plan, run int64) {
	s.t.Helper()
	before := s.dump()
	var refused *migrate.RefusedError
	if _, err := s.undo(run, migrate.ConflictRestore); !errors.As(err, &refused) || !strings.Contains(err.Error(), "was pruned") {
		s.t.Errorf("undo: %v, want a refusal", err)
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		s.t.Errorf("a refused undo changed the catalog\n%s", diff)
	}
	if again, err := s.apply(plan); err != nil || again.Already == nil || !again.Already.Pruned {
		s.t.Errorf("apply again: %+v, %v; want already applied, by a pruned run", again, err)
	}
	if n, err := s.prune(run); err != nil || n != 0 {
		s.t.Errorf("prune again: %d dropped, %v", n, err)
	}
	c := s.open(true)
	defer c.Close()
	if err := migrate.Verify(s.t.Context(), c, run); err != nil {
		s.t.Errorf("verify: %v", detail(err))
	}
	var lines, products int
	for change, err := range c.Changes(s.t.Context(), run) {
		if err != nil {
			s.t.Fatal(err)
		}
		if lines++; change.Product != nil {
			products++
		}
	}
	if lines == 0 || products > 0 {
		s.t.Errorf("a pruned run shows %d lines and %d products", lines, products)
	}
}

// TestPrunedRunIsVerified finds what a pruned run's tombstones still tell.
func TestPrunedRunIsVerified(t *testing.T) {
	s := textShop(t, "mug", "json_contains: id", `'[25]'`)
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	if _, err := s.prune(done.Receipt.Run); err != nil {
		t.Fatal(err)
	}
	s.exec("INSERT INTO categories VALUES (25, 'mug', 1, 'Gone'), (26, 'x', 25, 'Child')", "INSERT INTO products VALUES (7, 25, 'p', 'active')",
		`INSERT INTO docs VALUES (8, '{"in": 25}'), (9, '{"in": 250}')`)
	c := s.open(true)
	defer c.Close()
	var found *migrate.UnverifiedError
	if err := migrate.Verify(t.Context(), c, done.Receipt.Run); !errors.As(err, &found) {
		t.Fatalf("verify: %v, want differences", err)
	}
	want := []migrate.Difference{{Subject: "categories 25", Detail: "is back"},
		{Subject: "categories 26", Detail: "points at a removed category: parent_id"},
		{Subject: "products 7", Detail: "points at a removed category: category_id"},
		{Subject: "docs 8", Detail: "names a removed category: body"}}
	if diff := cmp.Diff(want, found.Differences); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestPruneRefuses names a run that is not there, and an undo.
func TestPruneRefuses(t *testing.T) {
	s := textShop(t, "mug", "json_contains: id", `'[25]'`)
	if _, err := s.prune(1); !errors.Is(err, migrate.ErrNoRun) {
		t.Errorf("no run: %v", err)
	}
	if tables := s.rows("SELECT name FROM sqlite_schema WHERE name LIKE 'recat_%'"); len(tables) > 0 {
		t.Errorf("pruning nothing made %v", tables)
	}
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	undone, err := s.undo(done.Receipt.Run, migrate.ConflictFail)
	if err != nil {
		t.Fatal(detail(err))
	}
	var refused *migrate.RefusedError
	if _, err := s.prune(undone.Receipt.Run); !errors.As(err, &refused) {
		t.Errorf("an undo: %v, want a refusal", err)
	}
	if n, err := s.prune(done.Receipt.Run); err != nil || n == 0 {
		t.Errorf("a run that was undone: %d dropped, %v", n, err)
	}
	c := s.open(true)
	defer c.Close()
	runs, err := c.Runs(t.Context())
	if err != nil || slices.ContainsFunc(runs, func(r migrate.Run) bool { return !r.Pruned }) {
		t.Errorf("runs: %+v, %v; want both pruned", runs, err)
	}
}

// TestPruneIsWhole fails at each of its points: the run is pruned or not.
func TestPruneIsWhole(t *testing.T) {
	for _, at := range []string{"locked", "prune", "commit"} {
		s := textShop(t, "mug", "json_contains: id", `'[25]'`)
		done, err := s.apply(s.mustPlan())
		if err != nil {
			t.Fatal(detail(err))
		}
		images := s.rows(recordTables)
		ctx, stop := context.WithCancel(t.Context())
		c := s.open(false)
		_, err = c.Prune(ctx, done.Receipt.Run, migrate.PruneOptions{Now: s.now, LockTimeout: time.Second, Observe: func(point string) {
			if point == at {
				stop()
			}
		}})
		c.Close()
		if err == nil {
			t.Errorf("%s: an interrupted prune went through", at)
		}
		if diff := cmp.Diff(images, s.rows(recordTables)); diff != "" {
			t.Errorf("%s: before-images differ\n%s", at, diff)
		}
		if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
			t.Errorf("%s: undo: %v", at, detail(err))
		}
	}
}

// TestServerPrune does so on each server, whose engine may commit what drops
// a table by itself.
func TestServerPrune(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for _, c := range mustCases(t) {
			if c.Name != "variants" && c.Name != "path-of-ids" {
				continue
			}
			s := newServerShop(t, on, c.Schema, c.Mapping, c.Policy, c.Dir, c.Now)
			plan := s.mustPlan()
			done, err := s.apply(plan)
			if err != nil {
				t.Fatal(detail(err))
			}
			before := s.dump()
			if dropped, err := s.prune(done.Receipt.Run); err != nil || dropped == 0 {
				t.Fatalf("%s: prune: %d dropped, %v", c.Name, dropped, detail(err))
			}
			if diff := cmp.Diff(before, s.dump()); diff != "" {
				t.Errorf("%s: pruning changed the catalog\n%s", c.Name, diff)
			}
			s.afterPruning(plan, done.Receipt.Run)
		}
	})
}

func mustCases(t *testing.T) []fixtures.Case {
	t.Helper()
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	return cases
}
