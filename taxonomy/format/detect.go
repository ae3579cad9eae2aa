package format

import (
	"encoding/json"
	"strings"
)

// detect recognises the format by the content.
func detect(src *source) (Format, error) {
	switch first := strings.TrimSpace(src.text)[0]; first {
	case '{', '[':
		return detectJSON(src)
	}
	for _, line := range src.lines() {
		switch {
		case strings.HasPrefix(line, googleVersion):
			return detectGoogle(src), nil
		case strings.HasPrefix(line, shopifyVersion), strings.HasPrefix(line, shopifyGID):
			return Shopify, nil
		case isBlank(line), strings.HasPrefix(line, "#"):
			continue
		case isGoogleLine(line):
			return Google, nil
		}
		break
	}
	return detectCSV(src)
}

func isBlank(line string) bool { return strings.TrimSpace(line) == "" }

// detectCSV looks for a header that a reader knows. eBay's comes after a title.
func detectCSV(src *source) (Format, error) {
	rows := newRows(src, '#')
	for n := range 4 {
		row, err := rows.next()
		if err != nil {
			break
		}
		if _, ok := findColumns(row); ok && n == 0 {
			return CSV, nil
		}
		if isEBayHeader(row) {
			return EBayCSV, nil
		}
	}
	if isPathList(src) {
		return GooglePaths, nil
	}
	return "", src.errorAt(0, "neither a known taxonomy format nor a CSV with the columns id, parent, name; or id, path; or path")
}

// isPathList reports whether something in the file is under its first line.
func isPathList(src *source) bool {
	for _, line := range src.lines() {
		if !isBlank(line) && !strings.HasPrefix(line, "#") {
			return strings.Contains(src.text, "\n"+line+separator)
		}
	}
	return false
}

// detectJSON looks at the keys of the object, or of the first one in a list.
func detectJSON(src *source) (Format, error) {
	doc := newDocument(src)
	found := Format("")
	look := func(key string) error {
		switch key {
		case "CategoryArray":
			found = EBayFlat
		case "rootCategoryNode":
			found = EBayTree
		case "categories":
			found = JSON
		}
		if found != "" {
			return errStop
		}
		return doc.skip()
	}
	err := doc.value(func(open json.Delim) error {
		if open == '{' {
			return doc.members(look)
		}
		return doc.elements(func() error {
			found = JSON
			var element struct{ Path, SubCategories json.RawMessage }
			if err := doc.decode(&element); err != nil {
				return err
			}
			if element.Path != nil || element.SubCategories != nil {
				found = BestBuy
			}
			return errStop
		})
	})
	if err != nil && err != errStop {
		return "", err
	}
	if found == "" {
		return "", src.errorAt(0, "no JSON taxonomy that is known: it has no CategoryArray, rootCategoryNode or categories")
	}
	return found, nil
}
