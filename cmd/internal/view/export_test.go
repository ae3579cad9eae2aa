package view_test

import (
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
		"products.csv":        func(w io.Writer) error { return view.ProductsCSV(w, main.Changes()) },
		"crosswalk.csv":       func(w io.Writer) error { return view.CrosswalkCSV(w, main.Changes()) },
		"crosswalk-moved.csv": func(w io.Writer) error { return view.CrosswalkCSV(w, stream(moved)) },
		"tree.csv":            func(w io.Writer) error { return view.TreeCSV(w, treeTo(t)) },
		"tree.google.txt":     func(w io.Writer) error { return view.TreeGoogle(w, treeTo(t)) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, render) })
	}
}
