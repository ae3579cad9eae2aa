package rule

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// canonical writes, in place of what the buffer held, the text in the form
// words are compared in: normalised, in lower case, one space at every
// boundary and at both ends. Any bytes will do; those that are not UTF-8 are
// boundaries.
func canonical(buf []byte, text string) []byte {
	if done, ok := canonicalASCII(buf, text); ok {
		return done
	}
	c := canonicalizer{to: append(buf[:0], ' ')}
	if c.addInert(text) {
		return c.end()
	}
	c = canonicalizer{to: append(buf[:0], ' ')}
	for _, r := range norm.NFKC.String(text) {
		c.add(charOf(r))
	}
	return c.end()
}

// asciiWord maps an ASCII letter or digit to its lower case, others to 0.
var asciiWord = func() (table [utf8.RuneSelf]byte) {
	for b := range table {
		r := rune(b)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			table[b] = byte(unicode.ToLower(r))
		}
	}
	return table
}()

// canonicalASCII is canonical for text that is all ASCII; else it is not ok.
func canonicalASCII(buf []byte, text string) ([]byte, bool) {
	to, spaced := append(buf[:0], ' '), true
	for i := 0; i < len(text); i++ {
		b := text[i]
		if b >= utf8.RuneSelf {
			return nil, false
		}
		if w := asciiWord[b]; w != 0 {
			to, spaced = append(to, w), false
		} else if !spaced {
			to, spaced = append(to, ' '), true
		}
	}
	if !spaced {
		to = append(to, ' ')
	}
	return to, true
}

// canonicalizer holds what the characters so far decide for the next.
type canonicalizer struct {
	to   []byte
	last class // the script of the word being written; separator after a boundary
}

// addInert adds text that is normalised already; it gives up where it cannot
// be sure.
func (c *canonicalizer) addInert(text string) bool {
	for _, r := range text {
		char := charOf(r)
		if !char.inert {
			return false
		}
		c.add(char)
	}
	return true
}

func (c *canonicalizer) add(char *char) {
	next := char.class
	switch {
	case next == invisible:
		return
	case next == separator:
		c.boundary()
		return
	case c.parts(next):
		c.boundary()
	}
	if next > shared || c.last == separator {
		c.last = next
	}
	if char.lower == 'ß' {
		c.to = append(c.to, "ss"...)
		return
	}
	c.to = utf8.AppendRune(c.to, char.lower)
}

// parts reports whether a boundary stands before a character. Digits and
// marks go with the script before them, but not digits with an unspaced one.
func (c *canonicalizer) parts(next class) bool {
	switch {
	case c.last == separator || next == mark:
		return false
	case next == shared:
		return c.last.unspaced()
	case c.last <= shared:
		return next.unspaced()
	}
	return next != c.last
}

func (c *canonicalizer) boundary() {
	if c.to[len(c.to)-1] != ' ' {
		c.to = append(c.to, ' ')
	}
	c.last = separator
}

func (c *canonicalizer) end() []byte {
	c.boundary()
	return c.to
}
