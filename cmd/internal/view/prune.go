package view

import (
	"io"
	"time"

	"recat/migrate"
)

// Pruned is what pruning a run did. Run is its record from before.
type Pruned struct {
	Run     migrate.Run
	Dropped int // before-images; 0 where none were left
	At      time.Time
}

// PrunedText says what was given up, and what that means.
func PrunedText(w io.Writer, v Pruned, o Options) error {
	p := newPage(w, o)
	head := "pruned: " + some(v.Dropped, "before-image dropped", "before-images dropped")
	if v.Dropped == 0 {
		head = "was pruned already; nothing was done"
	}
	p.line(2, styled(styleBold, "run "+count(v.Run.ID)), text(v.Run.Policy), text(head))
	p.line(2, text(cannotUndo))
	return p.flush()
}

// cannotUndo is what a person must know of a pruned run.
const cannotUndo = "it can no longer be undone; its record, its reasons and its tombstones stay"

// PrunedJSON writes the same as one object.
func PrunedJSON(w io.Writer, v Pruned) error {
	o := newObject(w)
	o.member("run", v.Run.ID)
	o.member("policy", v.Run.Policy)
	o.member("digest", v.Run.Digest)
	o.member("at", v.At.UTC())
	o.member("pruned", true)
	o.member("dropped", v.Dropped)
	return o.close()
}
