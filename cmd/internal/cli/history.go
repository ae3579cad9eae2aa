package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

type historyOptions struct {
	source
	Category    string
	Prune       string // a run's number
	Yes         bool
	LockTimeout time.Duration
	Format      string
}

func (o *historyOptions) addFlags(flags *pflag.FlagSet) {
	o.addCatalog(flags)
	flags.StringVar(&o.Category, "category", "", "what became of the category with this `ID`")
	flags.StringVar(&o.Prune, "prune", "", "drop the before-images of `RUN` for ever: it can no longer be undone")
	flags.BoolVar(&o.Yes, "yes", false, "ask nothing")
	addLockTimeout(flags, &o.LockTimeout)
	formats(flags, &o.Format, "text", asJSON)
}

const historyLong = `List the runs that a catalog records, with who ran and approved them, or tell
what became of one category. --prune drops a run's before-images to free their
space. What is recorded of the run stays, and it can no longer be undone.`

func newHistory(w *World) *cobra.Command {
	var opts historyOptions
	cmd := &cobra.Command{
		Use:     "history --catalog CATALOG",
		Short:   "List the runs that a catalog records",
		Long:    historyLong + exitStatus(ExitRefused, ExitBusy, ExitNoInput, ExitInterrupted),
		Example: "  recat history --catalog shop.db\n  recat history --catalog shop.db --category 100012\n  recat history --catalog shop.db --prune 12",
		Args:    arguments(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runHistory(cmd.Context(), w, opts) },
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runHistory(ctx context.Context, w *World, opts historyOptions) error {
	if opts.Prune != "" {
		return runPrune(ctx, w, opts)
	}
	target, err := opts.target()
	if err != nil {
		return err
	}
	cat, err := catalog.OpenRuns(ctx, target, w.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	runs, err := cat.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the recorded runs: %w", err)
	}
	if opts.Category != "" {
		return showFate(ctx, w, cat, runs, opts)
	}
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.HistoryText(out, runs, o) },
		func(out io.Writer) error { return view.HistoryJSON(out, runs) })
	if err == nil && len(runs) > 0 {
		w.next(opts.Format, fmt.Sprintf("recat show %d%s", newest(runs), opts.on(w)))
	}
	return err
}

func showFate(ctx context.Context, w *World, cat migrate.Catalog, runs []migrate.Run, opts historyOptions) error {
	id := taxonomy.ID(opts.Category)
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return fmt.Errorf("read tombstones: %w", err)
	}
	tombs = slices.DeleteFunc(tombs, func(t migrate.Tombstone) bool { return t.ID != id })
	return w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.FateText(out, id, tombs, runs, o) },
		func(out io.Writer) error { return view.FateJSON(out, id, tombs, runs) })
}
