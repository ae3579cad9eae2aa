package catalog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"recat/fixtures"
)

// pairs is how many interleaved pairs a ratio is the median of.
const pairs = 9

// BenchmarkCutover compares plan and apply with a hand-written SQL script
// that does the same updates and keeps the same before-images in one
// transaction, through the same driver with the same durability. It reports
//
//	lock-ratio   the time the catalog is locked, against the script's
//	whole-ratio  plan and apply from start to end, against the script's
//
// as medians of nine interleaved pairs, each on a fresh copy of one catalog.
//
// The collector is set as the program sets it.
func BenchmarkCutover(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, c := range []struct {
		name               string
		products, affected int
		policy             func(fixtures.Generated) string
	}{
		{"delist_50k_of_1M", 1_000_000, 50_000, func(g fixtures.Generated) string { return g.Delist }},
		{"split_50k_of_1M", 1_000_000, 50_000, func(g fixtures.Generated) string { return g.Split }},
		{"delist_1M_of_1M", 1_000_000, 1_000_000, func(g fixtures.Generated) string { return g.Delist }},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench := newBench(b, c.products, c.affected, c.policy)
			for b.Loop() {
				bench.run(b)
			}
		})
	}
}

type cutoverBench struct {
	base string
	gen  fixtures.Generated
	shop *shop
}

func newBench(b *testing.B, products, affected int, policy func(fixtures.Generated) string) *cutoverBench {
	b.Helper()
	base := filepath.Join(b.TempDir(), "base.db")
	db, err := sql.Open("sqlite3", base)
	if err != nil {
		b.Fatal(err)
	}
	gen, err := fixtures.Generate(context.Background(), db, fixtures.Options{Categories: 1000, Products: products, Affected: affected, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	s := &shop{t: b, now: time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC)}
	s.parse(gen.Mapping, policy(gen), nil)
	return &cutoverBench{base: base, gen: gen, shop: s}
}

func (c *cutoverBench) run(b *testing.B) {
	var lock, whole, script []float64
	for range pairs {
		c.fresh(b, "script.db")
		script = append(script, c.script(b).Seconds())
		c.fresh(b, "recat.db")
		l, w := c.recat(b)
		lock = append(lock, l.Seconds()/script[len(script)-1])
		whole = append(whole, w.Seconds()/script[len(script)-1])
	}
	b.ReportMetric(median(lock), "lock-ratio")
	b.ReportMetric(median(whole), "whole-ratio")
	b.ReportMetric(median(script), "script-s")
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func (c *cutoverBench) fresh(b *testing.B, name string) {
	b.Helper()
	from, err := os.Open(c.base)
	if err != nil {
		b.Fatal(err)
	}
	defer from.Close()
	path := filepath.Join(filepath.Dir(c.base), name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.Fatal(err)
	}
	to, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		b.Fatal(err)
	}
	if err := to.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := to.Close(); err != nil {
		b.Fatal(err)
	}
}

// script is what a careful engineer writes by hand. It returns the time from
// taking the lock to the end of COMMIT, which is all of it.
func (c *cutoverBench) script(b *testing.B) time.Duration {
	b.Helper()
	path := filepath.Join(filepath.Dir(c.base), "script.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_synchronous=full&_foreign_keys=off")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	start := time.Now()
	for _, q := range c.statements() {
		if _, err := conn.ExecContext(context.Background(), q); err != nil {
			b.Fatalf("%v, in: %s", err, q)
		}
	}
	return time.Since(start)
}

func (c *cutoverBench) statements() []string {
	removed, target := c.gen.Removed.ID, c.gen.Target.ID
	out := []string{
		"BEGIN IMMEDIATE",
		fmt.Sprintf("CREATE TABLE backup_products AS SELECT id, category_id, status, updated_at FROM products WHERE category_id = %s", removed),
		fmt.Sprintf("CREATE TABLE backup_categories AS SELECT * FROM categories WHERE id = %s", removed),
	}
	if c.shop.text == c.gen.Split {
		out = append(out, fmt.Sprintf(`UPDATE products SET category_id = %s, updated_at = '2021-10-08 00:00:00' WHERE category_id = %s
			AND (title LIKE '%%psu%%' OR title LIKE '%%power supply%%') AND title NOT LIKE '%%miner%%' AND title NOT LIKE '%%mining%%' AND title NOT LIKE '%%矿机%%'`, target, removed))
	}
	return append(out,
		fmt.Sprintf("UPDATE products SET category_id = NULL, status = 'ended', updated_at = '2021-10-08 00:00:00' WHERE category_id = %s", removed),
		fmt.Sprintf("DELETE FROM categories WHERE id = %s", removed),
		"COMMIT")
}

// recat plans and applies, and returns the time the catalog was locked and
// the whole.
func (c *cutoverBench) recat(b *testing.B) (locked, whole time.Duration) {
	b.Helper()
	s := *c.shop
	s.path = filepath.Join(filepath.Dir(c.base), "recat.db")
	start := time.Now()
	plan, err := s.plan()
	if err != nil {
		b.Fatal(err)
	}
	done, err := s.apply(plan)
	if err != nil {
		b.Fatal(detail(err))
	}
	if err := plan.Close(); err != nil {
		b.Fatal(err)
	}
	return done.Receipt.Locked, time.Since(start)
}

// BenchmarkPlanGrowth reports how much longer a plan takes when the catalog
// grows tenfold and the affected products stay the same.
func BenchmarkPlanGrowth(b *testing.B) {
	move := func(g fixtures.Generated) string { return g.Delist }
	small, large := newBench(b, 100_000, 20_000, move), newBench(b, 1_000_000, 20_000, move)
	for b.Loop() {
		var ratios []float64
		for range pairs {
			ratios = append(ratios, large.plan(b).Seconds()/small.plan(b).Seconds())
		}
		b.ReportMetric(median(ratios), "growth-ratio")
	}
}

func (c *cutoverBench) plan(b *testing.B) time.Duration {
	b.Helper()
	s := *c.shop
	s.path = c.base
	start := time.Now()
	if _, err := s.plan(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
