package catalog

import (
	"context"
	"fmt"
	"slices"

	"recat/migrate"
)

// What a run did and the appeals against it gave back is told by the
// before-images of both: nothing of a run's own record changes. Who asks what
// is left of a run reads the two together.

// appeals loads the records of the standing appeals against a run, up to
// another run; 0 for all.
func (h *history) appeals(ctx context.Context, of, until int64) ([]*history, error) {
	runs, err := h.c.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var out []*history
	for _, r := range runs {
		if !r.Partial() || r.Of != of || until > 0 && r.ID > until || !standing(r, runs, until) {
			continue
		}
		a := &history{c: h.c}
		if err := a.loadOf(ctx, r.ID); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// standing reports whether an appeal stood when another run came; 0 for now.
func standing(appeal migrate.Run, runs []migrate.Run, until int64) bool {
	return !slices.ContainsFunc(runs, func(u migrate.Run) bool {
		return u.Kind == migrate.RunUndo && !u.Partial() && (until == 0 || u.ID < until) && (u.Of == appeal.ID || u.Of == appeal.Of && u.ID > appeal.ID)
	})
}

// sinceThen makes of a run's images those of the run and the appeals against
// it, as if they were one: a value that an appeal gave back is none that the
// run changed.
func (h *history) sinceThen(ctx context.Context, s *scratch, appeals []*history) error {
	layers := [][]image{h.images}
	for _, a := range appeals {
		layers = append(layers, a.images)
	}
	for i := range layers {
		for j, im := range layers[i] {
			if len(appeals) == 0 || !im.layered() {
				continue
			}
			var err error
			if layers[i][j], err = h.copyOf(ctx, s, im, nil, "1 = 1"); err != nil {
				return err
			}
			whole, err := h.copyOf(ctx, s, im, nil, "1 = 1")
			if err != nil {
				return err
			}
			layers[i][j].whole = whole.Store
		}
	}
	for later := 1; later < len(layers); later++ {
		for earlier := range later {
			if err := h.overlay(ctx, layers[earlier], layers[later]); err != nil {
				return err
			}
		}
	}
	h.images = slices.Concat(layers...)
	return nil
}

// layered reports whether a later run's images may bear on rows of the image.
func (im image) layered() bool {
	return im.tab != nil && !im.counter() && !slices.Contains([]string{roleCategory, roleClosure, roleOrphan}, im.Role)
}

// overlay lays the images of an appeal over those of an earlier run.
func (h *history) overlay(ctx context.Context, earlier, later []image) error {
	for i := range earlier {
		for j := range later {
			e, l := &earlier[i], &later[j]
			if !e.layered() || !l.layered() || e.Table != l.Table {
				continue
			}
			var err error
			switch {
			case e.Op == opUpdate && l.Op == opUpdate && slices.Equal(e.Key, l.Key) && subset(l.Columns, e.Columns):
				err = h.rewritten(ctx, *e, *l)
			case e.Op == opDelete && l.Op == opInsert && slices.Equal(e.Key, l.Key) && slices.Equal(e.Columns, l.Columns):
				e.back, l.again = append(e.back, l.whole), append(l.again, e.whole)
				err = h.backAgain(ctx, *e, *l)
			}
			if err != nil {
				return fmt.Errorf("lay an appeal over what the run did to %s: %w", e.Table, h.c.d.failure(err))
			}
		}
	}
	return nil
}

func subset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// rewritten gives the rows of an image the after-values of a later one.
func (h *history) rewritten(ctx context.Context, e, l image) error {
	d := h.c.d
	var set []assigned
	for i := range e.Key {
		set = append(set, assigned{fmt.Sprintf("l%d", i+1), fmt.Sprintf("y.l%d", i+1)})
	}
	for i, name := range e.Columns {
		j := slices.Index(l.Columns, name) + 1
		if j == 0 {
			continue
		}
		own, from, to := fmt.Sprintf("p.a%d", i+1), fmt.Sprintf("y.b%d", j), fmt.Sprintf("y.a%d", j)
		when := differs(d, from, to)
		if e.Role != roleProduct { // who wrote the row in between meets a conflict
			when += " AND " + d.same(own, from)
		}
		set = append(set, assigned{own[2:], fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", when, to, own)})
	}
	if err := exec(ctx, h.c.conn, d.update(e.asTable(), set, l.whole+" y", joinedEach(d, numbered("p.l", len(e.Key)), l.keyBefore("y")))); err != nil {
		return err
	}
	return exec(ctx, h.c.conn, d.deleteFrom(l.asTable(), fmt.Sprintf("EXISTS (SELECT 1 FROM %s y WHERE %s)", e.Store, e.sameKey("y", "p"))))
}

// backAgain drops deleted rows that an appeal put back as they were.
func (h *history) backAgain(ctx context.Context, e, l image) error {
	n := len(e.Columns)
	same := e.sameKey("y", "p") + " AND " + sameEach(h.c.d, numbered("y.b", n), numbered("p.b", n))
	for _, of := range [][2]image{{e, l}, {l, e}} {
		if err := exec(ctx, h.c.conn, h.c.d.deleteFrom(of[0].asTable(), fmt.Sprintf("EXISTS (SELECT 1 FROM %s y WHERE %s)", of[1].whole, same))); err != nil {
			return err
		}
	}
	return nil
}

// withoutAppealed leaves out of a run's images the rows that appeals have
// written since: these answer for them.
func (h *history) withoutAppealed(ctx context.Context, s *scratch, appeals []*history) error {
	for _, a := range appeals {
		for i, l := range a.images {
			if !l.layered() {
				continue
			}
			var err error
			if a.images[i], err = a.copyOf(ctx, s, l, nil, "1 = 1"); err != nil {
				return err
			}
		}
	}
	for i, im := range h.images {
		where := ""
		for _, a := range appeals {
			for _, l := range a.images {
				switch {
				case l.Table != im.Table || !l.layered() || !im.layered() || !slices.Equal(l.Key, im.Key):
				case im.Op == opUpdate && l.Op == opUpdate:
					where += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s y WHERE %s)", l.Store, joinedEach(h.c.d, l.keyBefore("y"), numbered("x.l", len(im.Key))))
				case im.Op == opDelete && l.Op == opInsert:
					where += fmt.Sprintf(" AND NOT EXISTS (SELECT 1 FROM %s y WHERE %s)", l.Store, im.sameKey("y", "x"))
				}
			}
		}
		if where == "" {
			continue
		}
		var err error
		if h.images[i], err = h.copyOf(ctx, s, im, nil, "1 = 1"+where); err != nil {
			return err
		}
	}
	return nil
}
