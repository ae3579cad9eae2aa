package catalog

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// asInt reads a stored number, however the column holds it.
func asInt(raw any) (int64, bool) {
	switch v := raw.(type) {
	case int64:
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
	case string:
		i, err := strconv.ParseInt(v, 10, 64)
		return i, err == nil
	case []byte:
		i, err := strconv.ParseInt(string(v), 10, 64)
		return i, err == nil
	}
	return 0, false
}

// asText reads a stored text, however the column holds it.
func asText(raw any) (string, bool) {
	switch v := raw.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), utf8.Valid(v)
	}
	return "", false
}

// holds reports whether a stored value is the derived one: numbers by value,
// texts by their characters, NULL like NULL.
func holds(stored, derived any) bool {
	switch want := derived.(type) {
	case nil:
		return stored == nil
	case int64:
		got, ok := asInt(stored)
		return ok && got == want
	case string:
		got, ok := asText(stored)
		return ok && got == want
	}
	return stored != nil && renderRaw(stored) == renderRaw(derived)
}

// alike reports whether two derivations gave the same cells.
func alike(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if renderRaw(a[i]) != renderRaw(b[i]) || (a[i] == nil) != (b[i] == nil) {
			return false
		}
	}
	return true
}
