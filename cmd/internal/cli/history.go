package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

type historyOptions struct {
	source
	Category string
	Format   string
}

func (o *historyOptions) addFlags(flags *pflag.FlagSet) {
	o.addCatalog(flags)
	flags.StringVar(&o.Category, "category", "", "what became of the category with this `ID`")
	formats(flags, &o.Format, "text", asJSON)
}

func newHistory(w *World) *cobra.Command {
	var opts historyOptions
	cmd := &cobra.Command{
		Use:     "history --catalog CATALOG",
		Short:   "List the runs that a catalog records",
		Long:    "List the runs that a catalog records, with who ran and approved them, or tell\nwhat became of one category." + exitStatus(ExitNoInput, ExitInterrupted),
		Example: "  recat history --catalog shop.db\n  recat history --catalog shop.db --category 100012",
		Args:    arguments(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runHistory(cmd.Context(), w, opts) },
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runHistory(ctx context.Context, w *World, opts historyOptions) error {
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
