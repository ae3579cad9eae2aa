package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// deciding are the flags that say what is done: they have no variable, so
// that nothing lying about in an environment can decide.
var deciding = []string{"yes", "early", "dry-run", "on-conflict", "rebuild-tree", "prune", "on", "grants", "reader"}

// variable is the environment variable of a flag, "" where it has none.
func variable(flag string) string {
	if flag == "help" || slices.Contains(deciding, flag) {
		return ""
	}
	return "RECAT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// flagsFromEnv sets the flags that were not given from their variables.
func flagsFromEnv(flags *pflag.FlagSet, w *World) error {
	var first error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variable(f.Name)
		if f.Changed || name == "" || first != nil {
			return
		}
		if value, ok := w.LookupEnv(name); ok && value != "" {
			if err := flags.Set(f.Name, value); err != nil {
				first = &usageError{msg: fmt.Sprintf("%s: %v", name, err)}
			}
		}
	})
	return first
}

// tellVariables adds each flag's variable to its help, and the words it takes
// to its completion.
func tellVariables(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if c, ok := f.Value.(choice); ok {
			register(cmd, f.Name, cobra.FixedCompletions(c.allowed, cobra.ShellCompDirectiveNoFileComp))
		}
		if name := variable(f.Name); name != "" && !strings.Contains(f.Usage, "$RECAT_") {
			f.Usage += " [$" + name + "]"
		}
	})
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   *string
	allowed []string
}

func (c choice) String() string {
	if c.value == nil {
		return ""
	}
	return *c.value
}

func (c choice) Type() string { return strings.Join(c.allowed, "|") }

func (c choice) Set(s string) error {
	if !slices.Contains(c.allowed, s) {
		return fmt.Errorf("%q is none of %s%s", s, strings.Join(c.allowed, ", "), didYouMean(migrate.Nearest(s, c.allowed)))
	}
	*c.value = s
	return nil
}

// choose adds a flag that takes one of a few words; the first is the default.
func choose(flags *pflag.FlagSet, value *string, name, usage string, allowed ...string) {
	*value = allowed[0]
	flags.Var(choice{value, allowed}, name, usage)
}

// formats adds --format; the first is the default.
func formats(flags *pflag.FlagSet, value *string, allowed ...string) {
	choose(flags, value, "format", "how to print", allowed...)
}

// size is a flag that bounds the bytes of a Markdown rendering.
type size struct{ value *int }

func (s size) String() string {
	if s.value == nil {
		return ""
	}
	return strconv.Itoa(*s.value)
}

func (s size) Type() string { return "BYTES" }

func (s size) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < view.LeastMarkdown {
		return fmt.Errorf("%q is no number of bytes from %d on", text, view.LeastMarkdown)
	}
	*s.value = n
	return nil
}

// bounded adds --max-bytes, which a comment on GitHub, of 65,536 characters,
// has room for.
func bounded(flags *pflag.FlagSet, value *int) {
	*value = 65000
	flags.Var(size{value}, "max-bytes", "no more Markdown than so many `BYTES`; what is left out is counted")
}

// afterMistake finds the value that a flag is given among arguments which the
// parser gave up on.
func afterMistake(args []string, name string) (value string, ok bool) {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if v, one := strings.CutPrefix(arg, "--"+name+"="); one {
			value, ok = v, true
		} else if arg == "--"+name && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			value, ok = args[i+1], true
		}
	}
	return value, ok
}

// formatOf is the format a command was asked for, "" where it knows none.
func formatOf(cmd *cobra.Command, w *World) string { return given(cmd, w, "format") }

// given is a flag's value, or its variable's, "" where the command knows no
// such flag. A mistake in the arguments comes before the variables are read, and
// one in a flag before the flags that follow it.
func given(cmd *cobra.Command, w *World, name string) string {
	if cmd == nil {
		return ""
	}
	f := cmd.Flags().Lookup(name)
	if f == nil {
		return ""
	}
	written, ok := afterMistake(w.sent.unread, name)
	switch {
	case ok:
		return written
	case !f.Changed && w.env(variable(f.Name)) != "":
		return w.env(variable(f.Name))
	}
	return f.Value.String()
}
