package servertest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate/catalogtest/servertest"
)

// TestPrivate kills a server with a transaction open: after a restart what was
// committed is there, and nothing else.
func TestPrivate(t *testing.T) {
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			p := servertest.StartPrivate(t, e)
			d, err := p.Make("")
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Load("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)"); err != nil {
				t.Fatal(err)
			}
			before := dump(t, d)
			tx, err := d.Begin()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec("INSERT INTO t VALUES (2)"); err != nil {
				t.Fatal(err)
			}
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(); err == nil {
				t.Error("a transaction was committed on a server that was killed")
			}
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(before, dump(t, d)); diff != "" {
				t.Errorf("-before +after:\n%s", diff)
			}
		})
	}
}
