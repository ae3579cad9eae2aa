package planfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"recat/migrate"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

// typical is a product as a catalog of memberships has it; only the fields
// that differ are set anew.
func typical(p *migrate.ProductChange, i int) {
	title := fmt.Sprintf("Antminer S19 Pro %d TH/s ASIC Bitcoin Miner with PSU, used – lot %d", 90+i%20, i)
	seller := strconv.Itoa(4000 + i%997)
	*p = migrate.ProductChange{
		ID: strconv.Itoa(1_000_000 + i), Title: &title, Fate: migrate.Delist, Rule: "miners", Reason: "prohibited-goods",
		From: []taxonomy.ID{"100012"}, Live: i%3 > 0, State: new("active"), Seller: &seller,
		Before: migrate.Placement{Memberships: []migrate.Membership{{Category: "100012", Position: new(int64(i % 5)), Primary: true}, {Category: "7"}}},
		After:  migrate.Placement{Memberships: []migrate.Membership{{Category: "7", Primary: true}}},
		Writes: []migrate.Write{{Values: []*string{new("active"), nil}}},
	}
}

func writeLarge(t testing.TB, path string, lines int, each func(i int)) {
	t.Helper()
	w, err := planfile.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Begin(small().header, small().provenance); err != nil {
		t.Fatal(err)
	}
	var totals migrate.Totals
	var p migrate.ProductChange
	for i := range lines {
		typical(&p, i)
		c := migrate.Change{Product: &p}
		totals.Count(c)
		if err := w.Add(c); err != nil {
			t.Fatal(err)
		}
		each(i)
	}
	if _, err := w.Finish(totals, nil); err != nil {
		t.Fatal(err)
	}
}

const benchLines = 100_000

func nothing(int) {}

// BenchmarkWrite writes product lines to a file.
func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"p.plan", "p.plan.zst"} {
		b.Run(filepath.Ext(name)[1:], func(b *testing.B) {
			path := filepath.Join(b.TempDir(), name)
			products := make([]migrate.ProductChange, benchLines)
			var totals migrate.Totals
			for i := range products {
				typical(&products[i], i)
				totals.Count(migrate.Change{Product: &products[i]})
			}
			b.ReportAllocs()
			for b.Loop() {
				w, err := planfile.Create(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := w.Begin(small().header, small().provenance); err != nil {
					b.Fatal(err)
				}
				for i := range products {
					if err := w.Add(migrate.Change{Product: &products[i]}); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := w.Finish(totals, nil); err != nil {
					b.Fatal(err)
				}
			}
			report(b, path)
		})
	}
}

// BenchmarkOpen verifies a file.
func BenchmarkOpen(b *testing.B) {
	each(b, func(b *testing.B, path string) {
		for b.Loop() {
			f, err := planfile.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkChanges decodes a file that is open.
func BenchmarkChanges(b *testing.B) {
	each(b, func(b *testing.B, path string) {
		f, err := planfile.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range f.Changes() {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func each(b *testing.B, run func(b *testing.B, path string)) {
	for _, name := range []string{"p.plan", "p.plan.zst"} {
		b.Run(filepath.Ext(name)[1:], func(b *testing.B) {
			path := filepath.Join(b.TempDir(), name)
			writeLarge(b, path, benchLines, nothing)
			run(b, path)
			report(b, path)
		})
	}
}

// report gives the speed in lines, and in the bytes that the file has.
func report(b *testing.B, path string) {
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportMetric(float64(benchLines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
