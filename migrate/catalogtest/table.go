package catalogtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// row is a table's row: a value by column, NULL where the column is missing.
type row map[string]string

// table holds rows by an identity that never changes, whatever the row does.
type table map[string]row

// tables is the state of a catalog.
type tables map[string]table

func (t tables) clone() tables {
	out := make(tables, len(t))
	for name, rows := range t {
		out[name] = make(table, len(rows))
		for key, r := range rows {
			out[name][key] = maps.Clone(r)
		}
	}
	return out
}

// keys lists a table's identities in a fixed order.
func (t table) keys() []string { return slices.Sorted(maps.Keys(t)) }

// set writes a value; "" is NULL, which suits keys.
func (r row) set(column, value string) {
	delete(r, column)
	if value != "" {
		r[column] = value
	}
}

// number gives an integer column, nil where it is NULL.
func (r row) number(column string) *int64 {
	text, ok := r[column]
	if !ok {
		return nil
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return &n
}

// text gives a text column, nil where it is NULL.
func (r row) text(column string) *string {
	if s, ok := r[column]; ok {
		return &s
	}
	return nil
}

func (r row) String() string {
	cells := make([]string, 0, len(r))
	for _, column := range slices.Sorted(maps.Keys(r)) {
		cells = append(cells, fmt.Sprintf("%s=%q", column, r[column]))
	}
	return strings.Join(cells, " ")
}

// image is what became of one row: a nil row is none.
type image struct {
	table, key    string
	before, after row
}

// diff lists the rows in which two states differ, in a fixed order.
func diff(before, after tables) []image {
	var out []image
	for name := range before {
		keys := maps.Clone(before[name])
		maps.Copy(keys, after[name])
		for key := range keys {
			b, a := before[name][key], after[name][key]
			if !maps.Equal(b, a) || (b == nil) != (a == nil) {
				out = append(out, image{name, key, maps.Clone(b), maps.Clone(a)})
			}
		}
	}
	slices.SortFunc(out, func(x, y image) int {
		return cmp.Or(strings.Compare(x.table, y.table), strings.Compare(x.key, y.key))
	})
	return out
}

// columns lists the columns that the image's row was changed in.
func (m image) columns() []string {
	all := row{}
	maps.Copy(all, m.before)
	maps.Copy(all, m.after)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(c string) bool { return same(m.before, m.after, c) })
}

// same reports whether two rows agree in a column.
func same(a, b row, column string) bool {
	x, okX := a[column]
	y, okY := b[column]
	return x == y && okX == okY
}

// copyColumn makes a row agree with another in a column.
func copyColumn(to, from row, column string) {
	delete(to, column)
	if v, ok := from[column]; ok {
		to[column] = v
	}
}

// dump renders every row of every table.
func (t tables) dump() map[string][]string {
	out := map[string][]string{}
	for name, rows := range t {
		out[name] = []string{}
		for _, key := range rows.keys() {
			out[name] = append(out[name], rows[key].String())
		}
		slices.Sort(out[name])
	}
	return out
}
