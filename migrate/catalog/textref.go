package catalog

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inText reports whether the column holds categories inside a text that is
// another program's: such a text is read and never rewritten.
func (r Reference) inText() bool { return r.PathOfIDs != "" || r.JSONContains != "" }

// wanted are the keys that a text may name, as the one kind of reference
// knows them: the key's rendering to the category's place, from 1.
type wanted struct {
	r    Reference
	keys map[string]int64
	long []string // keys that hold the separator themselves
}

func (r Reference) wants(keys map[string]int64) *wanted {
	delete(keys, "")
	w := &wanted{r: r, keys: keys}
	for key := range keys {
		if r.PathOfIDs != "" && strings.Contains(key, r.PathOfIDs) {
			w.long = append(w.long, key)
		}
	}
	return w
}

// first is the lowest place of a category that the text names; 0 where it
// names none of them.
func (w *wanted) first(text string) int64 {
	if w.r.PathOfIDs != "" {
		return w.inPath(text)
	}
	if place, err := w.inJSON(text); err == nil {
		return place
	}
	return w.among(text)
}

// lower takes the lower of two places, of which 0 is none.
func lower(a, b int64) int64 {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// inPath compares each segment of a path with the keys, spaces around it
// aside.
func (w *wanted) inPath(text string) int64 {
	sep := w.r.PathOfIDs
	var place int64
	for segment := range strings.SplitSeq(text, sep) {
		place = lower(place, w.keys[segment])
		place = lower(place, w.keys[strings.TrimSpace(segment)])
	}
	for _, key := range w.long {
		if strings.Contains(sep+text+sep, sep+key+sep) {
			place = lower(place, w.keys[key])
		}
	}
	return place
}

var errNotJSON = errors.New("more than one document")

// inJSON compares each string and number of a document with the keys. Names
// of members are no values. A number counts as it is written. The error says
// that the text is not one JSON document.
func (w *wanted) inJSON(text string) (int64, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var place int64
	var open []bool // by depth: whether it is an object
	name := false   // whether a member's name comes next
	for {
		token, err := d.Token()
		if err == io.EOF && len(open) == 0 {
			return place, nil
		}
		if err != nil {
			return 0, err
		}
		switch v := token.(type) {
		case json.Delim:
			if v == '{' || v == '[' {
				open = append(open, v == '{')
			} else {
				open = open[:len(open)-1]
			}
		case string:
			if name {
				name = false
				continue
			}
			place = lower(place, w.keys[v])
		case json.Number:
			place = lower(place, w.keys[v.String()])
		}
		if len(open) == 0 && d.More() {
			return 0, errNotJSON
		}
		name = len(open) > 0 && open[len(open)-1]
	}
}

// among looks for the keys as whole words of a text that is not JSON, which
// is all that can be said of it.
func (w *wanted) among(text string) int64 {
	var place int64
	for key, at := range w.keys {
		if wordIn(text, key) {
			place = lower(place, at)
		}
	}
	return place
}

// wordIn reports whether key stands in text with no letter, digit, underscore
// or hyphen beside it.
func wordIn(text, key string) bool {
	if key == "" {
		return false
	}
	part := func(r rune) bool { return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	for from := 0; ; {
		i := strings.Index(text[from:], key)
		if i < 0 {
			return false
		}
		at := from + i
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(key):])
		if !part(before) && !part(after) {
			return true
		}
		from = at + 1
	}
}

// textOf is a column's text as Go has it; bytes are taken as they are.
func textOf(raw any) string {
	if b, ok := raw.([]byte); ok {
		return string(b)
	}
	return renderRaw(raw)
}

// coarseKeys is up to how many keys the database looks for itself. For more
// of them it is cheaper to read every text once.
const coarseKeys = 16

// coarse is a condition that holds for every text that names one of the keys,
// and for few others. JSON may spell any character with a backslash.
func (w *wanted) coarse(text string) (string, []any) {
	if len(w.keys) > coarseKeys {
		return ident(w.r.Column) + " IS NOT NULL", nil
	}
	var parts []string
	var args []any
	has := func(part string) {
		parts = append(parts, "replace("+text+", ?, '') <> "+text)
		args = append(args, part)
	}
	for _, key := range slices.Sorted(maps.Keys(w.keys)) {
		has(key)
	}
	if w.r.JSONContains != "" {
		has(`\`)
	}
	return "(" + strings.Join(parts, " OR ") + ")", args
}
