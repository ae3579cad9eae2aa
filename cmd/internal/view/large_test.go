package view_test

import (
	"fmt"
	"io"
	"testing"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

// large is a summary of a plan too large to be made change by change.
func large(groups int) *migrate.Summary {
	s := &migrate.Summary{Header: header(), Provenance: mainPlan().Provenance(), Paths: map[taxonomy.ID]string{"9": "Industrial > Cooling"}}
	s.Header.Limits = migrate.Limits{Delist: ptr(60_000)}
	s.Trailer = migrate.Trailer{Digest: digestA, Totals: migrate.Totals{Removed: groups, Found: 1_048_213, Delisted: 47_901, Reassigned: 1_000_312,
		WasOff: 9799, LiveDelist: 38_102}}
	for i := range groups {
		c := category(fmt.Sprint(500+i), "", fmt.Sprintf("Consumer Electronics > Shelf %02d", i), "Shelf", migrate.RemoveCategory, migrate.CauseEntry)
		s.Categories = append(s.Categories, migrate.CategorySummary{Change: c.Category, Groups: []migrate.Group{
			{Fate: migrate.Delist, Rule: "rest", Reason: "prohibited-goods", Count: 47_901, Live: 38_102, States: map[string]int{"active": 38_102, "ended": 9799},
				Samples: []migrate.Sample{{ID: "800123", Title: ptr("PSU 750W")}}},
			{Fate: migrate.Reassign, Rule: "coolers", Reason: "merged", To: "9", Count: 1_000_312, Live: 1_000_312, States: map[string]int{migrate.NullText: 1_000_312}},
		}})
	}
	return s
}

// TestLargePlan holds the layout of large numbers, and tells that samples
// give way where groups are many.
func TestLargePlan(t *testing.T) {
	for name, groups := range map[string]int{"plan-large": 2, "plan-many": 25} {
		t.Run(name, func(t *testing.T) {
			got := golden(t, name+".txt", func(w io.Writer) error {
				return view.PlanText(w, large(groups), "", view.Options{Now: now, Width: 100})
			})
			noTrailingSpace(t, got)
		})
	}
}
