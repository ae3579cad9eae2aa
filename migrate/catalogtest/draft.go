package catalogtest

import (
	"context"
	"encoding/json"
	"io"
	"iter"

	"recat/migrate"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

// Draft is a plan kept in memory: a PlanWriter that is then the Plan. Like a
// file, it hands out fresh copies of its changes.
type Draft struct {
	header     migrate.Header
	provenance migrate.Provenance
	lines      []draftLine
	trailer    migrate.Trailer
	seal       *planfile.Writer // checks the order and makes the digest
}

// draftLine is one change, encoded.
type draftLine struct {
	kind rune
	text []byte
}

var (
	_ migrate.Plan       = (*Draft)(nil)
	_ migrate.PlanWriter = (*Draft)(nil)
)

// MakePlan plans into a Draft.
func MakePlan(ctx context.Context, cat migrate.Catalog, req migrate.PlanRequest) (*Draft, error) {
	d := &Draft{}
	if _, err := migrate.MakePlan(ctx, cat, req, d, nil); err != nil {
		return nil, err
	}
	return d, nil
}

// Begin keeps the header.
func (d *Draft) Begin(h migrate.Header, p migrate.Provenance) error {
	d.header, d.provenance = h, p
	d.seal = planfile.NewWriter(io.Discard)
	return d.seal.Begin(h, p)
}

// Add keeps a change.
func (d *Draft) Add(c migrate.Change) error {
	line := draftLine{kind: 'r'}
	var one any = c.Reference
	switch {
	case c.Category != nil:
		line.kind, one = 'c', c.Category
	case c.Product != nil:
		line.kind, one = 'p', c.Product
	}
	text, err := json.Marshal(one)
	if err != nil {
		return err
	}
	line.text = text
	d.lines = append(d.lines, line)
	return d.seal.Add(c)
}

// Finish gives the digest that a file of the plan would have.
func (d *Draft) Finish(t migrate.Totals, paths map[taxonomy.ID]string) (migrate.Trailer, error) {
	trailer, err := d.seal.Finish(t, paths)
	d.trailer = trailer
	return trailer, err
}

// Digest is the plan's digest without the references' labels, which every
// implementation chooses for itself.
func (d *Draft) Digest() (string, error) {
	bare := &Draft{}
	if err := bare.Begin(d.header, d.provenance); err != nil {
		return "", err
	}
	for c, err := range d.Changes() {
		if err != nil {
			return "", err
		}
		if c.Reference != nil {
			c.Reference.Label = ""
		}
		if err := bare.Add(c); err != nil {
			return "", err
		}
	}
	trailer, err := bare.Finish(d.trailer.Totals, nil)
	return trailer.Digest, err
}

// Header gives the plan's header.
func (d *Draft) Header() migrate.Header { return d.header }

// Provenance says where the plan comes from.
func (d *Draft) Provenance() migrate.Provenance { return d.provenance }

// Trailer gives totals and digest.
func (d *Draft) Trailer() migrate.Trailer { return d.trailer }

// Changes decodes the changes anew.
func (d *Draft) Changes() iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		for _, line := range d.lines {
			c, err := line.change()
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func (l draftLine) change() (c migrate.Change, err error) {
	switch l.kind {
	case 'c':
		err = json.Unmarshal(l.text, &c.Category)
	case 'p':
		err = json.Unmarshal(l.text, &c.Product)
	default:
		err = json.Unmarshal(l.text, &c.Reference)
	}
	return c, err
}
