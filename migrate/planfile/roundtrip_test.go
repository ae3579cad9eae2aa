package planfile_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recat/migrate"
	"recat/migrate/planfile"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	got, _ := small().text(t)
	golden := filepath.Join("testdata", "small.plan")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	back, _, err := load(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(small(), back, cmp.AllowUnexported(plan{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

// TestSeal holds the digest and the sum to the package comment.
func TestSeal(t *testing.T) {
	text, trailer := small().text(t)
	if got := reseal(text); got != text {
		t.Errorf("sealed anew (-want +got):\n%s", cmp.Diff(text, got))
	}
	other := small()
	other.provenance.Who = "somebody else"
	if _, got := other.text(t); !reflect.DeepEqual(got, trailer) {
		t.Errorf("another provenance gives the trailer %+v, not %+v", got, trailer)
	}
	for name, change := range map[string]func(*plan){
		"date":    func(p *plan) { p.header.Dates.Effective = p.header.Dates.Effective.AddDate(0, 0, 1) },
		"mapping": func(p *plan) { p.header.Mapping = json.RawMessage(`{}`) },
		"change":  func(p *plan) { p.changes[4].Product.Title = new("") },
		"fewer":   func(p *plan) { p.changes = p.changes[1:] },
	} {
		other := small()
		change(other)
		if _, got := other.text(t); got.Digest == trailer.Digest {
			t.Errorf("%s: the digest is the same", name)
		}
	}
}

// TestNothingMovesTheTerminal looks at the bytes that less would show.
func TestNothingMovesTheTerminal(t *testing.T) {
	var all strings.Builder
	for r := rune(0); r <= 0x3100; r++ {
		if utf8.ValidRune(r) {
			all.WriteRune(r)
		}
	}
	p := small()
	p.header.PolicyText, p.header.Files["x"] = all.String(), all.String()
	p.provenance.Who = all.String()
	p.changes[4].Product.Title = new(all.String())
	p.changes[0].Category.Name = all.String()
	text, _ := p.text(t)
	for i, r := range text {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || strings.ContainsRune("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", r) {
			t.Fatalf("U+%04X stands at byte %d", r, i)
		}
	}
	back, _, err := load(put(t, "p.plan", text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back, cmp.AllowUnexported(plan{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

// TestLinesAreJSON reads lines with encoding/json, whose struct tags name the
// keys.
func TestLinesAreJSON(t *testing.T) {
	p := small()
	text, _ := p.text(t)
	lines := strings.Split(text, "\n")[2:]
	for i, want := range p.changes {
		var got migrate.Change
		var value any
		switch {
		case want.Category != nil:
			got.Category = &migrate.CategoryChange{}
			value = got.Category
		case want.Product != nil:
			got.Product = &migrate.ProductChange{}
			value = got.Product
		default:
			got.Reference = &migrate.ReferenceChange{}
			value = got.Reference
		}
		dec := json.NewDecoder(strings.NewReader(lines[i]))
		dec.DisallowUnknownFields()
		if err := dec.Decode(value); err != nil {
			t.Errorf("%s: %v", lines[i], err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lines[i], diff)
		}
	}
}

// TestChangesAgain ranges over a plan twice, once inside the other.
func TestChangesAgain(t *testing.T) {
	for _, name := range []string{"p.plan", "p.plan.zst"} {
		f, err := planfile.Open(create(t, name, small()))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		want := smallChanges()
		for c, err := range f.Changes() {
			if err != nil {
				t.Fatal(err)
			}
			inner, err := collect(f.Changes())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, inner); diff != "" {
				t.Fatalf("inner (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want[0], c); diff != "" {
				t.Fatalf("first (-want +got):\n%s", diff)
			}
			break
		}
	}
}

func TestEmptyPlan(t *testing.T) {
	p := small()
	p.changes = nil
	text, trailer := p.text(t)
	back, got, err := load(put(t, "p.plan", text))
	if err != nil {
		t.Fatal(err)
	}
	if len(back.changes) != 0 || !got.Totals.Empty() || !reflect.DeepEqual(got, trailer) {
		t.Errorf("read %d changes and %+v, not %+v", len(back.changes), got, trailer)
	}
}

// TestLongHeader carries a policy larger than every buffer.
func TestLongHeader(t *testing.T) {
	p := small()
	p.header.Files["crosswalk.csv"] = strings.Repeat("100012,100013,reassign,\"a, b\"\n", 100_000)
	back, _, err := load(create(t, "p.plan.zst", p))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(back.header.Files["crosswalk.csv"]), []byte(p.header.Files["crosswalk.csv"])) {
		t.Error("the crosswalk came back different")
	}
}

// create writes a plan with Create.
func create(t testing.TB, name string, p *plan) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := planfile.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := p.writeTo(w); err != nil {
		t.Fatal(err)
	}
	return path
}
