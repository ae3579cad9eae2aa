package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// references merges the plan's references with the snapshot's.
func (w *walk) references(ctx context.Context, snap Snapshot) bool {
	for ref, err := range snap.References(ctx) {
		if err != nil {
			w.err = err
			return false
		}
		for w.more && w.cur.Reference != nil && compareReference(w.cur.Reference, ref) < 0 {
			w.r.add(referenceDrift(w.cur.Reference.Table, w.cur.Reference.Row, "no longer points at "+string(w.cur.Reference.Category)))
			if !w.advance() {
				return false
			}
		}
		if !w.reference(ref) {
			return false
		}
	}
	for w.more && w.cur.Reference != nil {
		w.r.add(referenceDrift(w.cur.Reference.Table, w.cur.Reference.Row, "no longer points at "+string(w.cur.Reference.Category)))
		if !w.advance() {
			return false
		}
	}
	return true
}

func (w *walk) reference(ref *Reference) bool {
	if !w.more || w.cur.Reference == nil || compareReference(w.cur.Reference, ref) != 0 {
		w.r.add(referenceDrift(ref.Table, ref.Row, "now points at "+string(ref.Category)))
		return true
	}
	was := w.cur.Reference
	if was.Category != ref.Category {
		w.r.add(referenceDrift(ref.Table, ref.Row, fmt.Sprintf("points at %s instead of %s", ref.Category, was.Category)))
	} else if !sameTexts(was.Before, ref.Before) {
		w.r.add(referenceDrift(ref.Table, ref.Row, fmt.Sprintf("values %s → %s", texts(was.Before), texts(ref.Before))))
	}
	was.Ordinal = ref.Ordinal
	return w.emit(w.cur) && w.advance()
}

func referenceDrift(table string, row []string, detail string) Drift {
	return Drift{Kind: ReferenceNew, Subject: table + " " + strings.Join(row, ","), Detail: detail}
}

// compareReference orders as plans do: table, column, row, each by bytes.
func compareReference(a *ReferenceChange, b *Reference) int {
	return CompareReferences(a.Table, a.Column, a.Row, b.Table, b.Column, b.Row)
}

// CompareReferences is the canonical order of references: table, column and
// the row's key, element by element, all by their UTF-8 bytes.
func CompareReferences(at, ac string, ar []string, bt, bc string, br []string) int {
	if c := strings.Compare(at, bt); c != 0 {
		return c
	}
	if c := strings.Compare(ac, bc); c != 0 {
		return c
	}
	return slices.Compare(ar, br)
}
