package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
)

type rehearseOptions struct {
	source
	Plan    string
	On      string
	Workdir string
	Format  string
}

func (o *rehearseOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringVar(&o.On, "on", "", "rehearse on this `CLONE`, another database of the same engine, named as a catalog is")
	flags.StringVar(&o.Workdir, "workdir", "", "the `FOLDER` for the copy of a file; the catalog's own without it")
	formats(flags, &o.Format, "text", asJSON)
}

const rehearseLong = `Copy the catalog, apply the plan to the copy, verify it, undo it, and compare
every table with what it was. It tells how long the lock was held. The catalog
itself is only read, and the copy removed in the end; the date does not matter.

A server's catalog is not copied. There, --on names a clone of it, which is
written to: never the catalog itself, whatever name or address it goes by. The
clone keeps the record of the rehearsal, and is as it was otherwise; where the
rehearsal fails between apply and undo, it says what is left on the clone.`

func newRehearse(w *World) *cobra.Command {
	var opts rehearseOptions
	cmd := &cobra.Command{
		Use:   "rehearse PLAN --catalog CATALOG",
		Short: "Apply, verify and undo a plan on a copy",
		Long:  rehearseLong + exitStatus(ExitStale, ExitRefused, ExitBusy, ExitUnverified, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat rehearse crypto.plan --catalog shop.db\n" +
			"  recat rehearse crypto.plan --catalog @shop.txt --on @clone.txt",
		Args: arguments(1, 1, "a PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Plan = args[0]
			return runRehearse(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runRehearse(ctx context.Context, w *World, opts rehearseOptions) error {
	clone, err := opts.clone()
	if err != nil {
		return err
	}
	j, err := openJob(opts.Plan, opts.source)
	if err != nil {
		return err
	}
	defer j.Close()
	h := j.plan.Header()
	r := &rehearsing{application: &application{job: j, world: w, opts: applyOptions{source: opts.source, LockTimeout: rehearsalPatience}},
		found: view.Rehearsal{Policy: h.Policy, Digest: j.plan.Trailer().Digest, Limits: h.Limits}}
	switch done, err := r.already(ctx); {
	case err != nil:
		return err
	case done != nil:
		return hint(migrate.Refuse("the plan was applied already, by run %d: there is nothing left to rehearse", done.ID),
			fmt.Sprintf("recat verify %d%s", done.ID, opts.on(w)))
	}
	if opts.On != "" {
		err = r.onClone(ctx, clone, opts.On)
	} else {
		err = r.onCopy(ctx, opts.Workdir)
	}
	if err != nil {
		return err
	}
	return r.tell(ctx, opts)
}

// clone is where --on says to rehearse; a server's catalog needs it.
func (o rehearseOptions) clone() (catalog.Target, error) {
	t, err := o.target()
	switch {
	case err != nil:
		return t, err
	case o.On == "" && t.Server():
		return t, &usageError{msg: "a server's catalog is not copied: --on must name a clone of it to rehearse on", hint: "recat rehearse --help"}
	case o.On == "":
		return t, nil
	case o.Workdir != "":
		return t, &usageError{msg: "--workdir is for a copy, and --on for a clone that is there", hint: "recat rehearse --help"}
	}
	clone, err := parseTarget(o.On)
	if err == nil && clone.Engine != t.Engine {
		err = &usageError{msg: fmt.Sprintf("the catalog is on %s and the clone on %s: a rehearsal needs the same engine", t.Engine, clone.Engine)}
	}
	return clone, err
}

// rehearsalPatience is how long a rehearsal waits for another writer.
const rehearsalPatience = 30 * time.Second

// rehearsing is one rehearsal on its way.
type rehearsing struct {
	*application
	found view.Rehearsal
}

// onCopy rehearses on a copy of the catalog's file.
func (r *rehearsing) onCopy(ctx context.Context, workdir string) (err error) {
	if workdir == "" {
		workdir = filepath.Dir(r.target.Path)
	}
	dir, err := os.MkdirTemp(workdir, ".recat-rehearsal-*")
	if err != nil {
		return fmt.Errorf("make a folder for the copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r.found.On = "a copy of " + r.target.String()
	copied, err := r.copy(ctx, filepath.Join(dir, "catalog.db"))
	if err != nil {
		return err
	}
	_, err = r.rehearse(ctx, copied)
	return r.planAgain(ctx, err)
}

// copy copies the catalog's file.
func (r *rehearsing) copy(ctx context.Context, path string) (catalog.Target, error) {
	meter := spin(r.world, "copy")
	defer meter.Close()
	began := time.Now()
	if err := catalog.Copy(ctx, r.target, path); err != nil {
		return catalog.Target{}, fmt.Errorf("copy the catalog: %w", err)
	}
	r.found.Copied = time.Since(began)
	return catalog.ParseTarget("sqlite:" + path)
}

// onClone rehearses on a clone, which must not be the catalog itself.
func (r *rehearsing) onClone(ctx context.Context, clone catalog.Target, name string) error {
	switch same, err := catalog.Same(ctx, r.target, clone); {
	case err != nil:
		return err
	case same:
		return migrate.Refuse("%s is the catalog itself: a rehearsal is for a clone of it", clone)
	}
	r.found.On = "the clone " + clone.String()
	run, err := r.rehearse(ctx, clone)
	if err == nil {
		return nil
	}
	on := " --catalog " + unsecret(name)
	if run != 0 {
		r.world.note("the clone is left as run %d made it; recat undo %d%s takes it back, or make a fresh clone", run, run, on)
	}
	if codeOf(err) == ExitStale {
		return hint(err, "a fresh clone", r.planning(ctx, r.world, r.opts.source, r.plan.Header().PolicyFile))
	}
	return tryAgain(err)
}

// rehearse applies, verifies and undoes the plan, and compares every table. It
// gives the run that is left where it failed with one applied.
func (r *rehearsing) rehearse(ctx context.Context, on catalog.Target) (left int64, err error) {
	original := r.target
	r.target = on
	defer func() { r.target = original }()
	before, err := r.sums(ctx)
	if err != nil {
		return 0, err
	}
	if left, err = r.applyAndUndo(ctx); err != nil {
		return left, err
	}
	after, err := r.sums(ctx)
	if err != nil {
		return 0, err
	}
	r.found.Tables, r.found.Differ = len(before), differing(before, after)
	return 0, nil
}

func (r *rehearsing) sums(ctx context.Context) (map[string]string, error) {
	meter := spin(r.world, "sum the tables")
	defer meter.Close()
	sums, err := catalog.Sums(ctx, r.target)
	if err != nil {
		return nil, fmt.Errorf("sum the tables of %s: %w", r.found.On, err)
	}
	return sums, nil
}

func (r *rehearsing) applyAndUndo(ctx context.Context) (left int64, err error) {
	cat, err := r.open(ctx, r.world.writing(rehearsalPatience))
	if err != nil {
		return 0, err
	}
	defer cat.Close()
	opts, meter := r.options()
	defer meter.Close()
	opts.NoDate = true
	began := time.Now()
	done, err := migrate.Apply(ctx, cat, r.plan, opts)
	run := done.Receipt.Run
	switch {
	case err != nil:
		return run, err
	case done.Already != nil:
		return 0, migrate.Refuse("%s has the plan applied, by run %d: undo that, or make a fresh clone", r.found.On, done.Already.ID)
	}
	r.found.Applied, r.found.Locked = time.Since(began), done.Receipt.Locked
	r.found.Totals, r.found.Rows, r.found.Drift = done.Totals, done.Receipt.Rows, done.Drift
	if run == 0 {
		return 0, nil
	}
	opts.Progress("put back", 0)
	began = time.Now()
	undone, err := migrate.Undo(ctx, cat, run, migrate.UndoOptions{
		OnConflict: migrate.ConflictFail, Reason: "rehearsal", Now: r.world.Now(), Operator: r.world.User(), Version: version(),
		LockTimeout: rehearsalPatience, Observe: r.world.Observe,
	})
	r.found.Undone = time.Since(began)
	if undone.Receipt.Run != 0 {
		run = 0
	}
	return run, err
}

// differing names the tables that one set of sums has and another has not, or
// has otherwise.
func differing(before, after map[string]string) []string {
	names := map[string]bool{}
	for name, sum := range before {
		if now, ok := after[name]; !ok || now != sum {
			names[name] = true
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (r *rehearsing) tell(ctx context.Context, opts rehearseOptions) error {
	err := r.world.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.RehearsedText(out, r.found, o) },
		func(out io.Writer) error { return view.RehearsedJSON(out, r.found) })
	switch {
	case err != nil:
		return err
	case len(r.found.Differ) > 0:
		return quietError(ExitUnverified)
	}
	h := r.plan.Header()
	if h.Dates.Window(r.world.Now()) == migrate.WindowExpired {
		r.world.next(opts.Format, r.redated(ctx))
		return nil
	}
	if h.Approvals > 0 {
		r.world.next(opts.Format, approve(r.path, h))
	}
	r.world.next(opts.Format, r.applying())
	return nil
}
