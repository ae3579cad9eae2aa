package migrate

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
	"sort"
	"strings"

	"recat/taxonomy"
)

// Summary is a plan or a run as a person reviews it: counts and samples, in
// bounded memory, of a stream that may hold millions of changes.
type Summary struct {
	Header     Header
	Provenance Provenance
	Trailer    Trailer
	Categories []CategorySummary  // removed, closed and promoted, in path order
	Sweeps     []Group            // by rule; what people decided of their finds is of no rule
	References []ReferenceSummary // by table, column and answer
	Sellers    int                // whose listings change, see ProductChange.Concerns
	Paths      map[taxonomy.ID]string
	Pruned     bool // of a run: its products are no longer known one by one
	// Marks tells by which words of its title a product was found: byte
	// ranges, in order, nil for none. It is nil where nobody can tell.
	Marks func(*ProductChange) [][2]int
}

// CategorySummary is one category with the groups of products it governs.
type CategorySummary struct {
	Change *CategoryChange
	Groups []Group // worst first: delist, reassign, detach; then by count
}

// Group is the products that one rule gave one fate.
type Group struct {
	Fate      Fate
	Rule      string
	Reason    string
	Cleared   string
	By        string
	Outside   bool // they are in no removed category: variants that go with their parents
	To        taxonomy.ID
	Only      []taxonomy.ID // detach: the categories they are still in
	Count     int
	Live      int                 // of Count: on sale before
	Hidden    int                 // of Count: rows the mapping hides
	Overruled int                 // of Count: another entry would have done otherwise
	Lacking   int                 // of Count: lack an attribute that their target requires
	Missing   map[string]int      // products by the attribute that they lack; nil for none
	States    map[string]int      // by rendered state; "∅" is NULL
	In        map[taxonomy.ID]int // sweep: by the category they are in
	Places    []Place             // sweep: the same with samples, the largest first
	Samples   []Sample            // the first few, in canonical order
}

// Answered reports whether people decided these products, which a sweep found.
func (g *Group) Answered() bool { return g.Rule == RuleDecisions && !g.Outside && len(g.In) > 0 }

// Place is the products of a sweep's Group that are in one category.
type Place struct {
	Category taxonomy.ID // "" is none
	Count    int
	Samples  []Sample // the first few, in canonical order
}

// Sample is one product of a Group.
type Sample struct {
	ID    string
	Title *string
	Marks [][2]int // by which words of its title it was found, see Summary.Marks
	// Before and After are where it is foremost filed; "" is nowhere.
	Before, After taxonomy.ID
}

// ReferenceSummary counts the rows of one table that share an answer.
type ReferenceSummary struct {
	Table, Column string
	Do            OnRemove
	Reason        string
	Count         int
	Labels        []string // the first few
}

// NullText is how NULL is shown, to be told from the empty text.
const NullText = "∅"

// samplesKept bounds Samples and Labels.
const samplesKept = 3

type groupKey struct {
	category                  taxonomy.ID
	fate                      Fate
	rule, reason, cleared, by string
	to                        taxonomy.ID
	only                      string
	outside                   bool
}

// Summarize consumes the changes of a plan or a run.
func Summarize(changes iter.Seq2[Change, error]) (*Summary, error) {
	s := NewSummarizer()
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		s.Add(c)
	}
	return s.Summary(), nil
}

// Summarizer makes a Summary of changes as they pass.
type Summarizer struct {
	Marks func(*ProductChange) [][2]int // for the Summary and its samples; may be nil
	// Samples is how many samples the groups may have in all, evenly many each
	// where not all fit. No group has fewer than the usual few.
	Samples int

	sum    *Summary
	groups map[groupKey]*Group
	places map[groupKey]map[taxonomy.ID]*Place
	refs   map[string]*ReferenceSummary
	each   int // bounds the samples of a group; 0 until the first is taken
	kept   int // samples of all groups

	seed    maphash.Seed
	sellers HashSet
}

// NewSummarizer makes an empty one.
func NewSummarizer() *Summarizer {
	return &Summarizer{
		sum:    &Summary{Paths: map[taxonomy.ID]string{}},
		groups: map[groupKey]*Group{},
		places: map[groupKey]map[taxonomy.ID]*Place{},
		seed:   maphash.MakeSeed(),
	}
}

// Add takes the next change, in canonical order.
func (s *Summarizer) Add(c Change) {
	switch {
	case c.Category != nil:
		s.sum.Paths[c.Category.ID] = c.Category.Path
		if c.Category.Do != GuardCategory {
			s.sum.Categories = append(s.sum.Categories, CategorySummary{Change: c.Category})
		}
	case c.Product != nil:
		s.product(c.Product)
	case c.Reference != nil:
		s.reference(c.Reference)
	}
}

func (s *Summarizer) product(p *ProductChange) {
	key := groupKey{fate: p.Fate, rule: p.Rule, reason: p.Reason, cleared: p.Cleared, by: p.By, to: p.To, outside: p.Outside}
	if len(p.From) > 0 {
		key.category = p.From[0]
	}
	var only []taxonomy.ID
	if p.Fate == Detach {
		only = remaining(p.After)
		key.only = joinIDs(only)
	}
	g := s.groups[key]
	if g == nil {
		g = &Group{Fate: p.Fate, Rule: p.Rule, Reason: p.Reason, Cleared: p.Cleared, By: p.By, Outside: p.Outside, To: p.To,
			Only: only, States: map[string]int{}, In: map[taxonomy.ID]int{}}
		s.groups[key] = g
	}
	g.add(p)
	s.keep(g, p)
	if p.Seller != nil && p.Concerns() && s.sellers.Add(maphash.String(s.seed, *p.Seller)) {
		s.sum.Sellers++
	}
	if len(p.From) == 0 {
		place := s.place(key, p.Before.Home())
		place.Count++
		place.Samples = s.sample(place.Samples, p, samplesKept)
	}
}

// keep adds a product to a group's samples, and takes some of all groups away
// where they are too many by that.
func (s *Summarizer) keep(g *Group, p *ProductChange) {
	s.each = max(samplesKept, cmp.Or(s.each, s.Samples))
	before := len(g.Samples)
	g.Samples = s.sample(g.Samples, p, s.each)
	for s.kept += len(g.Samples) - before; s.kept > s.Samples && s.each > samplesKept; {
		s.each, s.kept = max(samplesKept, min(s.each-1, s.Samples/len(s.groups))), 0
		for _, g := range s.groups {
			g.Samples = g.Samples[:min(len(g.Samples), s.each)]
			s.kept += len(g.Samples)
		}
	}
}

// place is a group's part in one category.
func (s *Summarizer) place(key groupKey, in taxonomy.ID) *Place {
	if s.places[key] == nil {
		s.places[key] = map[taxonomy.ID]*Place{}
	}
	if s.places[key][in] == nil {
		s.places[key][in] = &Place{Category: in}
	}
	return s.places[key][in]
}

// sample adds a product to samples that are not enough yet.
func (s *Summarizer) sample(to []Sample, p *ProductChange, most int) []Sample {
	if len(to) >= most {
		return to
	}
	one := Sample{ID: p.ID, Title: p.Title, Before: p.Before.Home(), After: p.After.Home()}
	if s.Marks != nil {
		one.Marks = s.Marks(p)
	}
	return append(to, one)
}

func (g *Group) add(p *ProductChange) {
	g.Count++
	if p.Live {
		g.Live++
	}
	if p.Hidden {
		g.Hidden++
	}
	if len(p.Overruled) > 0 {
		g.Overruled++
	}
	g.lack(p.Missing)
	state := NullText
	if p.State != nil {
		state = *p.State
	}
	g.States[state]++
	if len(p.From) == 0 {
		g.In[p.Before.Home()]++
	}
}

// lack counts the attributes that one more product of the group lacks.
func (g *Group) lack(missing []string) {
	if len(missing) == 0 {
		return
	}
	if g.Missing == nil {
		g.Missing = map[string]int{}
	}
	g.Lacking++
	for _, name := range missing {
		g.Missing[name]++
	}
}

// remaining lists the categories of a placement, each once, sorted.
func remaining(p Placement) []taxonomy.ID {
	var ids []taxonomy.ID
	for _, m := range p.Memberships {
		ids = append(ids, m.Category)
	}
	if len(ids) == 0 && p.Category != "" {
		ids = append(ids, p.Category)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func joinIDs(ids []taxonomy.ID) string {
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = string(id)
	}
	return strings.Join(parts, "\x00")
}

func (s *Summarizer) reference(r *ReferenceChange) {
	if s.refs == nil {
		s.refs = map[string]*ReferenceSummary{}
	}
	key := strings.Join([]string{r.Table, r.Column, string(r.Do), r.Reason}, "\x00")
	sum := s.refs[key]
	if sum == nil {
		sum = &ReferenceSummary{Table: r.Table, Column: r.Column, Do: r.Do, Reason: r.Reason}
		s.refs[key] = sum
	}
	sum.Count++
	if r.Label != "" && len(sum.Labels) < samplesKept {
		sum.Labels = append(sum.Labels, r.Label)
	}
}

// Summary sums up what was added; header, provenance and trailer are the
// caller's to set.
func (s *Summarizer) Summary() *Summary {
	at := map[taxonomy.ID]int{}
	for i, c := range s.sum.Categories {
		at[c.Change.ID] = i
	}
	keys := make([]groupKey, 0, len(s.groups))
	for k := range s.groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return s.less(keys[i], keys[j]) })
	for _, k := range keys {
		s.groups[k].Places = placed(s.places[k])
		if i, ok := at[k.category]; ok {
			s.sum.Categories[i].Groups = append(s.sum.Categories[i].Groups, *s.groups[k])
		} else {
			s.sum.Sweeps = append(s.sum.Sweeps, *s.groups[k])
		}
	}
	sort.SliceStable(s.sum.Categories, func(i, j int) bool {
		return s.sum.Categories[i].Change.Path < s.sum.Categories[j].Change.Path
	})
	s.sum.References, s.sum.Marks = s.references(), s.Marks
	return s.sum
}

// placed puts a group's places in order, the largest first.
func placed(places map[taxonomy.ID]*Place) []Place {
	out := make([]Place, 0, len(places))
	for _, p := range places {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Place) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Category, b.Category))
	})
	return out
}

var fateRank = map[Fate]int{Delist: 0, Reassign: 1, Detach: 2, Report: 3, Keep: 4}

// answered reports whether people decided what a sweep found.
func (k groupKey) answered() bool { return k.category == "" && k.rule == RuleDecisions && !k.outside }

// less orders groups worst first, then the larger, then by name; what people
// decided of a sweep's finds comes after the sweeps, and those outside last.
func (s *Summarizer) less(a, b groupKey) bool {
	if a.outside != b.outside {
		return b.outside
	}
	if x, y := a.answered(), b.answered(); x != y {
		return y
	}
	if x, y := fateRank[a.fate], fateRank[b.fate]; x != y {
		return x < y
	}
	if x, y := s.groups[a].Count, s.groups[b].Count; x != y {
		return x > y
	}
	for _, pair := range [][2]string{{a.rule, b.rule}, {string(a.to), string(b.to)}, {a.reason, b.reason},
		{a.only, b.only}, {a.cleared, b.cleared}, {a.by, b.by}} {
		if pair[0] != pair[1] {
			return pair[0] < pair[1]
		}
	}
	return a.category < b.category
}

func (s *Summarizer) references() []ReferenceSummary {
	var out []ReferenceSummary
	for _, r := range s.refs {
		out = append(out, *r)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return strings.Join([]string{a.Table, a.Column, string(a.Do), a.Reason}, "\x00") <
			strings.Join([]string{b.Table, b.Column, string(b.Do), b.Reason}, "\x00")
	})
	return out
}
