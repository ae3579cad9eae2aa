package servertest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
)

// Engine is what a server speaks, by the scheme of its address.
type Engine string

// The engines that there are servers of.
const (
	Postgres Engine = "postgres"
	MySQL    Engine = "mysql" // MariaDB too
)

// Engines lists them.
func Engines() []Engine { return []Engine{Postgres, MySQL} }

// variable is the environment's word for the engine's server.
func (e Engine) variable() string {
	if e == Postgres {
		return "RECAT_TEST_POSTGRES"
	}
	return "RECAT_TEST_MYSQL"
}

// Server is one on which databases are made. It is safe for concurrent use.
type Server struct {
	Engine  Engine
	address *url.URL
	admin   *sql.DB
	private bool // it may be killed: no connection is kept
	mu      sync.Mutex
	made    int
	free    []*Database // PostgreSQL: emptied ones, to be used again
	tag     string      // of the names of this server's databases
}

// Named reports whether the environment names a server of the engine.
func Named(e Engine) bool { return os.Getenv(e.variable()) != "" }

// skipUnnamed skips a test where the environment names no server of the
// engine, and gives the server's address where it does.
func skipUnnamed(t testing.TB, e Engine) string {
	t.Helper()
	dsn := os.Getenv(e.variable())
	if dsn == "" {
		t.Skipf("set %s=%s://… to run this on %s", e.variable(), e, map[Engine]string{Postgres: "PostgreSQL", MySQL: "MariaDB or MySQL"}[e])
	}
	return dsn
}

// Open connects a test to the engine's server. It skips the test where the
// environment names none, and fails it where the server does not answer. What
// was made there goes when the test ends.
func Open(t testing.TB, e Engine) *Server {
	t.Helper()
	return At(t, e, skipUnnamed(t, e))
}

// At is Open for a server of an address that the test knows.
func At(t testing.TB, e Engine, dsn string) *Server {
	t.Helper()
	s, err := newServer(e, dsn)
	if err == nil {
		err = s.answer()
	}
	if err != nil {
		t.Fatalf("the test's %s server does not answer: %v", e, err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("drop the test's databases: %v", err)
		}
	})
	return s
}

// newServer knows a server that need not run yet.
func newServer(e Engine, dsn string) (*Server, error) {
	address, err := url.Parse(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the address: %w", err)
	}
	s := &Server{Engine: e, address: address, tag: strings.ToLower(rand.Text()[:10])}
	s.admin, err = s.connection(address)
	return s, err
}

// answer waits a while for a server that is just starting.
func (s *Server) answer() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		err := s.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// connection opens an address as a plain client of the shop would; MariaDB
// reads "name" as a name, for one spelling of statements suits all engines.
func (s *Server) connection(address *url.URL) (*sql.DB, error) {
	if s.Engine == Postgres {
		return sql.Open("pgx", address.String())
	}
	c := mysql.NewConfig()
	c.Logger = &mysql.NopLogger{}
	c.Net, c.Addr, c.User = "tcp", address.Host, address.User.Username()
	c.Passwd, _ = address.User.Password()
	c.DBName = address.Path[min(1, len(address.Path)):]
	c.Logger = &mysql.NopLogger{} // a test says itself what went wrong
	c.Params = map[string]string{"sql_mode": "'ANSI_QUOTES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
		"time_zone": "'+00:00'", "lock_wait_timeout": "60", "foreign_key_checks": "1"}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// name makes a name that no other test uses.
func (s *Server) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	return fmt.Sprintf("shop_%s_%d", s.tag, s.made)
}

// Exec runs statements on the server's own database, as its administrator.
func (s *Server) Exec(statements ...string) error {
	for _, q := range statements {
		if _, err := s.admin.Exec(q); err != nil {
			return fmt.Errorf("%w, in: %s", err, q)
		}
	}
	return nil
}

// Version is the server's own word on what it is.
func (s *Server) Version() (version string, err error) {
	err = s.admin.QueryRow("SELECT version()").Scan(&version)
	return version, err
}
