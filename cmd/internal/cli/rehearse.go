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
	Workdir string
	Format  string
}

func (o *rehearseOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringVar(&o.Workdir, "workdir", "", "the `FOLDER` for the copy; the catalog's own without it")
	formats(flags, &o.Format, "text", asJSON)
}

const rehearseLong = `Copy the catalog, apply the plan to the copy, verify it, undo it, and compare
every table with what it was. It tells how long the lock was held. The catalog
itself is only read, and the copy removed in the end; the date does not matter.`

func newRehearse(w *World) *cobra.Command {
	var opts rehearseOptions
	cmd := &cobra.Command{
		Use:     "rehearse PLAN --catalog CATALOG",
		Short:   "Apply, verify and undo a plan on a copy",
		Long:    rehearseLong + exitStatus(ExitStale, ExitRefused, ExitUnverified, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat rehearse crypto.plan --catalog shop.db",
		Args:    arguments(1, 1, "a PLAN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Plan = args[0]
			return runRehearse(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runRehearse(ctx context.Context, w *World, opts rehearseOptions) (err error) {
	j, err := openJob(opts.Plan, opts.source)
	if err != nil {
		return err
	}
	defer j.Close()
	r := &rehearsing{application: &application{job: j, world: w, opts: applyOptions{source: opts.source}}}
	switch done, err := r.already(ctx); {
	case err != nil:
		return err
	case done != nil:
		return hint(migrate.Refuse("the plan was applied already, by run %d: there is nothing left to rehearse", done.ID),
			fmt.Sprintf("recat verify %d%s", done.ID, opts.on(w)))
	}
	parent := opts.Workdir
	if parent == "" {
		parent = filepath.Dir(j.target.Path)
	}
	if r.dir, err = os.MkdirTemp(parent, ".recat-rehearsal-*"); err != nil {
		return fmt.Errorf("make a folder for the copy: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	if err := r.rehearse(ctx); err != nil {
		return r.planAgain(err)
	}
	return r.tell(opts)
}

// rehearsing is one rehearsal on its way.
type rehearsing struct {
	*application
	dir    string
	found  view.Rehearsal
	before map[string]string
}

func (r *rehearsing) rehearse(ctx context.Context) error {
	h := r.plan.Header()
	r.found = view.Rehearsal{Policy: h.Policy, Digest: r.digest(), On: "a copy of " + r.target.String()}
	original := r.target
	if err := r.copy(ctx); err != nil {
		return err
	}
	defer func() { r.target = original }()
	var err error
	if r.before, err = catalog.Sums(ctx, r.target); err != nil {
		return fmt.Errorf("sum the copy's tables: %w", err)
	}
	if err := r.applyAndUndo(ctx); err != nil {
		return err
	}
	after, err := catalog.Sums(ctx, r.target)
	if err != nil {
		return fmt.Errorf("sum the copy's tables: %w", err)
	}
	r.found.Tables, r.found.Differ = len(r.before), differing(r.before, after)
	return nil
}

// copy copies the catalog and makes the copy the target.
func (r *rehearsing) copy(ctx context.Context) error {
	path := filepath.Join(r.dir, "catalog.db")
	meter := spin(r.world, "copy")
	defer meter.Close()
	began := time.Now()
	if err := catalog.Copy(ctx, r.target, path); err != nil {
		return fmt.Errorf("copy the catalog: %w", err)
	}
	r.found.Copied = time.Since(began)
	target, err := catalog.ParseTarget("sqlite:" + path)
	if err != nil {
		return fmt.Errorf("copy the catalog: %w", err)
	}
	r.target = target
	return nil
}

func (r *rehearsing) applyAndUndo(ctx context.Context) error {
	cat, err := r.open(ctx, r.world.writing(0))
	if err != nil {
		return err
	}
	defer cat.Close()
	opts, meter := r.options()
	defer meter.Close()
	opts.NoDate = true
	began := time.Now()
	done, err := migrate.Apply(ctx, cat, r.plan, opts)
	if err != nil {
		return err
	}
	r.found.Applied, r.found.Locked = time.Since(began), done.Receipt.Locked
	r.found.Totals, r.found.Rows = done.Totals, done.Receipt.Rows
	if done.Receipt.Run == 0 {
		return nil
	}
	opts.Progress("put back", 0)
	began = time.Now()
	_, err = migrate.Undo(ctx, cat, done.Receipt.Run, migrate.UndoOptions{
		OnConflict: migrate.ConflictFail, Reason: "rehearsal", Now: r.world.Now(), Operator: r.world.User(), Version: version(),
	})
	r.found.Undone = time.Since(began)
	return err
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

func (r *rehearsing) tell(opts rehearseOptions) error {
	err := r.world.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.RehearsedText(out, r.found, o) },
		func(out io.Writer) error { return view.RehearsedJSON(out, r.found) })
	switch {
	case err != nil:
		return err
	case len(r.found.Differ) > 0:
		return quietError(ExitUnverified)
	}
	approval := ""
	if r.plan.Header().Approvals > 0 {
		r.world.next(opts.Format, "recat approve "+word(r.path)+" --by NAME --out FILE")
		approval = " --approval FILE"
	}
	r.world.next(opts.Format, fmt.Sprintf("recat apply %s%s --expect %s%s --wait", word(r.path), opts.on(r.world), shortDigest(r.digest()), approval))
	return nil
}
