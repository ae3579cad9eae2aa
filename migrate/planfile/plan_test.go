package planfile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

// plan is a plan in memory.
type plan struct {
	header     migrate.Header
	provenance migrate.Provenance
	changes    []migrate.Change
	paths      map[taxonomy.ID]string
}

func (p *plan) totals() (t migrate.Totals) {
	for _, c := range p.changes {
		t.Count(c)
	}
	return t
}

func (p *plan) writeTo(w *planfile.Writer) (migrate.Trailer, error) {
	if err := w.Begin(p.header, p.provenance); err != nil {
		return migrate.Trailer{}, err
	}
	for _, c := range p.changes {
		if err := w.Add(c); err != nil {
			return migrate.Trailer{}, err
		}
	}
	return w.Finish(p.totals(), p.paths)
}

// text writes the plan uncompressed.
func (p *plan) text(t testing.TB) (string, migrate.Trailer) {
	t.Helper()
	text, trailer, err := rewrite(p)
	if err != nil {
		t.Fatal(err)
	}
	return text, trailer
}

func rewrite(p *plan) (string, migrate.Trailer, error) {
	var b bytes.Buffer
	trailer, err := p.writeTo(planfile.NewWriter(&b))
	return b.String(), trailer, err
}

// collect reads every change.
func collect(changes iter.Seq2[migrate.Change, error]) (all []migrate.Change, err error) {
	for c, err := range changes {
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

// load reads a whole plan from a file.
func load(path string) (*plan, migrate.Trailer, error) {
	f, err := planfile.Open(path)
	if err != nil {
		return nil, migrate.Trailer{}, err
	}
	defer f.Close()
	changes, err := collect(f.Changes())
	return &plan{f.Header(), f.Provenance(), changes, f.Trailer().Paths}, f.Trailer(), err
}

// put writes a file in a folder of the test's own.
func put(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reseal gives a text whose last line is a trailer the digest and the sum it
// ought to have, going by the package comment alone.
func reseal(text string) string {
	body, ok := strings.CutSuffix(text, "\n")
	cut := strings.LastIndex(body, "\n") + 1
	totals, _, found := strings.Cut(body[cut:], `,"digest":`)
	lines := strings.SplitAfterN(body[:cut], "\n", 3)
	if !ok || !found || len(lines) < 3 {
		return text
	}
	digest := sum256(lines[0] + lines[2] + totals)
	sealed := body[:cut] + totals + `,"digest":"` + digest + `","sum":`
	return sealed + `"` + sum256(sealed) + `"}}` + "\n"
}

func sum256(s string) string {
	h := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(h[:])
}

// small is a plan that has some of everything, hostile text included.
func small() *plan {
	return &plan{header: smallHeader(), provenance: migrate.Provenance{
		Who: "ada", At: time.Date(2021, 9, 28, 9, 0, 0, 0, time.UTC), Recat: "1.0.0", Engine: "sqlite 3.46.1",
		Warnings: []string{"products.category_id has no index"},
		Counts:   migrate.Counts{Categories: 9, Live: new(120), Sellers: new(3)},
	}, changes: smallChanges()}
}

func smallHeader() migrate.Header {
	east := time.FixedZone("", 8*60*60)
	return migrate.Header{
		Version: migrate.PlanVersion, Policy: "crypto-mining-ban", Reason: "notice of 27 September 2021",
		PolicyFile: "policy.yaml", PolicyText: "policy: crypto-mining-ban\nremove:\n  - Miners > <Miners> & \u202eparts\n",
		Files:   map[string]string{"decisions.csv": "product,fate\r\n12,delist\r\n"},
		Mapping: json.RawMessage(`{"products":{"table":"products"}}`),
		Dates:   migrate.Dates{Zone: "Asia/Shanghai", Effective: time.Date(2021, 10, 8, 0, 0, 0, 0, east)},
		Limits:  migrate.Limits{Delist: new(60000), LiveShare: new(0.1)},
		Drift:   migrate.DriftPolicy{Left: migrate.ToleranceSkip}, Approvals: 2,
		CategoryKey: migrate.IntKey, ProductKey: migrate.IntKey, Tree: "sha256:00",
	}
}

func smallChanges() []migrate.Change {
	in := func(ids ...taxonomy.ID) (p migrate.Placement) {
		for i, id := range ids {
			p.Memberships = append(p.Memberships, migrate.Membership{Category: id, Position: new(int64(i)), Primary: i == 0})
		}
		return p
	}
	return []migrate.Change{
		{Category: &migrate.CategoryChange{ID: "-1", Do: migrate.GuardCategory, Why: migrate.CauseAncestor,
			Path: "Electronics", Name: "Electronics"}},
		{Category: &migrate.CategoryChange{ID: "9", Do: migrate.RemoveCategory, Why: migrate.CauseEntry, Path: "Electronics > Miners",
			Name: "Miners", Parent: "-1", Children: []taxonomy.ID{"10", "11"}, Prohibited: true, Reason: "prohibited"}},
		{Category: &migrate.CategoryChange{ID: "10", Do: migrate.PromoteCategory, Why: migrate.CausePromoted,
			Path: "Electronics > Miners > Fans", Name: "Fans", Parent: "9", To: "-1"}},
		{Category: &migrate.CategoryChange{ID: "11", Do: migrate.RemoveCategory, Why: migrate.CauseEmptied,
			Path: "Electronics > Miners > Parts", Name: "Parts", Parent: "9", Successor: "-1"}},
		{Product: &migrate.ProductChange{ID: "-7", Title: new("Antminer \x1b[2J\u202egnp.exe \u2028<script>\"\\\t\u009b"), Fate: migrate.Delist,
			Rule: "miners", Reason: "prohibited-goods", From: []taxonomy.ID{"9", "11"}, Live: true, State: new("1"), Seller: new(""),
			Overruled: []migrate.Overruled{{Category: "11", Fate: migrate.Reassign, To: "10"}},
			Before:    migrate.Placement{Category: "9"},
			Writes:    []migrate.Write{{Values: []*string{new("1"), nil}}, {Delist: 1, Row: []string{"-7", "en"}, Values: []*string{new("")}}},
			Read:      []migrate.Input{{Name: "price", Value: nil}, {Name: "title", Value: new("矿机 ⛏")}}}},
		{Product: &migrate.ProductChange{ID: "12", Fate: migrate.Reassign, To: "10", Rule: "decisions", Reason: "LEG-114",
			Cleared: "LEG-114", By: "grace", From: []taxonomy.ID{"9"}, Before: in("9", "10"), After: in("10")}},
		{Product: &migrate.ProductChange{ID: "100", Title: new("fan"), Fate: migrate.Detach, Rule: "elsewhere", From: []taxonomy.ID{"11"},
			Hidden: true, Before: migrate.Placement{Primary: "11", Memberships: []migrate.Membership{{Category: "11"}, {Category: "10"}}},
			After: migrate.Placement{Primary: "10", Memberships: []migrate.Membership{{Category: "10"}}}}},
		{Product: &migrate.ProductChange{ID: "18446744073709551616", Title: new("tutorial"), Fate: migrate.Report, Rule: "sweep",
			Before: migrate.Placement{Category: "10"}, After: migrate.Placement{Category: "10"}}},
		{Reference: &migrate.ReferenceChange{Table: "menu", Column: "category_id", Row: []string{"1"}, Category: "9",
			Do: migrate.OnRemoveDelete, Label: "Miners", Reason: "menu ends"}},
		{Reference: &migrate.ReferenceChange{Table: "menu", Column: "category_id", Row: []string{"1", "a"}, Category: "9",
			Do: migrate.OnRemoveRepoint, To: "10"}},
		{Reference: &migrate.ReferenceChange{Table: "menu", Column: "category_id", Row: []string{"1", "a"}, Category: "11",
			Do: migrate.OnRemoveSet, Before: []*string{nil, new("x")}}},
	}
}
