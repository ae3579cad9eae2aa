package view_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"recat/cmd/internal/view"
	"recat/migrate"
)

func TestExports(t *testing.T) {
	main := mainPlan()
	moved := append(categories(), migrate.Change{Product: func() *migrate.ProductChange {
		p := product(1, "a", migrate.Reassign, "r", "merged", "100014")
		p.To = "100020"
		return p
	}()})
	unheld := category("100040", "", "Empty", "Empty", migrate.RemoveCategory, migrate.CauseEntry)
	unheld.Category.Reason = "unused"
	split := category("100050", "", "Split", "Split", migrate.RemoveCategory, migrate.CauseEntry)
	split.Category.Prohibited = false
	one, two := product(2, "b", migrate.Reassign, "r", "divided", "100050"), product(3, "c", migrate.Reassign, "r", "divided", "100050")
	one.To, two.To = "100061", "100060"
	moved = append(moved, unheld, split, migrate.Change{Product: one}, migrate.Change{Product: two})
	for name, render := range map[string]func(io.Writer) error{
		"products.csv":        func(w io.Writer) error { return view.ProductsCSV(w, main.Changes(), main.Trailer().Paths) },
		"compare.csv":         func(w io.Writer) error { return view.ComparedCSV(w, main, laterPlan()) },
		"compare-dates.csv":   func(w io.Writer) error { return view.ComparedCSV(w, main, postponed()) },
		"compare-other.csv":   func(w io.Writer) error { return view.ComparedCSV(w, main, treePlan()) },
		"crosswalk.csv":       crosswalk(t, handoff(main)).CSV,
		"crosswalk-moved.csv": crosswalk(t, view.Handoff{Header: header(), Changes: stream(moved)}).CSV,
		"crosswalk.shopify":   crosswalk(t, handoff(main)).Shopify,
		"crosswalk.ebay":      crosswalk(t, handoff(main)).EBay,
		"tree.csv":            func(w io.Writer) error { return view.TreeCSV(w, treeTo(t)) },
		"tree.google.txt":     func(w io.Writer) error { return view.TreeGoogle(w, treeTo(t)) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, render) })
	}
}

// TestTargetsLeadBack tells how the products export points at a category
// whose path is not enough.
func TestTargetsLeadBack(t *testing.T) {
	tests := []struct{ name, path, twin, want string }{
		{"a path", "Toys > Cars", "Toys", "Toys > Cars"},
		{"two categories of one path", "Toys > Cars", "Toys > Cars", "id:7"},
		{"a formula", "=Toys", "Toys", "id:7"},
		{"control characters", "To\x1bys", "Toys", "id:7"},
		{"like an id", "id:9", "Toys", "id:7"},
		{"not told", "", "Toys", "id:7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := product(1, "a", migrate.Reassign, "r", "merged", "8")
			p.To = "7"
			changes := []migrate.Change{category("7", "", tt.path, "Cars", migrate.GuardCategory, migrate.CauseTarget),
				category("8", "", tt.twin, "Toys", migrate.RemoveCategory, migrate.CauseEntry), {Product: p}}
			var b bytes.Buffer
			if err := view.ProductsCSV(&b, stream(changes), nil); err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if got := rows[1][2]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
