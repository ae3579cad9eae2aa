package format_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

type (
	id   = taxonomy.ID
	rule = taxonomy.Rule
)

// walks are small crosswalk files of every format.
var walks = []struct {
	name     string
	text     string
	opts     format.CrosswalkOptions
	format   format.CrosswalkFormat
	from, to string
	want     []rule
}{
	{
		name: "csv",
		text: "\ufefffrom,to,action,reason\r\n# two ways\r\n0012,3,split,\"too big, dull\"\r\n7,,delist,banned\r\n" +
			"0012,4,split,\"too big, dull\"\r\n",
		format: format.CrosswalkCSV,
		want: []rule{
			{From: "0012", To: []id{"3", "4"}, Action: "split", Reason: "too big, dull", Line: 3},
			{From: "7", Action: "delist", Reason: "banned", Line: 4},
		},
	},
	{
		name:   "csv of pairs",
		text:   "To,From\n2,1\n",
		format: format.CrosswalkCSV,
		want:   []rule{{From: "1", To: []id{"2"}, Line: 2}},
	},
	{
		name: "shopify json after an empty mapping",
		text: `{"version": "2025-08", "mappings": [
			{"input_taxonomy": "google/2021-09-21", "output_taxonomy": "shopify/2025-08", "rules": []},
			{"input_taxonomy": "shopify/2024-10", "output_taxonomy": "shopify/2025-08", "rules": [
			{"input": {"category": {"id": "aa-1", "full_name": "Apparel > Hats"}},
			 "output": {"category": [{"id": "gid://shopify/TaxonomyCategory/aa-2"}, {"id": "aa-3"}]}},
			{"input": {"category": {"id": "gid://shopify/TaxonomyCategory/aa-4"}}, "output": {"category": []}}]}]}`,
		format: format.ShopifyJSON,
		from:   "shopify/2024-10",
		to:     "shopify/2025-08",
		want:   []rule{{From: "aa-1", To: []id{"aa-2", "aa-3"}, Line: 4}, {From: "aa-4", Line: 6}},
	},
	{
		name: "shopify json by its taxonomies",
		text: `{"mappings": [{"input_taxonomy": "google/1", "output_taxonomy": "shopify/2", "rules": [
			{"input": {"category": {"id": "1"}}, "output": {"category": [{"id": "aa"}]}}]}]}`,
		opts:   format.CrosswalkOptions{From: "google/1"},
		format: format.ShopifyJSON,
		from:   "google/1",
		to:     "shopify/2",
		want:   []rule{{From: "1", To: []id{"aa"}, Line: 2}},
	},
	{
		name: "shopify yaml",
		text: "---\ninput_taxonomy: shopify/2024-10\noutput_taxonomy: shopify/2025-03\nrules:\n" +
			"- input:\n    product_category_id: aa-1\n  output:\n    product_category_id:\n    - aa-2\n    - gid://shopify/TaxonomyCategory/aa-3\n" +
			"- {input: {product_category_id: 0012}, output: {product_category_id: [yes]}}\n" +
			"unmapped_product_category_ids:\n- aa-4\n- 1.50\n",
		format: format.ShopifyYAML,
		from:   "shopify/2024-10",
		to:     "shopify/2025-03",
		want: []rule{
			{From: "aa-1", To: []id{"aa-2", "aa-3"}, Line: 5},
			{From: "0012", To: []id{"yes"}, Line: 11},
			{From: "aa-4", Line: 13},
			{From: "1.50", Line: 14},
		},
	},
	{
		name:   "shopify yaml without rules",
		text:   "input_taxonomy: a\noutput_taxonomy: b\nrules: []\nunmapped_product_category_ids:\n",
		format: format.ShopifyYAML,
		from:   "a",
		to:     "b",
	},
	{
		name: "ebay",
		text: `{"expiredCategories": [
			{"fromCategoryId": "1", "toCategoryId": "3"},
			{"fromCategoryId": "2", "toCategoryId": "3"},
			{"fromCategoryId": "1", "toCategoryId": "4"}]}`,
		format: format.EBayExpired,
		want:   []rule{{From: "1", To: []id{"3", "4"}, Line: 2}, {From: "2", To: []id{"3"}, Line: 3}},
	},
}

func TestReadCrosswalk(t *testing.T) {
	for _, test := range walks {
		t.Run(test.name, func(t *testing.T) {
			got, err := format.ReadCrosswalk(strings.NewReader(test.text), "f", test.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got.Format != test.format || got.From != test.from || got.To != test.to || got.File != "f" {
				t.Errorf("%s from %q to %q, want %s from %q to %q", got.Format, got.From, got.To, test.format, test.from, test.to)
			}
			if diff := cmp.Diff(test.want, slices.Collect(got.Rules.Rules())); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadCrosswalkErrors(t *testing.T) {
	const two = `{"mappings": [{"input_taxonomy": "shopify/1", "output_taxonomy": "shopify/3", "rules": []},
		{"input_taxonomy": "shopify/2", "output_taxonomy": "shopify/3", "rules": []}]}`
	tests := []struct {
		name, text string
		opts       format.CrosswalkOptions
		want       string
	}{
		{"unknown format", "x", format.CrosswalkOptions{Format: "xml"}, `f:1:1: unknown crosswalk format "xml"`},
		{"csv header", "old,new\n", format.CrosswalkOptions{}, "f:1:1: expected the columns from and to, and perhaps action and reason"},
		{"csv target and none", "from,to\n1,2\n1,\n", format.CrosswalkOptions{},
			`f:3:3: "1" has a row without a target and another row, on line 2`},
		{"csv action", "from,to,action\n1,2,a\n1,3,b\n", format.CrosswalkOptions{}, `f:3:5: "1" has another action on line 2`},
		{"csv twice", "from,to\n1,2\n1,2\n", format.CrosswalkOptions{}, `f:2: double target: "1" leads to "2" twice`},
		{"csv empty", "from,to\n,2\n", format.CrosswalkOptions{}, `f:2: empty id: ""`},
		{"json keys", "{}", format.CrosswalkOptions{},
			"f:1:1: no JSON crosswalk that is known: it has neither mappings, expiredCategories nor rules"},
		{"several mappings", two, format.CrosswalkOptions{},
			"f:2:3: several mappings that could be meant: shopify/1 → shopify/3, and shopify/2 → shopify/3"},
		{"no such mapping", two, format.CrosswalkOptions{To: "shopify/4"},
			`f:1:1: no mapping that is asked for; there are: ["shopify/1 → shopify/3" "shopify/2 → shopify/3"]`},
		{"no output", `{"mappings": [{"input_taxonomy": "shopify/1", "output_taxonomy": "shopify/2", "rules": [{"input": {"category": {"id": "1"}}}]}]}`,
			format.CrosswalkOptions{}, "f:1:89: a rule without an output"},
		{"ebay target", `{"expiredCategories": [{"fromCategoryId": "1"}]}`, format.CrosswalkOptions{}, `f:1:24: "1" has no toCategoryId`},
		{"yaml key", "rules: []\nrule: 1\n", format.CrosswalkOptions{}, `f:2:1: unknown key "rule"`},
		{"yaml shape", "rules:\n- 1\n", format.CrosswalkOptions{}, "f:2:3: expected a mapping"},
		{"yaml output", "rules:\n- input:\n    product_category_id: a\n", format.CrosswalkOptions{}, "f:2:8: a rule without an output"},
		{"yaml text", "rules:\n- input:\n    product_category_id: [a]\n", format.CrosswalkOptions{}, "f:3:26: expected a text"},
		{"yaml syntax", "rules:\n  - a: [\n", format.CrosswalkOptions{}, "f:2:8: sequence end token ']' not found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := format.ReadCrosswalk(strings.NewReader(test.text), "f", test.opts)
			var parse *format.ParseError
			var defects *format.DefectError
			if !errors.As(err, &parse) && !errors.As(err, &defects) {
				t.Fatalf("error %v is neither a ParseError nor a DefectError", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// shopifyWriter writes the mapping as one between versions of Shopify's.
func shopifyWriter(w io.Writer, c *taxonomy.Crosswalk) error {
	return format.WriteCrosswalkShopify(w, c, format.ShopifyRelease{Version: "2", From: "shopify/1", To: "shopify/2"})
}

// walkWriters are those whose text ReadCrosswalk takes back.
var walkWriters = map[format.CrosswalkFormat]func(io.Writer, *taxonomy.Crosswalk) error{
	format.CrosswalkCSV: format.WriteCrosswalkCSV,
	format.ShopifyJSON:  shopifyWriter,
	format.EBayExpired:  format.WriteCrosswalkEBay,
}

// walkRoundTrip writes a crosswalk and reads it back. One that the writer
// refuses is none to take back.
func walkRoundTrip(c *taxonomy.Crosswalk, as format.CrosswalkFormat) error {
	var text strings.Builder
	if walkWriters[as](&text, c) != nil {
		return nil
	}
	back, err := format.ReadCrosswalk(strings.NewReader(text.String()), "written", format.CrosswalkOptions{})
	if err != nil {
		return fmt.Errorf("read back: %w\n%s", err, text.String())
	}
	if diff := cmp.Diff(targets(c), targets(back.Rules)); diff != "" || back.Format != as {
		return fmt.Errorf("read back as %s: another crosswalk:\n%s\n%s", back.Format, diff, text.String())
	}
	return nil
}

func TestWriteCrosswalk(t *testing.T) {
	c, err := taxonomy.NewCrosswalk([]rule{
		{From: "#1", To: []id{"2", "3"}, Action: "split", Reason: "one, two"},
		{From: "4", Action: "delist"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var csv, shopify strings.Builder
	if err := format.WriteCrosswalkCSV(&csv, c); err != nil {
		t.Fatal(err)
	}
	const wantCSV = "from,to,action,reason\n\"#1\",2,split,\"one, two\"\n\"#1\",3,split,\"one, two\"\n4,,delist,\n"
	if diff := cmp.Diff(wantCSV, csv.String()); diff != "" {
		t.Errorf("csv (-want +got):\n%s", diff)
	}
	if err := shopifyWriter(&shopify, c); err != nil {
		t.Fatal(err)
	}
	for as := range walkWriters {
		if err := walkRoundTrip(c, as); err != nil {
			t.Error(err)
		}
	}
	want := `rule for "4": this layout cannot say that an id has no target`
	if err := format.WriteCrosswalkEBay(io.Discard, c); fmt.Sprint(err) != want {
		t.Errorf("ebay: error %v, want %s", err, want)
	}
}

// TestWriteCrosswalkRefusesHalves keeps what a composition lost from passing
// for what was never there.
func TestWriteCrosswalkRefusesHalves(t *testing.T) {
	first, err := taxonomy.NewCrosswalk([]rule{{From: "1", To: []id{"2", "3"}}})
	if err != nil {
		t.Fatal(err)
	}
	then, err := taxonomy.NewCrosswalk([]rule{{From: "2"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `rule for "1": leads to ["2"], which has no target, beside others`
	for as, write := range walkWriters {
		if err := write(io.Discard, taxonomy.Compose(first, then)); fmt.Sprint(err) != want {
			t.Errorf("%s: error %v, want %s", as, err, want)
		}
	}
}
