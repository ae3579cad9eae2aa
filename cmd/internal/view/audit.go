package view

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"recat/migrate"
)

// violationWords say of each kind what a listing did.
var violationWords = map[migrate.ViolationKind]string{
	migrate.Revived:      "on sale again",
	migrate.Altered:      "off sale, changed since the run",
	migrate.FiledAgain:   "filed in a removed category",
	migrate.FiledBack:    "filed in a category that is back",
	migrate.FiledStill:   "still in a category to be removed",
	migrate.Relisted:     "the same goods elsewhere",
	migrate.OnlyReported: "reported by a sweep",
}

// AuditText writes what became of a policy: what was found, by seller, the
// worst first, each listing with the evidence against it.
func AuditText(w io.Writer, a *migrate.Audit, o Options) error {
	p := newPage(w, o)
	p.auditHead(a)
	shown := 0
	for _, s := range a.Sellers {
		if shown == sellersShown && s.Seller != nil {
			continue
		}
		shown++
		p.blank()
		p.seller(a, s)
	}
	if rest := len(a.Sellers) - shown; rest > 0 {
		p.blank()
		p.line(2, styled(styleDim, "… and "+some(rest, "more seller", "more sellers")+"; --format csv lists every listing"))
	}
	if len(a.Sellers) > 0 {
		p.blank()
		p.line(2, styled(styleBold, auditVerdict(a)), text(auditOutside(a)))
	}
	return p.flush()
}

// sellersShown bounds the sellers of the text.
const sellersShown = 20

// auditHead says what was audited, from when it counts, and what was found.
func (p *page) auditHead(a *migrate.Audit) {
	d := a.Policy.Dates
	spans := []span{styled(styleBold, a.Policy.Name)}
	if from := a.From(); !from.IsZero() {
		word := "enforced from "
		if !a.Now.Before(from) {
			word = "enforced since "
		}
		spans = append(spans, span{text: word + zoned(from, d) + ", " + away(a.Now, from, d.Location()), glue: 3})
	}
	p.line(2, spans...)
	p.line(2, text(a.Policy.Reason))
	if len(a.Runs) == 0 {
		p.line(2, styled(styleYellow, "not applied yet:"), span{text: "what follows would be found today", glue: 1})
	} else if !a.InForce() {
		p.line(2, styled(styleYellow, "not enforced yet:"), span{text: "what follows would be found today", glue: 1})
	}
	for _, r := range a.Runs {
		p.line(4, styled(styleDim, "run "+count(r.ID)), styled(styleDim, "applied "+zoned(r.At, d)+" by "+r.Operator))
	}
	for _, id := range a.Pruned {
		p.line(2, styled(styleYellow, "! run "+count(id)+" was pruned:"), span{text: prunedWords, glue: 1, runOn: true})
	}
	p.line(2, styled(styleBold, auditVerdict(a)), text(auditOutside(a)))
	p.line(2, pieces(kindTally(a.Totals.ByKind), ",", 0, "")...)
}

// auditVerdict is the result in one line.
func auditVerdict(a *migrate.Audit) string {
	t := a.Totals
	by := ""
	switch {
	case t.Violations == 0 && a.InForce():
		return "no violation"
	case t.Violations == 0:
		return "nothing would be a violation"
	case t.Sellers == 0:
		by = ", whose sellers are not known"
	case t.Unknown > 0:
		by = " by " + some(t.Sellers, "seller", "sellers") + ", " + count(t.Unknown) + " of them by sellers not known"
	default:
		by = " by " + some(t.Sellers, "seller", "sellers")
	}
	return violations(a, t.Violations) + by
}

// violations counts what counts, or would.
func violations(a *migrate.Audit, n int) string {
	if a.InForce() {
		return some(n, "violation", "violations")
	}
	return count(n) + " would be " + map[bool]string{true: "a violation", false: "violations"}[n == 1]
}

// auditOutside is what was found beside violations.
func auditOutside(a *migrate.Audit) string {
	var out tally
	out.add(a.Totals.Found-a.Totals.Violations, "more found, not counted")
	out.add(a.Totals.Cleared, "cleared by an appeal or a decision")
	return out.String()
}

// kindTally counts listings by kind, the worst first.
func kindTally(by map[migrate.ViolationKind]int) tally {
	var out tally
	for _, k := range migrate.ViolationKinds {
		out.add(by[k], violationWords[k])
	}
	return out
}

// seller writes one seller, its penalty and a few of its listings.
func (p *page) seller(a *migrate.Audit, s migrate.SellerRecord) {
	spans := []span{styled(styleBold, sellerName(s.Seller)), text(violations(a, s.Violations))}
	if s.Found > s.Violations {
		spans = append(spans, text(count(s.Found-s.Violations)+" more found, not counted"))
	}
	if penalty := penaltyText(a, s); penalty != "" {
		spans = append(spans, styled(styleRed, penalty))
	}
	p.line(4, spans...)
	ids := 0
	for _, v := range s.Samples {
		ids = max(ids, min(width(Safe(v.Product)), 24))
	}
	for i := range s.Samples {
		p.violation(a, &s.Samples[i], ids)
	}
	if n := len(s.Samples); n > 0 {
		p.shown(4, n, s.Found)
	} else {
		p.line(4, span{pad: 3}, styled(styleDim, kindTally(s.ByKind).String()))
	}
}

// sellerName is who a record is about.
func sellerName(seller *string) string {
	if seller == nil {
		return "seller not known"
	}
	return "seller " + nullable(seller)
}

// penaltyText is what a record comes to by the policy's ladder.
func penaltyText(a *migrate.Audit, s migrate.SellerRecord) string {
	if s.Penalty == nil {
		return ""
	}
	out := s.Penalty.Action
	if s.Penalty.Points > 0 {
		out += ", " + some(s.Penalty.Points, "point", "points")
	}
	if !a.InForce() {
		return "would be " + out
	}
	return out
}

// violation writes one listing: what it is, then the evidence.
func (p *page) violation(a *migrate.Audit, v *migrate.Violation, ids int) {
	sign, style := "x", styleRed
	if !v.Counts {
		sign, style = "?", styleDim
	}
	p.line(6, span{pad: 1}, span{text: sign, style: style, glue: 1}, span{text: v.Product, style: styleDim, pad: ids, glue: 1},
		p.title(v.Title, v.Marks, p.o.Width-4-ids-gap))
	p.line(8, append([]span{{pad: 5}}, pieces(evidence(a, v), " ·", 1, "")...)...)
}

// evidence is what is held against a listing, piece by piece.
func evidence(a *migrate.Audit, v *migrate.Violation) []string {
	var out []string
	for _, k := range v.Kinds {
		out = append(out, violationWords[k])
	}
	for _, r := range v.Values {
		out = append(out, rewritten(r))
	}
	out = append(out, place(v))
	return append(out, facts(a, v)[len(v.Values):]...)
}

// facts are what is known of a listing beside its kinds and its place.
func facts(a *migrate.Audit, v *migrate.Violation) []string {
	var out []string
	for _, r := range v.Values {
		out = append(out, rewritten(r))
	}
	if v.Rule != "" {
		out = append(out, "rule "+v.Rule)
	}
	if v.Run != 0 {
		out = append(out, "run "+count(v.Run)+" of "+date(v.Since, a.Policy.Dates))
	}
	if !v.Live {
		out = append(out, "off sale")
	}
	return out
}

// place is where a listing is.
func place(v *migrate.Violation) string {
	if v.Category == "" {
		return "in no category"
	}
	if v.Path == "" {
		return "in id " + string(v.Category)
	}
	return "in " + named(v.Path, v.Category)
}

// rewritten tells a value that a run wrote and that is another now.
func rewritten(r migrate.Rewritten) string {
	column := r.Column
	if r.Table != "" {
		column = strings.TrimSuffix(r.Table+" "+strings.Join(r.Row, ","), " ") + " " + r.Column
	}
	return fmt.Sprintf("%s %s → %s", column, quoted(r.After), quoted(r.Now))
}

// AuditCSV writes a row for each listing found.
func AuditCSV(ctx context.Context, w io.Writer, a *migrate.Audit) error {
	out, err := newTable(w, "seller", "seller_violations", "penalty", "points", "verdict", "kinds", "product", "title", "words",
		"live", "state", "category", "path", "rule", "reason", "run", "since", "changed")
	if err != nil {
		return err
	}
	listings, _ := a.BySeller(ctx)
	for v, err := range listings {
		if err != nil {
			return err
		}
		if err := out.row(auditRow(a, v)...); err != nil {
			return err
		}
	}
	return out.flush()
}

func auditRow(a *migrate.Audit, v *migrate.Violation) []string {
	s := a.Record(v.Seller)
	penalty, points := cmp.Or(s.Penalty, &migrate.Penalty{}), ""
	if penalty.Points > 0 {
		points = fmt.Sprint(penalty.Points)
	}
	run, since := "", ""
	if v.Run != 0 {
		run, since = fmt.Sprint(v.Run), stamp(v.Since, a.Policy.Dates)
	}
	var kinds, changed []string
	for _, k := range v.Kinds {
		kinds = append(kinds, string(k))
	}
	for _, r := range v.Values {
		changed = append(changed, rewritten(r))
	}
	return []string{datum(v.Seller), fmt.Sprint(s.Violations), penalty.Action, points, verdictWord(a, v), strings.Join(kinds, " | "), v.Product,
		datum(v.Title), strings.Join(markedWords(v.Title, v.Marks), " | "), bit(v.Live), datum(v.State), string(v.Category), v.Path,
		v.Rule, v.Reason, run, since, strings.Join(changed, " | ")}
}

// verdictWord says whether a listing counts.
func verdictWord(a *migrate.Audit, v *migrate.Violation) string {
	switch {
	case !v.Counts:
		return "not counted"
	case a.InForce():
		return "violation"
	}
	return "would be a violation"
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}
