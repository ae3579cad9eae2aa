package view_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/advice"
	"recat/taxonomy"
)

// jsons are the renderings for programs, by "schema/case".
func jsons(t *testing.T) map[string]func(io.Writer) error {
	main := mainPlan()
	would, already, nothing, wrong := outcome(), outcome(), outcome(), outcome()
	would.DryRun, would.Applied.Receipt = true, migrate.Receipt{}
	already.Applied = migrate.Applied{Already: ptr(run(12, migrate.RunApply))}
	nothing.Applied = migrate.Applied{}
	wrong.Found = unverified()
	undone := view.UndoOutcome{Dates: header().Dates, Undone: migrate.Undone{Run: run(12, migrate.RunApply), Receipt: migrate.Receipt{Run: 13, Locked: time.Second / 2, Rows: 96}}, At: ranAt}
	wouldUndo := view.UndoOutcome{Dates: header().Dates, Undone: migrate.Undone{Run: run(12, migrate.RunApply), Conflicts: conflicts()}, OnConflict: migrate.ConflictKeep, DryRun: true}
	receipt := view.RunReceipt{Run: runs()[0], Summary: main.summary(t), Verified: &view.Verified{Found: unverified()}, Undos: runs()[1:2]}
	out := map[string]func(io.Writer) error{
		"plan/tree": func(w io.Writer) error { return view.PlanJSON(w, treeSummary(t), treePlan().Changes()) },
		"plan/main": func(w io.Writer) error { return view.PlanJSON(w, main.summary(t), main.Changes()) },
		"plan/variants": func(w io.Writer) error {
			return view.PlanJSON(w, variantsPlan().summary(t), variantsPlan().Changes())
		},
		"plan/empty":    func(w io.Writer) error { return view.PlanJSON(w, emptyPlan().summary(t), stream(nil)) },
		"run/undone":    func(w io.Writer) error { return view.RunJSON(w, receipt, main.Changes()) },
		"apply/applied": finished(outcome()),
		"apply/would":   finished(would),
		"apply/already": finished(already),
		"apply/nothing": finished(nothing),
		"apply/wrong":   finished(wrong),
		"verify/yes":    func(w io.Writer) error { return view.VerifiedJSON(w, view.Verified{Run: run(12, migrate.RunApply)}) },
		"verify/no": func(w io.Writer) error {
			return view.VerifiedJSON(w, view.Verified{Run: run(12, migrate.RunApply), Found: unverified()})
		},
		"undo/undone": func(w io.Writer) error { return view.UndoneJSON(w, undone) },
		"trail/product": func(w io.Writer) error {
			return view.TrailJSON(w, view.Trail{Product: "800123", Untold: []int64{3}, Passages: []migrate.Passage{{Run: runs()[0],
				Change: &migrate.ProductChange{ID: "800123", Fate: migrate.Delist, Rule: "rest", From: []taxonomy.ID{"100012"}, Live: true},
				Paths:  map[taxonomy.ID]string{"100012": "Toys \u001b[2J > Boards"}}}})
		},
		"undo/would":     func(w io.Writer) error { return view.UndoneJSON(w, wouldUndo) },
		"history/main":   func(w io.Writer) error { return view.HistoryJSON(w, runs()) },
		"history/pruned": func(w io.Writer) error { return view.HistoryJSON(w, []migrate.Run{prunedRun()}) },
		"prune/main": func(w io.Writer) error {
			return view.PrunedJSON(w, view.Pruned{Run: run(12, migrate.RunApply), Dropped: 4, At: ranAt})
		},
		"verify/pruned":     func(w io.Writer) error { return view.VerifiedJSON(w, view.Verified{Run: prunedRun()}) },
		"history/empty":     func(w io.Writer) error { return view.HistoryJSON(w, nil) },
		"fate/main":         func(w io.Writer) error { return view.FateJSON(w, "100011", tombstones(), runs()) },
		"compare/main":      func(w io.Writer) error { return view.ComparedJSON(w, main, laterPlan()) },
		"compare/postponed": func(w io.Writer) error { return view.ComparedJSON(w, main, postponed()) },
		"tree/main":         func(w io.Writer) error { return view.TreeJSON(w, treeFrom(t)) },
		"tree-diff/main":    func(w io.Writer) error { return view.TreeDiffJSON(w, taxonomy.Diff(treeFrom(t), treeTo(t))) },
		"tree-diff/same":    func(w io.Writer) error { return view.TreeDiffJSON(w, nil) },
		"rehearse/main":     func(w io.Writer) error { return view.RehearsedJSON(w, rehearsal()) },
		"rehearse/drifted":  func(w io.Writer) error { return view.RehearsedJSON(w, driftedRehearsal()) },
		"status/main":       func(w io.Writer) error { return view.StatusJSON(w, board()) },
		"status/calm":       func(w io.Writer) error { return view.StatusJSON(w, view.Board{At: now}) },
		"policy-check/main": func(w io.Writer) error { return view.CheckedJSON(w, checked()) },
		"policy-check/none": func(w io.Writer) error { return view.CheckedJSON(w, nothingFound()) },
		"policy-rules/main": func(w io.Writer) error { return view.RulesJSON(w, advice.Rules()) },
		"version/main":      func(w io.Writer) error { return view.VersionJSON(w, version()) },
		"crosswalk/main":    crosswalk(t, handoff(main)).JSON,
		"products/main":     func(w io.Writer) error { return view.ProductsJSON(w, handoff(main)) },
	}
	for _, h := range []view.Handoff{handoff(pagesPlan()), ranPages(), undidPages()} {
		name := map[string]string{"": "main", "apply": "run", "undo": "undo"}[kindOf(h)]
		out["sellers/"+name] = func(w io.Writer) error { return view.SellersJSON(w, h) }
		out["notices/"+name] = func(w io.Writer) error { return view.NoticesJSON(w, h) }
		out["events/"+name] = func(w io.Writer) error { return view.EventsJSON(w, h) }
		out["redirects/"+name] = redirects(t, h).JSON
	}
	for name, a := range audits(t) {
		out["audit/"+name] = func(w io.Writer) error { return view.AuditJSON(t.Context(), w, a) }
	}
	for name, f := range failures() {
		out["error/"+name] = func(w io.Writer) error { return view.ErrorJSON(w, f) }
		out["apply/failed-"+name] = event(f)
	}
	return out
}

func event(h view.Happening) func(io.Writer) error {
	return func(w io.Writer) error { return view.EventJSON(w, view.Event{At: ranAt, Happening: h}) }
}

func finished(o view.Outcome) func(io.Writer) error {
	f := view.Finished{Outcome: o, Code: "ok"}
	if o.Found != nil {
		f.Code, f.Exit = "unverified", 7
	}
	return event(f)
}

// compiler knows every schema.
func compiler(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	names, err := fs.Glob(view.Schemas(), "*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no schemas: ", err)
	}
	for _, name := range names {
		f, err := view.Schemas().Open(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.AddResource("https://recat/"+name, doc); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return c
}

func schema(t *testing.T, c *jsonschema.Compiler, name string) *jsonschema.Schema {
	t.Helper()
	s, err := c.Compile("https://recat/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t *testing.T, b []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestJSON(t *testing.T) {
	c := compiler(t)
	for name, render := range jsons(t) {
		t.Run(name, func(t *testing.T) {
			got := golden(t, strings.ReplaceAll(name, "/", "-")+".json", render)
			if err := schema(t, c, path.Dir(name)).Validate(decode(t, got)); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
}

func TestSchemas(t *testing.T) {
	c, cases := compiler(t), jsons(t)
	names, _ := fs.Glob(view.Schemas(), "*.json")
	for _, file := range names {
		name := strings.TrimSuffix(file, ".json")
		if name == "common" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := schema(t, c, name)
			tried := 0
			for key, render := range cases {
				if path.Dir(key) != name {
					continue
				}
				tried++
				var b bytes.Buffer
				if err := render(&b); err != nil {
					t.Fatal(err)
				}
				refuses(t, s, b.Bytes())
			}
			if tried == 0 {
				t.Error("no rendering is held against this schema")
			}
		})
	}
}

// refuses holds a schema against variants of a good document: another major
// is refused, members it doesn't know are not, and none that it asks for may
// be missing.
func refuses(t *testing.T, s *jsonschema.Schema, good []byte) {
	t.Helper()
	variant := func(edit func(m map[string]any)) any {
		m := decode(t, good).(map[string]any)
		edit(m)
		return m
	}
	if s.Validate(variant(func(m map[string]any) { m["format_version"] = "2.0" })) == nil {
		t.Error("accepts another major")
	}
	if s.Validate(variant(func(m map[string]any) { delete(m, "format_version") })) == nil {
		t.Error("accepts no format_version")
	}
	if err := s.Validate(variant(func(m map[string]any) { m["later"] = true })); err != nil {
		t.Errorf("refuses a member it doesn't know: %v", err)
	}
}

// TestJSONStreams tells that an error on the way is handed on, and that what
// was written by then cannot be taken for a whole document.
func TestJSONStreams(t *testing.T) {
	broken := errors.New("the plan ends too early")
	changes := func(yield func(migrate.Change, error) bool) {
		_ = yield(products()[0], nil) && yield(migrate.Change{}, broken)
	}
	var b bytes.Buffer
	if err := view.PlanJSON(&b, mainPlan().summary(t), changes); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	if json.Valid(b.Bytes()) {
		t.Error("what was written is valid JSON")
	}
}
