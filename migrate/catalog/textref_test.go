package catalog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/fixtures"
	"recat/migrate"
	"recat/migrate/catalog"
)

// referenceLines writes what a plan does to references, a row a line.
func referenceLines(t *testing.T, plan migrate.Plan) []string {
	t.Helper()
	var out []string
	for c, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if r := c.Reference; r != nil {
			out = append(out, fmt.Sprintf("%s %s: %s %s", r.Table, strings.Join(r.Row, ","), r.Do, r.Category))
		}
	}
	return out
}

func caseShop(t *testing.T, name string) *shop {
	t.Helper()
	cases, err := fixtures.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Name == name {
			return newShop(t, "wal", c.Schema, c.Mapping, c.Policy, c.Dir, c.Now)
		}
	}
	t.Fatalf("there is no case %s", name)
	return nil
}

// TestReferencesInsideTexts tells the rows that name a removed category from
// those that look alike.
func TestReferencesInsideTexts(t *testing.T) {
	for name, want := range map[string][]string{
		"path-of-ids": {
			"coupon MIX5: set 8", "coupon TAB5: set 7",
			"search_log 1: keep 7", "search_log 3: keep 7",
			"seo_url 2: delete 7", "seo_url 3: delete 7", "seo_url 7: delete 7",
		},
		"json-references": {
			"page_block 1: delete 42", "page_block 3: delete 42", "page_block 4: delete 42",
			"promotion_rule 1: delete 42", "promotion_rule 3: delete 42", "promotion_rule 7: delete 42",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(want, referenceLines(t, caseShop(t, name).mustPlan())); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// textShop has one removed category, of id 25 and the given code, and one
// text in docs.
func textShop(t *testing.T, code, how, text string) *shop {
	t.Helper()
	s := newShop(t, "wal", `CREATE TABLE categories (id INTEGER PRIMARY KEY, code TEXT, parent_id INTEGER, name TEXT);
		CREATE TABLE products (id INTEGER PRIMARY KEY, category_id INTEGER, title TEXT, status TEXT);
		CREATE TABLE docs (id INTEGER PRIMARY KEY, body);
		INSERT INTO categories VALUES (1, 'r', NULL, 'R'), (25, `+literal(code)+`, 1, 'Gone');`,
		`categories: {table: categories, id: id, keys: {code: code}, parent: parent_id, name: c.name}
products: {table: products, id: id, title: p.title, category: category_id, live: p.status = 'active'}
delist: [{set: {status: ended}}]
references: [{table: docs, column: body, `+how+`, on_remove: delete}]
`, "policy: p\nremove: [R > Gone]\nproducts: delist\n", nil, time.Date(2021, 10, 8, 0, 0, 0, 0, time.UTC))
	s.exec("INSERT INTO docs VALUES (1, " + text + ")")
	return s
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func TestTextsThatNameACategory(t *testing.T) {
	const path, csv, doc, ids = `path_of_ids: "_"`, `path_of_ids: ","`, "json_contains: code", "json_contains: id"
	for _, c := range []struct {
		code, how, text string
		want            bool
	}{
		{"x", path, "'25'", true},
		{"x", path, "25", true}, // a number, not a text
		{"x", path, "'1_25_3'", true},
		{"x", path, "'_25_'", true},
		{"x", path, "x'315f3235'", true}, // bytes
		{"x", path, "'125_250'", false},
		{"x", path, "'2_5'", false},
		{"x", path, "''", false},
		{"x", path, "NULL", false},
		{"x", csv, "'7, 25 ,8'", true},
		{"x", csv, "'7,2 5'", false},
		{"a_b", path + ", refers_to: code", "'a_b'", true},
		{"a_b", path + ", refers_to: code", "'z_a_b'", true},
		{"a_b", path + ", refers_to: code", "'a_bc'", false},
		{"%", path + ", refers_to: code", "'a_b'", false},
		{"mug", doc, `'"mug"'`, true},
		{"mug", doc, `'{"a":{"b":[1,"mug"]}}'`, true},
		{"mug", doc, `'{"a":"mug","a":"cup"}'`, true}, // the first of two members of one name
		{"mug", doc, `'{"mug":1}'`, false},
		{"mug", doc, `'{"a":"mugs"}'`, false},
		{"mug", doc, `'{"a":"\u006dug"}'`, true},
		{"a/b", doc, `'{"a":"a\/b"}'`, true},
		{"å", doc, `'["\u00e5"]'`, true},
		{`say "hi"`, doc, `'["say \"hi\""]'`, true},
		{"mug", doc, `'{"a":"mug"'`, true},        // no JSON: as a word
		{"mug", doc, `'{"a":"mug"} trail'`, true}, // two documents
		{"mug", doc, `'{"a":"mug-2"'`, false},
		{"mug", doc, `'s:3:"mug";'`, true},
		{"mug", doc, `'smug, mugs, my_mug'`, false},
		{"25", doc, `'{"n":25}'`, true},
		{"x", ids, `'{"n":25}'`, true},
		{"x", ids, `'{"n":"25"}'`, true},
		{"x", ids, `'{"n":[250, 2.5, -25]}'`, false},
		{"x", ids, `'25'`, true},
		{"x", ids, `'i:25;'`, true},
		{"x", ids, `'i:125;'`, false},
	} {
		t.Run(c.how+" "+c.text, func(t *testing.T) {
			s := textShop(t, c.code, c.how, c.text)
			before := s.dump()
			plan := s.mustPlan()
			if got := plan.Trailer().Totals.References == 1; got != c.want {
				t.Fatalf("names the category: %t, want %t", got, c.want)
			}
			done, err := s.apply(plan)
			if err != nil {
				t.Fatal(detail(err))
			}
			if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
				t.Fatal(detail(err))
			}
			if diff := cmp.Diff(before, s.dump()); diff != "" {
				t.Errorf("undo is not exact (-before +after):\n%s", diff)
			}
		})
	}
}

// TestManyKeysInTexts looks for more categories than the database is asked
// for one by one.
func TestManyKeysInTexts(t *testing.T) {
	s := textShop(t, "x", `path_of_ids: "_"`, "'none'")
	for i := 100; i < 140; i++ {
		s.exec(fmt.Sprintf("INSERT INTO categories VALUES (%[1]d, 'c%[1]d', 25, 'C%[1]d')", i), fmt.Sprintf("INSERT INTO docs VALUES (%[1]d, '1_%[1]d'), (%[1]d + 1000, '1%[1]d_%[1]d1')", i))
	}
	s.parse(s.source, "policy: p\nremove: [{category: R > Gone, subtree: remove}]\nproducts: delist\n", nil)
	plan := s.mustPlan()
	if n := plan.Trailer().Totals.References; n != 40 {
		t.Errorf("%d texts name removed categories, want 40", n)
	}
	if _, err := s.apply(plan); err != nil {
		t.Error(detail(err))
	}
}

// TestTextsDrift names the texts that came to name a removed category, or
// ceased to, since the plan.
func TestTextsDrift(t *testing.T) {
	s := textShop(t, "mug", "json_contains: code", `'["mug"]'`)
	plan := s.mustPlan()
	s.exec(`UPDATE docs SET body = '["mugs"]'`, `INSERT INTO docs VALUES (2, '["mug"]'), (3, '["smug"]')`)
	before := s.dump()
	_, err := s.apply(plan)
	var stale *migrate.StaleError
	if !errors.As(err, &stale) {
		t.Fatalf("apply: %v, want drift", detail(err))
	}
	var got []string
	for _, d := range stale.Drift {
		got = append(got, d.Subject+" "+d.Detail)
	}
	if diff := cmp.Diff([]string{"docs 1 no longer points at 25", "docs 2 now points at 25"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("a refused apply changed\n%s", diff)
	}
}

// TestTextsMoveUnderTheLock lets a text change between being compared and
// being locked: the apply reads again, and names it.
func TestTextsMoveUnderTheLock(t *testing.T) {
	s := textShop(t, "mug", "json_contains: code", `'["cup"]'`)
	plan := s.mustPlan()
	c := s.open(false)
	defer c.Close()
	done := false
	_, err := migrate.Apply(t.Context(), c, plan, migrate.ApplyOptions{Policy: s.policy.Policy, Now: s.now, NoDate: true, LockTimeout: time.Second,
		Observe: func(point string) {
			if point == "lock" && !done {
				done = true
				s.exec(`UPDATE docs SET body = '["cup", "mug"]'`)
			}
		}})
	var stale *migrate.StaleError
	if !errors.As(err, &stale) || len(stale.Drift) != 1 || stale.Drift[0].Subject != "docs 1" {
		t.Errorf("apply: %v, want drift of docs 1", detail(err))
	}
}

// TestVerifyReadsTexts finds a text that names a removed category again.
func TestVerifyReadsTexts(t *testing.T) {
	s := textShop(t, "mug", "json_contains: code", `'["mug"]'`)
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatal(detail(err))
	}
	s.exec(`INSERT INTO docs VALUES (7, '{"also": "mug"}'), (8, '{"also": "mugs"}')`)
	c := s.open(true)
	defer c.Close()
	var found *migrate.UnverifiedError
	if err := migrate.Verify(t.Context(), c, done.Receipt.Run); !errors.As(err, &found) {
		t.Fatalf("verify: %v, want a difference", err)
	}
	want := []migrate.Difference{{Subject: "docs 7", Detail: "names a removed category: body"}}
	if diff := cmp.Diff(want, found.Differences); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestTextsAreNotRewritten refuses what would write into a text.
func TestTextsAreNotRewritten(t *testing.T) {
	for how, want := range map[string]string{
		`path_of_ids: "_", on_remove: repoint`:                                  "mapping.yaml:3:83: on_remove: repoint would rewrite a text, which is another program's: restrict, delete, keep or set",
		`json_contains: id, on_remove: "null"`:                                  "mapping.yaml:3:84: on_remove: null would rewrite a text, which is another program's: restrict, delete, keep or set",
		`json_contains: code, path_of_ids: "_", on_remove: keep`:                `mapping.yaml:3:54: a text is a path_of_ids or json_contains a key, not both`,
		`path_of_ids: "", on_remove: keep`:                                      "mapping.yaml:3:67: path_of_ids needs the separator that stands between two keys",
		`json_contains: code, refers_to: id, on_remove: keep`:                   "mapping.yaml:3:69: json_contains: code and refers_to: id name different keys",
		`json_contains: sku, on_remove: keep`:                                   `references.docs refers to the key "sku", which categories.keys does not have`,
		`json_contains: code, on_remove: set, set: {body: "{}"}`:                "set would rewrite body itself, which is another program's text",
		`path_of_ids: "_", refers_to: code, on_remove: set, set: {id: 1}, x: 1`: `unknown key "x"`,
	} {
		_, err := catalog.ParseMapping("mapping.yaml", []byte(`categories: {table: categories, id: id, keys: {code: code}, name: c.name}
products: {table: products, id: id, title: p.title, category: category_id, live: p.status = 'active'}
references: [{table: docs, column: body,             `+how+`}]
`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\n%v\nwant %s", how, err, want)
		}
	}
	s := textShop(t, "mug", "json_contains: code", `'["mug"]'`)
	s.parse(strings.Replace(s.source, "on_remove: delete", "on_remove: restrict", 1), s.text+"references: [{table: docs, then: \"null\"}]\n", nil)
	_, err := s.plan()
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("plan: %v, want a refusal", err)
	}
	want := []migrate.Refusal{{What: "docs.body names its category inside a text, which is never rewritten", Rows: []string{"1"}, Answer: "delete or keep it"}}
	if diff := cmp.Diff(want, refused.Refusals); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
