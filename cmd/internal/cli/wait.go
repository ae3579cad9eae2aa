package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"recat/migrate"
)

// between is how long a waiting apply lets pass between two preflights.
const between = time.Hour

// wait runs the preflight at once and then hourly, until the plan may be
// applied. A preflight that refuses ends the waiting with its own code.
func (a *application) wait(ctx context.Context) error {
	for {
		if err := a.preflight(ctx); err != nil {
			return err
		}
		err := a.checkDate()
		if err == nil || !a.isEarly(err) {
			return err
		}
		dates, now := a.plan.Header().Dates, a.world.Now()
		left := dates.Effective.Sub(now)
		a.world.note("preflight %s ok; opens %s, in %s", now.In(dates.Location()).Format("15:04"),
			dates.Effective.In(dates.Location()).Format("Mon 2 Jan 2006 15:04 -07:00"), roughly(left))
		if err := a.world.Sleep(ctx, min(left, between)); err != nil {
			return err
		}
	}
}

// preflight is all of an apply that can be known beforehand: approvals, write
// access, the clock against the database's, and drift. It writes nothing.
func (a *application) preflight(ctx context.Context) error {
	if err := a.readApprovals(); err != nil {
		if errors.Is(err, migrate.ErrNoInput) {
			return migrate.Refuse("an approval was taken back: %v", err)
		}
		return err
	}
	if err := writable(a.target); err != nil {
		return err
	}
	if err := a.compareClocks(ctx); err != nil {
		return err
	}
	_, err := a.preview(ctx)
	return err
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

// roughly writes a duration for a person: "2 d 4 h", "2 h 11 m", "40 s".
func roughly(d time.Duration) string {
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d m", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d m", minutes)
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
