package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// categoryRow is what recat copies of a category's own row: the values that
// identify it, as the database holds them.
type categoryRow struct {
	ident []any
	id    any
	keys  []any // one per Mapping.Categories.Keys
}

// Categories loads the tree by its parent column.
func (c *Catalog) Categories(ctx context.Context) (*migrate.Categories, error) {
	l := &treeLoader{c: c, out: &migrate.Categories{
		Closed: map[taxonomy.ID]bool{}, Protected: map[taxonomy.ID]bool{}, Marked: map[taxonomy.ID]bool{},
		Ignored: map[taxonomy.ID]bool{}, HiddenChildren: map[taxonomy.ID][]string{},
	}, rows: map[taxonomy.ID]categoryRow{}, byKey: map[string]taxonomy.ID{}}
	if err := l.read(ctx); err != nil {
		return nil, fmt.Errorf("read the categories: %w", c.d.failure(err))
	}
	if err := l.build(); err != nil {
		return nil, err
	}
	c.rows, c.tree, c.digest, c.plots = l.rows, l.out.Tree, l.digest, l.plots
	return l.out, nil
}

// treeLoader reads category rows and makes the tree of them.
type treeLoader struct {
	c       *Catalog
	out     *migrate.Categories
	rows    map[taxonomy.ID]categoryRow
	byKey   map[string]taxonomy.ID // rendered parent key to id
	records []taxonomy.Record
	parents []any
	hidden  []hiddenRow
	plots   []*plot
	paths   map[string]int // of a path tree: how often each is there
	digest  string
}

type hiddenRow struct {
	id     string
	parent any
}

func (l *treeLoader) query() (string, int) {
	m := l.c.mapping.Categories
	t, _ := l.c.schema.table(m.Table)
	cols := []string{}
	for _, name := range t.ident() {
		cols = append(cols, l.c.d.plain("c."+ident(name)))
	}
	cols = append(cols, l.c.d.plain("c."+ident(m.ID)))
	for _, k := range m.Keys {
		cols = append(cols, l.c.d.plain("c."+ident(k.Column)))
	}
	parent := "NULL"
	if m.Parent != "" {
		parent = l.c.d.plain("c." + ident(m.Parent))
	} else if m.PathTree != nil {
		parent = l.c.d.plain("c." + ident(m.PathTree.Column))
	}
	ignore := "FALSE"
	if ms := l.c.mapping.Memberships; ms != nil {
		ignore = l.c.predicate(ms.IgnoreExpr, "FALSE")
	}
	cols = append(cols, parent, l.c.expr(m.Name), l.c.predicate(m.Where, "TRUE"), l.c.predicate(m.Protect, "FALSE"),
		l.c.predicate(m.Open, "TRUE"), l.c.setSatisfied("c.", m.SoftRemove), l.c.setSatisfied("c.", m.Close), ignore)
	for _, name := range l.c.mapping.treeColumns() {
		cols = append(cols, l.c.d.plain("c."+ident(name)))
	}
	order := make([]string, 0, 2*len(m.Order)+1)
	for _, name := range m.Order {
		col := "c." + ident(name)
		order = append(order, "CASE WHEN "+col+" IS NULL THEN 0 ELSE 1 END", col) // NULL first, on every engine
	}
	order = append(order, "c."+ident(m.ID))
	return fmt.Sprintf("SELECT %s FROM %s c ORDER BY %s", strings.Join(cols, ", "), t.sql(), strings.Join(order, ", ")), len(cols)
}

// setSatisfied is true of a row on which every assignment already holds; a
// `now` holds where there is any value.
func (c *Catalog) setSatisfied(prefix string, set []Assignment) string {
	if len(set) == 0 {
		return "FALSE"
	}
	out := make([]string, len(set))
	for i, a := range set {
		if a.Value.Now {
			out[i] = prefix + ident(a.Column) + " IS NOT NULL"
		} else {
			out[i] = c.d.same(prefix+ident(a.Column), c.d.literal(a.Value))
		}
	}
	return "(" + strings.Join(out, " AND ") + ")"
}

func (l *treeLoader) read(ctx context.Context) error {
	m := l.c.mapping.Categories
	t, _ := l.c.schema.table(m.Table)
	query, n := l.query()
	h := sha256.New()
	for row, err := range eachRow(ctx, l.c.conn, n, query) {
		if err != nil {
			return err
		}
		addRow(h, row)
		k := len(t.ident())
		r := categoryRow{ident: slices.Clone(row[:k]), id: row[k], keys: slices.Clone(row[k+1 : k+1+len(m.Keys)])}
		l.add(r, row[k+1+len(m.Keys):])
	}
	l.digest = fmt.Sprintf("%x", h.Sum(nil))
	return nil
}

// add takes a row: parent, name, where, protect, open, marked, closed, ignore,
// then what encodings of the tree hold.
func (l *treeLoader) add(r categoryRow, rest []any) {
	id := taxonomy.ID(renderRaw(r.id))
	parent, name := rest[0], rest[1]
	l.plot(id, r, parent, rest[8:])
	if !truth(rest[2]) {
		l.hidden = append(l.hidden, hiddenRow{id: string(id), parent: parent})
		return
	}
	l.rows[id] = r
	l.byKey[l.ownKey(r)] = id
	l.parents = append(l.parents, parent)
	l.plots[len(l.plots)-1].outside, l.plots[len(l.plots)-1].marked = false, truth(rest[5])
	l.records = append(l.records, taxonomy.Record{
		Node: taxonomy.Node{ID: id, Name: renderRaw(name)}, NullName: name == nil,
	})
	l.out.Protected[id] = truth(rest[3])
	l.out.Closed[id] = !truth(rest[4]) || truth(rest[6])
	l.out.Marked[id] = truth(rest[5])
	ms := l.c.mapping.Memberships
	l.out.Ignored[id] = truth(rest[7]) || (ms != nil && slices.Contains(ms.Ignore, string(id)))
}

// ownKey is the rendering by which children name this category.
func (l *treeLoader) ownKey(r categoryRow) string {
	if pt := l.c.mapping.Categories.PathTree; pt != nil {
		return renderRaw(l.plots[len(l.plots)-1].cells[0])
	}
	return renderRaw(l.c.keyValue(r, l.c.mapping.Categories.ParentKey))
}

// keyValue is the value by which refersTo names a category.
func (c *Catalog) keyValue(r categoryRow, refersTo string) any {
	i := slices.IndexFunc(c.mapping.Categories.Keys, func(k Key) bool { return k.Name == refersTo })
	if i < 0 {
		return r.id
	}
	return r.keys[i]
}

func (l *treeLoader) build() error {
	for i := range l.records {
		l.records[i].Parent = l.parentOf(l.parents[i])
	}
	if d := taxonomy.Check(l.records).Fatal(); len(d) > 0 {
		l.out.Broken = fmt.Errorf("table %s: %w", l.c.mapping.Categories.Table, d)
		if !tolerable(d) {
			return l.out.Broken
		}
		l.records = sound(l.records)
	}
	tree, err := taxonomy.New(taxonomy.Nodes(l.records))
	if err != nil {
		return err
	}
	l.out.Tree = tree
	l.settle(tree)
	for _, h := range l.hidden {
		if p := l.parentOf(h.parent); tree.Has(p) {
			l.out.HiddenChildren[p] = append(l.out.HiddenChildren[p], h.id)
		}
	}
	return nil
}

func (l *treeLoader) parentOf(raw any) taxonomy.ID {
	if pt := l.c.mapping.Categories.PathTree; pt != nil {
		return l.pathParent(pt, raw)
	}
	if l.isRoot(raw) {
		return ""
	}
	key := renderRaw(raw)
	if id, ok := l.byKey[key]; ok {
		return id
	}
	return taxonomy.ID(key) // a parent that is not there: the check says so
}

func (l *treeLoader) isRoot(raw any) bool {
	return slices.ContainsFunc(l.c.mapping.Categories.Root, func(r *string) bool {
		return (r == nil && raw == nil) || (r != nil && raw != nil && renderRaw(raw) == *r)
	})
}

// Occupied finds the categories that hold a product directly.
func (c *Catalog) Occupied(ctx context.Context, in []taxonomy.ID) (map[taxonomy.ID]bool, error) {
	out := map[taxonomy.ID]bool{}
	for _, id := range in {
		row, ok := c.rows[id]
		if !ok {
			continue
		}
		held, err := c.holds(ctx, row)
		if err != nil {
			return nil, c.d.failure(err)
		}
		out[id] = held
	}
	return out, nil
}

func (c *Catalog) holds(ctx context.Context, row categoryRow) (bool, error) {
	m := c.mapping
	var parts []string
	var args []any
	ask := func(table, column, refersTo string) {
		parts = append(parts, fmt.Sprintf("EXISTS (SELECT 1 FROM %s WHERE %s)", c.schema.sql(table), c.d.joined(ident(column), "?")))
		args = append(args, c.keyValue(row, refersTo))
	}
	if p := m.Products; p != nil {
		if p.Category != "" {
			ask(p.Table, p.Category, "")
		}
		if p.Primary != "" {
			ask(p.Table, p.Primary, "")
		}
		for _, o := range p.Others {
			ask(o.Table, o.Column, "")
		}
	}
	if ms := m.Memberships; ms != nil {
		ask(ms.Table, ms.Category, ms.RefersTo)
	}
	if len(parts) == 0 {
		return false, nil
	}
	return one[bool](ctx, c.conn, "SELECT "+strings.Join(parts, " OR "), args...)
}
