package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest"
)

// galeraChecks is how many worlds each law is tried on: every statement that
// makes a table waits for all nodes.
const galeraChecks = "12"

// TestGalera holds catalogs on a Galera cluster to the laws: recat works on
// one node, the shop's own programs on the others.
func TestGalera(t *testing.T) {
	c := galera(t)
	t.Run("laws", func(t *testing.T) { galeraLaws(t, c) })
	t.Run("trade", func(t *testing.T) { galeraTrade(t, c) })
	t.Run("two nodes apply", func(t *testing.T) { galeraTwoApplies(t, c) })
	t.Run("soft", func(t *testing.T) { galeraSoft(t, c) })
	t.Run("too large", func(t *testing.T) { galeraTooLarge(t, c) })
	t.Run("no foreign key", func(t *testing.T) { galeraNoKey(t, c) })
	t.Run("kill", func(t *testing.T) {
		if c.dir == "" {
			t.Skip("the cluster is none of ours to kill; set RECAT_TEST_GALERA=start")
		}
		galeraKills(t, c)
	})
}

// galeraLaws edits each world on the second node, and reads it on all three.
// Another shop is busy on the second node all the while.
func galeraLaws(t *testing.T, c *cluster) {
	fewer(t, galeraChecks)
	busy := c.from(2, newTradingShop(t, c.nodes[0], true, 120))
	tr := tradersOf(busy, &ledger{listed: map[int]bool{}, priced: map[int]int{}}, 100*time.Millisecond)
	tr.Go(func() { tr.trade(0) })
	defer tr.Wait()
	defer close(tr.stop)
	catalogtest.Laws(t, c.openWorld)
}

func (c *cluster) openWorld(w *catalogtest.World) (catalogtest.Subject, error) {
	d, err := c.nodes[0].Make("")
	if err != nil {
		return catalogtest.Subject{}, err
	}
	sub, _, err := subjectIn(d, worldScript(w), w.Mapping(), w.Shape)
	if err != nil {
		return sub, err
	}
	other, err := c.on(2, d.Name)
	if err != nil {
		return sub, errors.Join(err, sub.Close())
	}
	end := sub.Close
	sub.Close = func() error { return errors.Join(other.Close(), end()) }
	sub.Edit = func(e catalogtest.Edit) error {
		if err := c.level(2); err != nil {
			return err
		}
		return inTransaction(other.DB, e, w.Shape)
	}
	sub.Dump = func() (map[string][]string, error) { return c.dump(d.Name, 1, 2, 3) }
	return sub, nil
}

func tradersOf(s *shop, book *ledger, pause time.Duration) *traders {
	return &traders{shop: s, book: book, stop: make(chan struct{}), kick: make(chan struct{}, writers), pause: pause, sparing: true}
}

// galeraTrade is TestServerTrade with the writers on two nodes, and recat and
// whoever looks for rows that point nowhere on the third.
func galeraTrade(t *testing.T, c *cluster) {
	s := newTradingShop(t, c.nodes[0], true, 120)
	book := &ledger{listed: map[int]bool{}, priced: map[int]int{}}
	for id := 1; id <= 120; id++ {
		book.listed[id] = true
	}
	nodes := [2]*shop{c.from(2, s), c.from(3, s)}
	began := time.Now()
	s.mustPlan()
	here := tradersOf(s, book, max(100*time.Millisecond, 12*time.Since(began)))
	here.Go(here.watch)
	for writer := range writers {
		at := &traders{shop: nodes[writer%2], book: book, stop: here.stop, kick: here.kick, pause: here.pause}
		here.Go(func() { at.trade(writer) })
		here.Go(at.watch)
	}
	func() {
		defer here.Wait()
		defer close(here.stop)
		here.applyAmid(once(6))
	}()
	c.rows(s, 1, 2, 3)
	s.balance(book)
}

// galeraTwoApplies applies one plan on two nodes at once: one does it.
func galeraTwoApplies(t *testing.T, c *cluster) {
	for range 4 {
		s := newServerMembershipShop(t, c.nodes[0], 60)
		at := [2]*shop{s, c.from(2, s)}
		plans := [2]migrate.Plan{s.mustPlan(), s.mustPlan()}
		var did [2]migrate.Applied
		var errs [2]error
		together(func(i int) { did[i], errs[i] = at[i].applyWithin(plans[i], 20*time.Second) })
		won := 0
		for i, err := range errs {
			switch {
			case err == nil && did[i].Already == nil:
				won++
			case err != nil && !settled(err):
				t.Fatalf("one of two applies: %v", detail(err))
			}
		}
		c.rows(s, 1, 2, 3)
		if runs := s.runs(); won != 1 || len(runs) != 1 {
			t.Fatalf("%d of two applies went through, %d are recorded", won, len(runs))
		}
	}
}

// galeraSoft lists a product on another node, in a category that is there, in
// the very moment in which a run that marks the category as removed commits:
// one of the two gives way.
func galeraSoft(t *testing.T, c *cluster) {
	s := newTradingShop(t, c.nodes[0], true, 12)
	s.exec("ALTER TABLE categories ADD removed INTEGER NOT NULL DEFAULT 0")
	s.parse(strings.Replace(tradingMapping, "name: c.name}", "name: c.name, remove: {set: {removed: 1}}}", 1), tradingPolicy, nil)
	other := c.from(2, s)
	listed, removed := 0, 0
	for round := range 25 {
		plan, late := s.mustPlan(), 1000+round
		var seller sync.WaitGroup
		applied, err := s.applyObserved(plan, func(point string) {
			if point == "commit" {
				seller.Go(func() {
					if other.trades(fmt.Sprintf("INSERT INTO products SELECT %d, 2, 'Late psu', 'active', 0 FROM categories WHERE id = 2 AND removed = 0", late)) {
						listed++
					}
				})
			}
		})
		seller.Wait()
		if err != nil && !settled(err) && !editedSince(err) {
			t.Fatalf("apply: %v", detail(err))
		}
		if err := c.level(1); err != nil {
			t.Fatal(err)
		}
		if n := s.number("SELECT count(*) FROM products WHERE status = 'active' AND category_id IN (SELECT id FROM categories WHERE removed = 1)"); n > 0 {
			t.Fatalf("%d products are on sale in a category that is marked as removed", n)
		}
		if applied.Receipt.Run != 0 {
			removed++
			if _, err := s.undoWithin(applied.Receipt.Run, 20*time.Second); err != nil {
				t.Fatalf("undo: %v", detail(err))
			}
		}
	}
	t.Logf("%d runs went through, %d products were listed", removed, listed)
}

// galeraTooLarge applies more than one transaction of the cluster may write:
// it is refused, and nothing is kept.
func galeraTooLarge(t *testing.T, c *cluster) {
	s := newServerMembershipShop(t, c.nodes[0], 60)
	before := c.rows(s, 1, 2, 3)
	if err := c.nodes[0].Exec("SET GLOBAL wsrep_max_ws_rows = 40"); err != nil {
		t.Fatal(err)
	}
	_, err := s.apply(s.mustPlan())
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("apply: %v; want a refusal", detail(err))
	}
	if err := c.nodes[0].Exec("SET GLOBAL wsrep_max_ws_rows = 0"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.rows(s, 1, 2, 3)); diff != "" {
		t.Errorf("a refused run left:\n%s", diff)
	}
}

// galeraNoKey refuses a catalog in which nothing keeps another node from
// filing a product in a category that is being removed.
func galeraNoKey(t *testing.T, c *cluster) {
	s := newTradingShop(t, c.nodes[0], false, 30)
	var refused *migrate.RefusedError
	_, err := s.plan()
	for _, column := range []string{"categories.parent_id", "products.category_id", "product_categories.category_id"} {
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "cluster "+column) {
			t.Errorf("without foreign keys: %v; want %s refused", detail(err), column)
		}
	}
}

// galeraKills ends nodes at moments of an apply. The nodes that live agree;
// the catalog is as before or as after; a rerun needs nothing else; and a node
// that is back has what the others have.
func galeraKills(t *testing.T, c *cluster) {
	k := newKills(t, c)
	middle, commit := len(k.points)/2, len(k.points)-2
	for _, kill := range []struct {
		name  string
		nodes []int
		at    int
		delay time.Duration
		want  fate
	}{
		{"the node, at first", []int{1}, 0, 0, lost},
		{"the node, amid its writes", []int{1}, middle, 0, lost},
		{"the node, before it commits", []int{1}, commit, 0, lost},
		{"the node, as it commits", []int{1}, commit, time.Millisecond, either},
		{"the node, as it commits, later", []int{1}, commit, 4 * time.Millisecond, either},
		{"the node, once it has committed", []int{1}, commit + 1, 0, kept},
		{"another node", []int{2}, middle, 0, done},
		{"another node, as it commits", []int{3}, commit, time.Millisecond, done},
		{"both other nodes", []int{2, 3}, middle, 0, lost},
	} {
		t.Run(kill.name, func(t *testing.T) {
			k.t, c.t = t, t
			k.s.t = t
			k.kill(kill.nodes, kill.at, kill.delay, kill.want)
		})
	}
}

// fate is what must have become of an apply in which nodes were killed.
type fate int

const (
	lost   fate = iota // an error, and the catalog as before
	either             // an error, and the catalog as before or as after
	kept               // an error, and the catalog as after
	done               // no error
)

// kills is a shop with what an apply makes of it.
type kills struct {
	t             *testing.T
	c             *cluster
	s             *shop
	plan          migrate.Plan
	before, after map[string][]string
	points        []string // of an apply, in order
}

func newKills(t *testing.T, c *cluster) *kills {
	t.Helper()
	s := newServerMembershipShop(t, c.nodes[0], 400)
	k := &kills{t: t, c: c, s: s, plan: s.mustPlan(), before: c.rows(s, 1, 2, 3)}
	if err := k.apply(s, func(point string) { k.points = append(k.points, point) }); err != nil {
		t.Fatal(detail(err))
	}
	k.after = c.rows(s, 1, 2, 3)
	k.undo()
	if len(k.points) < 3 || k.points[len(k.points)-2] != "commit" {
		t.Fatalf("the points of an apply are %q; want commit as the last but one", k.points)
	}
	return k
}

func (k *kills) apply(s *shop, observe func(string)) error {
	cat, err := s.within(30 * time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = cat.Close() }() // its node may be gone
	_, err = migrate.Apply(context.Background(), cat, k.plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true,
		LockTimeout: 30 * time.Second, Observe: observe})
	return err
}

// undo takes the last run back, on the first node.
func (k *kills) undo() {
	k.t.Helper()
	runs := k.s.runs()
	if len(runs) == 0 {
		k.t.Fatal("no run is recorded")
	}
	if _, err := k.s.undoWithin(runs[len(runs)-1].ID, 30*time.Second); err != nil {
		k.t.Fatalf("undo: %v", detail(err))
	}
	if diff := cmp.Diff(k.before, k.c.rows(k.s, 1, 2, 3)); diff != "" {
		k.t.Fatalf("undo is not exact:\n%s", diff)
	}
	if n := k.s.number(`SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'recat\_image\_%'
		AND NOT EXISTS (SELECT 1 FROM recat_image WHERE INSTR(line, CONCAT('"', table_name, '"')) > 0)`); n > 0 {
		k.t.Errorf("%d stores are left that no run names", n)
	}
}

// kill ends nodes at a point of an apply on the first node, or a moment after
// it, and takes the catalog back to where it was.
func (k *kills) kill(nodes []int, at int, delay time.Duration, want fate) {
	k.t.Helper()
	var killed sync.WaitGroup
	seen := 0
	err := k.apply(k.s, func(string) {
		if seen++; seen != at+1 {
			return
		}
		killed.Go(func() {
			time.Sleep(delay)
			k.c.kill(nodes...)
		})
		if delay == 0 {
			killed.Wait()
		}
	})
	killed.Wait()
	if want != either && (err == nil) != (want == done) {
		k.t.Errorf("apply: %v", detail(err))
	}
	live := k.c.without(nodes)
	if len(live) == 1 { // which alone may not speak for the cluster
		k.c.rejoin(nodes...)
		live = k.c.without(nil)
	}
	k.became(k.c.rows(k.s, live...), want)
	again := k.c.from(live[len(live)-1], k.s)
	if err := k.apply(again, nil); err != nil {
		k.t.Fatalf("a rerun: %v", detail(err))
	}
	if len(live) < 3 {
		k.c.rejoin(nodes...)
	}
	if diff := cmp.Diff(k.after, k.c.rows(k.s, 1, 2, 3)); diff != "" {
		k.t.Fatalf("a rerun left something else than an apply:\n%s", diff)
	}
	k.undo()
}

// became holds what the nodes hold against what they may.
func (k *kills) became(rows map[string][]string, want fate) {
	k.t.Helper()
	before, after := cmp.Diff(k.before, rows), cmp.Diff(k.after, rows)
	var wrong string
	switch want {
	case lost:
		wrong = before
	case either:
		if before != "" {
			wrong = after
		}
	case kept, done:
		wrong = after
	}
	if wrong != "" {
		k.t.Fatalf("the catalog is not what it must be:\n%s", wrong)
	}
}
