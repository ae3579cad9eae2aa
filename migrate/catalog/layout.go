package catalog

import (
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// layout names the columns of a snapshot's product table:
//
//	n                place in canonical order, from 1
//	i1 …             what identifies the row (table.ident)
//	k                the product's id, raw
//	cat, prim        category and primary columns, raw
//	live, state, hidden
//	seller, title, url  where they are asked for
//	f1 …             the fields that rules read
//	w1 …             the columns that a delisting writes
//	t1 …             columns that are written but are no before-values:
//	                 touched ones, and those that declared triggers write
//	seller, title, url  where a run is to record them and nothing asked
type layout struct {
	c       *Catalog
	t       *table
	ids     []string
	fields  []Field
	delist  []string // columns of the products' own table, sorted
	touched []string
	all     taxonomy.ID // the category that all products are in; "" where they differ
	bare    bool        // titles and sellers are left out
	pages   bool        // urls are told
	records bool        // a run is to record titles, sellers and urls
	asState int         // the column of delist that is the state too; -1 for none
	known   map[string]written
	seen    map[string]*string // renderings of statuses and the like, which repeat
}

func (c *Catalog) layout(fields []string) *layout {
	p := c.mapping.Products
	t, _ := c.schema.table(p.Table)
	l := &layout{c: c, t: t, ids: t.ident(), seen: map[string]*string{}, known: map[string]written{}}
	for _, f := range p.Fields {
		if slices.Contains(fields, f.Name) {
			l.fields = append(l.fields, f)
		}
	}
	l.delist = c.delistColumns()
	l.asState = stateColumn(l.delist, p)
	for _, name := range append(columnsOf(p.Touch), c.triggerColumns(t)...) {
		if !slices.Contains(l.delist, name) && !slices.Contains(l.touched, name) && name != p.Category && name != p.Primary {
			l.touched = append(l.touched, name)
		}
	}
	return l
}

// ownDelist reports whether an assignment writes the product's own row,
// whatever the row holds. One with a condition is treated like another
// table's: it has rows that it writes, and rows that it leaves.
func (c *Catalog) ownDelist(d Delist) bool {
	return d.Table == "" || (d.Where == "" && strings.EqualFold(d.Table, c.mapping.Products.Table) && strings.EqualFold(d.Product, c.mapping.Products.ID))
}

// delistColumns lists, sorted, the columns of the products' own table that
// a delisting writes.
func (c *Catalog) delistColumns() []string {
	var out []string
	for _, d := range c.mapping.Delist {
		if c.ownDelist(d) {
			out = append(out, columnsOf(d.Set)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// triggerColumns lists the columns of t that declared triggers on it write.
func (c *Catalog) triggerColumns(t *table) []string {
	var out []string
	for _, g := range c.mapping.Triggers {
		on := slices.ContainsFunc(t.triggers, func(known trigger) bool { return known.name == g.Name })
		for _, w := range g.Writes {
			if _, isTable := c.schema.table(w); on && !isTable {
				out = append(out, w)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// names lists the snapshot's columns after n.
func (l *layout) names() []string {
	out := numbered("i", len(l.ids))
	out = append(out, "k", "cat", "prim", "live", "state")
	if !l.bare {
		out = append(out, "seller", "title")
	}
	out = append(out, "hidden")
	if l.pages {
		out = append(out, "url")
	}
	out = append(out, numbered("f", len(l.fields))...)
	out = append(out, numbered("w", len(l.delist))...)
	out = append(out, numbered("t", len(l.touched))...)
	return append(out, l.unasked()...)
}

// unasked lists the columns that are copied only to be recorded. They are last,
// and nobody minds when they change.
func (l *layout) unasked() []string {
	var out []string
	for _, name := range l.recorded() {
		if name == "url" && !l.pages || name != "url" && l.bare {
			out = append(out, name)
		}
	}
	return out
}

// recorded lists the columns that a run keeps of a product that it may lose.
func (l *layout) recorded() []string {
	if !l.records {
		return nil
	}
	var out []string
	for _, name := range []string{"title", "seller", "url"} {
		if l.c.mapping.Products.tells(name) != "" {
			out = append(out, name)
		}
	}
	return out
}

// tells is the expression that gives a product's title, seller or page.
func (p *Products) tells(name string) string {
	return map[string]string{"title": p.Title, "seller": p.Seller, "url": p.URL}[name]
}

// tables are the temporary tables of the products: those selected one by one,
// the selected, and their rows.
func (l *layout) tables(also, selected, rows string) []tempTable {
	from := l.t.sql() + " p"
	key := typedColumn{"k", "p." + ident(l.c.mapping.Products.ID)}
	n := []typedColumn{number("n")}
	ids := typedColumns(numbered("i", len(l.ids)), prefixed("p.", l.ids))
	return []tempTable{
		{also, nil, []typedColumn{key}, from, nil},
		{selected, []string{"n"}, append(slices.Clone(n), ids...), from, nil},
		{rows, []string{"n"}, append(slices.Clone(n), typedColumns(l.names(), l.exprs())...), from, nil},
	}
}

// exprs gives, column by column, how the catalog's row p yields them.
func (l *layout) exprs() []string {
	p := l.c.mapping.Products
	var out []string
	for _, name := range l.ids {
		out = append(out, "p."+ident(name))
	}
	col := func(name string) string {
		if name == "" {
			return "NULL"
		}
		return "p." + ident(name)
	}
	hidden := "FALSE"
	if p.Where != "" {
		hidden = "NOT " + l.c.predicate(p.Where, "TRUE")
	}
	out = append(out, col(p.ID), col(p.Category), col(p.Primary), l.c.predicate(p.Live, "FALSE"), l.c.expr(p.State))
	if !l.bare {
		out = append(out, l.c.expr(p.Seller), l.c.expr(p.Title))
	}
	out = append(out, hidden)
	if l.pages {
		out = append(out, l.c.expr(p.URL))
	}
	for _, f := range l.fields {
		out = append(out, l.c.expr(f.Expr))
	}
	for _, name := range append(slices.Clone(l.delist), l.touched...) {
		out = append(out, "p."+ident(name))
	}
	for _, name := range l.unasked() {
		out = append(out, l.c.expr(p.tells(name)))
	}
	return out
}

// read is how many of the columns were asked for, or are written.
func (l *layout) read() int { return len(l.names()) - len(l.unasked()) }

// compared is how many of them are before-values: all but the touched.
func (l *layout) compared() int { return l.read() - len(l.touched) }

// told lists the columns that a product is made of, in the order in which
// product takes them. What identifies the row, what is only put back by undo,
// and what the mapping has no use for is left out: a million rows pass here.
func (l *layout) told() []string {
	p := l.c.mapping.Products
	out := []string{"k", "live", "state"}
	for _, c := range []struct {
		name string
		has  bool
	}{{"cat", p.Category != "" && l.all == ""}, {"prim", p.Primary != ""}, {"seller", p.Seller != "" && !l.bare}, {"title", !l.bare}, {"hidden", p.Where != ""}, {"url", l.pages}} {
		if c.has {
			out = append(out, c.name)
		}
	}
	out = append(out, numbered("f", len(l.fields))...)
	for i := range l.delist {
		if i != l.asState {
			out = append(out, fmt.Sprintf("w%d", i+1))
		}
	}
	return out
}

// product makes a migrate.Product of a row, whose columns are those of told.
// Its place in the snapshot is the caller's to say.
func (l *layout) product(row []any) *migrate.Product {
	at := 0
	take := func() any {
		at++
		return row[at-1]
	}
	m := l.c.mapping.Products
	p := &migrate.Product{ID: renderRaw(take()), Live: truth(take()), Placement: migrate.Placement{Category: l.all}}
	state := take()
	p.State = valueOf(state)
	if m.Category != "" && l.all == "" {
		p.Category = l.c.placed(take())
	}
	if m.Primary != "" {
		p.Primary = l.c.placed(take())
	}
	if m.Seller != "" && !l.bare {
		p.Seller = valueOf(take())
	}
	if !l.bare {
		p.Title = valueOf(take())
	}
	if m.Where != "" {
		p.Hidden = truth(take())
	}
	if l.pages {
		p.URL = valueOf(take())
	}
	if len(l.fields) > 0 {
		p.Fields = make(map[string]migrate.Value, len(l.fields))
		for _, f := range l.fields {
			p.Fields[f.Name] = typed(take(), fieldKinds[f.Type])
		}
	}
	p.Writes, p.Off = l.writes(row[at:], state)
	return p
}

// writes gives the before-values of the product's own row, and whether
// delisting it would write nothing new there.
func (l *layout) writes(values []any, state any) ([]migrate.Write, bool) {
	if len(l.c.mapping.Delist) == 0 {
		return nil, false
	}
	if len(l.delist) != 1 || len(l.c.mapping.Delist) != 1 {
		return l.writesOf(values, state)
	}
	was, ok := l.delistValue(0, values, state).(string)
	if !ok {
		return l.writesOf(values, state)
	}
	known, ok := l.known[was]
	if !ok {
		known.writes, known.off = l.writesOf(values, state)
		if len(l.known) < repeatedKept {
			l.known[was] = known
		}
	}
	return slices.Clip(known.writes), known.off // adding to it must not add to another's
}

// written is what delisting writes over, shared by all products that have the
// same value there: statuses are few.
type written struct {
	writes []migrate.Write
	off    bool
}

func (l *layout) writesOf(values []any, state any) ([]migrate.Write, bool) {
	off := true
	var out []migrate.Write
	for i, d := range l.c.mapping.Delist {
		if !l.c.ownDelist(d) {
			continue
		}
		w := migrate.Write{Delist: i, Values: make([]*string, 0, len(d.Set))}
		for _, a := range d.Set {
			raw := l.t.told(a.Column, l.delistValue(slices.Index(l.delist, a.Column), values, state))
			w.Values = append(w.Values, l.repeated(raw))
			off = off && satisfied(raw, a.Value)
		}
		out = append(out, w)
	}
	return out, off
}

// delistValue is the value of a column of delist, of those told.
func (l *layout) delistValue(i int, values []any, state any) any {
	switch {
	case i == l.asState:
		return state
	case l.asState >= 0 && i > l.asState:
		return values[i-1]
	}
	return values[i]
}

// repeatedKept bounds the renderings that are kept to be shared.
const repeatedKept = 1024

// repeated is rendering, sharing the result with other products'.
func (l *layout) repeated(raw any) *string {
	s, ok := raw.(string)
	if !ok {
		return rendering(raw)
	}
	if known, ok := l.seen[s]; ok {
		return known
	}
	r := rendering(raw)
	if len(l.seen) < repeatedKept {
		l.seen[s] = r
	}
	return r
}

// satisfied reports whether a value is already what an assignment sets.
func satisfied(raw any, l Literal) bool {
	if l.Now {
		return raw != nil
	}
	return valueOf(raw).Same(l.Value)
}

// selection is the FROM and WHERE that find the products filed in the
// categories of the temp table in, as row identities.
func (l *layout) selection(in string) string {
	p, ms := l.c.mapping.Products, l.c.mapping.Memberships
	ids := idents("p.", l.ids)
	var parts []string
	from := func(column string) {
		if column != "" {
			parts = append(parts, fmt.Sprintf("SELECT %s, p.%s k FROM %s p WHERE p.%s IN (SELECT id FROM %s)",
				ids, ident(p.ID), l.c.schema.sql(p.Table), ident(column), in))
		}
	}
	from(p.Category)
	from(p.Primary)
	parts = append(parts, l.otherSelections(in)...)
	if ms != nil {
		distinct := "" // as UNION makes it
		if len(parts) == 0 {
			distinct = "DISTINCT "
		}
		parts = append(parts, fmt.Sprintf("SELECT "+distinct+"%s, p.%s k FROM %s m JOIN %s p ON %s WHERE m.%s IN (SELECT %s FROM %s)",
			ids, ident(p.ID), l.c.schema.sql(ms.Table), l.c.schema.sql(p.Table), l.c.d.joined("p."+ident(p.ID), "m."+ident(ms.Product)), ident(ms.Category), l.c.inColumn(ms.RefersTo), in))
	}
	return strings.Join(parts, " UNION ")
}

// inColumn is the column of a temp category table that refersTo names.
func (c *Catalog) inColumn(refersTo string) string {
	i := slices.IndexFunc(c.mapping.Categories.Keys, func(k Key) bool { return k.Name == refersTo })
	if i < 0 {
		return "id"
	}
	return fmt.Sprintf("key%d", i+1)
}
