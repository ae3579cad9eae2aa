package migrate

import (
	"fmt"
	"slices"
	"strings"

	"recat/taxonomy"
)

// finder turns references into ids.
type finder struct {
	cats *Categories
	gone map[string]bool // paths that a run not undone removed
	dead map[taxonomy.ID]bool
}

func newFinder(cats *Categories, tombs []Tombstone) *finder {
	f := &finder{cats: cats, gone: map[string]bool{}, dead: map[taxonomy.ID]bool{}}
	for _, t := range tombs {
		if !t.Undone {
			f.gone[taxonomy.ParsePath(t.Path).String()] = true
			f.dead[t.ID] = true
		}
	}
	return f
}

// marked lists the categories of the tree that a run not undone removed.
func (f *finder) marked() map[taxonomy.ID]bool {
	gone := map[taxonomy.ID]bool{}
	for id := range f.cats.Marked {
		if f.cats.Marked[id] && f.dead[id] {
			gone[id] = true
		}
	}
	return gone
}

// category finds ref. gone reports that a run not undone removed it.
func (f *finder) category(ref CategoryRef) (id taxonomy.ID, gone bool, err *FileError) {
	if ref.ID != "" {
		return f.byID(ref)
	}
	ids := slices.DeleteFunc(slices.Clone(f.cats.Tree.Lookup(ref.Path)), func(id taxonomy.ID) bool {
		return f.cats.Marked[id] && f.dead[id]
	})
	switch len(ids) {
	case 1:
		return ids[0], false, nil
	case 0:
		if f.gone[taxonomy.ParsePath(ref.Path).String()] {
			return "", true, nil
		}
		return "", false, &FileError{Pos: ref.Pos, Msg: f.notFound(ref)}
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	return "", false, &FileError{Pos: ref.Pos, Msg: fmt.Sprintf(
		"category %q names %d categories: ids %s; say %s", ref.Path, len(ids), strings.Join(names, ", "), ref.written("…"))}
}

func (f *finder) byID(ref CategoryRef) (taxonomy.ID, bool, *FileError) {
	marked := f.cats.Marked[ref.ID] && f.dead[ref.ID]
	if f.cats.Tree.Has(ref.ID) && !marked {
		return ref.ID, false, nil
	}
	if f.dead[ref.ID] {
		return "", true, nil
	}
	return "", false, &FileError{Pos: ref.Pos, Msg: fmt.Sprintf("category id %q is not in the catalog", ref.ID)}
}

func (f *finder) notFound(ref CategoryRef) string {
	msg := fmt.Sprintf("category %q is not in the catalog", ref.Path)
	if id, ok := strings.CutPrefix(ref.Path, "id:"); ok && f.cats.Tree.Has(taxonomy.ID(id)) {
		return msg + fmt.Sprintf("\n        an id is written {id: %q}", id)
	}
	if id := taxonomy.ID(ref.Path); f.cats.Tree.Has(id) {
		return msg + fmt.Sprintf("\n        that is the id of %q: write %s", f.cats.Tree.Path(id).String(), ref.written(id))
	}
	if id, ok := f.cats.Tree.Nearest(ref.Path); ok {
		msg += fmt.Sprintf("\n        did you mean %q (id %s)?", f.cats.Tree.Path(id).String(), id)
	}
	return msg
}

// written is how an id is written where the reference stands.
func (r CategoryRef) written(id taxonomy.ID) string {
	if r.Cell {
		return "id:" + string(id)
	}
	return fmt.Sprintf("{id: %q}", id)
}

// Finder finds the categories of a catalog's tree that references name.
type Finder struct{ find *finder }

// NewFinder makes one; what runs not undone removed is known by its tombstones.
func NewFinder(cats *Categories, tombs []Tombstone) Finder { return Finder{newFinder(cats, tombs)} }

// Find gives the category that a reference names. gone reports that a run not
// undone removed it. The error says what there is instead, at its place.
func (f Finder) Find(ref CategoryRef) (id taxonomy.ID, gone bool, err error) {
	id, gone, fault := f.find.category(ref)
	if fault != nil {
		return "", false, fault
	}
	return id, gone, nil
}
