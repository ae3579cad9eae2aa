package format_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

const (
	google2019  = "google-en-US.2019-07-10.txt"
	google2021  = "google-en-US.2021-09-21.txt"
	shopify2024 = "shopify-2024-10.txt"
	shopify2025 = "shopify-2025-08.txt"
	ebay2017    = "ebay-us-2017-04.json"
	ebay2023    = "ebay-us-2023-05.csv"
	bestBuy     = "bestbuy-categories.json"
)

func TestPublishedTaxonomies(t *testing.T) {
	type facts struct {
		Version                   string
		Categories, Leaves, Depth int
	}
	tests := []struct {
		file   string
		format format.Format
		want   facts
	}{
		{google2019, format.Google, facts{"2019-07-10", 5582, 4709, 7}},
		{google2021, format.Google, facts{"2021-09-21", 5595, 4719, 7}},
		{shopify2024, format.Shopify, facts{"2024-10", 10365, 8326, 8}},
		{shopify2025, format.Shopify, facts{"2025-08-unstable", 10595, 8516, 8}},
		{ebay2017, format.EBayFlat, facts{"117", 12818, 11488, 4}},
		{ebay2023, format.EBayCSV, facts{"New Category Structure from May 16, 2023 - US", 20539, 18213, 6}},
	}
	for _, test := range tests {
		t.Run(test.file, func(t *testing.T) {
			file := read(t, test.file, test.format)
			tree, err := file.Tree()
			if err != nil {
				t.Fatal(err)
			}
			got := facts{file.Version, tree.Len(), leaves(tree), depth(tree)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPublishedPath(t *testing.T) {
	tree := readTree(t, ebay2023, format.EBayCSV)
	const path = "Coins & Paper Money > Virtual Currency > Miners"
	if got := tree.Path("179171").String(); got != path {
		t.Errorf("Path(179171) = %q, want %q", got, path)
	}
	if got := tree.Lookup("Coins & Paper Money>Virtual Currency  > Miners"); !slices.Equal(got, []taxonomy.ID{"179171"}) {
		t.Errorf("Lookup = %q, want 179171", got)
	}
	if got, _ := tree.Nearest("Coins & Paper Money > Virtual Curency > Minners"); got != "179171" {
		t.Errorf("Nearest = %q, want 179171", got)
	}
	if got, _ := tree.Nearest("Virtual Currency > Miners"); got != "179171" {
		t.Errorf("Nearest by the last name = %q, want 179171", got)
	}
}

func TestPublishedDiffs(t *testing.T) {
	type counts = map[taxonomy.ChangeKind]int
	tests := []struct {
		name     string
		from, to string
		format   format.Format
		want     counts
	}{
		{"google", google2019, google2021, format.Google, counts{taxonomy.Added: 13, taxonomy.Renamed: 23}},
		{"shopify", shopify2024, shopify2025, format.Shopify,
			counts{taxonomy.Removed: 50, taxonomy.Added: 280, taxonomy.Renamed: 2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from, to := readTree(t, test.from, test.format), readTree(t, test.to, test.format)
			got := kinds(taxonomy.Diff(from, to))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPathsLie compares Google's releases as if they came without ids: what
// was renamed looks removed and added.
func TestPathsLie(t *testing.T) {
	withoutIDs := func(name string) *taxonomy.Tree {
		var text strings.Builder
		for line := range strings.Lines(string(published(t, name))) {
			if _, path, ok := strings.Cut(line, " - "); ok {
				line = path
			}
			text.WriteString(line)
		}
		file, err := format.Read(strings.NewReader(text.String()), name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tree, err := file.Tree()
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	got := kinds(taxonomy.Diff(withoutIDs(google2019), withoutIDs(google2021)))
	want := map[taxonomy.ChangeKind]int{taxonomy.Removed: 23, taxonomy.Added: 36}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

// TestSilentRetirements counts the leaves that eBay retired without a word.
// The older file ends at the fourth level: 677 of its categories without
// children are no leaves by its own word, which is what counts here.
func TestSilentRetirements(t *testing.T) {
	from, to := readTree(t, ebay2017, format.EBayFlat), readTree(t, ebay2023, format.EBayCSV)
	var flags struct {
		CategoryArray struct {
			Category []struct {
				CategoryID   taxonomy.ID
				LeafCategory string
			}
		}
	}
	if err := json.Unmarshal(published(t, ebay2017), &flags); err != nil {
		t.Fatal(err)
	}
	leaf := make(map[taxonomy.ID]bool)
	for _, c := range flags.CategoryArray.Category {
		if c.LeafCategory == "true" {
			leaf[c.CategoryID] = true
		}
	}
	gone := 0
	for _, c := range taxonomy.Diff(from, to) {
		if c.Kind == taxonomy.Removed && leaf[c.ID] {
			gone++
		}
	}
	if len(leaf) != 10811 || leaves(from)-len(leaf) != 677 || gone != 2824 {
		t.Errorf("%d leaves of %d childless, %d gone; want 10811 of 11488, 2824 gone", len(leaf), leaves(from), gone)
	}
}

func TestPublishedDefects(t *testing.T) {
	file := read(t, bestBuy, format.BestBuy)
	got := make(map[taxonomy.DefectKind]int)
	missing := 0
	for _, d := range file.Check() {
		if d.Kind == taxonomy.MissingChild {
			missing += len(d.Related)
			continue
		}
		got[d.Kind]++
	}
	want := map[taxonomy.DefectKind]int{
		taxonomy.MissingParent: 363,
		taxonomy.TwoParents:    428,
		taxonomy.OtherParent:   51, // 35 of them name no parent
		taxonomy.NullName:      1,
		taxonomy.TwinSiblings:  4, // one pair differs in a trailing space
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defects (-want +got):\n%s", diff)
	}
	if missing != 2182 || len(file.Records) != 4584 {
		t.Errorf("%d records with %d missing children, want 4584 with 2182", len(file.Records), missing)
	}
	if _, err := file.Tree(); err == nil {
		t.Error("a tree was made of it")
	}
}

// TestPublishedCrosswalk holds Shopify's mapping, as released and as kept at
// source, against the categories that went.
func TestPublishedCrosswalk(t *testing.T) {
	released := readCrosswalk(t, "shopify-mapping-2024-10-to-2025-08.json", format.ShopifyJSON)
	source := readCrosswalk(t, "shopify-to_shopify-from-2024-10.yml", format.ShopifyYAML)
	if released.From != "shopify/2024-10" || released.To != "shopify/2025-08-unstable" {
		t.Errorf("the mapping is from %q to %q", released.From, released.To)
	}
	if diff := cmp.Diff(targets(source.Rules), targets(released.Rules)); diff != "" {
		t.Errorf("the two differ (-source +released):\n%s", diff)
	}
	from, to := readTree(t, shopify2024, format.Shopify), readTree(t, shopify2025, format.Shopify)
	var removed, mapped []taxonomy.ID
	for _, c := range taxonomy.Diff(from, to) {
		if c.Kind == taxonomy.Removed {
			removed = append(removed, c.ID)
		}
	}
	for rule := range released.Rules.Rules() {
		mapped = append(mapped, rule.From)
		if rule.Unmapped() || rule.Split() || !to.Has(rule.To[0]) {
			t.Errorf("rule %q leads to %q", rule.From, rule.To)
		}
	}
	slices.Sort(removed)
	slices.Sort(mapped)
	if diff := cmp.Diff(removed, mapped); diff != "" || len(mapped) != 50 {
		t.Errorf("%d rules (-removed +mapped):\n%s", len(mapped), diff)
	}
}

func readCrosswalk(t *testing.T, name string, want format.CrosswalkFormat) *format.Crosswalk {
	t.Helper()
	c, err := format.ReadCrosswalk(bytes.NewReader(published(t, name)), name, format.CrosswalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Format != want {
		t.Fatalf("%s: recognised as %s, want %s", name, c.Format, want)
	}
	return c
}

// targets is a crosswalk without lines, actions and reasons.
func targets(c *taxonomy.Crosswalk) map[taxonomy.ID][]taxonomy.ID {
	m := make(map[taxonomy.ID][]taxonomy.ID)
	for r := range c.Rules() {
		m[r.From] = r.To
	}
	return m
}
