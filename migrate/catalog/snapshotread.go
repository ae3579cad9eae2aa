package catalog

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// batch is how many products are read at a time, so that the connection is
// free between two batches.
const batch = 2048

// Products streams the copied products. The next batch is read while the
// last one is decided.
func (s *snapshot) Products(ctx context.Context) iter.Seq2[*migrate.Product, error] {
	return func(yield func(*migrate.Product, error) bool) {
		if s.lay == nil {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		batches := make(chan productBatch)
		go s.readAhead(ctx, batches)
		defer func() {
			cancel()
			for range batches { // wait until the connection is free
			}
		}()
		last := ""
		for b := range batches {
			if b.err != nil {
				yield(nil, s.c.d.failure(b.err))
				return
			}
			for _, p := range b.products {
				if p.Ordinal > 1 && p.ID == last {
					yield(nil, migrate.Refuse("two products have the key %q", p.ID))
					return
				}
				last = p.ID
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}

type productBatch struct {
	products []*migrate.Product
	err      error
}

// readAhead sends batch after batch until the last one or an error.
func (s *snapshot) readAhead(ctx context.Context, to chan<- productBatch) {
	defer close(to)
	for from := int64(0); ; from += batch {
		products, err := s.readBatch(ctx, from)
		select {
		case to <- productBatch{products, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || len(products) < batch {
			return
		}
	}
}

// readBatch reads the products with from < n <= from+batch, whole.
func (s *snapshot) readBatch(ctx context.Context, from int64) ([]*migrate.Product, error) {
	w := following(from)
	out, err := s.readChosen(ctx, w)
	if err != nil {
		return nil, err
	}
	for i, p := range out {
		p.Ordinal = from + int64(i) + 1 // they are numbered without a gap
	}
	return out, s.readParents(ctx, w, out)
}

// readChosen reads products, in order, with all but their parents.
func (s *snapshot) readChosen(ctx context.Context, w chosen) ([]*migrate.Product, error) {
	names := s.lay.told()
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s", strings.Join(names, ", "), s.name("p"), w.on("n"))
	out := make([]*migrate.Product, 0, batch)
	nameless := false
	err := rawRows(ctx, s.c.conn, len(names), query, w.args, func(row []any) {
		nameless = nameless || row[0] == nil
		out = append(out, s.lay.product(row))
	})
	if err != nil {
		return nil, err
	}
	if nameless {
		return nil, migrate.Refuse("a product of %s has no key: its %s is NULL", s.lay.t.name, s.c.mapping.Products.ID)
	}
	if err := s.readMemberships(ctx, w, out); err != nil {
		return nil, err
	}
	if err := s.readOthers(ctx, w, out); err != nil {
		return nil, err
	}
	if err := s.readAttributes(ctx, w, out); err != nil {
		return nil, err
	}
	return out, s.readDelists(ctx, w, out)
}

// placed renders a category column's value; none is "".
func (c *Catalog) placed(raw any) taxonomy.ID {
	if raw == nil {
		return ""
	}
	if none := c.mapping.Products.None; none != nil && valueOf(raw).Same(none.Value) {
		return ""
	}
	return taxonomy.ID(renderRaw(raw))
}
