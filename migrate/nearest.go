package migrate

import (
	"slices"
	"strings"
)

// Nearest lists the known words that a misspelt one may stand for, nearest
// first, at most three: those that a few edits, letters' case apart, lead to.
func Nearest(word string, known []string) []string {
	type near struct {
		word  string
		edits int
	}
	limit := len(word)/3 + 2
	var found []near
	for _, k := range known {
		if apart := len(word) - len(k); apart >= limit || -apart >= limit {
			continue // so are they; a long word need not be measured
		}
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < limit {
			found = append(found, near{k, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.edits - b.edits })
	var words []string
	for _, f := range found[:min(len(found), 3)] {
		words = append(words, f.word)
	}
	return words
}

// edits counts the insertions, deletions and substitutions of bytes that lead
// from one word to the other (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
