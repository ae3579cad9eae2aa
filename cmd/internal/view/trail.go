package view

import (
	"cmp"
	"encoding/json"
	"io"
	"strings"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// Trail is what became of one product.
type Trail struct {
	Product  string
	Passages []migrate.Passage
	Untold   []int64 // runs of which it is no longer known
}

// TrailText tells it run by run.
func TrailText(w io.Writer, t Trail, o Options) error {
	p := newPage(w, o)
	head := []span{styled(styleBold, "product "+t.Product)}
	for i := len(t.Passages) - 1; i >= 0; i-- {
		if c := t.Passages[i].Change; c != nil {
			if c.Title != nil {
				head = append(head, text(*c.Title))
			}
			if c.Seller != nil {
				head = append(head, text("seller "+*c.Seller))
			}
			break
		}
	}
	p.line(2, head...)
	if len(t.Passages) == 0 {
		p.line(2, text("no run touched it"))
	}
	dates := map[int64]migrate.Dates{}
	for _, one := range t.Passages {
		if dates[one.Run.ID] = runDates(one.Run); len(one.Run.Header) == 0 {
			dates[one.Run.ID] = dates[one.Run.Of]
		}
		p.passage(one, dates[one.Run.ID])
	}
	for _, run := range t.Untold {
		p.line(2, styled(styleYellow, "run "+count(run)+" was pruned:"), span{text: "what it did to single products is no longer known", glue: 1})
	}
	if len(t.Passages) > 0 {
		p.line(2, styled(styleDim, "told as the runs recorded it; the catalog may have changed since"))
	}
	return p.flush()
}

func (p *page) passage(one migrate.Passage, d migrate.Dates) {
	r := one.Run
	p.blank()
	p.line(2, styled(styleBold, "run "+count(r.ID)), text(zoned(r.At, d)), text(r.Policy), text("by "+r.Operator), runState(r))
	if c := one.Change; c != nil {
		did := styled(styleRed, string(c.Fate))
		switch {
		case c.Kept != nil && c.Kept.Whole:
			did = styled(styleYellow, "not taken back:")
		case c.Kept != nil:
			did = styled(styleYellow, "taken back in part:")
		case r.Partial():
			did = styled(styleGreen, "restored")
		case r.Kind == migrate.RunUndo:
			did = styled(styleYellow, "undone:")
		}
		p.line(4, span{pad: 1}, did, text(whyOf(one)), text(fromOf(one)))
		if c.Kept == nil {
			p.line(4, span{pad: 1}, text(stoodAs(one)))
		} else {
			p.line(4, span{pad: 1}, text("kept as edited since: "+keptWords(c.Kept)))
		}
	}
	if r.Reason != "" {
		p.line(4, span{pad: 1}, text("because: "+r.Reason))
	}
	if r.Early != "" {
		p.line(4, span{pad: 1}, text("applied early: "+r.Early))
	}
	for _, drift := range one.Drift {
		p.line(4, span{pad: 1}, text("since the plan: "+string(drift.Kind)+", "+drift.Detail), styled(styleDim, settled(drift)))
	}
	if by := approvedBy(r.Approvals); by != "" {
		p.line(4, span{pad: 1}, text("approved by "+by))
	}
}

// whyOf is the rule and the reason, and who answered or cleared it.
func whyOf(one migrate.Passage) string {
	c := one.Change
	var out []string
	add := func(before, s string) {
		if s != "" {
			out = append(out, before+s)
		}
	}
	add("by rule ", c.Rule)
	if c.Reason != c.Rule {
		add("", c.Reason)
	}
	if c.Cleared != c.Reason {
		add("cleared: ", c.Cleared)
	}
	add("decided by ", c.By)
	add("follows product ", c.Follows)
	return strings.Join(out, ", ")
}

func fromOf(one migrate.Passage) string {
	var from []string
	for _, id := range one.Change.From {
		from = append(from, placeIn(one, id))
	}
	out := ""
	if len(from) > 0 {
		out = "from " + strings.Join(from, " and ")
	}
	if to := one.Change.To; to != "" && !one.Run.Partial() {
		out += " to " + placeIn(one, to)
	}
	return out
}

// stoodAs is how the product stood before the run, and where it went. An undo
// records no such thing: it is told from how the runs before had left it.
func stoodAs(one migrate.Passage) string {
	c := one.Change
	on := "not on sale"
	if c.Live {
		on = "on sale"
	}
	if c.State != nil {
		on += ", state " + quoted(c.State)
	}
	if c.Hidden {
		on += ", hidden"
	}
	out := "before the run: " + on
	if one.Run.Kind == migrate.RunUndo && !one.Run.Partial() {
		out = "as the runs before had left it: " + on
	}
	was, now := cmp.Or(c.Before.Category, c.Before.Primary), cmp.Or(c.After.Category, c.After.Primary)
	if was != now {
		out += "; category " + placeIn(one, was) + " → " + placeIn(one, now)
	}
	return out
}

// keptWords tells what an undo kept, row by row.
func keptWords(k *migrate.Kept) string {
	out := make([]string, len(k.Rows))
	for i, c := range k.Rows {
		if out[i] = conflictRow(c) + ", " + c.Detail; c.Values != nil {
			out[i] = c.Column + " " + quoted(c.Values.Now)
		}
	}
	return strings.Join(out, "; ")
}

// trailEvent is one run in the JSON of a trail.
type trailEvent struct {
	Event     string                 `json:"event"` // the fate; restored, undone, kept, or met
	Run       int64                  `json:"run"`
	Of        int64                  `json:"of,omitempty"`
	UndoneBy  int64                  `json:"undone_by,omitempty"`
	At        time.Time              `json:"at"`
	Policy    string                 `json:"policy"`
	Digest    string                 `json:"digest"`
	Operator  string                 `json:"operator"`
	Early     string                 `json:"early,omitempty"`
	Because   string                 `json:"because,omitempty"`
	Appeal    *migrate.Appeal        `json:"appeal,omitempty"`
	Change    *migrate.ProductChange `json:"change,omitempty"`
	Paths     map[taxonomy.ID]string `json:"paths,omitempty"`
	Drift     []migrate.Drift        `json:"drift,omitempty"`
	Approvals json.RawMessage        `json:"approvals,omitempty"`
}

// TrailJSON writes the same as one object.
func TrailJSON(w io.Writer, t Trail) error {
	o := newObject(w)
	o.member("product", t.Product)
	events := make([]trailEvent, len(t.Passages))
	for i, one := range t.Passages {
		r := one.Run
		events[i] = trailEvent{Event: eventOf(one), Run: r.ID, Of: r.Of, UndoneBy: r.UndoneBy, At: r.At.UTC(), Policy: r.Policy, Digest: r.Digest,
			Operator: r.Operator, Early: r.Early, Because: r.Reason, Appeal: r.Appeal, Change: one.Change, Paths: one.Paths, Drift: one.Drift, Approvals: r.Approvals}
	}
	slice(o, "events", events)
	slice(o, "untold", t.Untold)
	return o.close()
}

func eventOf(one migrate.Passage) string {
	switch {
	case one.Change == nil:
		return "met"
	case one.Change.Kept != nil && one.Change.Kept.Whole:
		return "kept"
	case one.Run.Partial():
		return "restored"
	case one.Run.Kind == migrate.RunUndo:
		return "undone"
	}
	return string(one.Change.Fate)
}

// placeIn names a category as it was at the time of a run.
func placeIn(one migrate.Passage, id taxonomy.ID) string {
	switch path := one.Paths[id]; {
	case id == "":
		return "none"
	case path == "":
		return "id " + string(id)
	default:
		return named(path, id)
	}
}
