package catalog_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate/catalogtest/servertest"
)

// cluster is a Galera cluster of three nodes, numbered from 1.
type cluster struct {
	t     *testing.T
	dir   string // of the script's; "" for a cluster that is none of ours to kill
	nodes []*servertest.Server
}

// galera connects to the cluster that RECAT_TEST_GALERA says: start, for one
// that goes with the test, or the nodes' DSNs with commas between. It skips
// the test without.
func galera(t *testing.T) *cluster {
	t.Helper()
	said := os.Getenv("RECAT_TEST_GALERA")
	if said == "" {
		t.Skip("set RECAT_TEST_GALERA=start, or to three DSNs mysql://…,mysql://…,mysql://…, to run this on a Galera cluster")
	}
	c := &cluster{t: t}
	dsns := strings.Split(said, ",")
	if said == "start" {
		dsns = c.start()
	}
	if len(dsns) != 3 {
		t.Fatalf("RECAT_TEST_GALERA names %d nodes; want 3", len(dsns))
	}
	for _, dsn := range dsns {
		c.nodes = append(c.nodes, servertest.At(t, servertest.MySQL, dsn))
	}
	return c
}

func (c *cluster) start() []string {
	c.t.Helper()
	dir, err := os.MkdirTemp("", "galera")
	if err == nil {
		err = os.Chmod(dir, 0o755) // the nodes are another user's where we are root
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.dir = dir
	c.t.Cleanup(func() {
		_, err := c.script("stop")
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			c.t.Errorf("end the cluster: %v", err)
		}
	})
	out, err := c.script("start")
	if err != nil {
		c.t.Fatal(err)
	}
	return strings.Fields(out)
}

func (c *cluster) script(command string, args ...string) (string, error) {
	cmd := exec.Command("testdata/galera.sh", append([]string{command, c.dir}, args...)...)
	cmd.Env = append(os.Environ(), "RECAT_GALERA_PARENT="+strconv.Itoa(os.Getpid()))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("galera.sh %s: %w\n%s", command, err, said.String())
	}
	return string(out), nil
}

// kill ends nodes at once, in the midst of whatever they do.
func (c *cluster) kill(nodes ...int) { c.each("kill", nodes) }

// rejoin starts nodes again, and waits until they have caught up.
func (c *cluster) rejoin(nodes ...int) { c.each("rejoin", nodes) }

func (c *cluster) each(command string, nodes []int) {
	c.t.Helper()
	var wg sync.WaitGroup
	for _, n := range nodes {
		wg.Go(func() {
			if _, err := c.script(command, strconv.Itoa(n)); err != nil {
				c.t.Error(err)
			}
		})
	}
	wg.Wait()
}

// on is a database as a node has it, who has made it by then.
func (c *cluster) on(node int, name string) (*servertest.Database, error) {
	if err := c.level(node); err != nil {
		return nil, err
	}
	return c.nodes[node-1].Reach(name)
}

// from is a shop as the programs see it that work on another node.
func (c *cluster) from(node int, s *shop) *shop {
	c.t.Helper()
	d, err := c.on(node, s.server.Name)
	if err != nil {
		c.t.Fatal(err)
	}
	s.t.Cleanup(func() { d.Close() })
	other := *s
	other.server = d
	return &other
}

// level waits until a node has all that any node has committed.
func (c *cluster) level(node int) error {
	d, err := c.nodes[node-1].Reach("")
	if err != nil {
		return err
	}
	return errors.Join(d.Load("SET SESSION wsrep_sync_wait = 15", "START TRANSACTION", "COMMIT"), d.Close())
}

// dump is what the nodes hold, which must be the same.
func (c *cluster) dump(name string, nodes ...int) (map[string][]string, error) {
	var all []map[string][]string
	for _, n := range nodes {
		d, err := c.on(n, name)
		if err != nil {
			return nil, fmt.Errorf("reach node %d: %w", n, err)
		}
		rows, err := d.Dump()
		if err := errors.Join(err, d.Close()); err != nil {
			return nil, fmt.Errorf("dump node %d: %w", n, err)
		}
		all = append(all, rows)
	}
	for i, rows := range all {
		if diff := cmp.Diff(all[0], rows); diff != "" {
			return nil, fmt.Errorf("node %d has not what node %d has:\n%s", nodes[i], nodes[0], diff)
		}
	}
	return all[0], nil
}

// rows is dump for a shop, where it must not fail.
func (c *cluster) rows(s *shop, nodes ...int) map[string][]string {
	s.t.Helper()
	rows, err := c.dump(s.server.Name, nodes...)
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

// without lists the nodes that are not among these.
func (c *cluster) without(dead []int) []int {
	return slices.DeleteFunc([]int{1, 2, 3}, func(n int) bool { return slices.Contains(dead, n) })
}
