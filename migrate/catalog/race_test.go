package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"recat/migrate"
)

var journals = []string{"wal", "delete"}

// TestTwoApplies lets two applies of one plan run at once: one of them does
// it, and the other says so, is refused or gives up.
func TestTwoApplies(t *testing.T) {
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			for range 12 {
				s := newMembershipShop(t, journal, 60)
				plans := [2]migrate.Plan{s.mustPlan(), s.mustPlan()}
				var did [2]migrate.Applied
				var errs [2]error
				together(func(i int) { did[i], errs[i] = s.applyWithin(plans[i], 5*time.Second) })
				won := 0
				for i, err := range errs {
					switch {
					case err == nil && did[i].Already == nil:
						won++
					case err != nil && !settled(err):
						t.Fatalf("one of two applies: %v", detail(err))
					}
				}
				if n := s.number("SELECT count(*) FROM recat_run"); won != 1 || n != 1 {
					t.Fatalf("%d of two applies went through, %d are recorded", won, n)
				}
			}
		})
	}
}

// settled reports whether an error says that another was first.
func settled(err error) bool {
	var stale *migrate.StaleError
	return errors.Is(err, migrate.ErrBusy) || errors.Is(err, migrate.ErrMoved) || errors.Is(err, migrate.ErrAlreadyUndone) || errors.As(err, &stale)
}

func together(do func(i int)) {
	var wg sync.WaitGroup
	for i := range 2 {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

// TestOverlappingPlans applies a plan whose category another plan removed.
func TestOverlappingPlans(t *testing.T) {
	s := newMembershipShop(t, "wal", 60)
	first := s.mustPlan()
	s.parse(s.source, "policy: other\nremove:\n  - category: {id: \"2\"}\n    products: delist\n", nil)
	second := s.mustPlan()
	if _, err := s.apply(second); err != nil {
		t.Fatal(detail(err))
	}
	var stale *migrate.StaleError
	if _, err := s.apply(first); !errors.As(err, &stale) || len(stale.Drift) == 0 || stale.Drift[0].Subject != "2" {
		t.Errorf("the category is gone: %v; want it named", detail(err))
	}
}

// TestTreeMoves renames the category that goes, between the tree's being
// compared with the plan and its products' being copied.
func TestTreeMoves(t *testing.T) {
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			s := newMembershipShop(t, journal, 60)
			plan := s.mustPlan()
			c := s.open(false)
			_, err := migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true,
				LockTimeout: time.Second, Progress: func(stage string, _ int64) {
					if stage == "read products" {
						s.exec("UPDATE categories SET name = 'Anything else' WHERE id = 2")
					}
				}})
			var stale *migrate.StaleError
			if !errors.As(err, &stale) {
				t.Errorf("a category was renamed before the lock: %v; want drift", detail(err))
			}
		})
	}
}

const sweeping = `policy: sweep
sweep:
  - rule: lamps
    when: product.title.hasWord("lamp")
    delist: unsafe
drift: {arrived: rules, left: skip, edited: same-fate}
`

const lamps = `CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT NOT NULL);
CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL, price REAL, updated_at TEXT);
CREATE INDEX products_category ON products (category_id);
INSERT INTO categories VALUES (1, NULL, 'Home'), (2, 1, 'Lights'), (3, 1, 'Lamps');
INSERT INTO products VALUES (1, 2, 'Desk lamp', 'active', 1, 'a'), (2, 2, 'Lamp', 'active', 2, 'b'), (3, 2, 'Torch', 'active', 3, 'c');`

const lampMapping = `categories: {table: categories, id: id, parent: parent_id, root: [null], name: c.name}
products:
  table: products
  id: id
  title: p.title
  category: category_id
  live: p.status = 'active'
  state: p.status
  touch: {updated_at: now}
delist:
  - set: {status: ended}
`

// TestAppliedMeanwhile applies a plan that another applies just before the
// lock is taken. What that one wrote is within what the policy tolerates; it
// is the same plan all the same, and is applied once.
func TestAppliedMeanwhile(t *testing.T) {
	for _, journal := range journals {
		for _, point := range []string{"read products", "write"} {
			t.Run(journal+"/"+point, func(t *testing.T) {
				s := newShop(t, journal, lamps, lampMapping, sweeping, nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
				plan, other := s.mustPlan(), s.mustPlan()
				c := s.open(false)
				first := true
				done, err := migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true,
					LockTimeout: time.Second, Progress: func(stage string, _ int64) {
						if stage == point && first {
							first = false
							if _, err := s.apply(other); err != nil {
								t.Fatal(detail(err))
							}
						}
					}})
				if err != nil || done.Already == nil {
					t.Errorf("the plan was applied meanwhile: %+v, %v; want already applied", done, detail(err))
				}
				if n := s.number("SELECT count(*) FROM recat_run"); n != 1 {
					t.Errorf("%d runs are recorded", n)
				}
			})
		}
	}
}

// TestTwoUndos lets two undos of one run go at once: one does it.
func TestTwoUndos(t *testing.T) {
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			s := newMembershipShop(t, journal, 60)
			before := s.sums()
			for round := range 12 {
				done, err := s.apply(s.mustPlan())
				if err != nil {
					t.Fatal(detail(err))
				}
				var errs [2]error
				together(func(i int) { _, errs[i] = s.undoWithin(done.Receipt.Run, 5*time.Second) })
				won := 0
				for _, err := range errs {
					if err == nil {
						won++
					} else if !settled(err) {
						t.Fatalf("one of two undos: %v", detail(err))
					}
				}
				if n := s.number("SELECT count(*) FROM recat_run WHERE kind = 'undo'"); won != 1 || n != round+1 {
					t.Fatalf("%d of two undos went through, %d are recorded after %d rounds", won, n, round+1)
				}
				if !maps.Equal(before, s.sums()) {
					t.Fatal("undo is not exact")
				}
			}
		})
	}
}

// TestPriceEdits edits prices, which touch updated_at, at every moment
// between the copy and the lock: they are no drift, and undo gives them back.
func TestPriceEdits(t *testing.T) {
	for _, journal := range journals {
		t.Run(journal, func(t *testing.T) {
			s := newMembershipShop(t, journal, 60)
			s.parse(s.source, "policy: delist\nremove:\n  - category: {id: \"2\"}\n    products: delist\n", nil)
			plan := s.mustPlan()
			edit := func() {
				s.exec("UPDATE products SET price = price + 1, updated_at = '2021-10-07 ' || time('now') || price WHERE id % 7 = 0")
			}
			edit()
			before := s.sums()
			c := s.open(false)
			done, err := migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true,
				LockTimeout: time.Second, Observe: func(point string) {
					if point == "lock" {
						edit()
						before = s.sums()
					}
				}})
			if err != nil {
				t.Fatalf("a price edit is taken for drift: %v", detail(err))
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
				t.Fatal(detail(err))
			}
			if !maps.Equal(before, s.sums()) {
				t.Error("undo gave back another updated_at than there was before the run")
			}
		})
	}
}

// TestBusyShop plans and applies, again and again, a catalog that its shop
// keeps changing: what is not reviewed is not touched, nothing stays behind in
// a removed category, and what drifted is named.
func TestBusyShop(t *testing.T) {
	for _, journal := range journals {
		for name, drift := range map[string]string{"strict": "", "tolerant": "drift: {arrived: rules, left: skip, edited: same-fate}\n"} {
			t.Run(journal+"/"+name, func(t *testing.T) {
				t.Parallel()
				busyShop(t, journal, drift)
			})
		}
	}
}

func busyShop(t *testing.T, journal, drift string) {
	s := newMembershipShop(t, journal, 80)
	s.parse(s.source, s.text+drift, nil)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	began := time.Now()
	s.mustPlan()
	pause := max(40*time.Millisecond, 6*time.Since(began)) // long enough for some applies to go through
	wg.Go(func() { s.trade(stop, pause) })
	defer wg.Wait()
	defer close(stop)
	applied, stale := 0, 0
	for applied < 6 {
		plan := s.mustPlan()
		done, err := s.applyWithin(plan, 10*time.Second)
		var late *migrate.StaleError
		switch {
		case errors.As(err, &late):
			if stale++; stale > 400 {
				t.Fatalf("%d applies went through, %d were stale", applied, stale)
			}
			for _, d := range late.Drift {
				if d.Subject == "" || d.Detail == "" {
					t.Fatalf("drift that is not named: %+v", d)
				}
			}
			continue
		case errors.Is(err, migrate.ErrBusy):
			continue
		case err != nil && !editedSince(err):
			t.Fatal(detail(err))
		}
		applied++
		s.reviewed(plan, done)
		_, err = s.undoWithin(done.Receipt.Run, 10*time.Second)
		var conflict *migrate.ConflictError
		if errors.As(err, &conflict) {
			_, err = s.undoOn(done.Receipt.Run, migrate.ConflictRestore)
		}
		if err != nil && !editedSince(err) {
			t.Fatal(detail(err))
		}
	}
	t.Logf("%d applied, %d stale", applied, stale)
}

// editedSince reports whether a run was committed, and its verification met
// what the shop did right after.
func editedSince(err error) bool {
	var found *migrate.UnverifiedError
	return errors.As(err, &found)
}

func (s *shop) undoOn(run int64, on migrate.OnConflict) (migrate.Undone, error) {
	c, err := s.within(10 * time.Second)
	if err != nil {
		return migrate.Undone{}, err
	}
	defer c.Close()
	return migrate.Undo(context.Background(), c, run, migrate.UndoOptions{OnConflict: on, Now: s.now, LockTimeout: 10 * time.Second})
}

// reviewed holds a run's before-images against the plan and the drift that
// its receipt names: no other product was touched.
func (s *shop) reviewed(plan migrate.Plan, done migrate.Applied) {
	s.t.Helper()
	known := map[string]bool{}
	for c, err := range plan.Changes() {
		if err != nil {
			s.t.Fatal(err)
		}
		if c.Product != nil {
			known[c.Product.ID] = true
		}
	}
	for _, d := range done.Drift {
		known[d.Subject] = d.Fate != ""
	}
	c := s.open(true)
	defer c.Close()
	for change, err := range c.Changes(context.Background(), done.Receipt.Run) {
		if err != nil {
			s.t.Fatal(err)
		}
		if p := change.Product; p != nil && !known[p.ID] {
			s.t.Fatalf("product %s was touched, and neither planned nor named: %+v", p.ID, p)
		}
	}
	if n := s.number(`SELECT (SELECT count(*) FROM products WHERE category_id NOT IN (SELECT id FROM categories))
		+ (SELECT count(*) FROM product_categories WHERE category_id NOT IN (SELECT id FROM categories))`); n > 0 {
		s.t.Fatalf("%d rows point at a category that is gone", n)
	}
}

// trade changes the catalog as a shop does, until told to stop: products
// come, leave, are named anew and change their price. While the category is
// gone, nothing comes into it.
func (s *shop) trade(stop <-chan struct{}, pause time.Duration) {
	r := rand.New(rand.NewPCG(9, 9))
	db := s.hold()
	defer func() { _ = db.conn.Close(); _ = db.db.Close() }()
	const here = "EXISTS (SELECT 1 FROM categories WHERE id = 2)"
	for n := 1; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(r.Int64N(int64(pause)))):
		}
		id := r.IntN(100) + 1
		q := []string{
			fmt.Sprintf("INSERT INTO products SELECT %d, 2, 'Antminer late %d', 'active', 9, 's', NULL WHERE "+here, 5000+n, n),
			fmt.Sprintf("UPDATE products SET category_id = 5 WHERE id = %d AND category_id = 2", id),
			fmt.Sprintf("UPDATE products SET title = title || ' psu' WHERE id = %d", id),
			fmt.Sprintf("UPDATE products SET price = price + 1, updated_at = 'edit %d' WHERE id = %d", n, id),
			fmt.Sprintf("UPDATE products SET price = price + 1, updated_at = 'edit %d' WHERE id < 20", n),
		}[max(0, r.IntN(8)-3)]
		if _, err := db.conn.ExecContext(context.Background(), q); err != nil && !strings.Contains(err.Error(), "locked") {
			s.t.Errorf("%v, in: %s", err, q)
			return
		}
	}
}
