package main_test

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// limitFiles lets no file that this process writes grow beyond FSIZE bytes.
func limitFiles() {
	n, err := strconv.ParseUint(os.Getenv("FSIZE"), 10, 63)
	if err != nil {
		return
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
		panic(err)
	}
}

// exit runs recat and gives its exit code and what it said.
func (v *victim) exit(env []string, args ...string) (int, string) {
	v.t.Helper()
	cmd, out := v.command(env, args...)
	return v.code(cmd, out)
}

func (v *victim) code(cmd *exec.Cmd, out *bytes.Buffer) (int, string) {
	v.t.Helper()
	err := cmd.Run()
	v.forget()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, out.String()
	case errors.As(err, &exit):
		return exit.ExitCode(), out.String()
	}
	v.t.Fatal(err)
	return 0, ""
}

// TestFileSizeLimit writes until a limit on the size of files, in ever more
// room. Each time it is an error like any other, and the catalog stays.
func TestFileSizeLimit(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			v := newVictim(t, journal, 300, &kills{})
			base := filepath.Join(t.TempDir(), "base.db")
			v.bare(base, journal)
			info, err := os.Stat(base)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for room := int64(0); ; room += 8192 {
				v.fresh(base)
				from := info.Size()
				if journal == "wal" { // the log begins at nothing
					from = 0
				}
				code, said := v.exit([]string{"FSIZE=" + strconv.FormatInt(from+room, 10)}, v.applying()...)
				if code == 0 {
					break
				}
				failed++
				now := v.sums()
				if after := maps.Equal(now, v.after); code != 1 || strings.Contains(said, "goroutine") || (!after && !maps.Equal(now, v.before)) {
					t.Fatalf("with room for %d bytes recat exits with %d: %s", room, code, said)
				}
				v.must(v.applying()...)
				if !maps.Equal(v.sums(), v.after) {
					t.Fatal("with room again the plan was not applied")
				}
			}
			if t.Logf("%d limits", failed); failed < 5 {
				t.Errorf("only %d limits were met", failed)
			}
		})
	}
}

// TestReadOnlyPlaces applies to a file, and in a folder, that may not be
// written to. Reading works where nothing needs to be written.
func TestReadOnlyPlaces(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs a second user to be without rights as")
	}
	for _, journal := range []string{"wal", "delete"} {
		for _, place := range []string{"file", "folder"} {
			t.Run(journal+"/"+place, func(t *testing.T) {
				v := newVictim(t, journal, 50, &kills{})
				base := filepath.Join(t.TempDir(), "base.db")
				v.bare(base, journal)
				v.fresh(base)
				before := v.bytes()
				as := v.asNobody(place == "folder")
				mode := os.FileMode(0o644)
				if place == "folder" {
					mode = 0o666
				}
				for name, m := range map[string]os.FileMode{"shop.db": mode, "a.plan": 0o644} {
					if err := os.Chmod(v.path(name), m); err != nil {
						t.Fatal(err)
					}
				}
				code, said := v.code(as(v.applying()...))
				if (code != 1 && code != 4) || strings.Contains(said, "goroutine") {
					t.Errorf("apply exits with %d: %s", code, said)
				}
				if !bytes.Equal(before, v.bytes()) {
					t.Error("the catalog changed")
				}
				if code, said := v.code(as("plan", "policy.yaml", "--mapping", "mapping.yaml", "--catalog", "shop.db")); code != 0 && journal == "delete" {
					t.Errorf("plan exits with %d: %s", code, said)
				}
				if err := os.Chmod(v.path("shop.db"), 0o666); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(v.dir, 0o777); err != nil {
					t.Fatal(err)
				}
				if code, said := v.code(as(v.applying()...)); code != 0 {
					t.Errorf("with rights again apply exits with %d: %s", code, said)
				}
			})
		}
	}
}

// asNobody makes the victim's files another user's to read, and gives a way
// to run recat as that user.
func (v *victim) asNobody(readOnly bool) func(args ...string) (*exec.Cmd, *bytes.Buffer) {
	v.t.Helper()
	self, err := os.Executable()
	if err != nil {
		v.t.Fatal(err)
	}
	program := v.path("program")
	copyFile(v.t, self, program)
	dir := os.FileMode(0o777)
	if readOnly {
		dir = 0o755
	}
	for path, mode := range map[string]os.FileMode{program: 0o755, filepath.Dir(v.dir): 0o755, v.path("tmp"): 0o777, v.dir: dir} {
		if err := os.Chmod(path, mode); err != nil {
			v.t.Fatal(err)
		}
	}
	return func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd, out := v.command([]string{"POINTS=", "KILLAT="}, args...)
		cmd.Path = program
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		return cmd, out
	}
}

// TestDeadWriter runs reading commands over what a killed apply left. A
// journal is rolled back by SQLite, once, and that is said; a write-ahead log
// is read as it is. After that, no byte changes.
func TestDeadWriter(t *testing.T) {
	reading := [][]string{
		{"history", "--catalog", "shop.db"},
		{"tree", "shop.db"},
		{"plan", "policy.yaml", "--mapping", "mapping.yaml", "--catalog", "shop.db"},
		{"apply", "a.plan", "--catalog", "shop.db", "--dry-run"},
		{"rehearse", "a.plan", "--catalog", "shop.db"},
		{"map", "--catalog", "shop.db"},
	}
	for _, journal := range []string{"wal", "delete"} {
		for i, first := range reading {
			if i%3 != 0 && (journal == "wal" || testing.Short()) {
				continue
			}
			t.Run(journal+"/"+first[0], func(t *testing.T) {
				t.Parallel()
				v := newVictim(t, journal, 6000, &kills{})
				v.killAt("commit", v.applying()...)
				died := v.bytes()
				code, said := v.exit(nil, first...)
				if code != 0 {
					t.Fatalf("%s exits with %d: %s", first[0], code, said)
				}
				if told := strings.Contains(said, "died"); told != (journal == "delete") {
					t.Errorf("whether the recovery was told: %t\n%s", told, said)
				}
				still := v.bytes()
				if journal == "wal" && !bytes.Equal(died, still) {
					t.Error("reading changed the database or its log")
				}
				for _, args := range reading {
					if code, said := v.exit(nil, args...); code != 0 || strings.Contains(said, "died") {
						t.Errorf("%s exits with %d: %s", args[0], code, said)
					}
				}
				if !bytes.Equal(still, v.bytes()) {
					t.Error("reading changed the catalog")
				}
				if !maps.Equal(v.sums(), v.before) {
					t.Error("the catalog is not as before the killed apply")
				}
			})
		}
	}
}
