package planfile

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"recat/migrate"
)

// File is a plan in a file. It is a migrate.Plan.
type File struct {
	path       string
	file       *os.File
	header     migrate.Header
	provenance migrate.Provenance
	trailer    sealed
}

var _ migrate.Plan = (*File)(nil)

// Open opens a plan and verifies its sum and its digest over the whole file.
// A defect of the file is a migrate.FileError; no file is an error that wraps
// migrate.ErrNoInput.
func Open(path string) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("plan %s: %w", path, migrate.ErrNoInput)
	case err != nil:
		return nil, fmt.Errorf("open the plan: %w", err)
	case !info.Mode().IsRegular():
		return nil, &migrate.FileError{Pos: migrate.Pos{File: path}, Msg: "not a regular file: a plan is read more than once"}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the plan: %w", err)
	}
	f := &File{path: path, file: file}
	if err := f.verify(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

// verify reads the whole file once.
func (f *File) verify() error {
	p, err := newPass(f.path, f.file)
	if err != nil {
		return err
	}
	defer p.close()
	if f.header, err = p.header(); err != nil {
		return err
	}
	if f.provenance, err = p.provenance(); err != nil {
		return err
	}
	for {
		line, kind, err := p.next()
		if err != nil {
			return err
		}
		if kind == trailerLine {
			f.trailer, err = p.trailer(line)
			return err
		}
		p.seal.decisive(line)
	}
}

// Header is the plan's first line. Its mapping is as the file spells it.
func (f *File) Header() migrate.Header { return f.header }

// Provenance is the plan's second line.
func (f *File) Provenance() migrate.Provenance { return f.provenance }

// Trailer is the plan's last line.
func (f *File) Trailer() migrate.Trailer { return f.trailer.Trailer }

// Close closes the file. Changes must not be in use.
func (f *File) Close() error { return f.file.Close() }

// Changes streams the plan's changes, decoding them strictly; each is fresh
// and may be kept. The file is summed again on the way: where it is no longer
// what Open verified, the last thing to come is an error, and so whoever acts
// on changes must have seen the end of them first.
func (f *File) Changes() iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		p, err := newPass(f.path, f.file)
		if err != nil {
			yield(migrate.Change{}, err)
			return
		}
		defer p.close()
		stopped, err := f.stream(p, yield)
		if err != nil && !stopped {
			yield(migrate.Change{}, err)
		}
	}
}

// stream yields the changes, and reports whether it was told to stop.
func (f *File) stream(p *pass, yield func(migrate.Change, error) bool) (stopped bool, err error) {
	if err := p.skipFrame(); err != nil {
		return false, err
	}
	decoder := newDecoder()
	order := sequence{categoryKey: f.header.CategoryKey, productKey: f.header.ProductKey}
	var totals migrate.Totals
	for {
		line, kind, err := p.next()
		if err != nil {
			return false, err
		}
		if kind == trailerLine {
			return false, f.compare(p, line, totals)
		}
		p.seal.incidental(line)
		c, d := decoder.change(line[:len(line)-1])
		if d != nil {
			return false, p.defect(d)
		}
		if err := order.next(c); err != nil {
			return false, p.defect(&defect{msg: err.Error()})
		}
		totals.Count(c)
		if !yield(c, nil) {
			return true, nil
		}
	}
}

// compare ends a stream: the file must be the one that was verified, and its
// changes those that the totals count.
func (f *File) compare(p *pass, line []byte, totals migrate.Totals) error {
	if err := p.resum(line, f.trailer); err != nil {
		return err
	}
	if totals != f.trailer.Totals {
		return p.defect(&defect{msg: fmt.Sprintf("the totals are %+v, the changes add up to %+v", f.trailer.Totals, totals)})
	}
	return p.over()
}
