package cli

import (
	"context"
	"errors"
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

type undoOptions struct {
	source
	Run        string
	DryRun     bool
	OnConflict string
	appealFlags
	Reason      string
	Yes         bool
	LockTimeout time.Duration
	Format      string
}

func (o *undoOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.BoolVar(&o.DryRun, "dry-run", false, "do all but take the lock, and exit as the undo would")
	choose(flags, &o.OnConflict, "on-conflict", "what becomes of rows edited since: refuse, keep the edit, or restore",
		string(migrate.ConflictFail), string(migrate.ConflictKeep), string(migrate.ConflictRestore))
	o.appealFlags.addFlags(flags)
	flags.StringVar(&o.Reason, "reason", "", "why the run is taken back, which is recorded; an appeal needs one")
	flags.BoolVar(&o.Yes, "yes", false, "ask nothing")
	addLockTimeout(flags, &o.LockTimeout)
	formats(flags, &o.Format, "text", asJSON)
}

const undoLong = `Take a run back: every row it changed is again what it was, to the byte and the
type. Rows that were edited after the run are reported; --on-conflict decides
what becomes of them. Last is the newest run that is not undone.

With --product or --category it is an appeal: of the run, only the products are
taken back that are named, or that it took out of one category, with the
variants that followed them. They are cleared: no sweep of the policy delists
them again, and audit lets them be. Where a product's own category is gone,
--into says where it goes. An appeal is a run of its own; undoing that, or the
run whole, takes the appeal back.`

func newUndo(w *World) *cobra.Command {
	var opts undoOptions
	cmd := &cobra.Command{
		Use:   "undo RUN|last --catalog CATALOG",
		Short: "Take a run back, or single products of it",
		Long: undoLong + exitStatus(ExitRefused, ExitBusy, ExitUnverified, ExitConflict,
			ExitNoInput, ExitInterrupted),
		Example: "  recat undo last --catalog shop.db --dry-run\n  recat undo 12 --catalog shop.db --reason \"wrong category\"\n" +
			"  recat undo 12 --catalog shop.db --product 800123 --into \"Consumer Electronics > Power Supplies\" --reason \"appeal T-77\"",
		Args: arguments(1, 1, "a RUN or last"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Run = args[0]
			return runUndo(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runUndo(ctx context.Context, w *World, opts undoOptions) error {
	if !isRun(opts.Run) {
		return &usageError{msg: fmt.Sprintf("%q is no run: a number, or last", opts.Run), hint: "recat history"}
	}
	if err := opts.appealFlags.check(opts.Reason); err != nil {
		return err
	}
	target, err := opts.target()
	if err != nil {
		return err
	}
	rec, err := findRun(ctx, w, target, opts.Run, lastStanding)
	if err != nil {
		return err
	}
	u := &undoing{record: rec, world: w, opts: opts, target: target}
	switch {
	case rec.run.Partial() && opts.given():
		return migrate.Refuse("run %d is itself an appeal, against run %d: undo it whole, or appeal against that run", rec.run.ID, rec.run.Of)
	case rec.run.Kind == migrate.RunUndo && !rec.run.Partial():
		return hint(migrate.Refuse("run %d is itself an undo, of run %d; apply the plan again instead", rec.run.ID, rec.run.Of),
			"recat history"+opts.on(w))
	case rec.run.UndoneBy != 0:
		return u.already()
	case rec.run.Pruned:
		return hint(rec.run.Undoable(), "recat history"+opts.on(w))
	}
	if err := u.choose(ctx); err != nil {
		return err
	}
	if opts.DryRun {
		return u.dryRun(ctx)
	}
	return u.undo(ctx)
}

// already says that the run was undone before.
func (u *undoing) already() error {
	u.world.note("run %d is undone already, by run %d; nothing was done", u.run.ID, u.run.UndoneBy)
	if !u.world.wantsJSON(u.opts.Format) {
		return nil
	}
	before := u.outcome(migrate.Undone{Run: u.run, Receipt: migrate.Receipt{Run: u.run.UndoneBy}}, false)
	for _, r := range u.runs {
		if r.ID == u.run.UndoneBy {
			before.At, before.Receipt.Rows = r.At, r.Rows
		}
	}
	return u.world.render(u.opts.Format, "", func(io.Writer, view.Options) error { return nil }, // it was said
		renderings{asJSON: func(out io.Writer) error { return view.UndoneJSON(out, before) }})
}

// lastStanding is the newest run that is not undone, 0 where there is none.
func lastStanding(runs []migrate.Run) int64 {
	for i := len(runs) - 1; i >= 0; i-- {
		if runs[i].Kind == migrate.RunApply && runs[i].UndoneBy == 0 {
			return runs[i].ID
		}
	}
	return 0
}

// undoing is one undo on its way.
type undoing struct {
	record
	world  *World
	opts   undoOptions
	target catalog.Target
	part   *migrate.Part // of an appeal
}

func (u *undoing) options() migrate.UndoOptions {
	return migrate.UndoOptions{
		OnConflict: migrate.OnConflict(u.opts.OnConflict), Part: u.part, Reason: u.opts.Reason, Now: u.world.Now(),
		Operator: u.world.User(), Version: version(), LockTimeout: u.opts.LockTimeout,
		Observe: u.world.Observe,
	}
}

// preview does all that undo does short of taking the lock.
func (u *undoing) preview(ctx context.Context) (migrate.Undone, error) {
	cat, err := u.open(ctx, u.target, u.opts.source, u.world.reading())
	if err != nil {
		return migrate.Undone{}, err
	}
	defer cat.Close()
	meter := spin(u.world, "compare")
	defer meter.Close()
	done, err := migrate.PreviewUndo(ctx, cat, u.run.ID, u.options())
	return done, u.decide(err)
}

func (u *undoing) dryRun(ctx context.Context) error {
	done, err := u.preview(ctx)
	if err != nil {
		return err
	}
	if err := u.print(u.outcome(done, true)); err != nil {
		return err
	}
	if u.part == nil || done.Restored.Products > 0 {
		u.world.next(u.opts.Format, u.command(migrate.OnConflict(u.opts.OnConflict)))
	}
	return nil
}

func (u *undoing) undo(ctx context.Context) error {
	ask, err := u.world.mustAsk(u.opts.Yes)
	if err != nil {
		return err
	}
	if ask {
		if err := u.ask(ctx); err != nil {
			return err
		}
	}
	cat, err := u.open(ctx, u.target, u.opts.source, u.world.writing(u.opts.LockTimeout))
	if err != nil {
		return err
	}
	defer cat.Close()
	meter := spin(u.world, "put back")
	done, err := migrate.Undo(ctx, cat, u.run.ID, u.options())
	meter.Close()
	err = verifyLate(ctx, u.world, cat, done.Receipt.Run, err)
	var found *migrate.UnverifiedError
	if err != nil && (done.Receipt.Run == 0 || !errors.As(err, &found)) {
		return u.explain(done, err)
	}
	return u.tell(done, found)
}

// tell prints what was put back, with what the verification found.
func (u *undoing) tell(done migrate.Undone, found *migrate.UnverifiedError) error {
	outcome := u.outcome(done, false)
	outcome.Found = found
	if err := u.print(outcome); err != nil {
		return err
	}
	u.world.next(u.opts.Format, "recat history"+u.opts.on(u.world))
	if found != nil {
		return quietError(ExitUnverified)
	}
	return nil
}

// ask shows what would happen and has it confirmed.
func (u *undoing) ask(ctx context.Context) error {
	done, err := u.preview(ctx)
	if err != nil {
		return err
	}
	if err := view.UndoneText(u.world.Stderr, u.outcome(done, true), u.world.looks(u.world.Stderr)); err != nil {
		return fmt.Errorf("show what would be done: %w", err)
	}
	question := fmt.Sprintf("take run %d back in %s? [y/N]", u.run.ID, u.target)
	if u.part != nil {
		question = fmt.Sprintf("restore %s of run %d in %s? [y/N]", count(done.Restored.Products, "product"), u.run.ID, u.target)
	}
	return u.world.confirm(ctx, question, "y", "yes")
}

// decide says how to go on where rows were edited since.
func (u *undoing) decide(err error) error {
	var conflict *migrate.ConflictError
	if !errors.As(err, &conflict) {
		return err
	}
	var next []string
	for _, answer := range []migrate.OnConflict{migrate.ConflictKeep, migrate.ConflictRestore} {
		if !slices.ContainsFunc(conflict.Conflicts, func(c migrate.Conflict) bool { return c.Open(answer) }) {
			next = append(next, u.command(answer))
		}
	}
	return hint(err, next...)
}

func (u *undoing) explain(done migrate.Undone, err error) error {
	if run := done.Receipt.Run; run != 0 {
		return hint(fmt.Errorf("run %d was committed: %w", run, err), fmt.Sprintf("recat verify %d%s", run, u.opts.on(u.world)))
	}
	return u.decide(tryAgain(err))
}

func (u *undoing) outcome(done migrate.Undone, dry bool) view.UndoOutcome {
	return view.UndoOutcome{Undone: done, Dates: u.header.Dates, OnConflict: migrate.OnConflict(u.opts.OnConflict), Appeal: u.part != nil, Reason: u.opts.Reason,
		At: u.world.Now(), DryRun: dry}
}

func (u *undoing) print(outcome view.UndoOutcome) error {
	return u.world.show(u.opts.Format,
		func(out io.Writer, o view.Options) error { return view.UndoneText(out, outcome, o) },
		func(out io.Writer) error { return view.UndoneJSON(out, outcome) })
}
