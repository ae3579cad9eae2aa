package cli

import (
	"context"
	"fmt"

	"recat/migrate"
	"recat/migrate/policyfile"
	"recat/taxonomy"
)

// scout looks categories up for a draft.
type scout struct {
	draft *policyfile.Draft
	refs  []string
	shape migrate.Shape
	cats  *migrate.Categories
	ids   []taxonomy.ID
	gone  map[taxonomy.ID]bool // with what is below them
}

func (s *scout) look(ctx context.Context, cat migrate.Catalog) error {
	var err error
	if s.shape, err = cat.Shape(ctx); err != nil {
		return fmt.Errorf("read the catalog's shape: %w", err)
	}
	if s.cats, err = cat.Categories(ctx); err != nil {
		return err
	}
	tombs, err := cat.Tombstones(ctx)
	if err != nil {
		return fmt.Errorf("read tombstones: %w", err)
	}
	if err := s.find(migrate.NewFinder(s.cats, tombs)); err != nil {
		return err
	}
	s.draft.Catalog = &policyfile.DraftCatalog{Required: s.shape.CategoryRequired || s.shape.PrimaryRequired,
		Filed: s.shape.Memberships, Closable: s.shape.Closable}
	if err := s.count(ctx, cat); err != nil {
		return err
	}
	return s.bare(ctx, cat)
}

// find finds every category, or says of each that it is not there.
func (s *scout) find(finder migrate.Finder) error {
	var faults migrate.FileErrors
	s.gone = map[taxonomy.ID]bool{}
	named := map[taxonomy.ID]bool{}
	for _, arg := range s.refs {
		id, gone, err := finder.Find(reference(arg))
		if err != nil && s.cats.Tree.Has(taxonomy.ID(arg)) { // an id, as it is
			id, gone, err = finder.Find(migrate.CategoryRef{ID: taxonomy.ID(arg)})
		}
		switch {
		case err != nil:
			faults = append(faults, &migrate.FileError{Msg: err.Error()})
		case gone:
			faults = append(faults, &migrate.FileError{Msg: fmt.Sprintf("category %q was removed by an earlier run", arg)})
		case !named[id]:
			named[id] = true
			s.ids = append(s.ids, id)
		}
	}
	for _, id := range s.ids {
		for below := range s.cats.Tree.Subtree(id) {
			s.gone[below] = true
		}
	}
	return faults.Err()
}

// count counts the products in the categories and below them.
func (s *scout) count(ctx context.Context, cat migrate.Catalog) error {
	var all []taxonomy.ID
	for id := range s.gone {
		all = append(all, id)
	}
	held, err := cat.Held(ctx, all)
	if err != nil {
		return err
	}
	named := map[taxonomy.ID]bool{}
	for _, id := range s.ids {
		named[id] = true
	}
	for _, id := range s.ids {
		c := policyfile.DraftCategory{Ref: s.point(id), Path: s.path(id), To: s.above(id), Held: held[id]}
		s.below(id, named, func(below taxonomy.ID) {
			h := held[below]
			c.Below++
			c.Deep.Products, c.Deep.Live, c.Deep.Hidden = c.Deep.Products+h.Products, c.Deep.Live+h.Live, c.Deep.Hidden+h.Hidden
		})
		s.draft.Categories = append(s.draft.Categories, c)
	}
	return nil
}

// below visits what is below a category and governed by no other.
func (s *scout) below(id taxonomy.ID, named map[taxonomy.ID]bool, visit func(taxonomy.ID)) {
	for _, child := range s.cats.Tree.Children(id) {
		if !named[child] {
			visit(child)
			s.below(child, named, visit)
		}
	}
}

func (s *scout) path(id taxonomy.ID) string { return s.cats.Tree.Path(id).String() }

// point is how a policy points at a category: by its path, or by its id where
// the path does not do.
func (s *scout) point(id taxonomy.ID) migrate.CategoryRef {
	if path := s.path(id); pointable(s.cats.Tree, path, id) {
		return migrate.CategoryRef{Path: path}
	}
	return migrate.CategoryRef{ID: id}
}

// above is the nearest category that stays and takes products; nil for none.
func (s *scout) above(id taxonomy.ID) *migrate.CategoryRef {
	if s.shape.RuleBased || s.draft.Prohibited {
		return nil
	}
	for _, a := range s.cats.Tree.Ancestors(id) {
		if !s.gone[a] && !s.cats.Closed[a] {
			ref := s.point(a)
			return &ref
		}
	}
	return nil
}

// bare finds the parents that are left with nothing.
func (s *scout) bare(ctx context.Context, cat migrate.Catalog) error {
	seen := map[taxonomy.ID]bool{}
	for i, id := range s.ids {
		parent := s.cats.Tree.Parent(id)
		if parent == "" || s.gone[parent] || seen[parent] {
			continue
		}
		seen[parent] = true
		if to := s.draft.Categories[i].To; to != nil && *to == s.point(parent) {
			continue // products come to it
		}
		empty := true
		for _, child := range s.cats.Tree.Children(parent) {
			empty = empty && s.gone[child]
		}
		if !empty {
			continue
		}
		held, err := cat.Occupied(ctx, []taxonomy.ID{parent})
		if err != nil {
			return err
		}
		if !held[parent] {
			s.draft.Catalog.Bare = append(s.draft.Catalog.Bare, s.path(parent))
		}
	}
	return nil
}
