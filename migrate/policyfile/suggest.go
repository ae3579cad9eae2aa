package policyfile

import (
	"fmt"
	"strings"
)

// didYouMean is the end of a message that names the word nearest to the one
// that was written; "" where none is near.
func didYouMean(word string, words []string) string {
	best, at := len(word)/3+2, ""
	for _, w := range words {
		if d := distance(strings.ToLower(word), w, best); d < best {
			best, at = d, w
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", at)
}

// distance counts the edits, of one byte each, between two words. Words whose
// lengths are limit apart are not compared.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
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
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// oneOf lists words: "a, b or c".
func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// maxShown bounds what a message repeats.
const maxShown = 80

// show quotes text for a message.
func show(s string) string {
	if r := []rune(s); len(r) > maxShown {
		s = string(r[:maxShown]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
