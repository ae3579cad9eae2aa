package view

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// FormatVersion is the format_version of every JSON output. Members may be
// added under the same major version; readers must refuse another major.
const FormatVersion = "1.0"

// object streams one JSON object.
type object struct {
	out   *bufio.Writer
	err   error
	comma string
	breaks
}

// breaks are what stands before a member, an element, and the ends of both.
type breaks struct{ member, element, elements, members string }

var (
	// spread is a member a line and an array's elements a line each, so that it
	// is readable with less and diffable.
	spread = breaks{"\n  ", "\n    ", "\n  ", "\n"}
	// oneLine is for streams of objects.
	oneLine = breaks{}
)

// newObject begins an object with its format_version.
func newObject(w io.Writer) *object {
	o := &object{out: bufio.NewWriter(w), comma: "{", breaks: spread}
	o.member("format_version", FormatVersion)
	return o
}

// newLine begins an object that is one line.
func newLine(w io.Writer) *object {
	return &object{out: bufio.NewWriter(w), comma: "{", breaks: oneLine}
}

// member writes one member.
func (o *object) member(key string, v any) {
	o.key(key)
	o.value(v)
}

// optional writes a member that is there.
func optional[T comparable](o *object, key string, v T) {
	var none T
	if v != none {
		o.member(key, v)
	}
}

func (o *object) key(key string) {
	o.out.WriteString(o.comma + o.breaks.member + `"` + key + `":`)
	if o.breaks != oneLine {
		o.out.WriteByte(' ')
	}
	o.comma = ","
}

func (o *object) value(v any) {
	if o.err != nil {
		return
	}
	var line []byte
	if line, o.err = encode(v); o.err == nil {
		o.out.Write(line)
	}
}

// list writes an array, element by element as they come.
func list[T any](o *object, key string, elements iter.Seq2[T, error]) {
	o.key(key)
	o.out.WriteByte('[')
	comma := ""
	for v, err := range elements {
		if o.err != nil {
			return
		}
		if err != nil {
			o.err = err
			return
		}
		o.out.WriteString(comma + o.element)
		o.value(v)
		comma = ","
	}
	if comma != "" {
		o.out.WriteString(o.elements)
	}
	o.out.WriteByte(']')
}

// slice writes an array of what is at hand.
func slice[T any](o *object, key string, elements []T) {
	list(o, key, func(yield func(T, error) bool) {
		for _, v := range elements {
			if !yield(v, nil) {
				return
			}
		}
	})
}

// close ends the object. Its error is the first that writing met.
func (o *object) close() error {
	if o.err != nil {
		o.out.Flush()
		return o.err
	}
	o.out.WriteString(o.members + "}\n")
	return o.out.Flush()
}

// encode is compact JSON in which whatever a terminal could act on stands as
// an escape.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return escapeJSON(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// escapeJSON escapes what is not visible. Outside of strings JSON is ASCII.
func escapeJSON(line []byte) []byte {
	if plainText(line) {
		return line
	}
	out := make([]byte, 0, len(line)+16)
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		switch {
		case r < ' ' || visible(r) && r != 0x7f:
			out = append(out, line[:size]...)
		case r > 0xffff:
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		line = line[size:]
	}
	return out
}

// escaper escapes JSON on its way, a line at a time.
type escaper struct {
	w    io.Writer
	held []byte
}

func (e *escaper) Write(b []byte) (int, error) {
	e.held = append(e.held, b...)
	end := bytes.LastIndexByte(e.held, '\n') + 1
	if _, err := e.w.Write(escapeJSON(e.held[:end])); err != nil {
		return 0, err
	}
	e.held = append(e.held[:0], e.held[end:]...)
	return len(b), nil
}

func (e *escaper) flush() error {
	_, err := e.w.Write(escapeJSON(e.held))
	return err
}
