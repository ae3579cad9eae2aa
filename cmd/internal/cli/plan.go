package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/planfile"
	"recat/migrate/policyfile"
)

type planOptions struct {
	source
	Policy           string
	Out              string
	Format           string
	DetailedExitcode bool
	RebuildTree      bool
}

func (o *planOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringVar(&o.Out, "out", "", "write the plan to `FILE`, compressed where its name ends in .zst")
	flags.BoolVar(&o.DetailedExitcode, "detailed-exitcode", false, "exit with 2 where the plan changes something")
	flags.BoolVar(&o.RebuildTree, "rebuild-tree", false, "list, and with the plan apply, the repair of what is derived from the tree where it is corrupt and must be rewritten")
	formats(flags, &o.Format, "text", asJSON)
}

const planLong = `Decide what becomes of every category and product that a policy names, and show
it. With --out the plan is written as well: the file that is reviewed, approved
by its digest, rehearsed and applied. Nothing is written to the catalog.

The files that a policy names are looked for beside it.`

func newPlan(w *World) *cobra.Command {
	var opts planOptions
	cmd := &cobra.Command{
		Use:   "plan POLICY --catalog CATALOG",
		Short: "Plan a policy for a catalog, and show the plan",
		Long: planLong + exitStatus(ExitChanges, ExitRefused, ExitData, ExitNoInput, ExitInterrupted) +
			"\n\nWithout --detailed-exitcode differences exit with 0.",
		Example: "  recat plan crypto.yaml --catalog shop.db\n  recat plan crypto.yaml --catalog shop.db --out crypto.plan",
		Args:    arguments(1, 1, "a POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Policy = args[0]
			return runPlan(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runPlan(ctx context.Context, w *World, opts planOptions) error {
	target, err := opts.target()
	if err != nil {
		return err
	}
	policyText, err := os.ReadFile(opts.Policy)
	if err != nil {
		return missing("policy", opts.Policy, err)
	}
	mapping, err := opts.mapping(ctx, w, target)
	if err != nil {
		return err
	}
	req, err := opts.request(w, policyText, mapping)
	if err != nil {
		return err
	}
	options := w.reading()
	options.Effective = req.Policy.Dates.Effective
	cat, err := catalog.Open(ctx, target, mapping, options)
	if err != nil {
		return err
	}
	defer cat.Close()
	sum := migrate.NewSummarizer()
	sum.Marks = migrate.TitleMarks(req.Policy, fieldKinds(mapping))
	summary, err := opts.make(ctx, w, cat, req, sum)
	if err != nil {
		return err
	}
	opts.tellNext(w, summary)
	if opts.DetailedExitcode && !summary.Trailer.Totals.Empty() {
		return quietError(ExitChanges)
	}
	return nil
}

// request reads the policy and the files it names.
func (o planOptions) request(w *World, text []byte, m *catalog.Mapping) (migrate.PlanRequest, error) {
	missing := false
	open := beside(o.Policy)
	file, err := readPolicy(policyfile.Source{Name: o.Policy, Text: text, Open: func(name string) ([]byte, error) {
		text, err := open(name)
		missing = missing || errors.Is(err, fs.ErrNotExist)
		return text, err
	}}, m)
	var faults migrate.FileErrors
	if errors.As(err, &faults) && len(faults) == 1 && missing { // all that is wrong is a file that is not there
		return migrate.PlanRequest{}, fmt.Errorf("%s: %w", faults[0], migrate.ErrNoInput)
	}
	if err != nil {
		return migrate.PlanRequest{}, err
	}
	return migrate.PlanRequest{
		Policy: file.Policy, PolicyFile: filepath.Base(o.Policy), PolicyText: string(text), Files: file.Files,
		Who: w.User(), Recat: version(), Now: w.Now(), Rebuild: o.RebuildTree,
	}, nil
}

// beside opens the files that a policy names, in its own folder.
func beside(policy string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(policy), name)
		}
		return os.ReadFile(name)
	}
}

// make makes the plan, writes it where that is asked for, sums it up and
// shows it.
func (o planOptions) make(ctx context.Context, w *World, cat migrate.Catalog, req migrate.PlanRequest, sum *migrate.Summarizer) (*migrate.Summary, error) {
	path, remove, err := o.place(w)
	if err != nil {
		return nil, err
	}
	defer remove()
	file, err := create(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	writer := &headed{PlanWriter: file}
	meter := newMeter(w, 0)
	defer meter.Close()
	req.Progress = meter.Report
	idle := idleAnswers{}
	req.Idle = idle.add
	trailer, err := migrate.MakePlan(ctx, cat, req, writer, func(_ migrate.Header, _ migrate.Provenance, c migrate.Change) {
		sum.Add(c)
	})
	meter.Close()
	if err != nil {
		return nil, err
	}
	idle.tell(w)
	s := sum.Summary()
	s.Header, s.Provenance, s.Trailer = writer.header, writer.provenance, trailer
	return s, o.print(w, s, path)
}

// print shows the plan; as JSON from its file, which has the changes.
func (o planOptions) print(w *World, s *migrate.Summary, path string) error {
	return w.show(o.Format,
		func(out io.Writer, looks view.Options) error { return view.PlanText(out, s, o.Out, looks) },
		func(out io.Writer) error {
			plan, err := planfile.Open(path)
			if err != nil {
				return err
			}
			defer plan.Close()
			return view.PlanJSON(out, s, plan.Changes())
		})
}

// idleAnswers are people's answers that a plan has no use for.
type idleAnswers []migrate.Unused

func (a *idleAnswers) add(d migrate.Unused) { *a = append(*a, d) }

// idleShown bounds the answers that are named.
const idleShown = 10

func (a idleAnswers) tell(w *World) {
	for i, d := range a {
		if i == idleShown {
			w.note("… and %d more", len(a)-i)
			return
		}
		whose := "no product of this plan has the id"
		if d.Unknown {
			whose = "the catalog has no product with the id"
		}
		w.note("note: %s: %s %q; the answer is not used", d.Pos, whose, d.Product)
	}
}

// headed remembers how a plan begins, be there changes or not.
type headed struct {
	migrate.PlanWriter
	header     migrate.Header
	provenance migrate.Provenance
}

// Begin implements migrate.PlanWriter.
func (w *headed) Begin(h migrate.Header, p migrate.Provenance) error {
	w.header, w.provenance = h, p
	return w.PlanWriter.Begin(h, p)
}

// place is where the plan is kept: "" for nowhere, and for JSON without --out
// a file that remove takes away.
func (o planOptions) place(w *World) (path string, remove func(), err error) {
	if o.Out != "" || !w.wantsJSON(o.Format) {
		return o.Out, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "recat-plan-*")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the plan: %w", err)
	}
	return filepath.Join(dir, "plan"), func() { _ = os.RemoveAll(dir) }, nil
}

// create makes a plan's writer; without a path, one that only digests.
func create(path string) (*planfile.Writer, error) {
	if path == "" {
		return planfile.NewWriter(io.Discard), nil
	}
	return planfile.Create(path)
}

func (o planOptions) tellNext(w *World, s *migrate.Summary) {
	switch {
	case s.Trailer.Totals.Empty():
	case o.Out == "":
		rebuild := ""
		if o.RebuildTree {
			rebuild = " --rebuild-tree"
		}
		w.next(o.Format, fmt.Sprintf("recat plan %s%s%s%s --out %s", word(o.Policy), o.on(w), o.through(), rebuild, word(s.Header.Policy+".plan")))
	default:
		w.next(o.Format, o.rehearsing(w, o.Out), "recat show "+word(o.Out))
	}
}

// summaryOf sums up a plan, the words marked by which its rules found products,
// with a few samples or so many in all.
func summaryOf(plan migrate.Plan, samples int) (*migrate.Summary, error) {
	s, err := summarize(plan.Header(), plan.Changes(), samples)
	if err != nil {
		return nil, err
	}
	s.Header, s.Provenance, s.Trailer = plan.Header(), plan.Provenance(), plan.Trailer()
	return s, nil
}
