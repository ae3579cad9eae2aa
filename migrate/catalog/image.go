package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// open makes the table of a new before-image with the given columns.
func (t *transaction) open(ctx context.Context, im image, columns []string) (image, error) {
	im.Seq = len(t.images) + 1
	im.Store = fmt.Sprintf("recat_image_%d_%d", t.run, im.Seq)
	t.images = append(t.images, im)
	return im, t.record(ctx, fmt.Sprintf("CREATE TABLE %s (%s)", im.Store, strings.Join(columns, ", ")))
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
func (t *transaction) imageUpdate(ctx context.Context, role string, tab *table, columns, before []string, from string, extra map[string]string) error {
	key := imageKey(tab, columns)
	names := append(numbered("l", len(key)), numbered("b", len(columns))...)
	names = append(names, numbered("a", len(columns))...)
	exprs := append(prefixed("p.", key), before...)
	exprs = append(exprs, prefixed("p.", columns)...)
	for _, name := range sortedKeys(extra) {
		names, exprs = append(names, name), append(exprs, extra[name])
	}
	if i := slices.Index(names, stillLive); i >= 0 {
		names[i] += " CHECK (" + stillLive + " IS NULL)"
	}
	im, err := t.open(ctx, image{Table: tab.name, Op: opUpdate, Role: role, Key: key, Columns: columns,
		Whole: len(columns) == len(tab.stored()) && !tab.adrift(), Adrift: tab.adrift()}, names)
	if err != nil {
		return err
	}
	return t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s", im.Store, strings.Join(exprs, ", "), from))
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
	exprs := append(prefixed("p.", key), prefixed("p.", columns)...)
	im, err := t.open(ctx, image{Table: tab.name, Op: op, Role: role, Key: key, Columns: columns, Rowid: loose, Adrift: tab.adrift()}, names)
	if err != nil {
		return im, err
	}
	return im, t.record(ctx, fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s p WHERE %s", im.Store, strings.Join(exprs, ", "), ident(tab.name), where))
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + ident(n)
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
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
		out[i] = fmt.Sprintf("p.%s IS %s", ident(name), kept)
	}
	if im.Adrift && im.Op == opUpdate { // what the run left alone tells rows apart too
		for i, name := range im.Columns {
			out = append(out, fmt.Sprintf("(x.a%[1]d IS NOT x.b%[1]d OR p.%[2]s IS x.b%[1]d)", i+1, ident(name)))
		}
	}
	return strings.Join(out, " AND ")
}

// same is the condition that a table's row, p, is the one kept whole in an
// image, x. A rowid that is no column may have changed hands since: it counts
// only where nothing else tells rows apart.
func (im image) same() string {
	columns, kept := im.Columns, numbered("x.b", len(im.Columns))
	if im.Rowid && im.Key[0] != columns[0] {
		columns, kept = columns[1:], kept[1:]
	}
	return eachName("p.%s IS %s", " AND ", quoteAll(columns), kept)
}

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
