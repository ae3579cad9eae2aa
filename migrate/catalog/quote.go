package catalog

import (
	"fmt"
	"strings"
)

// ident quotes a name for SQL.
func ident(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// idents quotes names, each after prefix, separated by commas.
func idents(prefix string, names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + ident(n)
	}
	return strings.Join(out, ", ")
}

// stringLiteral quotes a text for SQL where no parameter can stand.
func stringLiteral(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// numbered gives prefix1, prefix2 … as many as there are things.
func numbered(prefix string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s%d", prefix, i+1)
	}
	return out
}

// eachName formats a template for each pair of names and joins the results.
func eachName(format, sep string, names ...[]string) string {
	out := make([]string, len(names[0]))
	for i := range out {
		args := make([]any, len(names))
		for j := range names {
			args[j] = names[j][i]
		}
		out[i] = fmt.Sprintf(format, args...)
	}
	return strings.Join(out, sep)
}

// quoteAll quotes each name.
func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = ident(n)
	}
	return out
}
