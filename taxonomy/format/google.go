package format

import (
	"strings"

	"recat/taxonomy"
)

const (
	separator     = taxonomy.Separator
	googleVersion = "# Google_Product_Taxonomy_Version:"
	googleID      = " - " // after the id; names may hold it too
)

// readGoogle reads lines of an id and a path.
func readGoogle(src *source, _ Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: src.records()}
	ids := make(map[string]taxonomy.ID)
	for number, line := range src.lines() {
		if t.comment(line, googleVersion) {
			continue
		}
		id, path, ok := strings.Cut(line, googleID)
		if !ok {
			return nil, src.errorOn(number, 1, "expected an id, %q and a path", googleID)
		}
		if id == "" {
			return nil, src.errorOn(number, 1, "no id before %q", googleID)
		}
		if err := checkPath(src, number, len(id)+len(googleID)+1, path); err != nil {
			return nil, err
		}
		if _, twin := ids[path]; !twin {
			ids[path] = taxonomy.ID(id)
		}
		t.add(number, taxonomy.ID(id), path)
	}
	t.adopt(ids)
	return t, nil
}

// readGooglePaths reads lines of a path, which is the id too.
func readGooglePaths(src *source, _ Options) (*Taxonomy, error) {
	t := &Taxonomy{Records: src.records()}
	for number, line := range src.lines() {
		if t.comment(line, googleVersion) {
			continue
		}
		if err := checkPath(src, number, 1, line); err != nil {
			return nil, err
		}
		t.add(number, taxonomy.ID(line), line)
	}
	return t, nil
}

// checkPath refuses a path with an empty name in it.
func checkPath(src *source, line, column int, path string) error {
	for name := range strings.SplitSeq(path, separator) {
		if strings.TrimSpace(name) == "" {
			return src.errorOn(line, column, "an empty name in the path %q", path)
		}
		column += len(name) + len(separator)
	}
	return nil
}

// comment takes a line that states no category, and the version from it.
func (t *Taxonomy) comment(line, version string) bool {
	if v, ok := strings.CutPrefix(line, version); ok {
		t.Version = strings.TrimSpace(v)
		return true
	}
	return isBlank(line) || strings.HasPrefix(line, "#")
}

// add appends a category by its path; its parent is the path before the last
// name.
func (t *Taxonomy) add(line int, id taxonomy.ID, path string) {
	parent, name := "", path
	if cut := strings.LastIndex(path, separator); cut >= 0 {
		parent, name = path[:cut], path[cut+len(separator):]
	}
	t.Records = append(t.Records, taxonomy.Record{
		Node: taxonomy.Node{ID: id, Parent: taxonomy.ID(parent), Name: name, Line: line},
	})
}

// adopt replaces each parent's path by its id. A path that no category has
// stays, and is found missing.
func (t *Taxonomy) adopt(ids map[string]taxonomy.ID) {
	for i := range t.Records {
		r := &t.Records[i]
		if id, ok := ids[string(r.Parent)]; ok {
			r.Parent = id
		}
	}
}

// isGoogleLine reports whether the line begins with a number as Google's do.
func isGoogleLine(line string) bool {
	id, path, ok := strings.Cut(line, googleID)
	return ok && id != "" && path != "" && strings.Trim(id, "0123456789") == ""
}

// detectGoogle tells the two layouts apart: with ids, every line has one.
func detectGoogle(src *source) Format {
	for _, line := range src.lines() {
		if !isBlank(line) && !strings.HasPrefix(line, "#") && !hasGoogleID(line) {
			return GooglePaths
		}
	}
	return Google
}

// hasGoogleID reports whether the line begins with what can be an id: it holds
// no space.
func hasGoogleID(line string) bool {
	id, _, ok := strings.Cut(line, googleID)
	return ok && !strings.ContainsAny(id, " >")
}
