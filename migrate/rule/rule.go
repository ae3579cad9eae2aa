// Package rule compiles conditions over products, written in CEL, into
// migrate.Condition.
//
// A condition sees one variable, product, with the fields id, title, live,
// state, category (the full path), seller and those the mapping declares. It
// is type-checked when it is compiled and evaluated in Go, so that every
// database engine gives the same answer. The language is specified at
// https://github.com/google/cel-spec; added to it are
//
//	product.title.hasWord("power supply")   whole words, see hasWord below
//	product.title.hasWord(["psu", "miner*"])
//	product.isNull("price")                 NULL, told from the zero value
//
// and of cel-go's string functions those whose result is no longer than their
// input: charAt, indexOf, lastIndexOf, lowerAscii, reverse, split, substring,
// trim, upperAscii.
//
// hasWord compares without regard to case after Unicode normalisation (NFKC).
// A word is a run of letters, marks and digits of one script; any run of other
// characters, and any change of script, is one boundary, so that "power
// supply" is found in "Power-Supply" and "asic" in "ASIC矿机". Invisible
// formatting characters count for nothing. A trailing * asks for a stem. Where
// a word begins or ends with Han, Kana or Thai, which are written without
// spaces, no boundary is asked for on that side.
package rule

import (
	"fmt"
	"strings"

	"recat/migrate"
)

// Field is one of the mapping's own product fields.
type Field struct {
	Name string
	Kind migrate.Kind
}

// Error is a defect of an expression at its place. Line and Column count from
// 1, in characters of the expression.
type Error struct {
	Line, Column int
	Msg          string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg)
}

// Position is the place in the expression.
func (e *Error) Position() (line, column int) { return e.Line, e.Column }

// Message says what is wrong, without the place.
func (e *Error) Message() string { return e.Msg }

// Errors is every defect found in one expression, in its order.
type Errors []*Error

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single errors to errors.As.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// The fields every product has.
const (
	fieldID       = "id"
	fieldTitle    = "title"
	fieldLive     = "live"
	fieldState    = "state"
	fieldCategory = "category"
	fieldSeller   = "seller"
)

// builtins are the fields every product has, with their types.
var builtins = []Field{
	{fieldID, migrate.Text}, {fieldTitle, migrate.Text}, {fieldLive, migrate.Bool},
	{fieldState, migrate.Text}, {fieldCategory, migrate.Text}, {fieldSeller, migrate.Text},
}
