package cli

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/planfile"
)

type exportOptions struct {
	source
	What   string // a plan's file, or a run
	Kind   string
	Format string
	Out    string
}

func (o *exportOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	choose(flags, &o.Kind, "kind", "what to export", "products", "crosswalk")
	formats(flags, &o.Format, "csv", asJSON)
	flags.StringVar(&o.Out, "out", "", "write to `FILE`, readable by you alone")
}

const exportLong = `Write what a plan does, or a run did, for other programs: the products with their
fates, or the crosswalk from removed categories to their successors.

A plan needs no catalog; a run is a number, or the word last.`

func newExport(w *World) *cobra.Command {
	var opts exportOptions
	cmd := &cobra.Command{
		Use:     "export PLAN|RUN --kind products|crosswalk",
		Short:   "Write products or the crosswalk for other programs",
		Long:    exportLong + exitStatus(ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat export crypto.plan --kind products --out products.csv",
		Args:    arguments(1, 1, "a PLAN or a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.What = args[0]
			return runExport(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

// exports is what can be exported, by kind and format.
var exports = map[[2]string]func(io.Writer, iter.Seq2[migrate.Change, error]) error{
	{"products", "csv"}:   view.ProductsCSV,
	{"products", asJSON}:  view.ProductsJSON,
	{"crosswalk", "csv"}:  view.CrosswalkCSV,
	{"crosswalk", asJSON}: view.CrosswalkJSON,
}

func runExport(ctx context.Context, w *World, opts exportOptions) error {
	changes, closer, err := opts.changes(ctx, w)
	if err != nil {
		return err
	}
	defer closer.Close()
	as := func(format string) func(io.Writer) error {
		render := exports[[2]string{opts.Kind, format}]
		return func(out io.Writer) error { return render(out, changes) }
	}
	if err := w.render(opts.Format, opts.Out, nil, renderings{asCSV: as(asCSV), asJSON: as(asJSON)}); err != nil {
		return err
	}
	if opts.Out != "" {
		w.note("wrote the %s of %s to %s", opts.Kind, opts.What, opts.Out)
	}
	return nil
}

// changes opens what a plan does, or a run did.
func (o exportOptions) changes(ctx context.Context, w *World) (iter.Seq2[migrate.Change, error], io.Closer, error) {
	if !isRun(o.What) {
		plan, err := planfile.Open(o.What)
		if err != nil {
			return nil, nil, err
		}
		return plan.Changes(), plan, nil
	}
	target, err := o.target()
	if err != nil {
		return nil, nil, err
	}
	rec, err := findRun(ctx, w, target, o.What, newest)
	if err != nil {
		return nil, nil, err
	}
	if rec.run.Pruned && o.Kind == "products" {
		return nil, nil, unknownProducts(rec)
	}
	cat, err := rec.open(ctx, target, o.source, w.reading())
	if err != nil {
		return nil, nil, fmt.Errorf("open the catalog: %w", err)
	}
	return cat.Changes(ctx, rec.run.ID), cat, nil
}

// unknownProducts refuses what needs each product of a run that was pruned.
func unknownProducts(rec record) error {
	return migrate.Refuse("run %d was pruned: which products it changed is no longer known", rec.run.ID)
}
