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
	Out string
}

func (o *mapOptions) addFlags(flags *pflag.FlagSet) {
	o.addCatalog(flags)
	flags.StringVar(&o.Out, "out", "", "write the draft to `FILE`")
}

const mapLong = `Draft a mapping from a catalog's tables and foreign keys, or name the preset
that fits it. What cannot be known from the tables is left as "?" beside the
values that are there, for you to answer; recat accepts no mapping with a "?".
A platform that recat knows and does not work on is refused, with the reason.`

func newMap(w *World) *cobra.Command {
	var opts mapOptions
	cmd := &cobra.Command{
		Use:     "map --catalog CATALOG",
		Short:   "Draft a mapping from the catalog's tables",
		Long:    mapLong + exitStatus(ExitRefused, ExitNoInput, ExitInterrupted),
		Example: "  recat map --catalog shop.db --out shop.yaml",
		Args:    arguments(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return runMap(cmd.Context(), w, opts) },
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runMap(ctx context.Context, w *World, opts mapOptions) error {
	target, err := opts.target()
	if err != nil {
		return err
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
