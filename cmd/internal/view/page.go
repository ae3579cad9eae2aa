package view

import (
	"bufio"
	"cmp"
	"io"
	"strings"
	"time"
)

// Options say how text is laid out.
type Options struct {
	Theme Theme
	Width int       // of the terminal, in cells; 0 is DefaultWidth
	Now   time.Time // dates are told from here; the zero time leaves that out
}

// DefaultWidth is used where there is no terminal.
const DefaultWidth = 120

// narrowest is the width below which text is laid out as if it were wider.
const narrowest = 60

// page lays out lines of spans.
type page struct {
	out *bufio.Writer
	o   Options
}

func newPage(w io.Writer, o Options) *page {
	o.Width = max(cmp.Or(o.Width, DefaultWidth), narrowest)
	return &page{out: bufio.NewWriter(w), o: o}
}

func (p *page) flush() error { return p.out.Flush() }

// span is a piece of a line. Its text goes through Safe.
type span struct {
	text  string
	style string
	pad   int   // at least as wide; negative aligns right
	glue  int   // cells before it where it isn't first; 0 is the usual gap
	whole int   // of the first of several that belong together: cells of them all
	one   bool  // never broken: a command, to be pasted as it stands
	runOn bool  // broken between words rather than begun on a line of its own
	runs  []run // the text, which is safe, in styles of its own; it is broken as text
}

// The usual gap between two spans of a line.
const gap = 2

// text is a span without style.
func text(s string) span { return span{text: s} }

// styled is a span in a style.
func styled(style, s string) span { return span{text: s, style: style} }

// pieces makes a list of spans that a line may be broken between. Each but the
// last ends in the separator; glue is before the first.
func pieces(parts []string, separator string, glue int, style string) []span {
	spans := make([]span, len(parts))
	for i, part := range parts {
		spans[i] = span{text: part, style: style, glue: 1}
		if i < len(parts)-1 {
			spans[i].text += separator
		}
	}
	if len(spans) == 0 {
		return nil
	}
	spans[0].glue = glue
	for _, s := range spans {
		spans[0].whole += width(Safe(s.text)) + 1
	}
	spans[0].whole--
	return spans
}

// line writes spans on one line, and goes on below, indented by hang, where
// they don't fit. Empty spans are left out, and a line of nothing else.
func (p *page) line(hang int, spans ...span) {
	col, owed, first := 0, 0, true
	for _, s := range spans {
		if s.text == "" && s.pad == 0 {
			continue
		}
		s.text = Safe(s.text)
		w := width(s.text)
		need := w
		if hang+s.whole <= p.o.Width {
			need = max(w, s.whole)
		}
		if glue := cmp.Or(s.glue, gap); first {
			owed = 0
		} else if owed += glue; col+owed+need > p.o.Width && col+glue+need <= p.o.Width {
			owed = glue // out of its column, yet on the line
		}
		if !first && !s.runOn && col > hang && col+owed+max(need, -s.pad) > p.o.Width {
			p.out.WriteByte('\n')
			col, owed = 0, hang
		}
		if s.pad < 0 {
			owed += max(-s.pad-w, 0)
		}
		col += owed
		p.out.WriteString(strings.Repeat(" ", owed))
		col = p.words(s, col, hang)
		owed, first = max(s.pad-w, 0), false
	}
	if !first {
		p.out.WriteByte('\n')
	}
}

// words writes a span, breaking between words where it is wider than what is
// left of the line, and returns the column it ends in.
func (p *page) words(s span, col, hang int) int {
	if s.one || col+width(s.text) <= p.o.Width {
		if s.runs == nil {
			s.runs = []run{{s.text, s.style}}
		}
		for _, r := range s.runs {
			p.out.WriteString(p.o.Theme.paint(r.style, r.text))
		}
		return col + width(s.text)
	}
	var b strings.Builder
	start := col
	for i, word := range strings.SplitAfter(s.text, " ") {
		w := width(strings.TrimSuffix(word, " "))
		if i > 0 && col+w > p.o.Width && col > hang {
			p.out.WriteString(p.o.Theme.paint(s.style, strings.TrimRight(b.String(), " ")) + "\n" + strings.Repeat(" ", hang))
			b.Reset()
			col = hang
		}
		b.WriteString(word)
		col += width(word)
	}
	p.out.WriteString(p.o.Theme.paint(s.style, b.String()))
	return max(col, start)
}

// blank writes an empty line.
func (p *page) blank() { p.out.WriteByte('\n') }

// Next names the commands that lead on, on one line.
func Next(w io.Writer, o Options, commands ...string) error {
	if len(commands) == 0 {
		return nil
	}
	p := newPage(w, o)
	p.next(0, commands)
	return p.flush()
}

// next writes a command a span. None is broken: a terminal does that so that it
// can still be copied.
func (p *page) next(indent int, commands []string) {
	spans := []span{{text: "next:", style: styleBold, glue: indent}}
	for i, c := range commands {
		if i > 0 {
			c = "or " + c
		}
		if i < len(commands)-1 {
			c += ","
		}
		spans = append(spans, span{text: c, glue: 1, one: true})
	}
	if indent > 0 {
		spans = append([]span{{pad: indent - 1}}, spans...)
		spans[1].glue = 1
	}
	p.line(indent+6, spans...)
}
