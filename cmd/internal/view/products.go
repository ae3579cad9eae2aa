package view

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// ProductsCSV writes a row for each product of a plan or a run, as it streams
// by. The first five columns are those of a decisions file, so that answers
// can be given in a copy. What the plan says stands in planned as well, by
// which a row that nobody changed is known for none; a person's answer is one
// again. paths are those of categories that the changes name by id only.
func ProductsCSV(w io.Writer, changes iter.Seq2[migrate.Change, error], paths map[taxonomy.ID]string) error {
	out, err := newTable(w, csvColumns...)
	if err != nil {
		return err
	}
	return productRows(out, newPathBook(paths), changes, nil)
}

// csvColumns begin with those of a decisions file.
var csvColumns = []string{"product", "fate", "target", "reason", "by", "title", "state", "seller", "from", "rule", "planned", "live"}

// productRows writes a row for each product, with the last cells that its
// change gives; nil for none. The paths are those known before.
func productRows(out *table, paths pathBook, changes iter.Seq2[migrate.Change, error], last func(*migrate.ProductChange) []string) error {
	for c, err := range changes {
		if err != nil {
			return err
		}
		paths.add(c)
		if c.Product == nil {
			continue
		}
		row := paths.row(c.Product)
		if last != nil {
			row = append(row, last(c.Product)...)
		}
		if err := out.row(row...); err != nil {
			return err
		}
	}
	return out.flush()
}

// HandedProductsCSV is ProductsCSV with what a run was, and when.
func HandedProductsCSV(w io.Writer, h Handoff) error {
	if h.Run == nil {
		return ProductsCSV(w, h.Changes, h.Paths)
	}
	out, err := newTable(w, append(slices.Clone(csvColumns), whenColumns...)...)
	if err != nil {
		return err
	}
	paths := newPathBook(h.Paths)
	for _, line := range h.Lines {
		paths.add(migrate.Change{Category: line})
	}
	return productRows(out, paths, h.Changes, h.whenOf)
}

// pathBook holds the paths that a stream's category lines tell, which come
// first, and those that are told beside it.
type pathBook struct {
	paths map[taxonomy.ID]string
	ids   map[string][]taxonomy.ID // by path
	told  map[taxonomy.ID]string
}

func newPathBook(told map[taxonomy.ID]string) pathBook {
	return pathBook{map[taxonomy.ID]string{}, map[string][]taxonomy.ID{}, told}
}

func (b pathBook) add(c migrate.Change) {
	if c.Category == nil {
		return
	}
	id, path := c.Category.ID, c.Category.Path
	if b.paths[id] = path; !slices.Contains(b.ids[path], id) {
		b.ids[path] = append(b.ids[path], id)
	}
}

// path is a category's path, its id where nobody tells it.
func (b pathBook) path(id taxonomy.ID) string { return cmp.Or(b.paths[id], b.told[id], string(id)) }

// from lists where a product is: the removed categories that hold it, else
// its own, which it keeps.
func (b pathBook) from(p *migrate.ProductChange) string {
	if len(p.From) == 0 || p.Outside {
		return b.path(p.Before.Home())
	}
	out := make([]string, len(p.From))
	for i, id := range p.From {
		out[i] = b.path(id)
	}
	return strings.Join(out, " | ")
}

// target points at a category as a decisions file does: by its path, by
// id:… where the path alone doesn't lead back.
func (b pathBook) target(id taxonomy.ID) string {
	path := b.paths[id]
	switch {
	case id == "":
		return ""
	case path == "" || len(b.ids[path]) > 1 || Cell(path) != path || strings.TrimSpace(path) != path || strings.HasPrefix(path, "id:"):
		return "id:" + string(id)
	}
	return path
}

func (b pathBook) row(p *migrate.ProductChange) []string {
	live := "0"
	if p.Live {
		live = "1"
	}
	planned := ""
	if p.Rule != migrate.RuleDecisions {
		planned = migrate.PlannedAs(p.Fate, b.target(p.To), p.Reason)
	}
	return []string{p.ID, string(p.Fate), b.target(p.To), p.Reason, p.By,
		datum(p.Title), datum(p.State), datum(p.Seller), b.from(p), p.Rule, planned, live}
}

// ProductsJSON writes {format_version, …, products: […]}, each as it stands in
// the plan file, after what they are of. It streams.
func ProductsJSON(w io.Writer, h Handoff) error {
	o := newObject(w)
	o.subject(h)
	list(o, "products", h.products())
	return o.close()
}
