package policyfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

// conditions compiles real conditions; the mapping has a price.
func conditions(t testing.TB) policyfile.Compiler {
	t.Helper()
	env, err := rule.NewEnv([]rule.Field{{Name: "price", Kind: migrate.Float}})
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// source is a policy with its side files, by name.
func source(text string, files map[string]string) policyfile.Source {
	return policyfile.Source{Name: "p.yaml", Text: []byte(text), Open: func(name string) ([]byte, error) {
		content, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(content), nil
	}}
}

// byText compares conditions by their expression.
var byText = cmp.Comparer(func(a, b migrate.Condition) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return a.String() == b.String()
})

func parse(t *testing.T, text string, files map[string]string) *policyfile.File {
	t.Helper()
	f, err := policyfile.Parse(source(text, files), conditions(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// design reads a policy of the design page, with the files beside it.
func design(t *testing.T, name string) *policyfile.File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "design", name))
	if err != nil {
		t.Fatal(err)
	}
	src := policyfile.Source{Name: name, Text: text, Open: func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join("testdata", "design", name))
	}}
	f, err := policyfile.Parse(src, conditions(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func pos(file string, line, column int) migrate.Pos {
	return migrate.Pos{File: file, Line: line, Column: column}
}

func idRef(id string, at migrate.Pos) migrate.CategoryRef {
	return migrate.CategoryRef{ID: taxonomy.ID(id), Pos: at}
}

func TestParseLeast(t *testing.T) {
	at := func(line, column int) migrate.Pos { return pos("least.yaml", line, column) }
	want := &policyfile.File{Files: map[string]string{}, Policy: &migrate.Policy{
		Name: "hoverboards", Elsewhere: migrate.ElsewhereDetach, Emptied: migrate.EmptiedKeep, Pos: at(1, 1),
		Remove: []migrate.Entry{{
			Category: migrate.CategoryRef{Path: "Toys > Hoverboards", Pos: at(2, 10)}, Pos: at(2, 10),
			Rules: []migrate.Rule{{Name: "products", Fate: migrate.Reassign, Pos: at(3, 11),
				To: migrate.CategoryRef{Path: "Toys", Pos: at(3, 22)}}},
		}},
	}, Places: map[string]migrate.Pos{"policy": at(1, 9), "remove": at(2, 1), "remove.0": at(2, 10), "products": at(3, 1), "products.reassign": at(3, 22)}}
	if diff := cmp.Diff(want, design(t, "least.yaml"), byText); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseMain(t *testing.T) {
	at := func(line, column int) migrate.Pos { return pos("main.yaml", line, column) }
	zone := time.FixedZone("", 8*60*60)
	rules := []migrate.Rule{{Name: "products", Fate: migrate.Delist, Pos: at(8, 11)}}
	entry := func(path string, at migrate.Pos) migrate.Entry {
		return migrate.Entry{Category: migrate.CategoryRef{Path: path, Pos: at}, Prohibited: true, Rules: rules, Pos: at}
	}
	want := &policyfile.File{Files: map[string]string{}, Policy: &migrate.Policy{
		Name: "crypto-mining-ban", Reason: "Alibaba.com notice of 27 September 2021", Pos: at(1, 1),
		Dates: migrate.Dates{Zone: "Asia/Shanghai", Effective: time.Date(2021, 10, 8, 0, 0, 0, 0, zone),
			Enforced: time.Date(2021, 10, 16, 0, 0, 0, 0, zone)},
		Prohibited: true,
		Remove: []migrate.Entry{
			entry("Consumer Electronics > Blockchain Miners > Blockchain Miners", at(6, 5)),
			entry("Consumer Electronics > Blockchain Miners > Blockchain Miner Accessories", at(7, 5)),
		},
		Elsewhere: migrate.ElsewhereDetach, Emptied: migrate.EmptiedRemove,
	}}
	got := design(t, "main.yaml")
	want.Places = got.Places
	if diff := cmp.Diff(want, got, byText); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// failures gives the text of every defect, checking that each has a place.
func failures(t *testing.T, err error) string {
	t.Helper()
	var errs migrate.FileErrors
	if !errors.As(err, &errs) {
		t.Fatalf("%T is no migrate.FileErrors: %v", err, err)
	}
	for _, e := range errs {
		if e.Pos.File == "" || e.Pos.Line < 1 || e.Pos.Column < 1 {
			t.Errorf("no place: %s", e)
		}
	}
	return strings.ReplaceAll(errs.Error(), "p.yaml:", "")
}

func ExampleParse() {
	src := policyfile.Source{Name: "hoverboards.yaml", Text: []byte("policy: hoverboards\nremove: [Toys > Hoverboards]\nproduct: delist\n")}
	_, err := policyfile.Parse(src, nil)
	fmt.Println(err)
	// Output: hoverboards.yaml:3:1: unknown key "product"; did you mean products?
}
