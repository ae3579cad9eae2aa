package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// Changes streams what a run changed: the lines it recorded, and its products
// from their before-images. Titles, sellers and pages are as they were then, and
// of a run that did not keep them today's; memberships are not told one by one.
// An undo has the changes that it took back, that of an appeal its own: what the
// run does again to the products that the appeal had restored.
func (c *Catalog) Changes(ctx context.Context, run int64) iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		h := &history{c: c, run: run}
		if err := h.load(ctx); err != nil {
			yield(migrate.Change{}, err)
			return
		}
		for _, line := range h.categories {
			line.Kept = h.kept.about[aboutCategory(string(line.ID))]
			if !yield(migrate.Change{Category: line}, nil) {
				return
			}
		}
		for p, err := range h.products(ctx) {
			if err == nil && !h.sparedBefore(p, yield) || !yield(migrate.Change{Product: p}, err) || err != nil {
				return
			}
		}
		if !h.sparedBefore(nil, yield) {
			return
		}
		for _, line := range h.references {
			line.Kept = h.kept.ofRow(line)
			if !yield(migrate.Change{Reference: line}, nil) {
				return
			}
		}
	}
}

// sparedBefore yields what people kept and comes before p in canonical order;
// before nil comes all of it.
func (h *history) sparedBefore(p *migrate.ProductChange, yield func(migrate.Change, error) bool) bool {
	for len(h.spared) > 0 && (p == nil || h.header.ProductKey.Compare(h.spared[0].ID, p.ID) < 0) {
		next := h.spared[0]
		h.spared = h.spared[1:]
		if !yield(migrate.Change{Product: next}, nil) {
			return false
		}
	}
	return true
}

// history is the record of one run.
type history struct {
	c          *Catalog
	run        int64
	partial    bool // it is an appeal: its images are its own, all else is of the run that it was against
	again      bool // it is read backwards, as an undo of the appeal has it
	header     migrate.Header
	mapping    *Mapping
	images     []image
	verdicts   []verdictRow
	categories []*migrate.CategoryChange
	references []*migrate.ReferenceChange
	spared     []*migrate.ProductChange // people kept them: nothing was done to them
	kept       keptRows                 // of an undo, whose Changes are asked for
}

func (h *history) load(ctx context.Context) error {
	run, err := h.c.run(ctx, h.run)
	if err != nil {
		return err
	}
	of := run.ID
	if run.Kind == migrate.RunUndo && !run.Partial() {
		of = run.Of
	}
	if err := h.loadOf(ctx, of); err != nil {
		return err
	}
	h.again = h.partial && of != run.ID
	return h.readKept(ctx, run.Kept)
}

func (h *history) loadOf(ctx context.Context, id int64) error {
	run, err := h.c.run(ctx, id)
	if err != nil {
		return err
	}
	h.run, h.partial = id, run.Partial()
	base := run // whose plan decided
	if run.Partial() {
		if base, err = h.c.run(ctx, run.Of); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(base.Header, &h.header); err != nil {
		return fmt.Errorf("read the header of run %d: %w", base.ID, err)
	}
	if h.mapping, err = LoadMapping(h.header.Mapping); err != nil {
		return fmt.Errorf("run %d: %w", base.ID, err)
	}
	if h.images, err = h.c.images(ctx, id); err != nil {
		return err
	}
	if err := loadNotes(ctx, h.c, base.ID, "verdict", &h.verdicts); err != nil || h.partial {
		return err
	}
	if err := loadNotes(ctx, h.c, id, "category", &h.categories); err != nil {
		return err
	}
	if err := loadNotes(ctx, h.c, id, "spared", &h.spared); err != nil {
		return err
	}
	return loadNotes(ctx, h.c, id, "reference", &h.references)
}

func loadNotes[T any](ctx context.Context, c *Catalog, run int64, kind string, into *[]T) error {
	return c.notes(ctx, run, kind, func(line []byte) error {
		return another(line, into)
	})
}

// productImage finds the image of the products, which carries the verdicts.
func (h *history) productImage() (image, bool) {
	i := slices.IndexFunc(h.images, func(im image) bool { return im.Role == roleProduct })
	if i < 0 {
		return image{}, false
	}
	return h.images[i], true
}

func (h *history) products(ctx context.Context) iter.Seq2[*migrate.ProductChange, error] {
	return func(yield func(*migrate.ProductChange, error) bool) {
		im, ok := h.productImage()
		if !ok {
			return
		}
		p, tab := h.mapping.Products, im.tab
		if tab == nil {
			yield(nil, fmt.Errorf("the products' table %s is gone", im.Table))
			return
		}
		told := func(name string) string {
			if slices.Contains(im.Told, name) {
				return "x." + name
			}
			return h.c.expr(p.tells(name))
		}
		from := im.Store + " x"
		if len(im.Told) == 0 {
			from += fmt.Sprintf(" LEFT JOIN %s p ON %s", tab.sql(), im.on(false))
		}
		before, after := "b", "a"
		if h.again {
			before, after = after, before
		}
		place := func(prefix, name string) string {
			if i := slices.Index(im.Columns, name); i >= 0 && name != "" {
				return im.given(name, fmt.Sprintf("x.%s%d", prefix, i+1))
			}
			return "NULL"
		}
		key, state, left, hidden := "x.k", "NULL", "NULL", "0"
		if keyIsID(im.Key, p) {
			key = im.given(im.Key[0], "x.l1")
		}
		if at := stateColumn(im.Columns, p); at >= 0 {
			state, left = place(before, im.Columns[at]), place(after, im.Columns[at])
		} else if p.State != "" {
			state = "x.state"
		}
		if p.Where != "" {
			hidden = "x.hidden"
		}
		query := fmt.Sprintf(`SELECT %s, x.verdict, x.live, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s FROM %s ORDER BY %s`,
			key, state, hidden, place(before, p.Category), place(after, p.Category), place(before, p.Primary), place(after, p.Primary), told("title"), told("seller"), told("url"), left,
			from, h.c.d.storeOrder())
		for row, err := range eachRow(ctx, h.c.conn, 13, query) {
			if err != nil {
				yield(nil, h.c.d.failure(err))
				return
			}
			if !yield(h.product(row), nil) {
				return
			}
		}
	}
}

func (h *history) product(row []any) *migrate.ProductChange {
	v := h.verdicts[row[1].(int64)-1]
	placed := func(i int) taxonomy.ID {
		if none := h.mapping.Products.None; row[i] == nil || (none != nil && valueOf(row[i]).Same(none.Value)) {
			return ""
		}
		return taxonomy.ID(renderRaw(row[i]))
	}
	return &migrate.ProductChange{
		ID: renderRaw(row[0]), Title: rendering(row[9]), Fate: v.Fate, To: v.To, Rule: v.Rule, Reason: v.Reason,
		Cleared: v.Cleared, By: v.By, From: v.From, Follows: v.Follows, Outside: v.Outside, Overruled: v.Over, Missing: v.Missing,
		Live: truth(row[2]) && (!h.partial || h.again || v.Fate != migrate.Delist), State: rendering(row[3]), Hidden: truth(row[4]),
		Seller: rendering(row[10]), URL: rendering(row[11]), Left: rendering(row[12]), Kept: h.kept.about[aboutProduct(renderRaw(row[0]))],
		Before: migrate.Placement{Category: placed(5), Primary: placed(7)},
		After:  migrate.Placement{Category: placed(6), Primary: placed(8)},
	}
}
