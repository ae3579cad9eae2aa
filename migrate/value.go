package migrate

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of a Value.
const (
	Null Kind = iota
	Text
	Int
	Float
	Bool
	Bytes
	Time
)

// Value is one scalar of a catalog, as a rule reads it and a plan records it.
// The zero Value is NULL.
type Value struct {
	Kind Kind
	S    string  // Text, and Bytes as the raw bytes
	I    int64   // Int; Bool as 0 or 1; Time as microseconds since 1970 UTC
	F    float64 // Float
}

// TextValue, IntValue, FloatValue, BoolValue, BytesValue and TimeValue make
// values of their kind.
func TextValue(s string) Value   { return Value{Kind: Text, S: s} }
func IntValue(i int64) Value     { return Value{Kind: Int, I: i} }
func FloatValue(f float64) Value { return Value{Kind: Float, F: f} }
func BytesValue(b []byte) Value  { return Value{Kind: Bytes, S: string(b)} }
func TimeValue(t time.Time) Value {
	return Value{Kind: Time, I: t.UnixMicro()}
}

// BoolValue makes a boolean value, rendered 0 or 1.
func BoolValue(b bool) Value {
	if b {
		return Value{Kind: Bool, I: 1}
	}
	return Value{Kind: Bool}
}

// IsNull reports whether v is NULL.
func (v Value) IsNull() bool { return v.Kind == Null }

// timeLayout is the one rendering of an instant: UTC, microseconds.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// Render gives the one rendering every engine shares: booleans 0 and 1,
// integers in decimal, floats shortest, instants in UTC with microseconds, and
// bytes and text that is not UTF-8 as lower-case hex. NULL renders as "" and
// must be told apart by IsNull.
func (v Value) Render() string {
	switch v.Kind {
	case Text:
		if !utf8.ValidString(v.S) {
			return hex.EncodeToString([]byte(v.S))
		}
		return v.S
	case Bytes:
		return hex.EncodeToString([]byte(v.S))
	case Int, Bool:
		return strconv.FormatInt(v.I, 10)
	case Float:
		return renderFloat(v.F)
	case Time:
		return time.UnixMicro(v.I).UTC().Format(timeLayout)
	}
	return ""
}

// text is the rendering, nil for NULL. Text that renders as itself is shared,
// not copied.
func (v *Value) text() *string {
	if v.Kind == Text && utf8.ValidString(v.S) {
		return &v.S
	}
	return rendered(*v)
}

// renderFloat writes whole numbers without an exponent or a fraction, so that
// a count kept as REAL renders as the same count kept as INTEGER.
func renderFloat(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// Same reports whether two values render alike; NULL is like NULL only.
func (v Value) Same(w Value) bool {
	if v.IsNull() || w.IsNull() {
		return v.IsNull() == w.IsNull()
	}
	return v.Render() == w.Render()
}
