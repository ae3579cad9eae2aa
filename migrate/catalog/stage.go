package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// stage is a snapshot with its changes translated into temporary tables:
//
//	recat_to_N    categories that something goes to: n, i1 …, id, key1 …
//	recat_sg_N    one row for each way of treating a product: g, what (see
//	              below), the places of the new category and primary in
//	              recat_to_N, the verdict, and what memberships do: carrier
//	              is the place in recat_in_N of the category whose row moves,
//	              moves the place in recat_to_N it moves to, flagged that of
//	              the membership to be flagged
//	recat_sp_N    the products, by stretches that are treated alike: from a
//	              to b (n in recat_p_N), and g as in recat_sg_N
//	recat_sr_N    one row a reference: n as in recat_r_N_G, g, goes (place in
//	              recat_to_N), op
type stage struct {
	*snapshot
	to         map[taxonomy.ID]int64
	verdicts   map[string]int64
	verdictLog []verdictRow
	categories []*migrate.CategoryChange
	references []*migrate.ReferenceChange
	spared     []json.RawMessage // products that people keep, for the record alone
	products   int64
	groups     map[group]int64
	waysNow    []way
	last       stretch
	stretches  inserter // into recat_sp_N
	spread     bool     // product by product into recat_sx_N: n, g
	pointers   inserter // into recat_sr_N
	counts     stageCounts
	read       string // digest of the tree that the changes were decided on
	counting   bool   // there are counters of products
	tally      *tally
	encoded    *encoded
	runs       int64 // the newest run when the changes were staged
}

// stageCounts are the rows that a commit must change, by kind.
type stageCounts struct {
	byGroup    map[group]int64
	references map[refOp]int64
}

// refOp is one way of treating the rows of one reference.
type refOp struct {
	g  int
	do migrate.OnRemove
}

// stretch is consecutive products of a snapshot that are treated alike.
type stretch struct{ a, b, g int64 }

// group is one way of treating a product; see recat_sg_N. NULL is nil.
type group struct {
	what                               int64
	cat, prim, carrier, moves, flagged any
	verdict                            int64
}

// What a product's row has written to it, as bits.
const (
	setsCategory int64 = 1 << iota
	setsPrimary
	delists
	leavesMemberships // rows in removed categories go, or one of them moves
	flags             // another membership becomes the flagged one
	touches
	setsOthers // further tables' primaries
)

// verdictRow is what a run keeps of why products got their fate.
type verdictRow struct {
	Fate    migrate.Fate        `json:"fate"`
	To      taxonomy.ID         `json:"to,omitempty"`
	Rule    string              `json:"rule"`
	Reason  string              `json:"reason,omitempty"`
	Cleared string              `json:"cleared,omitempty"`
	By      string              `json:"by,omitempty"`
	From    []taxonomy.ID       `json:"from,omitempty"`
	Follows string              `json:"follows,omitempty"`
	Outside bool                `json:"outside,omitempty"`
	Over    []migrate.Overruled `json:"overruled,omitempty"`
	Missing []string            `json:"missing,omitempty"`
}

// Stage translates changes into temporary tables.
func (s *snapshot) Stage(ctx context.Context, changes iter.Seq2[migrate.Change, error]) (migrate.Stage, error) {
	if err := s.c.allowed(ctx); err != nil {
		return nil, err
	}
	st := &stage{snapshot: s, read: s.c.digest, to: map[taxonomy.ID]int64{}, verdicts: map[string]int64{},
		counting: len(s.c.mapping.counters()) > 0, tally: &tally{memberships: s.c.mapping.Memberships != nil, moves: map[string]*productMove{}},
		groups: map[group]int64{}, counts: stageCounts{byGroup: map[group]int64{}, references: map[refOp]int64{}}}
	st.stretches = inserter{s: s.c.conn, table: st.name("sp"), width: 3}
	st.pointers = inserter{s: s.c.conn, table: st.name("sr"), width: 4}
	if err := st.prepare(ctx); err != nil {
		return nil, fmt.Errorf("make temporary tables: %w", st.c.d.failure(err))
	}
	var err error
	if st.runs, err = s.c.newest(ctx); err != nil {
		return nil, fmt.Errorf("ask for the newest run: %w", st.c.d.failure(err))
	}
	for c, err := range changes {
		if err == nil {
			err = st.add(ctx, c)
		}
		if err != nil {
			return nil, err
		}
	}
	return st, st.ready(ctx)
}

func (st *stage) prepare(ctx context.Context) error {
	numbers := func(names ...string) []typedColumn {
		out := make([]typedColumn, len(names))
		for i, name := range names {
			out[i] = number(name)
		}
		return out
	}
	op := typedColumn{"op", anyText}
	for _, t := range []tempTable{
		st.c.categoryTable(st.name("to")),
		{st.name("sg"), []string{"g"}, numbers("g", "what", "cat", "prim", "verdict", "carrier", "moves", "flagged"), "", nil},
		{st.name("sp"), []string{"a"}, numbers("a", "b", "g"), "", nil},
		{st.name("sr"), []string{"g", "n"}, append(numbers("n", "g", "goes"), op), "", nil},
	} {
		if err := st.make(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) add(ctx context.Context, c migrate.Change) error {
	switch {
	case c.Category != nil:
		st.categories = append(st.categories, c.Category)
		if c.Category.Do == migrate.PromoteCategory && c.Category.To != "" {
			_, err := st.place(ctx, c.Category.To)
			return err
		}
	case c.Product != nil && c.Product.Fate.Acts():
		return st.addProduct(ctx, c.Product)
	case c.Product != nil && c.Product.Fate == migrate.Keep:
		line, err := json.Marshal(c.Product)
		st.spared = append(st.spared, line)
		return err
	case c.Reference != nil:
		return st.addReference(ctx, c.Reference)
	}
	return nil
}

// place gives a category's place in recat_to_N, copying its identifying
// values from its own row the first time; NULL stands for none.
func (st *stage) place(ctx context.Context, id taxonomy.ID) (any, error) {
	if id == "" {
		return nil, nil
	}
	if n, ok := st.to[id]; ok {
		return n, nil
	}
	row, ok := st.c.rows[id]
	if !ok {
		return nil, migrate.Refuse("the category %q that something goes to is not in the catalog", id)
	}
	n := int64(len(st.to) + 1)
	st.to[id] = n
	return n, st.c.insertCategory(ctx, st.name("to"), int(n), row)
}

func (st *stage) addProduct(ctx context.Context, p *migrate.ProductChange) error {
	k, err := st.group(ctx, p)
	if err != nil {
		return err
	}
	g, ok := st.groups[k]
	if !ok {
		g = int64(len(st.groups) + 1)
		st.groups[k] = g
		if err := exec(ctx, st.c.conn, fmt.Sprintf("INSERT INTO %s VALUES (?, ?, ?, ?, ?, ?, ?, ?)", st.name("sg")),
			g, k.what, k.cat, k.prim, k.verdict, k.carrier, k.moves, k.flagged); err != nil {
			return st.c.d.failure(err)
		}
	}
	if st.counting {
		st.tally.add(p)
	}
	st.counts.byGroup[k]++
	st.products++
	if st.last.g == g && st.last.b+1 == p.Ordinal {
		st.last.b++
		return nil
	}
	err = st.push(ctx)
	st.last = stretch{a: p.Ordinal, b: p.Ordinal, g: g}
	return err
}

// push hands the last stretch on to be inserted.
func (st *stage) push(ctx context.Context) error {
	last := st.last
	st.last = stretch{}
	if last.g == 0 {
		return nil
	}
	return st.stretches.add(ctx, last.a, last.b, last.g)
}

// group works out how a product is treated.
func (st *stage) group(ctx context.Context, p *migrate.ProductChange) (k group, err error) {
	if k.what, err = st.what(p); err != nil {
		return k, err
	}
	if k.cat, err = st.place(ctx, p.After.Category); err != nil {
		return k, err
	}
	if k.prim, err = st.place(ctx, newPrimary(p)); err != nil {
		return k, err
	}
	if k.carrier, k.moves, err = st.carry(ctx, p); err != nil {
		return k, err
	}
	k.verdict = st.verdict(p)
	k.flagged, err = st.flagged(ctx, p, k.what)
	return k, err
}

// staged is the FROM of the staged stretches, s, with their groups, q, and
// the rows of a temp table, under alias, that belong to them by the column n.
func (st *stage) staged(temp, alias, n string) string {
	if st.spread {
		return fmt.Sprintf("%s s JOIN %s q ON q.g = s.g JOIN %s %s ON %s.%s = s.n", st.name("sx"), st.name("sg"), temp, alias, alias, n)
	}
	return fmt.Sprintf("%s s JOIN %s q ON q.g = s.g %s %s %s ON %s.%s BETWEEN s.a AND s.b",
		st.name("sp"), st.name("sg"), st.c.d.inOrder(), temp, alias, alias, n)
}

// what tells, from where a product stood and will stand, what is written.
func (st *stage) what(p *migrate.ProductChange) (int64, error) {
	if p.Ordinal == 0 {
		return 0, fmt.Errorf("product %s is not in the snapshot it is staged against", p.ID)
	}
	var what int64
	if p.Before.Category != p.After.Category {
		what |= setsCategory
	}
	if p.Before.Primary != p.After.Primary {
		what |= setsPrimary
	}
	if p.Fate == migrate.Delist && !p.Hidden {
		what |= delists
	}
	if leaves(p) {
		what |= leavesMemberships
	}
	if !slices.Equal(p.Before.Others, p.After.Others) {
		what |= setsOthers
	}
	if flagOf(p.Before) != flagOf(p.After) {
		what |= flags
	}
	if !p.Hidden && what != 0 && len(st.c.mapping.Products.Touch) > 0 {
		what |= touches
	}
	return what, nil
}

// leaves reports whether a membership row goes or moves.
func leaves(p *migrate.ProductChange) bool {
	if len(p.Before.Memberships) == 0 {
		return false
	}
	after := map[taxonomy.ID]int{}
	for _, m := range p.After.Memberships {
		after[m.Category]++
	}
	for _, m := range p.Before.Memberships {
		if after[m.Category]--; after[m.Category] < 0 {
			return true
		}
	}
	return false
}

func flagOf(p migrate.Placement) taxonomy.ID {
	for _, m := range p.Memberships {
		if m.Primary {
			return m.Category
		}
	}
	return ""
}

// carry finds which membership row moves, and where to.
func (st *stage) carry(ctx context.Context, p *migrate.ProductChange) (carrier, moves any, err error) {
	from, to := migrate.Carrier(p.Before, p.After)
	if to == "" {
		return nil, nil, nil
	}
	moves, err = st.place(ctx, to)
	return st.ordinalOf(from), moves, err
}

func (st *stage) flagged(ctx context.Context, p *migrate.ProductChange, what int64) (any, error) {
	if what&flags == 0 {
		return nil, nil
	}
	return st.place(ctx, flagOf(p.After))
}

// verdict numbers the distinct reasons; a run keeps each once.
func (st *stage) verdict(p *migrate.ProductChange) int64 {
	row := verdictRow{Fate: p.Fate, To: p.To, Rule: p.Rule, Reason: p.Reason, Cleared: p.Cleared, By: p.By, From: p.From, Follows: p.Follows, Outside: p.Outside, Over: p.Overruled, Missing: p.Missing}
	key := row.key()
	n, ok := st.verdicts[key]
	if !ok {
		n = int64(len(st.verdictLog) + 1)
		st.verdicts[key] = n
		st.verdictLog = append(st.verdictLog, row)
	}
	return n
}

func (v verdictRow) key() string {
	var b strings.Builder
	outside := ""
	if v.Outside {
		outside = "outside"
	}
	for _, s := range []string{string(v.Fate), string(v.To), v.Rule, v.Reason, v.Cleared, v.By, v.Follows, outside} {
		b.WriteString(s)
		b.WriteByte(0)
	}
	for _, id := range v.From {
		b.WriteString(string(id))
		b.WriteByte(1)
	}
	for _, name := range v.Missing {
		b.WriteString(name)
		b.WriteByte(2)
	}
	if len(v.Over) > 0 {
		text, err := json.Marshal(v.Over)
		if err != nil { // strings only
			panic(err)
		}
		b.Write(text)
	}
	return b.String()
}

func (st *stage) addReference(ctx context.Context, r *migrate.ReferenceChange) error {
	to, err := st.place(ctx, r.To)
	if err != nil {
		return err
	}
	g := int(r.Ordinal / referencePlaces)
	st.references = append(st.references, r)
	if r.Do != migrate.OnRemoveKeep {
		st.counts.references[refOp{g, r.Do}]++
	}
	return st.pointers.add(ctx, r.Ordinal%referencePlaces, g, to, string(r.Do))
}
