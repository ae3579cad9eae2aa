package taxonomy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
)

func TestCheck(t *testing.T) {
	type (
		node    = taxonomy.Node
		record  = taxonomy.Record
		id      = taxonomy.ID
		defects = taxonomy.Defects
	)
	tests := []struct {
		name    string
		records []record
		want    defects
	}{
		{"none", nil, nil},
		{"valid", taxonomy.Records([]node{{"1", "", "A", 1}, {"2", "1", "A", 2}}), nil},
		{"duplicate", taxonomy.Records([]node{{"1", "", "A", 1}, {"1", "", "B", 2}, {"1", "", "C", 3}}), defects{
			{Kind: taxonomy.DuplicateID, ID: "1", Line: 2, First: 1},
			{Kind: taxonomy.DuplicateID, ID: "1", Line: 3, First: 1},
		}},
		{"missing parent", taxonomy.Records([]node{{"1", "7", "A", 1}}), defects{
			{Kind: taxonomy.MissingParent, ID: "1", Line: 1, Related: []id{"7"}},
		}},
		{"own parent", taxonomy.Records([]node{{"1", "1", "A", 1}}), defects{
			{Kind: taxonomy.Cycle, ID: "1", Line: 1, Related: []id{"1"}},
		}},
		{"cycle with a tail", taxonomy.Records([]node{
			{"tail", "3", "T", 1}, {"1", "2", "A", 2}, {"2", "3", "B", 3}, {"3", "1", "C", 4},
		}), defects{
			{Kind: taxonomy.Cycle, ID: "1", Line: 2, Related: []id{"1", "2", "3"}},
		}},
		{"two cycles", taxonomy.Records([]node{{"b", "b", "B", 0}, {"a", "a", "A", 0}}), defects{
			{Kind: taxonomy.Cycle, ID: "a", Related: []id{"a"}},
			{Kind: taxonomy.Cycle, ID: "b", Related: []id{"b"}},
		}},
		{"names and ids", []record{
			{Node: node{"", "", "A", 1}}, {Node: node{"2", "", "", 2}}, {Node: node{"3", "", "", 3}, NullName: true},
		}, defects{
			{Kind: taxonomy.EmptyID, Line: 1},
			{Kind: taxonomy.EmptyName, ID: "2", Line: 2},
			{Kind: taxonomy.NullName, ID: "3", Line: 3},
		}},
		{"twins", taxonomy.Records([]node{
			{"1", "", "A", 1}, {"2", "1", "B", 2}, {"3", "1", "B ", 3}, {"4", "", "B", 4},
		}), defects{
			{Kind: taxonomy.TwinSiblings, ID: "2", Line: 2, Related: []id{"2", "3"}},
		}},
		{"listings", []record{
			{Node: node{"1", "", "A", 1}, Children: []id{"3", "4", "9"}},
			{Node: node{"2", "", "B", 2}, Children: []id{"3", "9"}},
			{Node: node{"3", "1", "C", 3}},
			{Node: node{"4", "2", "D", 4}},
		}, defects{
			{Kind: taxonomy.TwoParents, ID: "9", Related: []id{"1", "2"}},
			{Kind: taxonomy.MissingChild, ID: "1", Line: 1, Related: []id{"9"}},
			{Kind: taxonomy.MissingChild, ID: "2", Line: 2, Related: []id{"9"}},
			{Kind: taxonomy.TwoParents, ID: "3", Line: 3, Related: []id{"1", "2"}},
			{Kind: taxonomy.OtherParent, ID: "4", Line: 4, Related: []id{"1"}},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := taxonomy.Check(test.records)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("defects (-want +got):\n%s", diff)
			}
			_, err := taxonomy.FromRecords(test.records)
			var fatal taxonomy.Defects
			errors.As(err, &fatal)
			if diff := cmp.Diff(got.Fatal(), fatal); diff != "" && len(got.Fatal())+len(fatal) > 0 {
				t.Errorf("fatal defects (-check +tree):\n%s", diff)
			}
		})
	}
}

func TestDefectsError(t *testing.T) {
	tests := []struct {
		name  string
		nodes []taxonomy.Node
		want  string
	}{
		{"one", []taxonomy.Node{{"1", "", "A", 4}, {"1", "", "B", 9}},
			`line 9: duplicate id: "1", first on line 4`},
		{"cycle", []taxonomy.Node{{"1", "2", "A", 1}, {"2", "1", "B", 2}},
			`line 1: cycle: "1" → "2" → "1"`},
		{"hostile", []taxonomy.Node{{"\x1b[2J", "\n", "A", 0}},
			`missing parent: "\x1b[2J" is under "\n", which is not there`},
		{"several", []taxonomy.Node{{"1", "", "", 1}, {"2", "9", "B", 2}},
			"2 defects\nline 1: empty name: \"1\"\nline 2: missing parent: \"2\" is under \"9\", which is not there"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := taxonomy.New(test.nodes)
			if diff := cmp.Diff(test.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefectsErrorIsBounded(t *testing.T) {
	var cycle, missing []taxonomy.Node
	for i := range 1000 {
		id := taxonomy.ID(fmt.Sprint(i))
		cycle = append(cycle, taxonomy.Node{ID: id, Parent: taxonomy.ID(fmt.Sprint((i + 1) % 1000)), Name: "A"})
		missing = append(missing, taxonomy.Node{ID: id, Parent: "none", Name: "A"})
	}
	for _, nodes := range [][]taxonomy.Node{cycle, missing} {
		_, err := taxonomy.New(nodes)
		if text := fmt.Sprint(err); len(text) > 2000 || !strings.Contains(text, "… ") {
			t.Errorf("the error is %d bytes long: %.100s", len(text), text)
		}
	}
}
