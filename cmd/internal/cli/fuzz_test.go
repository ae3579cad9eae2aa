package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recat/cmd/internal/cli"
	"recat/migrate"
)

// FuzzApproval holds that no file makes the reader of approvals panic, that
// what is wrong has a place inside the file, and that an accepted approval
// names somebody, has no word that recat does not know, and means what any
// other reader of JSON finds in it.
func FuzzApproval(f *testing.F) {
	for _, text := range []string{
		`{"format_version":1,"by":"Zhao Min","at":"2021-10-05T12:00:00Z","ref":"LEG-131","digests":["sha256:00"]}`,
		`{"format_version":1,"by":" ","at":"2021-10-05T12:00:00Z","digests":null}`,
		`{"format_version":2,"by":"x"}`, `{"format_version":1,"by":"x","more":1}`, `{"format_version":1,"by":"x"} {}`,
		`{"format_version":1,"by":"x","by":"y"}`, `{"FORMAT_VERSION":1,"By":"x"}`, `{"format_version":1,"by":"x","at":"soon"}`,
		"\ufeff{}", "[]", "null", "", "{\n\"by\":\n1}", `{"format_version":1,"by":"` + "\xff" + `"}`, strings.Repeat("[", 10_001),
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "a.approval")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		by, digests, err := cli.CheckApproval(path)
		if err != nil {
			var at *migrate.FileError
			if !errors.As(err, &at) || at.Pos.File != path || at.Pos.Line < 1 || at.Pos.Line > 1+bytes.Count(text, []byte("\n")) || at.Pos.Column < 1 {
				t.Errorf("no such place: %v", err)
			}
			return
		}
		var plain map[string]any
		if err := json.Unmarshal(text, &plain); err != nil {
			t.Fatal(err)
		}
		for key := range plain {
			if !slices.Contains([]string{"format_version", "by", "at", "ref", "digests"}, key) {
				t.Errorf("the key %q is accepted", key)
			}
		}
		if strings.TrimSpace(by) == "" || by != plain["by"] {
			t.Errorf("approved by %q where the file says %v", by, plain["by"])
		}
		if named, _ := plain["digests"].([]any); len(named) != len(digests) {
			t.Errorf("it approves %q where the file says %v", digests, plain["digests"])
		}
	})
}
