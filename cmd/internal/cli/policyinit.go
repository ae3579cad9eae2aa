package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

type policyInitOptions struct {
	source
	Categories []string
	Name       string
	Reason     string
	Effective  string
	Zone       string
	Prohibited bool
	Out        string
}

func (o *policyInitOptions) addFlags(flags *pflag.FlagSet) {
	o.source.addFlags(flags)
	flags.StringVar(&o.Name, "name", "", "the policy's `NAME`; made of the first category's where it is left out")
	flags.StringVar(&o.Reason, "reason", "", "the law, the notice or the `TICKET`")
	flags.StringVar(&o.Effective, "effective", "", "the `DATE`: a day like 2021-10-08, or an instant")
	flags.StringVar(&o.Zone, "zone", "", "the time `ZONE` in which days begin, like Asia/Shanghai")
	flags.BoolVar(&o.Prohibited, "prohibited", false, "the goods may not be sold at all, wherever they are")
	flags.StringVar(&o.Out, "out", "", "write to `FILE`, which must not be there yet")
}

const policyInitLong = `Write a policy that removes categories, with comments on what else could be said.
It can be checked and planned as it is.

With --catalog the categories are looked for, counted, and pointed at by id where
a path names several. An id is given as id:100012.`

func newPolicyInit(w *World) *cobra.Command {
	var opts policyInitOptions
	cmd := &cobra.Command{
		Use:   "init CATEGORY…",
		Short: "Begin a policy for categories, with comments",
		Long:  policyInitLong + exitStatus(ExitRefused, ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat policy init 'Toys > Hoverboards' --out hoverboards.yaml\n" +
			"  recat policy init 'Toys > Lasers' --prohibited --effective 2021-10-08 --zone Asia/Shanghai --catalog shop.db --out lasers.yaml",
		Args: arguments(1, -1, "a CATEGORY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Categories = args
			return runPolicyInit(cmd.Context(), w, opts)
		},
	}
	opts.addFlags(cmd.Flags())
	return cmd
}

func runPolicyInit(ctx context.Context, w *World, opts policyInitOptions) error {
	if opts.Out != "" {
		if _, err := os.Lstat(opts.Out); err == nil {
			return migrate.Refuse("%s is there already, and a policy is never written over", opts.Out)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("write the policy: %w", err)
		}
	}
	d := policyfile.Draft{Name: opts.Name, Reason: opts.Reason, Zone: opts.Zone, Effective: opts.Effective,
		Today: w.Now(), Prohibited: opts.Prohibited}
	var err error
	if opts.Catalog == "" {
		err = opts.written(&d)
	} else {
		err = opts.found(ctx, w, &d)
	}
	if err != nil {
		return err
	}
	if d.Name == "" {
		d.Name = policyfile.DraftName(d.Categories[0].Path, d.Prohibited)
	}
	if err := readable(d); err != nil {
		return err
	}
	if err := opts.write(w, d); err != nil {
		return err
	}
	if opts.Out != "" {
		w.next("", "recat policy check "+word(opts.Out)+opts.onCatalog(w), "recat plan "+word(opts.Out)+opts.onCatalog(w))
	}
	return nil
}

// onCatalog is the flags that reach the same catalog, where one was given.
func (o policyInitOptions) onCatalog(w *World) string {
	if o.Catalog == "" {
		return " --catalog CATALOG"
	}
	return o.on(w) + o.through()
}

func (o policyInitOptions) write(w *World, d policyfile.Draft) error {
	if o.Out == "" {
		return w.print(d.Write)
	}
	file, err := os.OpenFile(o.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write the policy: %w", err)
	}
	if err := fill(file, true, d.Write); err != nil {
		return errors.Join(fmt.Errorf("write the policy: %w", err), os.Remove(o.Out))
	}
	return nil
}

// readable reads the draft as whoever plans it will: what is wrong with it was
// given in a flag.
func readable(d policyfile.Draft) error {
	var text strings.Builder
	if err := d.Write(&text); err != nil {
		return err
	}
	_, err := policyfile.Parse(policyfile.Source{Text: []byte(text.String())}, rule.NewOpenEnv())
	var faults migrate.FileErrors
	if errors.As(err, &faults) {
		return &usageError{msg: faults[0].Msg, hint: "recat policy init --help"}
	}
	return err
}

// reference reads a category as it is given in an argument.
func reference(arg string) migrate.CategoryRef {
	if id, ok := strings.CutPrefix(arg, "id:"); ok && strings.TrimSpace(id) != "" {
		return migrate.CategoryRef{ID: taxonomy.ID(strings.TrimSpace(id))}
	}
	return migrate.CategoryRef{Path: taxonomy.ParsePath(arg).String(), Cell: true}
}

// written takes the categories as they are given.
func (o policyInitOptions) written(d *policyfile.Draft) error {
	named := map[string]bool{}
	for _, arg := range o.Categories {
		ref := reference(arg)
		if named[ref.String()] {
			continue
		}
		named[ref.String()] = true
		c := policyfile.DraftCategory{Ref: ref, Path: ref.Path}
		d.Categories = append(d.Categories, c)
	}
	for i := range d.Categories { // to what stays above
		c := &d.Categories[i]
		path := taxonomy.ParsePath(c.Path)
		for len(path) > 1 && c.To == nil {
			if path = path[:len(path)-1]; !named[path.String()] {
				c.To = &migrate.CategoryRef{Path: path.String()}
			}
		}
	}
	return nil
}

// found looks the categories up in the catalog.
func (o policyInitOptions) found(ctx context.Context, w *World, d *policyfile.Draft) error {
	target, err := o.target()
	if err != nil {
		return err
	}
	mapping, err := o.mapping(ctx, w, target)
	if err != nil {
		return err
	}
	cat, err := catalog.Open(ctx, target, mapping, w.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	s := &scout{draft: d, refs: o.Categories}
	if err := s.look(ctx, cat); err != nil {
		return err
	}
	for _, r := range mapping.References {
		if r.OnRemove == migrate.OnRemoveRestrict {
			d.Catalog.Restricted = append(d.Catalog.Restricted, r.Table+"."+r.Column)
		}
	}
	return nil
}

// pointable reports whether a path can stand in a policy and is read as it is
// meant.
func pointable(t *taxonomy.Tree, path string, id taxonomy.ID) bool {
	found := t.Lookup(path)
	return len(found) == 1 && found[0] == id && strings.IndexFunc(path, unicode.IsControl) < 0 && !emptyName(path)
}

func emptyName(path string) bool {
	for _, name := range taxonomy.ParsePath(path) {
		if name == "" {
			return true
		}
	}
	return false
}
