package catalog_test

import (
	"context"
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
)

// BenchmarkServerCutover is BenchmarkCutover on servers. Between two halves of
// a pair the catalog is put back as it was: the script by its own backup, a
// run by its undo.
func BenchmarkServerCutover(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, engine := range servertest.Engines() {
		for _, c := range []struct {
			name               string
			products, affected int
		}{{"delist_50k_of_1M", 1_000_000, 50_000}, {"delist_1M_of_1M", 1_000_000, 1_000_000}} {
			b.Run(string(engine)+"/"+c.name, func(b *testing.B) {
				bench := newServerBench(b, engine, c.products, c.affected)
				for b.Loop() {
					bench.run(b)
				}
			})
		}
	}
}

type serverBench struct {
	*shop
	gen    fixtures.Generated
	engine servertest.Engine
}

func newServerBench(b *testing.B, engine servertest.Engine, products, affected int) *serverBench {
	b.Helper()
	on := servertest.Open(b, engine)
	s := &shop{t: b, server: on.Database(b, byBytes), now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
	gen, err := fixtures.Generate(context.Background(), s.server.DB, fixtures.Options{Categories: 1000, Products: products, Affected: affected, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	s.parse(gen.Mapping, gen.Delist, nil)
	bench := &serverBench{s, gen, engine}
	bench.settle()
	return bench
}

func (s *serverBench) run(b *testing.B) {
	var lock, whole, script []float64
	for range pairs {
		script = append(script, s.script().Seconds())
		s.scriptBack()
		l, w := s.recat()
		lock = append(lock, l.Seconds()/script[len(script)-1])
		whole = append(whole, w.Seconds()/script[len(script)-1])
	}
	b.ReportMetric(median(lock), "lock-ratio")
	b.ReportMetric(median(whole), "whole-ratio")
	b.ReportMetric(median(script), "script-s")
}

// settle has the server clear up, so that neither half pays for the other.
func (s *serverBench) settle() {
	if s.engine == servertest.Postgres {
		s.exec("VACUUM ANALYZE products", "CHECKPOINT")
		return
	}
	s.exec("ANALYZE TABLE products")
}

// script is what a careful engineer writes by hand, in one transaction. What
// commits by itself comes before.
func (s *serverBench) script() time.Duration {
	removed := s.gen.Removed.ID
	keep := []string{
		fmt.Sprintf("INSERT INTO backup_products SELECT id, category_id, status, updated_at FROM products WHERE category_id = %s", removed),
		fmt.Sprintf("INSERT INTO backup_categories SELECT * FROM categories WHERE id = %s", removed),
	}
	s.exec("CREATE TABLE backup_products AS SELECT id, category_id, status, updated_at FROM products WHERE FALSE",
		"CREATE TABLE backup_categories AS SELECT * FROM categories WHERE FALSE")
	start := time.Now()
	if err := s.server.Transaction(append(keep,
		fmt.Sprintf("UPDATE products SET category_id = NULL, status = 'ended', updated_at = '2021-10-08 00:00:00' WHERE category_id = %s", removed),
		fmt.Sprintf("DELETE FROM categories WHERE id = %s", removed))...); err != nil {
		s.t.Fatal(err)
	}
	return time.Since(start)
}

func (s *serverBench) scriptBack() {
	update := `UPDATE products AS p SET category_id = b.category_id, status = b.status, updated_at = b.updated_at FROM backup_products b WHERE b.id = p.id`
	if s.engine == servertest.MySQL {
		update = `UPDATE products AS p JOIN backup_products b ON b.id = p.id SET p.category_id = b.category_id, p.status = b.status, p.updated_at = b.updated_at`
	}
	s.exec("INSERT INTO categories SELECT * FROM backup_categories", update, "DROP TABLE backup_products", "DROP TABLE backup_categories")
	s.settle()
}

// recat plans, applies and undoes. It gives the time that the lock was held,
// and that of plan and apply.
func (s *serverBench) recat() (locked, whole time.Duration) {
	start := time.Now()
	plan, err := s.plan()
	if err != nil {
		s.t.Fatal(detail(err))
	}
	done, err := s.apply(plan)
	if err != nil {
		s.t.Fatal(detail(err))
	}
	whole = time.Since(start)
	if err := plan.Close(); err != nil {
		s.t.Fatal(err)
	}
	c, err := catalog.OpenRuns(context.Background(), s.target(), catalog.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := migrate.Undo(context.Background(), c, done.Receipt.Run, migrate.UndoOptions{Now: s.now}); err != nil {
		s.t.Fatal(detail(err))
	}
	if _, err := c.Prune(context.Background(), done.Receipt.Run, migrate.PruneOptions{Now: s.now}); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
	return done.Receipt.Locked, whole
}

// BenchmarkServerScattered plans and applies to products that lie scattered in
// the catalog, are treated each in one of many ways, and have memberships
// beside their primary category: what is staged are tens of thousands of
// stretches. It reports how long the lock was held.
func BenchmarkServerScattered(b *testing.B) {
	for _, engine := range servertest.Engines() {
		b.Run(string(engine), func(b *testing.B) {
			on := servertest.Open(b, engine)
			for b.Loop() {
				s := &shop{t: b, server: on.Database(b, byBytes), now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
				gen, err := fixtures.Generate(context.Background(), s.server.DB, fixtures.Options{Categories: 200, Products: 200_000,
					Affected: 40_000, Also: 2, Seed: 7, Shape: fixtures.Memberships})
				if err != nil {
					b.Fatal(err)
				}
				s.parse(gen.Mapping, gen.Split, nil)
				done, err := s.apply(s.mustPlan())
				if err != nil {
					b.Fatal(detail(err))
				}
				b.ReportMetric(done.Receipt.Locked.Seconds(), "locked-s")
			}
		})
	}
}
