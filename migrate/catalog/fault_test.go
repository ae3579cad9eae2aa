package catalog_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
)

const slugMapping = "references:\n  - {table: slugs, column: category_id, on_remove: delete}\n"

// newMembershipShop makes a shop whose affected products are each in two
// categories or three, with rows that point at the category that goes.
func newMembershipShop(t testing.TB, journal string, affected int) *shop {
	t.Helper()
	s := &shop{t: t, path: filepath.Join(t.TempDir(), "shop.db"), now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
	db, err := sql.Open("sqlite3", s.path+"?_journal_mode="+journal+"&_synchronous=off")
	if err != nil {
		t.Fatal(err)
	}
	g, err := fixtures.Generate(context.Background(), db, fixtures.Options{Categories: 40, Products: affected * 5 / 4,
		Affected: affected, Also: 2, Seed: 7, Shape: fixtures.Memberships})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s.exec("CREATE TABLE slugs (slug TEXT NOT NULL PRIMARY KEY, category_id INTEGER NOT NULL REFERENCES categories (id))",
		"CREATE INDEX slugs_category ON slugs (category_id)",
		"INSERT INTO slugs SELECT 'slug-' || id, category_id FROM products WHERE id % 10 = 0")
	s.parse(g.Mapping+slugMapping, g.Split, nil)
	return s
}

// copied is the shop with a copy of its file.
func (s *shop) copied() *shop {
	s.t.Helper()
	other := *s
	other.path = filepath.Join(s.t.TempDir(), "copy.db")
	if err := os.WriteFile(other.path, s.bytes(), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return &other
}

func (s *shop) bytes() []byte {
	s.t.Helper()
	b, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *shop) sums() map[string]string {
	s.t.Helper()
	sums, err := catalog.Sums(context.Background(), catalog.Target{Engine: "sqlite", Path: s.path})
	if err != nil {
		s.t.Fatal(err)
	}
	return sums
}

func (s *shop) number(query string) (n int) {
	s.t.Helper()
	if s.server != nil {
		if err := s.server.QueryRow(query).Scan(&n); err != nil {
			s.t.Fatal(err)
		}
		return n
	}
	db, err := sql.Open("sqlite3", "file:"+s.path+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// applyUnder applies after a statement on recat's own connection.
func (s *shop) applyUnder(pragma string, plan migrate.Plan) error {
	s.t.Helper()
	c := s.open(false)
	defer c.Close()
	if err := c.Exec(context.Background(), pragma); err != nil {
		s.t.Fatal(err)
	}
	_, err := migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: time.Second})
	return err
}

func (s *shop) undoUnder(pragma string, run int64) error {
	s.t.Helper()
	c := s.open(false)
	defer c.Close()
	if err := c.Exec(context.Background(), pragma); err != nil {
		s.t.Fatal(err)
	}
	_, err := migrate.Undo(context.Background(), c, run, migrate.UndoOptions{Now: s.now, LockTimeout: time.Second})
	return err
}

func isFull(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrFull
}

// untilRoom runs a write with ever more pages until it has room. Each one
// that has none fails, leaves the catalog as it was, and works with space.
func untilRoom(t *testing.T, s *shop, pragma string, from, step, least int, write func(*shop, string) error, again func(*shop) error) {
	t.Helper()
	before := s.sums()
	failed := 0
	for n := from; ; n += step {
		c := s.copied()
		err := write(c, fmt.Sprintf("%s = %d", pragma, n))
		if err == nil {
			break
		}
		failed++
		if !isFull(err) {
			t.Fatalf("with %d pages: %v", n, err)
		}
		if diff := cmp.Diff(before, c.sums()); diff != "" {
			t.Fatalf("with %d pages the catalog changed:\n%s", n, diff)
		}
		if err := again(c); err != nil {
			t.Fatalf("with space again after %d pages: %v", n, detail(err))
		}
	}
	if t.Logf("%d full disks", failed); failed < least {
		t.Errorf("the disk was full %d times only", failed)
	}
}

// TestDiskFull runs out of space at every page that apply and undo add, and
// at many sizes of the temporary tables.
func TestDiskFull(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		t.Run(journal, func(t *testing.T) {
			s := newMembershipShop(t, journal, 150)
			plan := s.mustPlan()
			reapply := func(c *shop) error { _, err := c.apply(plan); return err }
			apply := func(c *shop, pragma string) error { return c.applyUnder(pragma, plan) }
			pages := s.number("SELECT page_count FROM pragma_page_count")
			t.Run("apply", func(t *testing.T) { untilRoom(t, s, "PRAGMA max_page_count", pages, 1, 5, apply, reapply) })
			t.Run("temp", func(t *testing.T) { untilRoom(t, s, "PRAGMA temp.max_page_count", 2, 2, 5, apply, reapply) })
			done, err := s.apply(plan)
			if err != nil {
				t.Fatal(detail(err))
			}
			s.exec("VACUUM") // gives back what was set free, so that undo needs new pages
			pages = s.number("SELECT page_count FROM pragma_page_count")
			t.Run("undo", func(t *testing.T) {
				untilRoom(t, s, "PRAGMA max_page_count", pages, 1, 1,
					func(c *shop, pragma string) error { return c.undoUnder(pragma, done.Receipt.Run) },
					func(c *shop) error { _, err := c.undo(done.Receipt.Run, migrate.ConflictFail); return err })
			})
		})
	}
}

// holder is another program's connection in the middle of a transaction.
type holder struct {
	t    testing.TB
	db   *sql.DB
	conn *sql.Conn
}

func (s *shop) hold(statements ...string) *holder {
	s.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+s.path+"?_busy_timeout=5000")
	if err != nil {
		s.t.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	h := &holder{s.t, db, conn}
	for _, q := range statements {
		if _, err := conn.ExecContext(context.Background(), q); err != nil {
			s.t.Fatal(err)
		}
	}
	return h
}

func (h *holder) release() {
	_, err := h.conn.ExecContext(context.Background(), "ROLLBACK")
	if err := errors.Join(err, h.conn.Close(), h.db.Close()); err != nil {
		h.t.Error(err)
	}
}

// TestLocked meets another's lock: past the timeout nothing is changed, and a
// lock let go in time does not matter.
func TestLocked(t *testing.T) {
	for _, c := range []struct {
		name, journal string
		affected      int
		hold          []string
		passes        bool // nobody is in the way
	}{
		{"writer", "wal", 50, []string{"BEGIN IMMEDIATE"}, false},
		{"writer", "delete", 50, []string{"BEGIN IMMEDIATE"}, false},
		{"exclusive", "delete", 50, []string{"BEGIN EXCLUSIVE"}, false},
		{"reader", "wal", 50, []string{"BEGIN", "SELECT count(*) FROM products"}, true},
		{"reader", "delete", 50, []string{"BEGIN", "SELECT count(*) FROM products"}, false},
		// More is written than the cache holds, while the reader is there.
		{"reader of a large catalog", "delete", 20_000, []string{"BEGIN", "SELECT count(*) FROM products"}, false},
	} {
		t.Run(c.name+"/"+c.journal, func(t *testing.T) {
			s := newMembershipShop(t, c.journal, c.affected)
			plan := s.mustPlan()
			before := s.sums()
			h := s.hold(c.hold...)
			began := time.Now()
			_, err := s.applyWithin(plan, 300*time.Millisecond)
			took := time.Since(began)
			switch {
			case c.passes && err != nil:
				t.Fatal(detail(err))
			case !c.passes && !errors.Is(err, migrate.ErrBusy):
				t.Fatalf("apply beside another's lock: %v", detail(err))
			case took > time.Minute:
				t.Errorf("a timeout of 300 ms took %v", took)
			}
			if c.passes {
				h.release()
				return
			}
			timer := time.AfterFunc(200*time.Millisecond, h.release)
			defer timer.Stop()
			if c.name != "exclusive" {
				if now := s.sums(); !maps.Equal(before, now) {
					t.Fatal("a busy apply changed the catalog")
				}
			}
			done, err := s.applyWithin(plan, 30*time.Second)
			if err != nil {
				t.Fatalf("the lock was let go in time: %v", detail(err))
			}
			h = s.hold(c.hold...)
			if _, err := s.undoWithin(done.Receipt.Run, 300*time.Millisecond); !errors.Is(err, migrate.ErrBusy) {
				t.Fatalf("undo beside another's lock: %v", detail(err))
			}
			h.release()
			if _, err := s.undoWithin(done.Receipt.Run, time.Second); err != nil {
				t.Fatal(detail(err))
			}
			if now := s.sums(); !maps.Equal(before, now) {
				t.Fatal("undo is not exact")
			}
		})
	}
}

// within opens the catalog to be written as the program does.
func (s *shop) within(timeout time.Duration) (*catalog.Catalog, error) {
	return catalog.Open(context.Background(), s.target(), s.mapping, catalog.Options{BusyTimeout: timeout})
}

func (s *shop) applyWithin(plan migrate.Plan, timeout time.Duration) (migrate.Applied, error) {
	c, err := s.within(timeout)
	if err != nil {
		return migrate.Applied{}, err
	}
	defer c.Close()
	return migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: timeout})
}

func (s *shop) undoWithin(run int64, timeout time.Duration) (migrate.Undone, error) {
	c, err := s.within(timeout)
	if err != nil {
		return migrate.Undone{}, err
	}
	defer c.Close()
	return migrate.Undo(context.Background(), c, run, migrate.UndoOptions{Now: s.now, LockTimeout: timeout})
}

// TestInterruptedCommit cancels an apply that waits, at its commit, for a
// reader: it gives up at once, and nothing is changed.
func TestInterruptedCommit(t *testing.T) {
	s := newMembershipShop(t, "delete", 50)
	plan := s.mustPlan()
	before := s.sums()
	h := s.hold("BEGIN", "SELECT count(*) FROM products")
	defer h.release()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := s.open(false)
	began := time.Now()
	_, err := migrate.Apply(ctx, c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: 10 * time.Second,
		Observe: func(point string) {
			if point == "commit" {
				time.AfterFunc(200*time.Millisecond, cancel)
			}
		}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted commit: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the interrupt was heard after %v", took)
	}
	if now := s.sums(); !maps.Equal(before, now) {
		t.Error("an interrupted commit changed the catalog")
	}
}

// TestSpoiltFile meets files that are no catalog any more: an error, never a
// panic, and the bytes stay.
func TestSpoiltFile(t *testing.T) {
	s := newMembershipShop(t, "delete", 150)
	plan := s.mustPlan()
	whole := s.bytes()
	const page = 4096
	garbage := bytes.Repeat([]byte("no database "), 5000)
	files := map[string][]byte{"garbage": garbage, "empty": {}, "half": whole[:len(whole)/2/page*page], "ragged": whole[:len(whole)/3],
		"header only": whole[:100]}
	r := rand.New(rand.NewPCG(5, 6))
	for at := page; at < len(whole); at += page {
		zeros, noise := bytes.Clone(whole), bytes.Clone(whole)
		clear(zeros[at : at+page])
		for i := range page {
			noise[at+i] = byte(r.Uint32())
		}
		files[fmt.Sprintf("page %d of zeros", at/page+1)] = zeros
		files[fmt.Sprintf("page %d of noise", at/page+1)] = noise
	}
	surfaced := 0
	for name, text := range files {
		if err := os.WriteFile(s.path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := s.applyWithin(plan, time.Second)
		if err == nil { // a page that nobody needed
			continue
		}
		surfaced++
		if now := s.bytes(); !bytes.Equal(now, text) {
			t.Errorf("%s: %v, and the file changed", name, err)
		}
	}
	if err := os.WriteFile(s.path, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.applyWithin(plan, time.Second); err != nil {
		t.Errorf("the file as it was: %v", detail(err))
	}
	if t.Logf("%d spoilt files, %d noticed", len(files), surfaced); surfaced < len(files)/2 {
		t.Errorf("of %d spoilt files %d were noticed", len(files), surfaced)
	}
}
