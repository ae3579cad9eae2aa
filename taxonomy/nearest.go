package taxonomy

import (
	"slices"
	"strings"
)

// Nearest returns the category whose path is most like the given text, for a
// "did you mean". Letters' case is ignored. It is the category within the
// fewest edits, a third of the text at most; failing that, the likeliest of
// those that bear the text's last name. The first in the tree wins a tie.
func (t *Tree) Nearest(path string) (ID, bool) {
	want := []rune(fold(canonical(path)))
	if len(want) == 0 || len(want) > maxNearest {
		return "", false
	}
	s := search{tree: t, want: want, best: len(want)/3 + 1, at: noParent}
	s.run()
	if s.at < 0 {
		names := ParsePath(path)
		s = search{tree: t, want: want, best: 1 << 30, at: noParent, leaf: fold(names[len(names)-1])}
		s.run()
	}
	if s.at < 0 {
		return "", false
	}
	return t.nodes[s.at].ID, true
}

// maxNearest bounds the text, so that the search stays fast.
const maxNearest = 1000

func fold(s string) string { return strings.ToLower(s) }

// search walks the tree as a trie of paths: the row of edit distances at the
// end of a category's path is where its children's begin.
type search struct {
	tree *Tree
	want []rune
	best int    // only a smaller distance counts
	at   int32  // the category with it
	leaf string // if not "", only categories of this name count
}

func (s *search) run() {
	start := make([]int, len(s.want)+1)
	for i := range start {
		start[i] = i
	}
	rows := [][]int{start} // by depth
	for place := 0; place < len(s.tree.order); {
		i := s.tree.order[place]
		depth := int(s.tree.depth[i])
		rows = rows[:depth]
		name := fold(s.tree.nodes[i].Name)
		if depth > 1 {
			name = Separator + name
		}
		row, hopeless := s.extend(rows[depth-1], name)
		if hopeless {
			place = int(s.tree.end[i])
			continue
		}
		if d := row[len(s.want)]; d < s.best && s.admits(i) {
			s.best, s.at = d, i
		}
		rows = append(rows, row)
		place++
	}
}

func (s *search) admits(i int32) bool {
	return s.leaf == "" || fold(s.tree.nodes[i].Name) == s.leaf
}

// extend returns the row after the text; it is hopeless when nothing that
// begins like this can come closer than the best.
func (s *search) extend(row []int, text string) ([]int, bool) {
	prev, next := slices.Clone(row), make([]int, len(row))
	for _, r := range text {
		next[0] = prev[0] + 1
		low := next[0]
		for j, w := range s.want {
			d := prev[j]
			if r != w {
				d = 1 + min(d, prev[j+1], next[j])
			}
			next[j+1] = d
			low = min(low, d)
		}
		if low >= s.best {
			return nil, true
		}
		prev, next = next, prev
	}
	return prev, false
}
