package view_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// happenings is an apply's stream, each event there is.
func happenings() []view.Happening {
	h, done := header(), outcome().Applied
	approvals := json.RawMessage(`[{"format_version":1,"by":"Zhao Min\u202e","at":"2021-10-05T12:00:00Z","ref":"LEG-131","digests":["` + digestA + `"]}]`)
	return []view.Happening{
		view.Begun{Recat: "v1.2.3"},
		view.Opened{File: "crypto.plan", Catalog: "postgres://recat@db/market", Header: h, Trailer: mainPlan().Trailer()},
		view.Approved{Needed: 1, Given: approvals},
		view.Approved{},
		view.Preflight{Dates: h.Dates, Now: h.Dates.Effective.Add(-2 * time.Hour), Next: h.Dates.Effective.Add(-time.Hour)},
		view.Preflight{Dates: h.Dates, Now: h.Dates.Effective.Add(-time.Hour), Next: h.Dates.Effective, Drift: done.Drift},
		view.Drifted(done.Drift),
		view.Staged(done.Totals),
		view.Staged{},
		view.Locking, view.Locked, view.Committing,
		view.Recorded(done.Receipt),
		view.Proved{Run: 12},
		view.Proved{Run: 12, Found: unverified()},
		view.After(done.Receipt.After),
		view.Finished{Outcome: outcome(), Code: "ok"},
	}
}

// TestEvents holds each event against its schema: a line that a terminal can
// be shown, with a sentence and a time.
func TestEvents(t *testing.T) {
	got := golden(t, "events.ndjson", func(w io.Writer) error {
		for i, h := range happenings() {
			if err := view.EventJSON(w, view.Event{At: ranAt.Add(time.Duration(i) * 1500 * time.Microsecond), Happening: h}); err != nil {
				return err
			}
		}
		return nil
	})
	lines := strings.SplitAfter(strings.TrimSuffix(string(got), "\n"), "\n")
	if len(lines) != len(happenings()) {
		t.Fatalf("%d lines for %d events", len(lines), len(happenings()))
	}
	s := schema(t, compiler(t), "apply")
	for _, line := range lines {
		doc := decode(t, []byte(line))
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s%+v", line, err)
		}
		for key := range doc.(map[string]any) {
			short := decode(t, []byte(line)).(map[string]any)
			delete(short, key)
			if s.Validate(short) == nil && key != "differing" {
				t.Errorf("the schema does not ask for %s in %s", key, line)
			}
		}
	}
}

// TestEventOfMany tells that a result holds every row of drift.
func TestEventOfMany(t *testing.T) {
	many := outcome()
	many.Applied.Drift = make([]migrate.Drift, 20_000)
	for i := range many.Applied.Drift {
		many.Applied.Drift[i] = migrate.Drift{Kind: migrate.Arrived, Subject: "9", Title: ptr("\x1b]0;owned\a"), Tolerated: true}
	}
	var b bytes.Buffer
	if err := finished(many)(&b); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("\n")); n != 1 || bytes.ContainsAny(b.Bytes(), "\x1b\a") {
		t.Errorf("%d lines, or what a terminal acts on", n)
	}
	if rows := decode(t, b.Bytes()).(map[string]any)["drift"].(map[string]any)["rows"].([]any); len(rows) != len(many.Applied.Drift) {
		t.Errorf("%d rows", len(rows))
	}
}
