package migrate

import (
	"slices"

	"recat/taxonomy"
)

// placePromoted gives each lifted child its new parent.
func (b *builder) placePromoted() {
	for id := range b.promoted {
		for _, a := range b.cats.Tree.Ancestors(id) {
			if b.removed[a] == nil {
				b.promoted[id] = a
				break
			}
		}
	}
}

// checkPromotions refuses a lifted child whose new siblings include its name.
func (b *builder) checkPromotions() {
	bySibling := map[string]taxonomy.ID{}
	ids := make([]taxonomy.ID, 0, len(b.promoted))
	for id := range b.promoted {
		ids = append(ids, id)
	}
	for _, id := range b.shape.CategoryKey.sortIDs(ids) {
		if b.closing[id] {
			b.refuse(Pos{}, "close it with a policy of its own", "%s cannot be closed and promoted by one plan", b.quote(id))
		}
		node, _ := b.cats.Tree.Node(id)
		to := b.promoted[id]
		siblings := b.cats.Tree.Roots()
		if to != "" {
			siblings = b.cats.Tree.Children(to)
		}
		for _, other := range siblings {
			n, _ := b.cats.Tree.Node(other)
			if b.removed[other] == nil && n.Name == node.Name {
				b.refuse(Pos{}, "", "promoting %s (id %s) would put it beside %s (id %s) of the same name",
					b.quote(id), id, b.quote(other), other)
			}
		}
		key := string(to) + "\x00" + node.Name
		if other, twice := bySibling[key]; twice {
			b.refuse(Pos{}, "", "promoting %s (id %s) and %s (id %s) would make siblings of the same name",
				b.quote(other), other, b.quote(id), id)
		}
		bySibling[key] = id
	}
}

// checkPaths refuses a path that lifting categories makes lead somewhere
// else: planning the policy again would not find what it found now.
func (b *builder) checkPaths() {
	if len(b.promoted) == 0 || len(b.refusals) > 0 {
		return
	}
	var nodes []taxonomy.Node
	for n := range b.cats.Tree.All() {
		if to, ok := b.promoted[n.ID]; ok {
			n.Parent = to
		}
		if b.removed[n.ID] == nil {
			nodes = append(nodes, n)
		}
	}
	after, err := taxonomy.New(nodes)
	if err != nil { // what is left of a sound tree is one
		return
	}
	for _, ref := range b.places() {
		id, gone, err := b.find.category(ref)
		if err != nil || ref.ID != "" {
			continue
		}
		var want []taxonomy.ID
		if !gone && b.removed[id] == nil {
			want = []taxonomy.ID{id}
		}
		leads := slices.DeleteFunc(after.Lookup(ref.Path), func(id taxonomy.ID) bool { return b.gone[id] })
		if !slices.Equal(leads, want) {
			b.refuse(ref.Pos, "name it by its id: {id: …}", "promoting children changes where the path %q leads", ref.Path)
		}
	}
}

// places lists the references that planning again looks up.
func (b *builder) places() []CategoryRef {
	refs := slices.Clone(b.policy.Close)
	for _, e := range b.policy.Remove {
		refs = append(refs, e.Category)
	}
	for _, w := range b.policy.Sweep {
		refs = append(append(refs, w.Within...), w.Except...)
	}
	return refs
}
