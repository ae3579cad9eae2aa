package catalog

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// placeholder is {old.x} or {target.x} in a redirect's text: x is id, name,
// url, or a column of the categories table.
var placeholder = regexp.MustCompile(`\{(old|target)\.([^{}]+)\}`)

// dotted is whatever looks like a placeholder.
var dotted = regexp.MustCompile(`\{[^{}.]*\.[^{}]*\}`)

// redirects checks the table and its placeholders, so that no page is sent to
// a misspelt one on the day.
func (f *fitter) redirects(r *Redirects) {
	t := f.table(r.Table)
	f.set(t, r.Insert)
	if t != nil && !t.numbered() {
		f.fault(r.Table, "table %q has no key of one integer to find an inserted redirect by", t.name)
	}
	cats, ok := f.c.schema.table(f.m.Categories.Table)
	if !ok {
		return
	}
	for _, a := range r.Insert {
		for _, found := range dotted.FindAllString(a.Value.Value.S, -1) {
			part := placeholder.FindStringSubmatch(found)
			if part == nil {
				f.fault(a.Value.Value.S, "%s is no placeholder: say {old.…} or {target.…}", found)
				continue
			}
			switch what := strings.ToLower(part[2]); what {
			case "id", "name":
			case "url":
				if f.m.Categories.URL == "" {
					f.fault(a.Value.Value.S, "%s needs categories.url", found)
				}
			default:
				if _, ok := cats.column(part[2]); !ok {
					f.fault(a.Value.Value.S, "%s: table %q has no column %q", found, cats.name, part[2])
				}
			}
		}
	}
}

// redirectValue fills an assignment's placeholders. A text that names the
// target of a page that is gone is NULL.
func (st *stage) redirectValue(ctx context.Context, t *transaction, tab *table, a Assignment, line *migrate.CategoryChange) (any, error) {
	if a.Value.Now {
		return t.nowFor(tab, a.Column), nil
	}
	if a.Value.Value.Kind != migrate.Text {
		return rawOf(a.Value.Value), nil
	}
	text, gone := a.Value.Value.S, false
	var failed error
	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		part := placeholder.FindStringSubmatch(found)
		id := line.ID
		if part[1] == "target" {
			id = line.Successor
		}
		if id == "" {
			gone = true
			return ""
		}
		s, err := st.c.categoryText(ctx, id, part[2])
		if err != nil {
			failed = err
		}
		return s
	})
	switch {
	case failed != nil:
		return nil, failed
	case gone:
		return nil, nil
	}
	return filled, nil
}

// URLs gives the pages of categories.
func (c *Catalog) URLs(ctx context.Context, of []taxonomy.ID) (map[taxonomy.ID]string, error) {
	if c.mapping.Categories.URL == "" {
		return nil, nil
	}
	out := make(map[taxonomy.ID]string, len(of))
	for _, id := range of {
		if _, ok := c.rows[id]; !ok {
			continue
		}
		url, err := c.categoryText(ctx, id, "url")
		if err != nil {
			return nil, c.d.failure(err)
		}
		if url != "" {
			out[id] = url
		}
	}
	return out, nil
}

func rawOf(v migrate.Value) any {
	switch v.Kind {
	case migrate.Int, migrate.Bool:
		return v.I
	case migrate.Float:
		return v.F
	case migrate.Text:
		return v.S
	}
	return nil
}

// categoryText is what a placeholder stands for, of one category.
func (c *Catalog) categoryText(ctx context.Context, id taxonomy.ID, what string) (string, error) {
	m := c.mapping.Categories
	tab, _ := c.schema.table(m.Table)
	expr := ""
	switch strings.ToLower(what) {
	case "id":
		return string(id), nil
	case "name":
		expr = c.expr(m.Name)
	case "url":
		expr = c.expr(m.URL)
	default:
		if _, ok := tab.column(what); !ok {
			return "", migrate.Refuse("redirects: %q is neither id, name, url nor a column of %s", what, tab.name)
		}
		expr = "c." + ident(what)
	}
	row := c.rows[id].ident
	where := make([]string, len(row))
	for i, name := range tab.ident() {
		where[i] = c.d.joined("c."+ident(name), "?")
	}
	text := ""
	for raw, err := range eachRow(ctx, c.conn, 1, fmt.Sprintf("SELECT %s FROM %s c WHERE %s", expr, tab.sql(), strings.Join(where, " AND ")), row...) {
		if err != nil {
			return "", err
		}
		text = renderRaw(raw[0])
	}
	return text, nil
}
