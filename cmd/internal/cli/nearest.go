package cli

import "strings"

// didYouMean ends a sentence with what may have been meant.
func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}
