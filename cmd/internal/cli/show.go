package cli

import (
	"context"
	"fmt"
	"io"
	"maps"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

type showOptions struct {
	source
	What   string // a plan's file, or a run
	Format string
	Most   int // bytes of Markdown
	Out    string
}

func (o *showOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	formats(flags, &o.Format, "text", asJSON, asMarkdown, asHTML, asCSV)
	bounded(flags, &o.Most)
	flags.StringVar(&o.Out, "out", "", "write to `FILE`, readable by you alone")
}

const showLong = `Show a plan, or the receipt of a run.

HTML is one page that a reviewer opens from an e-mail. It loads nothing, and
holds up to 20,000 products to search and filter. Of more it holds some of
every group; with --out FILE.html all are beside it, in FILE.products.csv.
Markdown is for a comment on a pull or merge request. CSV has a row for each
product, in the columns of a policy's decisions: give answers in a copy of it.
Of an undo or an appeal it says as well what became of each, and when.
What a sweep found by mistake is answered with keep, a reason and a name.

A plan needs no catalog. A run is a number, or the word last, and needs
--catalog. A plan's file that is named like a run is ./12.`

func newShow(w *World) *cobra.Command {
	var opts showOptions
	cmd := &cobra.Command{
		Use:   "show PLAN|RUN",
		Short: "Show a plan, or the receipt of a run",
		Long:  showLong + exitStatus(ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat show crypto.plan\n  recat show crypto.plan --format markdown --out comment.md\n" +
			"  recat show crypto.plan --format html --out review.html\n" +
			"  recat show last --catalog shop.db",
		Args: arguments(1, 1, "a PLAN or a RUN"),
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
	if err := opts.plan(w, plan); err != nil {
		return err
	}
	if opts.Catalog == "" {
		opts.Catalog = "CATALOG"
	}
	w.next(opts.Format, opts.rehearsing(w, opts.What), "recat apply "+word(opts.What)+opts.on(w)+approving(plan.Header(), nil)+" --dry-run")
	return nil
}

// plan shows a plan.
func (o showOptions) plan(w *World, plan migrate.Plan) error {
	if o.Format == asCSV {
		return w.writeTo(o.Out, 0o600, func(out io.Writer) error { return view.ProductsCSV(out, plan.Changes(), plan.Trailer().Paths) })
	}
	s, err := summaryOf(plan, o.samples())
	if err != nil {
		return err
	}
	return w.render(o.Format, o.Out,
		func(out io.Writer, looks view.Options) error { return view.PlanText(out, s, "", looks) },
		renderings{
			asJSON: func(out io.Writer) error { return view.PlanJSON(out, s, plan.Changes()) },
			asHTML: func(out io.Writer) error { return o.planPage(w, out, s, plan) },
			asMarkdown: func(out io.Writer) error {
				return view.PlanMarkdown(out, s, o.comment(approve(o.What, plan.Header()),
					"recat rehearse "+word(o.What)+" --catalog CATALOG"))
			},
		})
}

// samples is how many products the format has room for in all; 0 is a few of
// each group.
func (o showOptions) samples() int {
	if o.Format == asMarkdown {
		return view.MarkdownSamples(o.Most)
	}
	return 0
}

func (o showOptions) comment(next ...string) view.MarkdownOptions {
	return view.MarkdownOptions{Most: o.Most, Next: next}
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
	if err = opts.run(ctx, w, rec, cat); err == nil {
		w.next(opts.Format, fmt.Sprintf("recat verify %d%s", rec.run.ID, opts.on(w)))
	}
	return err
}

// run shows a run.
func (o showOptions) run(ctx context.Context, w *World, rec record, cat migrate.Catalog) error {
	changes := cat.Changes(ctx, rec.run.ID)
	switch {
	case o.Format == asCSV && rec.run.Pruned:
		return unknownProducts(rec.run)
	case o.Format == asCSV && rec.run.Kind == migrate.RunUndo:
		h, err := rec.handoff(ctx, cat)
		if err != nil {
			return err
		}
		return w.writeTo(o.Out, 0o600, func(out io.Writer) error { return view.HandedProductsCSV(out, h) })
	case o.Format == asCSV:
		return w.writeTo(o.Out, 0o600, func(out io.Writer) error { return view.ProductsCSV(out, changes, rec.run.Paths) })
	}
	receipt, err := rec.receipt(ctx, cat, o.samples())
	if err != nil {
		return err
	}
	return w.render(o.Format, o.Out,
		func(out io.Writer, looks view.Options) error { return view.RunText(out, receipt, looks) },
		renderings{
			asJSON: func(out io.Writer) error { return view.RunJSON(out, receipt, changes) },
			asHTML: func(out io.Writer) error { return o.runPage(w, out, receipt, changes) },
			asMarkdown: func(out io.Writer) error {
				return view.RunMarkdown(out, receipt, o.comment(fmt.Sprintf("recat verify %d --catalog CATALOG", rec.run.ID)))
			},
		})
}

// receipt sums up what the run changed, with a few samples or so many in all.
func (r record) receipt(ctx context.Context, cat migrate.Catalog, samples int) (view.RunReceipt, error) {
	receipt := view.RunReceipt{Run: r.run, Undos: r.undos(), Undone: r.find(r.run.Of)}
	changes, paths := cat.Changes(ctx, r.run.ID), map[taxonomy.ID]string{}
	if receipt.Single() {
		changes = view.NotKept(changes)
		h, err := r.handoff(ctx, cat)
		if err != nil {
			return receipt, err
		}
		paths = h.AllPaths()
	}
	s, err := summarize(r.header, changes, samples)
	if err != nil {
		return receipt, fmt.Errorf("read what run %d changed: %w", r.run.ID, err)
	}
	s.Header, s.Trailer = r.header, migrate.Trailer{Totals: r.run.Totals, Digest: r.run.Digest}
	maps.Copy(s.Paths, paths)
	receipt.Summary = s
	return receipt, nil
}
