package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recat/cmd/internal/cli"
	"recat/migrate"
)

// TestSameName: how a name is written does not make another person of it.
func TestSameName(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Zhao Min", "zhao   min", true},
		{"Zhao Min", "\uff3ahao\u3000Min", true},
		{"Zhao Min", "Zhao\u200b Min", true},
		{"Zhao Min", "Zhao Ming", false},
		{"赵敏", "赵敏 ", true},
		{"ﬁona", "Fiona", true},
	} {
		if got := cli.SameName(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: %t", c.a, c.b, got)
		}
	}
}

// TestNoKeygen: where the policy asks for signatures and OpenSSH is missing,
// that is what is said, and nothing counts as approved.
func TestNoKeygen(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	path := filepath.Join(t.TempDir(), "a.approval")
	for name, text := range map[string]string{path: `{"format_version":1,"by":"Lin","at":"2021-10-05T12:00:00Z","digests":["sha256:1"]}`, path + ".sig": "x"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := migrate.Header{Approvals: 1, Signers: "signers", Files: map[string]string{"signers": "Lin ssh-ed25519 AAAA"}}
	got, err := cli.Approved(t.Context(), h, "sha256:1", []string{path})
	if err == nil || got != nil || !strings.Contains(err.Error(), "ssh-keygen is not installed") {
		t.Errorf("approved: %s, %v", got, err)
	}
}
