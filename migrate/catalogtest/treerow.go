package catalogtest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"recat/taxonomy"
)

// TreeKind is what a World's database keeps of its tree besides parent.
type TreeKind string

// The kinds: nothing; one nested set for the whole table; one for each root,
// told apart by the root's id; one for each root, numbered. With each of the
// last three come a path, a depth, a position, counts and a closure table, in
// one form or another.
const (
	TreeNone     TreeKind = ""
	TreeWhole    TreeKind = "whole"
	TreeRooted   TreeKind = "rooted"
	TreeNumbered TreeKind = "numbered"
)

// treeRow is a category with what its row derives from the tree. Numbers that
// are missing are NULL.
type treeRow struct {
	ID, Parent  string
	Out         bool // hidden, or removed with nothing left below it
	Scope, Path string
	N           map[string]int64
}

// treeNumbers are the columns of numbers, in the table's order.
var treeNumbers = []string{"lft", "rgt", "level", "pos", "kids", "below", "filed", "on_sale"}

// counted tells what a category's own products are to its counters: those
// filed in it, and the ids of those on sale in it.
type counted func(id string) (filed int64, onSale []string)

// deriver derives everything anew, by the plainest recursion there is.
type deriver struct {
	kind  TreeKind
	kids  map[string][]*treeRow // in order
	next  int64
	count counted
	out   map[string]treeRow
	pairs [][3]string // ancestor, descendant, distance
}

// derive works out what the rows should hold. Siblings are in the order of
// their left bounds, NULL last, then as they come; roots that are each
// numbered from 1 in that of their positions.
func derive(kind TreeKind, rows []treeRow, count counted) *deriver {
	d := &deriver{kind: kind, kids: map[string][]*treeRow{}, next: 1, count: count, out: map[string]treeRow{}}
	for i := range rows {
		if r := &rows[i]; !r.Out {
			d.kids[r.Parent] = append(d.kids[r.Parent], r)
		}
	}
	for parent, kids := range d.kids {
		by := "lft"
		if parent == "" && kind != TreeWhole {
			by = "pos"
		}
		slices.SortStableFunc(kids, func(a, b *treeRow) int { return cmp.Compare(a.number(by), b.number(by)) })
	}
	for i, root := range d.kids[""] {
		if kind != TreeWhole {
			d.next = 1
		}
		d.visit(root, nil, i, root.Scope)
	}
	return d
}

// number is a column to order by.
func (r *treeRow) number(column string) int64 {
	if n, ok := r.N[column]; ok {
		return n
	}
	return 1 << 40
}

// visit numbers a category and what is below it, and gives the products on
// sale there, each once.
func (d *deriver) visit(r *treeRow, above []string, rank int, scope string) map[string]bool {
	out := treeRow{ID: r.ID, Parent: r.Parent, Scope: scope, N: map[string]int64{"pos": int64(rank), "lft": d.next,
		"level": int64(len(above)), "kids": int64(len(d.kids[r.ID]))}}
	d.next++
	way := append(slices.Clone(above), r.ID)
	switch d.kind {
	case TreeWhole:
		out.Path = strings.Join(way, "/") + "/"
	case TreeRooted:
		out.Path = "|" + strings.Join(above, "|")
		out.N["level"], out.N["pos"] = int64(len(above)+1), int64(rank+1)
	case TreeNumbered:
		out.Path = strings.Join(way, ".")
	}
	for i, a := range way {
		distance := len(way) - 1 - i
		if d.kind == TreeRooted {
			distance = i
		}
		if d.kind != TreeNumbered || a != r.ID {
			d.pairs = append(d.pairs, [3]string{a, r.ID, strconv.Itoa(distance)})
		}
	}
	filed, own := d.count(r.ID)
	onSale := map[string]bool{}
	for _, p := range own {
		onSale[p] = true
	}
	for i, kid := range d.kids[r.ID] {
		for p := range d.visit(kid, way, i, scope) {
			onSale[p] = true
		}
		out.N["below"] += 1 + d.out[kid.ID].N["below"]
	}
	out.N["below"] += 0
	out.N["filed"], out.N["on_sale"], out.N["rgt"] = filed, int64(len(onSale)), d.next
	d.next++
	d.out[r.ID] = out
	return onSale
}

// encoded gives the world's rows with what they derive.
func (w *World) encoded() *deriver {
	rows := make([]treeRow, len(w.Categories))
	roots := 0
	for i, c := range w.Categories {
		rows[i] = treeRow{ID: string(c.ID), Parent: string(c.Parent), Out: c.Hidden}
		if c.Parent == "" && !c.Hidden {
			roots++
			rows[i].Scope = w.Shape.newScope(string(c.ID), roots)
		}
	}
	return derive(w.Shape.Tree, rows, w.counted)
}

// newScope is the scope of a world's n-th root.
func (s Shape) newScope(id string, n int) string {
	switch s.Tree {
	case TreeRooted:
		return id
	case TreeNumbered:
		return strconv.Itoa(2 * n)
	}
	return ""
}

func (w *World) counted(id string) (filed int64, onSale []string) {
	for _, p := range w.Products {
		in := []taxonomy.ID{p.Category}
		if w.Shape.Memberships {
			in = nil
			for _, f := range p.Filed {
				in = append(in, f.Category)
			}
		}
		if p.Status == Trash || !slices.Contains(in, taxonomy.ID(id)) {
			continue
		}
		if filed++; p.Status == Active {
			onSale = append(onSale, p.ID)
		}
	}
	return filed, onSale
}
