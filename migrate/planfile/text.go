package planfile

import "unicode/utf8"

// Bytes of a line by what writing them takes.
const (
	plain   = iota // stands for itself
	special        // ASCII that is escaped
	leading        // begins some rune that is escaped
)

// class gives the kind of each byte. A byte that is not UTF-8 counts as
// plain: lines are checked as a whole.
var class = func() (c [256]uint8) {
	for b := range 0x20 {
		c[b] = special
	}
	c['"'], c['\\'], c[0x7f] = special, special, special
	for r := rune(0x80); r <= 0xffff; r++ {
		if hostile(r) {
			c[utf8.AppendRune(nil, r)[0]] = leading
		}
	}
	return c
}()

// hostile reports whether r could move a terminal's cursor, break a line or
// turn the direction of text, beyond what JSON itself forbids in strings.
func hostile(r rune) bool {
	switch {
	case r >= 0x7f && r <= 0x9f: // DEL and C1
	case r == 0x061c, r == 0x200e, r == 0x200f: // marks of direction
	case r >= 0x2028 && r <= 0x202e: // separators, embeddings and overrides
	case r >= 0x2066 && r <= 0x2069: // isolates
	default:
		return false
	}
	return true
}

// escaped reports whether r is never written as itself in a string.
func escaped(r rune) bool {
	return r < 0x20 || r == '"' || r == '\\' || hostile(r)
}

// appendText writes s as a string.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		if class[s[i]] == plain {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if escaped(r) {
			dst = append(dst, s[from:i]...)
			dst = appendEscape(dst, r)
			from = i + size
		}
		i += size
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// appendEscape writes a rune of the first plane in its one escaped form.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// shortEscape gives the rune of a two-byte escape, -1 where there is none.
func shortEscape(b byte) rune {
	switch b {
	case '"', '\\':
		return rune(b)
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return -1
}

// hexRune reads four lower-case hex digits, -1 where they are not.
func hexRune(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// escapeJSON escapes what JSON allows raw in a string and a plan does not.
func escapeJSON(src []byte) []byte {
	dst := make([]byte, 0, len(src))
	from := 0
	for i := 0; i < len(src); {
		if class[src[i]] == plain {
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		if hostile(r) {
			dst = append(dst, src[from:i]...)
			dst = appendEscape(dst, r)
			from = i + size
		}
		i += size
	}
	return append(dst, src[from:]...)
}
