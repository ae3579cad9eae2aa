package view

import (
	"io"
	"strings"

	"recat/migrate"
)

// MarkdownOptions say how large a Markdown rendering may get, and how it ends.
type MarkdownOptions struct {
	Most int      // bytes; below LeastMarkdown is LeastMarkdown
	Next []string // commands that lead on
}

// MarkdownSamples is how many products of a plan a Markdown rendering of so
// many bytes may have a use for.
func MarkdownSamples(most int) int { return max(most, LeastMarkdown) / 8 }

// PlanMarkdown writes a plan for a comment on a pull or merge request, where
// it is reviewed: the verdict and the counts, what looks wrong, then what
// becomes of each category's products, as many as fit and the summary has.
// It is the same whenever it is written.
func PlanMarkdown(w io.Writer, s *migrate.Summary, o MarkdownOptions) error {
	doc := &markdown{head: mdTitle(s.Header.Policy, planVerdict(s)), foot: mdDigest(s.Trailer.Digest)}
	doc.add(mdIntro(s.Header, mdPlanned(s)))
	doc.body(s)
	doc.add(mdNext(o.Next))
	return doc.write(w, o.Most)
}

// add adds sections that come before others where not all fit.
func (m *markdown) add(sections ...*mdBlock) {
	for _, s := range sections {
		if s != nil {
			s.urgent = true
			m.sections = append(m.sections, s)
		}
	}
}

// body adds what a plan does, or a run did.
func (m *markdown) body(s *migrate.Summary) {
	m.add(mdCounts(s), mdTerms(s), mdList("Warnings", s.Provenance.Warnings), mdHolds(s.Provenance.Counts.Holds))
	for _, section := range []*mdBlock{mdCategories(s), mdBare(s), mdSweeps(s)} {
		if section != nil {
			m.sections = append(m.sections, section)
		}
	}
	m.add(mdTree(s), mdReferences(s.References))
}

// titleCells is what a policy's name may take of a title.
const titleNameCells = 40

// mdTitle heads a plan. The verdict is recat's own words.
func mdTitle(name, verdict string) string {
	return "### Plan " + mdCodeIn(name, titleNameCells) + ": " + verdict + "\n\n"
}

func mdDigest(digest string) string { return "Digest " + mdCodeIn(digest, 80) + "\n" }

func mdNext(commands []string) *mdBlock {
	if len(commands) == 0 {
		return nil
	}
	out := make([]string, len(commands))
	for i, c := range commands {
		out[i] = mdCode(c)
	}
	return mdParagraph("Next: " + strings.Join(out, ", or ") + "\n")
}

// mdParagraph is lines of recat's own words, with mdCode between.
func mdParagraph(lines ...string) *mdBlock { return &mdBlock{open: strings.Join(lines, "") + "\n"} }

// planVerdict is a plan in one line.
func planVerdict(s *migrate.Summary) string {
	t := s.Trailer.Totals
	switch {
	case !t.Balanced():
		return "these counts do not balance: do not apply this plan"
	case t.Empty() && t.Reported == 0:
		return "nothing is left to do"
	case t.Empty():
		return some(t.Reported, "product only reported", "products only reported")
	}
	return append(headline(t), warned(s)...).String()
}

// warned counts a plan's warnings.
func warned(s *migrate.Summary) (out tally) {
	out.some(len(s.Provenance.Warnings), "warning", "warnings")
	return out
}

// mdIntro says why, when, and by whom.
func mdIntro(h migrate.Header, by string) *mdBlock {
	var lines []string
	if h.Reason != "" {
		lines = append(lines, mdCode(h.Reason)+"\n\n")
	}
	if dates := mdDates(h.Dates); dates != "" {
		lines = append(lines, dates+"\n\n")
	}
	return mdParagraph(append(lines, by+"\n")...)
}

func mdDates(d migrate.Dates) string {
	var out []string
	for _, date := range datesNamed {
		if t := date.of(d); !t.IsZero() {
			out = append(out, date.name+" **"+zoned(t, d)+"**")
		}
	}
	return strings.Join(out, " · ")
}

// mdPlanned says who planned, when and on what.
func mdPlanned(s *migrate.Summary) string {
	p := s.Provenance
	return "Planned " + p.At.UTC().Format("2006-01-02 15:04Z") + " by " + mdCode(p.Who) + " with recat " + mdCode(p.Recat) + " on " + mdCode(p.Engine)
}

// mdCounts is the balance, as a table that is there whole or not at all.
func mdCounts(s *migrate.Summary) *mdBlock {
	t := s.Trailer.Totals
	var rows []string
	add := func(always bool, n int, what, note string) {
		if always || n > 0 {
			rows = append(rows, mdCells(what, count(n), note))
		}
	}
	add(true, t.Found, "**found** in removed categories", "= delisted + reassigned + detached")
	add(true, t.Delisted, "delisted", "")
	add(true, t.Reassigned, "reassigned", "")
	add(true, t.Detached, "detached", "live on elsewhere")
	add(false, t.Lacking, "of those reassigned, lacking attributes", "that their new category requires")
	add(false, t.Swept, "delisted by sweeps", "in other categories")
	add(false, t.Followed, "variants delisted with their parents", "in other categories")
	add(false, t.Reported, "only reported", "in other categories")
	add(false, t.Kept, "kept by people", "though a sweep found them")
	add(false, t.WasOff, "of all delisted, already off sale", "")
	add(false, t.Hidden, "of those found, hidden", "")
	add(false, s.Provenance.Counts.Cleared, "cleared by appeal", "no sweep touches them")
	add(false, t.Removed, "categories removed", emptiedNote(t))
	add(false, t.Promoted, "categories promoted", "")
	add(false, t.Closed, "categories closed", "")
	add(false, t.Rebuilt, "categories rebuilt", "")
	add(false, t.References, "references", "")
	add(false, s.Sellers, "sellers", "")
	table := mdTable([]string{"", "count:", ""}, rows)
	return mdParagraph(table.open + strings.Join(rows, ""))
}

func emptiedNote(t migrate.Totals) string {
	if t.Emptied == 0 {
		return ""
	}
	return count(t.Emptied) + " emptied by this plan"
}

// mdTerms says what bounds the plan and what it tolerates.
func mdTerms(s *migrate.Summary) *mdBlock {
	h := s.Header
	out := []string{upperFirst(limits(s)), "drift " + mdCode(driftText(h.Drift))}
	if h.Approvals > 0 {
		out = append(out, "needs "+some(h.Approvals, "approval", "approvals"))
	}
	return mdParagraph(strings.Join(out, " · ") + "\n")
}

// upperFirst begins a sentence of recat's own.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// mdList is a list under a bold head; nil where it has nothing.
func mdList(head string, items []string) *mdBlock {
	if len(items) == 0 {
		return nil
	}
	rows := make([]string, len(items))
	for i, item := range items {
		rows[i] = "- " + mdCode(item) + "\n"
	}
	return &mdBlock{open: "**" + head + "**\n\n", close: "\n", rows: rows,
		more: func(shown, total int) string {
			return "- *" + count(shown) + " of " + count(total) + " shown*\n"
		}}
}

func mdHolds(holds []migrate.HoldCount) *mdBlock {
	var rows []string
	for _, h := range holds {
		if h.Rows > 0 {
			rows = append(rows, mdCells(mdCode(h.Label), count(h.Rows), count(h.Products)))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return mdTable([]string{"holds", "rows:", "products:"}, rows)
}

func mdReferences(refs []migrate.ReferenceSummary) *mdBlock {
	var rows []string
	for _, r := range refs {
		row := []string{mdCode(r.Table + "." + r.Column), mdCode(string(r.Do)), count(r.Count), "", ""}
		if r.Reason != "" {
			row[3] = mdCode(r.Reason)
		}
		if example := labels(r); example != "" {
			row[4] = mdCode(example)
		}
		rows = append(rows, mdCells(row...))
	}
	if len(rows) == 0 {
		return nil
	}
	return mdTable([]string{"references", "then", "rows:", "reason", "among them"}, rows)
}

// mdTree counts the rows that change because the tree does.
func mdTree(s *migrate.Summary) *mdBlock {
	var rows []string
	for _, c := range s.Provenance.Counts.Derived {
		rows = append(rows, mdCells(mdCode(c.Encoding), count(c.Rows)))
	}
	if len(rows) == 0 {
		return nil
	}
	return mdTable([]string{"derived from the tree", "rows:"}, rows)
}
