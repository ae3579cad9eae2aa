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
	t := st.c.newTransaction(opts)
	if err := st.c.d.before(ctx, st.c.conn, t, func() error { return st.write(ctx, t) }); err != nil {
		return migrate.Receipt{}, st.c.d.failure(err)
	}
	return st.c.inWrite(ctx, opts, t, st.c.written(), func(t *transaction) error {
		if err := st.unmoved(ctx); err != nil {
			return err
		}
		if err := t.count(ctx); err != nil {
			return err
		}
		if err := st.write(ctx, t); err != nil {
			return err
		}
		t.observe("check")
		if err := st.check(ctx, t); err != nil {
			return err
		}
		t.observe("notes")
		if err := st.copyNotes(ctx, t); err != nil {
			return err
		}
		return t.remember(ctx, migrate.RunApply, 0, "")
	})
}

// write changes the catalog and keeps the before-images.
func (st *stage) write(ctx context.Context, t *transaction) error {
	for _, step := range []struct {
		point string
		do    func(context.Context, *transaction) error
	}{
		{"watch", st.watch}, {"memberships", st.writeMemberships}, {"products", st.writeProducts},
		{"primaries", st.writeOthers}, {"delist", st.writeDelists}, {"references", st.writeReferences}, {"categories", st.writeCategories},
		{"images", st.keepImages},
	} {
		t.observe(step.point)
		if err := step.do(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// written lists the tables that a run may write.
func (c *Catalog) written() []*table {
	var out []*table
	add := func(name string) {
		if t, ok := c.schema.table(name); ok && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	for _, w := range c.mapping.writes() {
		add(w.table)
	}
	for _, g := range c.mapping.Triggers {
		for _, name := range g.Writes {
			add(name)
		}
	}
	return out
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
	going := fmt.Sprintf("SELECT %s FROM %s WHERE op = %d", list("", n), st.name("sm"), rowGoes)
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM %s WHERE op = %d", st.name("sm"), rowGoes))
	if err != nil {
		return err
	}
	if want > 0 {
		if _, err := t.imageRows(ctx, "membership", opDelete, tab, matches(tab, "p.", going)); err != nil {
			return fmt.Errorf("keep the memberships: %w", err)
		}
		if err := t.write(ctx, "delete memberships", want, st.c.d.deleteFrom(tab, matches(tab, "p.", going))); err != nil {
			return err
		}
	}
	return st.moveMemberships(ctx, t, tab)
}

func (st *stage) moveMemberships(ctx context.Context, t *transaction, tab *table) error {
	ms := st.c.mapping.Memberships
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM %s WHERE op <> %d", st.name("sm"), rowGoes))
	if err != nil || want == 0 {
		return err
	}
	set := []assigned{{ms.Category, fmt.Sprintf("CASE WHEN s.goes IS NULL THEN p.%s ELSE (SELECT %s FROM %s WHERE n = s.goes) END",
		ident(ms.Category), st.c.inColumn(ms.RefersTo), st.name("to"))}}
	if ms.PrimaryFlag != "" {
		set = append(set, assigned{ms.PrimaryFlag, fmt.Sprintf("CASE WHEN s.flag <> 0 THEN %s ELSE p.%s END",
			st.c.d.literal(Literal{Value: migrate.IntValue(1)}), ident(ms.PrimaryFlag))})
	}
	return t.write(ctx, "move memberships", want, st.c.d.update(tab, set, st.name("sm")+" s",
		fmt.Sprintf("s.op <> %d AND %s", rowGoes, st.c.joinIdent("p", "s", tab.ident()))))
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
	listed    string // a temp table of the rows it writes; "" where there is none
}

// listWays chooses the ways, and lists the rows of each in a table whose key
// is theirs, so that they need not be gathered under the lock.
func (st *stage) listWays(ctx context.Context) error {
	st.waysNow = st.ways()
	if len(st.waysNow) > fewWays {
		st.waysNow = st.combinations()
		return nil
	}
	ids := numbered("i", len(st.lay.ids))
	columns := typedColumns(ids, prefixed("p.", st.lay.ids))
	if st.lay.t.hasRowid {
		columns = []typedColumn{number("i1")}
	}
	for i := range st.waysNow {
		w := &st.waysNow[i]
		w.listed = fmt.Sprintf("recat_w_%d_%d", st.no, i+1)
		if err := st.make(ctx, tempTable{w.listed, ids, columns, st.lay.t.sql() + " p", nil}); err != nil {
			return err
		}
		if err := exec(ctx, st.c.conn, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s WHERE q.what = %d AND %s AND %s",
			w.listed, list("x.", len(ids)), st.staged(st.name("p"), "x", "n"), w.what,
			st.c.d.same("q.cat", whole(w.cat)), st.c.d.same("q.prim", whole(w.prim)))); err != nil {
			return err
		}
		if err := st.c.d.filled(ctx, st.c.conn, w.listed); err != nil {
			return err
		}
	}
	return nil
}

// whole writes a place into a statement; nil is NULL.
func whole(n any) string {
	if n == nil {
		return "NULL"
	}
	return fmt.Sprint(n)
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
	var set []assigned
	var args []any
	if w.what&setsCategory != 0 {
		set = append(set, assigned{p.Category, st.setPlace("cat", w, w.cat)})
	}
	if w.what&setsPrimary != 0 {
		set = append(set, assigned{p.Primary, st.setPlace("prim", w, w.prim)})
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
	if w.exact {
		return st.c.d.updateIn(st.lay.t, set, fmt.Sprintf("SELECT %s FROM %s", list("", len(st.lay.ids)), w.listed)), args
	}
	rows := fmt.Sprintf("SELECT %s, q.cat, q.prim FROM %s WHERE q.what = %d",
		list("x.", len(st.lay.ids)), st.staged(st.name("p"), "x", "n"), w.what)
	return st.c.d.updateListed(st.lay.t, set, rows, st.c.joinIdent("p", "q", st.lay.ids)), args
}

// setPlace is the key of the category that a product goes to, copied from that
// category's own row, or none.
func (st *stage) setPlace(place string, w way, n any) string {
	none := "NULL"
	if l := st.c.mapping.Products.None; l != nil {
		none = st.c.d.literal(*l)
	}
	at := "q." + place
	if w.exact {
		if n == nil {
			return none
		}
		return fmt.Sprintf("(SELECT id FROM %s WHERE n = %d)", st.name("to"), n)
	}
	return fmt.Sprintf("CASE WHEN %s IS NULL THEN %s ELSE (SELECT id FROM %s WHERE n = %s) END", at, none, st.name("to"), at)
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
		rows := fmt.Sprintf("%s WHERE (q.what & %d) <> 0", st.staged(st.delistName(i), "d", "pn"), delists)
		want, err := one[int64](ctx, st.c.conn, "SELECT count(*) FROM "+rows)
		if err != nil {
			return err
		}
		set, args := t.assign(tab, d.Set)
		if err := t.write(ctx, "delist in "+d.Table, want,
			st.c.d.updateIn(tab, set, fmt.Sprintf("SELECT %s FROM %s", list("d.", len(tab.ident())), rows)), args...); err != nil {
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
		if err := st.keepOthers(ctx, t); err != nil {
			return fmt.Errorf("keep the further primaries: %w", err)
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
	from := fmt.Sprintf("%s %s %s p ON %s", st.staged(st.name("p"), "x", "n"), st.c.d.inOrder(), st.c.schema.sql(p.Table), st.c.joinIdent("p", "x", st.lay.ids))
	bit := func(expr string) keptColumn { return keptColumn{expr: "CASE WHEN " + expr + " THEN 1 ELSE 0 END"} }
	kept := map[string]keptColumn{"verdict": {expr: "q.verdict"}, "live": bit("x.live")}
	if st.c.d.storeOrder() == "x.n" {
		kept["n"] = keptColumn{expr: "x.n"}
	}
	if id, _ := st.lay.t.column(p.ID); !keyIsID(st.lay.t.lasting(), p) {
		kept["k"] = keptColumn{expr: "x.k", like: &id}
	}
	if p.State != "" && stateColumn(columns, p) < 0 {
		kept["state"] = keptColumn{expr: "x.state", like: &textColumn}
	}
	if p.Where != "" {
		kept["hidden"] = bit("x.hidden")
	}
	if len(st.c.mapping.Delist) > 0 {
		kept[stillLive] = keptColumn{expr: fmt.Sprintf("CASE WHEN (q.what & %d) <> 0 AND %s THEN 1 END", delists, st.c.predicate(p.Live, "FALSE"))}
	}
	err := t.imageUpdate(ctx, roleProduct, st.lay.t, columns, before, from, kept)
	if _, violated := st.c.d.constraint(err); violated {
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
	want, err := one[int64](ctx, st.c.conn, fmt.Sprintf("SELECT count(*) FROM %s WHERE op <> %d", st.name("sm"), rowGoes))
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
	on := make([]string, len(ids))
	for i, id := range ids {
		on[i] = st.c.d.joined("x."+id, "s."+id)
	}
	from := fmt.Sprintf("%s x JOIN %s s ON %s JOIN %s p ON %s WHERE s.op <> %d",
		st.name("m"), st.name("sm"), strings.Join(on, " AND "), tab.sql(), st.movedRow(tab), rowGoes)
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
			was = fmt.Sprintf("COALESCE((SELECT %s FROM %s WHERE n = s.goes), %s)", st.c.inColumn(ms.RefersTo), st.name("to"), was)
		}
		out[i] = st.c.d.joined("p."+ident(name), was)
	}
	return strings.Join(out, " AND ")
}

func (st *stage) keepDelists(ctx context.Context, t *transaction) error {
	for _, i := range st.c.otherDelists() {
		d := st.c.mapping.Delist[i]
		tab, _ := st.c.schema.table(d.Table)
		before := numbered("x.w", len(d.Set))
		from := fmt.Sprintf("%s JOIN %s p ON %s WHERE (q.what & %d) <> 0",
			st.staged(st.delistName(i), "x", "pn"), st.c.schema.sql(d.Table), st.c.joinIdent("p", "x", tab.ident()), delists)
		if err := t.imageUpdate(ctx, "delist", tab, columnsOf(d.Set), before, from, nil); err != nil {
			return err
		}
	}
	return nil
}

// copyNotes copies the staged record: notes and tombstones.
func (st *stage) copyNotes(ctx context.Context, t *transaction) error {
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %d, kind, n, line FROM %s", st.c.d.own("recat_note"), t.run, st.name("note"))); err != nil {
		return fmt.Errorf("record the plan's lines: %w", err)
	}
	if err := t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %d, id, path, successor FROM %s", st.c.d.own("recat_tombstone"), t.run, st.name("grave"))); err != nil {
		return fmt.Errorf("record tombstones: %w", err)
	}
	return nil
}
