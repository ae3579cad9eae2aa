package view

import (
	"html"
	"io"
	"strings"
	"unicode/utf8"
)

// LeastMarkdown is the least number of bytes that a Markdown rendering can be
// bounded to; what is always written fits.
const LeastMarkdown = 1000

// markdown is a document of bounded size for a comment on a pull or merge
// request. Its head and foot are always written; of its sections there is as
// much as fits, the rows of all cut evenly and each list that is cut saying
// so. Every fence, table and <details> is whole.
//
// What recat didn't word itself stands in code: through mdCode in a line or a
// cell, htmlCode in a summary, or as the row of an mdDiff. There neither
// Markdown nor the site looks for markup, links, mentions or references.
type markdown struct {
	head, foot string
	sections   []*mdBlock
}

// mdBlock is a part of a document that may be left out or cut short. It holds
// either rows or more blocks.
type mdBlock struct {
	open, close string // written around what is inside
	rows        []string
	inside      []*mdBlock
	total       int                           // how many rows there are, where not all are at hand
	more        func(shown, total int) string // the line after a list that was cut
	urgent      bool                          // of a section: comes before the others where not all fit

	taken bool
	shown int // of rows
}

// write writes the document in at most so many bytes, no fewer than
// LeastMarkdown.
func (m *markdown) write(w io.Writer, most int) error {
	most = max(most, LeastMarkdown)
	root := &mdBlock{open: m.head, close: m.foot, inside: m.sections, more: lineCut("sections")}
	if root.takeAll(); root.size() > most {
		root.leaveAll()
		root.fill(most)
	}
	var b strings.Builder
	root.render(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// count is how many elements a block shows, and has.
func (b *mdBlock) count() (shown, total int) {
	if len(b.inside) == 0 {
		return b.shown, max(b.total, len(b.rows))
	}
	for _, part := range b.inside {
		if part.taken {
			shown++
		}
	}
	return shown, max(b.total, len(b.inside))
}

// cut is the line that says how much of a list is shown.
func (b *mdBlock) cut() string {
	if shown, total := b.count(); shown < total && b.more != nil {
		return b.more(shown, total)
	}
	return ""
}

// render writes what was taken of a block.
func (b *mdBlock) render(out *strings.Builder) {
	if !b.taken {
		return
	}
	out.WriteString(b.open)
	for _, row := range b.rows[:b.shown] {
		out.WriteString(row)
	}
	for _, part := range b.inside {
		part.render(out)
	}
	out.WriteString(b.cut())
	out.WriteString(b.close)
}

// size is what render writes.
func (b *mdBlock) size() int {
	if !b.taken {
		return 0
	}
	n := len(b.open) + len(b.cut()) + len(b.close)
	for _, row := range b.rows[:b.shown] {
		n += len(row)
	}
	for _, part := range b.inside {
		n += part.size()
	}
	return n
}

func (b *mdBlock) takeAll() {
	b.taken, b.shown = true, len(b.rows)
	for _, part := range b.inside {
		part.takeAll()
	}
}

func (b *mdBlock) leaveAll() {
	b.taken, b.shown = false, 0
	for _, part := range b.inside {
		part.leaveAll()
	}
}

// mdDetails is a part that opens on a click. Its summary is HTML: text without
// markup, and htmlCode. What is inside must begin and end with a line of its
// own.
func mdDetails(summary string, inside *mdBlock) *mdBlock {
	inside.open = "<details>\n<summary>" + summary + "</summary>\n\n" + inside.open
	inside.close += "</details>\n\n"
	return inside
}

// mdDiff is a fence that sites colour by the first character of a line. Its
// rows are mdRows; hunks, each with rows, may stand in their place.
func mdDiff(rows []string, hunks ...*mdBlock) *mdBlock {
	longest := 2
	for _, row := range rows {
		longest = max(longest, backticks(row))
	}
	for _, h := range hunks {
		longest = max(longest, backticks(h.open))
		for _, row := range h.rows {
			longest = max(longest, backticks(row))
		}
	}
	fence := strings.Repeat("`", longest+1)
	return &mdBlock{open: fence + "diff\n", close: fence + "\n\n", rows: rows, inside: hunks}
}

// mdHunk heads rows of an mdDiff. total is how many there are, if more.
func mdHunk(head, rows []string, total int) *mdBlock {
	return &mdBlock{open: mdRow("@@", append(head, "@@")...), rows: rows, total: total, more: diffCut("")}
}

// diffCut says inside of a fence how much of a list is shown.
func diffCut(what string) func(shown, total int) string {
	return func(shown, total int) string {
		return "# " + count(shown) + " of " + count(total) + what + " shown\n"
	}
}

// lineCut says the same between paragraphs.
func lineCut(what string) func(shown, total int) string {
	return func(shown, total int) string {
		return "*" + count(shown) + " of " + count(total) + " " + what + " shown.*\n\n"
	}
}

// tableCut says the same in a table's last row.
func tableCut(shown, total int) string {
	return "| *" + count(shown) + " of " + count(total) + " shown* |\n"
}

// mdRow is a line of an mdDiff. It begins with a sign, never with a space or
// a backtick, so that none can end the fence.
func mdRow(sign string, cells ...string) string {
	var b strings.Builder
	b.WriteString(sign)
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		b.WriteString([]string{" ", "  "}[min(i, 1)])
		b.WriteString(brief(cell, briefCells))
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// mdTable is a table; a column whose name ends in ":" is aligned right. Its
// rows are mdCells.
func mdTable(columns []string, rows []string) *mdBlock {
	names, rule := "|", "|"
	for _, name := range columns {
		mark := "---"
		if strings.HasSuffix(name, ":") {
			name, mark = strings.TrimSuffix(name, ":"), "---:"
		}
		names += " " + name + " |"
		rule += mark + "|"
	}
	return &mdBlock{open: names + "\n" + rule + "\n", close: "\n", rows: rows, more: tableCut}
}

// mdCells is a row of an mdTable. A cell is recat's own words, or mdCode.
func mdCells(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// mdCode makes s a code span, for a line or a cell of a table. There a pipe
// would end the cell, whatever stands before it, so it is shown as \x7c.
func mdCode(s string) string { return mdCodeIn(s, briefCells) }

// mdCodeIn is mdCode in so many cells.
func mdCodeIn(s string, cells int) string {
	s = brief(strings.ReplaceAll(s, "|", `\x7c`), cells)
	if strings.Trim(s, " ") == "" {
		s = `"` + s + `"`
	}
	ticks := backticks(s)
	if ticks == 0 {
		return "`" + s + "`"
	}
	fence := strings.Repeat("`", ticks+1)
	return fence + " " + s + " " + fence
}

// htmlCode makes s code inside of HTML.
func htmlCode(s string) string { return "<code>" + html.EscapeString(brief(s, briefCells)) + "</code>" }

// backticks is the longest run of them.
func backticks(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// briefCells is the most that a text from outside takes of a line, if not all
// of it.
const briefCells = 160

// brief makes s safe, and short enough for a line: so many cells, and no more
// than three bytes each, for a cell may have any number of them.
func brief(s string, cells int) string {
	most := 3 * cells
	if len(s) > 8*most { // however it is shown, no more of it is needed
		s = s[:8*most]
	}
	s = Fit(s, cells)
	if len(s) <= most {
		return s
	}
	end := most - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
