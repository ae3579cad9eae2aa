package cli

import (
	"fmt"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// follow has an apply's events told as it goes.
func (a *application) follow(opts *migrate.ApplyOptions) {
	opts.Staged = a.staged
	opts.Committed = func(r migrate.Receipt) { a.events.tell(view.Recorded(r)) }
	observe := opts.Observe
	opts.Observe = func(point string) {
		if passed, told := points[point]; told {
			a.events.tell(passed)
		}
		if observe != nil {
			observe(point)
		}
	}
}

// points are those that a write passes and that are told.
var points = map[string]view.Passed{"lock": view.Locking, "locked": view.Locked, "commit": view.Committing}

// staged tells what would be written. Nothing is where that cannot be told.
func (a *application) staged(done migrate.Applied) error {
	if done.Already != nil {
		return nil
	}
	if len(done.Drift) > 0 {
		a.events.tell(view.Drifted(done.Drift))
	}
	a.events.tell(view.Staged(done.Totals))
	return a.events.flush()
}

// proved tells how the verification of a run ended, and what is to be run
// afterwards.
func (a *application) proved(done migrate.Applied, found *migrate.UnverifiedError) {
	if done.Receipt.Run == 0 {
		return
	}
	a.events.tell(view.Proved{Run: done.Receipt.Run, Found: found})
	if after := done.Receipt.After; len(after) > 0 {
		a.events.tell(view.After(after))
	}
}

// finished tells the last event.
func (a *application) finished(outcome view.Outcome) error {
	code := ExitOK
	if outcome.Found != nil {
		code = ExitUnverified
	}
	err := a.events.end(view.Finished{Outcome: outcome, Code: code.String(), Exit: int(code)})
	if run := outcome.Applied.Receipt.Run; err != nil && run != 0 {
		return fmt.Errorf("run %d was committed: %w", run, err)
	}
	return err
}
