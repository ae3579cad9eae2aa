package migrate

import (
	"iter"
	"reflect"
)

// Delta is one difference between two plans: From is nil for what only the
// second has, To for what only the first has.
type Delta struct {
	From, To *Change
}

// Compare streams what changed from one plan to another, in canonical order.
// Both are read once, side by side. Plans whose keys are of different kinds are
// of different catalogs: their order differs, and the error is a RefusedError.
func Compare(from, to Plan) iter.Seq2[Delta, error] {
	return func(yield func(Delta, error) bool) {
		h := from.Header()
		if err := sameKeys(h, to.Header()); err != nil {
			yield(Delta{}, err)
			return
		}
		a, stopA := ahead(from.Changes())
		defer stopA()
		b, stopB := ahead(to.Changes())
		defer stopB()
		x, errX, okX := a()
		y, errY, okY := b()
		for okX || okY {
			if err := firstError(errX, errY); err != nil {
				yield(Delta{}, err)
				return
			}
			order := compareChanges(h, x, okX, y, okY)
			d := Delta{}
			if order <= 0 {
				was := x
				d.From = &was
				x, errX, okX = a()
			}
			if order >= 0 {
				now := y
				d.To = &now
				y, errY, okY = b()
			}
			if !(order == 0 && reflect.DeepEqual(d.From, d.To)) && !yield(d, nil) {
				return
			}
		}
	}
}

func sameKeys(a, b Header) error {
	for _, key := range []struct {
		what string
		a, b KeyKind
	}{{"category", a.CategoryKey, b.CategoryKey}, {"product", a.ProductKey, b.ProductKey}} {
		if key.a != key.b {
			return Refuse("these are plans of different catalogs: %s ids are %s in one and %s in the other", key.what, key.a, key.b)
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// compareChanges orders the heads of two streams; an ended one comes last.
func compareChanges(h Header, x Change, okX bool, y Change, okY bool) int {
	switch {
	case !okX:
		return 1
	case !okY:
		return -1
	}
	if rx, ry := rank(x), rank(y); rx != ry {
		return rx - ry
	}
	switch {
	case x.Category != nil:
		return h.CategoryKey.Compare(string(x.Category.ID), string(y.Category.ID))
	case x.Product != nil:
		return h.ProductKey.Compare(x.Product.ID, y.Product.ID)
	}
	r, s := x.Reference, y.Reference
	return CompareReferences(r.Table, r.Column, r.Row, s.Table, s.Column, s.Row)
}

func rank(c Change) int {
	switch {
	case c.Category != nil:
		return 0
	case c.Product != nil:
		return 1
	}
	return 2
}
