package catalog_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/rule"
)

// scanShops are product tables whose keys are divided in different ways.
var scanShops = map[string]string{
	"integers":              "CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL)",
	"texts":                 "CREATE TABLE products (id TEXT NOT NULL PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL)",
	"without rowid":         "CREATE TABLE products (id TEXT NOT NULL PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL) WITHOUT ROWID",
	"numbers without rowid": "CREATE TABLE products (id INTEGER NOT NULL PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT NOT NULL) WITHOUT ROWID",
	"no index":              "CREATE TABLE products (id TEXT, category_id INTEGER, title TEXT, status TEXT NOT NULL)",
}

// openScanShop opens a shop of a few products, on either side of 0 and far apart.
func openScanShop(t *testing.T, table string) (*catalog.Catalog, []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	statements := []string{table, "CREATE TABLE categories (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT NOT NULL)",
		"INSERT INTO categories VALUES (1, NULL, 'A')"}
	var want []string
	for _, id := range []int64{-1 << 63, -5, -1, 0, 1, 2, 3, 10, 11, 1000, 1<<63 - 1} {
		statements = append(statements, fmt.Sprintf("INSERT INTO products VALUES (%d, 1, 'title %d', 'active')", id, id))
		want = append(want, fmt.Sprint(id))
	}
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err, q)
		}
	}
	m, err := catalog.Preset("plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	target, err := catalog.ParseTarget(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Open(t.Context(), target, m, catalog.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	slices.Sort(want)
	return c, want
}

// TestScanInRanges: however many read in whatever ranges, every product is
// shown once.
func TestScanInRanges(t *testing.T) {
	for name, table := range scanShops {
		for _, readers := range []int{1, 2, 3, 8} {
			for _, least := range []int{1, 3, 1000} {
				t.Run(fmt.Sprintf("%s/%d readers/%d", name, readers, least), func(t *testing.T) {
					c, want := openScanShop(t, table)
					var mu sync.Mutex
					var got []string
					err := c.ScanDivided(t.Context(), migrate.ScanOptions{Reads: []string{"title"}}, readers, least, func(p *migrate.Product) error {
						mu.Lock()
						defer mu.Unlock()
						if p.Title.S != "title "+p.ID {
							t.Errorf("product %s has the title %q", p.ID, p.Title.S)
						}
						got = append(got, p.ID)
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					slices.Sort(got)
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("(-want +got):\n%s", d)
					}
				})
			}
		}
	}
}

// TestScanEnds: the first error ends it, and so does an interrupt.
func TestScanEnds(t *testing.T) {
	c, _ := openScanShop(t, scanShops["integers"])
	enough := errors.New("enough")
	if err := c.ScanDivided(t.Context(), migrate.ScanOptions{}, 3, 1, func(*migrate.Product) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("ended by %v, want %v", err, enough)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := c.ScanDivided(ctx, migrate.ScanOptions{}, 3, 1, func(*migrate.Product) error { cancel(); return ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted, it says %v", err)
	}
}

// BenchmarkSweep compares the scan of a sweep with the bare reading of ids and
// titles through the same driver, by one reader and by one for each processor.
// It reports the ratios as medians of nine interleaved pairs.
func BenchmarkSweep(b *testing.B) {
	base := filepath.Join(b.TempDir(), "base.db")
	db, err := sql.Open("sqlite3", base)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	gen, err := fixtures.Generate(b.Context(), db, fixtures.Options{Categories: 1000, Products: 1_000_000, Affected: 50_000, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	m, err := catalog.ParseMapping("mapping.yaml", []byte(gen.Mapping))
	if err != nil {
		b.Fatal(err)
	}
	target, err := catalog.ParseTarget(base)
	if err != nil {
		b.Fatal(err)
	}
	c, err := catalog.Open(b.Context(), target, m, catalog.Options{ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	env, err := rule.NewEnv(m.RuleFields())
	if err != nil {
		b.Fatal(err)
	}
	when, err := env.Compile(`product.title.hasWord(["antminer", "miner*"]) && product.title.hasWord("mining")`)
	if err != nil {
		b.Fatal(err)
	}
	sweep := func(readers int) float64 {
		start := time.Now()
		if err := c.ScanDivided(b.Context(), migrate.ScanOptions{Reads: when.Reads()}, readers, 20_000, func(p *migrate.Product) error {
			_, err := when.Match(p)
			return err
		}); err != nil {
			b.Fatal(err)
		}
		return time.Since(start).Seconds()
	}
	for b.Loop() {
		var alone, together []float64
		for range pairs {
			bare := readBare(b, db)
			alone = append(alone, sweep(1)/bare)
			together = append(together, sweep(runtime.GOMAXPROCS(0))/bare)
		}
		b.ReportMetric(median(alone), "one-reader-ratio")
		b.ReportMetric(median(together), "readers-ratio")
	}
}

// readBare is how long the ids and titles take to be read.
func readBare(b *testing.B, db *sql.DB) float64 {
	b.Helper()
	start := time.Now()
	rows, err := db.Query("SELECT id, title FROM products")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var title sql.NullString
		if err := rows.Scan(&id, &title); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start).Seconds()
}
