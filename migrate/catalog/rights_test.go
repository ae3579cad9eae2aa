package catalog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/catalogtest/servertest"
)

// TestFromNames finds the tables of subqueries, and nothing else.
func TestFromNames(t *testing.T) {
	for expr, want := range map[string][]string{
		"p.status = 'active'": nil,
		"(SELECT t.name FROM terms t WHERE t.id = c.term_id)":                                                       {"terms"},
		"EXISTS (SELECT 1 FROM shop.flags AS f, other o WHERE f.id = p.id)":                                         {"shop.flags", "other"},
		`(SELECT max(x, y) FROM "My Table" m LEFT JOIN second s ON f(m.a, s.b) = 1, third WHERE a IN (1, 2))`:       {"My Table", "second", "third"},
		"(SELECT 1 FROM (SELECT id, n FROM inner_one) q JOIN LATERAL outer_one ON TRUE)":                            {"inner_one", "outer_one"},
		"EXTRACT(year FROM p.created) > 2020 AND p.a IS DISTINCT FROM p.b":                                          nil,
		"'FROM nowhere' = p.title AND p.n IN (SELECT n FROM a UNION SELECT n FROM b ORDER BY n, 1) -- FROM comment": {"a", "b"},
	} {
		if diff := cmp.Diff(want, catalog.FromNames(expr)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expr, diff)
		}
	}
}

// TestGrantsAllow reads what SHOW GRANTS says.
func TestGrantsAllow(t *testing.T) {
	lines := []string{
		"GRANT USAGE ON *.* TO `recat`@`%` IDENTIFIED BY PASSWORD '*ON `x`.`y`'",
		"GRANT SELECT, CREATE TEMPORARY TABLES ON `shop\\_1`.* TO `recat`@`%`",
		"GRANT SELECT (`id`), UPDATE (`status`, `a ``b`) ON `shop_1`.`products` TO `recat`@`%`",
		"GRANT ALL PRIVILEGES ON `mine%`.* TO `recat`@`%` WITH GRANT OPTION",
		`GRANT DELETE ON "shop_1"."menu" TO "recat"@"%"`,
		"GRANT EXECUTE ON PROCEDURE `shop_1`.`menu` TO `recat`@`%`",
		"GRANT `role` TO `recat`@`%`",
	}
	for _, test := range []struct {
		right, database, table, column string
		want                           bool
	}{
		{"SELECT", "shop_1", "", "", true},
		{"SELECT", "shop_1", "products", "", true},
		{"SELECT", "shopx1", "", "", false},
		{"CREATE TEMPORARY TABLES", "shop_1", "", "", true},
		{"CREATE", "shop_1", "", "", false},
		{"UPDATE", "shop_1", "products", "status", true},
		{"UPDATE", "shop_1", "products", "a `b", true},
		{"UPDATE", "shop_1", "products", "title", false},
		{"UPDATE", "shop_1", "products", "", false},
		{"DELETE", "shop_1", "menu", "", true},
		{"DELETE", "shop_1", "products", "", false},
		{"EXECUTE", "shop_1", "menu", "", false},
		{"DROP", "mine_too", "any", "", true},
		{"DROP", "other", "any", "", false},
	} {
		if got := catalog.GrantsAllow(lines, test.right, test.database, test.table, test.column); got != test.want {
			t.Errorf("%+v: %t", test, got)
		}
	}
}

// TestReplica wants a server that takes no writes told from others: a standby
// of PostgreSQL cannot even hold what a plan copies.
func TestReplica(t *testing.T) {
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			p := servertest.StartPrivate(t, e)
			cases := mustCases(t)
			c := cases[slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == "plain" })]
			schema, _ := c.On(string(e))
			s := newServerShop(t, p.Server, schema, c.Mapping, c.Policy, c.Dir, c.Now)
			plan := s.mustPlan()
			if err := p.Follow(); err != nil {
				t.Fatal(err)
			}
			if runs := s.runs(); len(runs) > 0 {
				t.Errorf("%d runs", len(runs))
			}
			_, err := s.plan()
			if standby := e == servertest.Postgres; standby && !refusedAs(err, "standby") || !standby && err != nil {
				t.Errorf("plan on a replica: %v", err)
			}
			if _, err := s.apply(plan); !refusedAs(err, map[servertest.Engine]string{servertest.Postgres: "standby", servertest.MySQL: "read-only"}[e]) {
				t.Errorf("apply on a replica: %v", err)
			}
		})
	}
}

func refusedAs(err error, word string) bool {
	var refused *migrate.RefusedError
	return errors.As(err, &refused) && strings.Contains(refused.Error(), word)
}

// TestSums wants a table's sum to change with every value, and with its type.
func TestSums(t *testing.T) {
	onServers(t, func(t *testing.T, on *servertest.Server) {
		d := on.Database(t, "")
		to := target(t, d, "")
		if err := d.Load("CREATE TABLE kinds (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(20), b TEXT, c FLOAT, d NUMERIC(12, 4))",
			"CREATE TABLE loose (a VARCHAR(20), b INTEGER)", "INSERT INTO loose VALUES ('x', 1), ('x', 1), (NULL, 2)",
			"INSERT INTO kinds VALUES (1, '', NULL, 0.1, 1.5), (2, 'a', 'long', 16777217, 2), (3, NULL, '', 3, 3)"); err != nil {
			t.Fatal(err)
		}
		sums := func() map[string]string {
			t.Helper()
			out, err := catalog.Sums(context.Background(), to)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		was := sums()
		seen := map[string]string{was["kinds"]: "", was["loose"]: ""}
		for _, q := range []string{
			"UPDATE kinds SET a = NULL WHERE id = 1", "UPDATE kinds SET b = '' WHERE id = 1", "UPDATE kinds SET c = 0.10000001 WHERE id = 1",
			"UPDATE kinds SET d = 1.5001 WHERE id = 1", "UPDATE kinds SET a = 'A' WHERE id = 2", "UPDATE kinds SET a = 'A ' WHERE id = 2",
			"UPDATE kinds SET id = 4 WHERE id = 3", "DELETE FROM loose WHERE b = 2", "INSERT INTO loose VALUES ('x', 1)",
		} {
			if err := d.Load(q); err != nil {
				t.Fatal(err)
			}
			table := "kinds"
			if strings.Contains(q, "loose") {
				table = "loose"
			}
			now := sums()[table]
			if before, ok := seen[now]; ok {
				t.Errorf("%q leaves the sum as it was %s", q, before)
			}
			seen[now] = "after " + q
		}
	})
}
