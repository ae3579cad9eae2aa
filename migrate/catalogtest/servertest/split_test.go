package servertest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate/catalogtest/servertest"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, script string
		want         []string
	}{
		{"nothing", " \n;; -- a comment; only\n/* ; */ ", nil},
		{"two", "SELECT 1; SELECT 2", []string{"SELECT 1", "SELECT 2"}},
		{"in a text", "INSERT INTO t VALUES ('a;''b;'); SELECT 1;", []string{"INSERT INTO t VALUES ('a;''b;')", "SELECT 1"}},
		{"a backslash", `SELECT 'a\'; SELECT ';'`, []string{`SELECT 'a\'`, `SELECT ';'`}},
		{"in names", "SELECT \"a;\"\"b\", `c;` FROM t; SELECT 2", []string{"SELECT \"a;\"\"b\", `c;` FROM t", "SELECT 2"}},
		{"in comments", "SELECT 1 -- it's; so\n+ 1 /* ' ; */; SELECT 2", []string{"SELECT 1 -- it's; so\n+ 1 /* ' ; */", "SELECT 2"}},
		{"a body", "CREATE FUNCTION f() AS $b$ BEGIN x; $$;$$ END; $b$; SELECT '$$'; SELECT 3",
			[]string{"CREATE FUNCTION f() AS $b$ BEGIN x; $$;$$ END; $b$", "SELECT '$$'", "SELECT 3"}},
		{"not ended", "SELECT 'a; b", []string{"SELECT 'a; b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, servertest.Split(c.script)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
