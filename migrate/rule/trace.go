package rule

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// trace is canonical text that remembers where each of its bytes comes from.
type trace struct {
	canon    []byte
	from, to []int // by byte of canon: the part of the text that became it
}

// traced is canonical with its origins, which come at the grain of whole
// normalised characters.
func traced(text string) trace {
	c := canonicalizer{to: []byte{' '}}
	t := trace{from: []int{0}, to: []int{0}}
	note := func(from, to int) {
		for len(t.from) < len(c.to) {
			t.from, t.to = append(t.from, from), append(t.to, to)
		}
	}
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	for !it.Done() {
		from := it.Pos()
		for _, r := range string(it.Next()) {
			c.add(charOf(r))
		}
		note(from, it.Pos())
	}
	t.canon = c.end()
	note(len(text), len(text))
	return t
}

// marks gives the parts of a text that the words are found in, in no order. A
// stem is marked to the end of its word.
func (ws words) marks(text string) [][2]int {
	if !ws.in(text) {
		return nil
	}
	t := traced(text)
	var out [][2]int
	for _, n := range ws {
		for at := 0; ; {
			i := bytes.Index(t.canon[at:], n)
			if i < 0 {
				break
			}
			i += at
			first, last := n.within(t.canon, i)
			out = append(out, [2]int{t.from[first], t.to[last-1]})
			at = last // a boundary may end one word and begin the next
		}
	}
	return out
}

// within is where the word that the needle finds at i of canonical text begins
// and ends, without the boundaries.
func (n needle) within(canon []byte, i int) (first, last int) {
	first, last = i, i+len(n)
	if n[0] == ' ' {
		first++
	}
	switch {
	case n[len(n)-1] == ' ':
		last--
	case !lastScript(append(n[:len(n):len(n)], ' ')).unspaced():
		last += bytes.IndexByte(canon[last:], ' ') // canonical text ends in a boundary
	default:
		for last < len(canon) { // with the marks that the last letter carries
			r, size := utf8.DecodeRune(canon[last:])
			if classOf(r) != mark {
				break
			}
			last += size
		}
	}
	return first, last
}
