package view

import (
	"strings"

	"github.com/rivo/uniseg"
)

// run is a piece of a span in a style of its own.
type run struct{ text, style string }

// title is a product's title cut to a width, with the words marked by which a
// rule found it: bold where there is colour, else between « and ». There the
// title's own « and » are shown as escapes, so that no seller can mark a word.
func (p *page) title(title *string, marks [][2]int, cells int) span {
	if title == nil || *title == "" || nullable(title) != *title {
		return styled(styleDim, nullable(title))
	}
	var runs []run
	left, cut := cells, false
	for _, part := range cutAt(*title, marks) {
		if cut {
			break
		}
		text := Safe(part.text)
		open, end := "", ""
		if !p.o.Theme.colour {
			text = ownMarks.Replace(text)
			if part.style != "" {
				open, end = "«", "»"
			}
		}
		room := left - width(open+end)
		if cut = width(text) > room; cut {
			text = Fit(text, max(room, 1))
		}
		if text = open + text + end; part.style == "" {
			part.style = styleDim
		}
		runs = append(runs, run{text, part.style})
		left -= width(text)
	}
	out := span{runs: runs}
	for _, r := range runs {
		out.text += r.text
	}
	return out
}

// ownMarks shows the signs that mark words where a title has them itself.
var ownMarks = strings.NewReplacer("«", `\u00ab`, "»", `\u00bb`)

// cutAt parts a text at its marks, which are widened to whole characters as a
// reader sees them; marked parts are bold.
func cutAt(s string, marks [][2]int) []run {
	var out []run
	at, start, state := 0, 0, -1
	for rest := s; rest != ""; {
		var cluster, style string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		for len(marks) > 0 && marks[0][1] <= at {
			marks = marks[1:]
		}
		begin := at
		if at += len(cluster); len(marks) > 0 && marks[0][0] < at {
			style = styleBold
		}
		if last := len(out) - 1; last >= 0 && out[last].style == style {
			out[last].text = s[start:at]
			continue
		}
		start = begin
		out = append(out, run{s[start:at], style})
	}
	return out
}

// markedWords are the parts of a title that are marked.
func markedWords(title *string, marks [][2]int) []string {
	var out []string
	for _, m := range marks {
		if title != nil && m[0] >= 0 && m[0] <= m[1] && m[1] <= len(*title) {
			out = append(out, (*title)[m[0]:m[1]])
		}
	}
	return out
}
