package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/migrate"
)

// execute runs one command line in a world.
func execute(ctx context.Context, w *World) Code {
	root := newRoot(w)
	root.SetArgs(w.Args)
	cmd, err := root.ExecuteContextC(ctx)
	code := ExitOK
	if err != nil {
		code = report(ctx, w, cmd, err)
	}
	if err := w.sent.aside.Close(); err != nil && code == ExitOK {
		code = report(ctx, w, nil, err)
	}
	return code
}

// newRoot makes the tree of commands.
func newRoot(w *World) *cobra.Command {
	cobra.EnableCommandSorting = false // the order of a retirement tells more
	root := &cobra.Command{
		Use:   "recat",
		Short: "Retire categories from a product catalog",
		Long:  rootLong,
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := flagsFromEnv(cmd.Flags(), w); err != nil {
				return err
			}
			return w.openAside(cmd)
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		w.sent.unread = w.Args
		return badFlag(cmd, err)
	})
	addCommands(root, w)
	root.SetHelpCommand(newHelp(root))
	root.SetHelpCommandGroupID(groupLook)
	root.SetCompletionCommandGroupID(groupLook)
	root.InitDefaultCompletionCmd(w.Args...)
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = unknownCommand
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		completeInShells(completion, w)
	}
	eachCommand(root, addJSONInto)
	eachCommand(root, tellVariables)
	addCompletions(root, w)
	tour(root, w)
	return root
}

// newHelp is cobra's help, which knows no unknown command.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || cmd == nil {
				cmd, rest = root, args
			}
			if len(rest) > 0 {
				return unknownCommand(cmd, rest)
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// unknownCommand refuses what is no command, naming the nearest that are.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := cmd.SuggestionsFor(args[0])
	if len(near) == 0 {
		near = migrate.Nearest(args[0], commandNames(cmd))
	}
	return &usageError{msg: fmt.Sprintf("%q is no command of %s%s", args[0], cmd.CommandPath(), didYouMean(near)),
		hint: cmd.CommandPath() + " --help"}
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// badFlag makes a usage error of what the flag parser says, with the nearest
// flag where it knows none of that name.
func badFlag(cmd *cobra.Command, err error) error {
	msg := err.Error()
	if name, ok := strings.CutPrefix(msg, "unknown flag: --"); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		msg += didYouMean(migrate.Nearest("--"+name, names))
	}
	return &usageError{msg: msg, hint: cmd.CommandPath() + " --help"}
}

// didYouMean ends a sentence with what may have been meant.
func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}

// arguments takes between least and most arguments, named for a person; most
// below 0 is any number.
func arguments(least, most int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := cmd.CommandPath() + " --help"
		switch {
		case len(args) < least:
			return &usageError{msg: fmt.Sprintf("%s needs %s", cmd.CommandPath(), strings.Join(names[len(args):least], " and ")), hint: hint}
		case most >= 0 && len(args) > most && cmd.HasAvailableSubCommands() && len(migrate.Nearest(args[0], commandNames(cmd))) > 0:
			return unknownCommand(cmd, args)
		case most >= 0 && len(args) > most:
			return &usageError{msg: fmt.Sprintf("%s takes no argument %q", cmd.CommandPath(), args[most]), hint: hint}
		}
		return nil
	}
}

// exitStatus is the section of a command's help on its exit codes.
func exitStatus(codes ...Code) string {
	var b strings.Builder
	b.WriteString("\n\nEXIT STATUS\n")
	codes = append(codes, ExitOK, ExitError, ExitUsage)
	slices.Sort(codes)
	for _, c := range codes {
		fmt.Fprintf(&b, "  %3d  %-12s %s\n", int(c), c, codeMeanings[c])
	}
	return strings.TrimSuffix(b.String(), "\n")
}
