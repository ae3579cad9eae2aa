package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
	"recat/migrate/catalog"
	"recat/taxonomy"
	"recat/taxonomy/format"
)

type treeOptions struct {
	Source  string
	Mapping string
	Format  string
}

const treeLong = `Load a taxonomy, check it and print it.

SOURCE is a catalog (shop.db, postgres://…, mysql://…, @FILE) or a taxonomy file,
whose format is recognised: Google, Shopify, eBay, Best Buy, CSV or JSON. A file named
diff is ./diff. Defects that leave no tree are listed with their lines; those a
tree can live with are warned of on stderr.`

func newTree(w *World) *cobra.Command {
	var opts treeOptions
	cmd := &cobra.Command{
		Use:     "tree SOURCE",
		Short:   "Load, check and print a taxonomy",
		Long:    treeLong + exitStatus(ExitData, ExitNoInput, ExitInterrupted),
		Example: "  recat tree taxonomy.txt\n  recat tree shop.db --format csv > categories.csv",
		Args:    arguments(1, 1, "a SOURCE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.Source = args[0]
			return runTree(cmd.Context(), w, opts)
		},
	}
	cmd.Flags().StringVar(&opts.Mapping, "mapping", "", "`FILE` or preset that describes the catalog's tables")
	formats(cmd.Flags(), &opts.Format, "text", "csv", asJSON, "google")
	cmd.AddCommand(newTreeDiff(w))
	return cmd
}

func runTree(ctx context.Context, w *World, opts treeOptions) error {
	tree, err := loadTree(ctx, w, opts.Source, opts.Mapping)
	if err != nil {
		return err
	}
	as := func(render func(io.Writer, *taxonomy.Tree) error) func(io.Writer) error {
		return func(out io.Writer) error { return render(out, tree) }
	}
	return w.render(opts.Format, "", func(out io.Writer, _ view.Options) error { return view.TreeText(out, tree) },
		renderings{asCSV: as(view.TreeCSV), asJSON: as(view.TreeJSON), "google": as(view.TreeGoogle)})
}

type treeDiffOptions struct {
	From, To string
	Mapping  string
	Format   string
	ExitCode bool
}

func newTreeDiff(w *World) *cobra.Command {
	var opts treeDiffOptions
	cmd := &cobra.Command{
		Use:   "diff FROM TO",
		Short: "Show what changed between two taxonomies",
		Long: `Show what changed from one taxonomy to another, by id: categories that were
added, removed, renamed and moved. Each side is a catalog or a file.` +
			exitStatus(ExitChanges, ExitData, ExitNoInput, ExitInterrupted) + "\n\nWithout --exit-code differences exit with 0.",
		Example: "  recat tree diff taxonomy-2021-08.txt taxonomy-2021-10.txt",
		Args:    arguments(2, 2, "FROM", "TO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.From, opts.To = args[0], args[1]
			return runTreeDiff(cmd.Context(), w, opts)
		},
	}
	cmd.Flags().StringVar(&opts.Mapping, "mapping", "", "`FILE` or preset that describes a catalog's tables")
	cmd.Flags().BoolVar(&opts.ExitCode, "exit-code", false, "exit with 2 where they differ")
	formats(cmd.Flags(), &opts.Format, "text", asJSON)
	return cmd
}

func runTreeDiff(ctx context.Context, w *World, opts treeDiffOptions) error {
	from, err := loadTree(ctx, w, opts.From, opts.Mapping)
	if err != nil {
		return err
	}
	to, err := loadTree(ctx, w, opts.To, opts.Mapping)
	if err != nil {
		return err
	}
	changes := taxonomy.Diff(from, to)
	err = w.show(opts.Format,
		func(out io.Writer, o view.Options) error { return view.TreeDiffText(out, changes, o) },
		func(out io.Writer) error { return view.TreeDiffJSON(out, changes) })
	if err == nil && opts.ExitCode && len(changes) > 0 {
		return quietError(ExitChanges)
	}
	return err
}

// loadTree loads the tree of a catalog or a file.
func loadTree(ctx context.Context, w *World, name, mapping string) (*taxonomy.Tree, error) {
	if isCatalog(name) {
		return catalogTree(ctx, w, source{Catalog: name, Mapping: mapping})
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, missing("taxonomy", name, err)
	}
	defer f.Close()
	t, err := format.Read(f, name, format.Options{})
	if err != nil {
		return nil, err
	}
	for _, d := range t.Check().Warnings() {
		w.note("warning: %s: %s", name, d.Error())
	}
	return t.Tree()
}

// isCatalog tells a catalog from a taxonomy file: by a scheme, or by what the
// file begins with.
func isCatalog(name string) bool {
	for _, prefix := range []string{"@", "sqlite:", "file:"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	if target, err := catalog.ParseTarget(name); err != nil || target.Server() { // its words repeat no password
		return true
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	magic := []byte("SQLite format 3\x00")
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	return err == nil && bytes.Equal(head, magic)
}

func catalogTree(ctx context.Context, w *World, s source) (*taxonomy.Tree, error) {
	target, err := s.target()
	if err != nil {
		return nil, err
	}
	m, err := s.mapping(ctx, w, target)
	if err != nil {
		return nil, err
	}
	c, err := catalog.Open(ctx, target, m, w.reading())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	cats, err := c.Categories(ctx)
	if err == nil {
		err = cats.Broken
	}
	if err != nil {
		return nil, fmt.Errorf("read the categories of %s: %w", target, err)
	}
	return cats.Tree, nil
}
