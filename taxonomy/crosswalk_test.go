package taxonomy_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/taxonomy"
)

type (
	id   = taxonomy.ID
	rule = taxonomy.Rule
)

func rules(t testing.TB, rules ...rule) *taxonomy.Crosswalk {
	t.Helper()
	c, err := taxonomy.NewCrosswalk(rules)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNewCrosswalkRefuses(t *testing.T) {
	tests := []struct {
		name  string
		rules []rule
		want  string
	}{
		{"empty id", []rule{{From: "", Line: 3}}, `line 3: empty id: ""`},
		{"two rules", []rule{{From: "1", Line: 2}, {From: "1", Line: 3}}, `line 3: duplicate id: "1", first on line 2`},
		{"empty target", []rule{{From: "1", To: []id{""}}}, `empty target: "1"`},
		{"double target", []rule{{From: "1", To: []id{"2", "2"}}}, `double target: "1" leads to "2" twice`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := taxonomy.NewCrosswalk(test.rules)
			if diff := cmp.Diff(test.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompose(t *testing.T) {
	tests := []struct {
		name        string
		first, then []rule
		want        []rule
	}{
		{"two hops", []rule{{From: "1", To: []id{"2"}, Reason: "merged"}}, []rule{{From: "2", To: []id{"3"}, Reason: "renumbered"}},
			[]rule{{From: "1", To: []id{"3"}, Reason: "merged; renumbered"}, {From: "2", To: []id{"3"}, Reason: "renumbered"}}},
		{"dies only later", nil, []rule{{From: "1", To: []id{"2"}}},
			[]rule{{From: "1", To: []id{"2"}}}},
		{"left without a target later", []rule{{From: "1", To: []id{"2"}}}, []rule{{From: "2", Reason: "banned"}},
			[]rule{{From: "1", Lost: []id{"2"}, Reason: "banned"}, {From: "2", Reason: "banned"}}},
		{"half of a split is lost", []rule{{From: "1", To: []id{"2", "3"}}}, []rule{{From: "2"}},
			[]rule{{From: "1", To: []id{"3"}, Lost: []id{"2"}}, {From: "2"}}},
		{"a swap is no chain", []rule{{From: "1", To: []id{"2"}}, {From: "2", To: []id{"1"}}}, nil,
			[]rule{{From: "1", To: []id{"2"}}, {From: "2", To: []id{"1"}}}},
		{"unmapped stays so", []rule{{From: "1"}}, []rule{{From: "1", To: []id{"2"}}},
			[]rule{{From: "1"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := taxonomy.Compose(rules(t, test.first...), rules(t, test.then...))
			if diff := cmp.Diff(rules(t, test.want...), got, cmp.AllowUnexported(taxonomy.Crosswalk{})); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	c := rules(t,
		rule{From: "1", To: []id{"2"}},
		rule{From: "2", To: []id{"3", "4"}},
		rule{From: "4"},
		rule{From: "same", To: []id{"same"}},
		rule{From: "stays", To: []id{"stays", "4"}},
		rule{From: "x", To: []id{"y"}, Line: 8},
		rule{From: "y", To: []id{"x"}, Line: 9},
	)
	tests := []struct {
		id   id
		want taxonomy.Resolution
		err  taxonomy.Defects
	}{
		{"1", taxonomy.Resolution{To: []id{"3"}, Lost: []id{"4"}}, nil},
		{"3", taxonomy.Resolution{To: []id{"3"}}, nil},
		{"4", taxonomy.Resolution{Lost: []id{"4"}}, nil},
		{"same", taxonomy.Resolution{To: []id{"same"}}, nil},
		{"stays", taxonomy.Resolution{To: []id{"stays"}, Lost: []id{"4"}}, nil},
		{"y", taxonomy.Resolution{}, taxonomy.Defects{{Kind: taxonomy.Cycle, ID: "x", Line: 8, Related: []id{"x", "y"}}}},
	}
	for _, test := range tests {
		t.Run(string(test.id), func(t *testing.T) {
			got, err := c.Resolve(test.id)
			var cycles taxonomy.Defects
			errors.As(err, &cycles)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("resolution (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.err, cycles); diff != "" {
				t.Errorf("cycles (-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff([]id{"1", "2", "stays", "x", "y"}, c.Chained()); diff != "" {
		t.Errorf("chained (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]id{"4"}, c.Unmapped()); diff != "" {
		t.Errorf("unmapped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]id{"2", "stays"}, c.Splits()); diff != "" {
		t.Errorf("splits (-want +got):\n%s", diff)
	}
	if _, err := c.Flatten(); err == nil {
		t.Error("a cycle was flattened")
	}
}
