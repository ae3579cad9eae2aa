package cli

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"recat/migrate/planfile"
)

// files offers the files of a kind, and the folders that may have some. Where
// there are none the shell offers what it has.
func files(kind func(path string) bool) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		dir, begin := filepath.Split(typed)
		entries, _ := os.ReadDir(filepath.Clean(dir + ".")) // none where it cannot be read
		var words []cobra.Completion
		folders := 0
		for _, e := range entries {
			path := dir + e.Name()
			info, err := os.Stat(path)
			switch {
			case err != nil || !strings.HasPrefix(e.Name(), begin) || strings.HasPrefix(e.Name(), ".") && begin == "":
			case info.IsDir():
				words = append(words, path+"/")
				folders++
			case info.Mode().IsRegular() && kind(path):
				words = append(words, path)
			}
		}
		words, directive := offer(words, typed)
		switch {
		case len(words) == 0:
			return nil, cobra.ShellCompDirectiveDefault
		case len(words) == folders: // one goes on typing
			directive |= cobra.ShellCompDirectiveNoSpace
		}
		return words, directive
	}
}

// isPlan reports whether a file begins as a plan does.
func isPlan(path string) bool {
	plan, err := planfile.Is(path)
	return err == nil && plan
}

var (
	policyKey  = regexp.MustCompile(`(?m)^\x{feff}?policy *:`)
	mappingKey = regexp.MustCompile(`(?m)^\x{feff}?(categories|preset) *:`)
)

func isPolicy(path string) bool { return isYAML(path, policyKey) }

func isMapping(path string) bool { return isYAML(path, mappingKey) }

// isYAML reports whether a file's name is that of a YAML file, and one of its
// first lines has a key.
func isYAML(path string, key *regexp.Regexp) bool {
	if !slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(path))) {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	const enough = 64 << 10
	head, err := io.ReadAll(io.LimitReader(f, enough))
	return err == nil && key.Match(head)
}
