package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

func (*mariadb) version(ctx context.Context, s *session) (string, error) {
	version, err := one[string](ctx, s, "SELECT VERSION()")
	if err != nil {
		return "", err
	}
	number, rest, _ := strings.Cut(version, "-")
	if strings.Contains(rest, "MariaDB") {
		return "mariadb " + number, nil
	}
	for name, why := range mysqlRefused {
		if strings.Contains(version, name) {
			return "", migrate.Refuse("the server is %s, which %s", name, why)
		}
	}
	return "", migrate.Refuse("the server is MySQL %s, which opens no temporary table twice in one statement: recat's comparisons do; MariaDB does not mind", number)
}

// mysqlRefused are engines that speak MySQL's protocol and that, by their own
// documentation, cannot hold a law.
var mysqlRefused = map[string]string{
	"TiDB":   "locks no gap between rows: a product could still arrive in a category that goes",
	"Vitess": "commits a transaction shard by shard: it would not be all or nothing",
}

const mariadbTables = `SELECT table_name, engine FROM information_schema.tables
	WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY CAST(table_name AS BINARY)`

const mariadbColumns = `SELECT table_name, column_name, data_type, column_type, is_nullable = 'NO', LOWER(extra),
	COALESCE(character_set_name, ''), COALESCE(collation_name, ''), COALESCE(character_maximum_length, 0)
	FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`

const mariadbIndexes = `SELECT table_name, index_name, MAX(non_unique) = 0 AND SUM(sub_part IS NOT NULL) = 0,
	GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR X'00')
	FROM information_schema.statistics WHERE table_schema = DATABASE()
	GROUP BY table_name, index_name ORDER BY table_name, index_name <> 'PRIMARY', COUNT(*), index_name`

// mariadbKeys lists the foreign keys; their rules do not show to a role that
// only reads.
const mariadbKeys = `SELECT k.table_name, k.constraint_name, k.column_name, k.referenced_table_name, k.referenced_column_name, COALESCE(r.delete_rule, 'NO ACTION')
	FROM information_schema.key_column_usage k LEFT JOIN information_schema.referential_constraints r
	ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
	WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE()
	ORDER BY k.table_name, k.constraint_name, k.ordinal_position`

const mariadbTriggers = `SELECT event_object_table, trigger_name, event_manipulation FROM information_schema.triggers
	WHERE event_object_schema = DATABASE() ORDER BY event_object_table, action_order, trigger_name`

// mariadbSchema reads the information schema.
type mariadbSchema struct {
	out  *schema
	last string // the foreign key that the last row was of
}

func (d *mariadb) describe(ctx context.Context, s *session) (*schema, error) {
	m := &mariadbSchema{out: newSchema()}
	database, err := one[string](ctx, s, "SELECT DATABASE()")
	if err != nil {
		return nil, err
	}
	m.out.names = []string{database}
	for _, part := range []struct {
		what, query string
		columns     int
		take        func([]any)
	}{
		{"tables", mariadbTables, 2, m.table}, {"columns", mariadbColumns, 9, m.column}, {"indexes", mariadbIndexes, 4, m.index},
		{"foreign keys", mariadbKeys, 6, m.key}, {"triggers", mariadbTriggers, 3, m.trigger},
	} {

		for row, err := range eachRow(ctx, s, part.columns, part.query) {
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", part.what, err)
			}
			part.take(row)
		}
	}
	m.changing()
	held, err := d.held(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("read the role's rights: %w", err)
	}
	m.out.partial = !held.allow("SELECT", database, "", "")
	return m.out, nil
}

func (m *mariadbSchema) table(row []any) {
	t := &table{name: renderRaw(row[0])}
	if engine := renderRaw(row[1]); !strings.EqualFold(engine, "InnoDB") {
		t.hazards = append(t.hazards, migrate.Hazard{What: "engine", Name: t.name,
			Detail: "is kept by " + engine + ", which has no transactions; convert it to InnoDB"})
	}
	m.out.add(t)
}

func (m *mariadbSchema) column(row []any) {
	t := m.out.byName[renderRaw(row[0])]
	if t == nil {
		return
	}
	kind, extra := strings.ToLower(renderRaw(row[2])), renderRaw(row[5])
	c := column{name: renderRaw(row[1]), decl: renderRaw(row[3]), notNull: truth(row[4]),
		generated: strings.Contains(extra, "generated") && !strings.Contains(extra, "default_generated") || strings.Contains(extra, "virtual") || strings.Contains(extra, "persistent"),
		renews:    strings.Contains(extra, "on update current_timestamp"),
		integers:  strings.HasSuffix(kind, "int"),
		instants:  kind == "datetime" || kind == "timestamp",
		bytes:     strings.HasSuffix(kind, "binary") || strings.HasSuffix(kind, "blob"),
		loose:     renderRaw(row[7]) != "" && !strings.HasSuffix(renderRaw(row[7]), "_nopad_bin"),
	}
	length, _ := row[8].(int64)
	c.kept = keptType(c, kind, renderRaw(row[6]), renderRaw(row[7]), length)
	t.columns = append(t.columns, c)
}

// keptType is the type of a store's column. Long ones are kept outside the
// row, whose size is bounded.
func keptType(c column, kind, charset, collation string, length int64) string {
	switch {
	case charset == "" && c.bytes && length > 255:
		return "LONGBLOB"
	case charset == "":
		return c.decl
	}
	decl := c.decl
	if kind != "enum" && kind != "set" {
		decl = "LONGTEXT"
	}
	return fmt.Sprintf("%s CHARACTER SET %s COLLATE %s", decl, charset, collation)
}

// index notes an index. The first key is what identifies rows: the primary
// one, or the narrowest unique one without NULL.
func (m *mariadbSchema) index(row []any) {
	t := m.out.byName[renderRaw(row[0])]
	if t == nil || row[3] == nil {
		return
	}
	names := strings.Split(renderRaw(row[3]), "\x00")
	t.indexes = append(t.indexes, names)
	whole := !slices.ContainsFunc(names, func(name string) bool {
		c, ok := t.column(name)
		return !ok || !c.notNull
	})
	if len(t.key) == 0 && truth(row[2]) && whole {
		t.key = names
	}
}

func (m *mariadbSchema) key(row []any) {
	name := renderRaw(row[0]) + "." + renderRaw(row[1])
	t := m.out.byName[renderRaw(row[0])]
	if t == nil {
		return
	}
	if name != m.last {
		m.last = name
		t.keys = append(t.keys, foreignKey{to: renderRaw(row[3]), onDelete: renderRaw(row[5])})
	}
	k := &t.keys[len(t.keys)-1]
	k.columns, k.toCols = append(k.columns, renderRaw(row[2])), append(k.toCols, renderRaw(row[4]))
}

// trigger enters a trigger. One cannot be set aside within a transaction, so
// that what a run writes must have none.
func (m *mariadbSchema) trigger(row []any) {
	t := m.out.byName[renderRaw(row[0])]
	if t == nil {
		return
	}
	g := trigger{name: renderRaw(row[1]), event: strings.ToUpper(renderRaw(row[2]))}
	t.triggers = append(t.triggers, g)
	t.hazards = append(t.hazards, migrate.Hazard{What: "trigger", Name: g.name,
		Detail: "fires on " + g.event + " of " + t.name + ", and MariaDB cannot set it aside when a run is undone; drop it for the cutover"})
}

// changing finds tables that gh-ost or pt-online-schema-change is copying:
// what is written meanwhile may be lost with the original.
func (m *mariadbSchema) changing() {
	for _, t := range m.out.tables {
		for _, copy := range []string{"_" + t.name + "_gho", "_" + t.name + "_ghc", "_" + t.name + "_new"} {
			if _, ok := m.out.byName[copy]; ok {
				t.hazards = append(t.hazards, migrate.Hazard{What: "schema change", Name: t.name,
					Detail: "is under way: " + copy + " is there; wait until it is over, or drop what is left of it"})
			}
		}
	}
}
