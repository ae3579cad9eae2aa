package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// pgTables lists the ordinary and partitioned tables outside the server's own
// schemas and recat's. Citus marks what it distributes by a trigger.
const pgTables = `SELECT c.oid::bigint, n.nspname, c.relname, pg_table_is_visible(c.oid), row_security_active(c.oid),
	EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid),
	EXISTS (SELECT 1 FROM pg_extension x WHERE x.extname = 'citus')
		AND EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname LIKE 'truncate_trigger_%'),
	has_schema_privilege(n.oid, 'USAGE')
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('information_schema', 'recat') AND n.nspname !~ '^pg_'
	ORDER BY c.relname COLLATE "C", n.nspname COLLATE "C"`

// pgColumns lists the columns; the type of a domain is the one beneath it.
const pgColumns = `SELECT a.attrelid::bigint, a.attnum::bigint, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> '',
	(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END)::bigint,
	t.typname = 'citext' OR EXISTS (SELECT 1 FROM pg_collation l WHERE l.oid = a.attcollation AND NOT l.collisdeterministic)
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
	WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('information_schema', 'recat') AND n.nspname !~ '^pg_'
	ORDER BY a.attrelid, a.attnum`

// pgIndexes lists the usable indexes; a key is unique, whole and without
// expressions.
const pgIndexes = `SELECT i.indrelid::bigint, i.indkey::text, i.indisprimary, i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate, i.indpred IS NULL
	FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE i.indisvalid AND n.nspname NOT IN ('information_schema', 'recat') AND n.nspname !~ '^pg_'
	ORDER BY i.indrelid, i.indisprimary DESC, i.indnatts, i.indexrelid`

const pgKeys = `SELECT k.conrelid::bigint, k.confrelid::bigint, k.conkey::text, k.confkey::text, k.confdeltype
	FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conrelid, k.conname COLLATE "C"`

// pgTriggers lists the triggers that fire; the sql is the word that enables
// one again.
const pgTriggers = `SELECT g.tgrelid::bigint, g.tgname, g.tgtype::bigint, g.tgattr::text, g.tgenabled
	FROM pg_trigger g WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgparentid = 0 ORDER BY g.tgrelid, g.tgname COLLATE "C"`

// pgSchema reads the system catalogs.
type pgSchema struct {
	out     *schema
	byOID   map[int64]*table
	numbers map[int64]map[string]string // column names by table and number
}

func (*postgres) describe(ctx context.Context, s *session) (*schema, error) {
	p := &pgSchema{out: newSchema(), byOID: map[int64]*table{}, numbers: map[int64]map[string]string{}}
	for _, part := range []struct {
		what, query string
		columns     int
		take        func([]any)
	}{
		{"tables", pgTables, 8, p.table}, {"columns", pgColumns, 8, p.column}, {"indexes", pgIndexes, 5, p.index},
		{"foreign keys", pgKeys, 5, p.key}, {"triggers", pgTriggers, 5, p.trigger},
	} {
		for row, err := range eachRow(ctx, s, part.columns, part.query) {
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", part.what, err)
			}
			part.take(row)
		}
	}
	return p.out, nil
}

// table enters a table: under its own name where the search path finds it,
// behind its schema else.
func (p *pgSchema) table(row []any) {
	name, schemaName := row[2].(string), row[1].(string)
	t := &table{name: name, schema: schemaName, exact: true}
	if !truth(row[3]) {
		t.name = schemaName + "." + name
	}
	if truth(row[4]) {
		t.hazards = append(t.hazards, migrate.Hazard{What: "row-level security", Name: t.name,
			Detail: "is active for this role: rows would be missing from the plan; use a role that may bypass it"})
	}
	if truth(row[6]) {
		t.hazards = append(t.hazards, migrate.Hazard{What: "distributed table", Name: t.name,
			Detail: "is spread over a Citus cluster, where it cannot be joined with what recat stages"})
	}
	if truth(row[5]) {
		t.hazards = append(t.hazards, migrate.Hazard{What: "rule", Name: t.name, Detail: "a rewrite rule changes what is written to it"})
	}
	p.byOID[row[0].(int64)] = t
	p.out.barred = !truth(row[7]) && (p.out.barred || len(p.out.tables) == 0)
	p.out.add(t)
	if !slices.Contains(p.out.names, schemaName) {
		p.out.names = append(p.out.names, schemaName)
	}
}

func (p *pgSchema) column(row []any) {
	oid := row[0].(int64)
	t := p.byOID[oid]
	if t == nil {
		return
	}
	c := column{name: row[2].(string), decl: row[3].(string), notNull: truth(row[4]), generated: truth(row[5]), loose: truth(row[7])}
	switch row[6].(int64) {
	case 20, 21, 23: // int8, int2, int4
		c.integers = true
	case 16:
		c.truths = true
	case 17: // bytea
		c.bytes = true
	case 1114, 1184: // timestamp, timestamptz
		c.instants = true
	}
	t.columns = append(t.columns, c)
	if p.numbers[oid] == nil {
		p.numbers[oid] = map[string]string{}
	}
	p.numbers[oid][fmt.Sprint(row[1])] = c.name
}

// named turns "1 2" or "{1,2}" into the columns' names; "" for an expression.
func (p *pgSchema) named(oid int64, numbers string) []string {
	var out []string
	for _, n := range strings.FieldsFunc(numbers, func(r rune) bool { return strings.ContainsRune("{}, ", r) }) {
		out = append(out, p.numbers[oid][n])
	}
	return out
}

// index notes an index. The first key is what identifies rows: the primary
// one, or the narrowest unique one without NULL.
func (p *pgSchema) index(row []any) {
	oid := row[0].(int64)
	t := p.byOID[oid]
	if t == nil {
		return
	}
	names := p.named(oid, row[1].(string))
	if truth(row[4]) {
		t.indexes = append(t.indexes, names)
	}
	whole := !slices.ContainsFunc(names, func(name string) bool {
		c, ok := t.column(name)
		return !ok || !c.notNull
	})
	if len(t.key) == 0 && truth(row[3]) && whole {
		t.key = names
	}
}

var pgOnDelete = map[string]string{"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

func (p *pgSchema) key(row []any) {
	from, to := row[0].(int64), row[1].(int64)
	t, other := p.byOID[from], p.byOID[to]
	if t == nil || other == nil {
		return
	}
	t.keys = append(t.keys, foreignKey{columns: p.named(from, row[2].(string)), to: other.name,
		toCols: p.named(to, row[3].(string)), onDelete: pgOnDelete[renderRaw(row[4])]})
}

// trigger enters a trigger once for each event (pg_trigger.h's bits).
func (p *pgSchema) trigger(row []any) {
	oid := row[0].(int64)
	t := p.byOID[oid]
	if t == nil {
		return
	}
	enable := "ENABLE"
	switch renderRaw(row[4]) {
	case "R": // fires in replicas only
		return
	case "A":
		enable = "ENABLE ALWAYS"
	}
	bits := row[2].(int64)
	for _, event := range []struct {
		bit  int64
		name string
	}{{1 << 2, "INSERT"}, {1 << 3, "DELETE"}, {1 << 4, "UPDATE"}} {
		if bits&event.bit != 0 {
			t.triggers = append(t.triggers, trigger{name: row[1].(string), sql: enable, event: event.name, of: p.named(oid, renderRaw(row[3]))})
		}
	}
}
