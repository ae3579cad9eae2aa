package catalog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
)

// granted has recat work as a role that has just the rights that it prints.
func (s *shop) granted() *shop {
	s.t.Helper()
	admin := s.open(true)
	defer admin.Close()
	s.role = s.login()
	script, err := admin.GrantScript(context.Background(), catalog.GrantOptions{Role: s.role.Name})
	if err == nil {
		err = s.server.Script(script)
	}
	if err != nil {
		s.t.Fatalf("%v, in:\n%s", err, script)
	}
	return s
}

// login makes a role that goes with the test.
func (s *shop) login() *servertest.Role {
	s.t.Helper()
	role, err := s.server.Role()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := role.Drop(); err != nil {
			s.t.Errorf("drop the role %s: %v", role.Name, err)
		}
	})
	return role
}

// TestGrants takes the fixture cases through their whole life on every server
// as a role with just the rights that are printed. A role cannot set another's
// triggers aside; there it is given the tables.
func TestGrants(t *testing.T) {
	cases := mustCases(t)
	onServers(t, func(t *testing.T, on *servertest.Server) {
		for _, c := range cases {
			schema, ok := c.On(string(on.Engine))
			if !ok {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				lifecycle(t, c, func() *shop {
					return newServerShop(t, on, schema, c.Mapping, c.Policy, c.Dir, c.Now).granted()
				})
			})
		}
	})
}

// TestMissingRights leaves one grant after the other out: apply is refused
// for want of that right, and writes nothing.
func TestMissingRights(t *testing.T) {
	cases := mustCases(t)
	c := cases[slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == "primary-column" })]
	onServers(t, func(t *testing.T, on *servertest.Server) {
		schema, _ := c.On(string(on.Engine))
		s := newServerShop(t, on, schema, c.Mapping, c.Policy, c.Dir, c.Now)
		if on.Engine == servertest.Postgres {
			s.exec("REVOKE ALL ON SCHEMA public FROM PUBLIC")
		}
		plan, before, tried := s.mustPlan(), s.dump(), 0
		for left := 0; ; left++ {
			without, more := s.grantedWithout(left)
			if !more {
				break
			}
			if without == "" {
				continue
			}
			tried++
			if _, err := s.tryApply(plan); !refusedRight(err) {
				t.Errorf("apply without %q: %v; want it refused", without, detail(err))
			}
			if s.dump() != before {
				t.Fatalf("an apply without %q wrote", without)
			}
			s.role = nil
		}
		if tried < 3 {
			t.Errorf("%d grants tried", tried)
		}
	})
}

// grantedWithout has recat work as a role with one of the rights left out; ""
// where that statement is not about a right that apply needs. more is false
// behind the last one.
func (s *shop) grantedWithout(left int) (without string, more bool) {
	s.t.Helper()
	admin := s.open(true)
	defer admin.Close()
	role := s.login()
	script, err := admin.GrantScript(context.Background(), catalog.GrantOptions{Role: role.Name})
	if err != nil {
		s.t.Fatal(err)
	}
	statements := servertest.Split(script)
	if left >= len(statements) {
		return "", false
	}
	without = statements[left]
	if !strings.Contains(without, "GRANT ") || strings.Contains(without, "CONNECT") || strings.Contains(without, "recat_image") {
		return "", true // tables; what everybody may; what pruning needs
	}
	if err := s.server.Load(slices.Delete(statements, left, left+1)...); err != nil {
		s.t.Fatal(err)
	}
	s.role = role
	return without, true
}

// tryApply applies; what keeps the catalog from being opened is its error.
func (s *shop) tryApply(plan migrate.Plan) (migrate.Applied, error) {
	s.t.Helper()
	c, err := catalog.Open(context.Background(), s.target(), s.mapping, catalog.Options{Effective: s.policy.Policy.Dates.Effective})
	if err != nil {
		return migrate.Applied{}, err
	}
	defer c.Close()
	return migrate.Apply(context.Background(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: time.Second})
}

// refusedRight reports whether an error is about a right.
func refusedRight(err error) bool {
	var refused *migrate.RefusedError
	return catalog.Denied(err) || errors.As(err, &refused) && strings.Contains(refused.Refusals[0].What+refused.Refusals[0].Answer, catalog.RightsAnswer)
}
