package cli

import (
	"io"
	"slices"

	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/advice"
)

func newPolicy(w *World) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Begin a policy, and check policies",
		Long:  "Begin a policy, and check policies for what their writers can hardly want." + exitStatus(),
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyInit(w), newPolicyCheck(w), newPolicyRules(w))
	return cmd
}

func newPolicyRules(w *World) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "rules [RULE…]",
		Short:   "Explain what a check looks for",
		Long:    "Explain the rules that recat policy check looks for, or those that are named." + exitStatus(),
		Example: "  recat policy rules\n  recat policy rules target-removed",
		Args:    arguments(0, -1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			for _, id := range args {
				if err := knownRule(id); err != nil {
					return err
				}
			}
			rules := slices.DeleteFunc(advice.Rules(), func(r advice.Rule) bool { return len(args) > 0 && !slices.Contains(args, r.ID) })
			return w.show(format, func(out io.Writer, o view.Options) error { return view.RulesText(out, rules, o) },
				func(out io.Writer) error { return view.RulesJSON(out, rules) })
		},
	}
	formats(cmd.Flags(), &format, "text", asJSON)
	return cmd
}

func ruleIDs() []string {
	var out []string
	for _, r := range advice.Rules() {
		out = append(out, r.ID)
	}
	return out
}

// knownRule refuses an id that is no rule's, naming the nearest that are.
func knownRule(id string) error {
	if advice.Known(id) {
		return nil
	}
	return &usageError{msg: "no rule is called " + id + didYouMean(migrate.Nearest(id, ruleIDs())), hint: "recat policy rules"}
}
