package format

import (
	"bytes"
	"encoding/json"

	"recat/taxonomy"
)

// readEBayFlat reads the Trading API's list of categories.
func readEBayFlat(src *source, _ Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: src.records()}
	doc := newDocument(src)
	err := doc.object(func(key string) error {
		switch key {
		case "CategoryVersion":
			return doc.decode((*scalar)(&t.Version))
		case "CategoryArray":
			return doc.object(func(key string) error {
				if key != "Category" {
					return doc.skip()
				}
				return doc.array(func() error { return t.ebayCategory(doc) })
			})
		}
		return doc.skip()
	})
	if err != nil {
		return nil, err
	}
	return t, doc.end()
}

// ebayCategory reads one category; a root is its own parent.
func (t *Taxonomy) ebayCategory(doc *document) error {
	line := doc.lineOf(doc.offset())
	var c struct {
		CategoryID, CategoryParentID scalar
		CategoryName                 *string
	}
	if err := doc.decode(&c); err != nil {
		return err
	}
	if c.CategoryParentID == c.CategoryID {
		c.CategoryParentID = ""
	}
	t.addNamed(line, taxonomy.ID(c.CategoryID), taxonomy.ID(c.CategoryParentID), c.CategoryName)
	return nil
}

// addNamed appends a category whose name may be NULL.
func (t *Taxonomy) addNamed(line int, id, parent taxonomy.ID, name *string) {
	r := taxonomy.Record{Node: taxonomy.Node{ID: id, Parent: parent, Line: line}, NullName: name == nil}
	if name != nil {
		r.Name = *name
	}
	t.Records = append(t.Records, r)
}

// ebayNode is a node of the Taxonomy API's tree.
type ebayNode struct {
	Category struct {
		CategoryID   scalar
		CategoryName *string
	}
	ChildCategoryTreeNodes []ebayNode
}

// readEBayTree reads the Taxonomy API's nested tree.
func readEBayTree(src *source, _ Options) (*Taxonomy, error) {
	var tree struct {
		CategoryTreeVersion scalar
		RootCategoryNode    ebayNode
	}
	doc := newDocument(src)
	if err := doc.decode(&tree); err != nil {
		return nil, err
	}
	t := &Taxonomy{Version: string(tree.CategoryTreeVersion)}
	t.addBelow(&tree.RootCategoryNode, "")
	return t, doc.end()
}

func (t *Taxonomy) addBelow(n *ebayNode, parent taxonomy.ID) {
	for i := range n.ChildCategoryTreeNodes {
		child := &n.ChildCategoryTreeNodes[i]
		id := taxonomy.ID(child.Category.CategoryID)
		t.addNamed(0, id, parent, child.Category.CategoryName)
		t.addBelow(child, id)
	}
}

// scalar is a string, or a number as it is written.
type scalar string

// UnmarshalJSON takes null for the empty text.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		if bytes.IndexByte(b, '\\') >= 0 {
			return json.Unmarshal(b, (*string)(s))
		}
		*s = scalar(b[1 : len(b)-1])
	case '{', '[', 't', 'f':
		return errScalar
	case 'n':
		*s = ""
	default:
		*s = scalar(b)
	}
	return nil
}
