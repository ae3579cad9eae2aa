package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"recat/migrate"
)

// The kinds of link.
const (
	linkVariant = "variant"
	linkBundle  = "bundle"
)

// Link relates products: From is the column with the key of the parent or the
// bundle, To that of the variant or of what the bundle contains. The table may
// be the products' own, where To is their id. Variants follow their parent's
// fate; bundles are counted and left alone. A variant has no variants of its
// own: where one has, the plan refuses.
type Link struct {
	Table string `json:"table"`
	From  string `json:"from"`
	To    string `json:"to"`
	Kind  string `json:"kind"`

	Optional bool `json:"optional,omitempty"` // left out where the catalog has no such column
}

func (r *reader) link(n ast.Node) Link {
	o := r.object(n)
	l := Link{Table: o.text("table", true), From: o.text("from", true), To: o.text("to", true), Kind: o.text("kind", true),
		Optional: o.flag("optional", false)}
	if l.Kind != "" && l.Kind != linkVariant && l.Kind != linkBundle {
		r.fault(o.keys["kind"], "the kind of a link is variant or bundle, not %q", l.Kind)
	}
	o.done()
	return l
}

// links checks the tables that relate products.
func (f *fitter) links() {
	for _, l := range f.m.Links {
		t := f.readable(l.Table)
		f.column(t, l.From, false)
		f.column(t, l.To, false)
	}
	if len(f.m.Links) > 0 && f.m.Products == nil {
		f.fault("links", "the mapping has links, and no products")
	}
}

// linked lists the links of a kind.
func (c *Catalog) linked(kind string) []Link {
	return slices.DeleteFunc(slices.Clone(c.mapping.Links), func(l Link) bool { return l.Kind != kind })
}

// withVariants adds, to a query for products by identity and key, the
// variants of what it finds.
func (s *snapshot) withVariants(q string) string {
	p, d, out := s.c.mapping.Products, s.c.d, q
	for _, l := range s.c.linked(linkVariant) {
		out += fmt.Sprintf(" UNION SELECT %s, p.%s k FROM %s v JOIN %s p ON %s WHERE v.%s IN (SELECT k FROM (%s) o)",
			idents("p.", s.lay.ids), ident(p.ID), s.c.schema.sql(l.Table), s.lay.t.sql(), d.joined("p."+ident(p.ID), "v."+ident(l.To)), ident(l.From), q)
	}
	return out
}

// Temp tables of the J-th kind of variants: recat_l_N_J has the links of the
// copied products: pn, f and t, the keys of the parent and the variant;
// recat_v_N_J those whose parent was copied too: pn and parent, both numbers.
func (s *snapshot) linkName(j int) string   { return fmt.Sprintf("recat_l_%d_%d", s.no, j) }
func (s *snapshot) parentName(j int) string { return fmt.Sprintf("recat_v_%d_%d", s.no, j) }

func (s *snapshot) linkTables() []tempTable {
	var out []tempTable
	for j, l := range s.c.linked(linkVariant) {
		t, _ := s.c.schema.table(l.Table)
		out = append(out,
			tempTable{s.linkName(j), []string{"pn", "f"}, []typedColumn{number("pn"), {"f", "v." + ident(l.From)}, {"t", "v." + ident(l.To)}}, t.sql() + " v", nil},
			tempTable{s.parentName(j), []string{"pn", "parent"}, []typedColumn{number("pn"), number("parent")}, t.sql() + " v", nil})
	}
	return out
}

// linkFrom is the FROM and WHERE of the links of the copied products. A
// product that is its own parent is no variant.
func (s *snapshot) linkFrom(l Link) string {
	d := s.c.d
	return fmt.Sprintf("%s s %s %s v ON %s WHERE v.%s IS NOT NULL AND NOT (%s)", s.name("p"), d.inOrder(), s.c.schema.sql(l.Table),
		d.joined("v."+ident(l.To), "s.k"), ident(l.From), d.joined("v."+ident(l.From), "s.k"))
}

// copyLinks copies which products are variants of which.
func (s *snapshot) copyLinks(ctx context.Context) error {
	for j, l := range s.c.linked(linkVariant) {
		for _, q := range []string{
			fmt.Sprintf("INSERT INTO %s SELECT DISTINCT s.n, v.%s, v.%s FROM %s", s.linkName(j), ident(l.From), ident(l.To), s.linkFrom(l)),
			fmt.Sprintf("INSERT INTO %s SELECT x.pn, q.n FROM %s x JOIN %s q ON %s", s.parentName(j), s.linkName(j), s.name("p"), s.c.d.joined("q.k", "x.f")),
		} {
			if err := exec(ctx, s.c.conn, q); err != nil {
				return fmt.Errorf("copy the links of %s: %w", l.Table, err)
			}
		}
	}
	return s.nested(ctx)
}

// nested refuses variants that have variants themselves: what the one follows
// the other would have to follow too.
func (s *snapshot) nested(ctx context.Context) error {
	d := s.c.d
	for j := range s.c.linked(linkVariant) {
		for _, l := range s.c.linked(linkVariant) {
			raw, err := columnOf[any](ctx, s.c.conn, fmt.Sprintf(`SELECT DISTINCT x.t FROM %s y JOIN %s x ON x.pn = y.pn
				JOIN %s v ON %s WHERE NOT (%s) LIMIT %d`, s.parentName(j), s.linkName(j), s.c.schema.sql(l.Table),
				d.joined("v."+ident(l.From), "x.t"), d.joined("v."+ident(l.To), "v."+ident(l.From)), dependantsNamed+1))
			if err != nil {
				return fmt.Errorf("look for variants of variants: %w", err)
			}
			if len(raw) > 0 {
				return &migrate.RefusedError{Refusals: []migrate.Refusal{{What: "variants have variants of their own, and recat follows one level: products",
					Rows: shortened(renderAll(raw)), Answer: "link them to the topmost product, or leave the links out of the mapping"}}}
			}
		}
	}
	return nil
}

// shortened leaves out what is more than a refusal names.
func shortened(rows []string) []string {
	if len(rows) <= dependantsNamed {
		return rows
	}
	return append(rows[:dependantsNamed:dependantsNamed], "… and more")
}

// linkComparisons are pairs of counts that are equal where no product became
// a variant of another, or ceased to be one.
func (s *snapshot) linkComparisons() [][2]string {
	var out [][2]string
	for j, l := range s.c.linked(linkVariant) {
		kept := "SELECT count(*) FROM " + s.linkName(j)
		out = append(out,
			[2]string{fmt.Sprintf("SELECT count(*) FROM (SELECT DISTINCT s.n, v.%s FROM %s) o", ident(l.From), s.linkFrom(l)), kept},
			[2]string{fmt.Sprintf("SELECT count(*) FROM %s x WHERE EXISTS (SELECT 1 FROM %s v WHERE %s AND %s)", s.linkName(j), s.c.schema.sql(l.Table),
				s.c.d.joined("v."+ident(l.To), "x.t"), s.c.d.joined("v."+ident(l.From), "x.f")), kept})
	}
	return out
}

// readParents gives the variants of a batch their parents.
func (s *snapshot) readParents(ctx context.Context, w chosen, products []*migrate.Product) error {
	of := map[int64][]*migrate.Product{} // by the parent's number
	for j := range s.c.linked(linkVariant) {
		query := fmt.Sprintf("SELECT pn, parent FROM %s WHERE %s", s.parentName(j), w.on("pn"))
		for row, err := range eachRow(ctx, s.c.conn, 2, query, w.args...) {
			if err != nil {
				return err
			}
			p, parent := products[w.at(row[0].(int64))], row[1].(int64)
			if !slices.Contains(of[parent], p) {
				of[parent] = append(of[parent], p)
			}
		}
	}
	numbers := make([]int64, 0, len(of))
	for n := range of {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers) // canonical order: each variant's parents come in it
	for some := range slices.Chunk(numbers, listedAtOnce) {
		parents, err := s.readChosen(ctx, listed(some))
		if err != nil {
			return err
		}
		for i, parent := range parents {
			parent.Ordinal = some[i]
			for _, p := range of[some[i]] {
				p.Parents = append(p.Parents, parent)
			}
		}
	}
	return nil
}

// bundles counts what contains products of the plan: those filed in its
// categories and their variants.
func (s *snapshot) bundles(ctx context.Context) ([]migrate.HoldCount, error) {
	var out []migrate.HoldCount
	for _, l := range s.c.linked(linkBundle) {
		count := migrate.HoldCount{Label: "bundles in " + l.Table}
		query := fmt.Sprintf("SELECT count(DISTINCT %s), count(DISTINCT %s) FROM %s WHERE %s IN (SELECT k FROM (%s) o)",
			ident(l.From), ident(l.To), s.c.schema.sql(l.Table), ident(l.To), s.withVariants(s.lay.selection(s.name("in"))))
		if err := scan(ctx, s.c.conn, query, nil, func(row func(...any) error) error {
			return row(&count.Rows, &count.Products)
		}); err != nil {
			return nil, fmt.Errorf("count %s: %w", count.Label, err)
		}
		out = append(out, count)
	}
	return out, nil
}

// chosen are products of a snapshot that are read together, by their numbers.
type chosen struct {
	where string // a condition on a number, which stands in it as %[1]s
	args  []any
	at    func(n int64) int // the place of a number among them
}

// on is the condition on a column of numbers, in their order.
func (w chosen) on(column string) string {
	return fmt.Sprintf(w.where, column) + " ORDER BY " + column
}

// following are the products of one batch.
func following(from int64) chosen {
	return chosen{"%[1]s > ? AND %[1]s <= ?", []any{from, from + batch}, func(n int64) int { return int(n - from - 1) }}
}

// listedAtOnce bounds the numbers of one query.
const listedAtOnce = 500

// listed are products in any places; the numbers are sorted.
func listed(numbers []int64) chosen {
	marks := make([]string, len(numbers))
	for i, n := range numbers {
		marks[i] = fmt.Sprint(n)
	}
	return chosen{"%[1]s IN (" + strings.Join(marks, ", ") + ")", nil, func(n int64) int {
		i, _ := slices.BinarySearchFunc(numbers, n, cmp.Compare[int64])
		return i
	}}
}
