package catalog_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest/servertest"
)

// typesShop loads a shop whose tables hold every type that an engine has, and
// whose delisting writes every column that can be written.
func typesShop(t *testing.T, on *servertest.Server, name string) *shop {
	t.Helper()
	var texts [3]string
	for i, file := range []string{name + ".sql", name + ".yaml", "policy.yaml"} {
		text, err := os.ReadFile("testdata/types/" + file)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return newServerShop(t, on, texts[0], texts[1], texts[2], nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
}

// searchPath finds the tables of testdata/types/postgres.sql.
const searchPath = "search_path=%22Shop%20Window%22%2Cpublic"

// hostile are settings of a database that lose digits, or turn dates and texts
// around, for whoever relies on the engine's own.
var hostile = []string{"DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kathmandu'", "IntervalStyle = 'iso_8601'", "extra_float_digits = -3",
	"bytea_output = 'escape'", "default_transaction_isolation = 'serializable'", "xmlbinary = 'hex'", "row_security = off"}

// TestTypesPostgres takes every type of PostgreSQL's through apply and undo, in
// a schema of its own that the search path or the mapping names, and under
// settings that are against it.
func TestTypesPostgres(t *testing.T) {
	on := servertest.Open(t, servertest.Postgres)
	if err := on.Database(t, "").Load("CREATE EXTENSION citext"); err != nil {
		t.Skipf("the extension citext is not installed: %v", err)
	}
	open := func(t *testing.T) *shop {
		s := typesShop(t, on, "postgres")
		s.query = searchPath
		return s
	}
	t.Run("undo", func(t *testing.T) { thereAndBack(t, open(t)) })
	t.Run("hostile settings", func(t *testing.T) {
		s := open(t)
		for _, setting := range hostile {
			s.exec("ALTER DATABASE " + s.server.Name + " SET " + setting)
		}
		thereAndBack(t, s)
	})
	t.Run("schema in the mapping", func(t *testing.T) {
		s := open(t)
		s.query = ""
		s.parse(strings.NewReplacer("table: Categories\n", "table: Categories\n  schema: Shop Window\n", "table: Products\n", "table: Products\n  schema: Shop Window\n",
			"table: Filed\n", "table: Filed\n  schema: Shop Window\n").Replace(s.source), s.text, nil)
		thereAndBack(t, s)
	})
	t.Run("edited since", func(t *testing.T) {
		editedSinceUndo(t, open, `UPDATE "Shop Window"."Products" SET %s WHERE "Id" = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`, []string{
			"active = NULL", "tags = '{x}'", "sizes = '{1}'", `attributes = '{"a": 1}'`, `raw = '{"a" :1}'`, "price = 0.0001", "rating = 1e-9", "weight = 0.1",
			"ratio = 5e-324", "since = '-infinity'", `"until" = 'infinity'`, `"on" = '-infinity'`, `"at" = '00:00+00'`, `picture = '\x'`, "lead = '30 days'", "code = 'b'",
			"address = '::1'", "span = '[2,3)'", "bits = B'0'", "stock = 1", "states = '{}'"})
	})
}

// TestTypesMySQL does so with MariaDB's: zero dates, bytes, floats, integers
// beyond 63 bits, texts in other character sets, columns that stamp
// themselves, and ids that nothing but their bytes tells apart.
func TestTypesMySQL(t *testing.T) {
	on := servertest.Open(t, servertest.MySQL)
	open := func(t *testing.T) *shop { return typesShop(t, on, "mysql") }
	t.Run("undo", func(t *testing.T) { thereAndBack(t, open(t)) })
	t.Run("edited since", func(t *testing.T) {
		editedSinceUndo(t, open, `UPDATE "Products" SET %s, changed = changed, edited = edited WHERE id = x'ffffffffffffffffffffffffffffffff'`, []string{
			"flags = ''", "price = 0.000001", "huge = 18446744073709551614", "tiny = 1", "weight = 0.2", "ratio = 5e-324", "bits = b'1'", `attributes = '{"a": 1}'`,
			"made = 2021", "at = '00:00:00.000001'", "since = '2021-10-08 00:00:00.000001'", `"on" = '2021-10-08'`, "seen = '2021-10-08 00:00:01'", "picture = x'00'",
			"hash = x'0000'", "code = 'B'", "body = '矿'"})
	})
}

// thereAndBack applies and undoes: every table is as it was, and so is the
// plan.
func thereAndBack(t *testing.T, s *shop) {
	t.Helper()
	before, plan := s.dump(), s.mustPlan()
	done, err := s.apply(plan)
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	if s.dump() == before {
		t.Fatal("apply changed nothing")
	}
	if diff := cmp.Diff(toldOf(plan.Changes()), s.told(done.Receipt.Run)); diff != "" {
		t.Errorf("what is told of products (-plan +run):\n%s", diff)
	}
	if empty := s.mustPlan(); !empty.Trailer().Totals.Empty() {
		t.Errorf("planning again is not empty: %+v", empty.Trailer().Totals)
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("undo is not exact (-before +after):\n%s", diff)
	}
	if again := s.mustPlan(); again.Trailer().Digest != plan.Trailer().Digest {
		t.Errorf("the plan after undo has digest %s, not %s", again.Trailer().Digest, plan.Trailer().Digest)
	}
}

// toldOf gives the title, seller and page of each product, by id.
func toldOf(changes iter.Seq2[migrate.Change, error]) map[string][]*string {
	out := map[string][]*string{}
	for c, err := range changes {
		if err != nil {
			return map[string][]*string{err.Error(): nil}
		}
		if c.Product != nil {
			out[c.Product.ID] = []*string{c.Product.Title, c.Product.Seller, c.Product.URL}
		}
	}
	return out
}

func (s *shop) told(run int64) map[string][]*string {
	s.t.Helper()
	c := s.open(true)
	defer c.Close()
	return toldOf(c.Changes(context.Background(), run))
}

// editedSinceUndo edits a delisted product after apply: every column that the
// run wrote, and one that it did not. Undo names the former and changes
// nothing; told to restore, it restores them, and told to keep, it leaves them;
// the other stays edited whatever it is told.
func editedSinceUndo(t *testing.T, open func(*testing.T) *shop, update string, edits []string) {
	t.Helper()
	columns := make([]string, len(edits))
	for i, edit := range edits {
		columns[i] = strings.Trim(strings.Fields(edit)[0], `"`)
	}
	slices.Sort(columns)
	const other = "note = 'edited since'"
	for on, wanted := range map[migrate.OnConflict][]string{migrate.ConflictRestore: {other}, migrate.ConflictKeep: append(edits, other)} {
		s, want := open(t), open(t)
		done, err := s.apply(s.mustPlan())
		if err != nil {
			t.Fatalf("apply: %v", detail(err))
		}
		s.exec(strings.ReplaceAll(update, "%s", strings.Join(append(edits, other), ", ")))
		edited := s.dump()
		_, err = s.undo(done.Receipt.Run, migrate.ConflictFail)
		var conflict *migrate.ConflictError
		if !errors.As(err, &conflict) {
			t.Fatalf("undo over later edits: %v", detail(err))
		}
		var named []string
		for _, c := range conflict.Conflicts {
			named = append(named, c.Column)
		}
		slices.Sort(named)
		if diff := cmp.Diff(columns, named); diff != "" {
			t.Errorf("conflicts (-edited +named):\n%s", diff)
		}
		if diff := cmp.Diff(edited, s.dump()); diff != "" {
			t.Errorf("an undo that met conflicts changed (-before +after):\n%s", diff)
		}
		if _, err := s.undo(done.Receipt.Run, on); err != nil {
			t.Fatalf("undo, on conflict %s: %v", on, detail(err))
		}
		want.exec(strings.ReplaceAll(update, "%s", strings.Join(wanted, ", ")))
		if diff := cmp.Diff(want.dump(), s.dump()); diff != "" {
			t.Errorf("undo, on conflict %s (-want +got):\n%s", on, diff)
		}
	}
}

// TestMyISAM wants tables that no transaction takes back refused by name.
func TestMyISAM(t *testing.T) {
	on := servertest.Open(t, servertest.MySQL)
	s := newServerShop(t, on, `CREATE TABLE categories (id INTEGER NOT NULL PRIMARY KEY, parent_id INTEGER, name VARCHAR(40) NOT NULL);
		CREATE TABLE products (id INTEGER NOT NULL PRIMARY KEY, category_id INTEGER, title VARCHAR(40), status VARCHAR(12) NOT NULL) ENGINE = MyISAM;
		INSERT INTO categories VALUES (1, NULL, 'Toys'), (2, 1, 'Hoverboards'); INSERT INTO products VALUES (1, 2, 'Hoverboard', 'active')`,
		`{categories: {table: categories, id: id, parent: parent_id, root: [null], name: c.name},
		products: {table: products, id: id, title: p.title, category: category_id, live: "p.status = 'active'"}, delist: [{set: {status: ended}}]}`,
		"policy: hoverboards\nremove: [Toys > Hoverboards]\nproducts: {reassign: Toys}\n", nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) || !slices.ContainsFunc(refused.Refusals, func(r migrate.Refusal) bool {
		return strings.Contains(r.What, "products") && strings.Contains(r.What, "MyISAM")
	}) {
		t.Errorf("plan over a table of MyISAM: %v; want it refused by name", detail(err))
	}
}
