package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/planfile"
)

type showOptions struct {
	source
	What   string // a plan's file, or a run
	Format string
	Out    string
}

func (o *showOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	formats(flags, &o.Format, "text", asJSON)
	flags.StringVar(&o.Out, "out", "", "write to `FILE`, readable by you alone")
}

const showLong = `Show a plan, or the receipt of a run.

A plan needs no catalog. A run is a number, or the word last, and needs
--catalog. A plan's file that is named like a run is ./12.`

func newShow(w *World) *cobra.Command {
	var opts showOptions
	cmd := &cobra.Command{
		Use:     "show PLAN|RUN",
		Short:   "Show a plan, or the receipt of a run",
		Long:    showLong + exitStatus(ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat show crypto.plan\n  recat show last --catalog shop.db",
		Args:    arguments(1, 1, "a PLAN or a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.What = args[0]
			return runShow(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runShow(ctx context.Context, w *World, opts showOptions) error {
	if isRun(opts.What) {
		return showRun(ctx, w, opts)
	}
	plan, err := planfile.Open(opts.What)
	if err != nil {
		return err
	}
	defer plan.Close()
	if _, err := opts.carried(plan.Header().Mapping); opts.Mapping != "" && err != nil {
		return err
	}
	if err := showPlan(w, plan, opts.Format, opts.Out); err != nil {
		return err
	}
	if opts.Catalog == "" {
		opts.Catalog = "CATALOG"
	}
	w.next(opts.Format, opts.rehearsing(w, opts.What), "recat apply "+word(opts.What)+opts.on(w)+" --dry-run")
	return nil
}

func showRun(ctx context.Context, w *World, opts showOptions) error {
	target, err := opts.target()
	if err != nil {
		return err
	}
	rec, err := findRun(ctx, w, target, opts.What, newest)
	if err != nil {
		return err
	}
	cat, err := rec.open(ctx, target, opts.source, w.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	receipt, err := rec.receipt(ctx, cat)
	if err != nil {
		return err
	}
	err = w.render(opts.Format, opts.Out,
		func(out io.Writer, o view.Options) error { return view.RunText(out, receipt, o) },
		renderings{asJSON: func(out io.Writer) error { return view.RunJSON(out, receipt, cat.Changes(ctx, rec.run.ID)) }})
	if err == nil {
		w.next(opts.Format, fmt.Sprintf("recat verify %d%s", rec.run.ID, opts.on(w)))
	}
	return err
}

// receipt sums up what the run changed.
func (r record) receipt(ctx context.Context, cat migrate.Catalog) (view.RunReceipt, error) {
	s, err := summarize(r.header, cat.Changes(ctx, r.run.ID))
	if err != nil {
		return view.RunReceipt{}, fmt.Errorf("read what run %d changed: %w", r.run.ID, err)
	}
	s.Header, s.Trailer = r.header, migrate.Trailer{Totals: r.run.Totals, Digest: r.run.Digest}
	return view.RunReceipt{Run: r.run, Summary: s, Undos: r.undos()}, nil
}
