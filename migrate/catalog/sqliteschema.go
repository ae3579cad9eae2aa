package catalog

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"recat/migrate"
)

// loadSchema describes a SQLite file.
func loadSchema(ctx context.Context, q querier) (*schema, error) {
	s := newSchema()
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
				s.add(&table{name: name, hasRowid: !withoutRowid})
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
	for _, t := range s.tables {
		if err := t.load(ctx, q); err != nil {
			return nil, fmt.Errorf("describe table %s: %w", t.name, err)
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
		upper := strings.ToUpper(c.decl) // affinity: SQLite's datatype rules, section 3.1
		c.integers = strings.Contains(upper, "INT")
		c.instants = strings.HasPrefix(upper, "TIMESTAMP") || strings.HasPrefix(upper, "DATETIME")
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

// checkModules refuses a file with virtual tables of modules that this build
// lacks: it could not even be read whole.
func checkModules(ctx context.Context, s *session, found *schema) error {
	var refusals []migrate.Refusal
	for name, module := range found.virtual {
		known, err := one[int](ctx, s, `SELECT count(*) FROM pragma_module_list WHERE name = ? COLLATE NOCASE`, module)
		if err != nil {
			return fmt.Errorf("list modules: %w", err)
		}
		if known == 0 {
			r := migrate.Refusal{What: fmt.Sprintf("virtual table %s needs the module %s, which this build of SQLite lacks", name, module)}
			if strings.HasPrefix(strings.ToLower(module), "fts5") {
				r.Answer = "build recat with -tags sqlite_fts5"
			}
			refusals = append(refusals, r)
		}
	}
	if len(refusals) > 0 {
		return &migrate.RefusedError{Refusals: refusals}
	}
	return nil
}
