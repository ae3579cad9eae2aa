package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

type historyOptions struct {
	source
	Category    string
	Product     string
	Prune       string // a run's number
	Yes         bool
	LockTimeout time.Duration
	Format      string
}

func (o *historyOptions) addFlags(flags *pflag.FlagSet) {
	o.addCatalog(flags)
	flags.StringVar(&o.Category, "category", "", "what became of the category with this `ID`")
	flags.StringVar(&o.Product, "product", "", "what became of the product with this `ID`, run by run, and why")
	flags.StringVar(&o.Prune, "prune", "", "drop the before-images of `RUN` for ever: it can no longer be undone")
	flags.BoolVar(&o.Yes, "yes", false, "ask nothing")
	addLockTimeout(flags, &o.LockTimeout)
	formats(flags, &o.Format, "text", asJSON)
}

const historyLong = `List the runs that a catalog records, with who ran and approved them, or tell
what became of one category, or of one product and why. --prune drops a run's before-images to free their
space. What is recorded of the run stays, and it can no longer be undone.`

func newHistory(w *World) *cobra.Command {
	var opts historyOptions
	cmd := &cobra.Command{
		Use:     "history --catalog CATALOG",
		Short:   "List the runs that a catalog records",
		Long:    historyLong + exitStatus(ExitRefused, ExitBusy, ExitNoInput, ExitInterrupted),
		Example: "  recat history --catalog shop.db\n  recat history --catalog shop.db --category 100012\n  recat history --catalog shop.db --product 800123\n  recat history --catalog shop.db --prune 12",
		Args:    arguments(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runHistory(cmd.Context(), w, opts) },
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runHistory(ctx context.Context, w *World, opts historyOptions) error {
	if opts.Product != "" && opts.Category+opts.Prune != "" {
		return &usageError{msg: "--product stands alone: leave --category and --prune out"}
	}
	if opts.Prune != "" {
		return runPrune(ctx, w, opts)
	}
	target, err := opts.target()
	if err != nil {
		return err
	}
	cat, err := catalog.OpenRuns(ctx, target, w.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	runs, err := cat.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the recorded runs: %w", err)
	}
	if opts.Product != "" {
		return showTrail(ctx, w, cat, opts)
	}
	if opts.Category != "" {
		return showFate(ctx, w, cat, runs, opts)
	}
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.HistoryText(out, runs, o) },
		func(out io.Writer) error { return view.HistoryJSON(out, runs) })
	if err == nil && len(runs) > 0 {
		w.next(opts.Format, fmt.Sprintf("recat show %d%s", newest(runs), opts.on(w)))
	}
	return err
}

// showTrail tells what became of a product.
func showTrail(ctx context.Context, w *World, cat migrate.Catalog, opts historyOptions) error {
	t := view.Trail{Product: opts.Product}
	var err error
	if t.Passages, t.Untold, err = migrate.Trail(ctx, cat, opts.Product); err != nil {
		return err
	}
	if err := opts.nameLive(ctx, w, t.Passages); err != nil {
		return err
	}
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.TrailText(out, t, o) },
		func(out io.Writer) error { return view.TrailJSON(out, t) })
	if n := len(t.Passages); err == nil && n > 0 {
		w.next(opts.Format, fmt.Sprintf("recat show %d%s", t.Passages[n-1].Run.ID, opts.on(w)))
	}
	return err
}

// nameLive gives the categories that the runs did not record the paths of
// those that they have in the catalog now. Where its tree can no longer be read
// as the last run did, they stay unnamed.
func (o historyOptions) nameLive(ctx context.Context, w *World, passages []migrate.Passage) error {
	var header migrate.Header
	unnamed := false
	for _, p := range passages {
		if len(p.Run.Header) > 0 {
			if err := json.Unmarshal(p.Run.Header, &header); err != nil {
				return fmt.Errorf("read the header of run %d: %w", p.Run.ID, err)
			}
		}
		unnamed = unnamed || len(p.Unnamed()) > 0
	}
	if !unnamed || len(header.Mapping) == 0 {
		return nil
	}
	target, err := o.target()
	if err != nil {
		return err
	}
	cat, err := record{header: header}.open(ctx, target, o.source, w.reading())
	if err != nil {
		return ctx.Err()
	}
	defer cat.Close()
	now, err := cat.Categories(ctx)
	if err != nil {
		return ctx.Err()
	}
	for _, p := range passages {
		for _, id := range p.Unnamed() {
			if now.Tree.Has(id) {
				p.Paths[id] = now.Tree.Path(id).String()
			}
		}
	}
	return nil
}

// buried is the removed category that a person names: by its id, by id:…, or by
// the path that it had.
func buried(name string, tombs []migrate.Tombstone) taxonomy.ID {
	id, marked := strings.CutPrefix(name, "id:")
	at := slices.IndexFunc(tombs, func(t migrate.Tombstone) bool { return string(t.ID) == name })
	path := taxonomy.ParsePath(name).String()
	for i, t := range tombs {
		if at < 0 && !marked && taxonomy.ParsePath(t.Path).String() == path {
			at = i
		}
	}
	if at >= 0 {
		return tombs[at].ID
	}
	return taxonomy.ID(id)
}

func showFate(ctx context.Context, w *World, cat migrate.Catalog, runs []migrate.Run, opts historyOptions) error {
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return fmt.Errorf("read tombstones: %w", err)
	}
	id := buried(opts.Category, tombs)
	tombs = slices.DeleteFunc(tombs, func(t migrate.Tombstone) bool { return t.ID != id })
	return w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.FateText(out, id, tombs, runs, o) },
		func(out io.Writer) error { return view.FateJSON(out, id, tombs, runs) })
}
