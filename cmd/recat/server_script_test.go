package main_test

import (
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"recat/migrate/catalogtest/servertest"
)

// TestServerScripts tells the commands' stories on each engine that has a
// server. Scripts find the files of testdata/shop in their folder, and the
// engine's name in ENGINE; conditions [postgres] and [mysql] ask for it.
func TestServerScripts(t *testing.T) {
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			s := &serverScripts{on: servertest.Open(t, e), made: map[string]*servertest.Database{}}
			testscript.Run(t, testscript.Params{
				Dir: "testdata/server", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
				Setup: func(env *testscript.Env) error {
					env.Setenv("ENGINE", string(e))
					return setUp(env)
				},
				Condition: func(cond string) (bool, error) {
					if !slices.Contains([]string{"postgres", "mysql"}, cond) {
						return false, fmt.Errorf("unknown condition %s", cond)
					}
					return cond == string(e), nil
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"exits": exits, "matches": matches, "await": await,
					"database": s.database, "load": s.load, "rows": s.rows, "login": s.login, "hold": s.hold, "today": today,
				},
			})
		})
	}
}

// serverScripts is what the scripts on one server share.
type serverScripts struct {
	on   *servertest.Server
	mu   sync.Mutex
	made map[string]*servertest.Database // by their address
}

func (s *serverScripts) find(ts *testscript.TestScript, variable string) *servertest.Database {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.made[ts.Getenv(variable)]
	if d == nil {
		ts.Fatalf("%s is no database that this script made", variable)
	}
	return d
}

// database makes one and has a variable hold its address: database SHOP FILE.
// SHOP_ALIAS is another name for it, SHOP_ELSEWHERE a database that is not there
// and NOBODY_SHOP the same database for a role that is not.
func (s *serverScripts) database(ts *testscript.TestScript, _ bool, args []string) {
	d, err := s.on.Make("")
	ts.Check(err)
	ts.Defer(func() {
		if err := d.Release(); err != nil {
			ts.Logf("release %s: %v", d.Name, err)
		}
	})
	s.mu.Lock()
	s.made[d.DSN()] = d
	s.mu.Unlock()
	ts.Setenv(args[0], d.DSN())
	alias := strings.NewReplacer("postgres://", "postgresql://", "mysql://", "mariadb://").Replace(d.DSN())
	ts.Setenv(args[0]+"_ALIAS", alias)
	ts.Setenv("NOBODY_"+args[0], d.As("nobody_at_all", "s3cret"))
	ts.Setenv(args[0]+"_ELSEWHERE", strings.Replace(d.DSN(), d.Name, "no_such_shop", 1))
	if len(args) > 1 {
		s.load(ts, false, args)
	}
}

// load runs the statements of a file: load SHOP FILE.
func (s *serverScripts) load(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(s.find(ts, args[0]).Script(ts.ReadFile(args[1])))
}

// rows writes every row of the shop's tables to a file: rows SHOP FILE.
func (s *serverScripts) rows(ts *testscript.TestScript, _ bool, args []string) {
	tables, err := s.find(ts, args[0]).Dump()
	ts.Check(err)
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		name, rows := strings.TrimPrefix(name, "public."), tables[name]
		out.WriteString(name + "\n  " + strings.Join(rows, "\n  ") + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o644))
}

// login makes a role that may log in to a database, and nothing else: login
// SHOP ROLE has ROLE hold its name, and ROLE_SHOP the database's address for it.
func (s *serverScripts) login(ts *testscript.TestScript, _ bool, args []string) {
	r, err := s.find(ts, args[0]).Role()
	ts.Check(err)
	ts.Defer(func() {
		if err := r.Drop(); err != nil {
			ts.Logf("drop the role %s: %v", r.Name, err)
		}
	})
	ts.Setenv(args[1], r.Name)
	ts.Setenv(args[1]+"_"+args[0], r.DSN())
	ts.Setenv("PASSWORD", r.Password)
}

// today sets the clock to the time.
func today(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("NOW", time.Now().Format(time.RFC3339))
}

// hold keeps a transaction open that has run a statement, until the script
// ends: hold SHOP STATEMENT.
func (s *serverScripts) hold(ts *testscript.TestScript, _ bool, args []string) {
	tx, err := s.find(ts, args[0]).Begin()
	ts.Check(err)
	ts.Defer(func() { _ = tx.Rollback() })
	_, err = tx.Exec(args[1])
	ts.Check(err)
}

// cutOff ends every other session of a server's database, as its administrator
// or a network may.
func cutOff(dsn string) {
	ends := []string{"SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"}
	db, err := sql.Open("pgx", dsn)
	if strings.HasPrefix(dsn, "mysql:") {
		address, bad := url.Parse(dsn)
		if bad != nil {
			panic(bad)
		}
		db, err = sql.Open("mysql", address.User.String()+"@tcp("+address.Host+")"+address.Path)
		if err == nil {
			ends, err = column(db, "SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()")
		}
	}
	for _, q := range ends {
		if err == nil {
			_, err = db.Exec(q)
		}
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		panic(err)
	}
}
