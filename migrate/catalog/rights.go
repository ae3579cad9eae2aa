package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// need is what a role must be allowed on one table: to read it, and to write
// what a run and its undo write.
type need struct {
	table  *table
	update []string // columns, in the table's order
	insert bool
	delete bool
	locked bool // a run keeps others from writing it, whether or not it writes any column
}

// writes reports whether the table is written, or kept from being written.
func (n need) writes() bool { return n.locked || len(n.update) > 0 || n.insert || n.delete }

// whole reports whether every column that a row stores is updated.
func (n need) whole() bool { return len(n.update) == len(n.table.stored()) }

// needs lists what runs through the mapping need, and undoing them, by table
// in name order. unknown are names in expressions that are no table's: views.
func (c *Catalog) needs() (list []need, unknown []string) {
	l := &needList{c: c, of: map[*table]*need{}}
	l.mapped()
	for _, name := range c.mapping.namedInExpressions() {
		if l.at(name) == nil {
			unknown = append(unknown, name)
		}
	}
	for _, w := range c.mapping.writes() {
		l.write(w)
	}
	l.triggers()
	l.around()
	for _, t := range c.schema.tables {
		if n := l.of[t]; n != nil {
			slices.SortFunc(n.update, func(a, b string) int { return t.place(a) - t.place(b) })
			list = append(list, *n)
		}
	}
	return list, distinct(unknown)
}

// place is where a column stands in its table.
func (t *table) place(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return t.alike(c.name, name) })
}

// needList gathers needs.
type needList struct {
	c  *Catalog
	of map[*table]*need
}

// at finds what is needed of a table, which is read at least; nil where there
// is no such table.
func (l *needList) at(name string) *need {
	t, ok := l.c.schema.table(name)
	if !ok {
		return nil
	}
	if l.of[t] == nil {
		l.of[t] = &need{table: t}
	}
	return l.of[t]
}

// mapped enters the tables that the mapping names.
func (l *needList) mapped() {
	m := l.c.mapping
	l.at(m.Categories.Table)
	if m.Products != nil {
		l.at(m.Products.Table)
	}
	for _, r := range m.References {
		l.at(r.Table)
	}
	for _, k := range m.Links {
		l.at(k.Table)
	}
	for _, h := range m.Holds {
		l.at(h.Table)
	}
	if a := m.Attributes; a != nil {
		l.at(a.Required.Table)
		l.at(a.Has.Table)
	}
	for _, p := range m.closures() {
		l.at(p.Table)
	}
}

// write enters a write and what undoes it: rows that go come back, and rows
// that come go again.
func (l *needList) write(w write) {
	n := l.at(w.table)
	if n == nil {
		return
	}
	n.locked = true
	if w.op != "UPDATE" {
		n.insert, n.delete = true, true
		return
	}
	columns := w.columns
	if ms := l.c.mapping.Memberships; ms != nil && strings.EqualFold(ms.Table, w.table) {
		columns = n.table.stored() // they are kept, and given back, whole
	}
	for _, name := range columns {
		n.add(name)
	}
	for _, col := range n.table.columns {
		if col.renews { // an update names it, so that it does not
			n.add(col.name)
		}
	}
	if n.whole() { // a row that is gone can be put back
		n.insert = true
	}
}

// add enters a column that is updated.
func (n *need) add(name string) {
	col, ok := n.table.column(name)
	if ok && !slices.Contains(n.update, col.name) {
		n.update = append(n.update, col.name)
	}
}

// triggers enters what declared triggers write in the role's name.
func (l *needList) triggers() {
	for _, g := range l.c.mapping.Triggers {
		for _, name := range g.Writes {
			if n := l.at(name); n != nil {
				n.insert, n.delete, n.update = true, true, n.table.stored()
				continue
			}
			for _, n := range l.of {
				if slices.ContainsFunc(n.table.triggers, func(known trigger) bool { return known.name == g.Name }) {
					n.add(name)
				}
			}
		}
	}
}

// around enters the tables that foreign keys lead to from what is written, and
// those from which they lead to what is deleted: a run asks whether they hold.
func (l *needList) around() {
	var written []need
	for _, n := range l.of {
		if n.writes() {
			written = append(written, *n)
		}
	}
	for _, n := range written {
		for _, k := range n.table.keys {
			l.at(k.to)
		}
		for _, t := range l.c.schema.user() {
			if n.delete && slices.ContainsFunc(t.keys, func(k foreignKey) bool { return strings.EqualFold(k.to, n.table.name) }) {
				l.at(t.name)
			}
		}
	}
}

// expressions lists every expression that the mapping has.
func (m *Mapping) expressions() []string {
	c := m.Categories
	out := []string{c.Name, c.Where, c.Protect, c.Open, c.URL}
	if p := m.Products; p != nil {
		out = append(out, p.Title, p.Where, p.Live, p.State, p.Seller, p.URL)
		for _, f := range p.Fields {
			out = append(out, f.Expr)
		}
	}
	if m.Memberships != nil {
		out = append(out, m.Memberships.IgnoreExpr)
	}
	for _, d := range m.Delist {
		out = append(out, d.Where)
	}
	for _, r := range m.References {
		out = append(out, r.Where)
	}
	for _, h := range m.Holds {
		out = append(out, h.Where)
	}
	if a := m.Attributes; a != nil {
		out = append(out, a.Required.Name, a.Required.Where, a.Has.Where)
	}
	return out
}

// namedInExpressions lists what stands behind FROM and JOIN in the mapping's
// expressions: tables, with their schema where one is named.
func (m *Mapping) namedInExpressions() []string {
	var out []string
	for _, e := range m.expressions() {
		out = append(out, fromNames(sqlWords(e))...)
	}
	return distinct(out)
}

// fromNames finds the names in the FROM clauses of subqueries.
func fromNames(words []sqlWord) []string {
	var out []string
	listing := []bool{false} // by depth of parentheses: in a FROM clause
	due := false             // a table's name comes next
	for i := 0; i < len(words); i++ {
		depth := len(listing) - 1
		switch word := words[i].keyword(); {
		case word == "(":
			listing, due = append(listing, false), false
		case word == ")":
			listing, due = listing[:max(depth, 1)], false
		case word == "FROM", strings.HasSuffix(word, "JOIN"):
			listing[depth], due = true, true
		case word == ",":
			due = listing[depth]
		case slices.Contains([]string{"WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT"}, word):
			listing[depth], due = false, false
		case due && word != "LATERAL" && word != "ONLY":
			name := words[i].text
			for i+2 < len(words) && words[i+1].text == "." {
				name, i = name+"."+words[i+2].text, i+2
			}
			if alias, _, ok := strings.Cut(name, "."); !ok || (alias != "c" && alias != "p") { // EXTRACT(year FROM p.since)
				out = append(out, name)
			}
			due = false
		}
	}
	return out
}

// allowed refuses to go on where the role lacks a right that a run, or its
// undo, needs, before anybody waits for midnight to hear so.
func (c *Catalog) allowed(ctx context.Context) error {
	if c.asked || c.mapping == nil {
		return nil
	}
	list, _ := c.needs()
	role, missing, err := c.d.lacks(ctx, c.conn, list)
	if err != nil {
		return fmt.Errorf("ask for the role's rights: %w", c.d.failure(err))
	}
	if len(missing) > 0 {
		return &migrate.RefusedError{Refusals: []migrate.Refusal{{
			What: fmt.Sprintf("the role %s lacks rights that a run or its undo needs", role), Rows: missing, Answer: RightsAnswer}}}
	}
	c.asked = true
	return nil
}

// RightsAnswer says what helps where the database refuses for want of a right.
const RightsAnswer = "recat map --grants prints the rights that recat needs"

// ofTable names a right on a table.
func ofTable(right, table string) string { return right + " on " + table }
