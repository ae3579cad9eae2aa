package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

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
