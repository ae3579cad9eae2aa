package view

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"recat/migrate"
)

// Safe makes s fit for a terminal: whatever is not a visible character or a
// plain space is shown as an escape (\n, \t, \x1b, \u202e). That covers
// control characters, direction overrides and isolates, zero-width and other
// format characters, separators of lines, private and unassigned code points,
// piled-up combining marks, and bytes that are not UTF-8 (\xff).
func Safe(s string) string {
	if plainText(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if marks = countMarks(marks, r); r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else if !visible(r) || marks > maxMarks {
			b.WriteString(escapeRune(r))
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// plainText is the fast way: printable ASCII.
func plainText[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// maxMarks is how many combining marks in a row a letter may carry; no
// orthography stacks more.
const maxMarks = 4

func countMarks(n int, r rune) int {
	if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
		return n + 1
	}
	return 0
}

// visible reports whether a rune shows, and shows only itself. The emoji
// variation selectors pass.
func visible(r rune) bool {
	switch {
	case r == 0xFE0E || r == 0xFE0F:
		return true
	case !unicode.IsGraphic(r):
		return false
	}
	return !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r < 0x100:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// Fit makes s safe and cuts it to a width in terminal cells, Han, Kana and
// emoji counting two. What was cut ends in "…".
func Fit(s string, cells int) string {
	s = Safe(s)
	if width(s) <= cells {
		return s
	}
	used, end, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var w int
		cluster, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > cells-1 {
			break
		}
		used, end = used+w, end+len(cluster)
	}
	return s[:end] + "…"
}

// width is the cells that a safe text takes.
func width(s string) int {
	if plainText(s) {
		return len(s)
	}
	return uniseg.StringWidth(s)
}

// nullable shows a value that may be NULL: ∅ for NULL, "" for the empty text,
// and the text ∅ in quotes.
func nullable(s *string) string {
	switch {
	case s == nil:
		return migrate.NullText
	case *s == "" || *s == migrate.NullText:
		return `"` + *s + `"`
	}
	return *s
}

// quoted is nullable with every text in quotes.
func quoted(s *string) string {
	if s == nil {
		return migrate.NullText
	}
	return `"` + *s + `"`
}
