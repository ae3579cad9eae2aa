package planfile

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math"
	"strings"
	"unicode/utf8"
)

// defect is what is wrong with one line; column counts bytes from 1, and is 0
// where the whole line is meant.
type defect struct {
	column int
	msg    string
}

func (d *defect) Error() string { return d.msg }

// scanner reads a line of the canonical grammar. The first defect stops it:
// afterwards nothing matches and every value is empty.
type scanner struct {
	line   []byte
	at     int
	defect *defect
	buf    []byte // unescaped text
	words  words
}

// begin takes the next line, without its LF.
func (s *scanner) begin(line []byte) {
	s.line, s.at, s.defect = line, 0, nil
	if utf8.Valid(line) {
		return
	}
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size == 1 {
			s.fail(i, "a byte that is not UTF-8")
			return
		}
		i += size
	}
}

// fail records a defect at a byte of the line.
func (s *scanner) fail(at int, format string, args ...any) {
	if s.defect == nil {
		s.defect = &defect{column: at + 1, msg: fmt.Sprintf(format, args...)}
	}
	s.at = len(s.line)
}

// is takes text if it comes next.
func (s *scanner) is(text string) bool {
	end := s.at + len(text)
	if end > len(s.line) || string(s.line[s.at:end]) != text {
		return false
	}
	s.at = end
	return true
}

// need takes text, which must come next.
func (s *scanner) need(text string) {
	if !s.is(text) {
		s.missed(text)
	}
}

// missed explains what stands where text should.
func (s *scanner) missed(text string) {
	want, found := keyIn([]byte(text)), keyIn(s.line[s.at:])
	switch {
	case found != "" && !known[found]:
		s.fail(s.at, "unknown key %q", found)
	case want != "" && !bytes.Contains(s.line[s.at:], []byte(text)):
		s.fail(s.at, "missing key %q", want)
	case found != "":
		s.fail(s.at, "key %q is out of place, or has a value that is left out", found)
	default:
		s.fail(s.at, "%s should stand here", text)
	}
}

// keyIn gives the key that text begins with, behind punctuation; "" for none.
func keyIn(text []byte) string {
	text = bytes.TrimLeft(text, `{,`)
	if len(text) == 0 || text[0] != '"' {
		return ""
	}
	end := bytes.IndexByte(text[1:], '"') + 1
	if end == 0 || end+1 >= len(text) || text[end+1] != ':' {
		return ""
	}
	return string(text[1:end])
}

// end must be reached by now.
func (s *scanner) end() {
	if s.defect == nil && s.at != len(s.line) {
		s.fail(s.at, "the line goes on after its change")
	}
}

// raw reads a string. What it returns is good until the next call.
func (s *scanner) raw() []byte {
	if !s.is(`"`) {
		s.fail(s.at, "a string should stand here")
		return nil
	}
	for i := s.at; i < len(s.line); i++ {
		switch {
		case class[s.line[i]] == plain:
		case s.line[i] == '"':
			text := s.line[s.at:i]
			s.at = i + 1
			return text
		default:
			return s.unescape(i)
		}
	}
	s.fail(s.at-1, "a string without an end")
	return nil
}

// unescape reads on from the first byte that is not plain.
func (s *scanner) unescape(i int) []byte {
	s.buf = append(s.buf[:0], s.line[s.at:i]...)
	for i < len(s.line) {
		b := s.line[i]
		switch {
		case class[b] == plain:
			s.buf = append(s.buf, b)
			i++
		case b == '"':
			s.at = i + 1
			return s.buf
		default:
			r, size := s.rune(i)
			if size == 0 {
				return nil
			}
			s.buf = utf8.AppendRune(s.buf, r)
			i += size
		}
	}
	s.fail(s.at-1, "a string without an end")
	return nil
}

// rune reads one that may be escaped, in the one form it has. A size of 0
// says that it hasn't.
func (s *scanner) rune(i int) (r rune, size int) {
	if s.line[i] != '\\' {
		r, size = utf8.DecodeRune(s.line[i:])
		if escaped(r) {
			s.fail(i, "U+%04X must be written %s", r, appendEscape(nil, r))
			return 0, 0
		}
		return r, size
	}
	rest := s.line[i+1:]
	r, size = -1, 2
	if len(rest) > 0 {
		r = shortEscape(rest[0])
		if rest[0] == 'u' {
			r, size = hexRune(rest[1:]), 6
		}
	}
	if r < 0 || !escaped(r) || len(appendEscape(s.buf[len(s.buf):], r)) != size {
		s.fail(i, "an escape that a plan does not use")
		return 0, 0
	}
	return r, size
}

// text reads a string that is likely to differ from line to line.
func (s *scanner) text() string { return string(s.raw()) }

// word reads a string that is likely to come again.
func (s *scanner) word() string { return s.words.of(s.raw()) }

// optional reads the word of a key that is left out where it is empty.
func (s *scanner) optional(key string) string {
	if !s.is(key) {
		return ""
	}
	at := s.at
	w := s.word()
	if w == "" {
		s.fail(at, "an empty value is left out, its key too")
	}
	return w
}

// nullable reads a string into room, or null.
func (s *scanner) nullable(room *string) *string {
	if s.is(`null`) {
		return nil
	}
	*room = s.text()
	return room
}

// present reads a key that is left out where its value is null.
func (s *scanner) present(key string, room *string) *string {
	if !s.is(key) {
		return nil
	}
	*room = s.word()
	return room
}

// integer reads a decimal number.
func (s *scanner) integer() int64 {
	from := s.at
	negative := s.is(`-`)
	digits := s.at
	var n uint64
	for s.at < len(s.line) && '0' <= s.line[s.at] && s.line[s.at] <= '9' && s.at-digits < 20 {
		n = n*10 + uint64(s.line[s.at]-'0')
		s.at++
	}
	count, limit := s.at-digits, uint64(math.MaxInt64)
	if negative {
		limit++
	}
	zero := count > 0 && s.line[digits] == '0'
	if count == 0 || count > 19 || n > limit || zero && (count > 1 || negative) {
		s.fail(from, "an integer should stand here")
		return 0
	}
	if negative {
		return -int64(n)
	}
	return int64(n)
}

// list reads an array, calling element at each of its elements.
func (s *scanner) list(element func()) {
	s.need(`[`)
	if s.is(`]`) {
		return
	}
	element()
	for s.is(`,`) {
		element()
	}
	s.need(`]`)
}

// filled reads the array of a key that is left out where it is empty.
func (s *scanner) filled(key string, element func()) {
	if !s.is(key) {
		return
	}
	at := s.at
	s.list(element)
	if s.defect == nil && s.at == at+len(`[]`) {
		s.fail(at, "an empty list is left out, its key too")
	}
}

// words remembers strings that come again and again, so that they are made
// once and what is kept of a line keeps nothing else of it alive.
type words struct {
	seed maphash.Seed
	slot [1024]string
}

// longestWord bounds what is worth remembering.
const longestWord = 128

func (w *words) of(b []byte) string {
	if len(b) == 0 || len(b) > longestWord {
		return string(b)
	}
	at := &w.slot[maphash.Bytes(w.seed, b)%uint64(len(w.slot))]
	if *at != string(b) {
		*at = string(b)
	}
	return *at
}

// known is every key of a change.
var known = func() map[string]bool {
	keys := map[string]bool{}
	for key := range strings.FieldsSeq(`after before by category children cleared closed column delist do
		fate follows from hidden label live memberships name others outside overruled parent path position primary product
		prohibited read reason rebuild reference row rule seller state successor title to value values why writes`) {
		keys[key] = true
	}
	return keys
}()
