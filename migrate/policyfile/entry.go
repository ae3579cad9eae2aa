package policyfile

import (
	"slices"

	"recat/migrate"
)

// defaults are what entries are given that do not say otherwise.
type defaults struct {
	prohibited bool
	subtree    migrate.Subtree
	redirect   *migrate.Redirect
	products   *ruleSet // nil where nothing was said
}

// defaultKeys are the keys of defaults, at the top as in an entry.
var defaultKeys = []string{"prohibited", "subtree", "redirect", "products"}

// defaults reads those that stand at the top of the policy.
func (r *reader) defaults(f fields) defaults { return r.refine(defaults{}, f) }

// refine lays what an entry says over the defaults.
func (r *reader) refine(d defaults, f fields) defaults {
	if n := f["prohibited"]; n != nil {
		d.prohibited = r.boolean(n)
		if d.prohibited && (r.prohibited == nil || before(n, r.prohibited)) {
			r.prohibited = n
		}
	}
	if n := f["subtree"]; n != nil {
		s, _ := r.choice(n, string(migrate.SubtreeRemove), string(migrate.SubtreePromote), string(migrate.SubtreeRefuse))
		d.subtree = migrate.Subtree(s)
	}
	if n := f["redirect"]; n != nil {
		d.redirect = r.redirect(n)
	}
	if n := f["products"]; n != nil {
		d.products = r.products(n)
	}
	return d
}

func before(a, b *node) bool {
	return a.pos.Line < b.pos.Line || a.pos.Line == b.pos.Line && a.pos.Column < b.pos.Column
}

// remover reads the list of what is removed.
type remover struct {
	*reader
	base    defaults
	seen    naming // by reference, to find those named twice
	entries []migrate.Entry
	later   []crosswalkItem // read when every entry of the policy is known
}

// crosswalkItem is an item of the list that names a crosswalk.
type crosswalkItem struct {
	file *node
	defaults
	at int // how many entries stand before its own
}

func (r *reader) remove(n *node, base defaults) []migrate.Entry {
	m := &remover{reader: r, base: base, seen: naming{}}
	for _, item := range r.list(n) {
		m.item(item)
	}
	return m.withCrosswalks()
}

func (m *remover) item(n *node) {
	if n.kind != mapping {
		if ref, ok := m.path(n); ok {
			m.add(n, ref, m.base)
		}
		return
	}
	f := m.mapping(n, append([]string{"category", "id", "crosswalk"}, defaultKeys...)...)
	d := m.refine(m.base, f)
	named := 0
	for _, name := range []string{"category", "id", "crosswalk"} {
		if n.has(name) {
			named++
		}
	}
	if named != 1 && (named > 1 || len(f) == len(n.entries)) {
		m.fail(n, "an item of remove names one category, id or crosswalk")
	}
	if named != 1 {
		return
	}
	if file := f["crosswalk"]; file != nil {
		m.later = append(m.later, crosswalkItem{file, d, len(m.entries)})
		return
	}
	if ref, ok := m.named(f); ok {
		m.add(n, ref, d)
	}
}

func (m *remover) named(f fields) (migrate.CategoryRef, bool) {
	if id := f["id"]; id != nil {
		return m.categoryID(id)
	}
	if category := f["category"]; category != nil {
		return m.category(category)
	}
	return migrate.CategoryRef{}, false
}

// add adds the entry for one category.
func (m *remover) add(n *node, ref migrate.CategoryRef, d defaults) {
	m.once(m.seen, ref)
	m.entries = append(m.entries, m.entry(ref, d, n.pos))
}

func (r *reader) entry(ref migrate.CategoryRef, d defaults, at migrate.Pos) migrate.Entry {
	e := migrate.Entry{Category: ref, Prohibited: d.prohibited, Subtree: d.subtree, Redirect: d.redirect, Pos: at}
	if d.products != nil {
		e.Rules = slices.Clone(d.products.rules)
		if d.prohibited {
			r.wantCleared(d.products)
		}
	}
	return e
}
