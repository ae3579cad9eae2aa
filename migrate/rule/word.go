package rule

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// words is a list of words made ready to be found in canonical text. Each
// needle is canonical itself, with a space on the side where a boundary must
// stand.
type words []needle

type needle []byte

var errNoWord = errors.New("hasWord wants at least one word")

// newWords prepares a list. The error says which word cannot be looked for:
// only letters, digits and what stands between them is compared, so one that
// begins or ends with anything else would match what it does not say.
func newWords(list []string) (words, error) {
	if len(list) == 0 {
		return nil, errNoWord
	}
	ws := make(words, len(list))
	for i, word := range list {
		n, err := newNeedle(word)
		if err != nil {
			return nil, err
		}
		ws[i] = n
	}
	return ws, nil
}

func newNeedle(word string) (needle, error) {
	stem, open := strings.CutSuffix(strings.TrimSpace(word), "*")
	if !utf8.ValidString(word) {
		return nil, fmt.Errorf("hasWord: %q is not UTF-8", word)
	}
	if strings.Contains(stem, "*") {
		return nil, fmt.Errorf("hasWord: in %q the * is not at the end", word)
	}
	canon := canonical(nil, stem)
	if len(canon) <= 2 {
		return nil, fmt.Errorf("hasWord: %q has no letter and no digit", word)
	}
	first, last := edges(stem)
	if !classOf(first).word() || !classOf(last).word() {
		return nil, fmt.Errorf("hasWord: %q begins or ends with a character that is no letter or digit; use contains", word)
	}
	n := needle(canon)
	if r, _ := utf8.DecodeRune(n[1:]); classOf(r).unspaced() {
		n = n[1:]
	}
	if open || lastScript(n).unspaced() {
		n = n[:len(n)-1]
	}
	return n, nil
}

// edges gives the first and the last visible character.
func edges(s string) (first, last rune) {
	s = strings.TrimFunc(s, func(r rune) bool { return classOf(r) == invisible })
	first, _ = utf8.DecodeRuneInString(s)
	last, _ = utf8.DecodeLastRuneInString(s)
	return first, last
}

// lastScript is the class of the last character that is no mark.
func lastScript(n needle) class {
	for n = n[:len(n)-1]; len(n) > 0; {
		r, size := utf8.DecodeLastRune(n)
		if c := classOf(r); c != mark {
			return c
		}
		n = n[:len(n)-size]
	}
	return separator
}

// scratch keeps the buffers that titles are made canonical in.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch keeps one huge title from holding its memory.
const maxScratch = 64 << 10

// in reports whether the text has one of the words.
func (ws words) in(text string) bool {
	buf := scratch.Get().(*[]byte)
	canon := canonical((*buf)[:0], text)
	found := ws.inCanonical(canon)
	if cap(canon) <= maxScratch {
		*buf = canon
	}
	scratch.Put(buf)
	return found
}

func (ws words) inCanonical(canon []byte) bool {
	for _, n := range ws {
		if bytes.Contains(canon, n) {
			return true
		}
	}
	return false
}
