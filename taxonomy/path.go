package taxonomy

import "strings"

// Separator stands between the names of a written path.
const Separator = " > "

// Path is the names from a root down to a category, the root's first.
type Path []string

// String joins the names with " > ".
func (p Path) String() string { return strings.Join(p, Separator) }

// ParsePath reads a path as a person writes it: names with ">" between them,
// the spaces around each name dropped. A name that holds a ">" cannot be told
// from two names; Tree.Lookup finds it all the same. The empty text is the
// empty path.
func ParsePath(s string) Path {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	names := strings.Split(s, ">")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	return names
}

// canonical is s with exactly one space on either side of every ">" and none
// at the ends: two texts that write the same path have the same canonical form.
func canonical(s string) string {
	if !strings.Contains(s, ">") {
		return strings.TrimSpace(s)
	}
	return ParsePath(s).String()
}
