package view

import (
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
// again.
func ProductsCSV(w io.Writer, changes iter.Seq2[migrate.Change, error]) error {
	out, err := newTable(w, csvColumns...)
	if err != nil {
		return err
	}
	return productRows(out, newPathBook(), changes, nil)
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
		return ProductsCSV(w, h.Changes)
	}
	out, err := newTable(w, append(slices.Clone(csvColumns), whenColumns...)...)
	if err != nil {
		return err
	}
	paths := newPathBook()
	for id, path := range h.Paths {
		paths.paths[id] = path
	}
	for _, line := range h.Lines {
		paths.add(migrate.Change{Category: line})
	}
	return productRows(out, paths, h.Changes, h.whenOf)
}

// pathBook holds the paths that a stream's category lines tell, which come
// first.
type pathBook struct {
	paths map[taxonomy.ID]string
	ids   map[string][]taxonomy.ID // by path
}

func newPathBook() pathBook {
	return pathBook{map[taxonomy.ID]string{}, map[string][]taxonomy.ID{}}
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

// path is a category's path, its id where no line tells it.
func (b pathBook) path(id taxonomy.ID) string {
	if path := b.paths[id]; path != "" {
		return path
	}
	return string(id)
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
	var from []string
	for _, id := range p.From {
		from = append(from, b.path(id))
	}
	live := "0"
	if p.Live {
		live = "1"
	}
	planned := ""
	if p.Rule != "decisions" {
		planned = migrate.PlannedAs(p.Fate, b.target(p.To), p.Reason)
	}
	return []string{p.ID, string(p.Fate), b.target(p.To), p.Reason, p.By,
		datum(p.Title), datum(p.State), datum(p.Seller), strings.Join(from, " | "), p.Rule, planned, live}
}

// ProductsJSON writes {format_version, …, products: […]}, each as it stands in
// the plan file, after what they are of. It streams.
func ProductsJSON(w io.Writer, h Handoff) error {
	o := newObject(w)
	o.subject(h)
	list(o, "products", h.products())
	return o.close()
}
