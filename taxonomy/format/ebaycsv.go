package format

import (
	"fmt"
	"io"
	"strings"

	"recat/taxonomy"
)

// readEBayCSV reads eBay's category structure: the title row states the
// version, the header row how deep the columns go.
func readEBayCSV(src *source, _ Options) (*Taxonomy, error) {
	rows := newRows(src, 0)
	t := &Taxonomy{Records: src.records()}
	depth := 0
	for depth == 0 {
		row, err := rows.next()
		if err == io.EOF {
			return nil, src.errorAt(0, "no header row of L1, L2, … and the id")
		}
		if err != nil {
			return nil, err
		}
		if isEBayHeader(row) {
			depth = len(row) - 1
		} else if t.Version == "" {
			t.Version = strings.TrimSpace(row[0])
		}
	}
	above := make([]taxonomy.ID, depth+1) // the last id of each level
	err := rows.each(func(row []string) error {
		r, err := t.ebayRow(rows, row, above)
		if err == nil {
			t.Records = append(t.Records, r)
		}
		return err
	})
	return t, err
}

// ebayRow reads one name, in the column of its level, and its id.
func (t *Taxonomy) ebayRow(rows *rows, row []string, above []taxonomy.ID) (taxonomy.Record, error) {
	depth := len(above) - 1
	if len(row) != depth+1 {
		return taxonomy.Record{}, rows.errorIn(row, depth, "%d fields where the header has %d", len(row), depth+1)
	}
	level := 0
	for level < depth && row[level] == "" {
		level++
	}
	if level == depth {
		return taxonomy.Record{}, rows.errorIn(row, 0, "a row without a name")
	}
	for next := level + 1; next < depth; next++ {
		if row[next] != "" {
			return taxonomy.Record{}, rows.errorIn(row, next, "a second name in the row")
		}
	}
	if level > 0 && above[level] == "" {
		return taxonomy.Record{}, rows.errorIn(row, level, "a name at L%d under none at L%d", level+1, level)
	}
	id := taxonomy.ID(row[depth])
	node := taxonomy.Node{ID: id, Parent: above[level], Name: row[level], Line: rows.line()}
	above[level+1] = id
	clear(above[level+2:])
	return taxonomy.Record{Node: node}, nil
}

// isEBayHeader reports whether a row is L1, L2, … and one more column.
func isEBayHeader(row []string) bool {
	if len(row) < 2 {
		return false
	}
	for i, cell := range row[:len(row)-1] {
		if strings.TrimSpace(cell) != fmt.Sprintf("L%d", i+1) {
			return false
		}
	}
	return true
}
