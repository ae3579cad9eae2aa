package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/planfile"
)

type verifyOptions struct {
	source
	What   string // a plan's file, or a run
	Format string
}

func (o *verifyOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	formats(flags, &o.Format, "text", asJSON)
}

const verifyLong = `Compare the catalog with what a run left behind, row by row. A plan stands for
the run that applied it.`

func newVerify(w *World) *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:     "verify PLAN|RUN --catalog CATALOG",
		Short:   "Check that the catalog is what a run left behind",
		Long:    verifyLong + exitStatus(ExitRefused, ExitUnverified, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat verify last --catalog shop.db",
		Args:    arguments(1, 1, "a PLAN or a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.What = args[0]
			return runVerify(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runVerify(ctx context.Context, w *World, opts verifyOptions) error {
	target, err := opts.target()
	if err != nil {
		return err
	}
	rec, err := opts.find(ctx, w, target)
	if err != nil {
		return err
	}
	cat, err := rec.open(ctx, target, opts.source, w.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	v := view.Verified{Run: rec.run, Appeals: migrate.AppealsOf(rec.runs, rec.run.ID)}
	meter := spin(w, "verify")
	err = migrate.Verify(ctx, cat, rec.run.ID)
	meter.Close()
	if err != nil && !errors.As(err, &v.Found) {
		return err
	}
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.VerifiedText(out, v, o) },
		func(out io.Writer) error { return view.VerifiedJSON(out, v) })
	switch {
	case err != nil:
		return err
	case v.Found != nil:
		return quietError(ExitUnverified)
	}
	w.next(opts.Format, fmt.Sprintf("recat show %d%s", rec.run.ID, opts.on(w)))
	return nil
}

// find finds the run, or the one that applied the plan.
func (o verifyOptions) find(ctx context.Context, w *World, t catalog.Target) (record, error) {
	if isRun(o.What) {
		return findRun(ctx, w, t, o.What, newest)
	}
	plan, err := planfile.Open(o.What)
	if err != nil {
		return record{}, err
	}
	defer plan.Close()
	digest := plan.Trailer().Digest
	return findRecord(ctx, w, t, func(runs []migrate.Run) (int64, error) {
		for i := len(runs) - 1; i >= 0; i-- {
			if r := runs[i]; r.Kind == migrate.RunApply && r.UndoneBy == 0 && r.Digest == digest {
				return r.ID, nil
			}
		}
		return 0, fmt.Errorf("look for a run of %s in %s: %w", o.What, t, migrate.ErrNoRun)
	})
}
