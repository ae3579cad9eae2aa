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
)

type statusOptions struct {
	source
	Files     []string // policies and plans
	Plans     []string
	Approvals []string
	Soon      int // days
	Quick     bool
	Format    string
	Out       string
}

func (o *statusOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringArrayVar(&o.Plans, "plan", nil, "a plan's `FILE`; may be given several times, and plans may stand among the policies too")
	flags.StringArrayVar(&o.Approvals, "approval", nil, "an approval's `FILE`; may be given several times")
	flags.IntVar(&o.Soon, "soon", 7, "a policy must be planned so many `DAYS` before its date")
	flags.BoolVar(&o.Quick, "quick", false, "count products, and compare none with the plans")
	formats(flags, &o.Format, "text", asJSON, asHTML)
	flags.StringVar(&o.Out, "out", "", "write to `FILE`")
}

const statusLong = `Show where policies stand, the most urgent first: how far each has come, the time
left in its own zone, the products still in its categories, what changed since
its plan, its approvals, the limits that are near, and the next command.

A plan is held against its policy by the policy's name; of several plans the
newest counts, or the one that was applied. A plan brings its policy and its mapping: the policy's file need
not be given as well. What cannot be read is told in its place, and the others
are shown.

The exit code is 2 where anything needs action:
    due         the date has come, and the policy is not applied
    expired     the last date has passed, and it was not applied
    unplanned   the date is near (--soon), and there is no plan
    unapproved  approvals are missing
    edited      the policy's file says something else than its plan
    drifted     the catalog changed beyond what the policy tolerates
    limit       a limit is exceeded
    refused     a plan, or the apply of this one, would be refused
    back        it is applied, and products on sale are in its categories again
An unreadable file exits with its own code.

Approvals count as apply counts them, signatures included; of an applied policy
those are shown that its run recorded.`

func newStatus(w *World) *cobra.Command {
	var opts statusOptions
	cmd := &cobra.Command{
		Use:   "status POLICY… --catalog CATALOG",
		Short: "Show the deadlines of policies, and what needs action",
		Long:  statusLong + exitStatus(ExitChanges, ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat status policies/*.yaml --catalog shop.db\n" +
			"  recat status crypto.yaml --plan crypto.plan --approval crypto.approval --catalog shop.db",
		Args: arguments(0, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Files = args
			return runStatus(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runStatus(ctx context.Context, w *World, opts statusOptions) error {
	if len(opts.Files)+len(opts.Plans) == 0 {
		return &usageError{msg: "recat status needs a POLICY or a plan", hint: "recat status --help"}
	}
	if opts.Soon < 0 {
		return &usageError{msg: "--soon cannot be below 0"}
	}
	target, err := opts.target()
	if err != nil {
		return err
	}
	b := &boarding{statusOptions: opts, world: w, target: target}
	if b.applied, err = appliedDigests(ctx, target, w.reading()); err != nil {
		return err
	}
	defer b.close()
	b.gather()
	board := view.Board{At: w.Now(), Rows: b.rows(ctx)}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = w.render(opts.Format, opts.Out,
		func(out io.Writer, o view.Options) error { return view.StatusText(out, board, o) },
		renderings{
			asJSON: func(out io.Writer) error { return view.StatusJSON(out, board) },
			asHTML: func(out io.Writer) error { return view.StatusHTML(out, board) },
		})
	if err != nil {
		return err
	}
	return b.verdict(board)
}

// appliedDigests are those of the plans that runs applied and that were not
// undone. Its error is what keeps a catalog from being opened at all.
func appliedDigests(ctx context.Context, t catalog.Target, o catalog.Options) (map[string]bool, error) {
	cat, err := catalog.OpenRuns(ctx, t, o)
	if err != nil {
		return nil, err
	}
	defer cat.Close()
	runs, err := cat.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	out := map[string]bool{}
	for _, r := range runs {
		if r.Kind == migrate.RunApply && r.UndoneBy == 0 {
			out[r.Digest] = true
		}
	}
	return out, nil
}

// verdict is the exit code of a board: the first error's, or whether anything
// needs action.
func (b *boarding) verdict(board view.Board) error {
	for _, r := range board.Rows {
		if r.Err != nil {
			return quietError(codeOf(r.Err))
		}
	}
	if board.Acting() > 0 {
		return quietError(ExitChanges)
	}
	return nil
}

// rows finds where every policy stands, the most urgent first.
func (b *boarding) rows(ctx context.Context) []view.BoardRow {
	rows := b.unread
	for _, it := range b.items {
		standing, err := b.stand(ctx, it)
		standing.Policy, standing.Err = it.name, err
		rows = append(rows, b.finish(ctx, view.BoardRow{Standing: standing, File: it.file, Plans: it.paths()}, it))
	}
	slices.SortStableFunc(rows, func(x, y view.BoardRow) int {
		a, due := x.Urgency()
		b, later := y.Urgency()
		if a != b {
			return a - b
		}
		return due.Compare(later)
	})
	return rows
}

// stand finds where one policy stands.
func (b *boarding) stand(ctx context.Context, it *item) (*migrate.Standing, error) {
	req := migrate.StandRequest{Now: b.world.Now(), Soon: time.Duration(b.Soon) * 24 * time.Hour, Quick: b.Quick}
	mapping, err := b.read(ctx, it, &req)
	if err != nil {
		return migrate.StandingOf(req), err
	}
	options := b.world.reading()
	options.Effective = migrate.StandingOf(req).Dates.Effective
	cat, err := catalog.Open(ctx, b.target, mapping, options)
	if err != nil {
		return migrate.StandingOf(req), err
	}
	defer cat.Close()
	meter := newMeter(b.world, 0)
	defer meter.Close()
	req.Progress = meter.Report
	standing, err := migrate.Stand(ctx, cat, req)
	if err != nil {
		return standing, err
	}
	return standing, it.approvedBy(standing)
}
