package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/migrate/catalog"
)

type mapOptions struct {
	source
	Out    string
	Grants bool
	Reader bool
	Role   string
}

func (o *mapOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringVar(&o.Out, "out", "", "write the draft, or the grants, to `FILE`")
	flags.BoolVar(&o.Grants, "grants", false, "print the run tables and the rights that a role needs, for an administrator to run")
	flags.BoolVar(&o.Reader, "reader", false, "with --grants: the rights of a role that plans and looks, and writes nothing")
	flags.StringVar(&o.Role, "role", "", "with --grants: the role's `NAME`; recat, or recat_reader with --reader, without it")
}

const mapLong = `Draft a mapping from a catalog's tables and foreign keys, or name the preset
that fits it. What cannot be known from the tables is left as "?" beside the
values that are there, for you to answer; recat accepts no mapping with a "?".
A platform that recat knows and does not work on is refused, with the reason.

With --grants it prints instead the tables that record the runs, and the rights
that a database role needs to plan, apply and undo through the mapping, and no
others. An administrator runs them; recat only prints.`

func newMap(w *World) *cobra.Command {
	var opts mapOptions
	cmd := &cobra.Command{
		Use:     "map --catalog CATALOG",
		Short:   "Draft a mapping from the catalog's tables",
		Long:    mapLong + exitStatus(ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat map --catalog shop.db --out shop.yaml\n  recat map --grants --catalog @admin.txt --mapping shop.yaml --role recat",
		Args:    arguments(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case !opts.Grants && (opts.Reader || cmd.Flags().Changed("role")):
				return &usageError{msg: "--reader and --role go with --grants", hint: "recat map --help"}
			case !opts.Grants && opts.Mapping != w.env("RECAT_MAPPING"):
				return &usageError{msg: "map drafts a mapping; --mapping goes with --grants", hint: "recat map --help"}
			}
			return runMap(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runMap(ctx context.Context, w *World, opts mapOptions) error {
	target, err := opts.target()
	if err != nil {
		return err
	}
	if opts.Grants {
		return printGrants(ctx, w, target, opts)
	}
	draft, err := catalog.DraftMapping(ctx, target, w.reading())
	if err != nil {
		return err
	}
	if draft.Preset != "" {
		w.note("the catalog is of the preset %s: no mapping is needed", draft.Preset)
		if opts.Out == "" {
			w.next("", "recat plan POLICY"+opts.on(w))
			return nil
		}
	}
	err = w.writeTo(opts.Out, 0o644, func(out io.Writer) error {
		_, err := out.Write(draft.Text)
		return err
	})
	if err != nil {
		return err
	}
	tellDraft(w, draft, opts)
	return nil
}

// tellDraft says what was drafted and which answers it needs.
func tellDraft(w *World, d catalog.Draft, opts mapOptions) {
	name := "a mapping"
	if opts.Out != "" {
		name = opts.Out
	}
	w.note("drafted %s from %s; %s", name, count(d.Tables, "table"), count(d.References, "reference"))
	if len(d.Questions) > 0 {
		w.note("%s needed, marked \"?\":", count(len(d.Questions), "answer"))
	}
	for _, q := range d.Questions {
		w.note("  %s", q)
	}
	switch {
	case opts.Out == "":
		w.next("", "recat map"+opts.on(w)+" --out mapping.yaml")
	case len(d.Questions) > 0:
		w.next("", "edit "+word(opts.Out)+", then recat plan POLICY"+opts.on(w)+" --mapping "+word(opts.Out))
	default:
		w.next("", "recat plan POLICY"+opts.on(w)+" --mapping "+word(opts.Out))
	}
}
