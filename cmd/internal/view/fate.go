package view

import (
	"io"
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// event is one thing that a run did to a category.
type event struct {
	Event     string      `json:"event"` // removed, or restored by an undo
	Run       int64       `json:"run"`
	At        *time.Time  `json:"at,omitempty"` // nil where the run's record is not at hand
	Policy    string      `json:"policy,omitempty"`
	Operator  string      `json:"operator,omitempty"`
	Path      string      `json:"path"`
	Successor taxonomy.ID `json:"successor,omitempty"`
}

// events tells a category's story, oldest first.
func events(id taxonomy.ID, tombs []migrate.Tombstone, runs []migrate.Run) []event {
	byID := map[int64]migrate.Run{}
	for _, r := range runs {
		byID[r.ID] = r
	}
	var out []event
	for _, t := range tombs {
		if t.ID != id {
			continue
		}
		removed := newEvent("removed", t, byID[t.Run], t.Run)
		removed.Successor = t.Successor
		out = append(out, removed)
		if undo := byID[t.Run].UndoneBy; t.Undone {
			out = append(out, newEvent("restored", t, byID[undo], undo))
		}
	}
	return out
}

func newEvent(what string, t migrate.Tombstone, r migrate.Run, run int64) event {
	e := event{Event: what, Run: run, Path: t.Path, Policy: r.Policy, Operator: r.Operator}
	if r.ID != 0 {
		at := r.At.UTC()
		e.At = &at
	}
	return e
}

// FateText says what became of a category.
func FateText(w io.Writer, id taxonomy.ID, tombs []migrate.Tombstone, runs []migrate.Run, o Options) error {
	p := newPage(w, o)
	story := events(id, tombs, runs)
	if len(story) == 0 {
		p.line(0, text("category "+string(id)+": no run removed it"))
		return p.flush()
	}
	p.line(2, styled(styleBold, named(story[len(story)-1].Path, id)))
	dates := datesOf(runs)
	for _, e := range story {
		p.event(e, dates[e.Run])
	}
	return p.flush()
}

func (p *page) event(e event, d migrate.Dates) {
	what := styled(styleRed, "removed")
	if e.Event == "restored" {
		what = styled(styleGreen, "restored")
	}
	what.pad, what.glue = len("restored"), 1
	spans := []span{{pad: 1}, what, text("by run " + count(e.Run))}
	if e.At != nil {
		spans = append(spans, text(minute(*e.At, d)), text(e.Policy), text("by "+e.Operator))
	}
	if e.Event == "removed" && e.Successor == "" {
		spans = append(spans, text("page gone"))
	} else if e.Event == "removed" {
		spans = append(spans, text("page → id "+string(e.Successor)))
	}
	p.line(4, spans...)
}

// FateJSON writes the same as one object.
func FateJSON(w io.Writer, id taxonomy.ID, tombs []migrate.Tombstone, runs []migrate.Run) error {
	o := newObject(w)
	o.member("category", id)
	slice(o, "events", events(id, tombs, runs))
	return o.close()
}
