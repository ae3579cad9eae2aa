package view

import (
	"hash/maphash"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"recat/migrate"
	"recat/taxonomy"
)

// Redirects are the pages of a hand-off that move or go: a removed category's
// leads to its successor's, or is gone; a delisted product's does what its
// category's does. What keeps its page is not in it: products that are
// reassigned or stay elsewhere, and whatever shares a page with those.
type Redirects struct {
	Handoff
	book
	seed    maphash.Seed
	kept    *migrate.HashSet // pages that stay, or that others lead to
	LeftOut []LeftOut        // the first few of each kind of reason
	skipped int
}

// LeftOut is a page that no redirect can be written for.
type LeftOut struct {
	What, ID, Why string
}

// redirect is one page that moves or is gone.
type redirect struct {
	What   string `json:"what"` // category or product
	ID     string `json:"id"`
	From   string `json:"from"`
	To     string `json:"to,omitempty"` // "" where it is gone
	Status int    `json:"status"`       // 301, or 410
	Do     string `json:"do"`           // add, or withdraw where a run was undone
}

// leftOutShown bounds what is named of what was left out.
const leftOutShown = 5

// NewRedirects reads a hand-off once, to know which pages stay.
func NewRedirects(h Handoff) (*Redirects, error) {
	r := &Redirects{Handoff: h, seed: maphash.MakeSeed(), kept: &migrate.HashSet{}}
	var err error
	if r.book, err = h.Handoff().book(); err != nil {
		return nil, err
	}
	for _, line := range r.lines {
		if to := r.successor(line); to != nil && to.URL != nil {
			r.keep(*to.URL)
		}
	}
	for p, err := range h.products() {
		switch {
		case err != nil:
			return nil, err
		case p.URL != nil && r.keeps(p):
			r.keep(*p.URL)
		}
	}
	return r, nil
}

// keeps reports whether a product's page stays.
func (h Handoff) keeps(p *migrate.ProductChange) bool {
	return p.Fate != migrate.Delist || h.Restored[p.ID]
}

// Handoff is itself.
func (h Handoff) Handoff() Handoff { return h }

func (r *Redirects) hash(page string) uint64 { return maphash.String(r.seed, page) }

// anyCase is the hash of a page for those who do not tell case apart.
func (r *Redirects) anyCase(page string) uint64 { return r.hash("any case " + strings.ToLower(page)) }

func (r *Redirects) keep(page string) {
	r.kept.Add(r.hash(page))
	r.kept.Add(r.anyCase(page))
}

// successor is the category that a removed one's page leads to, however many
// lead on; nil where it is gone.
func (r *Redirects) successor(line *migrate.CategoryChange) *migrate.CategoryChange {
	seen := map[taxonomy.ID]bool{}
	for line != nil && line.Do == migrate.RemoveCategory && line.Successor != "" && !seen[line.ID] {
		seen[line.ID] = true
		line = r.lines[line.Successor]
	}
	if line == nil || line.Do == migrate.RemoveCategory {
		return nil
	}
	return line
}

// all streams the redirects, of each page the first.
func (r *Redirects) all() iter.Seq2[*redirect, error] {
	return func(yield func(*redirect, error) bool) {
		written := &migrate.HashSet{}
		for to, err := range r.every() {
			if (err != nil || written.Add(r.hash(to.From))) && !yield(to, err) {
				return
			}
		}
	}
}

// every streams the redirects, as many of a page as there are.
func (r *Redirects) every() iter.Seq2[*redirect, error] {
	return func(yield func(*redirect, error) bool) {
		r.LeftOut, r.skipped = nil, 0
		for c, err := range r.Changes {
			if err != nil {
				yield(nil, err)
				return
			}
			to := r.of(c)
			if to == nil {
				continue
			}
			if !yield(to, nil) {
				return
			}
		}
	}
}

// of is the redirect of one change; nil where there is none.
func (r *Redirects) of(c migrate.Change) *redirect {
	switch {
	case c.Category != nil && c.Category.Do == migrate.RemoveCategory && c.Category.URL != nil:
		return r.page("category", string(c.Category.ID), *c.Category.URL, c.Category, untouched(c.Category.Kept))
	case c.Product != nil && !r.keeps(c.Product) && !c.Product.Hidden && c.Product.URL != nil:
		return r.page("product", c.Product.ID, *c.Product.URL, r.governing(c.Product), untouched(c.Product.Kept))
	}
	return nil
}

// untouched reports whether an undo took nothing of a thing back: its page is as
// the run left it. One that is back in part, a column edited since aside, has its
// page again.
func untouched(k *migrate.Kept) bool { return k != nil && k.Whole }

// page sends a page where the removed category, line, leads; nil is nowhere.
// What an undo kept, edited since, is left to those who edited it.
func (r *Redirects) page(what, id, from string, line *migrate.CategoryChange, edited bool) *redirect {
	out := &redirect{What: what, ID: id, From: from, Status: 410, Do: "add"}
	if r.phase() == phaseUndone {
		out.Do = "withdraw"
	}
	why := unfit(from)
	if line != nil && line.Successor != "" && why == "" {
		out.To, why = r.leadsTo(line)
		out.Status = 301
	}
	switch {
	case why != "":
	case edited:
		why = "it was edited since, and kept"
	case r.kept.Has(r.hash(from)):
		why = "something that stays has the same page"
	default:
		return out
	}
	if r.skipped++; len(r.LeftOut) < leftOutShown {
		r.LeftOut = append(r.LeftOut, LeftOut{what, id, why})
	}
	return nil
}

// leadsTo is the page of a removed category's successor, or why there is none.
func (r *Redirects) leadsTo(line *migrate.CategoryChange) (page, why string) {
	to := r.successor(line)
	if to == nil || to.URL == nil {
		return "", "its successor " + r.path(line.Successor) + " has no page"
	}
	if why := unfit(*to.URL); why != "" {
		return "", "its successor's page: " + why
	}
	return *to.URL, ""
}

// unfit says why a text is no page that a redirect may be written for, or lead
// to: neither a path nor an http address, or one that would mean another host.
func unfit(page string) string {
	u, err := url.Parse(page)
	switch {
	case page == "":
		return "it is empty"
	case !utf8.ValidString(page) || strings.ContainsFunc(page, func(r rune) bool { return unicode.IsControl(r) || !visible(r) }):
		return "it has characters that no address has"
	case err != nil:
		return "it is no address"
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https", u.Opaque != "":
		return "it is neither a path nor an http address"
	case u.Scheme == "" && (u.Host != "" || strings.HasPrefix(page, "//")), strings.HasPrefix(page, `/\`), strings.Contains(page, `\`):
		return "a browser would take it for another host"
	case u.Scheme != "" && u.Host == "":
		return "it names no host"
	case strings.Contains(page, "#"):
		return "it is a part of a page"
	}
	return ""
}

// Skipped counts the pages that no redirect was written for, once one of the
// formats was.
func (r *Redirects) Skipped() int { return r.skipped }

// CSV writes a page a row: from, to, status.
func (r *Redirects) CSV(w io.Writer) error {
	out, err := newTable(w, append([]string{"from", "to", "status", "do", "what", "id"}, whenColumns...)...)
	if err != nil {
		return err
	}
	when := r.when()
	for to, err := range r.all() {
		if err != nil {
			return err
		}
		row := []string{to.From, to.To, strconv.Itoa(to.Status), to.Do, to.What, to.ID}
		if err := out.row(append(row, when...)...); err != nil {
			return err
		}
	}
	return out.flush()
}

// JSON writes the same as one object, {format_version, …, redirects: […]}. It
// streams.
func (r *Redirects) JSON(w io.Writer) error {
	o := newObject(w)
	o.subject(r.Handoff)
	list(o, "redirects", r.all())
	return o.close()
}
