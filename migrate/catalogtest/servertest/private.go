package servertest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Private is a server that one test runs for itself, on a port and in a folder
// of its own, and may end as a power cut does.
type Private struct {
	*Server
	dir, port string
	programs  map[string]string // by name
	as        *syscall.Credential
	daemon    *exec.Cmd // MariaDB's; PostgreSQL's is pg_ctl's to know
}

// StartPrivate makes a server and starts it. It skips the test where the
// environment names no server of the engine, so that nobody's tests start one
// unasked, and where the engine's programs are not installed. The server goes
// with the test.
func StartPrivate(t testing.TB, e Engine) *Private {
	t.Helper()
	skipUnnamed(t, e)
	p := &Private{programs: map[string]string{}}
	needs := []string{"mariadbd", "mariadb-install-db"}
	if e == Postgres {
		needs = []string{"initdb", "pg_ctl"}
	}
	for _, name := range needs {
		if p.programs[name] = program(name); p.programs[name] == "" {
			t.Skipf("%s is not installed: no server of this test's own to kill", name)
		}
	}
	dir, err := os.MkdirTemp("", "server")
	if err != nil {
		t.Fatal(err)
	}
	p.dir = dir
	t.Cleanup(func() {
		if err := errors.Join(p.Kill(), p.admin.Close(), os.RemoveAll(dir)); err != nil {
			t.Errorf("end the test's own server: %v", err)
		}
	})
	if err := p.make(e); err != nil {
		t.Fatalf("make a server of the test's own: %v", err)
	}
	return p
}

// make fills the folder and starts the server.
func (p *Private) make(e Engine) error {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.port = strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
	dsn := "mysql://root@127.0.0.1:" + p.port + "/mysql"
	names := []string{"mysql", "nobody"}
	init := []string{"mariadb-install-db", "--no-defaults", "--datadir=" + p.data(), "--auth-root-authentication-method=normal", "--skip-test-db"}
	if e == Postgres {
		dsn = "postgres://postgres@127.0.0.1:" + p.port + "/postgres?sslmode=disable"
		names = []string{"postgres", "nobody"}
		init = []string{"initdb", "-D", p.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"}
	}
	if p.Server, err = newServer(e, dsn); err != nil {
		return err
	}
	p.admin.SetMaxIdleConns(0) // none of them outlives the server
	p.private = true
	if err := p.lower(names); err != nil {
		return err
	}
	if err := p.run(init...); err != nil {
		return err
	}
	if err := free.Close(); err != nil {
		return err
	}
	return p.Start()
}

func (p *Private) data() string { return filepath.Join(p.dir, "data") }

// lower has the programs run as one of the users where this process is root:
// neither server runs as root.
func (p *Private) lower(names []string) error {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range names {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(p.dir, uid, gid)
	}
	return fmt.Errorf("none of the users %v is there to run a server as", names)
}

func (p *Private) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.programs[args[0]], args[1:]...)
	cmd.Dir, cmd.SysProcAttr = p.dir, &syscall.SysProcAttr{Credential: p.as, Setpgid: true}
	cmd.Env = append(os.Environ(), "TMPDIR="+p.dir, "LC_ALL=C")
	return cmd
}

func (p *Private) run(args ...string) error {
	log, err := os.CreateTemp(p.dir, args[0]+"-*.log") // a pipe would stay open as long as the server
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s: %w\n%s", args[0], err, said)
	}
	return nil
}

// Start starts the server over what the last one left, and waits until it
// answers.
func (p *Private) Start() error {
	if p.Engine == Postgres {
		options := "-p " + p.port + " -k " + p.dir + " -c listen_addresses=127.0.0.1 -c max_connections=40"
		if err := p.run("pg_ctl", "-D", p.data(), "-w", "-t", "60", "-o", options, "start"); err != nil {
			return err
		}
		return p.answer()
	}
	p.daemon = p.command("mariadbd", "--no-defaults", "--datadir="+p.data(), "--port="+p.port, "--bind-address=127.0.0.1",
		"--socket="+filepath.Join(p.dir, "s"), "--pid-file="+filepath.Join(p.dir, "pid"), "--log-error="+filepath.Join(p.dir, "error.log"),
		"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M")
	if err := p.daemon.Start(); err != nil {
		return err
	}
	if err := p.answer(); err != nil {
		said, _ := os.ReadFile(filepath.Join(p.dir, "error.log"))
		return fmt.Errorf("%w\n%s", err, said)
	}
	return nil
}

// Kill ends the server at once, in the midst of whatever it does: nothing is
// flushed, no transaction ended, no client told. It does nothing where the
// server is not running.
func (p *Private) Kill() error {
	if p.Server == nil {
		return nil
	}
	if p.Engine == Postgres {
		if _, err := os.Stat(filepath.Join(p.data(), "postmaster.pid")); err != nil {
			return nil
		}
		return p.run("pg_ctl", "-D", p.data(), "-m", "immediate", "-w", "stop")
	}
	if p.daemon == nil {
		return nil
	}
	err := p.daemon.Process.Kill()
	_ = p.daemon.Wait() // says that it was killed
	p.daemon = nil
	return err
}

// Follow has the server be a replica from now on, which takes no writes.
func (p *Private) Follow() error {
	if p.Engine == MySQL {
		return p.Exec("SET GLOBAL read_only = 1")
	}
	if err := p.Kill(); err != nil {
		return err
	}
	signal := filepath.Join(p.data(), "standby.signal")
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		return err
	}
	if p.as != nil {
		if err := os.Chown(signal, int(p.as.Uid), int(p.as.Gid)); err != nil {
			return err
		}
	}
	return p.Start()
}

// program finds an installed program: on the path, or where distributions keep
// those that are not for every user; the newest where there are several.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		if path, err := exec.LookPath(filepath.Join(strings.TrimSpace(string(out)), name)); err == nil {
			return path
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/", "/usr/pgsql-*/bin/", "/usr/sbin/", "/usr/libexec/", "/usr/local/sbin/", "/opt/homebrew/bin/"} {
		found, _ := filepath.Glob(pattern + name)
		slices.Reverse(found)
		for _, path := range found {
			if path, err := exec.LookPath(path); err == nil {
				return path
			}
		}
	}
	return ""
}
