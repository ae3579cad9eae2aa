package view

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// htmlTable is a table of a page. With the page's script it is searched,
// sorted by any column, filtered by those that say so, and says how many rows
// of how many show; without, its first rows read as they stand. An element
// with data-table="ID" and data-filters='{"COLUMN":"VALUE"}' is a link that
// sets the filters of a table.
type htmlTable struct {
	ID      string    // of its element
	Caption string    // what its rows are
	Noun    [2]string // one row, many rows: "product", "products"
	Columns []htmlColumn
	Quiet   bool   // a heading says what the caption does: only screen readers are told
	Total   int    // the rows there are, where these are but some of them; 0: all are here
	Rest    string // where the others are; "" where none are missing
	File    string // a file beside the page that holds all; "" where there is none
}

// htmlColumn is a column of an htmlTable.
type htmlColumn struct {
	Name   string
	Number bool // set to the right, and ordered by value
	Filter bool // its values can be chosen from
	Badge  bool // each value is shown as a badge
	Head   bool // names its row
	Wide   bool // holds long text
}

// htmlCell is what stands in one place of a table.
type htmlCell struct {
	Text  string
	Marks [][2]int // byte ranges of Text to be marked, in order
}

// textCells are cells without marks.
func textCells(texts ...string) []htmlCell {
	out := make([]htmlCell, len(texts))
	for i, t := range texts {
		out[i].Text = t
	}
	return out
}

// rowsWritten is how many rows of a table stand in it as HTML. Where there are
// more, all stand beside it as JSON, of which the script shows a page at a time.
const rowsWritten = 100

// rowsSearched is the number of rows up to which a table is read at a glance:
// it has neither search nor count.
const rowsSearched = 5

// table writes a table of n rows, row giving each. Row i may be asked for twice.
func (h *htmlPage) table(t htmlTable, n int, row func(i int) []htmlCell) {
	total := max(t.Total, n)
	h.in("div.table", func() {
		if n > rowsSearched || total > n {
			h.el("p.shown", shownOf(min(n, rowsWritten), total, t.Noun), attr{"role", "status"})
		}
		h.in("div.scroll", func() {
			h.in("table", func() {
				if t.Quiet {
					h.el("caption.unseen", t.Caption)
				} else {
					h.el("caption", t.Caption)
				}
				h.tableHead(t.Columns)
				h.in("tbody", func() {
					for i := range min(n, rowsWritten) {
						h.tableRow(t.Columns, row(i))
					}
				})
			})
		}, attr{"tabindex", "0"}, attr{"role", "region"}, attr{"aria-label", t.Caption})
		if n > rowsWritten {
			h.tableData(t.Columns, n, row)
		}
		h.tableRest(t)
	}, attr{"id", t.ID}, attr{"data-one", t.Noun[0]}, attr{"data-many", t.Noun[1]},
		attr{"data-total", strconv.Itoa(total)}, attr{"data-page", strconv.Itoa(rowsWritten)})
}

// tableRest says where the rows are that the page doesn't hold.
func (h *htmlPage) tableRest(t htmlTable) {
	if t.Rest == "" && t.File == "" {
		return
	}
	h.in("p.note", func() {
		h.text(t.Rest)
		if t.File != "" {
			h.raw(" ")
			h.el("a", t.File, attr{"href", fileLink(t.File)}, attr{"download", ""})
		}
	})
}

// shownOf is "100 of 382 products shown".
func shownOf(n, total int, noun [2]string) string {
	if n == total {
		return "all " + some(n, noun[0], noun[1]) + " shown"
	}
	return count(n) + " of " + some(total, noun[0], noun[1]) + " shown"
}

func (h *htmlPage) tableHead(columns []htmlColumn) {
	h.in("thead", func() {
		h.in("tr", func() {
			for _, c := range columns {
				attrs := []attr{{"scope", "col"}}
				for _, set := range []struct {
					on   bool
					name markup
				}{{c.Number, "data-number"}, {c.Filter, "data-filter"}, {c.Badge, "data-badge"}, {c.Head, "data-head"}, {c.Wide, "data-wide"}} {
					if set.on {
						attrs = append(attrs, attr{set.name, ""})
					}
				}
				h.el("th", c.Name, attrs...)
			}
		})
	})
}

func (h *htmlPage) tableRow(columns []htmlColumn, row []htmlCell) {
	h.in("tr", func() {
		for i, c := range columns {
			name := markup("td")
			attrs := []attr{{"data-label", c.Name}}
			switch {
			case c.Head:
				name, attrs = "th", append(attrs, attr{"scope", "row"})
			case c.Number:
				name = "td.number"
			case c.Wide:
				name = "td.wide"
			}
			h.in(name, func() { h.cell(c, row[i]) }, append(attrs, attr{"dir", "auto"})...)
		}
	})
}

func (h *htmlPage) cell(c htmlColumn, cell htmlCell) {
	if c.Badge && cell.Text != "" {
		h.badge(cell.Text)
		return
	}
	h.marked(cell.Text, cell.Marks)
}

// marked writes a text with the byte ranges of it that are marked.
func (h *htmlPage) marked(s string, marks [][2]int) {
	for i, part := range splitMarks(s, marks) {
		if i%2 == 1 {
			h.el("mark", part)
		} else {
			h.text(part)
		}
	}
}

// splitMarks cuts a text into parts, every second of which is marked.
func splitMarks(s string, marks [][2]int) []string {
	out := []string{""}
	for _, part := range cutAt(s, marks) {
		if last := len(out) - 1; part.style != "" == (last%2 == 1) {
			out[last] += part.text
		} else {
			out = append(out, part.text)
		}
	}
	return out
}

// tableData writes all rows as JSON for the script: a cell is its text; a list
// of texts, every second of them marked; or a number, which is the place of its
// text in the column's values.
func (h *htmlPage) tableData(columns []htmlColumn, n int, row func(i int) []htmlCell) {
	values := make([]valueList, len(columns))
	h.raw("<script type=\"application/json\">{\"rows\":[")
	for i := range n {
		if i > 0 {
			h.raw(",\n")
		}
		cells := row(i)
		out := make([]any, len(columns))
		for k, c := range columns {
			out[k] = values[k].cell(c, cells[k])
		}
		h.json(out)
	}
	lists := make([][]string, len(columns))
	for k := range values {
		lists[k] = values[k].texts
	}
	h.raw("],\n\"values\":")
	h.json(lists)
	h.raw("}</script>\n")
}

// valueList numbers the texts of a column that repeat.
type valueList struct {
	texts []string
	at    map[string]int
}

func (l *valueList) cell(c htmlColumn, cell htmlCell) any {
	if len(cell.Marks) > 0 {
		parts := splitMarks(cell.Text, cell.Marks)
		for i := range parts {
			parts[i] = Safe(parts[i])
		}
		return parts
	}
	text := Safe(cell.Text)
	if !c.Filter {
		return text
	}
	i, ok := l.at[text]
	if !ok {
		if l.at == nil {
			l.at = map[string]int{}
		}
		i = len(l.texts)
		l.at[text] = i
		l.texts = append(l.texts, text)
	}
	return i
}

// json writes a value as JSON in which nothing ends the script around it.
func (h *htmlPage) json(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		h.fail(fmt.Errorf("write HTML: encode %T: %w", v, err))
	}
	h.out.Write(b)
}
