package cli

import (
	"context"
	"fmt"
	"io"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
)

// runPrune drops the before-images of one run.
func runPrune(ctx context.Context, w *World, opts historyOptions) error {
	if !isRun(opts.Prune) || opts.Prune == "last" {
		return &usageError{msg: fmt.Sprintf("--prune %q is no run's number", opts.Prune), hint: "recat history"}
	}
	if opts.Category != "" {
		return &usageError{msg: "--prune and --category do not go together", hint: "recat history --help"}
	}
	target, err := opts.target()
	if err != nil {
		return err
	}
	rec, err := findRun(ctx, w, target, opts.Prune, newest)
	if err == nil {
		err = rec.run.Prunable()
	}
	if err != nil {
		return err
	}
	ask, err := w.mustAsk(opts.Yes)
	if err != nil {
		return err
	}
	if ask && !rec.run.Pruned {
		question := fmt.Sprintf("drop the before-images of run %d in %s? it can never be undone then [y/N]", rec.run.ID, target)
		if err := w.confirm(ctx, question, "y", "yes"); err != nil {
			return err
		}
	}
	cat, err := catalog.OpenRuns(ctx, target, w.writing(opts.LockTimeout))
	if err != nil {
		return err
	}
	defer cat.Close()
	dropped, err := cat.Prune(ctx, rec.run.ID, migrate.PruneOptions{Operator: w.User(), Version: version(), Now: w.Now(),
		LockTimeout: opts.LockTimeout, Observe: w.Observe})
	if err != nil {
		return tryAgain(err)
	}
	outcome := view.Pruned{Run: rec.run, Dropped: dropped, At: w.Now()}
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.PrunedText(out, outcome, o) },
		func(out io.Writer) error { return view.PrunedJSON(out, outcome) })
	if err == nil {
		w.next(opts.Format, "recat history"+opts.on(w))
	}
	return err
}
