package migrate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
)

func TestNearest(t *testing.T) {
	known := []string{"plan", "apply", "approve", "show", "references", "reference"}
	for word, want := range map[string][]string{
		"aply":       {"apply"},
		"PLAN":       {"plan"},
		"refrences":  {"references", "reference"},
		"reference":  {"reference", "references"},
		"approval":   {"approve"},
		"xyz":        nil,
		"":           nil,
		"categories": nil,
	} {
		if diff := cmp.Diff(want, migrate.Nearest(word, known)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", word, diff)
		}
	}
}
