package main_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"recat/fixtures"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
	"recat/migrate/planfile"
)

// The points at which a write may be killed, in the order they are passed. An
// undo passes "restored" once for each before-image.
var (
	applyPoints = []string{"lock", "locked", "watch", "memberships", "products", "delist", "references", "categories",
		"images", "check", "notes", "record", "commit", "committed"}
	undoPoints = []string{"lock", "locked", "compare", "restore", "restored 1", "restored 2", "restored 3", "record", "commit", "committed"}
)

// observer is what recat runs with in these tests: it writes the points it
// passes, and when, to the file POINTS, and kills itself at the point KILLAT,
// "restored 2" being the second time it passes there. At the point that CUTAT
// begins with, the sessions of the server's database that it names are ended.
func observer() func(string) {
	at, nth, _ := strings.Cut(os.Getenv("KILLAT"), " ")
	left := max(1, number(nth))
	cut, catalog, _ := strings.Cut(os.Getenv("CUTAT"), " ")
	return func(point string) {
		if point == cut {
			cutOff(catalog)
		}
		if path := os.Getenv("POINTS"); path != "" {
			note(path, fmt.Sprintf("%s %d\n", point, time.Now().UnixNano()))
		}
		if point != at {
			return
		}
		if left--; left == 0 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
				panic(err)
			}
			select {}
		}
	}
}

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func note(path, line string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(line)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		panic(err)
	}
}

// kills counts the deaths of a test, and where they met the write.
type kills struct {
	sync.Mutex
	all     int
	within  int // after the lock was taken and before the commit was done
	written int // with a journal or a write-ahead log that held something
	before  int // the catalog was as before
	after   int
}

func (k *kills) add(d death) {
	k.Lock()
	defer k.Unlock()
	k.all++
	if d.within() {
		k.within++
	}
	if d.journal > 0 {
		k.written++
	}
}

func (k *kills) settle(after bool) {
	k.Lock()
	defer k.Unlock()
	if after {
		k.after++
	} else {
		k.before++
	}
}

// death is how a killed recat left its catalog.
type death struct {
	last    string // point that it passed; "" where it passed none
	journal int64  // bytes in the journal or the write-ahead log
}

func (d death) within() bool {
	return d.last != "" && d.last != "lock" && d.last != "committed"
}

// victim is a catalog over which recat is killed again and again.
type victim struct {
	t             *testing.T
	dir           string
	server        *servertest.Database // nil where the catalog is shop.db
	kills         *kills
	before, after map[string]string
	runs          int
	turn          int
	took          map[string]time.Duration // from the lock to the commit, by command
	whole         map[string]time.Duration // from start to end
	passed        map[string][]string      // points, in order
}

// newVictim makes a catalog in the journal mode with so many affected
// products, each in two categories or three, and rows that point at the
// category that goes.
func newVictim(t *testing.T, journal string, affected int, k *kills) *victim {
	t.Helper()
	v := bareVictim(t, k)
	db, err := sql.Open("sqlite3", v.path("shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	v.exec(db, "PRAGMA journal_mode = "+journal, "PRAGMA synchronous = OFF")
	g, err := fixtures.Generate(context.Background(), db, fixtures.Options{Categories: 200, Products: affected * 5 / 4,
		Affected: affected, Also: 2, Seed: 7, Shape: fixtures.Memberships})
	if err != nil {
		t.Fatal(err)
	}
	v.exec(db, "CREATE TABLE slugs (slug TEXT NOT NULL PRIMARY KEY, category_id INTEGER NOT NULL REFERENCES categories (id))",
		"CREATE INDEX slugs_category ON slugs (category_id)",
		"INSERT INTO slugs SELECT 'slug-' || id, category_id FROM products WHERE id % 10 = 0")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	v.begin(g)
	return v
}

func bareVictim(t *testing.T, k *kills) *victim {
	return &victim{t: t, dir: t.TempDir(), kills: k, took: map[string]time.Duration{}, whole: map[string]time.Duration{}, passed: map[string][]string{}}
}

// begin plans the split of a generated catalog, and measures it.
func (v *victim) begin(g fixtures.Generated) {
	v.t.Helper()
	v.write("policy.yaml", g.Split)
	v.write("mapping.yaml", g.Mapping+"references:\n  - {table: slugs, column: category_id, on_remove: delete}\n")
	v.must("plan", "policy.yaml", "--mapping", "mapping.yaml", "--catalog", v.catalog(), "--out", "a.plan")
	v.before = v.sums()
	v.measure()
}

// catalog is what recat is told of the catalog.
func (v *victim) catalog() string {
	if v.server != nil {
		return v.server.DSN()
	}
	return "shop.db"
}

// measure applies and undoes once, undisturbed.
func (v *victim) measure() {
	v.t.Helper()
	for _, args := range [][]string{v.applying(), v.undoing(1)} {
		began := time.Now()
		v.must(args...)
		v.whole[args[0]] = time.Since(began)
		points := v.points()
		v.took[args[0]] = time.Duration(points["committed"] - points["locked"])
		v.passed[args[0]] = slices.SortedFunc(maps.Keys(points), func(a, b string) int { return cmp.Compare(points[a], points[b]) })
		v.forget()
		if v.runs++; v.runs == 1 {
			v.after = v.sums()
		} else if now := v.sums(); !maps.Equal(now, v.before) {
			v.t.Fatalf("undo is not exact: %v, not %v", now, v.before)
		}
	}
}

func (v *victim) path(name string) string { return filepath.Join(v.dir, name) }

func (v *victim) write(name, text string) {
	v.t.Helper()
	if err := os.WriteFile(v.path(name), []byte(text), 0o644); err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) exec(db *sql.DB, statements ...string) {
	v.t.Helper()
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			v.t.Fatalf("%v, in: %s", err, q)
		}
	}
}

func (v *victim) applying() []string {
	return []string{"apply", "a.plan", "--catalog", v.catalog(), "--yes"}
}

func (v *victim) undoing(run int) []string {
	return []string{"undo", strconv.Itoa(run), "--catalog", v.catalog(), "--yes"}
}

// command is recat in the victim's folder; its temporary files go to tmp.
func (v *victim) command(env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	v.t.Helper()
	self, err := os.Executable()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := os.MkdirAll(v.path("tmp"), 0o755); err != nil {
		v.t.Fatal(err)
	}
	out := &bytes.Buffer{}
	cmd := exec.Command(self)
	cmd.Args, cmd.Dir, cmd.Stdout, cmd.Stderr = append([]string{"recat"}, args...), v.dir, out, out
	cmd.Env = append(append(os.Environ(), "NOW=2021-10-08T00:00:00+08:00", "CI=1", "POINTS="+v.path("points"),
		"TMPDIR="+v.path("tmp"), "SQLITE_TMPDIR="+v.path("tmp")), env...)
	return cmd, out
}

// must runs recat, which must succeed.
func (v *victim) must(args ...string) string {
	v.t.Helper()
	cmd, out := v.command(nil, args...)
	if err := cmd.Run(); err != nil {
		v.t.Fatalf("recat %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out.String()
}

// points are the points that were passed, and when.
func (v *victim) points() map[string]int64 {
	out := map[string]int64{}
	text, _ := os.ReadFile(v.path("points"))
	for line := range strings.Lines(string(text)) {
		var point string
		var at int64
		if _, err := fmt.Sscan(line, &point, &at); err == nil {
			out[point] = at
		}
	}
	return out
}

func (v *victim) forget() { os.Remove(v.path("points")) }

// last is the last point that was passed.
func (v *victim) last() string {
	last, latest := "", int64(0)
	for point, at := range v.points() {
		if at > latest {
			last, latest = point, at
		}
	}
	return last
}

// killAt runs a command that kills itself at a point.
func (v *victim) killAt(point string, args ...string) {
	v.t.Helper()
	cmd, out := v.command([]string{"KILLAT=" + point}, args...)
	err := cmd.Run()
	if !killed(err) {
		v.t.Fatalf("recat %s was not killed at %s: %v\n%s", args[0], point, err, out)
	}
	v.died()
}

// killAfter kills a command from outside, some time after it passed a point;
// "" is its start.
func (v *victim) killAfter(point string, delay time.Duration, args ...string) {
	v.t.Helper()
	cmd, out := v.command(nil, args...)
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for deadline := time.Now().Add(time.Minute); point != "" && v.points()[point] == 0 && time.Now().Before(deadline); {
		time.Sleep(500 * time.Microsecond)
	}
	select {
	case err := <-done:
		done <- err
	case <-time.After(delay):
		_ = cmd.Process.Kill()
	}
	switch err := <-done; {
	case killed(err):
		v.died()
	case err != nil:
		v.t.Fatalf("recat %s: %v\n%s", args[0], err, out)
	}
	v.forget()
}

// died counts a death and forgets its points.
func (v *victim) died() {
	d := death{last: v.last()}
	for _, suffix := range []string{"-journal", "-wal"} {
		if info, err := os.Stat(v.path("shop.db" + suffix)); err == nil {
			d.journal += info.Size()
		}
	}
	v.kills.add(d)
	v.forget()
}

func killed(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// sums opens the catalog as recat's reading commands do.
func (v *victim) sums() map[string]string {
	v.t.Helper()
	if v.server != nil {
		return v.dumpServer()
	}
	sums, err := catalog.Sums(context.Background(), catalog.Target{Engine: "sqlite", Path: v.path("shop.db")})
	if err != nil {
		v.t.Fatalf("sum the tables: %v", err)
	}
	return sums
}

// settle checks the catalog that a killed command left, and runs the command
// again, which needs no other step. Every second time the rerun itself is the
// first to open what the dead one left.
func (v *victim) settle(from, to map[string]string, args ...string) {
	v.t.Helper()
	if v.turn++; v.turn%2 == 0 {
		now := v.sums()
		after := maps.Equal(now, to)
		if !after && !maps.Equal(now, from) {
			v.t.Fatalf("%s was killed and left the catalog in between:\n%v\nbefore %v\nafter %v", args[0], now, from, to)
		}
		v.kills.settle(after)
	}
	v.must(args...)
	v.forget()
	v.runs++
	if now := v.sums(); !maps.Equal(now, to) {
		v.t.Fatalf("%s after a kill left\n%v\nnot\n%v", args[0], now, to)
	}
	v.clean()
}

// clean insists that dead runs left nothing: one record for each run that was
// committed, no image of another, no file, and a sound database.
func (v *victim) clean() {
	v.t.Helper()
	if v.server != nil {
		v.cleanServer()
		return
	}
	db, err := sql.Open("sqlite3", "file:"+v.path("shop.db")+"?mode=ro")
	if err != nil {
		v.t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]string{
		"SELECT count(*) FROM recat_run": strconv.Itoa(v.runs),
		`SELECT count(*) FROM sqlite_schema WHERE name LIKE 'recat\_image\__%' ESCAPE '\' AND type = 'table'
			AND name NOT IN (SELECT json_extract(line, '$.store') FROM recat_image)`: "0",
		"SELECT count(*) FROM recat_image WHERE run NOT IN (SELECT run FROM recat_run)":                                            "0",
		"SELECT count(*) FROM recat_note WHERE run NOT IN (SELECT run FROM recat_run)":                                             "0",
		"SELECT count(*) FROM (SELECT 1 FROM recat_run u WHERE u.kind = 'undo' GROUP BY u.of HAVING count(*) > 1)":                 "0",
		"SELECT count(*) FROM sqlite_schema WHERE name LIKE 'recat%' AND type = 'table' AND name NOT LIKE 'recat\\_%' ESCAPE '\\'": "0",
	} {
		if got, err := column(db, query); err != nil || got[0] != want {
			v.t.Errorf("%s: %v, %v; want %s", query, got, err, want)
		}
	}
	if v.turn%8 == 0 {
		if got, err := column(db, "PRAGMA integrity_check"); err != nil || got[0] != "ok" {
			v.t.Fatalf("the database is not sound: %v, %v", got, err)
		}
	}
	if left, err := os.ReadDir(v.path("tmp")); err != nil || len(left) > 0 {
		v.t.Errorf("temporary files are left: %v, %v", left, err)
	}
	for _, name := range v.files() {
		if !slices.Contains([]string{"a.plan", "mapping.yaml", "policy.yaml", "shop.db", "shop.db-shm", "shop.db-wal", "tmp"}, name) {
			v.t.Errorf("%s is left", name)
		}
	}
}

func (v *victim) files() []string {
	v.t.Helper()
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		v.t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// bare writes the catalog as it was before any run to a file.
func (v *victim) bare(path, journal string) {
	v.t.Helper()
	copyFile(v.t, v.path("shop.db"), path)
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	names, err := column(db, `SELECT name FROM sqlite_schema WHERE name LIKE 'recat\_%' ESCAPE '\' AND type = 'table'`)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, name := range names {
		v.exec(db, "DROP TABLE "+name)
	}
	v.exec(db, "VACUUM", "PRAGMA journal_mode = "+journal)
}

// fresh puts a catalog without runs in the victim's place, so that the next
// run makes the record tables again.
func (v *victim) fresh(base string) {
	v.t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(v.path("shop.db" + suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			v.t.Fatal(err)
		}
	}
	copyFile(v.t, base, v.path("shop.db"))
	v.runs = 0
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// around kills an apply and then an undo, each by its own way of killing, and
// settles both.
func (v *victim) around(apply, undo func(args ...string)) {
	v.t.Helper()
	apply(v.applying()...)
	v.settle(v.before, v.after, v.applying()...)
	undo(v.undoing(v.runs)...)
	v.settle(v.after, v.before, v.undoing(v.runs)...)
}

// TestKill kills apply and undo at every point and at random moments. The
// catalog is as before or as after, and the same command again sees to the
// rest.
func TestKill(t *testing.T) {
	var k kills
	random, large := 36, 4 // cycles a journal mode, of two kills each
	if testing.Short() {
		random, large = 4, 1
	}
	t.Run("group", func(t *testing.T) {
		for _, journal := range []string{"wal", "delete"} {
			t.Run("points/"+journal, func(t *testing.T) {
				t.Parallel()
				killAtPoints(newVictim(t, journal, 3000, &k))
			})
			t.Run("random/"+journal, func(t *testing.T) {
				t.Parallel()
				killAtRandom(newVictim(t, journal, 6000, &k), random)
			})
			t.Run("large/"+journal, func(t *testing.T) {
				t.Parallel()
				killAtRandom(newVictim(t, journal, 40_000, &k), large)
			})
		}
	})
	t.Logf("%d kills: %d within the write, %d with pages in the journal; of those looked at first, %d before and %d after",
		k.all, k.within, k.written, k.before, k.after)
	least := 200
	if testing.Short() {
		least = 60
	}
	if k.all < least || k.within*3 < k.all || k.written*5 < k.all {
		t.Errorf("%d kills, %d of them within the write, %d with pages written: too few", k.all, k.within, k.written)
	}
}

func killAtPoints(v *victim) {
	for i := range max(len(applyPoints), len(undoPoints)) {
		v.around(func(args ...string) { v.killAt(applyPoints[i%len(applyPoints)], args...) },
			func(args ...string) { v.killAt(undoPoints[i%len(undoPoints)], args...) })
	}
}

// killAtRandom kills at moments spread over the write, and one time in four
// over the whole command.
func killAtRandom(v *victim, cycles int) {
	seed := uint64(time.Now().UnixNano())
	v.t.Logf("seed %d; apply locks for %v, undo for %v", seed, v.took["apply"], v.took["undo"])
	r := rand.New(rand.NewPCG(seed, 0))
	strike := func(args ...string) {
		if r.IntN(4) == 0 {
			v.killAfter("", time.Duration(r.Int64N(int64(v.whole[args[0]]))), args...)
			return
		}
		v.killAfter("locked", time.Duration(r.Int64N(int64(v.took[args[0]])+int64(time.Millisecond))), args...)
	}
	for range cycles {
		v.around(strike, strike)
	}
}

// TestKillFirstRun kills the very first run of a catalog, which makes the
// record tables.
func TestKillFirstRun(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			var k kills
			v := newVictim(t, journal, 200, &k)
			base := filepath.Join(t.TempDir(), "base.db")
			v.bare(base, journal)
			r := rand.New(rand.NewPCG(1, 2))
			for i := range len(applyPoints) + 6 {
				v.fresh(base)
				if i < len(applyPoints) {
					v.killAt(applyPoints[i], v.applying()...)
				} else {
					v.killAfter("locked", time.Duration(r.Int64N(int64(v.took["apply"]))), v.applying()...)
				}
				v.settle(v.before, v.after, v.applying()...)
			}
		})
	}
}

// TestKillReading kills commands that only read: the catalog's bytes stay, a
// plan file is whole or not there, and a rehearsal's copy goes with a signal
// that can be heard.
func TestKillReading(t *testing.T) {
	for _, journal := range []string{"wal", "delete"} {
		t.Run(journal, func(t *testing.T) {
			t.Parallel()
			var k kills
			v := newVictim(t, journal, 3000, &k)
			want := v.bytes()
			planning := []string{"plan", "policy.yaml", "--mapping", "mapping.yaml", "--catalog", "shop.db", "--out", "b.plan"}
			rehearsing := []string{"rehearse", "a.plan", "--catalog", "shop.db"}
			for _, args := range [][]string{planning, rehearsing} {
				began := time.Now()
				v.must(args...)
				v.whole[args[0]] = time.Since(began)
			}
			r := rand.New(rand.NewPCG(3, 4))
			for i := range 12 {
				if i%2 != 0 { // over one that is there
					v.must(planning...)
				} else if err := os.Remove(v.path("b.plan")); err != nil {
					t.Fatal(err)
				}
				v.killAfter("", time.Duration(r.Int64N(int64(v.whole["plan"]))), planning...)
				v.wholePlan(i%2 != 0)
				v.must(planning...)
				v.killAfter("", time.Duration(r.Int64N(int64(v.whole["rehearse"]))), rehearsing...)
				v.interrupt(time.Duration(r.Int64N(int64(v.whole["rehearse"]))), rehearsing...)
				if !bytes.Equal(v.bytes(), want) {
					t.Fatal("a command that only reads changed the catalog")
				}
			}
			v.must(planning...)
			v.must(rehearsing...)
			if k.all < 12 {
				t.Errorf("only %d kills", k.all)
			}
		})
	}
}

// bytes are the catalog's, with what its write-ahead log or journal holds.
func (v *victim) bytes() []byte {
	v.t.Helper()
	var out []byte
	for _, suffix := range []string{"", "-wal", "-journal"} {
		b, err := os.ReadFile(v.path("shop.db" + suffix))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			v.t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func (v *victim) wholePlan(there bool) {
	v.t.Helper()
	f, err := planfile.Open(v.path("b.plan"))
	if err == nil {
		f.Close()
		return
	}
	if _, statErr := os.Stat(v.path("b.plan")); there || statErr == nil {
		v.t.Fatalf("the plan is half written: %v", err)
	}
}

// interrupt stops a command as Ctrl-C or a service manager does; it removes
// what it made.
func (v *victim) interrupt(delay time.Duration, args ...string) {
	v.t.Helper()
	had := v.files()
	cmd, out := v.command(nil, args...)
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	timer := time.AfterFunc(delay, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer timer.Stop()
	err := cmd.Wait()
	v.forget()
	// A signal may come before recat listens, or after its work is done.
	var exit *exec.ExitError
	early := errors.As(err, &exit) && exit.ExitCode() == -1
	if err != nil && !early && exit.ExitCode() != 130 {
		v.t.Errorf("recat %s, interrupted, exits with %d\n%s", args[0], exit.ExitCode(), out)
	}
	for _, name := range v.files() {
		if !slices.Contains(had, name) && strings.HasPrefix(name, ".recat") {
			v.t.Errorf("recat %s, interrupted after %v, leaves %s: %v\n%s", args[0], delay, name, err, out)
		}
	}
}
