package main_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"recat/fixtures"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
)

// newServerVictim makes such a catalog as newVictim's on a server.
func newServerVictim(t *testing.T, on *servertest.Server, affected int, k *kills) *victim {
	t.Helper()
	v := bareVictim(t, k)
	v.server = on.Database(t, "")
	g, err := fixtures.Generate(context.Background(), v.server.DB, fixtures.Options{Categories: 200, Products: affected * 5 / 4,
		Affected: affected, Also: 2, Seed: 7, Shape: fixtures.Memberships})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.server.Load("CREATE TABLE slugs (slug VARCHAR(40) NOT NULL PRIMARY KEY, category_id INTEGER NOT NULL, FOREIGN KEY (category_id) REFERENCES categories (id))",
		"CREATE INDEX slugs_category ON slugs (category_id)",
		"INSERT INTO slugs SELECT CONCAT('slug-', id), category_id FROM products WHERE id % 10 = 0"); err != nil {
		t.Fatal(err)
	}
	v.begin(g)
	return v
}

// dumpServer reads the tables once the dead client's session is gone: a server
// hears of a death only when it next looks for its client.
func (v *victim) dumpServer() map[string]string {
	v.t.Helper()
	v.server.SetMaxIdleConns(0)
	sessions := "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
	if v.server.Server.Engine == servertest.Postgres {
		sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var n int
		if err := v.server.QueryRow(sessions).Scan(&n); err != nil {
			v.t.Fatal(err)
		}
		if n == 0 {
			break
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("%d sessions outlive their client", n)
		}
	}
	tables, err := v.server.Dump()
	if err != nil {
		v.t.Fatal(err)
	}
	out := map[string]string{}
	for name, rows := range tables {
		out[name] = strings.Join(rows, "\n")
	}
	return out
}

// cleanServer insists that dead runs left nothing: one record for each run
// that was committed, and no file.
func (v *victim) cleanServer() {
	v.t.Helper()
	to, err := catalog.ParseTarget(v.server.DSN())
	if err != nil {
		v.t.Fatal(err)
	}
	c, err := catalog.OpenRuns(context.Background(), to, catalog.Options{ReadOnly: true})
	if err != nil {
		v.t.Fatal(err)
	}
	defer c.Close()
	runs, err := c.Runs(context.Background())
	if err != nil {
		v.t.Fatal(err)
	}
	if len(runs) != v.runs {
		v.t.Errorf("%d runs are recorded, not %d", len(runs), v.runs)
	}
	if left, err := os.ReadDir(v.path("tmp")); err != nil || len(left) > 0 {
		v.t.Errorf("temporary files are left: %v, %v", left, err)
	}
	for _, name := range v.files() {
		if !slices.Contains([]string{"a.plan", "mapping.yaml", "policy.yaml", "tmp"}, name) {
			v.t.Errorf("%s is left", name)
		}
	}
}

// freshServer drops what recat keeps, so that the next run makes it again.
func (v *victim) freshServer() {
	v.t.Helper()
	drop := []string{"DROP SCHEMA recat CASCADE"}
	if v.server.Server.Engine == servertest.MySQL {
		names, err := column(v.server.DB, `SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'recat\_%'`)
		if err != nil {
			v.t.Fatal(err)
		}
		drop = []string{"DROP TABLE " + strings.Join(names, ", ")}
	}
	if err := v.server.Load(drop...); err != nil {
		v.t.Fatal(err)
	}
	v.runs = 0
}

// killFirstRuns kills the very first run of a catalog, which makes recat's own
// tables, and then undoes it.
func killFirstRuns(v *victim, times int) {
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	for range times {
		v.freshServer()
		v.killAfter("", time.Duration(r.Int64N(int64(v.whole["apply"]))), v.applying()...)
		v.settle(v.before, v.after, v.applying()...)
		v.must(v.undoing(v.runs)...)
		v.forget()
	}
}

// TestKillOnServers kills apply and undo at every point that they pass on a
// server, and at random moments. The catalog is as before or as after, and the
// same command again sees to the rest.
func TestKillOnServers(t *testing.T) {
	random := 6
	if testing.Short() {
		random = 3
	}
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			on := servertest.Open(t, e)
			var k kills
			t.Run("points", func(t *testing.T) {
				v := newServerVictim(t, on, 800, &k)
				apply, undo := v.passed["apply"], v.passed["undo"]
				for _, point := range []string{"locked", "commit", "committed"} {
					if !slices.Contains(apply, point) || !slices.Contains(undo, point) {
						t.Fatalf("apply passes %v, undo %v: %s is missing", apply, undo, point)
					}
				}
				for i := range max(len(apply), len(undo)) {
					v.around(func(args ...string) { v.killAt(apply[i%len(apply)], args...) },
						func(args ...string) { v.killAt(undo[i%len(undo)], args...) })
				}
			})
			t.Run("random", func(t *testing.T) { killAtRandom(newServerVictim(t, on, 3000, &k), random) })
			t.Run("first run", func(t *testing.T) { killFirstRuns(newServerVictim(t, on, 300, &kills{}), random) })
			t.Logf("%d kills: %d within the write; of those looked at first, %d before and %d after", k.all, k.within, k.before, k.after)
			if k.all < 20 || k.within*3 < k.all {
				t.Errorf("%d kills, %d of them within the write: too few", k.all, k.within)
			}
		})
	}
}
