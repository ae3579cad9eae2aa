package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// Commit writes the staged changes in one transaction.
func (st *stage) Commit(ctx context.Context, opts migrate.CommitOptions) (migrate.Receipt, error) {
	return st.c.inWrite(ctx, opts, func(t *transaction) error {
		if err := st.unmoved(ctx); err != nil {
			return err
		}
		if err := t.count(ctx); err != nil {
			return err
		}
		for _, step := range []struct {
			point string
			do    func(context.Context, *transaction) error
		}{
			{"watch", st.watch}, {"memberships", st.writeMemberships}, {"products", st.writeProducts},
			{"delist", st.writeDelists}, {"references", st.writeReferences}, {"categories", st.writeCategories},
			{"images", st.keepImages}, {"check", st.check}, {"notes", st.copyNotes},
		} {
			t.observe(step.point)
			if err := step.do(ctx, t); err != nil {
				return err
			}
		}
		return t.remember(ctx, migrate.RunApply, 0, "")
	})
}

// list writes the identity columns of a temp table.
func list(alias string, n int) string {
	names := numbered("i", n)
	for i := range names {
		names[i] = alias + names[i]
	}
	return strings.Join(names, ", ")
}

// writeMemberships deletes, moves and flags membership rows.
func (st *stage) writeMemberships(ctx context.Context, t *transaction) error {
	ms := st.c.mapping.Memberships
	if ms == nil {
		return nil
	}
	tab := st.c.membershipTable()
	n := len(tab.ident())
	going := fmt.Sprintf("SELECT %s FROM temp.%s WHERE op = %d", list("", n), st.name("sm"), rowGoes)
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM temp.%s WHERE op = %d", st.name("sm"), rowGoes))
	if err != nil {
		return err
	}
	if want > 0 {
		if _, err := t.imageRows(ctx, "membership", opDelete, tab, matches(tab, "p.", going)); err != nil {
			return fmt.Errorf("keep the memberships: %w", err)
		}
		if err := t.write(ctx, "delete memberships", want, fmt.Sprintf("DELETE FROM %s WHERE %s", ident(tab.name), matches(tab, "", going))); err != nil {
			return err
		}
	}
	return st.moveMemberships(ctx, t, tab)
}

func (st *stage) moveMemberships(ctx context.Context, t *transaction, tab *table) error {
	ms := st.c.mapping.Memberships
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM temp.%s WHERE op <> %d", st.name("sm"), rowGoes))
	if err != nil || want == 0 {
		return err
	}
	set := fmt.Sprintf("%[1]s = CASE WHEN s.goes IS NULL THEN %[2]s.%[1]s ELSE (SELECT %[3]s FROM temp.%[4]s WHERE n = s.goes) END",
		ident(ms.Category), ident(tab.name), st.c.inColumn(ms.RefersTo), st.name("to"))
	if ms.PrimaryFlag != "" {
		set += fmt.Sprintf(", %[1]s = CASE WHEN s.flag THEN 1 ELSE %[2]s.%[1]s END", ident(ms.PrimaryFlag), ident(tab.name))
	}
	return t.write(ctx, "move memberships", want, fmt.Sprintf("UPDATE %s SET %s FROM temp.%s s WHERE s.op <> %d AND %s",
		ident(tab.name), set, st.name("sm"), rowGoes, joinIdent(ident(tab.name), "s", tab.ident())))
}

// fewWays is up to how many ways of writing products each has its own
// statement, with its values as constants; that is the faster of two forms.
const fewWays = 8

// writeProducts updates the products' own rows: in one statement for each way
// of writing them where there are few, else in one for each combination of
// columns.
func (st *stage) writeProducts(ctx context.Context, t *transaction) error {
	for _, w := range st.waysNow {
		query, args := st.productUpdate(t, w)
		if err := t.write(ctx, "update products", w.count, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// way is one way of writing products' own rows. Where it is not exact, the
// new category and primary are each row's own.
type way struct {
	what      int64
	exact     bool
	cat, prim any
	count     int64
	listed    string // a temp table of the rowids it writes; "" where there is none
}

// listWays chooses the ways, and lists the rows of each in a table whose key
// is the rowid: SQLite then need not gather them under the lock.
func (st *stage) listWays(ctx context.Context) error {
	st.waysNow = st.ways()
	if len(st.waysNow) > fewWays {
		st.waysNow = st.combinations()
		return nil
	}
	if !st.lay.t.hasRowid {
		return nil
	}
	for i := range st.waysNow {
		w := &st.waysNow[i]
		w.listed = fmt.Sprintf("recat_w_%d_%d", st.no, i+1)
		if err := exec(ctx, st.c.conn, fmt.Sprintf("CREATE TEMP TABLE %s (i INTEGER PRIMARY KEY)", w.listed)); err != nil {
			return err
		}
		if err := exec(ctx, st.c.conn, fmt.Sprintf("INSERT INTO temp.%s SELECT x.i1 FROM %s WHERE q.what = ? AND q.cat IS ? AND q.prim IS ?",
			w.listed, st.staged(st.name("p"), "x", "n")), w.what, w.cat, w.prim); err != nil {
			return err
		}
	}
	return nil
}

// ways lists the distinct ways, in order.
func (st *stage) ways() []way {
	counts := map[way]int64{}
	for g, n := range st.counts.byGroup {
		if st.writesOwn(g.what) {
			counts[way{what: g.what, exact: true, cat: g.cat, prim: g.prim}] += n
		}
	}
	out := make([]way, 0, len(counts))
	for w, n := range counts {
		w.count = n
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b way) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return out
}

// writesOwn reports whether the product's own row is written: a mapping may
// delist in other tables only.
func (st *stage) writesOwn(what int64) bool {
	return what&(setsCategory|setsPrimary|touches) != 0 || (what&delists != 0 && len(st.lay.delist) > 0)
}

// combinations lists the ways by their columns only.
func (st *stage) combinations() []way {
	var out []way
	for _, w := range st.ways() {
		i := slices.IndexFunc(out, func(o way) bool { return o.what == w.what })
		if i < 0 {
			i = len(out)
			out = append(out, way{what: w.what})
		}
		out[i].count += w.count
	}
	return out
}

func (st *stage) productUpdate(t *transaction, w way) (string, []any) {
	p := st.c.mapping.Products
	var set []string
	var args []any
	if w.what&setsCategory != 0 {
		set = append(set, st.setPlace(p.Category, "cat", w, w.cat))
	}
	if w.what&setsPrimary != 0 {
		set = append(set, st.setPlace(p.Primary, "prim", w, w.prim))
	}
	assign := func(a []Assignment) {
		clauses, more := t.assign(st.lay.t, a)
		set, args = append(set, clauses...), append(args, more...)
	}
	if w.what&delists != 0 {
		for _, d := range st.c.mapping.Delist {
			if st.c.ownDelist(d) {
				assign(d.Set)
			}
		}
	}
	if w.what&touches != 0 {
		assign(st.untouched(w.what))
	}
	rows := fmt.Sprintf("%s WHERE q.what = %d", st.staged(st.name("p"), "x", "n"), w.what)
	if !w.exact {
		// The rows are listed first: left to itself, SQLite may go through every
		// stretch for each product.
		return fmt.Sprintf("WITH q AS MATERIALIZED (SELECT %s, q.cat, q.prim FROM %s) UPDATE %s SET %s FROM q WHERE %s",
			list("x.", len(st.lay.ids)), rows, ident(p.Table), strings.Join(set, ", "), joinIdent(ident(p.Table), "q", st.lay.ids)), args
	}
	update := fmt.Sprintf("UPDATE %s SET %s WHERE ", ident(p.Table), strings.Join(set, ", "))
	if w.listed != "" {
		return update + matches(st.lay.t, "", "SELECT i FROM temp."+w.listed), args
	}
	rows = fmt.Sprintf("SELECT %s FROM %s AND q.cat IS ? AND q.prim IS ?", list("x.", len(st.lay.ids)), rows)
	return update + matches(st.lay.t, "", rows), append(args, w.cat, w.prim)
}

// setPlace sets a category column to the key of the category a product goes
// to, copied from that category's own row, or to none.
func (st *stage) setPlace(column, place string, w way, n any) string {
	none := "NULL"
	if l := st.c.mapping.Products.None; l != nil {
		none = literalSQL(*l)
	}
	at := "q." + place
	if w.exact {
		if n == nil {
			return ident(column) + " = " + none
		}
		at = fmt.Sprint(n)
	}
	return fmt.Sprintf("%s = CASE WHEN %s IS NULL THEN %s ELSE (SELECT id FROM temp.%s WHERE n = %s) END", ident(column), at, none, st.name("to"), at)
}

// untouched are the touch assignments that a delisting does not set already.
func (st *stage) untouched(what int64) []Assignment {
	return slices.DeleteFunc(slices.Clone(st.c.mapping.Products.Touch), func(a Assignment) bool {
		return what&delists != 0 && slices.Contains(st.lay.delist, a.Column)
	})
}

// writeDelists updates the rows of other tables that take products off sale.
func (st *stage) writeDelists(ctx context.Context, t *transaction) error {
	if st.lay == nil {
		return nil
	}
	for _, i := range st.c.otherDelists() {
		d := st.c.mapping.Delist[i]
		tab, _ := st.c.schema.table(d.Table)
		rows := fmt.Sprintf("%s WHERE q.what & %d", st.staged(st.delistName(i), "d", "pn"), delists)
		want, err := one[int64](ctx, st.c.conn, "SELECT count(*) FROM "+rows)
		if err != nil {
			return err
		}
		clauses, args := t.assign(tab, d.Set)
		if err := t.write(ctx, "delist in "+d.Table, want, fmt.Sprintf("UPDATE %s SET %s WHERE %s", ident(d.Table), strings.Join(clauses, ", "),
			matches(tab, "", fmt.Sprintf("SELECT %s FROM %s", list("d.", len(tab.ident())), rows))), args...); err != nil {
			return err
		}
	}
	return nil
}

// keepImages writes the before-images of what was updated. They are taken
// last, from the copy, so that what triggers wrote is in the after-values.
func (st *stage) keepImages(ctx context.Context, t *transaction) error {
	if st.lay != nil && st.products > 0 {
		if err := st.keepProducts(ctx, t); err != nil {
			return fmt.Errorf("keep the products: %w", err)
		}
		if err := st.keepMemberships(ctx, t); err != nil {
			return fmt.Errorf("keep the memberships: %w", err)
		}
		if err := st.keepDelists(ctx, t); err != nil {
			return fmt.Errorf("keep the delisted rows: %w", err)
		}
	}
	return t.unwatch(ctx)
}

func (st *stage) keepProducts(ctx context.Context, t *transaction) error {
	p := st.c.mapping.Products
	var columns, before []string
	add := func(name, from string) {
		if name != "" {
			columns, before = append(columns, name), append(before, "x."+from)
		}
	}
	add(p.Category, "cat")
	add(p.Primary, "prim")
	for i, name := range st.lay.delist {
		if name != p.Category && name != p.Primary {
			add(name, fmt.Sprintf("w%d", i+1))
		}
	}
	for i, name := range st.lay.touched {
		add(name, fmt.Sprintf("t%d", i+1))
	}
	from := fmt.Sprintf("%s CROSS JOIN %s p ON %s", st.staged(st.name("p"), "x", "n"), ident(p.Table), joinIdent("p", "x", st.lay.ids))
	kept := map[string]string{"verdict": "q.verdict", "live": "x.live"}
	if !keyIsID(st.lay.t.lasting(), p) {
		kept["k"] = "x.k"
	}
	if p.State != "" && stateColumn(columns, p) < 0 {
		kept["state"] = "x.state"
	}
	if p.Where != "" {
		kept["hidden"] = "x.hidden"
	}
	if len(st.c.mapping.Delist) > 0 {
		kept[stillLive] = fmt.Sprintf("CASE WHEN q.what & %d AND %s THEN 1 END", delists, st.c.predicate(p.Live, "0"))
	}
	err := t.imageUpdate(ctx, roleProduct, st.lay.t, columns, before, from, kept)
	if constraintFailed(err) {
		return st.nameLive(ctx)
	}
	return err
}

// keyIsID reports whether an image's key is the product's id and no more.
func keyIsID(key []string, p *Products) bool { return len(key) == 1 && key[0] == p.ID }

// stateColumn finds the kept column that is the product's state; -1 where
// the state is anything else.
func stateColumn(columns []string, p *Products) int {
	return slices.IndexFunc(columns, func(name string) bool {
		return p.State == "p."+name || p.State == "p."+ident(name)
	})
}

func (st *stage) keepMemberships(ctx context.Context, t *transaction) error {
	ms := st.c.mapping.Memberships
	if ms == nil {
		return nil
	}
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM temp.%s WHERE op <> %d", st.name("sm"), rowGoes))
	if err != nil || want == 0 {
		return err
	}
	tab := st.c.membershipTable()
	columns, before := []string{ms.Category}, []string{"x.cat"}
	if ms.PrimaryFlag != "" {
		columns, before = append(columns, ms.PrimaryFlag), append(before, "x.flag")
	}
	for _, name := range tab.stored() { // all of it: a row that is gone can be put back whole
		if !slices.Contains(columns, name) {
			columns, before = append(columns, name), append(before, "p."+ident(name))
		}
	}
	ids := numbered("i", len(tab.ident()))
	on := eachName("x.%s = s.%s", " AND ", ids, ids)
	from := fmt.Sprintf("temp.%s x JOIN temp.%s s ON %s JOIN %s p ON %s WHERE s.op <> %d",
		st.name("m"), st.name("sm"), on, ident(tab.name), st.movedRow(tab), rowGoes)
	return t.imageUpdate(ctx, "membership", tab, columns, before, from, nil)
}

// movedRow finds a membership row, p, after it was written: where the
// category is part of what identifies the row, it is the new one.
func (st *stage) movedRow(tab *table) string {
	ms := st.c.mapping.Memberships
	out := make([]string, len(tab.ident()))
	for i, name := range tab.ident() {
		was := fmt.Sprintf("x.i%d", i+1)
		if strings.EqualFold(name, ms.Category) {
			was = fmt.Sprintf("COALESCE((SELECT %s FROM temp.%s WHERE n = s.goes), %s)", st.c.inColumn(ms.RefersTo), st.name("to"), was)
		}
		out[i] = fmt.Sprintf("p.%s = %s", ident(name), was)
	}
	return strings.Join(out, " AND ")
}

func (st *stage) keepDelists(ctx context.Context, t *transaction) error {
	for _, i := range st.c.otherDelists() {
		d := st.c.mapping.Delist[i]
		tab, _ := st.c.schema.table(d.Table)
		before := numbered("x.w", len(d.Set))
		from := fmt.Sprintf("%s JOIN %s p ON %s WHERE q.what & %d",
			st.staged(st.delistName(i), "x", "pn"), ident(d.Table), joinIdent("p", "x", tab.ident()), delists)
		if err := t.imageUpdate(ctx, "delist", tab, columnsOf(d.Set), before, from, nil); err != nil {
			return err
		}
	}
	return nil
}

// copyNotes copies the staged record: notes and tombstones.
func (st *stage) copyNotes(ctx context.Context, t *transaction) error {
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO recat_note SELECT ?, kind, n, line FROM temp.%s", st.name("note")), t.run); err != nil {
		return fmt.Errorf("record the plan's lines: %w", err)
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO recat_tombstone SELECT ?, id, path, successor FROM temp.%s", st.name("grave")), t.run); err != nil {
		return fmt.Errorf("record tombstones: %w", err)
	}
	return nil
}
