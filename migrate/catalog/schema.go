package catalog

import (
	"slices"
	"strings"

	"recat/migrate"
)

// table is a table as the database describes it.
type table struct {
	name     string // as a mapping names it: behind its schema where that is not searched
	schema   string // "" where the engine has one only
	exact    bool   // the case of names counts
	columns  []column
	hasRowid bool
	rowid    string   // a name of the rowid that no column hides; "" where there is none
	key      []string // the declared primary key; empty where there is none
	intKey   string   // the column that is the rowid itself; "" where none is
	keys     []foreignKey
	triggers []trigger
	indexes  [][]string       // leading columns of each index
	hazards  []migrate.Hazard // what forbids to write it
}

type column struct {
	name      string
	decl      string // declared type
	integers  bool   // it holds integers
	instants  bool   // it is declared to hold instants
	truths    bool   // it holds TRUE and FALSE, which are no numbers
	bytes     bool   // it holds bytes, which are no text
	loose     bool   // its type or collation takes values for the same that differ
	kept      string // the type that a store has for it; "" where stores have none
	notNull   bool
	generated bool
	renews    bool // every update of the row that does not name it sets it to the time
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

// sql is the table's name in a statement.
func (t *table) sql() string {
	if t.schema == "" {
		return ident(t.name)
	}
	return ident(t.schema) + "." + ident(strings.TrimPrefix(t.name, t.schema+"."))
}

// alike reports whether two names of columns, or of tables, are one.
func (t *table) alike(a, b string) bool { return a == b || !t.exact && strings.EqualFold(a, b) }

func (t *table) column(name string) (column, bool) {
	i := slices.IndexFunc(t.columns, func(c column) bool { return t.alike(c.name, name) })
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
	switch {
	case t.hasRowid && t.rowid != "":
		return []string{t.rowid}
	case len(t.key) > 0:
		return t.key
	}
	return t.stored()
}

// keyless reports whether nothing but all its values identifies a row.
func (t *table) keyless() bool { return len(t.key) == 0 && (!t.hasRowid || t.rowid == "") }

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

// numbered reports whether rows are identified by one integer.
func (t *table) numbered() bool {
	ids := t.ident()
	if len(ids) != 1 {
		return false
	}
	col, ok := t.column(ids[0])
	return !ok || col.integers // a rowid is no column
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

// schema is every ordinary table of the database.
type schema struct {
	tables  []*table // in name order
	byName  map[string]*table
	virtual map[string]string // virtual tables and their module
	views   []string
	names   []string // of the database's schemas; none where tables are in no schema
	partial bool     // tables may be missing: the role does not see them all
	barred  bool     // the role may use none of the schemas that tables are in
}

func newSchema() *schema {
	return &schema{byName: map[string]*table{}, virtual: map[string]string{}}
}

// add enters a table.
func (s *schema) add(t *table) {
	s.tables = append(s.tables, t)
	s.byName[t.name] = t
}

// table finds a table by the name that a mapping gives it.
func (s *schema) table(name string) (*table, bool) {
	if t, ok := s.byName[name]; ok {
		return t, true
	}
	if len(s.names) == 1 {
		name = strings.TrimPrefix(name, s.names[0]+".")
	}
	for _, t := range s.tables {
		if t.alike(t.name, name) || t.schema != "" && t.alike(t.schema+"."+t.name, name) {
			return t, true
		}
	}
	return nil, false
}

// unknown says why a schema of this name is none of the catalog's; "" where
// it is one.
func (s *schema) unknown(name string) string {
	if len(s.names) == 0 {
		if strings.EqualFold(name, "main") {
			return ""
		}
		return "a SQLite catalog has the schema main, and no other"
	}
	if !slices.Contains(s.names, name) {
		return "the database has the schemas " + strings.Join(s.names, ", ")
	}
	return ""
}

// sql is the name of a table in a statement.
func (s *schema) sql(name string) string {
	if t, ok := s.table(name); ok {
		return t.sql()
	}
	return ident(name)
}

// unusable refuses a database whose tables the role may not even name.
func (s *schema) unusable() error {
	if !s.barred {
		return nil
	}
	return migrate.Refuse("the role has no USAGE on any schema that tables are in (%s); %s", strings.Join(s.names, ", "), RightsAnswer)
}

// ours reports whether a table is recat's own.
func ours(name string) bool { return strings.HasPrefix(strings.ToLower(name), "recat_") }

// user lists the tables that are the catalog's, in name order.
func (s *schema) user() []*table {
	var out []*table
	for _, t := range s.tables {
		if !ours(t.name) {
			out = append(out, t)
		}
	}
	return out
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
