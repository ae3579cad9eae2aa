package format

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"recat/taxonomy"
)

// WriteGoogle writes Google's layout: a comment with the version, the tree's
// fingerprint if that is "", then an id and a path a line, depth first. A tree
// whose ids are its paths is written without ids. The error names a category
// that the layout cannot hold so that it is read back as it was.
func WriteGoogle(w io.Writer, t *taxonomy.Tree, version string) error {
	if version == "" {
		version = t.Fingerprint()
	}
	if strings.ContainsAny(version, "\r\n") {
		return errors.New("the version has several lines")
	}
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s %s\n", googleVersion, version)
	pathIDs := idsArePaths(t)
	parents := make(map[string]taxonomy.ID) // of the paths with children
	for n := range t.All() {
		if err := fitsGoogle(n, pathIDs); err != nil {
			return fmt.Errorf("category %q: %w", n.ID, err)
		}
		path := t.Path(n.ID).String()
		if first, twin := parents[path]; twin && !t.IsLeaf(n.ID) {
			return fmt.Errorf("category %q: has children and the same path as %q", n.ID, first)
		} else if !twin {
			parents[path] = n.ID
		}
		if !pathIDs {
			out.WriteString(string(n.ID) + googleID)
		}
		out.WriteString(path + "\n")
	}
	return out.Flush()
}

// idsArePaths reports whether the tree can be written without ids: they are
// its paths, which would not be taken for lines with ids.
func idsArePaths(t *taxonomy.Tree) bool {
	like := true
	for n := range t.All() {
		if string(n.ID) != t.Path(n.ID).String() {
			return false
		}
		like = like && hasGoogleID(string(n.ID))
	}
	return !like
}

func fitsGoogle(n taxonomy.Node, pathIDs bool) error {
	switch {
	case validText(string(n.ID), n.Name) != nil:
		return errNotUTF8
	case strings.Contains(" "+n.Name+" ", separator):
		return fmt.Errorf("the name %q holds a %q", n.Name, separator)
	case strings.TrimSpace(n.Name) != n.Name:
		return fmt.Errorf("spaces around the name %q", n.Name)
	case strings.ContainsAny(n.Name, "\r\n"):
		return fmt.Errorf("the name %q has several lines", n.Name)
	case pathIDs && strings.HasPrefix(string(n.ID), "#"):
		return errors.New("the path would be read as a comment")
	case !pathIDs && (strings.ContainsAny(string(n.ID), " >\t\r\n") || strings.HasPrefix(string(n.ID), "#")):
		return errors.New("the id would not be read back")
	}
	return nil
}
