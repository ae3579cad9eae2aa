package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// restored is the condition on the rows of an image that the appeal restores,
// "" for none, and what its copy holds instead of what the run found: another
// category, where that is gone.
func (a *appeal) restored(im image) (where string, instead map[string]string) {
	if where = a.own(im); where == "" || a.to == "" {
		return where, nil
	}
	instead = map[string]string{}
	for _, h := range a.homes(im) {
		gone := a.gone(im, h, "x")
		name := im.Columns[h.at]
		into := im.d.keep(fmt.Sprintf("(SELECT %s FROM %s)", a.c.inColumn(h.refersTo), a.to), im.column(name))
		b := fmt.Sprintf("b%d", h.at+1)
		instead[b] = fmt.Sprintf("CASE WHEN %s THEN %s ELSE x.%s END", gone, into, b)
		if i := slices.Index(im.Key, name); i >= 0 && im.Op == opDelete { // the row comes back under its new key
			l := fmt.Sprintf("l%d", i+1)
			instead[l] = fmt.Sprintf("CASE WHEN %s THEN %s ELSE x.%s END", gone, into, l)
		}
		if im.Role == roleMembership {
			where += fmt.Sprintf(" AND (NOT %s OR (%s))", gone, strings.Join(a.carries(im, h), " AND "))
		}
	}
	return where, instead
}

// carries are the conditions under which a membership in a category that is
// gone takes its product into the other: it is not there yet, and no other
// row does. One that the run moved comes before those that it deleted, and of
// these the first.
func (a *appeal) carries(im image, h home) []string {
	ms, d := a.c.mapping.Memberships, a.c.d
	tab := a.c.membershipTable()
	product := im.kept([]string{ms.Product})[0]
	col, _ := tab.column(ms.Product)
	out := []string{fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s m JOIN %s t ON %s WHERE %s)", tab.sql(), a.to,
		d.joined("m."+ident(ms.Category), "t."+a.c.inColumn(ms.RefersTo)), d.keyKept("m."+ident(ms.Product), product, col))}
	if im.Op == opUpdate {
		return out
	}
	for _, other := range a.all {
		theirs := other.kept([]string{ms.Product})
		if other.Role != roleMembership || len(theirs) == 0 {
			continue
		}
		same := d.joined(strings.Replace(theirs[0], "x.", "y.", 1), product)
		switch other.Op {
		case opUpdate:
			for _, o := range a.homes(other) {
				out = append(out, fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s y WHERE %s AND %s)", other.Store, same, a.gone(other, o, "y")))
			}
		case opDelete:
			n := len(other.Key)
			out = append(out, fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s y WHERE %s AND %s AND (%s) < (%s))", other.Store, same, a.gone(other, h, "y"),
				strings.Join(numbered("y.l", n), ", "), strings.Join(numbered("x.l", n), ", ")))
		}
	}
	return out
}
