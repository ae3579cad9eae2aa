package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"recat/migrate"
)

// unmoved insists that what the snapshot copied is still so. Where SQLite
// says that nobody has written since, there is nothing to compare.
func (st *stage) unmoved(ctx context.Context) error {
	version, err := st.c.d.moved(ctx, st.c.conn)
	if err != nil {
		return fmt.Errorf("ask the data version: %w", err)
	}
	if st.read != st.tree { // the tree changed between being read and being copied
		return migrate.ErrMoved
	}
	if version >= 0 && version == st.version {
		return nil
	}
	runs, err := st.c.newest(ctx)
	if err != nil {
		return fmt.Errorf("ask for the newest run: %w", err)
	}
	if runs != st.runs { // perhaps of this very plan
		return migrate.ErrMoved
	}
	same, err := st.same(ctx)
	if err != nil {
		return fmt.Errorf("compare with the copy: %w", err)
	}
	if !same {
		return migrate.ErrMoved
	}
	return nil
}

// same compares the catalog with the copy, and brings what is no before-value
// up to date.
func (st *stage) same(ctx context.Context) (bool, error) {
	same, err := st.alike(ctx)
	if same && err == nil {
		same, err = st.c.equal(ctx, st.closureComparisons())
	}
	if err != nil || !same {
		return false, err
	}
	return true, st.refreshTouched(ctx)
}

// alike compares, table by table, the rows selected now with those copied: as
// many, and each one equal. It runs under the lock, in a fixed number of
// statements.
func (s *snapshot) alike(ctx context.Context) (bool, error) {
	sum, err := s.c.treeSum(ctx)
	if err != nil || sum != s.tree {
		return false, err
	}
	if same, err := s.c.equal(ctx, s.comparisons()); err != nil || !same {
		return false, err
	}
	if same, err := s.sameProducts(ctx); err != nil || !same {
		return false, err
	}
	return s.sameTexts(ctx)
}

// sameProducts compares the products' own rows with the copy: first with what
// is no before-value, and only where that differs without.
func (s *snapshot) sameProducts(ctx context.Context) (bool, error) {
	if s.lay == nil {
		return true, nil
	}
	s.touchedSince = false
	same, err := s.c.equal(ctx, [][2]string{s.productComparison(s.lay.read())})
	if err != nil || same || len(s.lay.touched) == 0 {
		return same, err
	}
	s.touchedSince = true
	return s.c.equal(ctx, [][2]string{s.productComparison(s.lay.compared())})
}

// productComparison is a pair of counts that are equal where the first columns
// of every copied product are as they were.
func (s *snapshot) productComparison(columns int) [2]string {
	l := s.lay
	x := make([]string, columns)
	for i, name := range l.names()[:columns] {
		x[i] = "x." + name
	}
	return [2]string{fmt.Sprintf("SELECT count(*) FROM %s x %s %s p ON %s WHERE %s", s.name("p"), s.c.d.inOrder(), l.t.sql(),
		s.c.joinIdent("p", "x", l.ids), sameEach(s.c.d, l.exprs()[:columns], x)), "SELECT count(*) FROM " + s.name("p")}
}

// equal reports whether each two queries give the same number.
func (c *Catalog) equal(ctx context.Context, pairs [][2]string) (bool, error) {
	for _, pair := range pairs {
		now, err := one[int64](ctx, c.conn, pair[0])
		if err != nil {
			return false, fmt.Errorf("%w, in: %s", err, pair[0])
		}
		was, err := one[int64](ctx, c.conn, pair[1])
		if err != nil {
			return false, fmt.Errorf("%w, in: %s", err, pair[1])
		}
		if now != was {
			return false, nil
		}
	}
	return true, nil
}

// comparisons are pairs of counts that are equal where nothing moved.
func (s *snapshot) comparisons() [][2]string {
	var out [][2]string
	if l := s.lay; l != nil {
		out = append(out,
			[2]string{"SELECT count(*) FROM (" + s.selectionSQL() + ") o", "SELECT count(*) FROM " + s.name("p")})
		out = append(out, s.membershipComparisons()...)
		out = append(out, s.otherComparisons()...)
		out = append(out, s.linkComparisons()...)
		for _, i := range s.c.otherDelists() {
			d := s.c.mapping.Delist[i]
			out = append(out, [2]string{
				fmt.Sprintf("SELECT count(*) FROM %s", s.delistFrom(d)), "SELECT count(*) FROM " + s.delistName(i)},
				[2]string{s.delistMatch(i, d), "SELECT count(*) FROM " + s.delistName(i)})
		}
	}
	for g, r := range s.c.pointing() {
		if r.inText() {
			continue // see sameTexts
		}
		tab, _ := s.c.schema.table(r.Table)
		kept := fmt.Sprintf("SELECT count(*) FROM %s", s.pointed(g))
		match := fmt.Sprintf("SELECT count(*) FROM %s x WHERE (%s) IN (SELECT %s FROM %s)",
			s.pointed(g), list("x.", len(tab.ident())), idents("", tab.ident()), s.referenceRows(r))
		out = append(out, [2]string{"SELECT count(*) FROM " + s.referenceRows(r), kept})
		if !tab.keyless() {
			out = append(out, [2]string{match, kept})
		}
	}
	return out
}

func (s *snapshot) membershipComparisons() [][2]string {
	ms := s.c.mapping.Memberships
	if ms == nil {
		return nil
	}
	kept := "SELECT count(*) FROM " + s.name("m")
	names := append(numbered("x.i", len(s.c.membershipTable().ident())), "x.cat", "x.pos", "x.flag")
	return [][2]string{
		{fmt.Sprintf("SELECT count(*) FROM %s s %s %s m ON %s", s.name("p"), s.c.d.inOrder(), s.c.schema.sql(ms.Table),
			s.c.d.joined("m."+ident(ms.Product), "s.k")), kept},
		{fmt.Sprintf("SELECT count(*) FROM %s x %s %s m ON %s WHERE %s", s.name("m"), s.c.d.inOrder(), s.c.schema.sql(ms.Table),
			s.c.joinIdent("m", "x", s.c.membershipTable().ident()), sameEach(s.c.d, s.c.membershipExprs(), names)), kept},
	}
}

func (s *snapshot) delistMatch(i int, d Delist) string {
	tab, _ := s.c.schema.table(d.Table)
	return fmt.Sprintf("SELECT count(*) FROM %s x %s %s d ON %s WHERE %s", s.delistName(i), s.c.d.inOrder(), s.c.schema.sql(d.Table),
		s.c.joinIdent("d", "x", tab.ident()), sameEach(s.c.d, prefixed("d.", columnsOf(d.Set)), numbered("x.w", len(d.Set))))
}

// refreshTouched brings the copy of touched columns up to date. They are no
// before-values, so that another's price edit that touched them is no drift,
// but undo must give back what is there now.
func (st *stage) refreshTouched(ctx context.Context) error {
	if st.lay == nil || !st.touchedSince {
		return nil
	}
	var set []assigned
	for i, name := range st.lay.touched {
		column := fmt.Sprintf("t%d", i+1)
		set = append(set, assigned{column, "u." + ident(name)})
	}
	copied := &table{name: st.name("p")}
	on := st.c.joinIdent("u", "p", st.lay.ids)
	return exec(ctx, st.c.conn, st.c.d.update(copied, set, st.lay.t.sql()+" u", on))
}

// treeSum is a digest of every category row as Categories reads it.
func (c *Catalog) treeSum(ctx context.Context) (string, error) {
	l := &treeLoader{c: c}
	query, n := l.query()
	h := sha256.New()
	for row, err := range eachRow(ctx, c.conn, n, query) {
		if err != nil {
			return "", err
		}
		addRow(h, row)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// addRow adds a category row to a digest of the tree.
func addRow(h io.Writer, row []any) {
	for _, v := range row {
		fmt.Fprintf(h, "%T%v\x00", v, v)
	}
}

// newest is the number of the newest run, 0 where there is none.
func (c *Catalog) newest(ctx context.Context) (int64, error) {
	if ok, err := c.recorded(ctx); err != nil || !ok {
		return 0, err
	}
	return one[int64](ctx, c.conn, "SELECT COALESCE(max(run), 0) FROM "+c.d.own("recat_run"))
}

// check asserts, before the commit, that the catalog is what was planned:
// nothing points at what is gone, and no row changed but those that were
// counted. That nothing delisted is live is asserted as the images are kept.
func (st *stage) check(ctx context.Context, t *transaction) error {
	if err := t.checkCounts(ctx); err != nil {
		return err
	}
	if len(st.c.mapping.Categories.SoftRemove) == 0 {
		if err := st.checkPointers(ctx); err != nil {
			return err
		}
	}
	return st.checkDependants(ctx, t)
}

// nameLive names products that are delisted and live all the same.
func (st *stage) nameLive(ctx context.Context) error {
	p := st.c.mapping.Products
	if len(st.c.mapping.Delist) == 0 {
		return nil
	}
	var still []any
	for row, err := range eachRow(ctx, st.c.conn, 1, fmt.Sprintf(`SELECT p.%s FROM %s %s %s p ON %s
		WHERE (q.what & %d) <> 0 AND %s`, ident(p.ID), st.staged(st.name("p"), "x", "n"), st.c.d.inOrder(), st.c.schema.sql(p.Table),
		st.c.joinIdent("p", "x", st.lay.ids), delists, st.c.predicate(p.Live, "FALSE"))) {
		if err != nil {
			return fmt.Errorf("ask whether the delisted are live: %w", err)
		}
		if still = append(still, row[0]); len(still) == dependantsNamed {
			break // a LIMIT would have the server expect rows where there are none
		}
	}
	if len(still) == 0 {
		return nil
	}
	return &migrate.RefusedError{Refusals: []migrate.Refusal{{What: "products would still be live after delisting: the mapping's delist does not do what its live asks",
		Rows: renderAll(still), Answer: "complete delist in the mapping"}}}
}

func renderAll(raw []any) []string {
	out := make([]string, len(raw))
	for i, v := range raw {
		out[i] = renderRaw(v)
	}
	return out
}

// checkPointers asks, one indexed query a column, whether anything still
// points at a removed category.
//
// Where the lock keeps all others from the tables and nothing fires, the
// comparison has told: every row that pointed there was copied, and as many
// were written.
func (st *stage) checkPointers(ctx context.Context) error {
	if st.c.d.keepsOut() && len(st.c.mapping.Triggers) == 0 {
		return st.checkTexts(ctx)
	}
	for _, p := range append(st.c.mapping.pointers(), st.c.scopePointers()...) {
		r, ref := st.c.mapping.reference(p)
		if ref && st.keeps(r) {
			continue
		}
		where := ""
		if ref && r.Where != "" {
			where = " AND (" + st.c.expr(r.Where) + " IS TRUE)"
		}
		points, err := one[bool](ctx, st.c.conn, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s WHERE %s IN (SELECT %s FROM %s)%s)",
			st.c.schema.sql(p.table), ident(p.column), st.c.inColumn(p.refersTo), st.name("in"), where))
		if err != nil {
			return fmt.Errorf("ask whether %s.%s still points at a removed category: %w", p.table, p.column, err)
		}
		if points {
			return migrate.ErrMoved
		}
	}
	return st.checkTexts(ctx)
}

func (m *Mapping) reference(p pointer) (Reference, bool) {
	for _, r := range m.References {
		if r.Table == p.table && r.Column == p.column {
			return r, true
		}
	}
	return Reference{}, false
}

// keeps reports whether rows of the reference may go on pointing at nothing.
func (st *stage) keeps(r Reference) bool {
	for _, line := range st.references {
		if line.Table == r.Table && line.Column == r.Column {
			return line.Do == migrate.OnRemoveKeep || line.Do == migrate.OnRemoveSet
		}
	}
	return r.OnRemove == migrate.OnRemoveKeep || r.OnRemove == migrate.OnRemoveSet
}

// checkDependants refuses where rows of yet another table point at rows that
// were deleted.
func (st *stage) checkDependants(ctx context.Context, t *transaction) error {
	var refusals []migrate.Refusal
	for _, im := range t.images {
		if im.Op != opDelete || im.Role == roleCategory || im.Role == "trigger" {
			continue
		}
		for _, tab := range st.c.schema.user() {
			for _, k := range tab.keys {
				n, err := st.dangling(ctx, im, tab, k)
				if err != nil {
					return err
				}
				if n > 0 {
					refusals = append(refusals, migrate.Refusal{What: fmt.Sprintf("%d rows of %s (%s) point at rows of %s that would be deleted",
						n, tab.name, strings.Join(k.columns, ", "), im.Table)})
				}
			}
		}
	}
	if len(refusals) > 0 {
		return &migrate.RefusedError{Refusals: refusals}
	}
	return nil
}

// dangling counts the rows of tab whose key k names a row kept in im.
func (st *stage) dangling(ctx context.Context, im image, tab *table, k foreignKey) (int64, error) {
	if !strings.EqualFold(k.to, im.Table) {
		return 0, nil
	}
	to := k.toCols
	if len(to) == 0 {
		parent, _ := st.c.schema.table(k.to)
		to = parent.key
	}
	kept := make([]string, 0, len(to))
	for _, name := range to {
		for i, c := range im.Columns {
			if strings.EqualFold(c, name) {
				kept = append(kept, im.given(c, fmt.Sprintf("b%d", i+1)))
			}
		}
	}
	if len(kept) != len(k.columns) {
		return 0, nil
	}
	return one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM %s WHERE (%s) IN (SELECT %s FROM %s)",
		tab.sql(), idents("", k.columns), strings.Join(kept, ", "), im.Store))
}
