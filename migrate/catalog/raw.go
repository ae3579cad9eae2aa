package catalog

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"time"

	"recat/migrate"
)

// valueOf turns what the driver gives into a migrate.Value.
func valueOf(raw any) migrate.Value {
	switch v := raw.(type) {
	case int64:
		return migrate.IntValue(v)
	case string:
		return migrate.TextValue(v)
	case []byte:
		return migrate.BytesValue(v)
	case float64:
		return migrate.FloatValue(v)
	case bool:
		return migrate.BoolValue(v)
	case time.Time:
		return migrate.TimeValue(v)
	}
	return migrate.Value{}
}

// renderRaw gives the one rendering of a raw value; NULL is "".
func renderRaw(raw any) string {
	switch v := raw.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case nil:
		return ""
	}
	return valueOf(raw).Render()
}

// rendering gives the rendering, nil for NULL.
func rendering(raw any) *string {
	if raw == nil {
		return nil
	}
	s := renderRaw(raw)
	return &s
}

func truth(raw any) bool {
	switch v := raw.(type) {
	case int64:
		return v != 0
	case bool:
		return v
	case float64:
		return v != 0
	}
	return false
}

// typed reads a raw value as the type a field declares. What does not fit
// the type is NULL: rules must not see what they were not promised.
func typed(raw any, kind migrate.Kind) migrate.Value {
	v := valueOf(raw)
	if v.IsNull() {
		return v
	}
	switch kind {
	case migrate.Text:
		return migrate.TextValue(v.Render())
	case migrate.Int:
		return typedInt(v)
	case migrate.Float:
		return typedFloat(v)
	case migrate.Bool:
		if i := typedInt(v); !i.IsNull() {
			return migrate.BoolValue(i.I != 0)
		}
		return migrate.BoolValue(v.S == "t" || v.S == "true")
	case migrate.Time:
		return typedTime(v)
	}
	return v
}

func typedInt(v migrate.Value) migrate.Value {
	switch v.Kind {
	case migrate.Int, migrate.Bool:
		return migrate.IntValue(v.I)
	case migrate.Float:
		return migrate.IntValue(int64(v.F))
	}
	if i, err := strconv.ParseInt(v.S, 10, 64); err == nil {
		return migrate.IntValue(i)
	}
	return migrate.Value{}
}

func typedFloat(v migrate.Value) migrate.Value {
	switch v.Kind {
	case migrate.Int, migrate.Bool:
		return migrate.FloatValue(float64(v.I))
	case migrate.Float:
		return v
	}
	if f, err := strconv.ParseFloat(v.S, 64); err == nil {
		return migrate.FloatValue(f)
	}
	return migrate.Value{}
}

// timeLayouts are the spellings of instants that SQLite's own functions know.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04", "2006-01-02"}

func typedTime(v migrate.Value) migrate.Value {
	switch v.Kind {
	case migrate.Time:
		return v
	case migrate.Int:
		return migrate.TimeValue(time.Unix(v.I, 0))
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, v.S); err == nil {
			return migrate.TimeValue(t)
		}
	}
	return migrate.Value{}
}

// told is a column's value as plans tell it: SQLite keeps an instant as text,
// where the column says that it holds instants.
func (t *table) told(name string, raw any) any {
	text, ok := raw.(string)
	if !ok {
		return raw
	}
	if c, known := t.column(name); !known || !c.instants {
		return raw
	}
	for _, layout := range timeLayouts[:4] {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return raw
}

// sameRaw compares as SQL's IS does: value and type, NULL like NULL.
func sameRaw(a, b any) bool {
	if x, ok := a.([]byte); ok {
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	}
	if _, ok := b.([]byte); ok {
		return false
	}
	return a == b
}

// typedKeys gives the one key of a typed column that has a rendering: bytes
// render as hex. There is none where the rendering is no hex.
func typedKeys(c column, rendering string) []any {
	if !c.bytes {
		return []any{rendering}
	}
	raw, err := hex.DecodeString(rendering)
	if err != nil {
		return nil
	}
	return []any{raw}
}
