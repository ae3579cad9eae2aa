package planfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"

	"github.com/klauspost/compress/zstd"

	"recat/migrate"
)

// pass is one reading of a plan from its beginning.
type pass struct {
	path  string
	lines lineReader
	zip   *zstd.Decoder // nil where the plan is not compressed
	seal  *seal
	last  lineKind
}

// readBuffer is how much is read at once.
const readBuffer = 128 << 10

// maxWindow is what zstd itself takes without being asked for more.
const maxWindow = 128 << 20

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// newPass reads at places of its own, so that passes do not disturb another.
func newPass(path string, file io.ReaderAt) (*pass, error) {
	r := bufio.NewReaderSize(io.NewSectionReader(file, 0, math.MaxInt64), readBuffer)
	p := &pass{path: path, seal: newSeal()}
	if magic, _ := r.Peek(len(zstdMagic)); bytes.Equal(magic, zstdMagic) {
		zip, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, p.explain(err)
		}
		p.zip = zip
		r = bufio.NewReaderSize(zip, readBuffer)
	}
	p.lines.r = r
	return p, nil
}

func (p *pass) close() {
	if p.zip != nil {
		p.zip.Close()
	}
}

// defect places a line's defect in the file, at the last line read.
func (p *pass) defect(d *defect) error {
	return &migrate.FileError{Pos: migrate.Pos{File: p.path, Line: p.lines.number, Column: d.column}, Msg: d.msg}
}

// refuse is defect for a whole line.
func (p *pass) refuse(msg string) error { return p.defect(&defect{msg: msg}) }

// explain tells a defect of the file from a failure to read it.
func (p *pass) explain(err error) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed
	}
	switch {
	case errors.Is(err, io.EOF):
		return p.refuse("there is no trailer: the file is cut short")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return p.refuse("the compressed file is cut short")
	case errors.Is(err, errTooLong), errors.Is(err, errNoEnd), errors.Is(err, errCRLF):
		return p.refuse(err.Error())
	}
	return p.refuse("zstd: " + err.Error())
}

// header reads the first line.
func (p *pass) header() (migrate.Header, error) {
	if err := p.recognise(); err != nil {
		return migrate.Header{}, err
	}
	line, err := p.lines.next(maxHeader)
	if err != nil {
		return migrate.Header{}, p.explain(err)
	}
	p.seal.decisive(line)
	h, d := readHeader(line[:len(line)-1])
	if d != nil {
		return migrate.Header{}, p.defect(d)
	}
	return h, nil
}

// recognise refuses what is not a plan of any kind.
func (p *pass) recognise() error {
	start, err := p.lines.r.Peek(len(headerStart))
	switch {
	case string(start) == headerStart:
		return nil
	case err != nil && err != io.EOF:
		return p.explain(err)
	}
	p.lines.number = 1
	switch {
	case len(start) == 0:
		return p.refuse("the file is empty, not a plan")
	case bytes.HasPrefix(start, []byte("\ufeff")):
		return p.refuse("the file begins with a byte-order mark: a plan is kept as it was written")
	}
	return p.refuse("not a plan: a plan begins with " + headerStart)
}

// provenance reads the second line.
func (p *pass) provenance() (migrate.Provenance, error) {
	line, err := p.lines.next(maxLine)
	if err != nil {
		return migrate.Provenance{}, p.explain(err)
	}
	p.seal.incidental(line)
	var frame provenanceFrame
	if d := unmarshal(line[:len(line)-1], &frame); d != nil {
		return migrate.Provenance{}, p.defect(d)
	}
	return frame.Provenance, nil
}

// skipFrame passes over the first two lines.
func (p *pass) skipFrame() error {
	for _, limit := range []int{maxHeader, maxLine} {
		line, err := p.lines.next(limit)
		if err != nil {
			return p.explain(err)
		}
		p.seal.incidental(line)
	}
	return nil
}

// next reads a change's line or the trailer's, with its LF, and leaves it to
// the caller to seal it.
func (p *pass) next() ([]byte, lineKind, error) {
	line, err := p.lines.next(maxLine)
	if err != nil {
		return nil, otherLine, p.explain(err)
	}
	kind := kindOf(line)
	switch {
	case kind == otherLine:
		return nil, kind, p.refuse("neither a change nor the trailer")
	case kind < p.last:
		return nil, kind, p.refuse("a " + kind.String() + " comes after a " + p.last.String())
	}
	p.last = kind
	return line, kind, nil
}

// trailer reads the last line and verifies the file by it.
func (p *pass) trailer(line []byte) (sealed, error) {
	var frame trailerFrame
	if d := unmarshal(line[:len(line)-1], &frame); d != nil {
		return sealed{}, p.defect(d)
	}
	t := frame.Trailer
	if _, err := p.seal.decided(t.Totals); err != nil {
		return sealed{}, err
	}
	switch {
	case p.seal.summed(line) != t.Sum:
		return sealed{}, p.refuse("the sum is not that of the file: it was changed or damaged after it was written")
	case rendered(p.seal.digest) != t.Digest:
		return sealed{}, p.refuse("the digest is not that of the plan")
	case !t.Totals.Balanced():
		return sealed{}, p.refuse("the totals do not balance: found is not reassigned, delisted and detached together")
	}
	return t, p.over()
}

// resum holds a second reading to the trailer the file was verified with.
func (p *pass) resum(line []byte, known sealed) error {
	want, err := marshal(trailerFrame{known})
	if err != nil {
		return err
	}
	if !bytes.Equal(line[:len(line)-1], want) || p.seal.summed(line) != known.Sum {
		return p.refuse("the file changed while it was in use")
	}
	return nil
}

// over must be all there is.
func (p *pass) over() error {
	_, err := p.lines.next(maxLine)
	switch {
	case err == io.EOF:
		return nil
	case err == nil, errors.Is(err, errNoEnd), errors.Is(err, errTooLong), errors.Is(err, errCRLF):
		return p.refuse("the file goes on after its trailer")
	}
	return p.explain(err)
}
