// Package format reads taxonomies and crosswalks as their publishers write
// them, and writes them for people and for machines.
//
// Read and ReadCrosswalk recognise a format by its content; an option names it
// where that is not wanted. A file that is not of its format gives a ParseError
// with the place; a file that is, but whose categories make no tree, gives
// records that taxonomy.Check can list the defects of.
package format

import (
	"io"

	"recat/taxonomy"
)

// Format names the layout of a taxonomy file.
type Format string

// The layouts that Read knows.
const (
	// Google is Google's taxonomy-with-ids text: "3237 - Animals > Live
	// Animals", after a comment with the version.
	Google Format = "google"
	// GooglePaths is the same without ids; the path is the id.
	GooglePaths Format = "google-paths"
	// Shopify is Shopify's categories.txt: "gid://shopify/TaxonomyCategory/aa-1
	// : Apparel > Clothing". Ids are kept bare ("aa-1"); they say the parent.
	Shopify Format = "shopify"
	// EBayCSV is eBay's category structure: a title row, a header of L1, L2, …
	// and the id, then one name a row, indented by its column.
	EBayCSV Format = "ebay-csv"
	// EBayFlat is the JSON of the Trading API's GetCategories: a flat list in
	// which a root is its own parent.
	EBayFlat Format = "ebay-flat"
	// EBayTree is the JSON of the Taxonomy API's getCategoryTree. Its root node
	// stands for the site and is not a category. Its records have no lines.
	EBayTree Format = "ebay-tree"
	// BestBuy is Best Buy's categories.json: each category with its path and
	// the ids it lists as its children.
	BestBuy Format = "bestbuy"
	// CSV has a header row and the columns id, parent, name; or id, path; or
	// path, which then is the id. Lines that begin with "#" are comments.
	CSV Format = "csv"
	// JSON is {"format_version": 1, "categories": [{"id", "parent", "name"}]},
	// or the list alone.
	JSON Format = "json"
)

// Options say how to read; the zero value detects and takes the defaults.
type Options struct {
	Format    Format // "" to detect
	Separator string // between the names of a CSV's path column; "" is ">"
	MaxBytes  int64  // 0 is DefaultMaxBytes
}

// DefaultMaxBytes is the size beyond which a file is refused.
const DefaultMaxBytes = 256 << 20

// Taxonomy is what a file says, which need not make a tree.
type Taxonomy struct {
	File    string
	Format  Format
	Version string // as the file states it; "" where it doesn't
	Records []taxonomy.Record
}

// readers is what Read can do; each fills the version and the records.
var readers = map[Format]func(*source, Options) (*Taxonomy, error){
	Google:      readGoogle,
	GooglePaths: readGooglePaths,
	Shopify:     readShopify,
	EBayCSV:     readEBayCSV,
	EBayFlat:    readEBayFlat,
	EBayTree:    readEBayTree,
	BestBuy:     readBestBuy,
	CSV:         readCSV,
	JSON:        readJSON,
}

// Read reads a taxonomy. The name stands for the file in errors, which are
// ParseErrors but for those of the reader itself.
func Read(r io.Reader, name string, opts Options) (*Taxonomy, error) {
	src, err := load(r, name, opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	format := opts.Format
	if format == "" {
		if format, err = detect(src); err != nil {
			return nil, err
		}
	}
	read, ok := readers[format]
	if !ok {
		return nil, src.errorAt(0, "unknown format %q", format)
	}
	t, err := read(src, opts)
	if err != nil {
		return nil, err
	}
	t.File, t.Format = name, format
	return t, nil
}

// Check returns everything that is wrong with the records.
func (t *Taxonomy) Check() taxonomy.Defects { return taxonomy.Check(t.Records) }

// Tree makes the tree that the records state. The error is a *DefectError with
// everything that stands in the way.
func (t *Taxonomy) Tree() (*taxonomy.Tree, error) {
	tree, err := taxonomy.FromRecords(t.Records)
	if err != nil {
		return nil, defective(t.File, err)
	}
	return tree, nil
}
