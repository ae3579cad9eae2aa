package cli

import (
	"context"
	"fmt"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// between is how long a waiting apply lets pass between two preflights.
const between = time.Hour

// wait runs the preflight at once and then hourly, until the plan may be
// applied. A preflight that refuses ends the waiting with its own code.
func (a *application) wait(ctx context.Context) error {
	for {
		found, err := a.preflight(ctx)
		if err != nil {
			return err
		}
		err = a.checkDate(ctx)
		if err == nil || !a.isEarly(err) {
			return err
		}
		dates, now := a.plan.Header().Dates, a.world.Now()
		rest := min(dates.Effective.Sub(now), between)
		passed := view.Preflight{Dates: dates, Now: now, Next: now.Add(rest), Drift: found.Drift}
		a.world.note("%s", passed.Message())
		a.events.tell(passed)
		if err := a.events.flush(); err != nil {
			return err
		}
		if err := a.world.Sleep(ctx, rest); err != nil {
			return err
		}
	}
}

// preflight is all of an apply that can be known beforehand: approvals, write
// access, the clock against the database's, and drift. It writes nothing.
func (a *application) preflight(ctx context.Context) (migrate.Applied, error) {
	if err := a.readApprovals(ctx); err != nil {
		return migrate.Applied{}, takenBack(err)
	}
	if err := writable(a.target); err != nil {
		return migrate.Applied{}, err
	}
	if err := a.compareClocks(ctx); err != nil {
		return migrate.Applied{}, err
	}
	return a.preview(ctx)
}

// clockSlack is how far this machine's clock and the database's may be apart.
const clockSlack = 30 * time.Second

// compareClocks refuses where this machine's clock and the database's differ:
// the plan would be applied at another moment than the database records.
func (a *application) compareClocks(ctx context.Context) error {
	if a.target.Engine == "sqlite" {
		return nil // it has no clock but this machine's
	}
	cat, err := a.open(ctx, a.world.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	theirs, err := cat.Now(ctx)
	if err != nil {
		return fmt.Errorf("ask the database for the time: %w", err)
	}
	if apart := a.world.Now().Sub(theirs); apart.Abs() > clockSlack {
		return migrate.Refuse("this machine's clock is %s off the database's", apart.Round(time.Second))
	}
	return nil
}
