package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate/catalog"
)

// completer finds the words that begin as what was typed does. A shell waits
// for it and shows no errors: where it fails it finds nothing.
type completer = cobra.CompletionFunc

// addCompletions tells the shell what each argument and flag can be.
func addCompletions(root *cobra.Command, w *World) {
	plans, policies, runs := files(isPlan), files(isPolicy), runsOf(w, everyRun)
	either := oneAfterOther(runs, plans)
	arguments := map[string]completer{
		"recat plan": first(policies), "recat status": oneAfterOther(policies, plans), "recat audit": first(policies),
		"recat policy check": policies, "recat policy init": categoriesOf(w),
		"recat show": first(either), "recat verify": first(either), "recat export": first(either), "recat undo": first(runsOf(w, stands)),
		"recat compare": plans, "recat approve": plans, "recat rehearse": first(plans), "recat apply": first(plans),
		"recat map": nothing, "recat history": nothing, "recat version": nothing,
	}
	flags := map[string]completer{ // of one command, or of all that have it
		"mapping": oneAfterOther(presets, files(isMapping)), "plan": plans, "prune": runs, "into": categoriesOf(w),
		"allow":                  cobra.FixedCompletions(ruleIDs(), cobra.ShellCompDirectiveNoFileComp),
		"recat history category": removedOf(w), "recat undo category": removedPathsOf(w),
		"expect": nothing, "early": nothing, "reason": nothing, "by": nothing, "ref": nothing, "role": nothing,
		"lock-timeout": nothing, "product": nothing,
	}
	eachCommand(root, func(cmd *cobra.Command) {
		if complete := arguments[cmd.CommandPath()]; complete != nil {
			cmd.ValidArgsFunction = complete
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			for _, of := range []string{cmd.CommandPath() + " " + f.Name, f.Name} {
				if complete := flags[of]; complete != nil {
					register(cmd, f.Name, complete)
				}
			}
		})
	})
}

//go:embed completion.bash
var bashCompletion string

// completeInShells has words with spaces completed, and inside quotes. Cobra's
// script for bash puts them into the line as they are, so that recat has one
// of its own; in zsh's it leaves an open quote open.
func completeInShells(completion *cobra.Command, w *World) {
	scripts := map[string]func(io.Writer) error{
		"bash": func(out io.Writer) error {
			_, err := io.WriteString(out, bashCompletion)
			return err
		},
		"zsh": func(out io.Writer) error {
			var script strings.Builder
			err := completion.Root().GenZshCompletion(&script)
			_, wrote := io.WriteString(out, strings.Replace(script.String(), zshAsks, zshCloses+zshAsks, 1))
			return errors.Join(err, wrote)
		},
	}
	for _, shell := range completion.Commands() {
		if script, ours := scripts[shell.Name()]; ours {
			shell.Long = fmt.Sprintf("Generate the autocompletion script for %[1]s:\n\n  source <(recat completion %[1]s)", shell.Name())
			shell.ResetFlags()
			shell.RunE = func(*cobra.Command, []string) error { return w.print(script) }
		}
	}
}

// zshAsks is where cobra's script for zsh asks, and zshCloses what closes an
// open quote before.
const (
	zshAsks   = "    out=$(eval ${requestComp} 2>/dev/null)\n"
	zshCloses = `    setopt local_options extended_glob
    local open=${requestComp//\\?/}
    open=${${${open//\"[^\"]#\"/}//\'[^\']#\'/}//[^\"\']/}
    requestComp+=${open[1]}
`
)

// eachCommand visits recat's own commands.
func eachCommand(root *cobra.Command, visit func(*cobra.Command)) {
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" && cmd.Name() != "help" {
			visit(cmd)
			eachCommand(cmd, visit)
		}
	}
}

// register has a flag completed, unless it is already.
func register(cmd *cobra.Command, flag string, complete completer) {
	_ = cmd.RegisterFlagCompletionFunc(flag, complete)
}

// nothing keeps a shell from offering files where none is meant.
func nothing(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// first completes the first argument only.
func first(complete completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nothing(cmd, args, typed)
		}
		return complete(cmd, args, typed)
	}
}

// oneAfterOther offers what several find.
func oneAfterOther(all ...completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var words []cobra.Completion
		directive := cobra.ShellCompDirectiveNoFileComp
		for _, complete := range all {
			found, how := complete(cmd, args, typed)
			words, directive = append(words, found...), directive|how
		}
		return words, directive
	}
}

// offer keeps of some words those that begin as what was typed and that a
// terminal can be shown, with their descriptions.
func offer(words []cobra.Completion, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	words = slices.DeleteFunc(words, func(word string) bool {
		word, _, _ = strings.Cut(word, "\t")
		return !strings.HasPrefix(word, typed) || view.Safe(word) != word
	})
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// described is a word with a description.
func described(word, description string) cobra.Completion {
	return cobra.CompletionWithDesc(word, view.Safe(description))
}

// presets offers the presets, with their platforms.
func presets(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var words []cobra.Completion
	for _, name := range catalog.Presets() {
		if m, err := catalog.Preset(name, nil); err == nil {
			words = append(words, described(name, m.Platform()))
		}
	}
	return offer(words, typed)
}
