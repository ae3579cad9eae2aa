package view

import (
	"fmt"
	"io"
)

// WriteFrame writes a small page with one of everything that the frame has,
// text wherever a text can stand.
func WriteFrame(w io.Writer, text string) error {
	columns := []htmlColumn{{Name: "Fate", Badge: true, Filter: true}, {Name: "Product", Head: true}, {Name: "Title", Wide: true},
		{Name: "Views", Number: true}, {Name: "Seller", Filter: true}}
	row := func(i int) []htmlCell {
		cells := textCells([]string{"delist", "reassign"}[i%2], fmt.Sprint(800000+i), text, count(1009*i), text)
		cells[2].Marks = [][2]int{{0, min(3, len(text))}}
		return cells
	}
	return htmlDocument{Title: text,
		Header: func(h *htmlPage) {
			h.el("h1", text)
			h.badge(text)
			h.facts([2]string{text, text}, [2]string{"left out", ""})
		},
		Sections: []htmlSection{
			{"few", text, func(h *htmlPage) {
				h.table(htmlTable{ID: "rows", Caption: text, Noun: [2]string{"product", "products"}, Columns: columns}, 2, row)
			}},
			{ID: "none", Title: "left out"},
			{"many", "Many", func(h *htmlPage) {
				h.table(htmlTable{ID: "all", Caption: text, Noun: [2]string{"product", "products"}, Columns: columns, Total: 1_000_000, Rest: text},
					rowsWritten+1, row)
				h.el("a", text, attr{"href", fileLink(text)})
			}},
		},
		Footer: func(h *htmlPage) { h.el("p.soft", text) },
	}.write(w)
}

// WriteAttribute writes a page with one attribute.
func WriteAttribute(w io.Writer, name, value string) error {
	return htmlDocument{Header: func(h *htmlPage) { h.el("a", "", attr{markup(name), value}) }}.write(w)
}
