package catalog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// table is a table as the database describes it.
type table struct {
	name     string
	columns  []column
	hasRowid bool
	rowid    string   // a name of the rowid that no column hides; "" where there is none
	key      []string // the declared primary key; empty where there is none
	intKey   string   // the column that is the rowid itself; "" where none is
	keys     []foreignKey
	triggers []trigger
	indexes  [][]string // leading columns of each index
}

type column struct {
	name      string
	decl      string // declared type
	notNull   bool
	generated bool
}

// foreignKey points from this table's columns to another's.
type foreignKey struct {
	columns  []string
	to       string
	toCols   []string // empty: the other's primary key
	onDelete string
}

type trigger struct {
	name, sql string
	event     string   // INSERT, UPDATE or DELETE
	of        []string // UPDATE OF these; empty: any
}

func (t *table) column(name string) (column, bool) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		return column{}, false
	}
	return t.columns[i], true
}

// stored lists the columns that hold values of their own.
func (t *table) stored() []string {
	var out []string
	for _, c := range t.columns {
		if !c.generated {
			out = append(out, c.name)
		}
	}
	return out
}

// ident lists the columns that identify a row for as long as recat looks at
// it: the rowid, or the primary key where there is none.
func (t *table) ident() []string {
	if t.hasRowid && t.rowid != "" {
		return []string{t.rowid}
	}
	return t.key
}

// lasting lists the columns that identify a row for good. VACUUM may renumber
// a rowid that is not a column, so the declared key comes first.
func (t *table) lasting() []string {
	switch {
	case t.intKey != "":
		return []string{t.intKey}
	case len(t.key) > 0:
		return t.key
	}
	return t.ident()
}

// adrift reports whether nothing identifies a row for good.
func (t *table) adrift() bool { return t.hasRowid && t.intKey == "" && len(t.key) == 0 }

// indexed reports whether some index begins with the column.
func (t *table) indexed(name string) bool {
	if strings.EqualFold(t.intKey, name) {
		return true
	}
	return slices.ContainsFunc(t.indexes, func(cols []string) bool {
		return len(cols) > 0 && strings.EqualFold(cols[0], name)
	})
}

// integer reports whether the column has integer affinity (SQLite's datatype
// rules, section 3.1: the declared type contains INT).
func (c column) integer() bool { return strings.Contains(strings.ToUpper(c.decl), "INT") }

// schema is every ordinary table of the database by lower-case name.
type schema struct {
	tables  map[string]*table
	order   []string
	virtual map[string]string // virtual tables and their module
	views   []string
}

func (s *schema) table(name string) (*table, bool) {
	t, ok := s.tables[strings.ToLower(name)]
	return t, ok
}

// ours reports whether a table is recat's own.
func ours(name string) bool { return strings.HasPrefix(strings.ToLower(name), "recat_") }

// user lists the tables that are the catalog's, in name order.
func (s *schema) user() []*table {
	var out []*table
	for _, name := range s.order {
		if !ours(name) {
			out = append(out, s.tables[name])
		}
	}
	return out
}

func loadSchema(ctx context.Context, q querier) (*schema, error) {
	s := &schema{tables: map[string]*table{}, virtual: map[string]string{}}
	err := scan(ctx, q, `SELECT name, type, wr, COALESCE((SELECT m.sql FROM sqlite_schema m WHERE m.name = l.name AND m.type = 'table'), '')
		FROM pragma_table_list l WHERE schema = 'main' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY lower(name)`, nil,
		func(row func(...any) error) error {
			var name, kind, sql string
			var withoutRowid bool
			if err := row(&name, &kind, &withoutRowid, &sql); err != nil {
				return err
			}
			switch kind {
			case "table":
				s.tables[strings.ToLower(name)] = &table{name: name, hasRowid: !withoutRowid}
				s.order = append(s.order, strings.ToLower(name))
			case "virtual":
				s.virtual[name] = moduleOf(sql)
			case "view":
				s.views = append(s.views, name)
			}
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	for _, name := range s.order {
		if err := s.tables[name].load(ctx, q); err != nil {
			return nil, fmt.Errorf("describe table %s: %w", s.tables[name].name, err)
		}
	}
	return s, nil
}

var modulePattern = regexp.MustCompile(`(?is)\bUSING\s+["\x60\[]?([A-Za-z0-9_]+)`)

func moduleOf(sql string) string {
	if m := modulePattern.FindStringSubmatch(sql); m != nil {
		return m[1]
	}
	return "?"
}

func (t *table) load(ctx context.Context, q querier) error {
	if err := t.loadColumns(ctx, q); err != nil {
		return err
	}
	if err := t.loadKeys(ctx, q); err != nil {
		return err
	}
	if err := t.loadIndexes(ctx, q); err != nil {
		return err
	}
	return t.loadTriggers(ctx, q)
}

func (t *table) loadColumns(ctx context.Context, q querier) error {
	pk := map[int]string{}
	decl := ""
	err := scan(ctx, q, `SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?)`, []any{t.name}, func(row func(...any) error) error {
		var c column
		var order, hidden int
		if err := row(&c.name, &c.decl, &c.notNull, &order, &hidden); err != nil {
			return err
		}
		c.generated = hidden == 2 || hidden == 3
		if order > 0 {
			pk[order] = c.name
			decl = c.decl
		}
		t.columns = append(t.columns, c)
		return nil
	})
	for i := 1; i <= len(pk); i++ {
		t.key = append(t.key, pk[i])
	}
	if t.hasRowid {
		t.rowid = freeRowid(t)
		if len(t.key) == 1 && strings.EqualFold(decl, "INTEGER") {
			t.intKey = t.key[0]
		}
	}
	return err
}

// freeRowid picks a name of the rowid that no column hides.
func freeRowid(t *table) string {
	for _, name := range []string{"rowid", "_rowid_", "oid"} {
		if _, taken := t.column(name); !taken {
			return name
		}
	}
	return ""
}

func (t *table) loadKeys(ctx context.Context, q querier) error {
	byID := map[int]int{}
	return scan(ctx, q, `SELECT id, "table", "from", COALESCE("to", ''), on_delete FROM pragma_foreign_key_list(?) ORDER BY id, seq`,
		[]any{t.name}, func(row func(...any) error) error {
			var id int
			var to, from, toCol, onDelete string
			if err := row(&id, &to, &from, &toCol, &onDelete); err != nil {
				return err
			}
			i, ok := byID[id]
			if !ok {
				i = len(t.keys)
				byID[id] = i
				t.keys = append(t.keys, foreignKey{to: to, onDelete: onDelete})
			}
			t.keys[i].columns = append(t.keys[i].columns, from)
			if toCol != "" {
				t.keys[i].toCols = append(t.keys[i].toCols, toCol)
			}
			return nil
		})
}

func (t *table) loadIndexes(ctx context.Context, q querier) error {
	return scan(ctx, q, `SELECT COALESCE((SELECT group_concat(COALESCE(x.name, ''), char(0)) FROM pragma_index_info(l.name) x), ''), origin = 'pk'
		FROM pragma_index_list(?) l WHERE NOT partial`, []any{t.name}, func(row func(...any) error) error {
		var names string
		var primary bool
		if err := row(&names, &primary); err != nil {
			return err
		}
		if primary { // INTEGER PRIMARY KEY DESC is no name of the rowid
			t.intKey = ""
		}
		t.indexes = append(t.indexes, strings.Split(names, "\x00"))
		return nil
	})
}

func (t *table) loadTriggers(ctx context.Context, q querier) error {
	return scan(ctx, q, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY rowid`,
		[]any{t.name}, func(row func(...any) error) error {
			var g trigger
			if err := row(&g.name, &g.sql); err != nil {
				return err
			}
			g.event, g.of = triggerEvent(g.sql)
			t.triggers = append(t.triggers, g)
			return nil
		})
}

// fires reports whether the trigger answers to a write of the columns.
func (g trigger) fires(op string, columns []string) bool {
	if g.event != op {
		return false
	}
	return op != "UPDATE" || len(g.of) == 0 || slices.ContainsFunc(columns, func(c string) bool {
		return slices.ContainsFunc(g.of, func(o string) bool { return strings.EqualFold(o, c) })
	})
}
