package rule

import (
	"fmt"
	"math"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"recat/migrate"
)

// reader gives the function that reads one field of a product. A NULL reads
// as the kind's zero value: "", 0, false, no bytes, 1970-01-01T00:00:00Z.
func reader(name string, kind migrate.Kind) func(*migrate.Product) (ref.Val, error) {
	switch name {
	case fieldID:
		return func(p *migrate.Product) (ref.Val, error) { return types.String(p.ID), nil }
	case fieldCategory:
		return func(p *migrate.Product) (ref.Val, error) { return types.String(p.Path), nil }
	case fieldLive:
		return func(p *migrate.Product) (ref.Val, error) { return types.Bool(p.Live), nil }
	}
	return func(p *migrate.Product) (ref.Val, error) {
		return convert(kind, value(p, name))
	}
}

// value gives the field as the catalog has it.
func value(p *migrate.Product, name string) migrate.Value {
	switch name {
	case fieldTitle:
		return p.Title
	case fieldState:
		return p.State
	case fieldSeller:
		return p.Seller
	}
	return p.Fields[name]
}

// isNull reports whether a known field is NULL. A product in no category has
// a NULL one; id and live never are.
func isNull(p *migrate.Product, name string) bool {
	switch name {
	case fieldID, fieldLive:
		return false
	case fieldCategory:
		return p.Path == ""
	}
	return value(p, name).IsNull()
}

// convert makes a CEL value of the declared kind. Databases with loose typing
// may hold another kind than the mapping declares: numbers convert where that
// is exact, everything renders as text, anything else is an error.
func convert(kind migrate.Kind, v migrate.Value) (ref.Val, error) {
	switch kind {
	case migrate.Text:
		return text(v), nil
	case migrate.Bytes:
		if v.Kind == migrate.Null || v.Kind == migrate.Bytes || v.Kind == migrate.Text {
			return types.Bytes(v.S), nil
		}
	case migrate.Int:
		return integer(v)
	case migrate.Float:
		if v.Kind == migrate.Int || v.Kind == migrate.Bool {
			return types.Double(v.I), nil
		}
		if v.Kind == migrate.Null || v.Kind == migrate.Float {
			return types.Double(v.F), nil
		}
	case migrate.Bool:
		if v.Kind == migrate.Null || v.Kind == migrate.Bool || v.Kind == migrate.Int {
			return types.Bool(v.I != 0), nil
		}
	case migrate.Time:
		if v.Kind == migrate.Null || v.Kind == migrate.Time {
			return types.Timestamp{Time: time.UnixMicro(v.I).UTC()}, nil
		}
	}
	return nil, mismatch(kind, v)
}

// text keeps the raw bytes of text, valid UTF-8 or not.
func text(v migrate.Value) ref.Val {
	if v.Kind == migrate.Text || v.Kind == migrate.Bytes {
		return types.String(v.S)
	}
	return types.String(v.Render())
}

func integer(v migrate.Value) (ref.Val, error) {
	switch v.Kind {
	case migrate.Null, migrate.Int, migrate.Bool:
		return types.Int(v.I), nil
	case migrate.Float:
		if v.F == math.Trunc(v.F) && v.F >= -1<<63 && v.F < 1<<63 {
			return types.Int(v.F), nil
		}
	}
	return nil, mismatch(migrate.Int, v)
}

var kindNames = map[migrate.Kind]string{
	migrate.Text: "text", migrate.Int: "an integer", migrate.Float: "a number",
	migrate.Bool: "a boolean", migrate.Bytes: "bytes", migrate.Time: "an instant",
}

func mismatch(kind migrate.Kind, v migrate.Value) error {
	return fmt.Errorf("the mapping declares %s, the catalog holds %s", kindNames[kind], kindNames[v.Kind])
}
