package cli

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/taxonomy"
)

// completionPatience is how long a shell waits for a catalog.
const completionPatience = 2 * time.Second

// quietly lends a completer a world that says nothing, and the catalog that
// the command line or the environment names.
func quietly(w *World, cmd *cobra.Command, use func(context.Context, *World, source) error) {
	quiet := *w
	quiet.Stderr = io.Discard
	ctx, cancel := context.WithTimeout(cmp.Or(cmd.Context(), context.Background()), completionPatience)
	defer cancel()
	// Without a catalog there is nothing to offer.
	_ = use(ctx, &quiet, source{Catalog: given(cmd, w, "catalog"), Mapping: given(cmd, w, "mapping")})
}

func everyRun(migrate.Run) bool { return true }

// stands reports whether a run can be taken back.
func stands(r migrate.Run) bool { return r.Kind == migrate.RunApply && r.UndoneBy == 0 }

// runsOf offers the runs of a kind that the catalog records, newest first, and
// last.
func runsOf(w *World, kind func(migrate.Run) bool) completer {
	return func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var words []cobra.Completion
		quietly(w, cmd, func(ctx context.Context, w *World, s source) error {
			return withRuns(ctx, w, s, func(cat migrate.Catalog) error {
				runs, err := cat.Runs(ctx)
				for _, r := range slices.Backward(runs) {
					if kind(r) {
						words = append(words, described(strconv.FormatInt(r.ID, 10), view.RunLine(r)))
					}
				}
				if len(words) > 0 {
					words = append([]cobra.Completion{described("last", "the newest of them")}, words...)
				}
				return err
			})
		})
		return offer(words, typed)
	}
}

func withRuns(ctx context.Context, w *World, s source, use func(migrate.Catalog) error) error {
	target, err := s.target()
	if err != nil {
		return err
	}
	cat, err := catalog.OpenRuns(ctx, target, w.reading())
	if err != nil {
		return err
	}
	defer cat.Close()
	return use(cat)
}

// removedOf offers the ids of categories that runs removed, with their paths.
func removedOf(w *World) completer {
	return func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		removed := tombstones(w, cmd)
		var words []cobra.Completion
		for _, id := range slices.Sorted(maps.Keys(removed)) {
			words = append(words, described(string(id), removed[id]))
		}
		return offer(words, typed)
	}
}

// removedPathsOf offers the paths of categories that runs removed.
func removedPathsOf(w *World) completer {
	return func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return offer(slices.Compact(slices.Sorted(maps.Values(tombstones(w, cmd)))), typed)
	}
}

// tombstones are the paths of removed categories by id.
func tombstones(w *World, cmd *cobra.Command) map[taxonomy.ID]string {
	paths := map[taxonomy.ID]string{}
	quietly(w, cmd, func(ctx context.Context, w *World, s source) error {
		return withRuns(ctx, w, s, func(cat migrate.Catalog) error {
			tombs, err := cat.Tombstones(ctx)
			for _, t := range tombs {
				paths[t.ID] = t.Path
			}
			return err
		})
	})
	return paths
}

// categoriesOf offers the paths of the catalog's categories.
func categoriesOf(w *World) completer {
	return func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		var paths []string
		quietly(w, cmd, func(ctx context.Context, w *World, s source) error {
			tree, err := catalogTree(ctx, w, s)
			if err != nil {
				return err
			}
			for node := range tree.All() {
				if path := tree.Path(node.ID).String(); strings.HasPrefix(path, typed) {
					paths = append(paths, path)
				}
			}
			return nil
		})
		return offer(fewer(paths, typed), typed)
	}
}

// mostOffered is how many paths are offered at once.
const mostOffered = 200

// fewer leaves of too many paths those that are shortest below what was typed:
// one level after the other can be chosen then.
func fewer(paths []string, typed string) []string {
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(strings.Count(a, ">")-strings.Count(b, ">"), cmp.Compare(a, b))
	})
	paths = slices.Compact(paths)
	if len(paths) <= mostOffered {
		return paths
	}
	level := strings.Count(paths[0], ">")
	if paths[0] == typed { // whole: what is below it comes next
		level++
	}
	return slices.DeleteFunc(paths, func(p string) bool { return strings.Count(p, ">") > level })
}
