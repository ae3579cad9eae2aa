package view_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// golden holds what render writes against testdata/name.
func golden(t *testing.T, name string, render func(io.Writer) error) []byte {
	t.Helper()
	var got bytes.Buffer
	if err := render(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
	return got.Bytes()
}

// noTrailingSpace fails where a line ends in a space.
func noTrailingSpace(t *testing.T, text []byte) {
	t.Helper()
	for line := range strings.Lines(string(text)) {
		if strings.HasSuffix(line, " \n") {
			t.Errorf("trailing space: %q", line)
		}
	}
}
