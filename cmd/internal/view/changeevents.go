package view

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"recat/migrate"
)

// changeEvent is one event of what changes, after CloudEvents. Its id is the
// same whenever the plan or the run is exported again. Of an undo, Compensates
// is the id of the event that is taken back whole; the undo of an appeal, which
// does again what that gave back, takes the appeal's back. What an undo kept,
// because it was edited since, has none; what it took back in part has one that
// compensates nothing.
type changeEvent struct {
	ID          string     `json:"id"`
	Type        string     `json:"type"`
	Source      string     `json:"source"`
	Subject     string     `json:"subject,omitempty"`
	Time        *time.Time `json:"time,omitempty"`
	Phase       string     `json:"phase"`
	Compensates string     `json:"compensates,omitempty"`
	Data        any        `json:"data"`
}

// The data of the first event and of the last.
type (
	streamBegins struct {
		FormatVersion string        `json:"format_version"`
		Policy        string        `json:"policy"`
		Digest        string        `json:"digest"`
		Dates         migrate.Dates `json:"dates"`
		Run           *runJSON      `json:"run,omitempty"`
	}
	streamEnds struct {
		Events int `json:"events"` // between the first and this
	}
)

// doneTypes say what has become of a thing, by what its line says.
var doneTypes = map[string]string{
	string(migrate.RemoveCategory): "removed", string(migrate.PromoteCategory): "promoted", string(migrate.CloseCategory): "closed",
	string(migrate.RebuildCategory): "rebuilt", string(migrate.Delist): "delisted", string(migrate.Reassign): "reassigned",
	string(migrate.Detach): "detached", string(migrate.OnRemoveDelete): "deleted", string(migrate.OnRemoveNull): "cleared",
	string(migrate.OnRemoveRepoint): "repointed", string(migrate.OnRemoveSet): "set",
}

// happens names what a change does and to what: nothing where it changes
// nothing.
func happens(c migrate.Change) (kind, subject, done string) {
	switch {
	case c.Category != nil:
		return "category", string(c.Category.ID), doneTypes[string(c.Category.Do)]
	case c.Product != nil:
		return "product", c.Product.ID, doneTypes[string(c.Product.Fate)]
	}
	r := c.Reference
	row := make([]string, len(r.Row))
	for i, cell := range r.Row {
		row[i] = fmt.Sprintf("%q", cell)
	}
	return "reference", r.Table + "." + r.Column + " " + strings.Join(row, ","), doneTypes[string(r.Do)]
}

// keptOfChange is what an undo kept of a thing; nil where it took all of it
// back.
func keptOfChange(c migrate.Change) *migrate.Kept {
	switch {
	case c.Category != nil:
		return c.Category.Kept
	case c.Product != nil:
		return c.Product.Kept
	}
	return c.Reference.Kept
}

// NotKept leaves out what an undo kept something of, edited since.
func NotKept(changes iter.Seq2[migrate.Change, error]) iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		for c, err := range changes {
			if err == nil && keptOfChange(c) != nil {
				continue
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// changeEvents streams an event for each category, product and reference that
// changes, after one that says what they are of, and before one that counts
// them.
func changeEvents(h Handoff) iter.Seq2[changeEvent, error] {
	return func(yield func(changeEvent, error) bool) {
		if !yield(h.begins(), nil) {
			return
		}
		n := 0
		for c, err := range h.Changes {
			if err != nil {
				yield(changeEvent{}, err)
				return
			}
			e, ok := h.event(c)
			if !ok {
				continue
			}
			if n++; !yield(e, nil) {
				return
			}
		}
		yield(h.blank("recat.end", "end", "", streamEnds{n}), nil)
	}
}

func (h Handoff) begins() changeEvent {
	d := streamBegins{FormatVersion: FormatVersion, Policy: h.Header.Policy, Digest: h.Digest, Dates: h.Header.Dates}
	if h.Run != nil {
		run := newRunJSON(*h.Run)
		d.Run = &run
	}
	return h.blank("recat.version", "version", "", d)
}

// blank is an event with what all events of a hand-off share.
func (h Handoff) blank(name, kind, subject string, data any) changeEvent {
	e := changeEvent{ID: h.eventID(kind, subject), Type: name, Source: "recat/" + h.Header.Policy, Subject: subject, Phase: h.phase(), Data: data}
	if t := h.at(); !t.IsZero() {
		utc := t.UTC()
		e.Time = &utc
	}
	return e
}

// event is what a change amounts to; not ok where it changes nothing.
func (h Handoff) event(c migrate.Change) (e changeEvent, ok bool) {
	kind, subject, done := happens(c)
	if done == "" {
		return e, false
	}
	k := keptOfChange(c)
	switch {
	case k != nil && k.Whole:
		return e, false
	case k != nil && h.again():
		done = "partly_" + done
	case k != nil:
		done = "partly_restored"
	case h.phase() == phaseUndone:
		done = "restored"
	}
	e = h.blank("recat."+kind+"."+done, kind, subject, line(&c))
	if h.Undone != nil && k == nil {
		e.Compensates = eventID(h.Undone.Digest, h.Undone, kind, subject)
	}
	return e, true
}

// EventsNDJSON writes an event a line. It streams.
func EventsNDJSON(w io.Writer, h Handoff) error {
	for e, err := range changeEvents(h) {
		if err != nil {
			return err
		}
		text, err := encode(e)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// EventsJSON writes the same as one object, {format_version, …, events: […]}.
func EventsJSON(w io.Writer, h Handoff) error {
	o := newObject(w)
	o.subject(h)
	list(o, "events", changeEvents(h))
	return o.close()
}
