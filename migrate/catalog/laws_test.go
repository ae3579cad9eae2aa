package catalog_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// checks is how many random worlds each law is tried on, unless the command
// line says: every one of them commits, and waits for the disk, many times.
const checks = "30"

// ours says that the command line leaves that number to the tests.
var ours bool

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if ours = !given; ours {
		if err := flag.Set("rapid.checks", checks); err != nil {
			panic(err)
		}
	}
	if err := forgetful(); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// forgetful has the tests' catalogs live in memory where the system lends
// some as a folder: they commit thousands of times, and a disk takes its time
// over each. Benchmarks keep to the disk.
func forgetful() error {
	const memory = "/dev/shm"
	if os.Getenv("TMPDIR") != "" || flag.Lookup("test.bench").Value.String() != "" {
		return nil
	}
	dir, err := os.MkdirTemp(memory, "recat-*")
	if err != nil {
		return nil // there is none, or none for us
	}
	if err := os.Remove(dir); err != nil {
		return err
	}
	return os.Setenv("TMPDIR", memory)
}

// TestLaws holds a SQLite catalog to the laws that every Catalog is held to.
func TestLaws(t *testing.T) {
	catalogtest.Laws(t, func(w *catalogtest.World) (catalogtest.Subject, error) {
		sub, _, err := subject(w.SQL(), w.Mapping(), w.Shape)
		return sub, err
	})
}

// TestLawsOverCases does so with the fixture cases.
func TestLawsOverCases(t *testing.T) {
	catalogtest.Cases(t, func(c fixtures.Case) (catalogtest.Subject, *migrate.Policy, error) {
		sub, m, err := subject([]string{c.Schema}, c.Mapping, catalogtest.Plain)
		if err != nil {
			return sub, nil, err
		}
		env, err := rule.NewEnv(m.RuleFields())
		if err != nil {
			return sub, nil, err
		}
		f, err := policyfile.Parse(policyfile.Source{Name: "policy.yaml", Text: []byte(c.Policy), Open: func(name string) ([]byte, error) {
			return fs.ReadFile(c.Dir, name)
		}}, env)
		if err != nil {
			return sub, nil, err
		}
		return sub, f.Policy, nil
	}, func(fixtures.Case) bool { return false })
}

// subject is a catalog in a file of its own, with another connection that
// plays the shop's own programs.
func subject(statements []string, mapping string, shape catalogtest.Shape) (sub catalogtest.Subject, m *catalog.Mapping, err error) {
	dir, err := os.MkdirTemp("", "laws")
	if err != nil {
		return sub, nil, err
	}
	path := filepath.Join(dir, "shop.db")
	db, err := sql.Open("sqlite3", "file:"+path+"?_foreign_keys=1&_sync=0&_busy_timeout=5000")
	if err != nil {
		return sub, nil, err
	}
	db.SetMaxOpenConns(1)
	sub.Close = func() error { return errors.Join(db.Close(), os.RemoveAll(dir)) }
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			return sub, nil, errors.Join(fmt.Errorf("%w, in: %s", err, q), sub.Close())
		}
	}
	if m, err = catalog.ParseMapping("mapping.yaml", []byte(mapping)); err != nil {
		return sub, nil, errors.Join(err, sub.Close())
	}
	c, err := catalog.Open(context.Background(), catalog.Target{Engine: "sqlite", Path: path}, m, catalog.Options{})
	if err != nil {
		return sub, nil, errors.Join(err, sub.Close())
	}
	sub.Catalog = c
	sub.Close = func() error { return errors.Join(c.Close(), db.Close(), os.RemoveAll(dir)) }
	sub.Edit = func(e catalogtest.Edit) error { return inTransaction(db, e, shape) }
	sub.Query = func(query string) ([][]*string, error) { return cells(db, query) }
	sub.Dump = func() (map[string][]string, error) { return dumpTables(db) }
	return sub, m, nil
}

// inTransaction makes an edit, and what of the tree must follow it.
func inTransaction(db *sql.DB, e catalogtest.Edit, shape catalogtest.Shape) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	all := func(statements []string) error {
		for _, q := range statements {
			if _, err := tx.Exec(q); err != nil {
				return fmt.Errorf("%w, in: %s", err, q)
			}
		}
		return nil
	}
	err = all(e.SQL(shape))
	var more []string
	if err == nil {
		more, err = shape.Reencode(e, func(query string) ([][]*string, error) { return cells(tx, query) })
	}
	if err == nil {
		err = all(more)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// cells reads the rows of a query as text; nil is NULL.
func cells(q interface {
	Query(string, ...any) (*sql.Rows, error)
}, query string) ([][]*string, error) {
	rows, err := q.Query(query)
	if err != nil {
		return nil, fmt.Errorf("%w, in: %s", err, query)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]*string
	for rows.Next() {
		row, into := make([]*string, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// dumpTables writes every user table, row by row, with values and types.
func dumpTables(db *sql.DB) (map[string][]string, error) {
	out := map[string][]string{}
	names, err := strs(db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'recat\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		columns, err := strs(db, `SELECT name FROM pragma_table_xinfo('`+strings.ReplaceAll(name, "'", "''")+`')`)
		if err != nil {
			return nil, err
		}
		exprs := make([]string, len(columns))
		for i, c := range columns {
			quoted := `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			exprs[i] = "typeof(" + quoted + ") || ' ' || quote(" + quoted + ")"
		}
		rows, err := strs(db, "SELECT "+strings.Join(exprs, " || ', ' || ")+` FROM "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
		if err != nil {
			return nil, err
		}
		slices.Sort(rows)
		out[name] = rows
	}
	return out, nil
}

func strs(db *sql.DB, query string) ([]string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, fmt.Errorf("%w, in: %s", err, query)
	}
	defer rows.Close()
	out := []string{}
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
