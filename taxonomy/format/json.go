package format

import (
	"encoding/json"
	"errors"

	"recat/taxonomy"
)

// formatVersion is that of the JSON this package writes.
const formatVersion = 1

var errScalar = errors.New("expected a string or a number")

// readJSON reads this package's own JSON, or a list of categories alone.
func readJSON(src *source, _ Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: src.records()}
	doc := newDocument(src)
	category := func() error { return t.jsonCategory(doc) }
	err := doc.value(func(open json.Delim) error {
		if open == '[' {
			return doc.elements(category)
		}
		return doc.members(func(key string) error {
			switch key {
			case "format_version":
				return readVersion(doc)
			case "categories":
				return doc.array(category)
			}
			return doc.skip()
		})
	})
	if err != nil {
		return nil, err
	}
	return t, doc.end()
}

func readVersion(doc *document) error {
	at := doc.offset()
	var version json.Number
	if err := doc.decode(&version); err != nil {
		return err
	}
	if version != "1" {
		return doc.errorAt(at, "format_version %s, expected %d", version, formatVersion)
	}
	return nil
}

func (t *Taxonomy) jsonCategory(doc *document) error {
	line := doc.lineOf(doc.offset())
	var c struct {
		ID, Parent scalar
		Name       *string
	}
	if err := doc.decode(&c); err != nil {
		return err
	}
	t.addNamed(line, taxonomy.ID(c.ID), taxonomy.ID(c.Parent), c.Name)
	return nil
}

// readBestBuy reads a list of categories, each with its path down to itself
// and the categories that it lists under it.
func readBestBuy(src *source, _ Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: src.records()}
	doc := newDocument(src)
	if err := doc.array(func() error { return t.bestBuyCategory(doc) }); err != nil {
		return nil, err
	}
	return t, doc.end()
}

func (t *Taxonomy) bestBuyCategory(doc *document) error {
	type reference struct{ ID taxonomy.ID }
	at := doc.offset()
	var c struct {
		ID                  taxonomy.ID
		Name                *string
		Path, SubCategories []reference
	}
	if err := doc.decode(&c); err != nil {
		return err
	}
	last := len(c.Path) - 1
	if last < 0 || c.Path[last].ID != c.ID {
		return doc.errorAt(at, "the path of %q does not end with it", c.ID)
	}
	var parent taxonomy.ID
	if last > 0 {
		parent = c.Path[last-1].ID
	}
	t.addNamed(doc.lineOf(at), c.ID, parent, c.Name)
	record := &t.Records[len(t.Records)-1]
	for _, child := range c.SubCategories {
		record.Children = append(record.Children, child.ID)
	}
	return nil
}
