package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Draft is a mapping drafted from a database, for a person to finish.
type Draft struct {
	Text       []byte // YAML; what could not be known is ?
	Tables     int
	References int      // found by foreign key
	Questions  []string // the fields left open, with what the catalog holds
	Preset     string   // the preset that fits as it is, in words; "" where none does
}

// DraftMapping looks at tables, columns and foreign keys and drafts a
// mapping, from a preset where one fits. It is a RefusedError where Identify
// is.
func DraftMapping(ctx context.Context, t Target, o Options) (Draft, error) {
	o.ReadOnly = true
	c, err := Open(ctx, t, nil, o)
	if err != nil {
		return Draft{}, err
	}
	defer c.Close()
	d := &drafter{c: c, draft: Draft{Tables: len(c.schema.user())}}
	m, found, err := c.schema.recognise()
	switch {
	case err == nil:
		if d.fromPreset(ctx, m, found) {
			d.draft.Text = d.out.Bytes()
			return d.draft, nil
		}
	case !errors.Is(err, ErrUnrecognised):
		return Draft{}, err
	}
	if err := d.write(ctx); err != nil {
		return Draft{}, err
	}
	d.draft.Text = d.out.Bytes()
	return d.draft, nil
}

// fromPreset drafts a mapping that starts from a preset: the foreign keys that
// the preset does not know are added to its references, to be answered. It
// reports whether the preset fits at all.
func (d *drafter) fromPreset(ctx context.Context, m *Mapping, found Recognised) bool {
	through := *d.c // the same connection, through the preset
	through.mapping, through.given = m.resolved(d.c.schema).present(d.c.schema), m
	if through.fit(ctx) != nil {
		return false
	}
	unknown := through.unknownKeys()
	if found.Preset == "plain" { // two tables make no platform: look at the others
		d.guessCategories()
		d.guessProducts()
		if len(unknown) > 0 || d.memberships != nil {
			return false
		}
	}
	d.line("preset: %s", found.Preset)
	for name, value := range found.Params {
		d.line("%s: %s", name, scalar(value))
	}
	if len(unknown) == 0 {
		d.draft.Preset = found.Words()
		return true
	}
	d.line("references:")
	d.line("  - preset   # those that the preset has")
	for _, p := range unknown {
		d.line("  - {table: %s, column: %s, on_remove: ?}   # delete, null, repoint, restrict, set or keep", scalar(p.table), scalar(p.column))
		d.draft.Questions = append(d.draft.Questions, fmt.Sprintf("references   what becomes of %s.%s when its category goes?", p.table, p.column))
	}
	d.draft.References = len(unknown)
	return true
}

// drafter guesses which tables are which.
type drafter struct {
	c     *Catalog
	draft Draft
	out   bytes.Buffer

	categories  *table
	products    *table
	memberships *table
	productKey  string // the memberships' columns
	categoryKey string
	category    string // the products' column, where they have one
}

func (d *drafter) line(format string, args ...any) { fmt.Fprintf(&d.out, format+"\n", args...) }

func (d *drafter) write(ctx context.Context) error {
	d.guessCategories()
	d.guessProducts()
	d.line("# Drafted from the tables of the catalog. Answer every ? before use.")
	if d.categories == nil {
		d.draft.Questions = append(d.draft.Questions, "categories")
		d.line("categories: ?   # which table holds the tree? There are: %s", comment(strings.Join(d.tableNames(), ", ")))
		return nil
	}
	d.writeCategories()
	if d.products == nil {
		d.draft.Questions = append(d.draft.Questions, "products")
		d.line("products: ?   # which table holds the products?")
		return nil
	}
	if err := d.writeProducts(ctx); err != nil {
		return err
	}
	d.writeMemberships()
	d.line("delist: ?   # which assignment takes a product off sale?   for instance - {set: {status: delisted}}")
	d.draft.Questions = append(d.draft.Questions, "delist          which assignment takes a product off sale?")
	d.writeReferences()
	d.writeTriggers()
	return nil
}

func (d *drafter) tableNames() []string {
	var out []string
	for _, t := range d.c.schema.user() {
		out = append(out, t.name)
	}
	return out
}

// nameScore rates how well a name says a word, so that of several tables the
// plainest is taken.
func nameScore(name string, words ...string) int {
	best, lower := 0, strings.ToLower(name)
	for i, w := range words {
		score := 0
		switch {
		case lower == w:
			score = 100
		case strings.HasSuffix(lower, w):
			score = 60 - len(lower)
		case strings.Contains(lower, w):
			score = 40 - len(lower)
		}
		best = max(best, score-i)
	}
	return best
}

// guessCategories looks for a table that points at itself and is named so.
func (d *drafter) guessCategories() {
	best := 0
	for _, t := range d.c.schema.user() {
		score := nameScore(t.name, "categories", "category", "taxons", "taxon", "taxonomy")
		if slices.ContainsFunc(t.keys, func(k foreignKey) bool { return strings.EqualFold(k.to, t.name) }) {
			score += 50
		}
		if d.parentColumn(t) != "" {
			score += 30
		}
		for _, other := range d.c.schema.user() {
			if slices.ContainsFunc(other.keys, func(k foreignKey) bool { return strings.EqualFold(k.to, t.name) }) {
				score += 5
			}
		}
		if score > best && score >= 60 {
			best, d.categories = score, t
		}
	}
}

func (d *drafter) parentColumn(t *table) string {
	for _, k := range t.keys {
		if strings.EqualFold(k.to, t.name) && len(k.columns) == 1 {
			return k.columns[0]
		}
	}
	for _, c := range t.columns {
		if strings.Contains(strings.ToLower(c.name), "parent") {
			return c.name
		}
	}
	return ""
}

// guessProducts looks for a table that points at the categories, or that a
// table between the two points at.
func (d *drafter) guessProducts() {
	if d.categories == nil {
		return
	}
	best := 0
	for _, t := range d.c.schema.user() {
		if t == d.categories {
			continue
		}
		score := nameScore(t.name, "products", "product", "items", "item", "listings", "listing")
		if d.parentColumn(t) != "" {
			score -= 30 // a menu's items, say
		}
		if score > best && len(t.key) == 1 {
			best, d.products = score, t
		}
	}
	if d.products == nil {
		return
	}
	d.category = pointing(d.products, d.categories)
	for _, t := range d.c.schema.user() {
		p, c := pointing(t, d.products), pointing(t, d.categories)
		if t != d.products && p != "" && c != "" && p != c && d.memberships == nil {
			d.memberships, d.productKey, d.categoryKey = t, p, c
		}
	}
}

// pointing is the column of t that points at the other table: by a foreign
// key, else by its name or by being called like the other's key.
func pointing(t, to *table) string {
	for _, k := range t.keys {
		if strings.EqualFold(k.to, to.name) && len(k.columns) == 1 {
			return k.columns[0]
		}
	}
	if c, ok := t.column(idColumn(to)); ok && !strings.EqualFold(c.name, "id") && !slices.Equal(t.key, []string{c.name}) {
		return c.name
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(to.name), "s"), "ie")
	for _, c := range t.columns {
		lower := strings.ToLower(c.name)
		if lower == stem+"_id" || lower == stem+"y_id" || lower == stem+"id" || lower == stem+"yid" {
			return c.name
		}
	}
	return ""
}
