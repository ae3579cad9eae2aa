package taxonomy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
)

// shop is a small tree in which a parent and its child share a name, siblings
// are twins, and a name holds the path separator.
func shop(t testing.TB) *taxonomy.Tree {
	t.Helper()
	tree, err := taxonomy.New([]taxonomy.Node{
		{ID: "miner", Parent: "chain", Name: "Blockchain Miners"},
		{ID: "parts", Parent: "chain", Name: "Blockchain Miner Accessories"},
		{ID: "ce", Name: "Consumer Electronics"},
		{ID: "chain", Parent: "ce", Name: "Blockchain Miners"},
		{ID: "cable", Parent: "ce", Name: "Cables > 5 m"},
		{ID: "usb", Parent: "cable", Name: "USB"},
		{ID: "toys", Name: "Toys"},
		{ID: "car1", Parent: "toys", Name: "Cars"},
		{ID: "car2", Parent: "toys", Name: "Cars"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestTree(t *testing.T) {
	type (
		id    = taxonomy.ID
		facts struct {
			Path                string
			Parent              id
			Depth               int
			Leaf                bool
			Children, Ancestors []id
			Subtree             []id
		}
	)
	tree := shop(t)
	tests := map[id]facts{
		"ce": {"Consumer Electronics", "", 1, false, []id{"chain", "cable"}, nil,
			[]id{"ce", "chain", "miner", "parts", "cable", "usb"}},
		"chain": {"Consumer Electronics > Blockchain Miners", "ce", 2, false, []id{"miner", "parts"}, []id{"ce"},
			[]id{"chain", "miner", "parts"}},
		"miner": {"Consumer Electronics > Blockchain Miners > Blockchain Miners", "chain", 3, true, nil,
			[]id{"chain", "ce"}, []id{"miner"}},
		"none": {},
		"":     {},
	}
	for id, want := range tests {
		t.Run(string(id), func(t *testing.T) {
			got := facts{
				tree.Path(id).String(), tree.Parent(id), tree.Depth(id), tree.IsLeaf(id),
				tree.Children(id), tree.Ancestors(id), slices.Collect(tree.Subtree(id)),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if tree.Has(id) != (want.Depth > 0) {
				t.Errorf("Has(%q) = %v", id, tree.Has(id))
			}
		})
	}
	if diff := cmp.Diff([]id{"ce", "toys"}, tree.Roots()); diff != "" {
		t.Errorf("roots (-want +got):\n%s", diff)
	}
}

func TestLookup(t *testing.T) {
	tests := []struct {
		path string
		want []taxonomy.ID
	}{
		{"Consumer Electronics > Blockchain Miners > Blockchain Miners", []taxonomy.ID{"miner"}},
		{" Consumer Electronics>Blockchain Miners ", []taxonomy.ID{"chain"}},
		{"Toys > Cars", []taxonomy.ID{"car1", "car2"}},
		{"Consumer Electronics > Cables > 5 m > USB", []taxonomy.ID{"usb"}},
		{"Consumer Electronics > Cables>5 m", []taxonomy.ID{"cable"}},
		{"toys", nil},
		{"Blockchain Miners", nil},
		{"Toys > ", nil},
		{"", nil},
	}
	tree := shop(t)
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			if diff := cmp.Diff(test.want, tree.Lookup(test.path)); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	tests := []struct {
		path string
		want taxonomy.ID
	}{
		{"Toys", "toys"},
		{"toys > car", "car1"},
		{"Consumer Electronic > Blockchain Miner Accesories", "parts"},
		{"Consumer Electronics > Blockchain Miner > Blockchain Miners", "miner"},
		{"Gifts for Him > USB", "usb"},
		{"Garden Furniture", ""},
		{"", ""},
		{" > ", ""},
	}
	tree := shop(t)
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			got, ok := tree.Nearest(test.path)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("Nearest(%q) = %q, %v, want %q", test.path, got, ok, test.want)
			}
		})
	}
}

func TestParsePath(t *testing.T) {
	tests := map[string]taxonomy.Path{
		"A > B":      {"A", "B"},
		"A>B  >   C": {"A", "B", "C"},
		" A ":        {"A"},
		"A > ":       {"A", ""},
		"":           nil,
		"  ":         nil,
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, taxonomy.ParsePath(text)); diff != "" {
			t.Errorf("ParsePath(%q) (-want +got):\n%s", text, diff)
		}
	}
}
