package view

import (
	"io"

	"recat/migrate"
)

// RunMarkdown writes a run's receipt as PlanMarkdown does its plan: who, when
// and why, whether it still holds, what it tolerated, and what it changed.
func RunMarkdown(w io.Writer, r RunReceipt, o MarkdownOptions) error {
	s, err := r.summary()
	if err != nil {
		return err
	}
	doc := &markdown{foot: mdDigest(r.Run.Digest),
		head: "### Run " + count(r.Run.ID) + " of " + mdCodeIn(r.Run.Policy, titleNameCells) + ", " + runState(r.Run).text + ": " + runDid(r.Run) + "\n\n"}
	doc.add(mdIntro(s.Header, mdApplied(r, s.Header.Dates)), mdVerified(r), mdTolerated(r.Run.Drift), mdKept(r.Run.Kept))
	if r.Run.Kind == migrate.RunUndo && !r.Single() {
		doc.add(mdParagraph("What run " + count(r.Run.Of) + " had done:\n"))
	}
	if r.Single() {
		if restored := mdRestored(s, r.again()); restored != nil {
			doc.sections = append(doc.sections, restored)
		}
	} else {
		doc.body(s)
	}
	doc.add(mdNext(o.Next))
	return doc.write(w, o.Most)
}

// mdApplied says who did it, when, and what was said about it.
func mdApplied(r RunReceipt, d migrate.Dates) string {
	run := r.Run
	did := "Applied **"
	switch {
	case run.Partial():
		did = "Restored **"
	case run.Kind == migrate.RunUndo:
		did = "Undone **"
	}
	out := did + zoned(run.At, d) + "** by " + mdCode(run.Operator) + " with recat " + mdCode(run.Version) + ", " + some(run.Rows, "row", "rows") + " changed"
	note := func(what, text string) {
		if text != "" {
			out += " · " + what + " " + mdCode(text)
		}
	}
	note("approved by", approvedBy(run.Approvals))
	note("applied early:", run.Early)
	note("because:", run.Reason)
	if run.Partial() {
		note("where its own category is gone, into", run.Appeal.IntoPath)
	}
	for _, undo := range r.Undos {
		did := "undid it"
		if undo.Partial() {
			did = appealLine(undo)
		}
		out += " · run " + count(undo.ID) + " " + did + " **" + zoned(undo.At, d) + "** by " + mdCode(undo.Operator)
		note("because:", undo.Reason)
	}
	if run.Pruned {
		out += " · pruned: what it did to each product is no longer known"
	}
	return out
}

// mdVerified says whether a run still holds; nil where nobody looked.
func mdVerified(r RunReceipt) *mdBlock {
	if r.Verified == nil {
		return nil
	}
	line := "**" + upperFirst(verdict(r.Run, r.Verified.Found).text) + "**\n"
	if r.Verified.Found == nil {
		return mdParagraph(line)
	}
	rows := make([]string, len(r.Verified.Found.Differences))
	for i, d := range r.Verified.Found.Differences {
		rows[i] = mdRow("!", d.Subject, d.Detail)
	}
	return mdCounted(line+"\n", rows, r.Verified.Found.Total)
}

// mdTolerated lists the drift that a run put up with.
func mdTolerated(drift []migrate.Drift) *mdBlock {
	if len(drift) == 0 {
		return nil
	}
	var rows []string
	for _, d := range intolerableFirst(drift) {
		rows = append(rows, mdRow(driftSign(d.Kind), d.Subject, driftTitle(d), d.Detail, settled(d)))
	}
	return mdCounted("**Tolerated since the plan:** "+driftTally(drift)+"\n\n", rows, len(rows))
}

// runDid is what a run did, in few words.
func runDid(r migrate.Run) string {
	switch {
	case r.Partial():
		return appealLine(r)
	case r.Kind == migrate.RunUndo:
		return undid(r)
	}
	return headline(r.Totals).String()
}

// mdKept lists what an undo kept as it was edited since.
func mdKept(all []migrate.Conflict) *mdBlock {
	if len(all) == 0 {
		return nil
	}
	rows := make([]string, len(all))
	for i, c := range all {
		rows[i] = mdRow("!", conflictRow(c), c.Column, c.Detail)
	}
	return mdCounted("**Kept as edited since:** "+some(len(all), "difference", "differences")+"\n\n", rows, len(rows))
}

// mdCounted is a line and the rows of a fence below it.
func mdCounted(line string, rows []string, total int) *mdBlock {
	fence := mdDiff(rows)
	fence.open, fence.total, fence.more = line+fence.open, total, diffCut("")
	return fence
}

// driftSign is the sign of a kind of drift, which colours a line of a diff.
func driftSign(k migrate.DriftKind) string {
	if i := driftRank(k); i < len(driftOrder) && driftOrder[i].sign != "~" {
		return driftOrder[i].sign
	}
	return "!"
}
