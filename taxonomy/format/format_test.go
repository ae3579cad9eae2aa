package format_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

type node = taxonomy.Node

// samples are small files of every format; the fuzz targets begin from them.
var samples = []struct {
	name    string
	text    string
	opts    format.Options
	format  format.Format
	version string
	want    []node
}{
	{
		name:    "google",
		text:    "# Google_Product_Taxonomy_Version: 2021-09-21\r\n1 - Toys\r\n20 - Toys > Cars - 1:18\r\n",
		format:  format.Google,
		version: "2021-09-21",
		want:    []node{{ID: "1", Name: "Toys", Line: 2}, {ID: "20", Parent: "1", Name: "Cars - 1:18", Line: 3}},
	},
	{
		name:   "google without a comment",
		text:   "20 - Toys > Cars\n1 - Toys",
		format: format.Google,
		want:   []node{{ID: "20", Parent: "1", Name: "Cars", Line: 1}, {ID: "1", Name: "Toys", Line: 2}},
	},
	{
		name:    "google without ids",
		text:    "# Google_Product_Taxonomy_Version: 2021-09-21\nToys\nToys > Cars - 1:18\n",
		format:  format.GooglePaths,
		version: "2021-09-21",
		want:    []node{{ID: "Toys", Name: "Toys", Line: 2}, {ID: "Toys > Cars - 1:18", Parent: "Toys", Name: "Cars - 1:18", Line: 3}},
	},
	{
		name:   "a list of paths",
		text:   "Toys\nToys > Cars, Large\n",
		format: format.GooglePaths,
		want:   []node{{ID: "Toys", Name: "Toys", Line: 1}, {ID: "Toys > Cars, Large", Parent: "Toys", Name: "Cars, Large", Line: 2}},
	},
	{
		name: "shopify",
		text: "# Shopify Product Taxonomy - Categories: 2024-10\n# Format: {GID} : {Ancestor name}\n\n" +
			"gid://shopify/TaxonomyCategory/aa     : Apparel\ngid://shopify/TaxonomyCategory/aa-1   : Apparel > Hats : Caps\n",
		format:  format.Shopify,
		version: "2024-10",
		want:    []node{{ID: "aa", Name: "Apparel", Line: 4}, {ID: "aa-1", Parent: "aa", Name: "Hats : Caps", Line: 5}},
	},
	{
		name: "ebay csv",
		text: "\ufeff\"New Structure\",\"\",\"\"\r\n\"\",\"\",\"\"\r\n\"L1\",\"L2\",\"Category ID\"\r\n" +
			"\"Antiques\",\"\",\"20081\"\r\n\"\",\"Doors, Old\",\"0012\"\r\n\"Art\",\"\",\"550\"\r\n",
		format:  format.EBayCSV,
		version: "New Structure",
		want:    []node{{ID: "20081", Name: "Antiques", Line: 4}, {ID: "0012", Parent: "20081", Name: "Doors, Old", Line: 5}, {ID: "550", Name: "Art", Line: 6}},
	},
	{
		name: "ebay flat",
		text: `{"CategoryArray": {"Category": [
			{"CategoryID": "1", "CategoryParentID": "1", "CategoryName": "Art"},
			{"CategoryID": "2", "CategoryParentID": "1", "CategoryName": "Prints \u0026 More"}]}, "CategoryVersion": "117"}`,
		format:  format.EBayFlat,
		version: "117",
		want:    []node{{ID: "1", Name: "Art", Line: 2}, {ID: "2", Parent: "1", Name: "Prints & More", Line: 3}},
	},
	{
		name: "ebay tree",
		text: `{"categoryTreeId": "0", "categoryTreeVersion": "134", "rootCategoryNode": {
			"category": {"categoryId": "0", "categoryName": "Root"}, "childCategoryTreeNodes": [
			{"category": {"categoryId": "1", "categoryName": "Art"}, "childCategoryTreeNodes": [
			{"category": {"categoryId": "2", "categoryName": "Prints"}, "leafCategoryTreeNode": true}]}]}}`,
		format:  format.EBayTree,
		version: "134",
		want:    []node{{ID: "1", Name: "Art"}, {ID: "2", Parent: "1", Name: "Prints"}},
	},
	{
		name: "best buy",
		text: `[{"id":"a","name":"Audio","path":[{"id":"a","name":"Audio"}],"subCategories":[{"id":"b","name":"Headphones"}]},
			{"id":"b","name":"Headphones","path":[{"id":"a","name":"Audio"},{"id":"b","name":"Headphones"}],"subCategories":[]}]`,
		format: format.BestBuy,
		want:   []node{{ID: "a", Name: "Audio", Line: 1}, {ID: "b", Parent: "a", Name: "Headphones", Line: 2}},
	},
	{
		name:   "csv",
		text:   "\ufeffName,ID,Parent_ID,note\r\n# a comment\r\n\"Toys, \"\"Games\"\"\",0012,,x\r\n Cars ,2,0012,\r\n",
		format: format.CSV,
		want:   []node{{ID: "0012", Name: `Toys, "Games"`, Line: 3}, {ID: "2", Parent: "0012", Name: " Cars ", Line: 4}},
	},
	{
		name:   "csv of ids and paths",
		text:   "id,path\n1,Toys\n2,Toys>Cars\n3,Toys  >  Cars > Red\n",
		format: format.CSV,
		want:   []node{{ID: "1", Name: "Toys", Line: 2}, {ID: "2", Parent: "1", Name: "Cars", Line: 3}, {ID: "3", Parent: "2", Name: "Red", Line: 4}},
	},
	{
		name:   "csv of paths with a separator",
		text:   "path\nToys\nToys / Cars > Vans\n",
		opts:   format.Options{Separator: " / "},
		format: format.CSV,
		want:   []node{{ID: "Toys", Name: "Toys", Line: 2}, {ID: "Toys > Cars > Vans", Parent: "Toys", Name: "Cars > Vans", Line: 3}},
	},
	{
		name: "json",
		text: `{"format_version": 1, "categories": [
			{"id": "1", "parent": "", "name": "Toys"},
			{"id": 2, "parent": "1", "name": "Cars"}]}`,
		format: format.JSON,
		want:   []node{{ID: "1", Name: "Toys", Line: 2}, {ID: "2", Parent: "1", Name: "Cars", Line: 3}},
	},
	{
		name:   "json list",
		text:   `[{"id": "1", "parent": null, "name": "Toys"}]`,
		format: format.JSON,
		want:   []node{{ID: "1", Name: "Toys", Line: 1}},
	},
}

func TestRead(t *testing.T) {
	for _, test := range samples {
		t.Run(test.name, func(t *testing.T) {
			got, err := format.Read(strings.NewReader(test.text), "f", test.opts)
			if err != nil {
				t.Fatal(err)
			}
			if got.Format != test.format || got.Version != test.version || got.File != "f" {
				t.Errorf("%s of version %q, want %s of %q", got.Format, got.Version, test.format, test.version)
			}
			if diff := cmp.Diff(test.want, taxonomy.Nodes(got.Records)); diff != "" {
				t.Errorf("nodes (-want +got):\n%s", diff)
			}
			if _, err := got.Tree(); err != nil {
				t.Errorf("no tree: %v", err)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct {
		name, text string
		opts       format.Options
		want       string
	}{
		{"empty", "\ufeff \n", format.Options{}, "f:1:1: the file is empty"},
		{"too large", "path\nToys\n", format.Options{MaxBytes: 7}, "f:2:3: the file is larger than the limit of 7 bytes"},
		{"not UTF-8", "path\nToys\nCaf\xe9\n", format.Options{}, "f:3:4: not UTF-8: byte 0xe9"},
		{"unknown content", "hello\n", format.Options{},
			"f:1:1: neither a known taxonomy format nor a CSV with the columns id, parent, name; or id, path; or path"},
		{"unknown format", "hello\n", format.Options{Format: "xml"}, `f:1:1: unknown format "xml"`},
		{"google line", "1 - Toys\nCars\n", format.Options{}, `f:2:1: expected an id, " - " and a path`},
		{"google path", "1 - Toys\n2 - Toys >  > Cars\n", format.Options{}, `f:2:12: an empty name in the path "Toys >  > Cars"`},
		{"shopify line", "gid://shopify/TaxonomyCategory/aa Apparel\n", format.Options{}, `f:1:1: expected an id, " : " and a path`},
		{"shopify path", "gid://shopify/TaxonomyCategory/aa : Apparel\ngid://shopify/TaxonomyCategory/aa-1 : Toys > Hats\n",
			format.Options{}, `f:2:1: the path of "aa-1" is not under that of "aa", its parent by the id`},
		{"csv header", "code,label\n", format.Options{Format: format.CSV},
			"f:1:1: expected the columns id, parent, name; or id, path; or path"},
		{"csv width", "id,parent,name\n1,,Toys\n2,1\n", format.Options{}, "f:3:3: 2 fields where the header has 3"},
		{"csv quote", "id,parent,name\n1,,\"Toys\n", format.Options{}, `f:2:10: extraneous or missing " in quoted-field`},
		{"csv path", "id,path\n1,Toys >\n", format.Options{}, `f:2:3: an empty name in the path "Toys >"`},
		{"ebay level", "\"L1\",\"L2\",\"L3\",\"Category ID\"\nArt,,,1\n,,Prints,2\n", format.Options{}, "f:3:3: a name at L3 under none at L2"},
		{"ebay names", "\"L1\",\"L2\",\"Category ID\"\nArt,Prints,1\n", format.Options{}, "f:2:5: a second name in the row"},
		{"ebay nameless", "\"L1\",\"L2\",\"Category ID\"\n,,1\n", format.Options{}, "f:2:1: a row without a name"},
		{"json syntax", "[{\"id\": \"1\"},\n {\"id\": x}]", format.Options{}, "f:2:9: invalid character 'x' looking for beginning of value"},
		{"json end", "[{\"id\": \"1\"}", format.Options{}, "f:1:12: unexpected end of JSON input"},
		{"json type", "{\"categories\": [\n {\"id\": \"1\", \"name\": 5}]}", format.Options{}, "f:2:22: Name: a number doesn't belong here"},
		{"json id", "{\"categories\": [\n {\"id\": {}}]}", format.Options{}, "f:2:2: expected a string or a number"},
		{"json shape", "{\"categories\": {}}", format.Options{}, "f:1:16: expected a list"},
		{"json version", "{\"format_version\": 2, \"categories\": []}", format.Options{}, "f:1:20: format_version 2, expected 1"},
		{"json keys", "{\"nodes\": []}", format.Options{},
			"f:1:1: no JSON taxonomy that is known: it has no CategoryArray, rootCategoryNode or categories"},
		{"json rest", "{\"categories\": []}\n{}", format.Options{}, "f:2:1: text after the end of the JSON value"},
		{"best buy path", "[{\"id\":\"a\",\"path\":[{\"id\":\"b\"}]}]", format.Options{}, `f:1:2: the path of "a" does not end with it`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := format.Read(strings.NewReader(test.text), "f", test.opts)
			var parse *format.ParseError
			if !errors.As(err, &parse) {
				t.Fatalf("error %v is no ParseError", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefectError(t *testing.T) {
	const text = "id,parent,name\n1,,Toys\n1,7,Cars\n"
	file, err := format.Read(strings.NewReader(text), "shop.csv", format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.Tree()
	want := "shop.csv:3: duplicate id: \"1\", first on line 2\nshop.csv:3: missing parent: \"1\" is under \"7\", which is not there"
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	var defects taxonomy.Defects
	if !errors.As(err, &defects) || len(defects) != 2 {
		t.Errorf("the error unwraps to %v", defects)
	}
}

func TestNullName(t *testing.T) {
	const text = `[{"id": "1", "name": null}, {"id": "2", "name": ""}]`
	file, err := format.Read(strings.NewReader(text), "f", format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := taxonomy.Defects{
		{Kind: taxonomy.NullName, ID: "1", Line: 1},
		{Kind: taxonomy.EmptyName, ID: "2", Line: 1},
	}
	if diff := cmp.Diff(want, file.Check()); diff != "" {
		t.Errorf("defects (-want +got):\n%s", diff)
	}
}
