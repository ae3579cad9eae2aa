package format

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// document reads JSON a member or element at a time, knowing the lines. Every
// error that its methods make is a ParseError.
type document struct {
	*source
	dec     *json.Decoder
	counted int // offset up to which lines were counted
	line    int // the line at that offset
}

// errStop, from a callback, ends the reading early and is handed through.
var errStop = errors.New("stop")

func newDocument(src *source) *document {
	return &document{source: src, dec: json.NewDecoder(strings.NewReader(src.text)), line: 1}
}

// value reads the opening bracket of a list or object, hands it on, and reads
// the closing one.
func (d *document) value(inside func(open json.Delim) error) error {
	at := d.offset()
	token, err := d.dec.Token()
	if err != nil {
		return d.fail(at, err)
	}
	open, ok := token.(json.Delim)
	if !ok {
		return d.errorAt(at, "expected a list or an object")
	}
	if err := inside(open); err != nil {
		return err
	}
	if _, err := d.dec.Token(); err != nil {
		return d.fail(at, err)
	}
	return nil
}

// object reads an object, each member by the callback, which must consume the
// value.
func (d *document) object(member func(key string) error) error {
	at := d.offset()
	return d.value(func(open json.Delim) error {
		if open != '{' {
			return d.errorAt(at, "expected an object")
		}
		return d.members(member)
	})
}

// array reads a list, each element by the callback, which must consume it.
func (d *document) array(element func() error) error {
	at := d.offset()
	return d.value(func(open json.Delim) error {
		if open != '[' {
			return d.errorAt(at, "expected a list")
		}
		return d.elements(element)
	})
}

func (d *document) members(member func(key string) error) error {
	for d.dec.More() {
		at := d.offset()
		key, err := d.dec.Token()
		if err != nil {
			return d.fail(at, err)
		}
		if err := member(key.(string)); err != nil {
			return err
		}
	}
	return nil
}

func (d *document) elements(element func() error) error {
	for d.dec.More() {
		if err := element(); err != nil {
			return err
		}
	}
	return nil
}

// decode reads the next value into v.
func (d *document) decode(v any) error {
	at := d.offset()
	if err := d.dec.Decode(v); err != nil {
		return d.fail(at, err)
	}
	return nil
}

func (d *document) skip() error {
	var raw json.RawMessage
	return d.decode(&raw)
}

// end reports what follows the value that should be all there is.
func (d *document) end() error {
	at := d.offset()
	if _, err := d.dec.Token(); err != io.EOF {
		return d.errorAt(at, "text after the end of the JSON value")
	}
	return nil
}

// offset is where the next value begins.
func (d *document) offset() int {
	at := int(d.dec.InputOffset())
	for at < len(d.text) && strings.IndexByte(" \t\r\n,:", d.text[at]) >= 0 {
		at++
	}
	return at
}

// lineOf returns the line of an offset that is not before the last one asked
// for.
func (d *document) lineOf(offset int) int {
	d.line += strings.Count(d.text[d.counted:offset], "\n")
	d.counted = offset
	return d.line
}

// fail places an error of the decoder. The decoder's own offsets count from
// different beginnings, so a syntax error is looked for again from the start.
func (d *document) fail(at int, err error) error {
	var syntax *json.SyntaxError
	var raw json.RawMessage
	if errors.As(json.Unmarshal([]byte(d.text), &raw), &syntax) {
		return d.errorAt(int(syntax.Offset)-1, "%s", syntax.Error())
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return d.errorAt(at+int(mismatch.Offset)-1, "%s: a %s doesn't belong here", mismatch.Field, mismatch.Value)
	}
	return d.errorAt(at, "%s", strings.TrimPrefix(err.Error(), "json: "))
}
