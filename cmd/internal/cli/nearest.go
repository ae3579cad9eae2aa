package cli

import (
	"slices"
	"strings"
)

// nearest lists the words within two or three edits of one, nearest first.
func nearest(word string, among []string) []string {
	limit := max(2, len(word)/3)
	type near struct {
		word  string
		edits int
	}
	var found []near
	for _, w := range among {
		if d := editDistance(strings.ToLower(word), strings.ToLower(w)); d <= limit {
			found = append(found, near{w, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.edits - b.edits })
	var out []string
	for _, f := range found[:min(len(found), 3)] {
		out = append(out, f.word)
	}
	return out
}

// didYouMean ends a sentence with what may have been meant.
func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}

// editDistance counts the insertions, deletions and substitutions of bytes
// that lead from one text to the other.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
