package policyfile

import (
	"fmt"
	"strings"

	"recat/migrate"
)

// didYouMean is the end of a message that names the word nearest to the one
// that was written; "" where none is near.
func didYouMean(word string, words []string) string {
	if near := migrate.Nearest(word, words); len(near) > 0 {
		return fmt.Sprintf("; did you mean %s?", near[0])
	}
	return ""
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
