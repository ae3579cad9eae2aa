package format

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// rows reads CSV with the places of its fields. A row is good until the next.
type rows struct {
	*source
	csv *csv.Reader
}

// newRows reads rows of any length. A line that begins with the comment
// character is none; 0 is for files without comments.
func newRows(src *source, comment rune) *rows {
	r := csv.NewReader(strings.NewReader(src.text))
	r.Comment = comment
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	return &rows{source: src, csv: r}
}

// next returns io.EOF at the end, else a ParseError.
func (r *rows) next() ([]string, error) {
	row, err := r.csv.Read()
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return nil, r.errorOn(parse.Line, parse.Column, "%s", parse.Err)
	}
	return row, err
}

// each hands the remaining rows to the callback.
func (r *rows) each(row func(fields []string) error) error {
	for {
		fields, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := row(fields); err != nil {
			return err
		}
	}
}

// line is that on which the row begins.
func (r *rows) line() int {
	line, _ := r.csv.FieldPos(0)
	return line
}

// errorIn is a ParseError at a field of the row; past the last, at the last.
func (r *rows) errorIn(fields []string, field int, format string, args ...any) error {
	line, column := r.csv.FieldPos(min(field, len(fields)-1))
	return r.errorOn(line, column, format, args...)
}
