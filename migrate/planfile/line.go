package planfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Limits of a line, without its LF. The header holds policy and files whole.
const (
	maxHeader = 64 << 20
	maxLine   = 1 << 20
)

// lineKind is what a line after the provenance holds, in file order.
type lineKind uint8

const (
	otherLine lineKind = iota
	categoryLine
	productLine
	referenceLine
	trailerLine
)

func (k lineKind) String() string {
	return [...]string{"line", "category", "product", "reference", "trailer"}[k]
}

// kindOf goes by how the line begins.
func kindOf(line []byte) lineKind {
	switch {
	case bytes.HasPrefix(line, []byte(`{"product":`)):
		return productLine
	case bytes.HasPrefix(line, []byte(`{"category":`)):
		return categoryLine
	case bytes.HasPrefix(line, []byte(`{"reference":`)):
		return referenceLine
	case bytes.HasPrefix(line, []byte(`{"trailer":`)):
		return trailerLine
	}
	return otherLine
}

var (
	errTooLong = errors.New("the line is too long")
	errNoEnd   = errors.New("the line has no end: the file is cut short")
	errCRLF    = errors.New("the line ends in CR LF: the file was converted on its way here")
)

// lineReader reads lines that end in LF, and counts them.
type lineReader struct {
	r      *bufio.Reader
	number int // of the last line read, or tried
	spill  []byte
}

// next gives a line with its LF, which is good until the next call. io.EOF
// says that there is none.
func (l *lineReader) next(limit int) ([]byte, error) {
	l.number++
	line, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		line, err = l.long(line, limit)
	}
	switch {
	case err == io.EOF && len(line) > 0:
		return nil, errNoEnd
	case err != nil:
		return nil, err
	case len(line)-1 > limit:
		return nil, errTooLong
	case len(line) > 1 && line[len(line)-2] == '\r':
		return nil, errCRLF
	}
	return line, nil
}

// long reads on a line that is longer than the reader's buffer.
func (l *lineReader) long(line []byte, limit int) ([]byte, error) {
	l.spill = append(l.spill[:0], line...)
	for {
		if len(l.spill) > limit+1 {
			return nil, errTooLong
		}
		more, err := l.r.ReadSlice('\n')
		l.spill = append(l.spill, more...)
		if err != bufio.ErrBufferFull {
			return l.spill, err
		}
	}
}
