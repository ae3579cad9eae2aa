package view_test

import (
	"bytes"
	"strings"
	"testing"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

// sampled is the line on which a plan shows one sweep's only product.
func sampled(t *testing.T, title string, marks [][2]int, o view.Options) string {
	t.Helper()
	sample := []migrate.Sample{{ID: "1", Title: &title, Marks: marks}}
	s := &migrate.Summary{Header: header(), Trailer: migrate.Trailer{Digest: digestA, Totals: migrate.Totals{Swept: 1}},
		Sweeps: []migrate.Group{{Fate: migrate.Delist, Rule: "r", Count: 1, Live: 1, In: map[taxonomy.ID]int{"9": 1},
			Places: []migrate.Place{{Category: "9", Count: 1, Samples: sample}}, Samples: sample}}}
	var b bytes.Buffer
	if err := view.PlanText(&b, s, "", o); err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(b.String(), "id 9  ")
	if !ok {
		t.Fatalf("no place in\n%s", b.String())
	}
	lines := strings.Split(rest, "\n")
	return strings.TrimLeft(lines[1], " ")
}

func TestMarkedTitles(t *testing.T) {
	tests := []struct {
		name, title string
		marks       [][2]int
		width       int
		want        string
	}{
		{"marked", "a rock mining drill", [][2]int{{7, 13}}, 0, "1  a rock «mining» drill"},
		{"whole and twice", "mining mining", [][2]int{{0, 6}, {7, 13}}, 0, "1  «mining» «mining»"},
		{"a title that marks itself", "a «mining» drill", nil, 0, `1  a \u00abmining\u00bb drill`},
		{"both", "«x» mining", [][2]int{{6, 12}}, 0, `1  \u00abx\u00bb «mining»`},
		{"whole characters", "cafe\u0301", [][2]int{{3, 4}}, 0, "1  caf«e\u0301»"},
		{"control characters", "mi\x1bning\n", [][2]int{{0, 7}}, 0, `1  «mi\x1bning»\n`},
		{"cut after the mark", strings.Repeat("x", 20) + " mining " + strings.Repeat("y", 80), [][2]int{{21, 27}}, 60,
			"1  " + strings.Repeat("x", 20) + " «mining» " + strings.Repeat("y", 16) + "…"},
		{"cut in the mark", strings.Repeat("x", 40) + "mining", [][2]int{{40, 46}}, 60, "1  " + strings.Repeat("x", 40) + "«mini…»"},
		{"cut before the mark", strings.Repeat("x", 80) + "mining", [][2]int{{80, 86}}, 60, "1  " + strings.Repeat("x", 46) + "…"},
		{"out of bounds", "mining", [][2]int{{2, 90}}, 0, "1  mi«ning»"},
		{"null text", "∅", [][2]int{{0, 3}}, 0, `1  "∅"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := sampled(t, test.title, test.marks, view.Options{Now: now, Width: test.width}); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestMarkedTitlesInColour(t *testing.T) {
	got := sampled(t, "«a» mining drill", [][2]int{{6, 12}}, view.Options{Now: now, Theme: view.Coloured})
	want := "\x1b[2m1\x1b[0m  \x1b[2m«a» \x1b[0m\x1b[1mmining\x1b[0m\x1b[2m drill\x1b[0m"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
