package format_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

// published returns a publisher's own file, which lies beside the project and
// is not part of it; the test is skipped where it is absent.
func published(t testing.TB, name string) []byte {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the test")
		}
		root = filepath.Dir(root)
	}
	content, err := os.ReadFile(filepath.Join(root, "..", "shared", "data", "taxonomies", name))
	if os.IsNotExist(err) {
		t.Skipf("the published file %s is not beside the project", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// read reads a published taxonomy, which must be recognised as the format.
func read(t testing.TB, name string, want format.Format) *format.Taxonomy {
	t.Helper()
	file, err := format.Read(bytes.NewReader(published(t, name)), name, format.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if file.Format != want {
		t.Fatalf("%s: recognised as %s, want %s", name, file.Format, want)
	}
	return file
}

func readTree(t testing.TB, name string, want format.Format) *taxonomy.Tree {
	t.Helper()
	tree, err := read(t, name, want).Tree()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func leaves(t *taxonomy.Tree) (n int) {
	for node := range t.All() {
		if t.IsLeaf(node.ID) {
			n++
		}
	}
	return n
}

func depth(t *taxonomy.Tree) (deepest int) {
	for node := range t.All() {
		deepest = max(deepest, t.Depth(node.ID))
	}
	return deepest
}

// kinds counts changes by their kind.
func kinds(changes []taxonomy.Change) map[taxonomy.ChangeKind]int {
	counts := make(map[taxonomy.ChangeKind]int)
	for _, c := range changes {
		counts[c.Kind]++
	}
	return counts
}
