package cli

import (
	"io"
	"runtime"
	"runtime/debug"

	"github.com/mattn/go-sqlite3"
	"github.com/spf13/cobra"

	"recat/cmd/internal/view"
)

type versionOptions struct{ Format string }

func newVersion(w *World) *cobra.Command {
	var opts versionOptions
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print recat's version and its engines'",
		Long:  "Print the version of recat, of Go, and of the database engines built in." + exitStatus(),
		Args:  arguments(0, 0),
		RunE:  func(*cobra.Command, []string) error { return runVersion(w, opts) },
	}
	formats(cmd.Flags(), &opts.Format, "text", asJSON)
	return cmd
}

func runVersion(w *World, opts versionOptions) error {
	sqlite, _, _ := sqlite3.Version()
	v := view.Version{Recat: version(), Go: runtime.Version(), Commit: commit(), Engines: []string{"sqlite " + sqlite,
		"postgres by pgx " + built("github.com/jackc/pgx/v5"), "mysql by go-sql-driver " + built("github.com/go-sql-driver/mysql")}}
	return w.show(opts.Format,
		func(out io.Writer, _ view.Options) error { return view.VersionText(out, v) },
		func(out io.Writer) error { return view.VersionJSON(out, v) })
}

// version is recat's, as the go command recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// built is the version of a module that this program is built with.
func built(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == module {
				return dep.Version
			}
		}
	}
	return "(unknown)"
}

func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return ""
}
