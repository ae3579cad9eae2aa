package view

import (
	"cmp"
	"io"
	"iter"
	"time"

	"recat/migrate"
)

// notice is a statement of reasons: what is decided on one listing, on which
// ground, by whom, and what its seller can do about it.
type notice struct {
	ID          string     `json:"id"`
	Compensates string     `json:"compensates,omitempty"` // the notice that is taken back
	Seller      *string    `json:"seller"`
	Product     string     `json:"product"`
	Title       *string    `json:"title"`
	URL         *string    `json:"url,omitempty"`
	Decision    string     `json:"decision"`
	Ground      string     `json:"ground"`
	Policy      string     `json:"policy"`
	Explanation string     `json:"explanation,omitempty"`
	Rule        string     `json:"rule,omitempty"`
	Code        string     `json:"code,omitempty"`
	Cleared     string     `json:"cleared,omitempty"`
	From        string     `json:"from,omitempty"`
	To          string     `json:"to,omitempty"`
	Missing     []string   `json:"missing,omitempty"`
	Decided     string     `json:"decided"`
	At          *time.Time `json:"at,omitempty"`
	Date        string     `json:"date,omitempty"`
	Enforced    string     `json:"enforced,omitempty"`
	Appeal      string     `json:"appeal,omitempty"`
}

// The grounds that a listing is decided on.
const (
	groundProhibited = "the goods are prohibited"
	groundRetired    = "the category is retired"
	groundSweep      = "the listing matches a rule of the policy"
	groundUndone     = "the earlier decision was taken back"
	groundAgain      = "the appeal against the earlier decision was taken back"
)

// notices streams a statement for each listing that something is done to. A
// product that is only reported or kept, one that an undo kept as it was edited since,
// and a row that the mapping hides get none.
func notices(h Handoff) iter.Seq2[*notice, error] {
	return func(yield func(*notice, error) bool) {
		b, err := h.book()
		if err != nil {
			yield(nil, err)
			return
		}
		common := h.notice()
		for p, err := range h.products() {
			if err != nil {
				yield(nil, err)
				return
			}
			if p.Concerns() && (p.Kept == nil || !p.Kept.Whole) && !yield(common.of(h, b, p), nil) {
				return
			}
		}
	}
}

// notice is what all statements of a hand-off share.
func (h Handoff) notice() notice {
	n := notice{Policy: h.Header.Policy, Explanation: h.Header.Reason, Date: h.day(h.at()), Enforced: h.day(h.Header.Dates.Enforced), Appeal: h.Appeal}
	if t := h.at(); !t.IsZero() {
		utc := t.UTC()
		n.At = &utc
	}
	return n
}

// of is the statement of one product.
func (n notice) of(h Handoff, b book, p *migrate.ProductChange) *notice {
	n.ID, n.Seller, n.Product, n.Title, n.URL = h.eventID("product", p.ID), p.Seller, p.ID, p.Title, p.URL
	n.Rule, n.Code, n.Cleared, n.Missing = p.Rule, p.Reason, p.Cleared, p.Missing
	n.From, n.To = b.in(p), b.ends(p)
	n.Ground, n.Decision, n.Decided = ground(b, p), decision(p), decided(p)
	if line := b.governing(p); line != nil {
		n.Explanation = cmp.Or(line.Reason, n.Explanation)
	}
	if h.Run != nil && h.Run.Kind == migrate.RunUndo {
		n.takesBack(h, b, p)
	}
	if p.Kept != nil { // where it is now, others said
		n.Compensates, n.From, n.To = "", "", ""
	}
	if n.To == n.From { // marked, its category keeps it
		n.To = ""
	}
	return &n
}

// takesBack makes it the statement of an undo.
func (n *notice) takesBack(h Handoff, b book, p *migrate.ProductChange) {
	n.Ground, n.Decision, n.From, n.To = groundUndone, h.restoration(p), n.To, n.From
	if h.again() {
		n.Ground, n.Decision = groundAgain, repetition(p)
	} else {
		n.Code = ""
	}
	if h.again() || h.Run.Partial() { // these tell of themselves where they took the listing
		n.From, n.To = b.place(p.Before), b.place(p.After)
	}
	if h.Undone != nil {
		n.Compensates = eventID(h.Undone.Digest, h.Undone, "product", p.ID)
	}
	n.Explanation, n.Decided, n.Missing = cmp.Or(h.Run.Reason, n.Explanation), "by "+h.Run.Operator, nil
}

// ground says why there is a decision at all.
func ground(b book, p *migrate.ProductChange) string {
	line := b.governing(p)
	switch {
	case line == nil:
		return groundSweep
	case line.Prohibited && p.Cleared == "":
		return groundProhibited
	}
	return groundRetired
}

// decision says what becomes of a listing.
func decision(p *migrate.ProductChange) string {
	switch {
	case p.Fate == migrate.Reassign:
		return "moved to another category"
	case p.Fate == migrate.Detach:
		return "taken out of the category; it stays in its others"
	case !p.Live:
		return "kept off sale and taken out of the category"
	}
	return "taken off sale"
}

// restoration says what becomes of a listing when its decision is taken back.
func (h Handoff) restoration(p *migrate.ProductChange) string {
	switch a := h.Run.Appeal; {
	case p.Kept != nil:
		return "restored in part: what was edited since stays as it is"
	case a != nil && a.Into != "" && p.After.Home() == a.Into && p.Before.Home() == a.Into:
		return "restored in the category it is in"
	case a != nil && a.Into != "" && p.After.Home() == a.Into:
		return "restored, into another category"
	case p.Fate == migrate.Delist:
		return "restored as it was before it was delisted"
	}
	return "restored to the category it was in"
}

// repetition says what becomes of a listing when the appeal that restored it is
// taken back.
func repetition(p *migrate.ProductChange) string {
	switch {
	case p.Kept != nil:
		return doneTypes[string(p.Fate)] + " again in part: what was edited since stays as it is"
	case p.Fate == migrate.Reassign:
		return "moved to the other category again"
	case p.Fate == migrate.Detach:
		return "taken out of the category again; it stays in its others"
	case !p.Live:
		return "kept off sale, and delisted again"
	}
	return "delisted again: taken off sale"
}

// decided says who decided: people, by name, or the policy's rules.
func decided(p *migrate.ProductChange) string {
	if p.By != "" {
		return "by " + p.By
	}
	return "automatically, by a rule"
}

// NoticesCSV writes a statement of reasons a row, as products stream by.
func NoticesCSV(w io.Writer, h Handoff) error {
	out, err := newTable(w, append([]string{"notice", "seller", "product", "title", "url", "decision", "ground", "policy", "explanation",
		"rule", "code", "cleared", "from", "to", "decided", "enforced", "appeal", "compensates"}, whenColumns...)...)
	if err != nil {
		return err
	}
	when := h.when()
	for n, err := range notices(h) {
		if err != nil {
			return err
		}
		row := []string{n.ID, datum(n.Seller), n.Product, datum(n.Title), datum(n.URL), n.Decision, n.Ground, n.Policy, n.Explanation,
			n.Rule, n.Code, n.Cleared, n.From, n.To, n.Decided, n.Enforced, n.Appeal, n.Compensates}
		if err := out.row(append(row, when...)...); err != nil {
			return err
		}
	}
	return out.flush()
}

// NoticesJSON writes the same as one object, {format_version, …, notices: […]}.
// It streams.
func NoticesJSON(w io.Writer, h Handoff) error {
	o := newObject(w)
	o.subject(h)
	list(o, "notices", notices(h))
	return o.close()
}

// NoticesText writes each statement as a few lines to be put into a letter.
func NoticesText(w io.Writer, h Handoff) error {
	lines := &letter{w: w}
	for n, err := range notices(h) {
		if err != nil {
			return err
		}
		lines.notice(n)
		if lines.err != nil {
			return lines.err
		}
	}
	return nil
}
