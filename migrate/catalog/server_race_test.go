package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalogtest/servertest"
)

// newServerMembershipShop is newMembershipShop on a server.
func newServerMembershipShop(t testing.TB, on *servertest.Server, affected int) *shop {
	t.Helper()
	s := &shop{t: t, server: on.Database(t, byBytes), now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
	g, err := fixtures.Generate(context.Background(), s.server.DB, fixtures.Options{Categories: 40, Products: affected * 5 / 4,
		Affected: affected, Also: 2, Seed: 7, Shape: fixtures.Memberships})
	if err != nil {
		t.Fatal(err)
	}
	s.exec("CREATE TABLE slugs (slug VARCHAR(80) NOT NULL PRIMARY KEY, category_id INTEGER NOT NULL, FOREIGN KEY (category_id) REFERENCES categories (id))",
		"CREATE INDEX slugs_category ON slugs (category_id)",
		"INSERT INTO slugs SELECT CONCAT('slug-', id), category_id FROM products WHERE id % 10 = 0")
	s.parse(g.Mapping+slugMapping, g.Split, nil)
	return s
}

// once is n, or 1 in short tests.
func once(n int) int {
	if testing.Short() {
		return 1
	}
	return n
}

// TestServerTwoApplies lets two applies of one plan run at once: one of them
// does it.
func TestServerTwoApplies(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for range once(6) {
			s := newServerMembershipShop(t, on, 60)
			plans := [2]migrate.Plan{s.mustPlan(), s.mustPlan()}
			var did [2]migrate.Applied
			var errs [2]error
			together(func(i int) { did[i], errs[i] = s.applyWithin(plans[i], 20*time.Second) })
			won := 0
			for i, err := range errs {
				switch {
				case err == nil && did[i].Already == nil:
					won++
				case err != nil && !settled(err):
					t.Fatalf("one of two applies: %v", detail(err))
				}
			}
			if runs := s.runs(); won != 1 || len(runs) != 1 {
				t.Fatalf("%d of two applies went through, %d are recorded", won, len(runs))
			}
		}
	})
}

// TestServerTwoUndos lets two undos of one run go at once: one does it.
func TestServerTwoUndos(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		s := newServerMembershipShop(t, on, 60)
		before := s.dump()
		for round := range once(4) {
			done, err := s.apply(s.mustPlan())
			if err != nil {
				t.Fatal(detail(err))
			}
			var errs [2]error
			together(func(i int) { _, errs[i] = s.undoWithin(done.Receipt.Run, 20*time.Second) })
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if !settled(err) {
					t.Fatalf("one of two undos: %v", detail(err))
				}
			}
			if runs := s.runs(); won != 1 || len(runs) != 2*round+2 {
				t.Fatalf("%d of two undos went through, %d runs are recorded after %d rounds", won, len(runs), round+1)
			}
			if s.dump() != before {
				t.Fatal("undo is not exact")
			}
		}
	})
}

// TestServerLocked meets another's lock: planning does not wait for it; past the
// timeout nothing is changed; a lock let go in time does not matter, and neither
// does a reader.
func TestServerLocked(t *testing.T) {
	const product = "UPDATE products SET price = price + 1 WHERE id = (SELECT id FROM (SELECT min(id) AS id FROM products WHERE category_id = 2) AS p)"
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for name, hold := range map[string]string{"product": product, "category": "UPDATE categories SET name = CONCAT(name, '') WHERE id = 2"} {
			t.Run(name, func(t *testing.T) {
				s := newServerMembershipShop(t, on, 50)
				plan, before := s.mustPlan(), s.dump()
				release := s.holdServer(hold)
				began := time.Now()
				s.mustPlan()
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("planning beside a writer took %v", took)
				}
				began = time.Now()
				if _, err := s.applyWithin(plan, 300*time.Millisecond); !errors.Is(err, migrate.ErrBusy) {
					t.Fatalf("apply beside another's lock: %v", detail(err))
				}
				if took := time.Since(began); took > time.Minute {
					t.Errorf("a timeout of 300 ms took %v", took)
				}
				if diff := cmp.Diff(before, s.dump()); diff != "" {
					t.Fatalf("a busy apply changed the catalog:\n%s", diff)
				}
				timer := time.AfterFunc(300*time.Millisecond, release)
				defer timer.Stop()
				if _, err := s.applyWithin(plan, 30*time.Second); err != nil {
					t.Fatalf("the lock was let go in time: %v", detail(err))
				}
			})
		}
		t.Run("reader", func(t *testing.T) {
			s := newServerMembershipShop(t, on, 50)
			plan := s.mustPlan()
			defer s.holdServer("SELECT count(*) FROM products")()
			if _, err := s.applyWithin(plan, 5*time.Second); err != nil {
				t.Fatalf("apply beside a reader: %v", detail(err))
			}
		})
	})
}

// holdServer runs a statement in a transaction that it leaves open, and gives
// the function that rolls it back.
func (s *shop) holdServer(statement string) (release func()) {
	s.t.Helper()
	tx, err := s.server.Begin()
	if err == nil {
		_, err = tx.Exec(statement)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			s.t.Error(err)
		}
	}
}

const tradingMapping = `categories: {table: categories, id: id, parent: parent_id, root: [null], name: c.name}
products:
  table: products
  id: id
  title: p.title
  primary: category_id
  live: p.status = 'active'
  state: p.status
memberships: {table: product_categories, product: product_id, category: category_id}
delist:
  - set: {status: ended}
`

const tradingPolicy = `policy: miners
remove:
  - category: {id: "2"}
    products:
      - rule: power-supplies
        when: product.title.hasWord("psu")
        reassign: {id: "3"}
      - delist: prohibited-goods
drift: {arrived: rules, left: skip, edited: same-fate}
`

// newTradingShop makes a shop with products, each in one category, with
// foreign keys or without.
func newTradingShop(t *testing.T, on *servertest.Server, keys bool, products int) *shop {
	t.Helper()
	points := func(column, table string) string {
		if !keys {
			return ""
		}
		return ", FOREIGN KEY (" + column + ") REFERENCES " + table + " (id)"
	}
	script := []string{"CREATE TABLE categories (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, name VARCHAR(40) NOT NULL" + points("parent_id", "categories") + ")",
		"CREATE TABLE products (id INTEGER NOT NULL PRIMARY KEY, category_id INTEGER, title VARCHAR(400), status VARCHAR(12) NOT NULL, price INTEGER NOT NULL" +
			points("category_id", "categories") + ")",
		"CREATE TABLE product_categories (product_id INTEGER NOT NULL, category_id INTEGER NOT NULL, PRIMARY KEY (product_id, category_id)" +
			points("product_id", "products") + points("category_id", "categories") + ")",
		"CREATE INDEX categories_parent ON categories (parent_id)", "CREATE INDEX products_category ON products (category_id)",
		"CREATE INDEX filed_category ON product_categories (category_id)",
		"INSERT INTO categories VALUES (1, NULL, 'Electronics'), (2, 1, 'Miners'), (3, 1, 'Power Supplies'), (4, 1, 'Kettles')"}
	var rows, filed []string
	for id := 1; id <= products; id++ {
		rows = append(rows, fmt.Sprintf("(%d, %d, '%s', 'active', 0)", id, 2+id%3, []string{"Antminer", "Antminer psu"}[id%2]))
		filed = append(filed, fmt.Sprintf("(%d, %d)", id, 2+id%3))
	}
	script = append(script, "INSERT INTO products VALUES "+strings.Join(rows, ", "), "INSERT INTO product_categories VALUES "+strings.Join(filed, ", "))
	return newServerShop(t, on, strings.Join(script, ";\n"), tradingMapping, tradingPolicy, nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
}

// ledger is what the shop's own programs know to have committed.
type ledger struct {
	sync.Mutex
	listed map[int]bool // products that must be there
	priced map[int]int  // what each costs
}

// writers is how many of the shop's programs write at once.
const writers = 3

// traders are they.
type traders struct {
	*shop
	sync.WaitGroup
	book       *ledger
	stop, kick chan struct{} // to end; to write at once
	pause      time.Duration // at most, between two transactions of one
	sparing    bool          // kick at about one step of a run: on a cluster, who commits first wins
}

// kickAll has every one of them write now.
func (s *traders) kickAll() {
	for range writers {
		select {
		case s.kick <- struct{}{}:
		default:
		}
	}
}

// TestServerTrade plans, applies and undoes, again and again, while writers
// add, move, edit, price, end and delete products. What they committed is
// there, nothing unreviewed is touched, and at no moment does a product point
// at a category that is gone.
func TestServerTrade(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for _, keys := range []bool{true, false} {
			t.Run(fmt.Sprintf("foreign keys %t", keys), func(t *testing.T) {
				t.Parallel()
				s := newTradingShop(t, on, keys, 90)
				book := &ledger{listed: map[int]bool{}, priced: map[int]int{}}
				for id := 1; id <= 90; id++ {
					book.listed[id] = true
				}
				began := time.Now()
				s.mustPlan()
				tr := &traders{shop: s, book: book, stop: make(chan struct{}), kick: make(chan struct{}, writers),
					pause: max(40*time.Millisecond, 12*time.Since(began))} // so that some applies go through
				for writer := range writers {
					tr.Go(func() { tr.trade(writer) })
				}
				tr.Go(tr.watch)
				func() {
					defer tr.Wait()
					defer close(tr.stop)
					tr.applyAmid(once(3))
				}()
				s.balance(book)
			})
		}
	})
}

// applyAmid applies and undoes until so many rounds went through. While
// the lock is held, all the others begin transactions that must wait for it.
func (s *traders) applyAmid(rounds int) {
	s.t.Helper()
	stale, deadline := 0, time.Now().Add(2*time.Minute)
	for done := 0; done < rounds; {
		if time.Now().After(deadline) {
			s.t.Fatalf("%d applies went through in two minutes, %d were stale or busy", done, stale)
		}
		plan, err := s.plan()
		if err != nil {
			s.t.Fatalf("plan: %v", detail(err))
		}
		applied, err := s.applyKicking(plan)
		switch {
		case err != nil && settled(err):
			stale++
			continue
		case err != nil && !editedSince(err):
			s.t.Fatalf("apply: %v", detail(err))
		}
		done++
		s.reviewed(plan, applied)
		if err := s.undoAmid(applied.Receipt.Run, deadline); err != nil && !editedSince(err) {
			s.t.Fatalf("undo: %v", detail(err))
		}
	}
	s.t.Logf("%d applied, %d stale or busy", rounds, stale)
}

// kicking is what an apply or an undo is observed by: once it has compared the
// catalog with the plan, every one of its steps meets those who would slip in.
func (s *traders) kicking(point string) {
	steps := []string{"memberships", "products", "categories", "check", "restore", "record", "commit"}
	if slices.Contains(steps, point) && (!s.sparing || rand.IntN(len(steps)) == 0) {
		s.kickAll()
	}
}

func (s *traders) applyKicking(plan migrate.Plan) (migrate.Applied, error) {
	return s.applyObserved(plan, s.kicking)
}

func (s *shop) applyObserved(plan migrate.Plan, observe func(string)) (migrate.Applied, error) {
	c, err := s.within(20 * time.Second)
	if err != nil {
		return migrate.Applied{}, err
	}
	defer c.Close()
	return migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true,
		LockTimeout: 20 * time.Second, Observe: observe})
}

func (s *traders) undoAmid(run int64, deadline time.Time) error {
	for {
		c, err := s.within(20 * time.Second)
		if err != nil {
			return err
		}
		_, err = migrate.Undo(context.Background(), c, run, migrate.UndoOptions{OnConflict: migrate.ConflictKeep, Now: s.now,
			LockTimeout: 20 * time.Second, Observe: s.kicking})
		if err := c.Close(); err != nil {
			return err
		}
		if (!errors.Is(err, migrate.ErrMoved) && !errors.Is(err, migrate.ErrBusy)) || time.Now().After(deadline) {
			return err
		}
	}
}

// dangling counts what points at a category that is gone. It is one
// statement, which sees one state of the catalog.
const dangling = `SELECT (SELECT count(*) FROM products WHERE category_id NOT IN (SELECT id FROM categories))
	+ (SELECT count(*) FROM product_categories WHERE category_id NOT IN (SELECT id FROM categories))`

// watch looks for such rows all the time.
func (s *traders) watch() {
	for {
		select {
		case <-s.stop:
			return
		case <-time.After(5 * time.Millisecond):
		}
		var n int
		if err := s.server.QueryRow(dangling).Scan(&n); err != nil || n > 0 {
			s.t.Errorf("%d rows point at a category that is gone, %v", n, err)
			return
		}
	}
}

// trade is one of the shop's programs. It sells in a category only
// while that is there, as a shop's own code does, and gives up a transaction
// that the database refuses.
func (s *traders) trade(writer int) {
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(writer)))
	const here = " AND EXISTS (SELECT 1 FROM categories WHERE id = 2)"
	for n := 0; ; n++ {
		what := r.IntN(6)
		select {
		case <-s.stop:
			return
		case <-s.kick:
			what = r.IntN(2) // what a removal must not miss
		case <-time.After(time.Duration(r.Int64N(int64(s.pause)))):
		}
		late, id := 100_000*(writer+1)+n, r.IntN(90)+1
		switch what {
		case 0: // a new listing
			title := []string{"Late miner", "Late psu"}[n%2]
			if s.trades(fmt.Sprintf("INSERT INTO products SELECT %d, 2, '%s', 'active', 0 FROM categories WHERE id = 2", late, title),
				fmt.Sprintf("INSERT INTO product_categories SELECT id, category_id FROM products WHERE id = %d", late)) {
				s.book.list(late)
			}
		case 1: // into the category, or out of it
			from, to, and := 2, 3, ""
			if n%2 == 0 {
				from, to, and = 3, 2, here
			}
			s.trades(fmt.Sprintf("UPDATE products SET category_id = %d WHERE id = %d AND category_id = %d%s", to, id, from, and),
				fmt.Sprintf(`UPDATE product_categories SET category_id = %[1]d WHERE product_id = %[2]d AND category_id = %[3]d%[4]s
					AND EXISTS (SELECT 1 FROM products WHERE id = %[2]d AND category_id = %[1]d)`, to, id, from, and))
		case 2:
			s.trades(fmt.Sprintf("UPDATE products SET title = CONCAT(title, ' psu') WHERE id = %d", id))
		case 3:
			s.trades(fmt.Sprintf("UPDATE products SET status = 'ended' WHERE id = %d", id))
		case 4:
			if s.trades(fmt.Sprintf("UPDATE products SET price = price + 1 WHERE id = %d", id)) {
				s.book.price(id)
			}
		case 5:
			if id%10 == writer && s.trades(fmt.Sprintf("DELETE FROM product_categories WHERE product_id = %d", id),
				fmt.Sprintf("DELETE FROM products WHERE id = %d", id)) {
				s.book.delist(id)
			}
		}
	}
}

func (l *ledger) list(id int) {
	l.Lock()
	defer l.Unlock()
	l.listed[id] = true
}

func (l *ledger) price(id int) {
	l.Lock()
	defer l.Unlock()
	l.priced[id]++
}

func (l *ledger) delist(id int) {
	l.Lock()
	defer l.Unlock()
	delete(l.listed, id)
}

// trades runs a transaction, and reports whether it was committed and its
// last statement changed a row. What the database may refuse amid others' work
// is no error.
func (s *shop) trades(statements ...string) bool {
	changed, err := s.transaction(statements)
	var p *pgconn.PgError
	var m *mysql.MySQLError
	switch {
	case err == nil:
		return changed > 0
	case errors.As(err, &p) && slices.Contains([]string{"40001", "40P01", "55P03", "23503", "23505"}, p.Code):
	case errors.As(err, &m) && slices.Contains([]uint16{1020, 1062, 1205, 1213, 1451, 1452}, m.Number):
	default:
		s.t.Errorf("a writer beside an apply: %v", err)
	}
	return false
}

// transaction gives the number of rows that the last statement changed.
func (s *shop) transaction(statements []string) (changed int64, err error) {
	tx, err := s.server.Begin()
	if err != nil {
		return 0, err
	}
	for _, q := range statements {
		result, err := tx.Exec(q)
		if err == nil {
			changed, err = result.RowsAffected()
		}
		if err != nil {
			return 0, errors.Join(fmt.Errorf("%w, in: %s", err, q), tx.Rollback())
		}
	}
	return changed, tx.Commit()
}

// balance holds the catalog against what the writers committed.
func (s *shop) balance(book *ledger) {
	s.t.Helper()
	got := map[int]int{}
	rows, err := s.server.Query("SELECT id, price FROM products")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, price int
		if err := rows.Scan(&id, &price); err != nil {
			s.t.Fatal(err)
		}
		got[id] = price
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	for id := range book.listed {
		if price, ok := got[id]; !ok || price != book.priced[id] {
			s.t.Errorf("product %d costs %d, there: %t; its seller had it at %d", id, price, ok, book.priced[id])
		}
	}
	for id := range got {
		if !book.listed[id] {
			s.t.Errorf("product %d is there; its seller had deleted it, or never committed it", id)
		}
	}
	if n := s.number(dangling); n > 0 {
		s.t.Errorf("%d rows point at a category that is gone", n)
	}
}
