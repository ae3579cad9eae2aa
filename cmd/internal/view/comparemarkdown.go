package view

import (
	"io"
	"strings"

	"recat/migrate"
)

// ComparedMarkdown writes what changed from one plan to another for a comment
// on a pull or merge request: the verdict, what differs in their terms, then
// each class of differences, the worst first.
func ComparedMarkdown(w io.Writer, from, to migrate.Plan, o MarkdownOptions) error {
	c, err := newComparison(from, to)
	if err != nil {
		return err
	}
	rows, room := map[string][]string{}, map[string]int{}
	err = c.read(func(d migrate.Delta) error {
		if class := classOf(d).name; room[class] <= o.Most {
			row := mdDelta(c.row(d))
			rows[class], room[class] = append(rows[class], row), room[class]+len(row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	doc := &markdown{head: "### " + mdCodeIn(to.Header().Policy, titleNameCells) + ", compared: " + strings.Join(c.verdict(), ", ") + "\n\n",
		foot: "From " + mdCodeIn(from.Trailer().Digest, 80) + "\nto " + mdCodeIn(to.Trailer().Digest, 80) + "\n"}
	doc.add(mdList("Mind", c.cautions()), mdDateEdits(c), mdTotals(c), mdList("Other terms", headers(from.Header(), to.Header())), mdPolicyLines(c))
	for _, class := range deltaWorstFirst {
		if n := c.counts[class.name]; n > 0 {
			fence := mdDiff(rows[class.name])
			fence.total, fence.more = n, diffCut("")
			doc.sections = append(doc.sections, mdDetails("<b>"+some(n, class.one, class.many)+"</b>", fence))
		}
	}
	doc.add(mdNext(o.Next))
	return doc.write(w, o.Most)
}

// mdDelta is a difference as a line of a diff.
func mdDelta(r deltaRow) string {
	sign := r.seen
	if sign == "~" {
		sign = "!"
	}
	return mdRow(sign, r.id, r.heading(), r.becomes(), r.differs)
}

func mdDateEdits(c *comparison) *mdBlock {
	var rows []string
	for _, d := range dateEdits(c.from.Header().Dates, c.to.Header().Dates) {
		rows = append(rows, mdCells(d.name, d.from, d.to))
	}
	if len(rows) == 0 {
		return nil
	}
	return mdTable([]string{"date", "was", "is"}, rows)
}

// mdTotals sets the counts of both plans side by side.
func mdTotals(c *comparison) *mdBlock {
	var rows []string
	for _, t := range c.totalsNamed() {
		if t.from != 0 || t.to != 0 {
			rows = append(rows, mdCells(t.name, count(t.from), count(t.to)))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	table := mdTable([]string{"", "was:", "is:"}, rows)
	return mdParagraph(table.open + strings.Join(rows, ""))
}

func mdPolicyLines(c *comparison) *mdBlock {
	edits := policyEdits(c.from.Header(), c.to.Header())
	if len(edits) == 0 {
		return nil
	}
	rows := make([]string, len(edits))
	for i, e := range edits {
		rows[i] = mdRow(e.sign, e.text)
	}
	fence := mdDiff(rows)
	fence.more = diffCut(" lines")
	return mdDetails("The policy's text: <b>"+some(len(edits), "line differs", "lines differ")+"</b>", fence)
}
