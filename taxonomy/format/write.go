package format

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"recat/taxonomy"
)

// WriteText writes an indented list for people: a category a line, its name
// and, in brackets, its id where that is not its path. Both pass through
// escape, which makes them fit for where the text goes; nil leaves them as
// they are.
func WriteText(w io.Writer, t *taxonomy.Tree, escape func(string) string) error {
	if escape == nil {
		escape = func(s string) string { return s }
	}
	out := bufio.NewWriter(w)
	for n := range t.All() {
		for range t.Depth(n.ID) - 1 {
			out.WriteString("  ")
		}
		out.WriteString(escape(n.Name))
		if string(n.ID) != t.Path(n.ID).String() {
			fmt.Fprintf(out, " [%s]", escape(string(n.ID)))
		}
		out.WriteByte('\n')
	}
	return out.Flush()
}

// WriteCSV writes the columns id, parent, name, depth first. Read takes it
// back as it was. It is for machines: nothing is escaped for spreadsheets.
func WriteCSV(w io.Writer, t *taxonomy.Tree) error {
	out := newCSVWriter(w)
	out.row("id", "parent", "name")
	for n := range t.All() {
		out.row(string(n.ID), string(n.Parent), n.Name)
	}
	return out.flush()
}

// WriteJSON writes one object: format_version, fingerprint, and categories
// with their id, parent ("" for a root) and name, depth first. A category is a
// line.
func WriteJSON(w io.Writer, t *taxonomy.Tree) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\"format_version\": %d, \"fingerprint\": %q, \"categories\": [", formatVersion, t.Fingerprint())
	comma := "\n"
	for n := range t.All() {
		if err := validText(string(n.ID), n.Name); err != nil {
			return fmt.Errorf("category %q: %w", n.ID, err)
		}
		line, err := encode(struct {
			ID     taxonomy.ID `json:"id"`
			Parent taxonomy.ID `json:"parent"`
			Name   string      `json:"name"`
		}{n.ID, n.Parent, n.Name})
		if err != nil {
			return fmt.Errorf("category %q: %w", n.ID, err)
		}
		out.WriteString(comma + line)
		comma = ",\n"
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// encode is compact JSON that leaves <, > and & as they are.
func encode(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
