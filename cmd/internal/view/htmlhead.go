package view

import (
	"encoding/json"
	"fmt"
	"time"

	"recat/migrate"
)

// jsonText is a value as JSON, for an attribute.
func jsonText(v map[string]string) string {
	b, err := json.Marshal(v)
	if err != nil { // a map of texts has a rendering
		return "{}"
	}
	return string(b)
}

// planHeader says what the plan is, and the verdict.
func (r *reviewer) planHeader(h *htmlPage) {
	h.in("p.kicker", func() {
		h.text("Plan to review ")
		r.prohibited(h)
	})
	h.el("h1", r.s.Header.Policy)
	h.el("p.reason", r.s.Header.Reason)
	h.in("p.verdict", func() {
		level, text := r.verdict()
		h.badge(level)
		h.text(" " + text)
	})
	r.asked(h)
}

// asked says what the reader is asked for, by when, and how to answer.
func (r *reviewer) asked(h *htmlPage) {
	t := r.s.Trailer.Totals
	if t.Empty() || !t.Balanced() {
		return
	}
	h.in("p.asked", func() {
		h.el("strong", "You are asked")
		h.text(" whether this is right. ")
		switch n := r.s.Header.Approvals; {
		case n == 1:
			h.text("One person has to approve it" + r.before() + ". ")
		case n > 1:
			h.text(count(n) + " different people have to approve it" + r.before() + ". ")
		}
		if r.s.Header.Approvals > 0 {
			h.text("How many have, this page cannot know. ")
		}
		h.text("To approve it, ")
		if r.o.ApproveCommand != "" {
			h.text("run ")
			h.el("code", r.o.ApproveCommand)
			h.text(", or ")
		}
		h.text("if you don't have recat, answer whoever sent you this page with the digest below. If anything is wrong, say which product or category: " +
			"what is changed for it has another digest, and is asked for anew.")
	})
}

// before says by when something has to be done for the plan to run on its date.
func (r *reviewer) before() string {
	if d := r.s.Header.Dates; !d.Effective.IsZero() {
		return " before " + zoned(d.Effective, d)
	}
	return ""
}

// prohibited tells where goods are banned.
func (r *reviewer) prohibited(h *htmlPage) {
	for _, c := range r.s.Categories {
		if c.Change.Prohibited {
			h.badge("prohibited goods")
			return
		}
	}
}

// verdict is the plan in a sentence, with a word on what it asks for.
func (r *reviewer) verdict() (level, text string) {
	t := r.s.Trailer.Totals
	switch {
	case !t.Balanced():
		return "stop", "The counts do not balance: do not approve this plan."
	case t.Empty():
		return "done", "Nothing is left to do: the catalog is as the policy wants it."
	}
	text = headline(t).String() + "."
	if t.Swept > 0 {
		text += " " + count(t.Swept) + " of the delisted are outside the removed categories: sweeps found them by their words. Read their titles first."
	}
	if d := r.s.Header.Dates; d.Effective.IsZero() {
		return "to review", "When it is applied: " + text
	}
	return "to review", "From " + zoned(r.s.Header.Dates.Effective, r.s.Header.Dates) + ": " + text
}

// glance is the counts, worst first, and what the plan is known by.
func (r *reviewer) glance(h *htmlPage) {
	t := r.s.Trailer.Totals
	h.in("dl.tiles", func() {
		h.tile("delist", t.Off(), "product delisted", "products delisted", r.offDetail()...)
		h.tile("reassign", t.Reassigned, "product reassigned", "products reassigned", r.toDetail()...)
		h.tile("detach", t.Detached, "product detached", "products detached", "stay on sale in another category")
		h.tile("remove", t.Removed, "category removed", "categories removed", emptiedDetail(t)...)
		h.tile("promote", t.Promoted, "category moves up", "categories move up")
		h.tile("close", t.Closed, "category closed", "categories closed", "to new products")
		h.tile("report", t.Reported, "product reported", "products reported", "nothing is done to them")
		h.tile("keep", t.Kept, "product kept", "products kept", "found by a sweep, cleared by a person")
		h.tile("note", t.References, "reference", "references", "rows of other tables that point at a removed category")
	})
	if t.Found > 0 {
		h.el("p.balance", fmt.Sprintf("In the removed categories: found %s = delisted %s + reassigned %s + detached %s",
			count(t.Found), count(t.Delisted), count(t.Reassigned), count(t.Detached)))
	}
	if t.Swept+t.Reported+t.Kept > 0 {
		text := fmt.Sprintf("By sweeps, elsewhere: delisted %s, only reported %s", count(t.Swept), count(t.Reported))
		if t.Kept > 0 {
			text += ", kept by people " + count(t.Kept)
		}
		h.el("p.balance", text)
	}
	h.in("dl.facts", func() {
		r.dates(h)
		if n := r.s.Header.Approvals; n > 0 && r.run == nil {
			h.fact("Approvals needed", func() { h.text(count(n) + ", by different people") })
		}
		if n := r.s.Sellers; n > 0 {
			h.fact("Sellers concerned", func() { h.text(count(n)) })
		}
		h.fact(r.digestName(), func() { h.el("code.digest", r.s.Trailer.Digest, attr{"data-copy", ""}) })
	})
}

// digestName says what the digest is to its reader.
func (r *reviewer) digestName() string {
	if r.run != nil {
		return "Digest of the plan that ran"
	}
	return "Digest: what an approval names"
}

// tile writes one count large, nothing where it is none.
func (h *htmlPage) tile(kind markup, n int, one, many string, detail ...string) {
	if n == 0 {
		return
	}
	h.in("div.tile.t-"+kind, func() {
		noun := many
		if n == 1 {
			noun = one
		}
		h.el("dt", noun)
		h.in("dd", func() {
			h.el("strong", count(n))
			for _, d := range detail {
				h.el("span", d)
			}
		})
	})
}

// offDetail divides the delisted: what they were before, and where.
func (r *reviewer) offDetail() []string {
	t := r.s.Trailer.Totals
	out := []string{count(t.LiveDelist) + " of them on sale before"}
	if t.WasOff > 0 {
		out = append(out, count(t.WasOff)+" off sale already")
	}
	if t.Swept > 0 {
		out = append(out, count(t.Swept)+" found in other categories")
	}
	if t.Followed > 0 {
		out = append(out, count(t.Followed)+" variants that go with their parents")
	}
	return out
}

func (r *reviewer) toDetail() []string {
	into := map[string]bool{}
	for _, c := range r.s.Categories {
		for _, g := range c.Groups {
			if g.Fate == migrate.Reassign {
				into[string(g.To)] = true
			}
		}
	}
	return []string{"to " + some(len(into), "other category", "other categories")}
}

func emptiedDetail(t migrate.Totals) []string {
	if t.Emptied == 0 {
		return nil
	}
	return []string{count(t.Emptied) + " because nothing is left in " + map[bool]string{true: "it", false: "them"}[t.Emptied == 1]}
}

// dates writes the policy's dates, each in its zone.
func (r *reviewer) dates(h *htmlPage) {
	d := r.s.Header.Dates
	for _, date := range []struct {
		name string
		at   time.Time
		note string
	}{{"Takes effect", d.Effective, ""}, {"May be applied until", d.Expires, ""},
		{"Enforced from", d.Enforced, "from then on listings still up are penalised; an audit lists them, nothing here does it"}, {"Announced", d.Announced, ""}} {
		if !date.at.IsZero() {
			h.fact(date.name, func() {
				h.when(date.at, d, r.run == nil)
				if date.note != "" {
					h.el("p.note", date.note)
				}
			})
		}
	}
	if d.Effective.IsZero() {
		h.fact("Takes effect", func() { h.text("when it is applied: the policy gives no date") })
	}
}

// when writes an instant in the policy's zone; with away, the page's script
// says how far it is from the moment of reading.
func (h *htmlPage) when(at time.Time, d migrate.Dates, away bool) {
	attrs := []attr{{"datetime", at.In(d.Location()).Format(time.RFC3339)}}
	if away {
		attrs = append(attrs, attr{"data-away", ""})
	}
	h.el("time", zoned(at, d), attrs...)
}

// provenance says where the page comes from.
func (r *reviewer) provenance(h *htmlPage) {
	p, header := r.s.Provenance, r.s.Header
	if r.run != nil {
		h.el("p", "Written from the record of run "+count(r.run.Run.ID)+" by recat "+r.run.Run.Version+".")
	} else {
		h.el("p", "Planned by "+p.Who+" on "+zoned(p.At, header.Dates)+" with recat "+p.Recat+" from a catalog of "+
			some(p.Counts.Categories, "category", "categories")+" ("+p.Engine+").")
	}
	h.el("p", "This page is one file: it loads nothing and sends nothing. Characters that cannot be seen are written as escapes, such as \\u202e.")
}
