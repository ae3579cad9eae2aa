package policyfile

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"recat/migrate"
)

// The columns of a decisions file, and those of a plan's CSV that may stay
// beside them.
var (
	decisionColumns = []string{"product", "fate", "target", "reason", "by"}
	ignoredColumns  = []string{"title", "state", "seller", "from", "rule", "planned", "live", "run", "phase", "at"}
)

// table reads a decisions file.
type table struct {
	*reader
	text    *text
	csv     *csv.Reader
	columns map[string]int
	width   int
	found   map[string]migrate.Decision
	listed  map[string]migrate.Pos
}

// decisions reads the file of people's answers, by product, and where those
// products stand that nobody gave an answer for.
func (r *reader) decisions(n *node) (map[string]migrate.Decision, map[string]migrate.Pos) {
	text := r.sideFile(n, maxDecisions)
	if text == nil || r.separated(text) {
		return nil, nil
	}
	t := &table{reader: r, text: text, csv: csv.NewReader(strings.NewReader(text.content)),
		columns: map[string]int{}, found: map[string]migrate.Decision{}}
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
	if !t.header() {
		return nil, nil
	}
	for t.row() {
	}
	return t.found, t.listed
}

// separated refuses a file whose columns are not separated by commas.
func (r *reader) separated(t *text) bool {
	for separator, name := range map[string]string{";": "semicolons", "\t": "tabs"} {
		first := strings.TrimSuffix(strings.ToLower(strings.ReplaceAll(t.lines[0], `"`, "")), separator)
		names := strings.Split(first, separator)
		if len(names) > 1 && known(strings.TrimSpace(names[0]), append(decisionColumns, ignoredColumns...)) || first == "sep=" {
			r.failAt(t.in(1, 1), "the columns are separated by %s; save the file with commas", name)
			return true
		}
	}
	return false
}

// next reads a record; nil at the end, or where the rest cannot be read.
func (t *table) next() []string {
	record, err := t.csv.Read()
	if err == io.EOF {
		return nil
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		t.failAt(t.at(parse.Line, parse.Column), "%v", parse.Err)
		return nil
	}
	return record
}

// at gives a place; encoding/csv counts columns in bytes.
func (t *table) at(line, column int) migrate.Pos {
	if line < 1 || line > len(t.text.lines) {
		return t.text.in(max(line, 1), 1)
	}
	row := t.text.lines[line-1]
	return t.text.in(line, utf8.RuneCountInString(row[:min(max(column-1, 0), len(row))])+1)
}

// cell gives the place of a field of the last record.
func (t *table) cell(i int) migrate.Pos { return t.at(t.csv.FieldPos(i)) }

// header reads the names of the columns, in any order and case.
func (t *table) header() bool {
	before := len(t.errs)
	record := t.next()
	if record == nil {
		if len(t.errs) == before {
			t.failAt(t.text.in(1, 1), "no header row; the columns are %s", oneOf(decisionColumns))
		}
		return false
	}
	t.width = len(record)
	for i, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		switch _, twice := t.columns[name]; {
		case name == "": // beside the table
		case twice:
			t.failAt(t.cell(i), "column %s is given twice", show(name))
		case known(name, decisionColumns), known(name, ignoredColumns):
			t.columns[name] = i
		default:
			t.failAt(t.cell(i), "unknown column %s%s", show(name), didYouMean(name, decisionColumns))
		}
	}
	for _, name := range []string{"product", "fate"} {
		if _, ok := t.columns[name]; !ok {
			t.failAt(t.text.in(1, 1), "column %s is missing", name)
		}
	}
	return len(t.errs) == before
}
