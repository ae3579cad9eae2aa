package catalog_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The platforms' own rules of what is sound in the tables that they derive
// from the tree, written anew from the sources that each names. They read rows
// and know nothing of recat.

// branch is a category as such a rule reads it: id, parent ("" for none) and
// further columns, in the order in which siblings stand.
type branch struct {
	id, parent string
	rest       []string
}

func (b branch) number(i int) int {
	n, err := strconv.Atoi(b.rest[i])
	if err != nil {
		return -1 << 30 // it equals nothing
	}
	return n
}

// forest is the branches of a table by parent.
type forest struct {
	all    []branch
	under  map[string][]branch
	byID   map[string]branch
	faults []string
}

func (f *forest) fault(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

// grow reads a forest: id, parent, and the rest. A parent of NULL or 0 is none.
func grow(t testing.TB, db *sql.DB, query string) *forest {
	t.Helper()
	f := &forest{under: map[string][]branch{}, byID: map[string]branch{}}
	for _, row := range table(t, db, query) {
		b := branch{id: row[0], parent: row[1], rest: row[2:]}
		if b.parent == "0" {
			b.parent = ""
		}
		f.all = append(f.all, b)
		f.byID[b.id] = b
		f.under[b.parent] = append(f.under[b.parent], b)
	}
	return f
}

// table reads all rows as texts; NULL is "".
func table(t testing.TB, db *sql.DB, query string) [][]string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%v, in: %s", err, query)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = v.String
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// djangoMPTT renumbers as django-mptt does (mptt/managers.py, _rebuild_helper):
// depth first, a tree of its own for each root, from 1. The rest is lft, rght,
// tree_id, level.
func djangoMPTT(f *forest) {
	trees := map[string]string{}
	var number func(b branch, at, level int, tree string) int
	number = func(b branch, at, level int, tree string) int {
		left := at
		at++
		for _, child := range f.under[b.id] {
			at = number(child, at, level+1, tree)
		}
		if b.number(0) != left || b.number(1) != at || b.rest[2] != tree || b.number(3) != level {
			f.fault("category %s has %v, want %d %d %s %d", b.id, b.rest, left, at, tree, level)
		}
		return at + 1
	}
	for _, root := range f.under[""] {
		if other, twice := trees[root.rest[2]]; twice {
			f.fault("%s and %s are roots of one tree", other, root.id)
		}
		trees[root.rest[2]] = root.id
		number(root, 1, 0, root.rest[2])
	}
}

// awesome is awesome_nested_set's valid? (lib/awesome_nested_set/model/
// validatable.rb and set_validator.rb): every node inside its parent, no bound
// twice, roots one after the other; and depth, which it caches. The rest is
// lft, rgt, depth, scope.
func awesome(f *forest) {
	seen, last := map[string]bool{}, map[string]int{}
	for _, b := range f.all {
		left, right := b.number(0), b.number(1)
		if left < 1 || left >= right {
			f.fault("category %s has the bounds %v", b.id, b.rest)
		}
		if p, ok := f.byID[b.parent]; ok && (left <= p.number(0) || right >= p.number(1) || b.number(2) != p.number(2)+1) {
			f.fault("category %s %v is not inside %s %v", b.id, b.rest, p.id, p.rest)
		}
		for i := range 2 {
			key := b.rest[3] + "/" + b.rest[i]
			if seen[key] {
				f.fault("bound %s stands twice", key)
			}
			seen[key] = true
		}
		if (right-left == 1) != (len(f.under[b.id]) == 0) {
			f.fault("category %s is a leaf by its bounds %v or by its children, not both", b.id, b.rest)
		}
	}
	for _, root := range f.under[""] {
		if root.number(0) <= last[root.rest[3]] || root.number(2) != 0 {
			f.fault("root %s %v begins within the one before", root.id, root.rest)
		}
		last[root.rest[3]] = root.number(1)
	}
}

// gedmo is the verification of Gedmo's nested trees (Tree/Entity/Repository/
// NestedTreeRepository.php, verifyTree), which uses each number from a root's
// left to its right once, and its sortable's positions. The rest is left,
// right, root, level, position.
func gedmo(f *forest) {
	edges := map[string]map[int]int{}
	for _, b := range f.all {
		root := b.rest[2]
		if edges[root] == nil {
			edges[root] = map[int]int{}
		}
		edges[root][b.number(0)]++
		edges[root][b.number(1)]++
		p, ok := f.byID[b.parent]
		switch {
		case b.number(0) >= b.number(1):
			f.fault("node %s: right is not greater than left", b.id)
		case !ok && (b.parent != "" || root != b.id || b.number(3) != 0):
			f.fault("node %s is no root, and has no parent: %v", b.id, b.rest)
		case ok && (b.number(0) <= p.number(0) || b.number(1) >= p.number(1) || root != p.rest[2] || b.number(3) != p.number(3)+1):
			f.fault("node %s %v is not in its parent %v", b.id, b.rest, p.rest)
		}
	}
	for root, uses := range edges {
		for i := 1; i <= f.byID[root].number(1); i++ {
			if uses[i] != 1 {
				f.fault("tree %s: %d is used %d times", root, i, uses[i])
			}
		}
		if len(uses) != f.byID[root].number(1) {
			f.fault("tree %s has numbers beyond its root's", root)
		}
	}
	dense(f, 4)
}

// dense insists that siblings are numbered from 0 without a gap.
func dense(f *forest, column int) {
	for parent, siblings := range f.under {
		at := make([]int, len(siblings))
		for i, b := range siblings {
			at[i] = b.number(column)
		}
		slices.Sort(at)
		for i, n := range at {
			if n != i {
				f.fault("children of %q have positions %v", parent, at)
				break
			}
		}
	}
}

// djangoTreebeard is MP_Node.find_problems (treebeard/mp_tree.py) with django-oscar's
// steplen of 4: bad characters, bad lengths, orphans, wrong depth, wrong
// numchild. The rest is depth, numchild; the parent is the path.
func djangoTreebeard(f *forest) {
	const step, alphabet = 4, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	paths, children := map[string]bool{}, map[string]int{}
	for _, b := range f.all {
		if strings.Trim(b.parent, alphabet) != "" || len(b.parent)%step != 0 || b.parent == "" {
			f.fault("node %s has the path %q", b.id, b.parent)
			return
		}
		paths[b.parent] = true
		children[b.parent[:len(b.parent)-step]]++
	}
	for _, b := range f.all {
		if up := b.parent[:len(b.parent)-step]; up != "" && !paths[up] {
			f.fault("node %s is an orphan: %s", b.id, b.parent)
		}
		if b.number(0) != len(b.parent)/step || b.number(1) != children[b.parent] {
			f.fault("node %s at %s has depth and numchild %v, want %d %d", b.id, b.parent, b.rest, len(b.parent)/step, children[b.parent])
		}
	}
}

// prestaShop is Category::regenerateEntireNtree (classes/Category.php): from
// the first root, 1 and on, children by the shop's position; and level_depth.
// The rest is nleft, nright, level_depth.
func prestaShop(f *forest) {
	n := 1
	var number func(b branch, depth int)
	number = func(b branch, depth int) {
		left := n
		n++
		for _, child := range f.under[b.id] {
			number(child, depth+1)
		}
		if b.number(0) != left || b.number(1) != n || b.number(2) != depth {
			f.fault("category %s has %v, want %d %d %d", b.id, b.rest, left, n, depth)
		}
		n++
	}
	number(f.under[""][0], 0)
}

// closureOf gives every category with each of its ancestors and itself, as
// descendant/ancestor/level, where the level counts from the root.
func closureOf(f *forest) []string {
	var out []string
	for _, b := range f.all {
		way := []string{b.id}
		for at := b; at.parent != ""; {
			at = f.byID[at.parent]
			way = append([]string{at.id}, way...)
		}
		for level, id := range way {
			out = append(out, fmt.Sprintf("%s/%s/%d", b.id, id, level))
		}
	}
	slices.Sort(out)
	return out
}

// openCart is repairCategories (admin/model/catalog/category.php): what it
// would write into the path table.
func openCart(f *forest, stored [][]string) {
	sameRows(f, stored, closureOf(f))
}

func sameRows(f *forest, stored [][]string, want []string) {
	got := make([]string, len(stored))
	for i, row := range stored {
		got[i] = strings.Join(row, "/")
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		f.fault("the table holds %v, rebuilt it would hold %v", got, want)
	}
}

// unlevelled leaves the levels of a closure out.
func unlevelled(closure []string) []string {
	out := make([]string, len(closure))
	for i, row := range closure {
		out[i] = row[:strings.LastIndex(row, "/")]
	}
	return out
}

// magento is what Magento keeps of a category (Catalog/Model/ResourceModel/
// Category.php): the path of ids, the level, and children_count, which counts
// all descendants. The rest is path, level, children_count.
func magento(f *forest) {
	below := map[string]int{}
	for _, row := range closureOf(f) {
		below[strings.Split(row, "/")[1]]++
	}
	for _, b := range f.all {
		path, level := b.id, 0
		if p, ok := f.byID[b.parent]; ok {
			path, level = p.rest[0]+"/"+b.id, p.number(1)+1
		}
		if b.rest[0] != path || b.number(1) != level || b.number(2) != below[b.id]-1 {
			f.fault("category %s has %v, want %s %d %d", b.id, b.rest, path, level, below[b.id]-1)
		}
	}
}

// idPaths is a path of ids that ends with the own one, as Medusa's repository
// (mpath) and Odoo's _parent_store_compute (parent_path) write it.
func idPaths(f *forest, separator, trailing string) {
	for _, b := range f.all {
		want := b.id + trailing
		if p, ok := f.byID[b.parent]; ok {
			want = strings.TrimSuffix(p.rest[0], trailing) + separator + b.id + trailing
		}
		if b.rest[0] != want {
			f.fault("category %s has the path %s, want %s", b.id, b.rest[0], want)
		}
	}
}

// wordPress counts as _update_post_term_count (wp-includes/taxonomy.php) does:
// published posts directly in the term.
func wordPress(f *forest, counted, published [][]string) {
	want := map[string]string{}
	for _, row := range published {
		want[row[0]] = row[1]
	}
	for _, row := range counted {
		if n := want[row[0]]; row[1] != n && (n != "" || row[1] != "0") {
			f.fault("term %s counts %s, and holds %s", row[0], row[1], n)
		}
	}
}

// spreeCounts is Spree::Category.recalculate_products_count and the counter
// cache of children (core/app/models/spree/category.rb): distinct products of
// a category and all below. The rest ends with children_count, products_count.
func spreeCounts(f *forest, filed [][]string) {
	products := map[string]map[string]bool{}
	above := map[string][]string{}
	for _, row := range closureOf(f) {
		part := strings.Split(row, "/")
		above[part[0]] = append(above[part[0]], part[1])
	}
	for _, row := range filed {
		for _, id := range above[row[0]] {
			if products[id] == nil {
				products[id] = map[string]bool{}
			}
			products[id][row[1]] = true
		}
	}
	for _, b := range f.all {
		children, held := b.number(len(b.rest)-2), b.number(len(b.rest)-1)
		if children != len(f.under[b.id]) || held != len(products[b.id]) {
			f.fault("category %s counts %d children and %d products, and has %d and %d", b.id, children, held, len(f.under[b.id]), len(products[b.id]))
		}
	}
}
