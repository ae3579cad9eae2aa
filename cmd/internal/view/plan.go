package view

import (
	"io"
	"time"

	"recat/migrate"
)

// PlanText writes a plan as the diff that its apply would make: summary first
// and last, the worst first between. writtenTo is the file it was written to,
// "" where it was only shown.
func PlanText(w io.Writer, s *migrate.Summary, writtenTo string, o Options) error {
	p := newPage(w, o)
	p.planHead(s)
	t := s.Trailer.Totals
	if t.Empty() && t.Reported == 0 {
		p.line(0, styled(styleGreen, "nothing is left to do: the catalog is as the policy wants it"))
	}
	if !t.Empty() || t.Reported+t.Kept > 0 {
		p.blank()
		p.body(s)
		p.blank()
		p.balance(s)
	}
	digest := []span{{text: "digest", style: styleDim}, {text: s.Trailer.Digest, glue: 1}}
	if writtenTo != "" {
		digest = append(digest, span{text: "written to " + writtenTo, glue: 3})
	}
	p.line(0, digest...)
	return p.flush()
}

// planHead says what the plan is, when, why and how much.
func (p *page) planHead(s *migrate.Summary) {
	p.line(2, append([]span{styled(styleBold, s.Header.Policy)}, p.window(s.Header.Dates)...)...)
	p.line(2, text(s.Header.Reason))
	p.line(2, otherDates(s.Header.Dates)...)
	if !s.Trailer.Totals.Empty() {
		p.line(2, pieces(headline(s.Trailer.Totals), ",", gap, "")...)
	}
	for _, warning := range s.Provenance.Warnings {
		p.line(2, styled(styleYellow, "! warning:"), span{text: warning, glue: 1, runOn: true})
	}
}

// window says from when and until when the plan may be applied.
func (p *page) window(d migrate.Dates) []span {
	if d.Effective.IsZero() {
		return []span{styled(styleDim, "no date")}
	}
	spans := []span{{text: "effective " + zoned(d.Effective, d) + p.away(d.Effective, d), glue: 3}}
	if d.Expires.IsZero() {
		return spans
	}
	if !p.o.Now.IsZero() && d.Window(p.o.Now) == migrate.WindowExpired {
		return append(spans, styled(styleRed, "expired "+zoned(d.Expires, d)+p.away(d.Expires, d)))
	}
	return append(spans, text("expires "+zoned(d.Expires, d)))
}

// away is ", in 2 days 4 h", nothing where now is unknown.
func (p *page) away(t time.Time, d migrate.Dates) string {
	if p.o.Now.IsZero() {
		return ""
	}
	return ", " + away(p.o.Now, t, d.Location())
}

func otherDates(d migrate.Dates) []span {
	var spans []span
	if !d.Announced.IsZero() {
		spans = append(spans, styled(styleDim, "announced "+date(d.Announced, d)))
	}
	if !d.Enforced.IsZero() {
		spans = append(spans, styled(styleDim, "enforced from "+date(d.Enforced, d)))
	}
	return spans
}

// headline is a plan in one line, worst first.
func headline(t migrate.Totals) tally {
	var out tally
	if n := t.Off(); n > 0 {
		out = append(out, some(n, "product delisted", "products delisted"))
	}
	out.add(t.Reassigned, "reassigned")
	out.add(t.Detached, "detached")
	return out.categories(t)
}

func (t tally) categories(totals migrate.Totals) tally {
	t.some(totals.Removed, "category removed", "categories removed")
	t.add(totals.Promoted, "promoted")
	t.some(totals.Closed, "category closed", "categories closed")
	t.some(totals.Rebuilt, "category rebuilt", "categories rebuilt")
	return t
}
