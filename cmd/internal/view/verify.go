package view

import (
	"io"

	"recat/migrate"
)

// Verified is what verify found: Found is nil where nothing differs.
type Verified struct {
	Run     migrate.Run
	Appeals []migrate.Run // that restored products of the run, which are theirs now
	Found   *migrate.UnverifiedError
}

// differencesShown bounds the differences in a text.
const differencesShown = 20

// VerifiedText says whether a catalog is as a run left it.
func VerifiedText(w io.Writer, v Verified, o Options) error {
	p := newPage(w, o)
	p.line(2, styled(styleBold, "run "+count(v.Run.ID)), text(v.Run.Policy), verdict(v.Run, v.Found))
	for _, a := range v.Appeals {
		p.line(2, text(some(a.Appeal.Products, "product", "products")+" restored by run "+count(a.ID)), text(a.Reason))
	}
	if by := v.Run.UndoneBy; by != 0 {
		p.line(2, text("since undone by run "+count(by)))
	}
	if v.Found != nil {
		p.differences(v.Found)
	}
	return p.flush()
}

func verdict(r migrate.Run, found *migrate.UnverifiedError) span {
	if found == nil && r.Pruned && state(r) != "applied" {
		return styled(styleYellow, "nothing is left to compare with: the before-images were pruned")
	}
	if found == nil && r.Pruned {
		return styled(styleGreen, "verified as far as that goes: it was pruned, and nothing names what it removed")
	}
	if found == nil {
		return styled(styleGreen, "verified: the catalog is as the run left it")
	}
	return styled(styleRed, "not verified: "+some(found.Total, "difference", "differences")+" from what the run left behind")
}

func (p *page) differences(found *migrate.UnverifiedError) {
	rows := found.Differences[:min(len(found.Differences), differencesShown)]
	subjects := 0
	for _, d := range rows {
		subjects = max(subjects, min(width(Safe(d.Subject)), 40))
	}
	for _, d := range rows {
		p.line(6, span{pad: 3}, span{text: d.Subject, pad: subjects, glue: 1}, text(d.Detail))
	}
	p.shown(4, len(rows), found.Total)
}

// shown says that there are more rows than were written.
func (p *page) shown(indent, rows, total int) {
	if rows < total {
		p.line(indent, span{pad: indent - 1}, span{text: "… " + count(rows) + " of " + count(total) + " shown", style: styleDim, glue: 1})
	}
}

// VerifiedJSON writes the same as one object.
func VerifiedJSON(w io.Writer, v Verified) error {
	o := newObject(w)
	o.member("run", v.Run.ID)
	o.member("policy", v.Run.Policy)
	o.member("digest", v.Run.Digest)
	optional(o, "undone_by", v.Run.UndoneBy)
	optional(o, "pruned", v.Run.Pruned)
	if len(v.Appeals) > 0 {
		slice(o, "appeals", records(v.Appeals))
	}
	o.found(v.Found)
	return o.close()
}

// found writes the state of verification and what differs.
func (o *object) found(found *migrate.UnverifiedError) {
	o.member("verified", found == nil)
	if found == nil {
		found = &migrate.UnverifiedError{}
	}
	o.member("differing", found.Total)
	slice(o, "differences", found.Differences)
}
