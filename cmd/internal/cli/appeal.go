package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"recat/migrate"
)

// appealFlags are the flags by which an undo takes back a part of a run.
type appealFlags struct {
	Products []string
	Category string
	Into     string
}

func (o *appealFlags) addFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.Products, "product", nil, "restore the product with this `ID` only; may be given several times")
	flags.StringVar(&o.Category, "category", "", "restore only what the run took out of this `CATEGORY` (its path, or id:…)")
	flags.StringVar(&o.Into, "into", "", "where products go whose own category is gone: a `CATEGORY` (its path, or id:…)")
}

// given reports whether a part of the run is asked for.
func (o appealFlags) given() bool { return len(o.Products) > 0 || o.Category != "" }

// check refuses flags that make no appeal together.
func (o appealFlags) check(reason string) error {
	switch {
	case len(o.Products) > 0 && o.Category != "":
		return &usageError{msg: "--product and --category choose in two ways: give one of them"}
	case o.Into != "" && !o.given():
		return &usageError{msg: "--into is for an appeal: say which, with --product or --category"}
	case slices.Contains(o.Products, ""):
		return &usageError{msg: "--product names no product"}
	case o.given() && strings.TrimSpace(reason) == "":
		return &usageError{msg: "why are they restored? an appeal needs --reason"}
	}
	return nil
}

// choose finds what the appeal is about, where it is one.
func (u *undoing) choose(ctx context.Context) error {
	if !u.opts.given() {
		return nil
	}
	cat, err := u.open(ctx, u.target, u.opts.source, u.world.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	u.part = &migrate.Part{Products: slices.Clone(u.opts.Products)}
	if u.opts.Category != "" {
		if u.part.Category, err = migrate.TakenFrom(ctx, cat, u.run.ID, u.opts.Category); err != nil {
			return hint(err, fmt.Sprintf("recat show %d%s", u.run.ID, u.opts.on(u.world)))
		}
	}
	if u.opts.Into != "" {
		u.part.Into, u.part.IntoPath, err = migrate.FindOpen(ctx, cat, u.opts.Into)
	}
	return err
}

// command is the undo once more, whole, with an answer to conflicts.
func (u *undoing) command(onConflict migrate.OnConflict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "recat undo %d%s", u.run.ID, u.opts.on(u.world))
	for _, id := range u.opts.Products {
		b.WriteString(" --product " + word(id))
	}
	for _, f := range [][2]string{{"category", u.opts.Category}, {"into", u.opts.Into}} {
		if f[1] != "" {
			b.WriteString(" --" + f[0] + " " + word(f[1]))
		}
	}
	if u.opts.Reason != "" {
		b.WriteString(" --reason " + word(u.opts.Reason))
	}
	if onConflict != migrate.ConflictFail {
		b.WriteString(" --on-conflict " + string(onConflict))
	}
	return b.String()
}
