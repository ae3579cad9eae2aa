package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

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

// keepProducts keeps the products' own rows, and what is told of each even
// where it is deleted later.
func (st *stage) keepProducts(ctx context.Context, t *transaction) error {
	err := st.keepRows(ctx, t)
	if err == nil {
		t.images[len(t.images)-1].Told = st.lay.recorded()
	}
	return err
}

func (st *stage) keepRows(ctx context.Context, t *transaction) error {
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
	for _, name := range st.lay.recorded() {
		kept[name] = keptColumn{expr: "x." + name, like: &textColumn}
	}
	if foreseen := st.foreseen(t, columns); foreseen != nil {
		if err := st.nameLive(ctx); err != nil {
			return err
		}
		return t.imageOf(ctx, roleProduct, st.lay.t, updated{columns: columns, key: numbered("x.i", len(st.lay.ids)),
			before: before, after: foreseen, from: st.staged(st.name("p"), "x", "n")}, kept)
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

// foreseen gives the values that the columns have after the run, as expressions
// over what is staged: the rows need not be read once more. It is nil where a
// trigger might make them others, and where the engine gives a value the form
// of its column only as it is written.
func (st *stage) foreseen(t *transaction, columns []string) []string {
	tab, p := st.lay.t, st.c.mapping.Products
	if !st.c.d.casts() || len(tab.triggers) > 0 {
		return nil
	}
	sets := map[string]string{}
	when := func(bit int64, name, value, was string) {
		c, _ := tab.column(name)
		sets[name] = fmt.Sprintf("CASE WHEN (q.what & %d) <> 0 THEN %s ELSE %s END", bit, st.c.d.give(value, c), was)
	}
	when(setsCategory, p.Category, st.setPlace("cat", way{}, nil), "x.cat")
	when(setsPrimary, p.Primary, st.setPlace("prim", way{}, nil), "x.prim")
	for i, name := range st.lay.delist {
		if name != p.Category && name != p.Primary {
			sets[name] = fmt.Sprintf("x.w%d", i+1)
		}
	}
	for i, name := range st.lay.touched {
		sets[name] = fmt.Sprintf("x.t%d", i+1)
	}
	assign := func(bit int64, set []Assignment) {
		for _, a := range set {
			value := st.c.d.literal(a.Value)
			if a.Value.Now {
				value = stringLiteral(fmt.Sprint(t.nowFor(tab, a.Column)))
			}
			when(bit, a.Column, value, sets[a.Column])
		}
	}
	assign(touches, p.Touch)
	for _, d := range st.c.mapping.Delist {
		if st.c.ownDelist(d) {
			assign(delists, d.Set)
		}
	}
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = sets[name]
	}
	return out
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
	return t.imageUpdate(ctx, roleMembership, tab, columns, before, from, nil)
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
