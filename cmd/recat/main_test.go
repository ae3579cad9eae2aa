package main_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/rogpeppe/go-internal/testscript"

	"recat/cmd/internal/cli"
)

var update = flag.Bool("update", false, "rewrite the expected output")

// TestMain makes commands of the programs that the scripts run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"recat": func() { os.Exit(cli.Main(world())) },
		"sql":   func() { run(runSQL) },
		"dump":  func() { run(runDump) },
		"hash":  func() { run(runHash) },
		"lock":  func() { run(runLock) },
	})
}

// TestScripts tells every command's story. Each script finds the files of
// testdata/shop in its folder.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await":   await,
			"exits":   exits,
			"matches": matches,
			"streams": streams,
		},
	})
}

func setUp(env *testscript.Env) error {
	env.Setenv("NOW", "2021-10-08T00:00:00+08:00")
	env.Setenv("CI", "")
	return os.CopyFS(env.WorkDir, os.DirFS("testdata/shop"))
}

// await waits for a file that a program in the background makes.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for range 500 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s is not there", args[0])
}

// exits runs a program that must end with a code: exits 4 recat apply …
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("%s exits with %s, not %s", strings.Join(args[1:], " "), code, args[0])
	}
}

// world is the process's own but for what a script sets: the clock (NOW), what
// happens while recat sleeps (ONSLEEP: remove FILE, rename FILE FILE, sql DB
// FILE, terminate), what file goes as it commits (ONCOMMIT), whether somebody
// sits at a terminal (TERMINAL: 1, or its width), and interrupts it when recat
// asks who it is (INTERRUPT), which is when it is about to begin.
func world() cli.World {
	w := cli.OS()
	now, err := time.Parse(time.RFC3339, os.Getenv("NOW"))
	if err != nil {
		panic(err)
	}
	w.Now = func() time.Time { return now }
	w.Sleep = func(ctx context.Context, d time.Duration) error {
		if err := onSleep(ctx, strings.Fields(os.Getenv("ONSLEEP"))); err != nil {
			return err
		}
		now = now.Add(d)
		return ctx.Err()
	}
	w.User = func() string {
		if os.Getenv("INTERRUPT") != "" {
			terminate()
		}
		return "tester"
	}
	w.Terminal = func(any) int {
		switch width, err := strconv.Atoi(os.Getenv("TERMINAL")); {
		case err != nil:
			return 0
		case width > 1:
			return width
		}
		return 120
	}
	w.Observe = removing(observer())
	limitFiles()
	return w
}

// onSleep does what a script wants done while recat sleeps, once.
func onSleep(ctx context.Context, what []string) error {
	if len(what) == 0 {
		return nil
	}
	os.Unsetenv("ONSLEEP")
	switch what[0] {
	case "remove":
		return os.Remove(what[1])
	case "rename":
		return os.Rename(what[1], what[2])
	case "sql":
		return runSQL(what[1:])
	case "terminate":
		terminate()
		<-ctx.Done()
		return ctx.Err()
	}
	return fmt.Errorf("ONSLEEP: %q is unknown", what[0])
}

// removing removes the file that ONCOMMIT names right before a commit.
func removing(observe func(string)) func(string) {
	file := os.Getenv("ONCOMMIT")
	if file == "" {
		return observe
	}
	return func(point string) {
		if observe != nil {
			observe(point)
		}
		if point == "record" {
			_ = os.Remove(file)
		}
	}
}

// terminate sends this process a signal and gives it time to arrive.
func terminate() {
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		panic(err)
	}
	time.Sleep(50 * time.Millisecond)
}

// run runs one of the scripts' own programs.
func run(program func(args []string) error) {
	if err := program(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// runSQL runs the statements of a file: sql [-crash] DB FILE. With -crash the
// database is left as a killed program leaves it.
func runSQL(args []string) error {
	crash := args[0] == "-crash"
	if crash {
		args = args[1:]
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", args[0]+"?_foreign_keys=off")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(string(text)); err != nil {
		return errors.Join(err, db.Close())
	}
	if crash {
		os.Exit(0)
	}
	return db.Close()
}

// runDump prints every row of every user table, values as SQL literals.
func runDump(args []string) error {
	db, err := sql.Open("sqlite3", "file:"+args[0]+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	tables, err := column(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'recat%' AND name NOT LIKE 'sqlite%' ORDER BY name`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		columns, err := column(db, `SELECT 'quote("' || name || '")' FROM pragma_table_info('`+table+`')`)
		if err != nil {
			return err
		}
		rows, err := column(db, `SELECT `+strings.Join(columns, " || ', ' || ")+` FROM "`+table+`" ORDER BY rowid`)
		if err != nil {
			return err
		}
		for _, row := range rows {
			fmt.Printf("%s: %s\n", table, row)
		}
	}
	return nil
}

func column(db *sql.DB, query string) ([]string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// runHash prints the SHA-256 of files, and of those beside them that SQLite
// keeps where they hold anything.
func runHash(args []string) error {
	for _, name := range args {
		for _, path := range []string{name, name + "-wal", name + "-journal"} {
			f, err := os.Open(path)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			sum := sha256.New()
			n, err := io.Copy(sum, f)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			if n > 0 {
				fmt.Printf("%x %s\n", sum.Sum(nil), filepath.Base(path))
			}
		}
	}
	return nil
}

// runLock holds a database's write lock until it is killed: lock DB SIGN makes
// the file SIGN once it has it.
func runLock(args []string) error {
	db, err := sql.Open("sqlite3", args[0]+"?_txlock=immediate")
	if err != nil {
		return err
	}
	if _, err := db.Begin(); err != nil {
		return err
	}
	if err := os.WriteFile(args[1], nil, 0o644); err != nil {
		return err
	}
	time.Sleep(time.Minute)
	return nil
}
