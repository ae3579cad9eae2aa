package catalog_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest"
	"recat/migrate/catalogtest/servertest"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// onServers runs a test on each engine that has a server, side by side: most
// of its time it waits for the server.
func onServers(t *testing.T, test func(*testing.T, *servertest.Server)) {
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, servertest.Open(t, e))
		})
	}
}

// target is a server's database as recat is told of it, with more of a query.
func target(t testing.TB, d *servertest.Database, query string) catalog.Target {
	t.Helper()
	dsn := d.DSN()
	if query != "" {
		dsn += map[bool]string{true: "&", false: "?"}[strings.Contains(dsn, "?")] + query
	}
	to, err := catalog.ParseTarget(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// byBytes is the collation of MariaDB's that tells ids apart as recat does.
const byBytes = "utf8mb4_nopad_bin"

// newServerShop loads a script into a fresh database of a server.
func newServerShop(t testing.TB, on *servertest.Server, schema, mapping, policy string, files fs.FS, now time.Time) *shop {
	t.Helper()
	s := &shop{t: t, server: on.Database(t, byBytes), now: now}
	if err := s.server.Script(schema); err != nil {
		t.Fatal(err)
	}
	s.parse(mapping, policy, files)
	return s
}

func (s *shop) dumpServer() string {
	s.t.Helper()
	tables, err := s.server.Dump()
	if err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		out.WriteString("-- " + name + "\n" + strings.Join(tables[name], "\n") + "\n")
	}
	return out.String()
}

// runs lists the runs that are recorded.
func (s *shop) runs() []migrate.Run {
	s.t.Helper()
	c := s.open(true)
	defer c.Close()
	runs, err := c.Runs(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return runs
}

// fewer has each law tried on fewer random worlds than SQLite is, unless the
// command line says how often.
func fewer(t *testing.T, checks string) {
	if !ours {
		return
	}
	if testing.Short() {
		checks = "5" // of which rapid then takes a fifth
	}
	was := flag.Lookup("rapid.checks").Value.String()
	if err := flag.Set("rapid.checks", checks); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := flag.Set("rapid.checks", was); err != nil {
			t.Error(err)
		}
	})
}

// serverChecks is how many worlds each law is tried on, on each server.
const serverChecks = "5"

// TestLawsOnServers holds catalogs on servers to the laws.
func TestLawsOnServers(t *testing.T) {
	fewer(t, serverChecks)
	onServers(t, func(t *testing.T, on *servertest.Server) {
		t.Run("worlds", func(t *testing.T) { catalogtest.Laws(t, openWorld(on)) })
		t.Run("cases", func(t *testing.T) {
			catalogtest.Cases(t, func(c fixtures.Case) (catalogtest.Subject, *migrate.Policy, error) { return openCase(on, c) },
				func(c fixtures.Case) bool {
					_, ok := c.On(string(on.Engine))
					return !ok || !slices.Contains(broken, c.Name) || testing.Short() && c.Name != broken[0]
				})
		})
	})
}

// broken are the cases of which every step is broken on servers too: between
// them they write every kind of table. TestServerCases takes all of them once.
var broken = []string{"references", "cascades", "tree-encodings", "channel-listings"}

// openWorld fills a database of the server with a world. Its keys need 64
// bits, which SQLite's INTEGER has and other engines' has not.
func openWorld(on *servertest.Server) catalogtest.Open {
	return func(w *catalogtest.World) (catalogtest.Subject, error) {
		sub, _, err := serverSubject(on, "", worldScript(w), w.Mapping(), w.Shape)
		return sub, err
	}
}

// keylessCase is the case with a table that has no key: SQLite alone tells its rows
// apart.
const keylessCase = "references"

func worldScript(w *catalogtest.World) []string {
	var statements []string
	for _, q := range w.SQL() {
		if strings.HasPrefix(q, "CREATE TABLE") {
			q = strings.ReplaceAll(q, " INTEGER", " BIGINT")
		}
		statements = append(statements, q)
	}
	return statements
}

func openCase(on *servertest.Server, c fixtures.Case) (catalogtest.Subject, *migrate.Policy, error) {
	schema, _ := c.On(string(on.Engine))
	sub, m, err := serverSubject(on, byBytes, servertest.Split(schema), c.Mapping, catalogtest.Plain)
	if err != nil {
		return sub, nil, err
	}
	env, err := rule.NewEnv(m.RuleFields())
	if err != nil {
		return sub, nil, errors.Join(err, sub.Close())
	}
	f, err := policyfile.Parse(policyfile.Source{Name: "policy.yaml", Text: []byte(c.Policy), Open: func(name string) ([]byte, error) {
		return fs.ReadFile(c.Dir, name)
	}}, env)
	if err != nil {
		return sub, nil, errors.Join(err, sub.Close())
	}
	return sub, f.Policy, nil
}

// serverSubject is a catalog in a database of its own, with another
// connection that plays the shop's own programs.
func serverSubject(on *servertest.Server, collation string, statements []string, mapping string, shape catalogtest.Shape) (sub catalogtest.Subject, m *catalog.Mapping, err error) {
	d, err := on.Make(collation)
	if err != nil {
		return sub, nil, err
	}
	return subjectIn(d, statements, mapping, shape)
}

// subjectIn is one in an empty database, which goes with it.
func subjectIn(d *servertest.Database, statements []string, mapping string, shape catalogtest.Shape) (sub catalogtest.Subject, m *catalog.Mapping, err error) {
	sub.Close = d.Release
	fail := func(err error) (catalogtest.Subject, *catalog.Mapping, error) {
		return catalogtest.Subject{}, nil, errors.Join(err, sub.Close())
	}
	if err := d.Load(statements...); err != nil {
		return fail(err)
	}
	if m, err = catalog.ParseMapping("mapping.yaml", []byte(mapping)); err != nil {
		return fail(err)
	}
	to, err := catalog.ParseTarget(d.DSN())
	if err != nil {
		return fail(err)
	}
	c, err := catalog.Open(context.Background(), to, m, catalog.Options{})
	if err != nil {
		return fail(err)
	}
	sub.Catalog = c
	sub.Close = func() error { return errors.Join(c.Close(), d.Release()) }
	sub.Edit = func(e catalogtest.Edit) error { return inTransaction(d.DB, e, shape) }
	sub.Query = func(query string) ([][]*string, error) { return cells(d.DB, query) }
	sub.Dump = d.Dump
	return sub, m, nil
}

// TestServerCases takes the fixture cases through their whole life on every
// server, and wants the digest that SQLite gives the plan.
func TestServerCases(t *testing.T) {
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for _, c := range cases {
			schema, ok := c.On(string(on.Engine))
			if !ok || testing.Short() && !slices.Contains(broken, c.Name) {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				digest := lifecycle(t, c, func() *shop { return newServerShop(t, on, schema, c.Mapping, c.Policy, c.Dir, c.Now) })
				file := newShop(t, "wal", c.Schema, c.Mapping, c.Policy, c.Dir, c.Now)
				if want := file.mustPlan().Trailer().Digest; digest != want && c.Name != keylessCase {
					t.Errorf("the plan's digest is %s on %s, %s on SQLite", digest, on.Engine, want)
				}
			})
		}
	})
}

// TestServerKeyless wants a table refused by name whose rows cannot be told
// apart.
func TestServerKeyless(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		s := newServerShop(t, on, `CREATE TABLE categories (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, name VARCHAR(40) NOT NULL);
			CREATE TABLE products (id INTEGER NOT NULL PRIMARY KEY, category_id INTEGER, title VARCHAR(40), status VARCHAR(12) NOT NULL);
			CREATE TABLE visits (category_id INTEGER, n INTEGER); INSERT INTO categories VALUES (1, NULL, 'Toys'), (2, 1, 'Hoverboards'); INSERT INTO visits VALUES (2, 3)`,
			strings.ReplaceAll(lampMapping, "  touch: {updated_at: now}\n", "")+"references:\n  - {table: visits, column: category_id, on_remove: delete}\n", sweeping, nil, time.Now())
		_, err := catalog.Open(context.Background(), s.target(), s.mapping, catalog.Options{})
		if err == nil || !strings.Contains(err.Error(), "visits") {
			t.Errorf("open over a table without a key: %v; want it named", err)
		}
	})
}

// TestOneAnswer asks SQLite and every server the same (law 7).
func TestOneAnswer(t *testing.T) {
	opens := map[string]catalogtest.Open{"sqlite": func(w *catalogtest.World) (catalogtest.Subject, error) {
		sub, _, err := subject(w.SQL(), w.Mapping(), w.Shape)
		return sub, err
	}}
	for _, e := range servertest.Engines() {
		if servertest.Named(e) {
			opens[string(e)] = openWorld(servertest.Open(t, e))
		}
	}
	if len(opens) == 1 {
		servertest.Open(t, servertest.Postgres) // says what to set
	}
	fewer(t, "40")
	catalogtest.OneAnswer(t, opens)
}
