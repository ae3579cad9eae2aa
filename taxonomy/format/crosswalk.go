package format

import (
	"encoding/json"
	"io"
	"strings"

	"recat/taxonomy"
)

// CrosswalkFormat names the layout of a crosswalk file.
type CrosswalkFormat string

// The layouts that ReadCrosswalk knows.
const (
	// CrosswalkCSV has a header row and the columns from and to, and may have
	// action and reason. An empty to is an id without a target; several rows of
	// one from are a split.
	CrosswalkCSV CrosswalkFormat = "csv"
	// ShopifyJSON is Shopify's released mapping file, of which it takes the
	// mapping between two versions of the taxonomy.
	ShopifyJSON CrosswalkFormat = "shopify-json"
	// ShopifyYAML is the same as Shopify keeps it at source, with a list of the
	// ids without a target.
	ShopifyYAML CrosswalkFormat = "shopify-yaml"
	// RulesJSON is one object whose rules have from, to, a list, and perhaps
	// action and reason, as recat exports them.
	RulesJSON CrosswalkFormat = "rules-json"
	// EBayExpired is the JSON of the Taxonomy API's getExpiredCategories. It
	// says nothing of ids that expired without a successor.
	EBayExpired CrosswalkFormat = "ebay-expired"
)

// CrosswalkOptions say how to read; the zero value detects.
type CrosswalkOptions struct {
	Format   CrosswalkFormat // "" to detect
	From, To string          // which of a file's mappings: its taxonomies, "" for any
	MaxBytes int64           // 0 is DefaultMaxBytes
}

// Crosswalk is a crosswalk file.
type Crosswalk struct {
	File     string
	Format   CrosswalkFormat
	From, To string // the taxonomies, such as "shopify/2024-10"; "" where unsaid
	Rules    *taxonomy.Crosswalk
}

// crosswalkReaders is what ReadCrosswalk can do; each returns the rules and
// fills From and To.
var crosswalkReaders = map[CrosswalkFormat]func(*source, *Crosswalk, CrosswalkOptions) ([]taxonomy.Rule, error){
	CrosswalkCSV: readCrosswalkCSV,
	ShopifyJSON:  readShopifyJSON,
	ShopifyYAML:  readShopifyYAML,
	EBayExpired:  readEBayExpired,
	RulesJSON:    readRulesJSON,
}

// ReadCrosswalk reads a crosswalk. The name stands for the file in errors: a
// ParseError for what is not of the format, a DefectError for rules that
// contradict each other.
func ReadCrosswalk(r io.Reader, name string, opts CrosswalkOptions) (*Crosswalk, error) {
	src, err := load(r, name, opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	format := opts.Format
	if format == "" {
		if format, err = detectCrosswalk(src); err != nil {
			return nil, err
		}
	}
	read, ok := crosswalkReaders[format]
	if !ok {
		return nil, src.errorAt(0, "unknown crosswalk format %q", format)
	}
	c := &Crosswalk{File: name, Format: format}
	rules, err := read(src, c, opts)
	if err != nil {
		return nil, err
	}
	if c.Rules, err = taxonomy.NewCrosswalk(rules); err != nil {
		return nil, defective(name, err)
	}
	return c, nil
}

// detectCrosswalk recognises the format by the content.
func detectCrosswalk(src *source) (CrosswalkFormat, error) {
	if strings.TrimSpace(src.text)[0] == '{' {
		return detectCrosswalkJSON(src)
	}
	for _, line := range src.lines() {
		for _, key := range []string{"---", "input_taxonomy:", "output_taxonomy:", "rules:", "unmapped_product_category_ids:"} {
			if strings.HasPrefix(line, key) {
				return ShopifyYAML, nil
			}
		}
		if !isBlank(line) && !strings.HasPrefix(line, "#") {
			break
		}
	}
	return CrosswalkCSV, nil
}

func detectCrosswalkJSON(src *source) (CrosswalkFormat, error) {
	var file struct{ Mappings, ExpiredCategories, Rules json.RawMessage }
	if err := newDocument(src).decode(&file); err != nil {
		return "", err
	}
	switch {
	case file.Mappings != nil:
		return ShopifyJSON, nil
	case file.ExpiredCategories != nil:
		return EBayExpired, nil
	case file.Rules != nil:
		return RulesJSON, nil
	}
	return "", src.errorAt(0, "no JSON crosswalk that is known: it has neither mappings, expiredCategories nor rules")
}
