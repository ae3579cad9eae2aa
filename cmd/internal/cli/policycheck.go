package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/advice"
	"recat/migrate/catalog"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

type policyCheckOptions struct {
	source
	Policies []string
	Allow    []string
	Strict   bool
	Format   string
}

func (o *policyCheckOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringSliceVar(&o.Allow, "allow", nil, "leave out warnings of a `RULE`; may be given several times")
	flags.BoolVar(&o.Strict, "strict", false, "exit with 65 where there are warnings, too")
	formats(flags, &o.Format, "text", asJSON)
}

const policyCheckLong = `Look through policies for what their writers can hardly want: a target that the
policy itself removes, a rule that nothing can match, tolerances without a limit.
recat policy rules explains each.

With --catalog, more is looked for: categories that are not there, what a plan
would be refused for, parents that are left bare. Without --mapping or a catalog,
any field in a condition is taken to be there.`

func newPolicyCheck(w *World) *cobra.Command {
	var opts policyCheckOptions
	cmd := &cobra.Command{
		Use:   "check POLICY…",
		Short: "Check policies, with or without a catalog",
		Long: policyCheckLong + exitStatus(ExitData, ExitNoInput, ExitInterrupted) +
			"\n\nWarnings exit with 0, unless --strict is given.",
		Example: "  recat policy check policies/*.yaml\n  recat policy check crypto.yaml --catalog shop.db --strict --allow no-limits",
		Args:    arguments(1, -1, "a POLICY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Policies = args
			return runPolicyCheck(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	// It fails only where the flag is not the command's.
	_ = cmd.RegisterFlagCompletionFunc("allow", cobra.FixedCompletions(ruleIDs(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func runPolicyCheck(ctx context.Context, w *World, opts policyCheckOptions) error {
	for _, id := range opts.Allow {
		if err := knownRule(id); err != nil {
			return err
		}
	}
	k := &policyChecker{policyCheckOptions: opts, world: w}
	if err := k.open(ctx); err != nil {
		return err
	}
	defer k.close()
	out := view.Checked{Catalog: k.cat != nil}
	code := ExitOK
	for _, path := range opts.Policies {
		one, err := k.check(path)
		if errors.Is(err, migrate.ErrNoInput) {
			code, err = ExitNoInput, nil
			one.Findings = advice.FromErrors(migrate.FileErrors{{Pos: migrate.Pos{File: path}, Msg: "there is no such file"}})
		}
		if err != nil {
			return err
		}
		out.Policies = append(out.Policies, k.allowed(one))
	}
	if err := w.show(opts.Format, func(out2 io.Writer, o view.Options) error { return view.CheckedText(out2, out, o) },
		func(out2 io.Writer) error { return view.CheckedJSON(out2, out) }); err != nil {
		return err
	}
	return k.verdict(out, code)
}

// policyChecker checks one policy after another against one catalog.
type policyChecker struct {
	policyCheckOptions
	world      *World
	conditions *rule.Env
	cat        *catalog.Catalog // nil where none was given
	known      *advice.Catalog
}

// open opens the catalog, where one is given, and declares the mapping's
// fields to conditions.
func (k *policyChecker) open(ctx context.Context) error {
	k.conditions = rule.NewOpenEnv()
	if k.Catalog == "" && k.Mapping == "" {
		return nil
	}
	mapping, err := k.see(ctx)
	if err != nil {
		return err
	}
	if k.conditions, err = rule.NewEnv(mapping.RuleFields()); err != nil || k.cat == nil {
		return err
	}
	k.known, err = advice.Read(ctx, k.cat)
	return err
}

// see reads the mapping and, where a catalog is given, opens it.
func (k *policyChecker) see(ctx context.Context) (*catalog.Mapping, error) {
	if k.Catalog == "" {
		return readMapping(k.Mapping)
	}
	target, err := k.target()
	if err != nil {
		return nil, err
	}
	mapping, err := k.mapping(ctx, k.world, target)
	if err != nil {
		return nil, err
	}
	k.cat, err = catalog.Open(ctx, target, mapping, k.world.reading())
	return mapping, err
}

func (k *policyChecker) close() {
	if k.cat != nil {
		_ = k.cat.Close() // it was only read
	}
}

// check checks one policy. Its error is of a file that is not there, or the
// catalog's.
func (k *policyChecker) check(path string) (view.CheckedPolicy, error) {
	out := view.CheckedPolicy{File: path}
	text, err := os.ReadFile(path)
	if err != nil {
		return out, missing("policy", path, err)
	}
	file, err := policyfile.Parse(policyfile.Source{Name: path, Text: text, Open: beside(path)}, k.conditions)
	var faults migrate.FileErrors
	if errors.As(err, &faults) {
		out.Findings = advice.FromErrors(faults)
		return out, nil
	} else if err != nil {
		return out, err
	}
	out.Policy = file.Policy.Name
	out.Findings, err = advice.Check(advice.Request{Policy: file.Policy, Places: file.Places, Now: k.world.Now(), Catalog: k.known})
	return out, err
}

// allowed leaves out the warnings that were allowed.
func (k *policyChecker) allowed(p view.CheckedPolicy) view.CheckedPolicy {
	n := len(p.Findings)
	p.Findings = slices.DeleteFunc(p.Findings, func(f advice.Finding) bool {
		return f.Level == advice.Warning && slices.Contains(k.Allow, f.Rule)
	})
	p.Allowed = n - len(p.Findings)
	return p
}

// verdict is the code to exit with, and names what leads on.
func (k *policyChecker) verdict(c view.Checked, code Code) error {
	errs, warnings := c.Count(advice.Error), c.Count(advice.Warning)
	switch {
	case code != ExitOK:
	case errs > 0 || k.Strict && warnings > 0:
		code = ExitData
	}
	if errs+warnings > 0 {
		k.world.next(k.Format, "recat policy rules "+firstRule(c))
	} else if len(c.Policies) == 1 {
		k.world.next(k.Format, "recat plan "+word(c.Policies[0].File)+k.planOn()+k.through())
	}
	if code != ExitOK {
		return quietError(code)
	}
	return nil
}

func (k *policyChecker) planOn() string {
	if k.Catalog == "" {
		return " --catalog CATALOG"
	}
	return k.on(k.world)
}

// firstRule is the rule of the worst finding.
func firstRule(c view.Checked) string {
	for _, level := range []advice.Level{advice.Error, advice.Warning} {
		for _, p := range c.Policies {
			for _, f := range p.Findings {
				if f.Level == level {
					return f.Rule
				}
			}
		}
	}
	return ""
}
