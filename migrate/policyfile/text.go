package policyfile

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"recat/migrate"
)

// text is a file's content with line feeds only and no byte order mark.
type text struct {
	file    string
	content string
	lines   []string
	widths  []int // of the lines, in characters
}

// newText checks what a file holds; nil where it cannot be read at all.
func (r *reader) newText(file string, content []byte, limit int) *text {
	if len(content) > limit {
		r.failAt(migrate.Pos{File: file, Line: 1, Column: 1}, "the file is larger than %d bytes", limit)
		return nil
	}
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		r.failAt(migrate.Pos{File: file, Line: 1, Column: 1}, "the file is UTF-16; save it as UTF-8")
		return nil
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	t := &text{file: file, content: strings.ReplaceAll(string(content), "\r", "\n")}
	t.lines = strings.Split(t.content, "\n")
	ok := true
	for i, line := range t.lines {
		t.widths = append(t.widths, utf8.RuneCountInString(line))
		if msg, at := badCharacter(line); msg != "" {
			r.failAt(migrate.Pos{File: file, Line: i + 1, Column: utf8.RuneCountInString(line[:at]) + 1}, "%s", msg)
			ok = false
		}
	}
	if !ok {
		return nil
	}
	return t
}

// badCharacter finds what no text file holds, and where.
func badCharacter(line string) (msg string, at int) {
	for i, c := range line {
		switch {
		case c == utf8.RuneError && !strings.HasPrefix(line[i:], "\ufffd"):
			return "not UTF-8", i
		case c == 0:
			return "a NUL character", i
		}
	}
	return "", 0
}

// line gives the characters of a line, counted from 1.
func (t *text) line(n int) []rune {
	if n < 1 || n > len(t.lines) {
		return nil
	}
	return []rune(t.lines[n-1])
}

// within gives the place of a character of a scalar's text, counted from line
// 1, column 1. Where the text was folded from several lines that is lost, and
// the scalar's own place stands for it.
func (t *text) within(n *node, line, column int) migrate.Pos {
	switch n.style {
	case plain:
		if row := t.line(n.pos.Line); line == 1 && strings.HasPrefix(string(row[min(n.pos.Column-1, len(row)):]), n.text) {
			return right(n.pos, column-1)
		}
	case quoted:
		if width, ok := quotedWidth(t.line(n.pos.Line), n.pos.Column-1, column-1); ok && line == 1 {
			return right(n.pos, width)
		}
	case literal:
		row := t.line(n.pos.Line + line)
		indent := len(t.line(n.pos.Line+1)) - len([]rune(strings.TrimLeft(string(t.line(n.pos.Line+1)), " ")))
		if column-1 <= len(row)-indent {
			return migrate.Pos{File: t.file, Line: n.pos.Line + line, Column: indent + column}
		}
	}
	return n.pos
}

// quotedWidth is how far the count-th character of a quoted scalar is from
// its opening quote; not ok where the scalar goes on to the next line.
func quotedWidth(row []rune, start, count int) (width int, ok bool) {
	if start >= len(row) {
		return 0, false
	}
	quote, at := row[start], start+1
	for ; at < len(row) && count > 0; count-- {
		at += escapeWidth(row[at:], quote)
	}
	closed := at
	for closed < len(row) && (row[closed] != quote || escapeWidth(row[closed:], quote) > 1) {
		closed += escapeWidth(row[closed:], quote)
	}
	return at - start, closed < len(row)
}

// escapeWidth is how many characters stand for the next one.
func escapeWidth(row []rune, quote rune) int {
	switch {
	case quote == '\'' && len(row) > 1 && row[0] == '\'' && row[1] == '\'':
		return 2
	case quote == '\'' || row[0] != '\\' || len(row) < 2:
		return 1
	}
	switch row[1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
