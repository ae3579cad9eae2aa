package format

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Why a text cannot be written so that it is read back as it was.
var (
	errNotUTF8 = errors.New("not UTF-8")
	errCRLF    = errors.New("a carriage return before a line feed is not kept by CSV readers")
)

// csvWriter writes RFC 4180 with LF, and quotes what could be taken for a
// comment.
type csvWriter struct {
	out *bufio.Writer
	err error
}

func newCSVWriter(w io.Writer) *csvWriter { return &csvWriter{out: bufio.NewWriter(w)} }

func (w *csvWriter) row(fields ...string) {
	for i, field := range fields {
		if w.err == nil {
			w.err = checkCSV(field)
		}
		if w.err != nil {
			return
		}
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.out.WriteString(quoteCSV(field))
	}
	w.out.WriteByte('\n')
}

func (w *csvWriter) flush() error {
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

func checkCSV(field string) error {
	if err := validText(field); err != nil {
		return fmt.Errorf("%q: %w", field, err)
	}
	if strings.Contains(field, "\r\n") {
		return fmt.Errorf("%q: %w", field, errCRLF)
	}
	return nil
}

// validText refuses texts that are not UTF-8, for no reader would take them.
func validText(texts ...string) error {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return errNotUTF8
		}
	}
	return nil
}

func quoteCSV(field string) string {
	if field == "" || !strings.ContainsAny(field, ",\"\r\n") && strings.TrimSpace(field) == field &&
		field[0] != '#' && !strings.HasPrefix(field, byteOrderMark) {
		return field
	}
	return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
}
