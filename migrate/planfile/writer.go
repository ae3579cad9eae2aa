package planfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"recat/migrate"
	"recat/taxonomy"
)

// Writer writes a plan. It is a migrate.PlanWriter: Begin, Add for each
// change in canonical order, Finish. The first error is final.
type Writer struct {
	out    *bufio.Writer
	zip    *zstd.Encoder // nil where the plan is not compressed
	file   *tempFile     // nil for NewWriter
	seal   *seal
	order  sequence
	totals migrate.Totals
	line   []byte
	begun  bool
	over   error // why no more is taken
}

var _ migrate.PlanWriter = (*Writer)(nil)

var (
	errFinished = errors.New("the plan is finished")
	errClosed   = errors.New("the plan is closed")
	errNotBegun = errors.New("the plan is not begun")
	errBegun    = errors.New("the plan is begun already")
)

// writeBuffer is how much is written at once.
const writeBuffer = 64 << 10

// NewWriter writes a plan to w, uncompressed. Closing it does not close w.
func NewWriter(w io.Writer) *Writer {
	return &Writer{out: bufio.NewWriterSize(w, writeBuffer), seal: newSeal()}
}

// Create writes a plan to the file at path, compressed where its name ends in
// .zst. Until Finish there is only a temporary file beside it, readable by
// its owner alone, which Close removes; Finish replaces what was there.
func Create(path string) (*Writer, error) {
	file, err := createTemp(path)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(path, ".zst") {
		w := NewWriter(file)
		w.file = file
		return w, nil
	}
	// One goroutine and a small window keep memory flat; the checksum is on.
	zip, err := zstd.NewWriter(file, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, errors.Join(err, file.discard())
	}
	w := NewWriter(zip)
	w.file, w.zip = file, zip
	return w, nil
}

// Begin writes the header and the provenance.
func (w *Writer) Begin(h migrate.Header, p migrate.Provenance) error {
	if w.over == nil && w.begun {
		w.over = errBegun
	}
	if w.over != nil {
		return w.over
	}
	w.begun = true
	w.order = sequence{categoryKey: h.CategoryKey, productKey: h.ProductKey}
	if err := w.begin(&h, &provenanceFrame{p}); err != nil {
		w.over = err
	}
	return w.over
}

func (w *Writer) begin(h *migrate.Header, p *provenanceFrame) error {
	if err := checkHeader(*h); err != nil {
		return fmt.Errorf("write the header: %w", err)
	}
	line, err := marshalExact(h)
	if err == nil {
		err = w.put(line, maxHeader, w.seal.decisive)
	}
	if err != nil {
		return fmt.Errorf("write the header: %w", err)
	}
	line, err = marshalExact(p)
	if err == nil {
		err = w.put(line, maxLine, w.seal.incidental)
	}
	if err != nil {
		return fmt.Errorf("write the provenance: %w", err)
	}
	return nil
}

// Add writes a change. It keeps nothing of it.
func (w *Writer) Add(c migrate.Change) error {
	if w.over == nil && !w.begun {
		w.over = errNotBegun
	}
	if w.over == nil {
		w.over = w.add(c)
	}
	return w.over
}

func (w *Writer) add(c migrate.Change) error {
	if err := check(c); err != nil {
		return err
	}
	if err := w.order.next(c); err != nil {
		return err
	}
	line, err := appendChange(w.line[:0], c)
	if err == nil {
		err = w.put(line, maxLine, w.seal.decisive)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", subject(c), err)
	}
	w.totals.Count(c)
	return nil
}

func subject(c migrate.Change) string {
	switch {
	case c.Category != nil:
		return fmt.Sprintf("category %q", c.Category.ID)
	case c.Product != nil:
		return fmt.Sprintf("product %q", c.Product.ID)
	}
	return "reference " + nameOf(c.Reference)
}

// put writes a line, adding the LF, and shows it to the seal.
func (w *Writer) put(line []byte, limit int, seal func([]byte)) error {
	if len(line) > limit {
		return errTooLong
	}
	line = append(line, '\n')
	w.line = line[:0]
	seal(line)
	_, err := w.out.Write(line)
	return err
}

// Finish writes the trailer and puts the file in its place. The totals must
// be those of the changes added.
func (w *Writer) Finish(totals migrate.Totals, paths map[taxonomy.ID]string) (migrate.Trailer, error) {
	if w.over == nil && !w.begun {
		w.over = errNotBegun
	}
	if w.over != nil {
		return migrate.Trailer{}, w.over
	}
	trailer, err := w.finish(totals, paths)
	if err != nil {
		w.over = fmt.Errorf("finish the plan: %w", err)
		return migrate.Trailer{}, w.over
	}
	w.over = errFinished
	return trailer, nil
}

func (w *Writer) finish(totals migrate.Totals, paths map[taxonomy.ID]string) (migrate.Trailer, error) {
	if totals != w.totals {
		return migrate.Trailer{}, fmt.Errorf("the totals are %+v, the changes add up to %+v", totals, w.totals)
	}
	line, t, err := w.seal.close(totals, paths)
	if err != nil {
		return migrate.Trailer{}, err
	}
	if _, err := w.out.Write(append(line, '\n')); err != nil {
		return migrate.Trailer{}, err
	}
	if err := w.out.Flush(); err != nil {
		return migrate.Trailer{}, err
	}
	if w.zip != nil {
		if err := w.zip.Close(); err != nil {
			return migrate.Trailer{}, err
		}
	}
	if w.file != nil {
		if err := w.file.commit(); err != nil {
			return migrate.Trailer{}, err
		}
	}
	return t.Trailer, nil
}

// Close ends writing. Without a Finish that succeeded, nothing is left of the
// plan, and what was at its path before is untouched. Closing again is
// harmless.
func (w *Writer) Close() error {
	if w.over == nil {
		w.over = errClosed
	}
	if w.file == nil {
		return nil
	}
	return w.file.discard()
}
