package catalogtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Query runs a SELECT and gives its rows as text; nil is NULL.
type Query func(query string) ([][]*string, error)

// treeColumns is the DDL of what the categories' table keeps of the tree.
func (s Shape) treeColumns(key string) string {
	scope := ""
	switch s.Tree {
	case TreeNone:
		return ""
	case TreeRooted:
		scope = ", scope " + key + " REFERENCES categories (id) ON DELETE CASCADE"
	default:
		scope = ", scope INTEGER"
	}
	return scope + ", path VARCHAR(400), " + strings.Join(treeNumbers, " INTEGER, ") + " INTEGER"
}

// closureTable is the DDL of the closure table.
func (s Shape) closureTable(key string) []string {
	if s.Tree == TreeNone {
		return nil
	}
	return []string{"CREATE TABLE category_closure (ancestor " + key + " NOT NULL REFERENCES categories (id) ON DELETE CASCADE, " +
		"descendant " + key + " NOT NULL REFERENCES categories (id) ON DELETE CASCADE, distance INTEGER NOT NULL, PRIMARY KEY (ancestor, descendant))",
		"CREATE INDEX category_closure_descendant ON category_closure (descendant)"}
}

// treeMapping is the mapping's part about it.
func (s Shape) treeMapping() string {
	set, path, level, pos := "", `separator: "/", self: true, trailing: true`, 0, 0
	closure := "depth: distance, depth_from: self, self: true"
	switch s.Tree {
	case TreeNone:
		return ""
	case TreeRooted:
		set, path, level, pos = ", scope: scope, roots: one", `separator: "|", self: false, leading: true`, 1, 1
		closure = "depth: distance, depth_from: root, self: true"
	case TreeNumbered:
		set, path = ", scope: scope, roots: one", `separator: ".", self: true`
		closure = "depth: distance, self: false"
	}
	return fmt.Sprintf(`tree:
  - nested_set: {left: lft, right: rgt%s, start: 1}
  - path: {column: path, %s}
  - depth: {column: level, root: %d}
  - position: {column: pos, from: %d}
  - count: {column: kids, of: children}
  - count: {column: below, of: descendants}
  - count: {column: filed, of: products}
  - count: {column: on_sale, of: products, live: true, deep: true}
  - closure: {table: category_closure, ancestor: ancestor, descendant: descendant, %s}
`, set, path, level, pos, closure)
}

// cells writes what a row keeps of the tree, in the table's order.
func (s Shape) cells(r treeRow) []string {
	if s.Tree == TreeNone {
		return nil
	}
	out := []string{s.scope(r.Scope), "NULL"}
	if r.Path != "" {
		out[1] = quote(r.Path)
	}
	for _, name := range treeNumbers {
		if n, ok := r.N[name]; ok {
			out = append(out, strconv.FormatInt(n, 10))
		} else {
			out = append(out, "NULL")
		}
	}
	return out
}

func (s Shape) scope(scope string) string {
	if s.Tree == TreeRooted {
		return s.key(scope)
	}
	if scope == "" {
		return "NULL"
	}
	return scope
}

// read reads the rows, in the order of their ids as texts, and the pairs of
// the closure table.
func (s Shape) read(query Query) ([]treeRow, [][3]string, error) {
	rows, err := query("SELECT id, parent_id, hidden, removed, scope, path, " + strings.Join(treeNumbers, ", ") + " FROM categories")
	if err != nil {
		return nil, nil, err
	}
	all := make([]treeRow, len(rows))
	live := map[string]bool{}
	for i, r := range rows {
		all[i] = treeRow{ID: deref(r[0]), Parent: orNone(r[1]), Scope: orNone(r[4]), Path: orNone(r[5]), N: map[string]int64{}}
		all[i].Out = deref(r[2]) == "1" || deref(r[3]) == "1"
		for j, name := range treeNumbers {
			if text := r[6+j]; text != nil {
				if all[i].N[name], err = strconv.ParseInt(*text, 10, 64); err != nil {
					return nil, nil, err
				}
			}
		}
		live[all[i].ID] = !all[i].Out
	}
	for more := true; more; { // what is removed and still has something below it
		more = false
		for _, r := range all {
			if live[r.ID] && r.Parent != "" && !live[r.Parent] {
				live[r.Parent], more = true, true
			}
		}
	}
	for i := range all {
		all[i].Out = !live[all[i].ID]
	}
	slices.SortFunc(all, func(a, b treeRow) int { return strings.Compare(a.ID, b.ID) })
	found, err := query("SELECT ancestor, descendant, distance FROM category_closure")
	pairs := make([][3]string, len(found))
	for i, r := range found {
		pairs[i] = [3]string{deref(r[0]), deref(r[1]), deref(r[2])}
	}
	return all, sortedPairs(pairs), err
}

func orNone(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func sortedPairs(pairs [][3]string) [][3]string {
	slices.SortFunc(pairs, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
	return pairs
}

// Reencode gives the statements with which the shop's own programs bring what
// derives from the tree up to date, after an edit of the tree.
func (s Shape) Reencode(e Edit, query Query) ([]string, error) {
	if s.Tree == TreeNone || e.Do != Child {
		return nil, nil
	}
	rows, pairs, err := s.read(query)
	if err != nil {
		return nil, err
	}
	var out []string
	was := map[string]treeRow{}
	for _, r := range rows {
		was[r.ID] = r
	}
	d := derive(s.Tree, rows, func(string) (int64, []string) { return 0, nil })
	for _, r := range rows {
		now, ok := d.out[r.ID]
		if !ok {
			continue
		}
		now.N["filed"], now.N["on_sale"] = was[r.ID].N["filed"], was[r.ID].N["on_sale"]
		set := []string{}
		for i, cell := range s.cells(now) {
			set = append(set, append([]string{"scope", "path"}, treeNumbers...)[i]+" = "+cell)
		}
		out = append(out, "UPDATE categories SET "+strings.Join(set, ", ")+" WHERE id = "+s.key(r.ID))
	}
	for _, p := range d.pairs {
		if p[1] == string(e.To) && !slices.Contains(pairs, p) {
			out = append(out, insert("category_closure", s.key(p[0]), s.key(p[1]), p[2]))
		}
	}
	return out, nil
}
