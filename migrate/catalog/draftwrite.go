package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// scalar writes a name as YAML, quoted where it must be.
func scalar(s string) string {
	plain := s != "" && !strings.ContainsAny(s, ":#{}[],&*!|>'\"%@`? \t\n")
	if plain && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "now", "~"}, strings.ToLower(s)) {
		return s
	}
	return fmt.Sprintf("%q", s)
}

// expression writes a column as an expression over an alias.
func expression(alias, column string) string {
	return "'" + strings.ReplaceAll(alias+"."+ident(column), "'", "''") + "'"
}

// comment makes a text safe to stand behind #.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// idColumn is a table's single key, or its column named id.
func idColumn(t *table) string {
	if len(t.key) == 1 {
		return t.key[0]
	}
	if c, ok := t.column("id"); ok {
		return c.name
	}
	return t.columns[0].name
}

// nameColumn is the column that names a table's rows; "" where none is called
// so: the name may be kept elsewhere, one for each language.
func nameColumn(t *table) string {
	for _, want := range []string{"name", "title", "label", "sku"} {
		for _, c := range t.columns {
			if strings.Contains(strings.ToLower(c.name), want) {
				return c.name
			}
		}
	}
	return ""
}

// writeName drafts the expression that names a row, or asks for it.
func (d *drafter) writeName(t *table, field, of, alias string) {
	if name := nameColumn(t); name != "" {
		d.line("  %s: %s", field, expression(alias, name))
		return
	}
	ask := "which expression names a row of " + comment(t.name) + "?"
	d.line("  %s: ?   # %s", field, ask)
	d.draft.Questions = append(d.draft.Questions, of+"."+field+"   "+ask)
}

func (d *drafter) writeCategories() {
	t := d.categories
	d.line("categories:")
	d.line("  table: %s", scalar(t.name))
	d.line("  id: %s", scalar(idColumn(t)))
	if parent := d.parentColumn(t); parent != "" {
		d.line("  parent: %s", scalar(parent))
		root := "null"
		if c, _ := t.column(parent); c.notNull {
			root = "0"
		}
		d.line("  root: [%s]", root)
	}
	d.writeName(t, "name", "categories", "c")
}

func (d *drafter) writeProducts(ctx context.Context) error {
	t := d.products
	d.line("products:")
	d.line("  table: %s", scalar(t.name))
	d.line("  id: %s", scalar(idColumn(t)))
	d.writeName(t, "title", "products", "p")
	if d.category != "" {
		key := "category"
		if d.memberships != nil {
			key = "primary"
		}
		d.line("  %s: %s", key, scalar(d.category))
	}
	status := d.statusColumn()
	if status == "" {
		d.line("  live: ?   # when is a product on sale?")
		d.draft.Questions = append(d.draft.Questions, "products.live   when is a product on sale?")
		return nil
	}
	counts, err := d.valueCounts(ctx, status)
	if err != nil {
		return fmt.Errorf("count the values of %s: %w", status, busy(err))
	}
	d.line("  live: ?   # when is a product on sale?   %s: %s", comment(status), comment(counts))
	d.line("  state: %s", expression("p", status))
	d.draft.Questions = append(d.draft.Questions, fmt.Sprintf("products.live   %s: %s", status, counts))
	for _, name := range []string{"seller_id", "seller", "vendor_id", "vendor"} {
		if c, ok := t.column(name); ok {
			d.line("  seller: %s", expression("p", c.name))
			break
		}
	}
	return nil
}

func (d *drafter) statusColumn() string {
	for _, want := range []string{"status", "state", "active", "published", "enabled", "visible", "is_public", "discontinued"} {
		for _, c := range d.products.columns {
			if strings.Contains(strings.ToLower(c.name), want) {
				return c.name
			}
		}
	}
	return ""
}

// valueCounts tells the commonest values of a column: active 1200, ended 31.
func (d *drafter) valueCounts(ctx context.Context, column string) (string, error) {
	var out []string
	for row, err := range eachRow(ctx, d.c.conn, 2, fmt.Sprintf("SELECT +%s, count(*) FROM %s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 8", ident(column), d.products.sql())) {
		if err != nil {
			return "", err
		}
		value := "∅"
		if row[0] != nil {
			value = renderRaw(row[0])
		}
		out = append(out, fmt.Sprintf("%s %d", value, row[1]))
	}
	return strings.Join(out, ", "), nil
}

func (d *drafter) writeMemberships() {
	t := d.memberships
	if t == nil && d.category == "" {
		d.line("memberships: ?   # which table files products in categories?")
		d.draft.Questions = append(d.draft.Questions, "memberships   which table files products in categories?")
	}
	if t == nil {
		return
	}
	position := ""
	for _, c := range t.columns {
		if slices.Contains([]string{"position", "sort_order", "rank", "display_order"}, strings.ToLower(c.name)) {
			position = ", position: " + scalar(c.name)
		}
	}
	d.line("memberships: {table: %s, product: %s, category: %s%s}", scalar(t.name), scalar(d.productKey), scalar(d.categoryKey), position)
}

// writeReferences lists every other foreign key to the categories; what
// becomes of those rows is restricted until a person says otherwise.
func (d *drafter) writeReferences() {
	first := true
	for _, t := range d.c.schema.user() {
		for _, k := range t.keys {
			if !strings.EqualFold(k.to, d.categories.name) || t == d.categories || t == d.memberships || (t == d.products && slices.Contains(k.columns, d.category)) {
				continue
			}
			if first {
				d.line("references:")
				first = false
			}
			d.draft.References++
			d.line("  - {table: %s, column: %s, on_remove: restrict}   # the database says ON DELETE %s", scalar(t.name), scalar(k.columns[0]), k.onDelete)
		}
	}
}

// writeTriggers asks what the triggers on written tables write.
func (d *drafter) writeTriggers() {
	first := true
	for _, t := range []*table{d.categories, d.products, d.memberships} {
		if t == nil {
			continue
		}
		for _, g := range t.triggers {
			if first {
				d.line("triggers:")
				first = false
			}
			d.line("  %s: {writes: [\"?\"]}   # fires on %s of %s: which columns or tables does it write?", scalar(g.name), g.event, comment(t.name))
			d.draft.Questions = append(d.draft.Questions, "triggers."+g.name+"   which columns or tables does it write?")
		}
	}
}
