package cli

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

type exportOptions struct {
	source
	What   string // a plan's file, or a run
	Kind   string
	Format string // "" is the kind's first
	Out    string
	Appeal string
}

func (o *exportOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	var kinds, all []string
	for _, k := range exportKinds {
		kinds = append(kinds, k.name)
		for _, f := range k.formats {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	choose(flags, &o.Kind, "kind", "what to export", kinds...)
	flags.Var(choice{&o.Format, all}, "format", "how to print; each kind has its own")
	flags.StringVar(&o.Out, "out", "", "write to `FILE`, readable by you alone")
	flags.StringVar(&o.Appeal, "appeal", "", "how a seller may appeal, a `TEXT` or an address that every notice tells")
}

// Formats beside those of other commands.
const (
	asNDJSON  = "ndjson"
	asNginx   = "nginx"
	asText    = "text"
	asShopify = "shopify"
	asEBay    = "ebay"
)

// exportKind is something that is handed to others.
type exportKind struct {
	name    string
	formats []string // the first is what it is without --format
	// products says that it is made of products, which a pruned run has lost.
	products bool
	// needs says which of the mapping's keys it cannot do without, where that
	// one is missing.
	needs func(*catalog.Mapping) string
	// render prepares the formats.
	render func(h view.Handoff) (rendered, error)
}

// rendered is a hand-off ready to be written, and what there is to say of it
// once it is.
type rendered struct {
	as   renderings
	note func() []string // nil for nothing
}

// exportKinds are what can be exported.
var exportKinds = []exportKind{
	{"products", []string{asCSV, asJSON}, true, nil, exportProducts},
	{"sellers", []string{asCSV, asJSON}, true, needsSeller, exportSellers},
	{"notices", []string{asCSV, asJSON, asText}, true, nil, exportNotices},
	{"redirects", []string{asCSV, asJSON, asNginx}, true, needsURL, exportRedirects},
	{"crosswalk", []string{asCSV, asJSON, asShopify, asEBay}, false, nil, exportCrosswalk},
	{"events", []string{asNDJSON, asJSON}, true, nil, exportEvents},
}

const exportLong = `Write what a plan will do, or what a run did, for other teams and programs:

  products:   every product with its fate, and of a run when; the first columns
              are those of a decisions file (csv, json)
  sellers:    a row for each seller whose listings change: how many products,
              what becomes of them, when; who loses most first (csv, json)
  notices:    a statement of reasons for each listing: what is decided, why, on
              which ground, by whom, when, and how to appeal (csv, json, text)
  redirects:  where the pages go: a removed category's to its successor, or
              gone; a delisted product's where its category's goes (csv, json,
              nginx)
  crosswalk:  from removed categories to their successors; a policy reads all
              of its formats (csv, json, shopify, ebay)
  events:     an event for each change, with an id that is the same whenever it
              is exported; an undo's name those they take back (ndjson, json)

A plan needs no catalog; a run is a number, or the word last. Of an undo, or an
appeal, it is what that took back; of the undo of an appeal, what is done again
to the products that it had restored. A crosswalk, and redirects as nginx has
them, are whole: what the run still holds after it. What was edited since and
kept, notices and events leave out where nothing of it was taken back, and
products call it kept.`

func newExport(w *World) *cobra.Command {
	var opts exportOptions
	cmd := &cobra.Command{
		Use:   "export PLAN|RUN --kind KIND",
		Short: "Hand a plan or a run to other teams and programs",
		Long:  exportLong + exitStatus(ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat export crypto.plan --kind sellers --out sellers.csv\n" +
			"  recat export 12 --kind notices --appeal https://market.example/appeals --catalog market.db\n" +
			"  recat export 12 --kind redirects --format nginx --catalog market.db",
		Args: arguments(1, 1, "a PLAN or a RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.What = args[0]
			return runExport(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runExport(ctx context.Context, w *World, opts exportOptions) error {
	kind, err := opts.kind()
	if err != nil {
		return err
	}
	h, closer, err := opts.open(ctx, w, kind)
	if err != nil {
		return err
	}
	defer closer.Close()
	if err := kind.fits(h); err != nil {
		return err
	}
	h.Appeal = opts.Appeal
	made, err := kind.render(h)
	if err != nil {
		return err
	}
	if err := w.render(opts.Format, opts.Out, nil, made.as); err != nil {
		return err
	}
	if opts.Out != "" {
		w.note("wrote the %s of %s to %s", opts.Kind, opts.What, opts.Out)
	}
	if made.note != nil {
		for _, line := range made.note() {
			w.note("note: %s", line)
		}
	}
	return nil
}

// kind finds the kind, and holds the format against it.
func (o *exportOptions) kind() (exportKind, error) {
	i := slices.IndexFunc(exportKinds, func(k exportKind) bool { return k.name == o.Kind })
	kind := exportKinds[i]
	if o.Format == "" {
		o.Format = kind.formats[0]
	}
	if !slices.Contains(kind.formats, o.Format) {
		return kind, &usageError{msg: fmt.Sprintf("%s are not to be had as %s; they are as %s", kind.name, o.Format, strings.Join(kind.formats, ", "))}
	}
	if o.Appeal != "" && o.Kind != "notices" {
		return kind, &usageError{msg: "--appeal is told by notices alone"}
	}
	return kind, nil
}

// fits refuses a hand-off whose mapping does not say what the kind needs.
func (k exportKind) fits(h view.Handoff) error {
	if k.needs == nil {
		return nil
	}
	m, err := catalog.LoadMapping(h.Header.Mapping)
	if err != nil {
		return err
	}
	if missing := k.needs(m); missing != "" {
		return migrate.Refuse("the mapping that was planned with has no %s, which %s are made of: add it and plan again", missing, k.name)
	}
	return nil
}

func needsSeller(m *catalog.Mapping) string {
	if m.Products == nil || m.Products.Seller == "" {
		return "products.seller"
	}
	return ""
}

func needsURL(m *catalog.Mapping) string {
	if m.Categories.URL == "" && (m.Products == nil || m.Products.URL == "") {
		return "categories.url"
	}
	return ""
}

// open opens what a plan does, or a run did.
func (o exportOptions) open(ctx context.Context, w *World, kind exportKind) (view.Handoff, io.Closer, error) {
	if !isRun(o.What) {
		plan, err := planfile.Open(o.What)
		if err != nil {
			return view.Handoff{}, nil, err
		}
		t := plan.Trailer()
		return view.Handoff{Header: plan.Header(), Digest: t.Digest, Paths: t.Paths, Changes: plan.Changes()}, plan, nil
	}
	target, err := o.target()
	if err != nil {
		return view.Handoff{}, nil, err
	}
	rec, err := findRun(ctx, w, target, o.What, newest)
	if err != nil {
		return view.Handoff{}, nil, err
	}
	if rec.run.Pruned && kind.products {
		return view.Handoff{}, nil, unknownProducts(rec.run)
	}
	cat, err := rec.open(ctx, target, o.source, w.reading())
	if err != nil {
		return view.Handoff{}, nil, fmt.Errorf("open the catalog: %w", err)
	}
	if by := rec.run.UndoneBy; by != 0 {
		w.note("note: run %d was undone by run %d, which takes back what is exported here", rec.run.ID, by)
	} else if appeals := migrate.AppealsOf(rec.runs, rec.run.ID); len(appeals) > 0 {
		w.note("note: run %d took a part of run %d back since; a crosswalk or a map of nginx of that one has what still holds", appeals[len(appeals)-1].ID, rec.run.ID)
	}
	h, err := rec.handoff(ctx, cat)
	if err != nil {
		cat.Close()
		return h, nil, err
	}
	if told := h.Told(); told.Pruned && !kind.products {
		w.note("note: run %d was pruned: what became of its products is no longer known, and reassign stands wherever a category leads to another", told.ID)
	}
	return h, cat, nil
}

// handoff is what a run did, or took back.
func (r record) handoff(ctx context.Context, cat migrate.Catalog) (view.Handoff, error) {
	h := view.Handoff{Header: r.header, Digest: r.run.Digest, Paths: r.run.Paths, Run: &r.run, Changes: cat.Changes(ctx, r.run.ID)}
	h.Undone = r.find(r.run.Of)
	if !r.run.Partial() && (h.Undone == nil || !h.Undone.Partial()) {
		return h, nil
	}
	return h, r.part(ctx, cat, &h)
}

// part adds what the run still holds that an appeal was against, where the
// hand-off is of one or of the undo of one, and the path of the category that
// an appeal put products into. Neither tells categories of its own.
func (r record) part(ctx context.Context, cat migrate.Catalog, h *view.Handoff) error {
	of, appeal := h.Undone, r.run.Appeal
	if !r.run.Partial() {
		of, appeal = r.find(of.Of), of.Appeal
	}
	if appeal.Into != "" {
		h.Paths = maps.Clone(h.Paths)
		if h.Paths == nil {
			h.Paths = map[taxonomy.ID]string{}
		}
		h.Paths[appeal.Into] = appeal.IntoPath
	}
	if of == nil {
		return fmt.Errorf("look for the run that run %d is about: %w", r.run.ID, migrate.ErrNoRun)
	}
	h.Lines = map[taxonomy.ID]*migrate.CategoryChange{}
	for c, err := range cat.Changes(ctx, of.ID) {
		if err != nil {
			return fmt.Errorf("read what run %d changed: %w", of.ID, err)
		}
		if c.Category == nil {
			break
		}
		h.Lines[c.Category.ID] = c.Category
	}
	restored, err := migrate.RestoredBy(ctx, cat, of.ID, r.run.ID)
	h.Held = &view.Handoff{Header: h.Header, Digest: of.Digest, Paths: of.Paths, Run: of, Changes: cat.Changes(ctx, of.ID), Restored: restored}
	return err
}

// find finds another run by its number; nil where there is none.
func (r record) find(id int64) *migrate.Run {
	i := slices.IndexFunc(r.runs, func(other migrate.Run) bool { return other.ID == id })
	if i < 0 {
		return nil
	}
	return &r.runs[i]
}

// unknownProducts refuses what needs each product of a run that was pruned.
func unknownProducts(run migrate.Run) error {
	return migrate.Refuse("run %d was pruned: which products it changed is no longer known", run.ID)
}
