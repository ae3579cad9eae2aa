package format

import (
	"errors"
	"fmt"
	"strings"

	"recat/taxonomy"
)

// ParseError says where a file is not what it should be.
type ParseError struct {
	File   string
	Line   int // from 1
	Column int // in bytes, from 1
	Msg    string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

// DefectError says why a well-formed file makes no tree or crosswalk. It
// unwraps to the taxonomy.Defects.
type DefectError struct {
	File    string
	Defects taxonomy.Defects
}

// maxListed bounds what an error text lists.
const maxListed = 20

// Error lists the defects, one a line, each after the file and its line.
func (e *DefectError) Error() string {
	var b strings.Builder
	for i, d := range e.Defects {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == maxListed {
			fmt.Fprintf(&b, "… and %d more", len(e.Defects)-i)
			break
		}
		b.WriteString(e.File)
		if d.Line > 0 {
			fmt.Fprintf(&b, ":%d", d.Line)
		}
		b.WriteString(": " + d.Message())
	}
	return b.String()
}

func (e *DefectError) Unwrap() error { return e.Defects }

// defective names the file that defects were found in.
func defective(file string, err error) error {
	var defects taxonomy.Defects
	if errors.As(err, &defects) {
		return &DefectError{File: file, Defects: defects}
	}
	return fmt.Errorf("%s: %w", file, err)
}
