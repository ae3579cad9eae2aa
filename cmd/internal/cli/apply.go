package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
)

type applyOptions struct {
	source
	Plan        string
	DryRun      bool
	Expect      string
	Approvals   []string
	Yes         bool
	Wait        bool
	Early       string
	LockTimeout time.Duration
	Format      string
}

func (o *applyOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.BoolVar(&o.DryRun, "dry-run", false, "do all but take the lock, and exit as the apply would, the date aside")
	flags.StringVar(&o.Expect, "expect", "", "refuse any plan but the one with this `DIGEST` (8 hex digits or more)")
	flags.StringArrayVar(&o.Approvals, "approval", nil, "an approval `FILE`; may be given several times")
	flags.BoolVar(&o.Yes, "yes", false, "ask nothing")
	flags.BoolVar(&o.Wait, "wait", false, "check now and every hour, and apply at the effective date")
	flags.StringVar(&o.Early, "early", "", "apply before the effective date for this `REASON`, which is recorded")
	addLockTimeout(flags, &o.LockTimeout)
	formats(flags, &o.Format, "text", asJSON)
}

func addLockTimeout(flags *pflag.FlagSet, value *time.Duration) {
	flags.DurationVar(value, "lock-timeout", 30*time.Second, "how long to wait for another writer")
}

const applyLong = `Apply a plan, and nothing but the plan, in one transaction, and verify it.

The catalog is compared with what the plan recorded, inside the transaction.
What differs refuses, or is treated as the policy's drift clause says. Until
the effective date apply refuses; a plan that was applied already is left as it
is, whatever the date. Without a terminal to ask at, --yes is needed.

--format json prints a stream of events, an object a line, as they happen. The
last is the result, of success or of an error, and has all that the others have.`

func newApply(w *World) *cobra.Command {
	var opts applyOptions
	cmd := &cobra.Command{
		Use:   "apply PLAN --catalog CATALOG",
		Short: "Apply a plan in one transaction",
		Long: applyLong + exitStatus(ExitStale, ExitRefused, ExitWindow, ExitBusy, ExitUnverified,
			ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat apply crypto.plan --catalog shop.db --dry-run\n" +
			"  recat apply crypto.plan --catalog shop.db --expect 7f3a91c2 --approval crypto.approval --wait --yes",
		Args:        arguments(1, 1, "a PLAN"),
		Annotations: map[string]string{streams: "events"},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Plan = args[0]
			if cmd.Flags().Changed("early") && opts.Early == "" {
				return &usageError{msg: "--early needs a reason"}
			}
			return runApply(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runApply(ctx context.Context, w *World, opts applyOptions) error {
	j, err := openJob(opts.Plan, opts.source)
	if err != nil {
		return err
	}
	defer j.Close()
	a := &application{job: j, world: w, opts: opts, events: w.openStream(opts.Format)}
	a.events.tell(view.Opened{File: opts.Plan, Catalog: j.target.String(), Header: j.plan.Header(), Trailer: j.plan.Trailer()})
	if err := checkExpected(opts.Expect, a.digest()); err != nil {
		return err
	}
	switch done, err := a.already(ctx); {
	case err != nil:
		return err
	case done != nil:
		return a.show(ctx, migrate.Applied{Already: done}, opts.DryRun)
	case opts.DryRun:
		return a.dryRun(ctx)
	}
	if err := a.permit(ctx); err != nil {
		return err
	}
	return a.apply(ctx)
}

// application is one apply on its way.
type application struct {
	*job
	world     *World
	opts      applyOptions
	events    *stream
	approvals json.RawMessage
	approved  bool // which was told
}

func (a *application) digest() string { return a.plan.Trailer().Digest }

// already finds the run that applied this plan before.
func (a *application) already(ctx context.Context) (*migrate.Run, error) {
	cat, err := a.open(ctx, a.world.reading())
	if err != nil {
		return nil, err
	}
	defer cat.Close()
	return migrate.AlreadyApplied(ctx, cat, a.plan)
}

// permit sees to all that must hold before anything is written.
func (a *application) permit(ctx context.Context) error {
	if err := a.readApprovals(ctx); err != nil {
		return err
	}
	ask, err := a.world.mustAsk(a.opts.Yes)
	if err != nil {
		return err
	}
	if err := a.checkDate(ctx); err != nil && !(a.opts.Wait && a.isEarly(err)) {
		return err
	}
	if ask {
		if err := a.ask(ctx); err != nil {
			return err
		}
	}
	if a.opts.Wait {
		return a.wait(ctx)
	}
	return nil
}

func (a *application) readApprovals(ctx context.Context) (err error) {
	a.approvals, err = approved(ctx, a.plan.Header(), a.digest(), a.opts.Approvals)
	if needed := a.plan.Header().Approvals; err == nil && !a.approved && (needed > 0 || a.approvals != nil) {
		a.approved = true
		a.tellAuthor()
		a.events.tell(view.Approved{Needed: needed, Given: a.approvals})
	}
	return err
}

// checkDate says before anybody is asked what Apply would say after.
func (a *application) checkDate(ctx context.Context) error {
	dates, now := a.plan.Header().Dates, a.world.Now()
	switch window := dates.Window(now); {
	case window == migrate.WindowEarly && a.opts.Early == "":
		return hint(&migrate.WindowError{Window: window, At: dates.Effective.In(dates.Location())},
			"recat apply "+word(a.path)+a.opts.on(a.world)+approving(a.plan.Header(), a.opts.Approvals)+" --dry-run",
			"the same command with --wait")
	case window == migrate.WindowExpired:
		return hint(&migrate.WindowError{Window: window, At: dates.Expires.In(dates.Location())}, a.redated(ctx))
	}
	return nil
}

func (a *application) isEarly(err error) bool {
	var e *migrate.WindowError
	return errors.As(err, &e) && e.Window == migrate.WindowEarly
}

// preview does all that apply does short of taking the lock.
func (a *application) preview(ctx context.Context) (migrate.Applied, error) {
	cat, err := a.open(ctx, a.world.reading())
	if err != nil {
		return migrate.Applied{}, err
	}
	defer cat.Close()
	opts, meter := a.options()
	defer meter.Close()
	opts.NoDate = true
	done, err := migrate.Preview(ctx, cat, a.plan, opts)
	return done, a.planAgain(ctx, err)
}

func (a *application) dryRun(ctx context.Context) error {
	if err := a.readApprovals(ctx); err != nil {
		return err
	}
	done, err := a.preview(ctx)
	if err != nil {
		return err
	}
	if err := a.staged(done); err != nil {
		return err
	}
	return a.show(ctx, done, true)
}

// ask shows what would happen and has it confirmed: by the number of delisted
// products where no limit bounds them.
func (a *application) ask(ctx context.Context) error {
	done, err := a.preview(ctx)
	if err != nil {
		return err
	}
	outcome := a.outcome(done, true)
	if err := view.AppliedText(a.world.Stderr, outcome, a.world.looks(a.world.Stderr)); err != nil {
		return fmt.Errorf("show what would be done: %w", err)
	}
	if n := done.Totals.Off(); n > 0 && !a.plan.Header().Limits.Set() {
		return a.world.confirm(ctx, fmt.Sprintf("%s will be delisted; type the number to go on:", count(n, "product")),
			strconv.Itoa(n), grouped(n))
	}
	return a.world.confirm(ctx, fmt.Sprintf("apply this to %s? [y/N]", a.target), "y", "yes")
}

// options are what Apply and Preview are told.
func (a *application) options() (migrate.ApplyOptions, *meter) {
	t := a.plan.Trailer().Totals
	m := newMeter(a.world, int64(t.Found+t.Swept+t.Followed+t.Reported+t.Kept+t.References))
	return migrate.ApplyOptions{
		Policy: a.policy, Now: a.world.Now(), Early: a.early(), Approvals: a.approvals,
		Operator: a.world.User(), Version: version(), LockTimeout: a.opts.LockTimeout,
		Observe: a.world.Observe, Progress: m.Report,
	}, m
}

// early is the reason for applying before the date, where it is before.
func (a *application) early() string {
	if a.plan.Header().Dates.Window(a.world.Now()) != migrate.WindowEarly {
		return ""
	}
	return a.opts.Early
}

func (a *application) apply(ctx context.Context) error {
	cat, err := a.open(ctx, a.world.writing(a.opts.LockTimeout))
	if err != nil {
		return err
	}
	defer cat.Close()
	opts, meter := a.options()
	a.follow(&opts)
	looking, taken := a.lastLook(ctx, &opts)
	done, err := migrate.Apply(looking, cat, a.plan, opts)
	meter.Close()
	err = taken(err)
	err = verifyLate(ctx, a.world, cat, done.Receipt.Run, err)
	var found *migrate.UnverifiedError
	if err != nil && (done.Receipt.Run == 0 || !errors.As(err, &found)) {
		return a.explain(ctx, done, err)
	}
	a.proved(done, found)
	return a.tell(ctx, done, found)
}

// verifyLate verifies after all where an interrupt came when the run was
// committed: too late to matter, and what was committed must not stay
// unverified.
func verifyLate(ctx context.Context, w *World, cat migrate.Catalog, run int64, err error) error {
	if err == nil || run == 0 || ctx.Err() == nil || isType[*migrate.UnverifiedError](err) {
		return err
	}
	w.note("the interrupt came too late: run %d was committed; verifying it", run)
	return migrate.Verify(context.WithoutCancel(ctx), cat, run)
}

// explain adds to what stopped the apply how to go on.
func (a *application) explain(ctx context.Context, done migrate.Applied, err error) error {
	if run := done.Receipt.Run; run != 0 {
		return hint(fmt.Errorf("run %d was committed: %w", run, err),
			fmt.Sprintf("recat verify %d%s", run, a.opts.on(a.world)), fmt.Sprintf("recat undo %d%s", run, a.opts.on(a.world)))
	}
	return a.planAgain(ctx, tryAgain(err))
}

// tryAgain says what may help where another writer held the lock.
func tryAgain(err error) error {
	if errors.Is(err, migrate.ErrBusy) {
		return hint(err, "the same command again, perhaps with a longer --lock-timeout")
	}
	return err
}

func (a *application) outcome(done migrate.Applied, dry bool) view.Outcome {
	return view.Outcome{Header: a.plan.Header(), Digest: a.digest(), Applied: done, At: a.world.Now(), DryRun: dry}
}

// tell prints the receipt of a run, with what its verification found.
func (a *application) tell(ctx context.Context, done migrate.Applied, found *migrate.UnverifiedError) error {
	outcome := a.outcome(done, false)
	outcome.Found = found
	if err := a.print(outcome); err != nil {
		return err
	}
	a.tellNext(ctx, done, false)
	if found != nil {
		return quietError(ExitUnverified)
	}
	return nil
}

// show prints what would be done, or was done before.
func (a *application) show(ctx context.Context, done migrate.Applied, dry bool) error {
	if err := a.print(a.outcome(done, dry)); err != nil {
		return err
	}
	a.tellNext(ctx, done, dry)
	return nil
}

func (a *application) print(outcome view.Outcome) error {
	if a.opts.Format != asJSON {
		looks := a.world.looks(a.world.Stdout)
		if err := a.world.print(func(out io.Writer) error { return view.AppliedText(out, outcome, looks) }); err != nil {
			return err
		}
	}
	return a.finished(outcome)
}

func (a *application) tellNext(ctx context.Context, done migrate.Applied, dry bool) {
	switch run := done.Receipt.Run; {
	case done.Already != nil:
		a.world.next(a.opts.Format, fmt.Sprintf("recat verify %d%s", done.Already.ID, a.opts.on(a.world)))
	case run != 0:
		a.world.next(a.opts.Format, fmt.Sprintf("recat verify %d%s", run, a.opts.on(a.world)),
			fmt.Sprintf("recat undo %d%s", run, a.opts.on(a.world)))
	case dry && a.plan.Header().Dates.Window(a.world.Now()) == migrate.WindowExpired:
		a.world.next(a.opts.Format, a.redated(ctx))
	case dry:
		a.world.next(a.opts.Format, a.applying())
	}
}

// shortDigest is enough of a digest for --expect.
func shortDigest(digest string) string {
	const prefix, digits = len("sha256:"), 8
	if len(digest) < prefix+digits {
		return digest
	}
	return digest[prefix : prefix+digits]
}
