package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"recat/migrate"
)

// snapshot is a copy of part of the catalog in temporary tables:
//
//	recat_in_N      the selected categories: n, i1 …, id, key1 …
//	recat_also_N    keys of products selected one by one: k
//	recat_sel_N     the selected products in canonical order: n, i1 …; empty
//	                where they come in order by themselves (see inOrder)
//	recat_p_N       their rows (see layout)
//	recat_m_N       their memberships: pn, i1 …, cat, pos, flag
//	recat_d_N_J     their rows in the J-th other delist table: pn, i1 …, w1 …
//	recat_o_N_J     their rows in the J-th further table of primaries that name
//	                a selected category: pn, i1 …, cat
//	recat_y_N …     what targets require and products have (see attribute.go)
//	recat_r_N_G     rows that point at the categories (see references.go)
type snapshot struct {
	c       *Catalog
	no      int
	sel     migrate.Selection
	lay     *layout
	version int64 // see dialect.moved, when the copy was made
	made    []string
	// touchedSince says that columns that are no before-values have changed
	touchedSince bool
	tree         string
	texts        map[int]string // digests of the references inside texts, by their index in pointing
}

func (s *snapshot) name(kind string) string { return fmt.Sprintf("recat_%s_%d", kind, s.no) }

// Snapshot copies what the selection names in one read transaction, and ends
// it before anything is decided.
func (c *Catalog) Snapshot(ctx context.Context, sel migrate.Selection) (migrate.Snapshot, error) {
	if c.rows == nil {
		if _, err := c.Categories(ctx); err != nil {
			return nil, err
		}
	}
	c.snapshots++
	s := &snapshot{c: c, no: c.snapshots, sel: sel}
	if c.mapping.Products != nil {
		s.lay = c.layout(sel.Fields)
		s.lay.bare, s.lay.records, s.lay.pages = sel.Untitled, sel.Recorded, sel.URLs && c.mapping.Products.URL != ""
	}
	if err := s.take(ctx); err != nil {
		return nil, errors.Join(c.d.failure(err), s.Close())
	}
	return s, nil
}

// readings is how often a catalog is read again that changes while it is read.
const readings = 5

// take copies what the selection names, as it was at one instant.
func (s *snapshot) take(ctx context.Context) error {
	for range readings {
		if err := s.prepare(ctx); err != nil {
			return err
		}
		if err := s.c.d.inRead(ctx, s.c.conn, func() error { return s.copy(ctx) }); err != nil {
			return err
		}
		whole, err := s.c.d.asOne(ctx, s.c.conn, func() (bool, error) { return s.alike(ctx) })
		if err != nil || whole {
			return err
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return fmt.Errorf("the catalog kept changing through %d readings: %w", readings, migrate.ErrBusy)
}

// prepare makes the temporary tables.
func (s *snapshot) prepare(ctx context.Context) error {
	in := s.c.categoryTable(s.name("in"))
	in.indexed = append([]string{"id"}, numbered("key", len(s.c.mapping.Categories.Keys))...)
	tables := []tempTable{in}
	if s.lay != nil {
		tables = append(tables, s.lay.tables(s.name("also"), s.name("sel"), s.name("p"))...)
	}
	tables = append(tables, s.membershipTable()...)
	tables = append(tables, s.delistTables()...)
	tables = append(tables, s.otherTables()...)
	tables = append(tables, s.linkTables()...)
	tables = append(tables, s.attributeTables()...)
	tables = append(tables, s.referenceTables()...)
	tables = append(tables, s.textTables()...)
	for _, t := range tables {
		if err := s.make(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// make makes a temporary table, which Close drops.
func (s *snapshot) make(ctx context.Context, t tempTable) error {
	if err := s.c.d.makeTemp(ctx, s.c.conn, t); err != nil {
		return fmt.Errorf("make temporary tables: %w", err)
	}
	s.made = append(s.made, t.name)
	return nil
}

// number is a column of integers of a temporary table.
func number(name string) typedColumn { return typedColumn{name: name} }

// typed pairs the names of columns with expressions.
func typedColumns(names, exprs []string) []typedColumn {
	out := make([]typedColumn, len(names))
	for i, name := range names {
		out[i] = typedColumn{name, exprs[i]}
	}
	return out
}

// categoryTable holds what identifies categories: n, i1 …, id, key1 ….
func (c *Catalog) categoryTable(name string) tempTable {
	m := c.mapping.Categories
	cats, _ := c.schema.table(m.Table)
	ids := cats.ident()
	columns := append([]typedColumn{number("n")}, typedColumns(numbered("i", len(ids)), prefixed("c.", ids))...)
	columns = append(columns, typedColumn{"id", "c." + ident(m.ID)})
	for i, k := range m.Keys {
		columns = append(columns, typedColumn{fmt.Sprintf("key%d", i+1), "c." + ident(k.Column)})
	}
	return tempTable{name: name, key: []string{"n"}, columns: columns, from: cats.sql() + " c"}
}

func (s *snapshot) copy(ctx context.Context) error {
	var err error
	if s.version, err = s.c.d.moved(ctx, s.c.conn); err != nil {
		return fmt.Errorf("ask the data version: %w", err)
	}
	if err := s.fillIn(ctx); err != nil {
		return fmt.Errorf("select the categories: %w", err)
	}
	if s.tree, err = s.c.treeSum(ctx); err != nil {
		return fmt.Errorf("read the categories: %w", err)
	}
	if s.lay != nil {
		if err := s.copyProducts(ctx); err != nil {
			return err
		}
		if err := s.copyAttributes(ctx); err != nil {
			return err
		}
	}
	if err := s.copyReferences(ctx); err != nil {
		return err
	}
	if err := s.spellings(ctx); err != nil {
		return err
	}
	return s.dependants(ctx)
}

// fillIn copies the identifying values of the selected categories from their
// own rows.
func (s *snapshot) fillIn(ctx context.Context) error {
	for n, id := range s.sel.In {
		row, ok := s.c.rows[id]
		if !ok {
			return fmt.Errorf("category %s is not in the catalog", id)
		}
		if err := s.c.insertCategory(ctx, s.name("in"), n+1, row); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalog) insertCategory(ctx context.Context, into string, n int, row categoryRow) error {
	args := append([]any{n}, row.ident...)
	args = append(append(args, row.id), row.keys...)
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")
	return exec(ctx, c.conn, fmt.Sprintf("INSERT INTO %s VALUES (%s)", into, marks), args...)
}

func (s *snapshot) copyProducts(ctx context.Context) error {
	l := s.lay
	if err := s.fillAlso(ctx); err != nil {
		return fmt.Errorf("select single products: %w", err)
	}
	if s.inOrder() {
		l.all = s.sel.In[0]
		p := s.c.mapping.Products
		if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s p WHERE p.%s = (SELECT id FROM %s) ORDER BY p.%s",
			s.name("p"), strings.Join(l.names(), ", "), strings.Join(l.exprs(), ", "), s.c.schema.sql(p.Table), ident(p.Category), s.name("in"), ident(l.t.rowid))); err != nil {
			return fmt.Errorf("copy the products: %w", err)
		}
		return s.copyDelists(ctx)
	}
	if err := s.copySelected(ctx); err != nil {
		return err
	}
	if err := s.c.d.filled(ctx, s.c.conn, s.name("p")); err != nil {
		return err
	}
	if err := s.copyMemberships(ctx); err != nil {
		return fmt.Errorf("copy the memberships: %w", err)
	}
	if err := s.copyOthers(ctx); err != nil {
		return err
	}
	if err := s.copyLinks(ctx); err != nil {
		return err
	}
	return s.copyDelists(ctx)
}

// copySelected copies the rows of the products in canonical order: first who
// they are, so that no more than that is sorted; at once where one condition
// finds them all on a table whose rows are cheap to sort.
func (s *snapshot) copySelected(ctx context.Context) error {
	l := s.lay
	if where, ok := s.oneCondition(); ok {
		if err := exec(ctx, s.c.conn, s.c.d.insertNumbered(s.name("p"), l.names(), l.exprs(), l.t.sql()+" p"+where,
			s.c.keyOrder("p."+ident(s.c.mapping.Products.ID)))); err != nil {
			return fmt.Errorf("copy the products: %w", err)
		}
		return nil
	}
	ids := numbered("i", len(l.ids))
	if err := exec(ctx, s.c.conn, s.c.d.insertNumbered(s.name("sel"), ids, quoteAll(l.ids), "("+s.selectionSQL()+") o", s.c.keyOrder("k"))); err != nil {
		return fmt.Errorf("select the products: %w", err)
	}
	if err := exec(ctx, s.c.conn, fmt.Sprintf("INSERT INTO %s (n, %s) SELECT s.n, %s FROM %s s %s %s p ON %s ORDER BY s.n",
		s.name("p"), strings.Join(l.names(), ", "), strings.Join(l.exprs(), ", "), s.name("sel"), s.c.d.inOrder(), l.t.sql(), s.c.joinIdent("p", "s", l.ids))); err != nil {
		return fmt.Errorf("copy the products: %w", err)
	}
	return nil
}

// oneCondition is the WHERE that finds the selected products by themselves, on
// a server: they are filed by one column, or all are selected.
func (s *snapshot) oneCondition() (where string, ok bool) {
	p := s.c.mapping.Products
	switch {
	case s.lay.t.hasRowid:
		return "", false
	case s.sel.Everything:
		return "", true
	case s.sel.Also != nil || s.c.mapping.Memberships != nil || p.Category == "" || p.Primary != "" || len(s.c.others()) > 0 || len(s.c.linked(linkVariant)) > 0:
		return "", false
	}
	return fmt.Sprintf(" WHERE p.%s IN (SELECT id FROM %s)", ident(p.Category), s.name("in")), true
}

// inOrder reports whether an index on the category column yields the selected
// products in canonical order: the common case of one category, one column,
// and a key that is the rowid. They are then copied without sorting them.
func (s *snapshot) inOrder() bool {
	p := s.c.mapping.Products
	return s.lay.t.hasRowid && len(s.sel.In) == 1 && !s.sel.Everything && s.sel.Also == nil && s.c.mapping.Memberships == nil && len(s.c.linked(linkVariant)) == 0 &&
		p.Category != "" && p.Primary == "" && p.Others == nil && s.lay.t.intKey != "" && strings.EqualFold(s.lay.t.intKey, p.ID)
}

// selectionSQL finds the products: those filed in the categories, those named
// one by one, and the variants of both; or all.
func (s *snapshot) selectionSQL() string {
	p := s.c.mapping.Products
	row := fmt.Sprintf("SELECT %s, p.%s k FROM %s p", idents("p.", s.lay.ids), ident(p.ID), s.c.schema.sql(p.Table))
	if s.sel.Everything {
		return row
	}
	q := s.lay.selection(s.name("in"))
	if s.sel.Also != nil {
		q += fmt.Sprintf(" UNION %s WHERE p.%s IN (SELECT k FROM %s)", row, ident(p.ID), s.name("also"))
	}
	return s.withVariants(q)
}

// keyOrder is the ORDER BY of canonical product order.
func (c *Catalog) keyOrder(k string) string {
	t, _ := c.schema.table(c.mapping.Products.Table)
	if keyKind(t, c.mapping.Products.ID) == migrate.IntKey {
		return k
	}
	col, _ := t.column(c.mapping.Products.ID)
	return c.d.byBytes(c.d.asText(col, k))
}

// fillAlso loads the ids of single products. A key of bytes renders as hex,
// so that what could be hex is looked for as bytes too.
func (s *snapshot) fillAlso(ctx context.Context) error {
	if s.sel.Also == nil {
		return nil
	}
	t, _ := s.c.schema.table(s.c.mapping.Products.Table)
	col, _ := t.column(s.c.mapping.Products.ID)
	into := &inserter{s: s.c.conn, table: s.name("also"), width: 1}
	for id, err := range s.sel.Also {
		if err != nil {
			return err
		}
		for _, key := range s.c.d.keysOf(col, id) {
			if err := into.add(ctx, key); err != nil {
				return err
			}
		}
	}
	return into.flush(ctx)
}

// joinIdent equates a table's identity columns with a temp table's i1 ….
func (c *Catalog) joinIdent(alias, temp string, ids []string) string {
	out := make([]string, len(ids))
	for i, name := range ids {
		out[i] = c.d.joined(alias+"."+ident(name), fmt.Sprintf("%s.i%d", temp, i+1))
	}
	return strings.Join(out, " AND ")
}

// Counts gives catalog-wide figures.
func (s *snapshot) Counts(ctx context.Context, live bool) (migrate.Counts, error) {
	var out migrate.Counts
	if s.lay == nil {
		return out, nil
	}
	p := s.c.mapping.Products
	var err error
	if out.Holds, err = s.holds(ctx); err != nil {
		return out, s.c.d.failure(err)
	}
	bundles, err := s.bundles(ctx)
	if err != nil {
		return out, s.c.d.failure(err)
	}
	out.Holds = append(out.Holds, bundles...)
	if live {
		n, err := one[int](ctx, s.c.conn, fmt.Sprintf("SELECT count(*) FROM %s p WHERE %s AND %s",
			s.c.schema.sql(p.Table), s.c.predicate(p.Where, "TRUE"), s.c.predicate(p.Live, "FALSE")))
		if err != nil {
			return out, s.c.d.failure(err)
		}
		out.Live = &n
	}
	return out, nil
}

// holds counts the rows that hold the products filed in the categories.
func (s *snapshot) holds(ctx context.Context) ([]migrate.HoldCount, error) {
	var out []migrate.HoldCount
	for _, h := range s.c.mapping.Holds {
		count := migrate.HoldCount{Label: h.Label}
		query := fmt.Sprintf("SELECT count(*), count(DISTINCT %s) FROM %s WHERE %s IN (SELECT k FROM (%s) o) AND %s",
			ident(h.Product), s.c.schema.sql(h.Table), ident(h.Product), s.lay.selection(s.name("in")), s.c.predicate(h.Where, "TRUE"))
		if err := scan(ctx, s.c.conn, query, nil, func(row func(...any) error) error {
			return row(&count.Rows, &count.Products)
		}); err != nil {
			return nil, fmt.Errorf("count %s: %w", h.Label, err)
		}
		out = append(out, count)
	}
	return out, nil
}

// Close drops the copy.
func (s *snapshot) Close() error {
	made := s.made
	s.made = nil
	return s.c.d.dropTemp(context.Background(), s.c.conn, made)
}
