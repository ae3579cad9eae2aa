package format_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"recat/taxonomy"
	"recat/taxonomy/format"
)

const benchSize = 20000

// benchTree has the shape of a marketplace's tree: fans of ten, six deep, and
// names and ids as long as theirs.
func benchTree(b *testing.B) *taxonomy.Tree {
	b.Helper()
	nodes := make([]taxonomy.Node, benchSize)
	for i := range nodes {
		nodes[i] = taxonomy.Node{ID: benchID(i), Name: fmt.Sprintf("Category, Parts & Accessories %d", i)}
		if i >= 20 {
			nodes[i].Parent = benchID((i - 20) / 6)
		}
	}
	tree, err := taxonomy.New(nodes)
	if err != nil {
		b.Fatal(err)
	}
	return tree
}

func benchID(i int) taxonomy.ID { return taxonomy.ID(fmt.Sprint(100000 + i*7)) }

// BenchmarkCSV reports loading a tree as a multiple of what encoding/csv takes
// to read the bare rows.
func BenchmarkCSV(b *testing.B) {
	var text bytes.Buffer
	if err := format.WriteCSV(&text, benchTree(b)); err != nil {
		b.Fatal(err)
	}
	compare(b, "x-encoding/csv", loader(b, text.Bytes(), format.CSV), func() {
		rows := csv.NewReader(bytes.NewReader(text.Bytes()))
		for {
			if _, err := rows.Read(); err == io.EOF {
				return
			} else if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkJSON reports loading a tree as a multiple of what encoding/json
// takes to decode it.
func BenchmarkJSON(b *testing.B) {
	var text bytes.Buffer
	if err := format.WriteJSON(&text, benchTree(b)); err != nil {
		b.Fatal(err)
	}
	compare(b, "x-encoding/json", loader(b, text.Bytes(), format.JSON), func() {
		var file struct {
			Categories []struct{ ID, Parent, Name string }
		}
		if err := json.Unmarshal(text.Bytes(), &file); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkEBayFlat is BenchmarkJSON on eBay's own file.
func BenchmarkEBayFlat(b *testing.B) {
	text := published(b, ebay2017)
	compare(b, "x-encoding/json", loader(b, text, format.EBayFlat), func() {
		var file struct {
			CategoryArray struct {
				Category []struct{ CategoryID, CategoryParentID, CategoryName string }
			}
		}
		if err := json.Unmarshal(text, &file); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkNearest is the time of a "did you mean".
func BenchmarkNearest(b *testing.B) {
	tree := benchTree(b)
	path := tree.Path(benchID(benchSize-1)).String() + "x"
	for b.Loop() {
		if _, ok := tree.Nearest(path); !ok {
			b.Fatal("nothing near " + path)
		}
	}
}

// loader reads a file and makes its tree.
func loader(b *testing.B, text []byte, want format.Format) func() {
	return func() {
		file, err := format.Read(bytes.NewReader(text), "bench", format.Options{})
		if err != nil {
			b.Fatal(err)
		}
		tree, err := file.Tree()
		if err != nil {
			b.Fatal(err)
		}
		if file.Format != want || tree.Len() == 0 {
			b.Fatalf("%d categories of %s", tree.Len(), file.Format)
		}
	}
}

// compare reports the median ratio of nine pairs, the two taking turns.
func compare(b *testing.B, unit string, ours, theirs func()) {
	ours()
	theirs()
	for b.Loop() {
		ratios := make([]float64, 9)
		for i := range ratios {
			a, z := elapsed(ours), elapsed(theirs)
			ratios[i] = float64(a) / float64(z)
		}
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], unit)
	}
}

func elapsed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}
