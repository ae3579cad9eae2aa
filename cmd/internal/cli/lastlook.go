package cli

import (
	"context"
	"encoding/json"
	"errors"

	"recat/migrate"
)

// lastLook has the approvals read once more right before the commit: one that
// was taken back since stops it. What comes with the context turns the
// cancellation into the reason for it.
func (a *application) lastLook(ctx context.Context, opts *migrate.ApplyOptions) (context.Context, func(error) error) {
	if len(a.opts.Approvals) == 0 {
		return ctx, func(err error) error { return err }
	}
	looking, cancel := context.WithCancelCause(ctx)
	observe := opts.Observe
	opts.Observe = func(point string) {
		if observe != nil {
			observe(point)
		}
		if point != "commit" {
			return
		}
		if _, err := approved(ctx, a.plan.Header(), a.digest(), a.opts.Approvals); err != nil {
			cancel(takenBack(err))
		}
	}
	return looking, func(err error) error {
		defer cancel(nil)
		if cause := context.Cause(looking); err != nil && ctx.Err() == nil && cause != nil {
			return cause
		}
		return err
	}
}

// takenBack says of an approval that was there before that it is not any more.
func takenBack(err error) error {
	if errors.Is(err, migrate.ErrNoInput) {
		return migrate.Refuse("an approval was taken back: %v", err)
	}
	return err
}

// tellAuthor says where somebody approves a plan of their own.
func (a *application) tellAuthor() {
	var given []approval
	if json.Unmarshal(a.approvals, &given) != nil {
		return
	}
	who := a.plan.Provenance().Who
	for _, g := range given {
		if author(g.By, who) {
			a.world.note("note: %s approves what %s planned", g.By, who)
		}
	}
}
