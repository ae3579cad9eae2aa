package policyfile

import (
	"slices"

	"recat/migrate"
	"recat/taxonomy"
)

// category reads a path, or {id: …}.
func (r *reader) category(n *node) (migrate.CategoryRef, bool) {
	if n.kind == mapping {
		f := r.mapping(n, "id")
		if f["id"] == nil {
			if f != nil && len(n.entries) == 0 {
				r.fail(n, "%s wants a path or an id", n.name)
			}
			return migrate.CategoryRef{}, false
		}
		return r.categoryID(f["id"])
	}
	return r.path(n)
}

func (r *reader) path(n *node) (migrate.CategoryRef, bool) {
	path, ok := r.line(n)
	if ok && slices.Contains(taxonomy.ParsePath(path), "") {
		r.fail(n, "%s has an empty name in its path", n.name)
		return migrate.CategoryRef{}, false
	}
	return migrate.CategoryRef{Path: path, Pos: n.pos}, ok
}

func (r *reader) categoryID(n *node) (migrate.CategoryRef, bool) {
	id, ok := r.line(n)
	return migrate.CategoryRef{ID: taxonomy.ID(id), Pos: n.pos}, ok
}

// categories reads a list of categories, none of them twice.
func (r *reader) categories(n *node) []migrate.CategoryRef {
	var refs []migrate.CategoryRef
	seen := naming{}
	for _, item := range r.list(n) {
		if ref, ok := r.category(item); ok {
			refs = append(refs, ref)
			r.once(seen, ref)
		}
	}
	return refs
}

// naming says where each category was named first.
type naming map[migrate.CategoryRef]migrate.Pos

// key is a reference as it is compared: without its place and without the
// spaces a person may write around ">".
func key(ref migrate.CategoryRef) migrate.CategoryRef {
	return migrate.CategoryRef{ID: ref.ID, Path: taxonomy.ParsePath(ref.Path).String()}
}

// once reports a category that was named before.
func (r *reader) once(seen naming, ref migrate.CategoryRef) {
	first, ok := seen[key(ref)]
	if !ok {
		seen[key(ref)] = ref.Pos
		return
	}
	where := migrate.Pos{Line: first.Line}
	if first.File != ref.Pos.File {
		where.File = first.File
	}
	if where.File == "" {
		r.failAt(ref.Pos, "category %s is named twice, first on line %d", show(ref.String()), where.Line)
	} else {
		r.failAt(ref.Pos, "category %s is named twice, first at %s", show(ref.String()), where)
	}
}

// redirect reads gone, or a category.
func (r *reader) redirect(n *node) *migrate.Redirect {
	if n.kind == scalar && n.text == "gone" {
		return &migrate.Redirect{Gone: true}
	}
	if ref, ok := r.category(n); ok {
		return &migrate.Redirect{To: ref}
	}
	return nil
}
