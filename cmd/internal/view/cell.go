package view

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
)

// Cell makes s fit for a spreadsheet: safe as Safe makes it, and with an
// apostrophe before what would be read as a formula, however much space or
// control characters come first, and before what looks guarded so already: a
// reader of decisions takes just one away. Quoting is the CSV writer's.
func Cell(s string) string {
	safe := Safe(s)
	if guarded(s) {
		safe = "'" + safe
	}
	return guardSeparators(safe)
}

// datum is a value as a column of data has it: an empty cell for NULL.
func datum(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func guarded(s string) bool { return formula(strings.TrimLeft(s, "'")) }

// formula reports whether a spreadsheet may take s for a formula.
func formula(s string) bool {
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return true
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !visible(r) })
	r := []rune(s[:min(len(s), 4)])
	return len(r) > 0 && strings.ContainsRune(formulaStarts, r[0])
}

// formulaStarts begin a formula, in their full-width and small forms too.
const formulaStarts = "=+-@＝＋－＠﹦﹢﹣﹫"

// guardSeparators puts an apostrophe before a formula that a semicolon
// precedes: where the semicolon is the list separator, a program that reads
// CSV splits there whatever the quoting.
func guardSeparators(s string) string {
	if !strings.Contains(s, ";") {
		return s
	}
	parts := strings.Split(s, ";")
	for i, part := range parts[1:] {
		if guarded(part) {
			parts[i+1] = "'" + part
		}
	}
	return strings.Join(parts, ";")
}

// table writes CSV rows as RFC 4180 has them, every cell through Cell.
type table struct{ out *csv.Writer }

func newTable(w io.Writer, columns ...string) (*table, error) {
	t := &table{out: csv.NewWriter(w)}
	t.out.UseCRLF = true
	return t, t.out.Write(columns)
}

func (t *table) row(cells ...string) error {
	for i, c := range cells {
		cells[i] = Cell(c)
	}
	return t.out.Write(cells)
}

func (t *table) flush() error {
	t.out.Flush()
	return t.out.Error()
}
