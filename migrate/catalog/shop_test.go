package catalog_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
	"recat/migrate/planfile"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// shop is a catalog with its mapping and policy, in a SQLite file or on a
// server.
type shop struct {
	t       testing.TB
	path    string               // of the file
	server  *servertest.Database // nil for a file
	query   string               // of the server's address
	role    *servertest.Role     // that recat works as on the server; nil for the one that made the tables
	mapping *catalog.Mapping
	policy  *policyfile.File
	text    string
	source  string // of the mapping
	now     time.Time
	rebuild bool // plan --rebuild-tree
}

// newShop loads a schema into a fresh database in the journal mode.
func newShop(t testing.TB, journal, schema, mapping, policy string, files fs.FS, now time.Time) *shop {
	t.Helper()
	s := &shop{t: t, path: filepath.Join(t.TempDir(), "shop.db"), text: policy, now: now}
	s.exec("PRAGMA journal_mode = " + journal)
	if schema != "" {
		s.exec(schema)
	}
	s.parse(mapping, policy, files)
	return s
}

func (s *shop) parse(mapping, policy string, files fs.FS) {
	s.t.Helper()
	var err error
	if s.mapping, err = catalog.ParseMapping("mapping.yaml", []byte(mapping)); err != nil {
		s.t.Fatal(err)
	}
	env, err := rule.NewEnv(s.mapping.RuleFields())
	if err != nil {
		s.t.Fatal(err)
	}
	s.policy, err = policyfile.Parse(policyfile.Source{Name: "policy.yaml", Text: []byte(policy), Open: func(name string) ([]byte, error) {
		return fs.ReadFile(files, name)
	}}, env)
	if err != nil {
		s.t.Fatal(err)
	}
	s.text, s.source = policy, mapping
}

// exec runs statements as another program would.
func (s *shop) exec(statements ...string) {
	s.t.Helper()
	if s.server != nil {
		if err := s.server.Load(statements...); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	db, err := sql.Open("sqlite3", "file:"+s.path+"?_busy_timeout=5000")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			s.t.Fatalf("%v, in: %s", err, q)
		}
	}
}

// target is where recat finds the shop.
func (s *shop) target() catalog.Target {
	s.t.Helper()
	if s.server == nil {
		return catalog.Target{Engine: "sqlite", Path: s.path}
	}
	if s.role != nil {
		to, err := catalog.ParseTarget(s.role.DSN())
		if err != nil {
			s.t.Fatal(err)
		}
		return to
	}
	return target(s.t, s.server, s.query)
}

func (s *shop) open(readOnly bool) *catalog.Catalog {
	s.t.Helper()
	c, err := catalog.Open(context.Background(), s.target(), s.mapping,
		catalog.Options{ReadOnly: readOnly, Effective: s.policy.Policy.Dates.Effective})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return c
}

// plan writes a plan to a file and opens it.
func (s *shop) plan() (*planfile.File, error) {
	s.t.Helper()
	c := s.open(true)
	defer c.Close()
	path := filepath.Join(s.t.TempDir(), "a.plan")
	w, err := planfile.Create(path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer w.Close()
	_, err = migrate.MakePlan(context.Background(), c, migrate.PlanRequest{Policy: s.policy.Policy, PolicyFile: "policy.yaml",
		PolicyText: s.text, Files: s.policy.Files, Who: "test", Recat: "test", Now: s.now, Rebuild: s.rebuild}, w, nil)
	if err != nil {
		return nil, err
	}
	f, err := planfile.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { f.Close() })
	return f, nil
}

func (s *shop) mustPlan() *planfile.File {
	s.t.Helper()
	f, err := s.plan()
	if err != nil {
		s.t.Fatal(err)
	}
	return f
}

func (s *shop) apply(plan migrate.Plan) (migrate.Applied, error) {
	s.t.Helper()
	c := s.open(false)
	defer c.Close()
	return migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true,
		Operator: "test", Version: "test", LockTimeout: time.Second})
}

func (s *shop) undo(run int64, on migrate.OnConflict) (migrate.Undone, error) {
	s.t.Helper()
	c := s.open(false)
	defer c.Close()
	return migrate.Undo(context.Background(), c, run, migrate.UndoOptions{OnConflict: on, Now: s.now, Operator: "test", LockTimeout: time.Second})
}

func (s *shop) verify(run int64) error {
	s.t.Helper()
	c := s.open(true)
	defer c.Close()
	return migrate.Verify(context.Background(), c, run)
}

// dump writes every user table with values, types and rowids.
func (s *shop) dump() string {
	s.t.Helper()
	if s.server != nil {
		return s.dumpServer()
	}
	db, err := sql.Open("sqlite3", "file:"+s.path+"?mode=ro")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var out strings.Builder
	for _, q := range texts(s.t, db, `SELECT type || ' ' || name || ' ' || COALESCE(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'recat\_%' ESCAPE '\' AND tbl_name NOT LIKE 'recat\_%' ESCAPE '\' ORDER BY type, name`) {
		fmt.Fprintln(&out, q)
	}
	for _, name := range texts(s.t, db, `SELECT l.name FROM pragma_table_list l WHERE l.type = 'table' AND l.schema = 'main' AND l.name NOT LIKE 'recat\_%' ESCAPE '\' AND l.name <> 'sqlite_schema' ORDER BY 1`) {
		columns := texts(s.t, db, `SELECT 'quote("' || replace(name, '"', '""') || '")' FROM pragma_table_xinfo('`+strings.ReplaceAll(name, "'", "''")+`')`)
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		rowid := "0"
		if len(texts(s.t, db, `SELECT 1 FROM pragma_table_list l WHERE l.name = '`+strings.ReplaceAll(name, "'", "''")+`' AND l.wr = 0`)) > 0 {
			rowid = "rowid"
		}
		rows := texts(s.t, db, "SELECT "+rowid+" || ': ' || "+strings.Join(columns, " || ', ' || ")+" FROM "+quoted)
		slices.Sort(rows)
		fmt.Fprintf(&out, "-- %s\n%s\n", name, strings.Join(rows, "\n"))
	}
	return out.String()
}

func texts(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	out, err := strs(db, query)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
