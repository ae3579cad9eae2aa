package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recat/migrate"
)

// nearFile ends an error that names a file which is not there with the name
// nearest to it in its folder.
func nearFile(cmd *cobra.Command, err error) error {
	names := named(cmd)
	for _, name := range names {
		if !strings.Contains(err.Error(), name) {
			continue
		}
		if near := neighbour(name, names); near != "" {
			return fmt.Errorf("%w; did you mean %s?", err, near)
		}
	}
	return err
}

// named lists what the arguments and flags of a command say that may be the
// names of files.
func named(cmd *cobra.Command) []string {
	if cmd == nil {
		return nil
	}
	names := cmd.Flags().Args()
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if many, ok := f.Value.(pflag.SliceValue); ok {
			names = append(names, many.GetSlice()...)
			return
		}
		names = append(names, strings.TrimPrefix(f.Value.String(), "@"))
	})
	return names
}

// neighbour is the file with the nearest name beside one that is not there,
// those apart that were named as well; "" where none is near.
func neighbour(path string, named []string) string {
	if _, err := os.Stat(path); path == "" || !os.IsNotExist(err) {
		return ""
	}
	dir, base := filepath.Split(path)
	entries, _ := os.ReadDir(filepath.Clean(dir + ".")) // none where it cannot be read
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !slices.Contains(named, dir+e.Name()) {
			names = append(names, e.Name())
		}
	}
	if near := migrate.Nearest(base, names); len(near) > 0 {
		return dir + near[0]
	}
	return ""
}
