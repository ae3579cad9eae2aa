package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

type auditOptions struct {
	source
	Policy   string
	Format   string
	Out      string
	Most     int
	ExitCode bool
}

func (o *auditOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	formats(flags, &o.Format, "text", asMarkdown, asHTML, asCSV, asJSON)
	bounded(flags, &o.Most)
	flags.StringVar(&o.Out, "out", "", "write to `FILE`, readable by you alone")
	flags.BoolVar(&o.ExitCode, "exit-code", false, "exit with 2 where there are violations")
}

const auditLong = `Look for listings that are against a policy after it was applied, by seller and
with the penalties that the policy lists:
    revived   on sale, though a run delisted it
    filed     in a category that a run removed: somebody still writes there
    returned  in a category that a run removed, and that is back
    standing  in a category that the policy removes and no run has removed
    relisted  the same goods elsewhere, found by the policy's sweeps

Only listings on sale count. Told beside are those that a run took off sale and
that were changed since, yet are not on sale (altered), and what a sweep is only
to report (reported). Products that an appeal cleared, and those that the
policy's decisions keep, are left out and counted.

Before the policy is applied, and before its enforced date, the audit says what
would be found. Nothing is written to the catalog. Without --mapping the catalog
is read as the policy's last run read it.`

func newAudit(w *World) *cobra.Command {
	var opts auditOptions
	cmd := &cobra.Command{
		Use:   "audit POLICY --catalog CATALOG",
		Short: "Find listings that violate an applied policy, by seller",
		Long: auditLong + exitStatus(ExitChanges, ExitData, ExitNoInput, ExitInterrupted) +
			"\n\nWithout --exit-code violations exit with 0; so does what would be found.",
		Example: "  recat audit crypto.yaml --catalog shop.db\n  recat audit crypto.yaml --catalog shop.db --format csv --out violations.csv",
		Args:    arguments(1, 1, "a POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Policy = args[0]
			return runAudit(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runAudit(ctx context.Context, w *World, opts auditOptions) error {
	target, err := opts.target()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(opts.Policy)
	if err != nil {
		return missing("policy", opts.Policy, err)
	}
	mapping, err := opts.lastMapping(ctx, w, target, text)
	if err != nil {
		return err
	}
	req, err := planOptions{Policy: opts.Policy}.request(w, text, mapping)
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
	meter := newMeter(w, 0)
	defer meter.Close()
	audit, err := migrate.MakeAudit(ctx, cat, migrate.AuditRequest{Policy: req.Policy, Kinds: fieldKinds(mapping), Now: w.Now(), Progress: meter.Report})
	meter.Close()
	if err != nil {
		return err
	}
	defer audit.Close()
	return opts.show(ctx, w, audit)
}

func (o auditOptions) show(ctx context.Context, w *World, a *migrate.Audit) error {
	err := w.render(o.Format, o.Out,
		func(out io.Writer, looks view.Options) error { return view.AuditText(out, a, looks) },
		renderings{
			asHTML: func(out io.Writer) error { return view.AuditHTML(ctx, out, a) },
			asMarkdown: func(out io.Writer) error {
				return view.AuditMarkdown(ctx, out, a, view.MarkdownOptions{Most: o.Most})
			},
			asCSV:  func(out io.Writer) error { return view.AuditCSV(ctx, out, a) },
			asJSON: func(out io.Writer) error { return view.AuditJSON(ctx, out, a) },
		})
	switch {
	case err != nil:
		return err
	case o.ExitCode && a.InForce() && a.Totals.Violations > 0:
		return quietError(ExitChanges)
	}
	o.tellNext(w, a)
	return nil
}

// tellNext leads on: to the plan where nothing was applied, to the whole list
// where something was found.
func (o auditOptions) tellNext(w *World, a *migrate.Audit) {
	command := fmt.Sprintf("recat %%s %s%s%s", word(o.Policy), o.on(w), o.through())
	switch {
	case len(a.Runs) == 0:
		w.next(o.Format, fmt.Sprintf(command, "plan")+" --out "+word(a.Policy.Name)+".plan")
	case a.Totals.Found > 0 && o.Out == "":
		w.next(o.Format, fmt.Sprintf(command, "audit")+" --format csv --out violations.csv")
	}
}

// lastMapping is the mapping that was given or, without one, the one that the
// last run of the policy carries or, without that, the one that the catalog's
// own tables identify.
func (o auditOptions) lastMapping(ctx context.Context, w *World, t catalog.Target, text []byte) (*catalog.Mapping, error) {
	if o.Mapping != "" {
		return readMapping(o.Mapping)
	}
	file, err := policyfile.Parse(policyfile.Source{Name: o.Policy, Text: text, Open: beside(o.Policy)}, rule.NewOpenEnv())
	if err != nil { // what is wrong with it is told when it is read for good
		return o.mapping(ctx, w, t)
	}
	c, err := catalog.OpenRuns(ctx, t, w.reading())
	if err != nil {
		return nil, err
	}
	runs, err := c.Runs(ctx)
	_ = c.Close() // it was only read
	if err != nil {
		return nil, fmt.Errorf("read the recorded runs: %w", err)
	}
	for i := len(runs) - 1; i >= 0; i-- {
		var h migrate.Header
		if r := runs[i]; r.Kind == migrate.RunApply && r.UndoneBy == 0 && r.Policy == file.Policy.Name && json.Unmarshal(r.Header, &h) == nil {
			return catalog.LoadMapping(h.Mapping)
		}
	}
	return o.mapping(ctx, w, t)
}
