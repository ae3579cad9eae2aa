package format

import (
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"unicode/utf8"

	"recat/taxonomy"
)

// source is a whole file: valid UTF-8 without a byte order mark.
type source struct {
	file string
	text string
}

const byteOrderMark = "\ufeff"

// load reads a file of at most limit bytes, DefaultMaxBytes if that is 0.
func load(r io.Reader, name string, limit int64) (*source, error) {
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	var b strings.Builder
	b.Grow(int(min(sizeOf(r), limit)))
	n, err := io.Copy(&b, io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	src := &source{file: name, text: b.String()}
	if n > limit {
		return nil, src.errorAt(int(limit), "the file is larger than the limit of %d bytes", limit)
	}
	if at := invalidUTF8(src.text); at >= 0 {
		return nil, src.errorAt(at, "not UTF-8: byte 0x%02x", src.text[at])
	}
	src.text = strings.TrimPrefix(src.text, byteOrderMark)
	if strings.TrimSpace(src.text) == "" {
		return nil, src.errorAt(0, "the file is empty")
	}
	return src, nil
}

// sizeOf is how much a reader holds, where it can tell; 0 where it can't.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Len() int }:
		return int64(r.Len())
	case fs.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// invalidUTF8 returns where a text stops being UTF-8, or -1.
func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

// errorAt is a ParseError at an offset of the text.
func (s *source) errorAt(offset int, format string, args ...any) error {
	before := s.text[:min(max(offset, 0), len(s.text))]
	line := 1 + strings.Count(before, "\n")
	column := len(before) - strings.LastIndexByte(before, '\n')
	return s.errorOn(line, column, format, args...)
}

// errorOn is a ParseError at a line and column.
func (s *source) errorOn(line, column int, format string, args ...any) error {
	return &ParseError{File: s.file, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)}
}

// records is room for as many records as the file has lines, within reason.
func (s *source) records() []taxonomy.Record {
	return make([]taxonomy.Record, 0, min(1+strings.Count(s.text, "\n"), 1<<16))
}

// lines yields the lines with their numbers, without their ends, be these LF
// or CRLF.
func (s *source) lines() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		number := 0
		for line := range strings.Lines(s.text) {
			number++
			line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
			if !yield(number, line) {
				return
			}
		}
	}
}
