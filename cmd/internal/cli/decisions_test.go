package cli

import (
	"bytes"
	"encoding/csv"
	"io/fs"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

// TestAnswersComeBack holds the reader of decisions against the CSV of a plan:
// untouched, a row is no answer; signed, it is the plan's own, whatever its
// texts are.
func TestAnswersComeBack(t *testing.T) {
	conditions, err := rule.NewEnv(nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := &migrate.ProductChange{ID: shown(t, "id"), Fate: migrate.Reassign, To: "7", Rule: "r", Reason: strings.TrimSpace(shown(t, "reason"))}
		path := "A > " + shown(t, "path")
		if strings.TrimSpace(p.ID) == "" {
			p.ID = "1"
		}
		text := exported(t, p, path)
		if got := decided(t, conditions, text); len(got) != 0 {
			t.Errorf("untouched, %s answers: %v", text, got)
		}
		p.By = "eva"
		to := migrate.CategoryRef{Path: path, Cell: true}
		if text = exported(t, p, path); strings.Contains(text, ",id:7,") {
			to = migrate.CategoryRef{ID: "7", Cell: true}
		}
		want := map[string]migrate.Decision{p.ID: {Product: p.ID, Fate: p.Fate, To: to, Reason: p.Reason, By: p.By}}
		if diff := cmp.Diff(want, decided(t, conditions, text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	})
}

// shown is a text that a spreadsheet shows as it is.
func shown(t *rapid.T, label string) string {
	piece := rapid.OneOf(rapid.SampledFrom([]string{"=", "'", "''=", ";", ";=1", ";'=1", "-5", "@x", "＝", " ", "\"", ",", "a", "矿"}), rapid.String())
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || view.Safe(string(r)) != string(r) || unicode.Is(unicode.M, r) {
			return -1
		}
		return r
	}, strings.Join(rapid.SliceOf(piece).Draw(t, label), ""))
}

func exported(t *rapid.T, p *migrate.ProductChange, path string) string {
	var b bytes.Buffer
	err := view.ProductsCSV(&b, func(yield func(migrate.Change, error) bool) {
		_ = yield(migrate.Change{Category: &migrate.CategoryChange{ID: taxonomy.ID("7"), Path: path}}, nil) && yield(migrate.Change{Product: p}, nil)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll(); err != nil || len(rows) != 2 || !strings.HasSuffix(b.String(), "\r\n") {
		t.Fatalf("not RFC 4180: %q, %v", b.String(), err)
	}
	return b.String()
}

// decided are the answers of a file, their places apart.
func decided(t *rapid.T, conditions policyfile.Compiler, text string) map[string]migrate.Decision {
	file, err := policyfile.Parse(policyfile.Source{Name: "p.yaml", Text: []byte("policy: p\nremove: [A]\nproducts: delist\ndecisions: d.csv\n"),
		Open: func(name string) ([]byte, error) {
			if name != "d.csv" {
				return nil, fs.ErrNotExist
			}
			return []byte(text), nil
		}}, conditions)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for id, d := range file.Policy.Decisions {
		d.Pos, d.To.Pos = migrate.Pos{}, migrate.Pos{}
		file.Policy.Decisions[id] = d
	}
	return file.Policy.Decisions
}
