package main_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"recat/cmd/internal/cli"
	"recat/fixtures"
)

// stuckReader reads nothing from the first line that holds a word until it is
// let go.
type stuckReader struct {
	bytes.Buffer
	word  string
	stuck chan struct{} // closed once it is stuck
	let   chan struct{} // closed to let it go
}

func (r *stuckReader) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(r.word)) {
		close(r.stuck)
		<-r.let
	}
	return r.Buffer.Write(p)
}

// TestSlowReader applies a plan before a reader that stops reading when the
// lock is about to be taken: the lock must not wait for it.
func TestSlowReader(t *testing.T) {
	t.Chdir(t.TempDir())
	layOutDemo(t, "shop.db")
	reader := &stuckReader{word: `"locking"`, stuck: make(chan struct{}), let: make(chan struct{})}
	w := cli.OS()
	w.Stdin, w.Stdout, w.Stderr = strings.NewReader(""), io.Discard, io.Discard
	w.LookupEnv = func(name string) (string, bool) {
		if name == "RECAT_CATALOG" {
			return "shop.db", true
		}
		return "", false
	}
	w.Now = func() time.Time { return time.Date(2021, 10, 8, 9, 0, 0, 0, time.UTC) }
	run := func(line string) {
		t.Helper()
		w.Args = strings.Fields(line)
		if code := cli.Main(w); code != 0 {
			t.Fatalf("%s exits with %d", line, code)
		}
	}
	run("plan crypto-mining-ban.yaml --mapping mapping.yaml --out crypto.plan")
	w.Stdout = reader
	w.Observe = func(point string) {
		switch point {
		case "locked":
			<-reader.stuck
		case "committed":
			close(reader.let)
		}
	}
	run("apply crypto.plan --yes --format json")
	lines := strings.Split(strings.TrimSpace(reader.String()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"outcome":"applied"`) {
		t.Errorf("the stream ends with %s", last)
	}
}

// layOutDemo lays the demo's catalog and its files out in the current folder.
func layOutDemo(t *testing.T, name string) {
	t.Helper()
	db, err := sql.Open("sqlite3", name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(fixtures.Demo(context.Background(), db), db.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(fixtures.FS, "demo")
	if err == nil {
		err = os.CopyFS(".", files)
	}
	if err != nil {
		t.Fatal(err)
	}
}
