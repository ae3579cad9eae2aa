package migrate

import (
	"fmt"
	"slices"

	"recat/taxonomy"
)

// Scheme is a policy found in a tree: which categories go and what governs
// each, which are lifted, which must stay as they are. Deciding a product's
// fate needs nothing else.
type Scheme struct {
	policy     *Policy
	shape      Shape
	cats       *Categories
	removed    map[taxonomy.ID]*removal
	gone       map[taxonomy.ID]bool        // a run not undone removed them; a soft remove left their row
	promoted   map[taxonomy.ID]taxonomy.ID // child to its new parent
	closing    map[taxonomy.ID]bool
	targets    map[taxonomy.ID]bool
	delistedTo taxonomy.ID
	sweep      []boundSweep
	decisions  map[string]boundDecision
	derived    Derived              // what the catalog keeps beside parent
	cleared    map[string]Clearance // by product: what no sweep finds, nor takes along as a variant
	told
}

// removal is one category that goes.
type removal struct {
	id         taxonomy.ID
	why        Cause
	entry      *Entry // nil where emptied
	index      int    // of the entry in the policy; emptied ones come last
	prohibited bool
	successor  taxonomy.ID
	rules      *boundRules
	only       []*removal    // itself; see alone
	onlyID     []taxonomy.ID // its id
}

// boundRules are an entry's rules with their targets found. They are shared
// by every category that the entry governs.
type boundRules struct {
	rules []boundRule
}

type boundRule struct {
	*Rule
	to    taxonomy.ID
	reads []string // fields read by this rule and those before it, sorted
}

type boundSweep struct {
	*SweepRule
	within, except []taxonomy.ID
	reads          []string
}

type boundDecision struct {
	Decision
	to   taxonomy.ID // where it sends its product; "" where nothing is sent any more
	at   taxonomy.ID // where that is, or was when products were sent; "" where it is not there
	gone bool        // a run not undone removed it
}

// Removed lists the categories that go, in key order.
func (s *Scheme) Removed() []taxonomy.ID {
	ids := make([]taxonomy.ID, 0, len(s.removed))
	for id := range s.removed {
		ids = append(ids, id)
	}
	return s.shape.CategoryKey.sortIDs(ids)
}

// Fields lists, sorted, the mapping's own fields that the rules read.
func (s *Scheme) Fields() []string {
	return slices.DeleteFunc(s.reads(), func(name string) bool { return builtinField[name] })
}

// reads lists, sorted, all fields that the rules read.
func (s *Scheme) reads() []string {
	var out []string
	for _, r := range s.removed {
		if r.rules != nil && len(r.rules.rules) > 0 {
			out = append(out, r.rules.rules[len(r.rules.rules)-1].reads...)
		}
	}
	for _, w := range s.sweep {
		out = append(out, w.reads...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// untitled reports whether no rule reads titles or sellers.
func (s *Scheme) untitled() bool {
	reads := s.reads()
	return !slices.Contains(reads, "title") && !slices.Contains(reads, "seller")
}

// builtinField names what every product has, whatever the mapping.
var builtinField = map[string]bool{
	"id": true, "title": true, "live": true, "state": true, "category": true, "seller": true,
}

// NewScheme finds a policy in a catalog's tree. occupied tells which
// categories hold products. Its error is a FileErrors where the policy points
// at something that is not there, a RefusedError where what it asks is
// forbidden.
func NewScheme(policy *Policy, shape Shape, cats *Categories, tombs []Tombstone,
	occupied func([]taxonomy.ID) (map[taxonomy.ID]bool, error)) (*Scheme, error) {
	b := newBuilder(policy, shape, cats, tombs)
	b.nameEntries()
	b.nameClosing()
	b.nameAnswers()
	if err := b.files.Err(); err != nil {
		return nil, err
	}
	b.spread()
	if err := b.empty(occupied); err != nil {
		return nil, err
	}
	b.bindTargets()
	if err := b.files.Err(); err != nil {
		return nil, err
	}
	b.checkPromotions()
	b.checkPaths()
	b.checkHazards()
	if len(b.refusals) > 0 {
		return nil, &RefusedError{Refusals: b.refusals}
	}
	return b.Scheme, nil
}

// nameEntries finds each entry's category. An entry whose category an earlier
// run removed has nothing left to do.
func (b *builder) nameEntries() {
	for i := range b.policy.Remove {
		e := &b.policy.Remove[i]
		id, gone, err := b.find.category(e.Category)
		if err != nil {
			b.fault(err)
			continue
		}
		if gone {
			continue
		}
		if first, twice := b.named[id]; twice {
			at := b.policy.Remove[first].Pos
			b.fault(&FileError{Pos: e.Category.Pos, Msg: fmt.Sprintf(
				"%s is removed twice; first at %s", b.quote(id), at)})
			continue
		}
		b.named[id] = i
	}
}

func (b *builder) nameClosing() {
	for _, ref := range b.policy.Close {
		id, gone, err := b.find.category(ref)
		b.fault(err)
		if err != nil || gone {
			continue
		}
		if !b.cats.Closed[id] {
			b.closing[id] = true
		}
	}
	if len(b.closing) > 0 && !b.shape.Closable {
		b.refuse(b.policy.Close[0].Pos, "say in the mapping: categories.close: {set: …}",
			"the mapping does not say how to close a category")
	}
}

// spread walks the tree and gives every category below an entry its lot.
func (b *builder) spread() {
	for _, root := range b.cats.Tree.Roots() {
		b.spreadInto(root, nil, SubtreeUnset)
	}
	for id := range b.closing {
		if b.removed[id] != nil {
			delete(b.closing, id)
		}
	}
}

// spreadInto decides about id, below a parent removed by above (nil where it
// survives) whose children fall under sub.
func (b *builder) spreadInto(id taxonomy.ID, above *removal, sub Subtree) {
	here := above
	if b.gone[id] {
		// removed before; what came to be below it shares its parent's lot
	} else if i, ok := b.named[id]; ok {
		e := &b.policy.Remove[i]
		here = &removal{id: id, why: CauseEntry, entry: e, index: i, prohibited: e.Prohibited}
		sub = inheritSubtree(e.Subtree, above, sub)
	} else if above != nil {
		switch sub {
		case SubtreeRemove:
			here = &removal{id: id, why: CauseSubtree, entry: above.entry, index: above.index, prohibited: above.prohibited}
		case SubtreePromote:
			b.promoted[id] = ""
			here = nil
		default:
			b.refuse(above.entry.Category.Pos, "say subtree: remove, or subtree: promote",
				"%s has the child %s, and the policy does not say what becomes of it", b.quote(above.id), b.quote(id))
			here = nil
		}
	}
	if here != nil && here.id == id {
		b.remove(here)
	}
	for _, child := range b.cats.Tree.Children(id) {
		b.spreadInto(child, here, sub)
	}
}

// inheritSubtree lets an entry that says nothing of its children follow the
// enclosing entry that removes it.
func inheritSubtree(own Subtree, above *removal, sub Subtree) Subtree {
	if own == SubtreeUnset && above != nil {
		return sub
	}
	return own
}

func (b *builder) remove(r *removal) {
	b.removed[r.id] = r
	if b.cats.Protected[r.id] {
		b.refuse(r.pos(), "", "%s is protected by the mapping", b.quote(r.id))
	}
	if hidden := b.cats.HiddenChildren[r.id]; len(hidden) > 0 {
		b.refusals = append(b.refusals, Refusal{Pos: r.pos(), Rows: hidden,
			What: fmt.Sprintf("%s has children that the mapping's where hides", b.quote(r.id))})
	}
}

func (r *removal) pos() Pos {
	if r.entry == nil {
		return Pos{}
	}
	return r.entry.Category.Pos
}

// empty adds the ancestors that are left with no child and no product, from
// the deepest up.
func (b *builder) empty(occupied func([]taxonomy.ID) (map[taxonomy.ID]bool, error)) error {
	b.placePromoted()
	if b.policy.Emptied != EmptiedRemove || len(b.removed) == 0 {
		return nil
	}
	candidates := b.survivingAncestors()
	held, err := occupied(candidates)
	if err != nil {
		return fmt.Errorf("look for products in ancestors: %w", err)
	}
	keep := b.wanted()
	for _, id := range candidates {
		if held[id] || keep[id] || b.receives(id) || b.cats.Protected[id] || len(b.cats.HiddenChildren[id]) > 0 || !b.childless(id) {
			continue
		}
		first := b.firstRemovedChild(id)
		b.removed[id] = &removal{id: id, why: CauseEmptied, index: len(b.policy.Remove), prohibited: first.prohibited}
		delete(b.closing, id)
		delete(b.promoted, id)
	}
	return nil
}

// survivingAncestors lists the ancestors of what goes, deepest first.
func (b *builder) survivingAncestors() []taxonomy.ID {
	seen := map[taxonomy.ID]bool{}
	var out []taxonomy.ID
	for id := range b.removed {
		for _, a := range b.cats.Tree.Ancestors(id) {
			if b.removed[a] == nil && !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	t := b.cats.Tree
	b.shape.CategoryKey.sortIDs(out)
	slices.SortStableFunc(out, func(x, y taxonomy.ID) int { return t.Depth(y) - t.Depth(x) })
	return out
}

// receives reports whether a category is lifted to id.
func (b *builder) receives(id taxonomy.ID) bool {
	for _, to := range b.promoted {
		if to == id {
			return true
		}
	}
	return false
}

// wanted is every category that the policy sends something to: it stays.
func (b *builder) wanted() map[taxonomy.ID]bool {
	keep := map[taxonomy.ID]bool{}
	for _, ref := range b.allTargets() {
		if id, _, err := b.find.category(ref); err == nil {
			keep[id] = true
		}
	}
	return keep
}

func (b *builder) allTargets() []CategoryRef {
	var refs []CategoryRef
	for _, i := range b.named {
		e := &b.policy.Remove[i]
		if e.Redirect != nil && !e.Redirect.Gone {
			refs = append(refs, e.Redirect.To)
		}
		for _, r := range e.Rules {
			if r.Fate == Reassign {
				refs = append(refs, r.To)
			}
		}
	}
	for _, d := range b.policy.Decisions {
		if d.Fate == Reassign {
			refs = append(refs, d.To)
		}
	}
	if b.policy.DelistedTo != nil {
		refs = append(refs, *b.policy.DelistedTo)
	}
	return refs
}

func (b *builder) childless(id taxonomy.ID) bool {
	for _, c := range b.cats.Tree.Children(id) {
		if b.removed[c] == nil && !b.gone[c] {
			return false
		}
	}
	return true
}

func (b *builder) firstRemovedChild(id taxonomy.ID) *removal {
	for _, child := range b.shape.CategoryKey.sortIDs(slices.Clone(b.cats.Tree.Children(id))) {
		if r := b.removed[child]; r != nil {
			return r
		}
	}
	return nil
}

// checkHazards refuses what the mapping does not declare, if anything at all
// is going to be written.
func (b *builder) checkHazards() {
	if len(b.removed)+len(b.closing)+len(b.sweep) == 0 {
		return
	}
	for _, h := range b.shape.Hazards {
		b.refuse(Pos{}, "", "%s %s: %s", h.What, h.Name, h.Detail)
	}
}

func (b *builder) quote(id taxonomy.ID) string {
	return `"` + b.cats.Tree.Path(id).String() + `"`
}

// inAny reports whether id is one of the categories or below one of them.
func inAny(t *taxonomy.Tree, roots []taxonomy.ID, id taxonomy.ID) bool {
	return slices.ContainsFunc(roots, func(r taxonomy.ID) bool { return t.Contains(r, id) })
}
