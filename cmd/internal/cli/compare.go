package cli

import (
	"io"

	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/planfile"
)

type compareOptions struct {
	From, To string
	Format   string
}

func newCompare(w *World) *cobra.Command {
	var opts compareOptions
	cmd := &cobra.Command{
		Use:     "compare FROM TO",
		Short:   "Show what changed from one plan to another",
		Long:    "Show what changed from one plan, say the approved one, to another." + exitStatus(ExitChanges, ExitData, ExitNoInput),
		Example: "  recat compare crypto.plan new.plan",
		Args:    arguments(2, 2, "a plan", "another to compare it with"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.From, opts.To = args[0], args[1]
			return runCompare(w, opts)
		},
	}
	formats(cmd.Flags(), &opts.Format, "text", asJSON)
	return cmd
}

func runCompare(w *World, opts compareOptions) error {
	from, err := planfile.Open(opts.From)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := planfile.Open(opts.To)
	if err != nil {
		return err
	}
	defer to.Close()
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.ComparedText(out, from, to, o) },
		func(out io.Writer) error { return view.ComparedJSON(out, from, to) })
	if err == nil && differ(from, to) {
		w.next(opts.Format, "recat approve "+word(opts.To)+" --by NAME --out FILE")
		return quietError(ExitChanges)
	}
	return err
}

// differ reports whether two plans run differently: the digest covers all
// that decides it.
func differ(from, to migrate.Plan) bool { return from.Trailer().Digest != to.Trailer().Digest }
