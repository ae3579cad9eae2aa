package view

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"maps"
	"strconv"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// Handoff is what is handed to other teams and programs: what a plan will do,
// or what a run did or took back.
type Handoff struct {
	Header migrate.Header
	Digest string
	Paths  map[taxonomy.ID]string // beside those that category lines tell
	Run    *migrate.Run           // nil of a plan
	Undone *migrate.Run           // the run that Run took back, in part or whole; nil otherwise
	// Lines are the category lines of the run that an appeal was against: an
	// appeal has none of its own. Nil for everything else.
	Lines map[taxonomy.ID]*migrate.CategoryChange
	// Held is the run that Run took a part back of, or took an appeal against
	// back, with what appeals gave back by then: what still holds. Nil of
	// everything else; of an undo, nothing holds then.
	Held *Handoff
	// Restored are the products that appeals against Run gave back: what the
	// run did to them no longer holds. Only of Held.
	Restored map[string]bool
	Changes  iter.Seq2[migrate.Change, error]
	Appeal   string // how a seller may appeal; "" where nobody says
}

// The words for when something happens.
const (
	phasePlanned = "planned"
	phaseDone    = "done"
	phaseUndone  = "undone"
	phaseKept    = "kept"           // of a product: all that the run did to it stays, for it was edited since
	phasePartly  = "undone in part" // the same of some of it
	phaseInPart  = "done in part"   // that of an appeal that was taken back
)

// standing is what holds after what is handed off, whole; not ok where nothing
// does.
func (h Handoff) standing() (held Handoff, ok bool) {
	if h.Held != nil {
		return *h.Held, true
	}
	return h, h.phase() != phaseUndone
}

// Told is the run whose record says what holds; nil of a plan.
func (h Handoff) Told() *migrate.Run {
	if h.Held != nil {
		return h.Held.Run
	}
	return h.Run
}

// again reports whether Run took an appeal back, so that what Undone gave back
// is done again.
func (h Handoff) again() bool { return h.Run != nil && tookAppealBack(*h.Run, h.Undone) }

// tookAppealBack reports whether a run is the undo of an appeal, of.
func tookAppealBack(r migrate.Run, of *migrate.Run) bool {
	return r.Kind == migrate.RunUndo && !r.Partial() && of != nil && of.Partial()
}

// phase says whether it is planned, done, or taken back.
func (h Handoff) phase() string {
	switch {
	case h.Run == nil:
		return phasePlanned
	case h.Run.Kind == migrate.RunUndo && !h.again():
		return phaseUndone
	}
	return phaseDone
}

// at is when it happens, or happened; zero of a plan without a date.
func (h Handoff) at() time.Time {
	if h.Run != nil {
		return h.Run.At
	}
	return h.Header.Dates.Effective
}

// day is an instant in the policy's zone, to be read; "" where there is none.
func (h Handoff) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return zoned(t, h.Header.Dates)
}

// run is the run's number, "" of a plan.
func (h Handoff) run() string {
	if h.Run == nil {
		return ""
	}
	return strconv.FormatInt(h.Run.ID, 10)
}

// when are the cells that every row of a run ends with: its number, what it
// did, and when.
func (h Handoff) when() []string {
	if h.Run == nil {
		return []string{"", phasePlanned, h.day(h.at())}
	}
	return []string{h.run(), h.phase(), h.day(h.at())}
}

// whenOf is when, of one product.
func (h Handoff) whenOf(p *migrate.ProductChange) []string {
	out := h.when()
	switch {
	case p.Kept == nil:
	case p.Kept.Whole:
		out[1] = phaseKept
	case h.again():
		out[1] = phaseInPart
	default:
		out[1] = phasePartly
	}
	return out
}

// whenColumns name them.
var whenColumns = []string{"run", "phase", "at"}

// subject writes what a hand-off is of.
func (o *object) subject(h Handoff) {
	o.member("policy", h.Header.Policy)
	optional(o, "reason", h.Header.Reason)
	o.member("digest", h.Digest)
	o.member("phase", h.phase())
	o.member("dates", h.Header.Dates)
	if h.Run != nil {
		o.member("run", newRunJSON(*h.Run))
	}
}

// eventID names what happens to one thing, the same whenever it is asked: by
// the plan's digest, the run where there is one, and the thing.
func (h Handoff) eventID(kind, subject string) string { return eventID(h.Digest, h.Run, kind, subject) }

func eventID(digest string, run *migrate.Run, kind, subject string) string {
	number := int64(0)
	if run != nil {
		number = run.ID
	}
	sum := sha256.New()
	for _, part := range []string{digest, strconv.FormatInt(number, 10), kind, subject} {
		sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// products are the products of a hand-off.
func (h Handoff) products() iter.Seq2[*migrate.ProductChange, error] {
	return func(yield func(*migrate.ProductChange, error) bool) {
		for c, err := range h.Changes {
			if (err != nil || c.Product != nil) && !yield(c.Product, err) {
				return
			}
		}
	}
}

// book are the category lines of a hand-off by id, and all paths that it knows.
type book struct {
	paths map[taxonomy.ID]string
	lines map[taxonomy.ID]*migrate.CategoryChange
}

// book reads the category lines, which come first.
func (h Handoff) book() (book, error) {
	b := book{h.Paths, map[taxonomy.ID]*migrate.CategoryChange{}}
	maps.Copy(b.lines, h.Lines)
	for c, err := range h.Changes {
		if err != nil {
			return b, err
		}
		if c.Category == nil {
			break
		}
		b.lines[c.Category.ID] = c.Category
	}
	return b, nil
}

// path is a category's path, its id where nobody tells it.
func (b book) path(id taxonomy.ID) string {
	if line := b.lines[id]; line != nil {
		return line.Path
	}
	return cmp.Or(b.paths[id], string(id))
}

// AllPaths are the paths of all categories that are known of an appeal, or of
// its undo.
func (h Handoff) AllPaths() map[taxonomy.ID]string {
	out := map[taxonomy.ID]string{}
	if h.Held != nil {
		maps.Copy(out, h.Held.Paths)
	}
	for id, line := range h.Lines {
		out[id] = line.Path
	}
	maps.Copy(out, h.Paths)
	return out
}

// governing is the line of the category that decided a product; nil for a
// sweep's.
func (b book) governing(p *migrate.ProductChange) *migrate.CategoryChange {
	if len(p.From) == 0 {
		return nil
	}
	return b.lines[p.From[0]]
}

// in is where a product was: the removed category that decided it, else the
// first that it is filed in.
func (b book) in(p *migrate.ProductChange) string {
	if len(p.From) > 0 && !p.Outside {
		return b.path(p.From[0])
	}
	return b.place(p.Before)
}

// place is the foremost category of a placement; "" for none.
func (b book) place(p migrate.Placement) string {
	id := cmp.Or(p.Category, p.Primary)
	if id == "" && len(p.Memberships) > 0 {
		id = p.Memberships[0].Category
	}
	if id == "" {
		return ""
	}
	return b.path(id)
}

// ends is where a product is afterwards; "" for nowhere.
func (b book) ends(p *migrate.ProductChange) string {
	if p.To != "" {
		return b.path(p.To)
	}
	return b.place(p.After)
}
