package taxonomy_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"recat/taxonomy"
)

// nodes draws the nodes of a valid tree out of few ids and names, in any
// order.
func nodes(t *rapid.T, label string) []taxonomy.Node {
	ids := rapid.Permutation([]taxonomy.ID{"1", "2", "3", "4", "5", "6", "7", "8", "9"}).Draw(t, label+" ids")
	ids = ids[:rapid.IntRange(0, len(ids)).Draw(t, label+" size")]
	var drawn []taxonomy.Node
	for i, id := range ids {
		n := taxonomy.Node{ID: id, Name: rapid.SampledFrom([]string{"A", "B", "A > B", " "}).Draw(t, label+" name")}
		if above := rapid.IntRange(-1, i-1).Draw(t, label+" parent"); above >= 0 {
			n.Parent = ids[above]
		}
		drawn = append(drawn, n)
	}
	if len(drawn) == 0 {
		return nil
	}
	return rapid.Permutation(drawn).Draw(t, label+" order")
}

func tree(t *rapid.T, nodes []taxonomy.Node) *taxonomy.Tree {
	made, err := taxonomy.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// byID is a tree without the order of siblings.
func byID(t *taxonomy.Tree) map[taxonomy.ID]taxonomy.Node {
	m := make(map[taxonomy.ID]taxonomy.Node)
	for n := range t.All() {
		m[n.ID] = n
	}
	return m
}

func TestDiffLeadsFromOneTreeToTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := tree(t, nodes(t, "from")), tree(t, nodes(t, "to"))
		changes := taxonomy.Diff(from, to)
		got := byID(from)
		for _, c := range changes {
			n := got[c.ID]
			switch c.Kind {
			case taxonomy.Removed:
				delete(got, c.ID)
				continue
			case taxonomy.Added:
				n = c.To
			case taxonomy.Renamed:
				n.Name = c.To.Name
			case taxonomy.Moved:
				n.Parent = c.To.Parent
			}
			got[c.ID] = n
		}
		if diff := cmp.Diff(byID(to), got); diff != "" {
			t.Fatalf("after the changes (-to +got):\n%s", diff)
		}
		if same := from.Fingerprint() == to.Fingerprint(); same != (len(changes) == 0) {
			t.Fatalf("%d changes, fingerprints equal: %v", len(changes), same)
		}
	})
}

func TestTreeDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := nodes(t, "tree")
		a := tree(t, some)
		slices.Reverse(some)
		b := tree(t, some)
		if a.Fingerprint() != b.Fingerprint() || len(taxonomy.Diff(a, b)) > 0 {
			t.Fatal("the order of the nodes makes another tree")
		}
	})
}

// TestTreeAgrees holds the indexes against the plain meaning of a parent.
func TestTreeAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := tree(t, nodes(t, "tree"))
		for n := range a.All() {
			above := a.Ancestors(n.ID)
			for m := range a.All() {
				want := m.ID == n.ID || slices.Contains(above, m.ID)
				if a.Contains(m.ID, n.ID) != want {
					t.Fatalf("Contains(%q, %q) is not %v", m.ID, n.ID, want)
				}
				if slices.Contains(slices.Collect(a.Subtree(m.ID)), n.ID) != want {
					t.Fatalf("Subtree(%q) with %q is not %v", m.ID, n.ID, want)
				}
			}
			if len(above)+1 != a.Depth(n.ID) || len(a.Path(n.ID)) != a.Depth(n.ID) {
				t.Fatalf("%q: depth %d, ancestors %q", n.ID, a.Depth(n.ID), above)
			}
			if path := a.Path(n.ID).String(); !slices.Contains(a.Lookup(path), n.ID) && a.Path(n.ID)[0] != " " {
				t.Fatalf("Lookup(%q) = %q without %q", path, a.Lookup(path), n.ID)
			}
		}
	})
}

// crosswalk draws rules over few ids, so that they meet.
func crosswalk(t *rapid.T, label string) *taxonomy.Crosswalk {
	id := rapid.Custom(func(t *rapid.T) taxonomy.ID {
		return taxonomy.ID(fmt.Sprint(rapid.IntRange(1, 6).Draw(t, "id")))
	})
	to := rapid.SliceOfNDistinct(id, 0, 3, rapid.ID[taxonomy.ID])
	drawn := rapid.MapOfN(id, to, 0, 5).Draw(t, label)
	var rules []taxonomy.Rule
	for _, from := range slices.Sorted(maps.Keys(drawn)) {
		rules = append(rules, taxonomy.Rule{From: from, To: drawn[from], Reason: label})
	}
	c, err := taxonomy.NewCrosswalk(rules)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// same compares where ids lead, what is lost on the way, and in which order.
var same = cmp.Options{
	cmp.Transformer("rules", func(c *taxonomy.Crosswalk) []taxonomy.Rule { return slices.Collect(c.Rules()) }),
	cmpopts.IgnoreFields(taxonomy.Rule{}, "Reason", "Action"),
	cmpopts.EquateEmpty(),
}

var unordered = cmpopts.SortSlices(func(a, b taxonomy.ID) bool { return a < b })

func TestComposeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		none, err := taxonomy.NewCrosswalk(nil)
		if err != nil {
			t.Fatal(err)
		}
		a, b, c := crosswalk(t, "a"), crosswalk(t, "b"), crosswalk(t, "c")
		if diff := cmp.Diff(a, taxonomy.Compose(none, a), same); diff != "" {
			t.Fatalf("nothing, then a (-a +got):\n%s", diff)
		}
		if diff := cmp.Diff(a, taxonomy.Compose(a, none), same); diff != "" {
			t.Fatalf("a, then nothing (-a +got):\n%s", diff)
		}
		left := taxonomy.Compose(taxonomy.Compose(a, b), c)
		right := taxonomy.Compose(a, taxonomy.Compose(b, c))
		if diff := cmp.Diff(left, right, same, unordered); diff != "" {
			t.Fatalf("(a b) c and a (b c) differ:\n%s", diff)
		}
	})
}

func TestFlattenLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := crosswalk(t, "c")
		flat, err := c.Flatten()
		if err != nil {
			return // a cycle; TestResolve has them
		}
		for r := range c.Rules() {
			end, err := c.Resolve(r.From)
			if err != nil {
				t.Fatal(err)
			}
			f, _ := flat.Rule(r.From)
			if diff := cmp.Diff(end.To, f.To, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%q (-resolved +flat):\n%s", r.From, diff)
			}
			if len(end.To) == 0 && len(end.Lost) == 0 {
				t.Fatalf("%q ends nowhere and is not lost", r.From)
			}
		}
		again, err := flat.Flatten()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(flat, again, same, unordered); diff != "" {
			t.Fatalf("flattened again (-flat +again):\n%s", diff)
		}
	})
}
