package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// keptColumn is a column of a before-image: the expression that fills it, and
// the column whose values it has; nil for a number of recat's own.
type keptColumn struct {
	expr string
	like *column
}

// textColumn stands for what an expression gives as text.
var textColumn = column{name: "text", kept: "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"}

// open makes the table of a new before-image with the given columns, or finds
// the one that was made for it.
func (t *transaction) open(ctx context.Context, im image, tab *table, columns []storeColumn) (image, error) {
	im.Seq = len(t.images) + 1
	im.Store = t.c.d.own(fmt.Sprintf("recat_image_%d_%d", t.run, im.Seq))
	im.d, im.tab = t.c.d, tab
	t.images = append(t.images, im)
	return im, t.c.d.makeStore(ctx, t.c.conn, im.Store, columns)
}

// fill inserts rows into an image's store.
func (t *transaction) fill(ctx context.Context, im image, names []string, kept []keptColumn, from string) error {
	exprs := make([]string, len(kept))
	for i, k := range kept {
		exprs[i] = k.expr
		switch k.like {
		case nil:
		case &textColumn:
			exprs[i] = t.c.d.textOf(k.expr)
		default:
			exprs[i] = t.c.d.keep(k.expr, *k.like)
		}
	}
	return t.record(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", im.Store, strings.Join(names, ", "), strings.Join(exprs, ", "), from))
}

// keptOf are columns of a table, each kept by an expression.
func keptOf(tab *table, names, exprs []string) []keptColumn {
	out := make([]keptColumn, len(names))
	for i, name := range names {
		col, ok := tab.column(name)
		if !ok { // a rowid
			col = column{name: name, integers: true}
		}
		out[i] = keptColumn{exprs[i], &col}
	}
	return out
}

// stores describes the columns of a store.
func stores(names []string, kept []keptColumn) []storeColumn {
	out := make([]storeColumn, len(names))
	for i, name := range names {
		out[i] = storeColumn{name: name, like: kept[i].like}
		if name == stillLive {
			out[i].rule = stillLive + " IS NULL"
		}
	}
	return out
}

// imageKey is what an image of updated columns identifies rows of tab by: the
// lasting key. Where only a rowid tells rows apart, which VACUUM may renumber,
// the columns that were not updated must be the same as well.
func imageKey(tab *table, updated []string) []string {
	key := slices.Clone(tab.lasting())
	if tab.adrift() {
		key = append(key, slices.DeleteFunc(tab.stored(), func(name string) bool { return slices.Contains(updated, name) })...)
	}
	return key
}

// counter reports whether the image is of SQLite's counters of AUTOINCREMENT
// tables: they move on with every insert, and are given back only where the
// run was the last to move them.
func (im image) counter() bool { return im.Table == "sqlite_sequence" }

// keyText is the SQL of a row's key as a person reads it.
func (im image) keyText() string {
	n := len(im.Key)
	if im.Adrift {
		n = 1
	}
	return strings.Join(numbered("x.l", n), " || ',' || ")
}

// imageUpdate keeps the before- and after-values of columns. from must yield
// the table's row as p and the before-values as the expressions in before; it
// is read after the update. extra are further columns to keep, by name.
func (t *transaction) imageUpdate(ctx context.Context, role string, tab *table, columns, before []string, from string, extra map[string]keptColumn) error {
	return t.imageOf(ctx, role, tab, updated{columns: columns, key: prefixed("p.", imageKey(tab, columns)),
		before: before, after: prefixed("p.", columns), from: from}, extra)
}

// updated says how an image of updated columns is filled: what identifies the
// rows, and the columns' values before and after, as expressions over from.
type updated struct {
	columns            []string
	key, before, after []string
	from               string
}

func (t *transaction) imageOf(ctx context.Context, role string, tab *table, u updated, extra map[string]keptColumn) error {
	key := imageKey(tab, u.columns)
	names := append(numbered("l", len(key)), numbered("b", len(u.columns))...)
	names = append(names, numbered("a", len(u.columns))...)
	kept := append(keptOf(tab, key, u.key), keptOf(tab, u.columns, u.before)...)
	kept = append(kept, keptOf(tab, u.columns, u.after)...)
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		names, kept = append(names, name), append(kept, extra[name])
	}
	im, err := t.open(ctx, image{Table: tab.name, Op: opUpdate, Role: role, Key: key, Columns: u.columns,
		Whole: len(u.columns) == len(tab.stored()) && !tab.adrift(), Adrift: tab.adrift()}, tab, stores(names, kept))
	if err != nil {
		return err
	}
	return t.fill(ctx, im, names, kept, u.from)
}

// imageRows keeps whole rows: those about to be deleted, or just inserted.
// where selects them from the table under the alias p. The rowid comes along,
// so that undo can give it back.
func (t *transaction) imageRows(ctx context.Context, role, op string, tab *table, where string) (image, error) {
	columns := tab.stored()
	loose := tab.hasRowid && tab.intKey == ""
	if loose {
		columns = append([]string{tab.rowid}, columns...)
	}
	key := tab.lasting()
	names := append(numbered("l", len(key)), numbered("b", len(columns))...)
	kept := append(keptOf(tab, key, prefixed("p.", key)), keptOf(tab, columns, prefixed("p.", columns))...)
	im, err := t.open(ctx, image{Table: tab.name, Op: op, Role: role, Key: key, Columns: columns, Rowid: loose, Adrift: tab.adrift()}, tab, stores(names, kept))
	if err != nil {
		return im, err
	}
	return im, t.fill(ctx, im, names, kept, tab.sql()+" p WHERE "+where)
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + ident(n)
	}
	return out
}

// stillLive is a column of the products' image that no row may fill: a
// delisted product that its mapping still calls live.
const stillLive = "still_live"

// matches is the condition that a table's row, under alias, is one of those
// that a subquery lists by identity.
func matches(tab *table, alias, subquery string) string {
	ids := tab.ident()
	if len(ids) == 1 {
		return fmt.Sprintf("%s%s IN (%s)", alias, ident(ids[0]), subquery)
	}
	return fmt.Sprintf("(%s) IN (%s)", strings.Join(prefixed(alias, ids), ", "), subquery)
}

// column is how the table describes a column of the image; a rowid is one of
// integers.
func (im image) column(name string) column {
	if im.tab != nil {
		if col, ok := im.tab.column(name); ok {
			return col
		}
	}
	return column{name: name, integers: true}
}

// is is the condition that a column of the table's row, p, has the value that
// the image, x, keeps.
func (im image) is(name, kept string) string {
	return im.d.isKept("p."+ident(name), kept, im.column(name))
}

// on equates a table's row, p, with an image's, x. An update may have changed
// the key itself: after the run a row is known by the key it was given then,
// after an undo by the one it had before.
func (im image) on(restored bool) string {
	out := make([]string, len(im.Key))
	for i, name := range im.Key {
		kept := fmt.Sprintf("x.l%d", i+1)
		if at := slices.Index(im.Columns, name); restored && im.Op == opUpdate && at >= 0 {
			kept = fmt.Sprintf("x.b%d", at+1)
		}
		out[i] = im.d.keyKept("p."+ident(name), kept, im.column(name))
	}
	if im.Adrift && im.Op == opUpdate { // what the run left alone tells rows apart too
		for i, name := range im.Columns {
			out = append(out, fmt.Sprintf("(%s OR %s)", im.changed(i), im.is(name, fmt.Sprintf("x.b%d", i+1))))
		}
	}
	return strings.Join(out, " AND ")
}

// changed is the condition that the run changed the i-th column of a row.
func (im image) changed(i int) string {
	return differs(im.d, fmt.Sprintf("x.a%d", i+1), fmt.Sprintf("x.b%d", i+1))
}

// same is the condition that a table's row, p, is the one kept whole in an
// image, x. A rowid that is no column may have changed hands since: it counts
// only where nothing else tells rows apart.
func (im image) same() string {
	columns, kept := im.Columns, numbered("x.b", len(im.Columns))
	if im.Rowid && im.Key[0] != columns[0] {
		columns, kept = columns[1:], kept[1:]
	}
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = im.is(name, kept[i])
	}
	return strings.Join(out, " AND ")
}

// given is the expression by which a column gets back what the image keeps.
func (im image) given(name, kept string) string { return im.d.give(kept, im.column(name)) }

// kept names the columns of an image, x, that hold the before-values of the
// given columns; fewer where it does not have them all.
func (im image) kept(columns []string) []string {
	var out []string
	for _, name := range columns {
		i := slices.IndexFunc(im.Columns, func(c string) bool { return strings.EqualFold(c, name) })
		if i >= 0 {
			out = append(out, fmt.Sprintf("x.b%d", i+1))
		}
	}
	return out
}
