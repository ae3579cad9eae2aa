package format_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

func makeTree(t testing.TB, nodes ...node) *taxonomy.Tree {
	t.Helper()
	tree, err := taxonomy.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestWrite(t *testing.T) {
	tree := makeTree(t,
		node{ID: "1", Name: "Toys & Games"},
		node{ID: "#2", Parent: "1", Name: "Cars, \"Fast\""},
		node{ID: "3", Name: "\x1b[2J"},
	)
	quote := func(s string) string { return strings.ReplaceAll(s, "\x1b", `\x1b`) }
	tests := []struct {
		name  string
		write func(io.Writer) error
		want  string
	}{
		{"text", func(w io.Writer) error { return format.WriteText(w, tree, quote) },
			"Toys & Games [1]\n  Cars, \"Fast\" [#2]\n\\x1b[2J [3]\n"},
		{"csv", func(w io.Writer) error { return format.WriteCSV(w, tree) },
			"id,parent,name\n1,,Toys & Games\n\"#2\",1,\"Cars, \"\"Fast\"\"\"\n3,,\x1b[2J\n"},
		{"json", func(w io.Writer) error { return format.WriteJSON(w, tree) },
			"{\"format_version\": 1, \"fingerprint\": \"" + tree.Fingerprint() + "\", \"categories\": [\n" +
				"{\"id\":\"1\",\"parent\":\"\",\"name\":\"Toys & Games\"},\n" +
				"{\"id\":\"#2\",\"parent\":\"1\",\"name\":\"Cars, \\\"Fast\\\"\"},\n" +
				"{\"id\":\"3\",\"parent\":\"\",\"name\":\"\\u001b[2J\"}\n]}\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			if err := test.write(&got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteGoogle(t *testing.T) {
	tests := []struct {
		name  string
		nodes []node
		want  string // the text, or the error
	}{
		{"ids", []node{{ID: "1", Name: "Toys"}, {ID: "2", Parent: "1", Name: "Cars - 1:18"}},
			"# Google_Product_Taxonomy_Version: v\n1 - Toys\n2 - Toys > Cars - 1:18\n"},
		{"paths", []node{{ID: "Toys", Name: "Toys"}, {ID: "Toys > Cars", Parent: "Toys", Name: "Cars"}},
			"# Google_Product_Taxonomy_Version: v\nToys\nToys > Cars\n"},
		{"separator", []node{{ID: "1", Name: "Toys > Cars"}}, `category "1": the name "Toys > Cars" holds a " > "`},
		{"lines", []node{{ID: "1", Name: "Toys\nCars"}}, `category "1": the name "Toys\nCars" has several lines`},
		{"spaces", []node{{ID: "1", Name: " Toys"}}, `category "1": spaces around the name " Toys"`},
		{"id", []node{{ID: "a b", Name: "Toys"}}, `category "a b": the id would not be read back`},
		{"twin", []node{{ID: "1", Name: "Toys"}, {ID: "2", Name: "Toys"}, {ID: "3", Parent: "2", Name: "Cars"}},
			`category "2": has children and the same path as "1"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			got := ""
			if err := format.WriteGoogle(&b, makeTree(t, test.nodes...), "v"); err != nil {
				got = err.Error()
			} else {
				got = b.String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteRefusesWhatIsNotKept(t *testing.T) {
	crlf, invalid := makeTree(t, node{ID: "1", Name: "a\r\nb"}), makeTree(t, node{ID: "1", Name: "Caf\xe9"})
	got := []string{
		fmt.Sprint(format.WriteCSV(io.Discard, crlf)),
		fmt.Sprint(format.WriteCSV(io.Discard, invalid)),
		fmt.Sprint(format.WriteJSON(io.Discard, invalid)),
	}
	want := []string{
		`"a\r\nb": a carriage return before a line feed is not kept by CSV readers`,
		`"Caf\xe9": not UTF-8`,
		`category "1": not UTF-8`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// TestPublishedRoundTrip writes the published trees in every format that can
// be read back.
func TestPublishedRoundTrip(t *testing.T) {
	for _, name := range []string{google2021, shopify2025, ebay2023} {
		file, err := format.Read(bytes.NewReader(published(t, name)), name, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tree, err := file.Tree()
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range writers {
			t.Run(name+"/"+string(w.format), func(t *testing.T) {
				if err := w.write(io.Discard, tree); err != nil {
					t.Fatal(err)
				}
				if err := roundTrip(tree, w); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

type writer struct {
	format format.Format
	write  func(io.Writer, *taxonomy.Tree) error
}

// writers are those whose text Read takes back.
var writers = []writer{
	{format.CSV, format.WriteCSV},
	{format.JSON, format.WriteJSON},
	{format.Google, func(w io.Writer, t *taxonomy.Tree) error { return format.WriteGoogle(w, t, "") }},
}

// roundTrip writes a tree and reads it back, which must be recognised and give
// the same tree. A tree that the writer refuses is none to take back.
func roundTrip(tree *taxonomy.Tree, w writer) error {
	var text bytes.Buffer
	if w.write(&text, tree) != nil {
		return nil
	}
	file, err := format.Read(bytes.NewReader(text.Bytes()), "written", format.Options{})
	if err != nil {
		return fmt.Errorf("read back: %w\n%s", err, text.Bytes())
	}
	back, err := file.Tree()
	if err != nil {
		return fmt.Errorf("tree read back: %w\n%s", err, text.Bytes())
	}
	if tree.Fingerprint() != back.Fingerprint() {
		return fmt.Errorf("read back as %s: another tree\n%s", file.Format, text.Bytes())
	}
	return nil
}
