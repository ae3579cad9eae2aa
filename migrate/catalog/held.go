package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// Held counts each category's products by the columns that name it, which are
// indexed where a cutover is to be fast.
func (c *Catalog) Held(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]migrate.Held, error) {
	out := map[taxonomy.ID]migrate.Held{}
	if c.mapping.Products == nil {
		return out, nil
	}
	for batch := range slices.Chunk(in, heldBatch) {
		if err := c.held(ctx, batch, out); err != nil {
			return nil, fmt.Errorf("count the products of categories: %w", c.d.failure(err))
		}
	}
	return out, nil
}

// heldBatch is how many categories are counted by one statement: it saves
// journeys to a server, and stays below what engines take in one.
const heldBatch = 50

// held counts the products of some categories.
func (c *Catalog) held(ctx context.Context, in []taxonomy.ID, out map[taxonomy.ID]migrate.Held) error {
	p := c.mapping.Products
	shown := c.predicate(p.Where, "TRUE")
	sum := func(of string) string { return "coalesce(sum(CASE WHEN " + of + " THEN 1 ELSE 0 END), 0)" }
	counts := fmt.Sprintf("count(*), %s, %s", sum(shown+" AND "+c.predicate(p.Live, "FALSE")), sum("NOT "+shown))
	var queries []string
	var args []any
	for i, id := range in {
		if from, values := c.filed(id); from != "" {
			queries, args = append(queries, fmt.Sprintf("SELECT %d, %s FROM %s", i, counts, from)), append(args, values...)
		}
	}
	if len(queries) == 0 {
		return nil
	}
	return scan(ctx, c.conn, strings.Join(queries, " UNION ALL "), args, func(row func(...any) error) error {
		var i int
		var h migrate.Held
		if err := row(&i, &h.Products, &h.Live, &h.Hidden); err != nil {
			return err
		}
		if h.Products > 0 {
			out[in[i]] = h
		}
		return nil
	})
}

// filed is the FROM and WHERE of the products p that a category holds, "" where
// no column can name it.
func (c *Catalog) filed(id taxonomy.ID) (from string, args []any) {
	p, ms := c.mapping.Products, c.mapping.Memberships
	products := c.schema.sql(p.Table) + " p"
	var parts []string
	find := func(table, named, refersTo string) {
		if where, values := c.names(id, named, refersTo); where != "" {
			parts, args = append(parts, table+" WHERE "+where), append(args, values...)
		}
	}
	join := func(table, alias, product string) string {
		return fmt.Sprintf("%s %s JOIN %s ON %s", c.schema.sql(table), alias, products, c.d.joined("p."+ident(p.ID), alias+"."+ident(product)))
	}
	for _, column := range []string{p.Category, p.Primary} {
		if column != "" {
			find(products, "p."+ident(column), "")
		}
	}
	if len(parts) == 1 && ms == nil && len(p.Others) == 0 { // nothing to find twice
		return parts[0], args
	}
	for _, o := range p.Others {
		find(join(o.Table, "o", o.Product), "o."+ident(o.Column), "")
	}
	if ms != nil {
		find(join(ms.Table, "m", ms.Product), "m."+ident(ms.Category), ms.RefersTo)
	}
	if len(parts) == 0 {
		return "", nil
	}
	key := "SELECT p." + ident(p.ID) + " k FROM "
	if len(parts) == 1 { // as UNION makes it
		key = "SELECT DISTINCT p." + ident(p.ID) + " k FROM "
	}
	return fmt.Sprintf("(%s) f JOIN %s ON %s", key+strings.Join(parts, " UNION "+key), products, c.d.joined("p."+ident(p.ID), "f.k")), args
}

// names is the condition that a column names a category, "" where the category
// is gone and the column names it by another key than its id.
func (c *Catalog) names(id taxonomy.ID, column, refersTo string) (where string, args []any) {
	if row, ok := c.rows[id]; ok {
		args = []any{c.keyValue(row, refersTo)}
	} else if refersTo == "" {
		t, _ := c.schema.table(c.mapping.Categories.Table)
		col, _ := t.column(c.mapping.Categories.ID)
		args = c.d.keysOf(col, string(id))
	}
	same := make([]string, len(args))
	for i := range args {
		same[i] = c.d.joined(column, "?")
	}
	if len(same) == 0 {
		return "", nil
	}
	return "(" + strings.Join(same, " OR ") + ")", args
}
