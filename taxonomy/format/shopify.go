package format

import (
	"strings"

	"recat/taxonomy"
)

const (
	shopifyGID     = "gid://shopify/TaxonomyCategory/"
	shopifyVersion = "# Shopify Product Taxonomy - Categories:"
	shopifyID      = " : " // after the id and its padding
)

// bare is a Shopify id without what makes it a global one.
func bare(id string) taxonomy.ID { return taxonomy.ID(strings.TrimPrefix(id, shopifyGID)) }

// shopifyParent is the id that an id is under: what precedes its last number.
func shopifyParent(id taxonomy.ID) taxonomy.ID {
	return id[:max(strings.LastIndexByte(string(id), '-'), 0)]
}

// readShopify reads lines of an id and a path. The parent is told by the id;
// the path must begin with the parent's.
func readShopify(src *source, _ Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: src.records()}
	paths := make(map[taxonomy.ID]string)
	for number, line := range src.lines() {
		if t.comment(line, shopifyVersion) {
			continue
		}
		gid, path, ok := strings.Cut(line, shopifyID)
		id := bare(strings.TrimSpace(gid))
		if !ok || id == "" {
			return nil, src.errorOn(number, 1, "expected an id, %q and a path", shopifyID)
		}
		if err := checkPath(src, number, len(gid)+len(shopifyID)+1, path); err != nil {
			return nil, err
		}
		if _, twice := paths[id]; !twice {
			paths[id] = path
		}
		t.Records = append(t.Records, taxonomy.Record{
			Node: taxonomy.Node{ID: id, Parent: shopifyParent(id), Name: path, Line: number},
		})
	}
	return t, nameShopify(src, t.Records, paths)
}

// nameShopify cuts the parent's path off each path.
func nameShopify(src *source, records []taxonomy.Record, paths map[taxonomy.ID]string) error {
	for i := range records {
		r := &records[i]
		if r.Parent == "" {
			continue
		}
		above, ok := paths[r.Parent]
		if !ok {
			names := strings.Split(r.Name, separator)
			r.Name = names[len(names)-1]
			continue
		}
		name, ok := strings.CutPrefix(r.Name, above+separator)
		if !ok {
			return src.errorOn(r.Line, 1, "the path of %q is not under that of %q, its parent by the id", r.ID, r.Parent)
		}
		r.Name = name
	}
	return nil
}
