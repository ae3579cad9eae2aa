package taxonomy

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Nearest returns the category that the text most likely meant, for a "did you
// mean". Letters' case is ignored. First come the categories whose own name is
// the text's last name, wherever they are; then those whose own name is close to
// it; failing that, all whose path
// is within a third of the text in edits. Of these it is the one whose path takes
// the fewest edits, the first in the tree where several do.
func (t *Tree) Nearest(path string) (ID, bool) {
	names := slices.DeleteFunc(ParsePath(path), func(name string) bool { return name == "" })
	want := fold(names.String())
	if want == "" || len(want) > maxNearest {
		return "", false
	}
	named, some := t.namedLike(fold(names[len(names)-1]))
	at := int32(noParent)
	if some {
		at = t.nearestByPath(want, len(want)+maxNearest, func(i int32) bool { return named[i] })
	} else {
		at = t.nearestByPath(want, utf8.RuneCountInString(want)/3, func(int32) bool { return true })
	}
	if at < 0 {
		return "", false
	}
	return t.nodes[at].ID, true
}

// maxNearest bounds the text, so that the search stays fast.
const maxNearest = 1000

func fold(s string) string { return strings.ToLower(s) }

// namedLike marks the categories with the given name; where there is none, those
// whose name is within a quarter of its letters in edits. It reports whether
// there are any.
func (t *Tree) namedLike(name string) (marked []bool, some bool) {
	ruler := newRuler(name)
	limit := max(1, len(ruler.want)/4) + 1
	marked = make([]bool, len(t.nodes))
	for i := range t.nodes {
		switch d := ruler.distance(fold(t.nodes[i].Name), limit); {
		case d >= limit:
		case d == 0 && limit > 1: // none but these, from here on
			clear(marked)
			limit = 1
			fallthrough
		default:
			marked[i], some = true, true
		}
	}
	return marked, some
}

// nearestByPath walks the tree as a trie of paths: the row of edit distances at
// the end of a category's path is where its children's begin. A subtree whose
// beginning is already farther than the limit, or than the nearest found, is
// passed over.
func (t *Tree) nearestByPath(want string, limit int, admits func(int32) bool) int32 {
	at := int32(noParent)
	ruler := newRuler(want)
	best := limit + 1              // only a smaller distance counts
	rows := [][]int{ruler.start()} // by depth
	for place := 0; place < len(t.order); {
		i := t.order[place]
		depth := int(t.depth[i])
		name := fold(t.nodes[i].Name)
		if depth > 1 {
			name = Separator + name
		}
		if len(rows) == depth {
			rows = append(rows, ruler.start())
		}
		copy(rows[depth], rows[depth-1])
		if !ruler.extend(rows[depth], name, best) {
			place = int(t.end[i])
			continue
		}
		if d := rows[depth][len(ruler.want)]; d < best && admits(i) {
			best, at = d, i
		}
		place++
	}
	return at
}

// ruler measures edit distances (Levenshtein's) from one text.
type ruler struct {
	want []rune
	row  []int
}

func newRuler(want string) *ruler {
	r := &ruler{want: []rune(want)}
	r.row = r.start()
	return r
}

// start is the row of distances from the beginnings of the text to nothing.
func (r *ruler) start() []int {
	row := make([]int, len(r.want)+1)
	for i := range row {
		row[i] = i
	}
	return row
}

// distance is exact below the limit.
func (r *ruler) distance(text string, limit int) int {
	for i := range r.row {
		r.row[i] = i
	}
	if !r.extend(r.row, text, limit) {
		return limit
	}
	return r.row[len(r.want)]
}

// extend takes a row on by a text. It gives up, returning false, when nothing
// that begins like this can come below the limit.
func (r *ruler) extend(row []int, text string, limit int) bool {
	for _, letter := range text {
		diagonal := row[0]
		row[0]++
		low := row[0]
		for j, w := range r.want {
			d := diagonal
			diagonal = row[j+1]
			if letter != w {
				d = 1 + min(d, diagonal, row[j])
			}
			row[j+1] = d
			low = min(low, d)
		}
		if low >= limit {
			return false
		}
	}
	return true
}
