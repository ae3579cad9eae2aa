package format

import (
	"io"
	"strings"

	"recat/taxonomy"
)

// columns are where a CSV has what; -1 where it doesn't.
type columns struct {
	id, parent, name, path int
	width                  int
}

// findColumns reads a header row; it reports whether the columns suffice.
func findColumns(header []string) (columns, bool) {
	at := func(names ...string) int { return column(header, names...) }
	c := columns{
		id:     at("id", "category_id"),
		parent: at("parent", "parent_id"),
		name:   at("name"),
		path:   at("path"),
		width:  len(header),
	}
	adjacency := c.id >= 0 && c.parent >= 0 && c.name >= 0
	if adjacency {
		c.path = -1
	}
	return c, adjacency || c.path >= 0
}

// column finds the header cell that is one of the names, in any case.
func column(header []string, names ...string) int {
	for i, cell := range header {
		for _, name := range names {
			if strings.EqualFold(strings.TrimSpace(cell), name) {
				return i
			}
		}
	}
	return -1
}

// readCSV reads what the header row promises.
func readCSV(src *source, opts Options) (*Taxonomy, error) {
	rows := newRows(src, '#')
	header, err := rows.next()
	if err == io.EOF {
		return nil, src.errorAt(0, "no header row")
	}
	if err != nil {
		return nil, err
	}
	c, ok := findColumns(header)
	if !ok {
		return nil, rows.errorIn(header, 0, "expected the columns id, parent, name; or id, path; or path")
	}
	if c.path >= 0 {
		return readPaths(rows, c, opts)
	}
	t := &Taxonomy{Records: src.records()}
	err = rows.each(func(row []string) error {
		if err := c.fits(rows, row); err != nil {
			return err
		}
		t.Records = append(t.Records, taxonomy.Record{Node: taxonomy.Node{
			ID:     taxonomy.ID(row[c.id]),
			Parent: taxonomy.ID(row[c.parent]),
			Name:   row[c.name],
			Line:   rows.line(),
		}})
		return nil
	})
	return t, err
}

// fits refuses a row that is not as wide as the header.
func (c columns) fits(rows *rows, row []string) error {
	if len(row) != c.width {
		return rows.errorIn(row, c.width, "%d fields where the header has %d", len(row), c.width)
	}
	return nil
}

// readPaths reads rows with a path, and an id where there is one. Rows may come
// in any order. A parent that no row is the path of stays a path, and is found
// missing.
func readPaths(rows *rows, c columns, opts Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: rows.records()}
	ids := make(map[string]taxonomy.ID)
	var above []string // the keys of the records' parents
	err := rows.each(func(row []string) error {
		if err := c.fits(rows, row); err != nil {
			return err
		}
		path, ok := splitPath(row[c.path], opts.Separator)
		if !ok {
			return rows.errorIn(row, c.path, "an empty name in the path %q", row[c.path])
		}
		last := len(path) - 1
		node := taxonomy.Node{ID: taxonomy.ID(path.String()), Name: path[last], Line: rows.line()}
		node.Parent = taxonomy.ID(path[:last].String())
		if c.id >= 0 {
			node.ID = taxonomy.ID(row[c.id])
		}
		t.Records = append(t.Records, taxonomy.Record{Node: node})
		above = append(above, pathKey(path[:last]))
		if _, twin := ids[pathKey(path)]; !twin {
			ids[pathKey(path)] = node.ID
		}
		return nil
	})
	for i, key := range above {
		if id, ok := ids[key]; ok {
			t.Records[i].Parent = id
		}
	}
	return t, err
}

// pathKey tells paths apart even where names hold the separator.
func pathKey(p taxonomy.Path) string { return strings.Join(p, "\x00") }

// splitPath splits a written path and drops the spaces around its names; it
// reports whether every name has something left.
func splitPath(s, sep string) (taxonomy.Path, bool) {
	if sep = strings.TrimSpace(sep); sep == "" {
		sep = ">"
	}
	path := taxonomy.Path(strings.Split(s, sep))
	for i, name := range path {
		if path[i] = strings.TrimSpace(name); path[i] == "" {
			return nil, false
		}
	}
	return path, true
}
