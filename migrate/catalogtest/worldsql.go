package catalogtest

import (
	"fmt"
	"strconv"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// SQL gives the statements that fill an empty database with the world, one at
// a time and in order. SQLite, PostgreSQL, MariaDB and MySQL read them alike.
// The foreign keys cascade and set NULL, which a Catalog must not rely on;
// product_notes and the columns weight and note are no part of the mapping.
func (w *World) SQL() []string {
	out := w.Shape.tables()
	encoded := w.encoded()
	for _, c := range w.Categories {
		cells := []string{w.Shape.key(string(c.ID)), w.Shape.key(string(c.Parent)),
			quote(c.Name), flag(c.Closed), flag(c.Protected), flag(c.Hidden), "0"}
		out = append(out, insert("categories", append(cells, w.Shape.cells(encoded.out[string(c.ID)])...)...))
	}
	for _, p := range encoded.pairs {
		if w.Shape.Tree != TreeNone {
			out = append(out, insert("category_closure", w.Shape.key(p[0]), w.Shape.key(p[1]), p[2]))
		}
	}
	for i, p := range w.Products {
		out = append(out, w.Shape.product(i, p)...)
	}
	for _, r := range w.Rows {
		out = append(out, w.Shape.row(r))
	}
	return append(out, w.attributeRows()...)
}

// Mapping gives the mapping file of the world's database.
func (w *World) Mapping() string {
	s := w.Shape
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("categories:\n  table: categories\n  id: id\n  parent: parent_id\n  root: [null]\n  name: c.name")
	line("  where: c.hidden = 0\n  order: [id]\n  url: c.name\n  protect: c.protected = 1\n  open: c.closed = 0\n  close: {set: {closed: 1}}")
	if s.Soft {
		line("  remove: {set: {removed: 1}}")
	}
	b.WriteString(s.treeMapping())
	line("products:\n  table: products\n  id: id\n  title: p.title\n  where: p.status <> 'trash'")
	switch {
	case s.Column && s.Memberships:
		line("  primary: category_id")
	case s.Column:
		line("  category: category_id")
	}
	line("  live: p.status = 'active'\n  state: p.status\n  seller: p.seller\n  url: p.title\n  fields:\n    price: {expr: p.price, type: integer}")
	if s.Memberships {
		line("memberships:\n  table: product_categories\n  product: product_id\n  category: category_id\n  position: position")
	}
	if s.Flags {
		line("  primary_flag: main")
	}
	line("delist:\n  - set: {status: delisted}\nreferences:")
	for _, t := range referenceTables {
		set := ""
		if t.onRemove == migrate.OnRemoveSet {
			set = ", set: {category_id: null, http_status: 410}"
		}
		line("  - {table: %s, column: category_id, on_remove: %s%s}", t.name, t.onRemove, set)
	}
	line("  - {table: %s, column: path, path_of_ids: %q, on_remove: delete}", Coupons, PathSeparator)
	line(attributesMapping)
	return b.String()
}

// tables gives the DDL.
func (s Shape) tables() []string {
	key := "INTEGER"
	if s.TextKeys {
		key = "VARCHAR(40)"
	}
	points := func(null string, then string) string {
		return "category_id " + key + null + " REFERENCES categories (id)" + then
	}
	column, filed := "", []string(nil)
	if s.Column && s.Required {
		column = ", " + points(" NOT NULL", "")
	} else if s.Column {
		column = ", " + points("", " ON DELETE SET NULL")
	}
	if s.Memberships {
		filed = []string{"CREATE TABLE product_categories (product_id " + key + " NOT NULL REFERENCES products (id) ON DELETE CASCADE, " +
			points(" NOT NULL", " ON DELETE CASCADE") + ", position INTEGER, main INTEGER NOT NULL, PRIMARY KEY (product_id, category_id))",
			"CREATE INDEX product_categories_category ON product_categories (category_id)"}
	}
	tables := []string{
		"CREATE TABLE categories (id " + key + " NOT NULL PRIMARY KEY, parent_id " + key + " REFERENCES categories (id), name VARCHAR(80) NOT NULL," +
			" closed INTEGER NOT NULL, protected INTEGER NOT NULL, hidden INTEGER NOT NULL, removed INTEGER NOT NULL" + s.treeColumns(key) + ")",
		"CREATE TABLE products (id " + key + " NOT NULL PRIMARY KEY, title VARCHAR(200), status VARCHAR(12) NOT NULL, seller VARCHAR(80)," +
			" price INTEGER, weight DOUBLE PRECISION, note VARCHAR(80)" + column + ")",
		"CREATE TABLE product_notes (product_id " + key + " REFERENCES products (id) ON DELETE CASCADE, body VARCHAR(80))",
		"CREATE TABLE banners (id INTEGER PRIMARY KEY, " + points(" NOT NULL", " ON DELETE CASCADE") + ")",
		"CREATE TABLE category_translations (" + points(" NOT NULL", " ON DELETE CASCADE") + ", locale VARCHAR(8) NOT NULL, PRIMARY KEY (category_id, locale))",
		"CREATE TABLE menu_items (id INTEGER PRIMARY KEY, " + points("", " ON DELETE SET NULL") + ")",
		"CREATE TABLE url_redirects (id INTEGER PRIMARY KEY, " + points("", " ON DELETE SET NULL") + ", http_status INTEGER NOT NULL)",
		"CREATE TABLE vouchers (id INTEGER PRIMARY KEY, " + points(" NOT NULL", "") + ")",
		"CREATE TABLE coupons (id INTEGER PRIMARY KEY, path VARCHAR(200) NOT NULL)",
		"CREATE INDEX categories_parent ON categories (parent_id)",
	}
	if s.Column {
		tables = append(tables, "CREATE INDEX products_category ON products (category_id)")
	}
	for _, t := range referenceTables {
		tables = append(tables, "CREATE INDEX "+t.name+"_category ON "+t.name+" (category_id)")
	}
	tables = append(tables, s.attributeTables(key)...)
	return append(append(tables, filed...), s.closureTable(key)...)
}

// product gives the rows of one product; i makes columns that nothing maps.
func (s Shape) product(i int, p Product) []string {
	cells := []string{s.key(p.ID), nullable(p.Title), quote(p.Status), nullable(p.Seller), "NULL",
		strconv.FormatFloat(float64(i)/8+0.1, 'g', -1, 64), quote("it's no. " + strconv.Itoa(i))}
	if p.Price != nil {
		cells[4] = strconv.FormatInt(*p.Price, 10)
	}
	if s.Column {
		cells = append(cells, s.key(string(p.Category)))
	}
	out := []string{insert("products", cells...), insert("product_notes", s.key(p.ID), quote("note"))}
	for _, f := range p.Filed {
		out = append(out, s.filing(p.ID, f))
	}
	return out
}

func (s Shape) filing(product string, f Filing) string {
	position := "NULL"
	if f.Position != nil {
		position = strconv.FormatInt(*f.Position, 10)
	}
	return insert("product_categories", s.key(product), s.key(string(f.Category)), position, flag(f.Main))
}

func (s Shape) row(r Row) string {
	category := s.key(string(r.Category))
	switch r.Table {
	case Translations:
		return insert(r.Table, category, quote(r.Key))
	case Redirects:
		return insert(r.Table, r.Key, category, "301")
	case Coupons:
		return insert(r.Table, r.Key, quote(r.Path))
	}
	return insert(r.Table, r.Key, category)
}

// key writes a key as its column has it; "" is NULL.
func (s Shape) key(id string) string {
	switch {
	case id == "":
		return "NULL"
	case s.TextKeys:
		return quote(id)
	}
	return id
}

func insert(table string, cells ...string) string {
	return "INSERT INTO " + table + " VALUES (" + strings.Join(cells, ", ") + ")"
}

// quote writes a text literal; no text of a World holds a backslash, which
// MySQL reads in its own way.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func nullable(s *string) string {
	if s == nil {
		return "NULL"
	}
	return quote(*s)
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// in lists the categories that hold the product.
func (p *Product) in() []taxonomy.ID {
	var ids []taxonomy.ID
	if p.Category != "" {
		ids = append(ids, p.Category)
	}
	for _, f := range p.Filed {
		ids = append(ids, f.Category)
	}
	return ids
}
