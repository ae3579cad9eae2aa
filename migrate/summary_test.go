package migrate_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
)

// TestSamples keeps evenly many samples of each group, however late a
// group begins, and never fewer than a few.
func TestSamples(t *testing.T) {
	groups := func(sizes ...int) func(func(migrate.Change, error) bool) {
		return func(yield func(migrate.Change, error) bool) {
			for rule, size := range sizes {
				for i := range size {
					c := &migrate.ProductChange{ID: fmt.Sprint(i), Fate: migrate.Delist, Rule: fmt.Sprint(rule)}
					if !yield(migrate.Change{Product: c}, nil) {
						return
					}
				}
			}
		}
	}
	tests := []struct {
		name    string
		samples int
		sizes   []int
		want    []int // of each group, the largest first
	}{
		{"a few", 0, []int{9, 2}, []int{3, 2}},
		{"all", 20, []int{9, 2}, []int{9, 2}},
		{"evenly", 20, []int{50, 40, 30, 20}, []int{5, 5, 5, 5}},
		{"a few at least", 4, []int{50, 40, 30}, []int{3, 3, 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := migrate.NewSummarizer()
			s.Samples = tt.samples
			for c := range groups(tt.sizes...) {
				s.Add(c)
			}
			var got []int
			for _, g := range s.Summary().Sweeps {
				got = append(got, len(g.Samples))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
