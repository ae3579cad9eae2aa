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
	Most     int // bytes of Markdown
	Out      string
}

const compareLong = `Show what changed from one plan, say the approved one, to another: products
that arrive, leave, change their fate or are edited, categories, references,
dates and terms, and the lines of the policy. Neither needs a catalog.

CSV has a row for each difference.`

func newCompare(w *World) *cobra.Command {
	var opts compareOptions
	cmd := &cobra.Command{
		Use:     "compare FROM TO",
		Short:   "Show what changed from one plan to another",
		Long:    compareLong + exitStatus(ExitChanges, ExitRefused, ExitData, ExitNoInput),
		Example: "  recat compare crypto.plan new.plan\n  recat compare crypto.plan new.plan --format markdown --out comment.md",
		Args:    arguments(2, 2, "a plan", "another to compare it with"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.From, opts.To = args[0], args[1]
			return runCompare(w, opts)
		},
	}
	formats(cmd.Flags(), &opts.Format, "text", asJSON, asMarkdown, asHTML, asCSV)
	bounded(cmd.Flags(), &opts.Most)
	cmd.Flags().StringVar(&opts.Out, "out", "", "write to `FILE`, readable by you alone")
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
	next := approve(opts.To, to.Header())
	err = w.render(opts.Format, opts.Out,
		func(out io.Writer, o view.Options) error { return view.ComparedText(out, from, to, o) },
		renderings{
			asJSON: func(out io.Writer) error { return view.ComparedJSON(out, from, to) },
			asHTML: func(out io.Writer) error { return view.ComparedHTML(out, from, to) },
			asCSV:  func(out io.Writer) error { return view.ComparedCSV(out, from, to) },
			asMarkdown: func(out io.Writer) error {
				o := view.MarkdownOptions{Most: opts.Most}
				if differ(from, to) {
					o.Next = []string{next}
				}
				return view.ComparedMarkdown(out, from, to, o)
			},
		})
	if err == nil && differ(from, to) {
		w.next(opts.Format, next)
		return quietError(ExitChanges)
	}
	return err
}

// differ reports whether two plans run differently: the digest covers all
// that decides it.
func differ(from, to migrate.Plan) bool { return from.Trailer().Digest != to.Trailer().Digest }
