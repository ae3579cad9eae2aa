package migrate

import (
	"fmt"
	"time"
)

// PruneOptions say who gives a run's before-images up, and when.
type PruneOptions struct {
	Operator    string
	Version     string // recat's
	Now         time.Time
	LockTimeout time.Duration
	Observe     func(point string)
}

// Prunable says why a run has no before-images to give up, nil where it may
// have.
func (r Run) Prunable() error {
	switch {
	case r.Partial():
		return Refuse("run %d is an appeal against run %d: its before-images say which products it cleared", r.ID, r.Of)
	case r.Kind == RunUndo:
		return Refuse("run %d is itself an undo, of run %d, and keeps no before-images", r.ID, r.Of)
	}
	return nil
}

// Undoable says why a run's before-images cannot be given back, nil where
// they can.
func (r Run) Undoable() error {
	switch {
	case r.Kind == RunUndo && !r.Partial():
		return fmt.Errorf("run %d is itself an undo: %w", r.ID, ErrNoRun)
	case r.UndoneBy != 0:
		return fmt.Errorf("run %d, by run %d: %w", r.ID, r.UndoneBy, ErrAlreadyUndone)
	case r.Pruned:
		return Refuse("run %d was pruned: the before-images that would undo it are gone", r.ID)
	}
	return nil
}
