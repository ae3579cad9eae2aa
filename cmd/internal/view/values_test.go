package view_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

// The values that the goldens render: the main case, with one of everything.

var shanghai = func() *time.Location {
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return loc
}()

var (
	now       = time.Date(2021, 10, 5, 20, 0, 0, 0, shanghai)
	effective = time.Date(2021, 10, 8, 0, 0, 0, 0, shanghai)
	ranAt     = time.Date(2021, 10, 8, 0, 0, 0, 4e8, shanghai)
)

const (
	digestA = "sha256:7f3a91c2b1d04e7f86a5c3d2e1f00918273645546372819001a2b3c4d5e6f708"
	digestB = "sha256:0b52e1aa7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2"
)

func ptr[T any](v T) *T { return &v }

func header() migrate.Header {
	return migrate.Header{Version: 1, Policy: "crypto-mining-ban", Reason: "Alibaba.com notice of 27 September 2021",
		Dates: migrate.Dates{Zone: "Asia/Shanghai", Announced: time.Date(2021, 9, 27, 0, 0, 0, 0, shanghai),
			Effective: effective, Enforced: time.Date(2021, 10, 16, 0, 0, 0, 0, shanghai)},
		Limits: migrate.Limits{Delist: ptr(60), LiveShare: ptr(0.1), Drift: ptr(50), MissingAttributes: ptr(20)},
		Drift:  migrate.DriftPolicy{Arrived: migrate.ToleranceRules, Left: migrate.ToleranceSkip, Edited: migrate.ToleranceSameFate},
		PolicyText: "policy: crypto-mining-ban\ndates: {zone: Asia/Shanghai, effective: 2021-10-08, enforced: 2021-10-16}\n" +
			"remove: [Consumer Electronics > Blockchain Miners]\nlimits: {delist: 60, live_share: 10%, drift: 50}\n",
		CategoryKey: migrate.IntKey, ProductKey: migrate.IntKey, Mapping: json.RawMessage(`{}`), Tree: "sha256:aa"}
}

func category(id, parent, path, name string, do migrate.CategoryAction, why migrate.Cause) migrate.Change {
	return migrate.Change{Category: &migrate.CategoryChange{ID: taxonomy.ID(id), Parent: taxonomy.ID(parent), Path: path, Name: name,
		Do: do, Why: why, Prohibited: do == migrate.RemoveCategory}}
}

func categories() []migrate.Change {
	const miners = "Consumer Electronics > Blockchain Miners"
	lifted := category("100013", "100010", miners+" > Mining Frames", "Mining Frames", migrate.PromoteCategory, migrate.CausePromoted)
	lifted.Category.To = "100000"
	old := category("100014", "100010", miners+" > Discontinued", "Discontinued", migrate.RemoveCategory, migrate.CauseEntry)
	old.Category.Prohibited, old.Category.Successor, old.Category.Reason = false, "100020", "folded into its neighbour"
	below := category("100015", "100014", miners+" > Discontinued > 2017", "2017", migrate.RemoveCategory, migrate.CauseSubtree)
	below.Category.Prohibited, below.Category.Successor = false, "100020"
	return []migrate.Change{
		category("100000", "", "Consumer Electronics", "Consumer Electronics", migrate.GuardCategory, migrate.CauseAncestor),
		category("100010", "100000", miners, "Blockchain Miners", migrate.RemoveCategory, migrate.CauseEmptied),
		category("100011", "100010", miners+" > Blockchain Miners", "Blockchain Miners", migrate.RemoveCategory, migrate.CauseEntry),
		category("100012", "100010", miners+" > Blockchain Miner Accessories", "Blockchain Miner Accessories", migrate.RemoveCategory, migrate.CauseEntry),
		lifted, old, below,
		category("100020", "100000", "Consumer Electronics > Power Supplies", "Power Supplies", migrate.GuardCategory, migrate.CauseTarget),
		category("100030", "", "Toys", "Toys", migrate.CloseCategory, migrate.CauseClosed),
	}
}

func product(id int, title string, fate migrate.Fate, rule, reason string, from ...taxonomy.ID) *migrate.ProductChange {
	p := &migrate.ProductChange{ID: fmt.Sprint(id), Title: &title, Fate: fate, Rule: rule, Reason: reason, From: from,
		Live: id%3 != 0, State: ptr("active"), Seller: ptr("Shenzhen Hash Co."), Before: migrate.Placement{Category: "200100"}}
	if len(from) > 0 {
		p.Before.Category = from[0]
	}
	if !p.Live {
		p.State = ptr("ended")
	}
	return p
}

func products() []migrate.Change {
	var out []*migrate.ProductChange
	add := func(p *migrate.ProductChange) *migrate.ProductChange { out = append(out, p); return p }
	for i := range 14 {
		add(product(800100+i, fmt.Sprintf("Antminer S19 Pro %d TH/s", 90+i), migrate.Delist, "rest", "prohibited-goods", "100011"))
	}
	for i := range 5 {
		p := add(product(800200+i, fmt.Sprintf("PSU %dW ATX modular for PC", 500+50*i), migrate.Reassign, "power-supplies", "LEG-114 general-purpose power supplies are allowed", "100012"))
		p.To, p.Cleared = "100020", p.Reason
		p.Read = []migrate.Input{{Name: "title", Value: p.Title}}
		p.After.Category = "100020"
		p.Missing = [][]string{{"wattage"}, nil, {"brand", "wattage"}, {"wattage"}, {"wattage"}}[i]
	}
	decided := add(product(800300, "Riser cable", migrate.Reassign, "decisions", "LEG-119 fans", "100012"))
	decided.To, decided.Cleared, decided.By = "100020", "LEG-119 fans", "Zhao Min"
	both := add(product(800301, "ASIC control board", migrate.Delist, "rest", "prohibited-goods", "100012", "100014"))
	both.Overruled = []migrate.Overruled{{Category: "100014", Fate: migrate.Reassign, To: "100020"}}
	untitled := add(product(800302, "", migrate.Delist, "rest", "prohibited-goods", "100012"))
	untitled.Title, untitled.State, untitled.Hidden = nil, nil, true
	add(product(800303, "", migrate.Delist, "rest", "prohibited-goods", "100012"))
	kept := add(product(800400, "Rack shelf 19 inch", migrate.Detach, "elsewhere", "stays live elsewhere", "100014"))
	kept.After.Memberships = []migrate.Membership{{Category: "100020"}, {Category: "300500"}}
	for i := range 4 {
		p := add(product(900100+i, fmt.Sprintf("Bitcoin mining for beginners, volume %d", i+1), migrate.Delist, "mining-tutorials", "prohibited-goods"))
		p.Before.Category = taxonomy.ID(fmt.Sprint(200100 + i/2))
	}
	add(product(900200, "Bitcoin keyring", migrate.Report, "coins", "Alibaba.com notice of 27 September 2021"))
	changes := make([]migrate.Change, len(out))
	for i, p := range out {
		changes[i] = migrate.Change{Product: p}
	}
	return changes
}

func references() []migrate.Change {
	ref := func(table, row string, do migrate.OnRemove, label, reason string) migrate.Change {
		return migrate.Change{Reference: &migrate.ReferenceChange{Table: table, Column: "category_id", Row: []string{row},
			Category: "100011", Do: do, Label: label, Reason: reason}}
	}
	return []migrate.Change{
		ref("discount_voucher_categories", "88", migrate.OnRemoveDelete, "CHIP10", "vouchers end with the category"),
		ref("discount_voucher_categories", "91", migrate.OnRemoveDelete, "MINER5", "vouchers end with the category"),
		ref("menu_items", "7", migrate.OnRemoveDelete, "Miners", ""),
		ref("url_redirects", "3", migrate.OnRemoveSet, "", ""),
	}
}

func changes() []migrate.Change {
	return append(append(categories(), products()...), references()...)
}

func stream(changes []migrate.Change) iter.Seq2[migrate.Change, error] {
	return func(yield func(migrate.Change, error) bool) {
		for _, c := range changes {
			if !yield(c, nil) {
				return
			}
		}
	}
}

// plan is a migrate.Plan in memory.
type plan struct {
	header  migrate.Header
	changes []migrate.Change
	digest  string
}

func (p plan) Header() migrate.Header { return p.header }
func (p plan) Provenance() migrate.Provenance {
	return migrate.Provenance{Who: "lin@desk", At: now, Recat: "0.3.0", Engine: "sqlite 3.50.4",
		Warnings: []string{"products.category_id has no index: the apply will hold its lock for longer"},
		Counts: migrate.Counts{Categories: 214, Live: ptr(1903), Sellers: ptr(12),
			Holds: []migrate.HoldCount{{Label: "open carts \x1b[2J", Rows: 31, Products: 9}, {Label: "running ads"}}}}
}
func (p plan) Trailer() migrate.Trailer {
	t := migrate.Trailer{Digest: p.digest}
	for _, c := range p.changes {
		t.Totals.Count(c)
	}
	return t
}
func (p plan) Changes() iter.Seq2[migrate.Change, error] { return stream(p.changes) }

func mainPlan() plan { return plan{header(), changes(), digestA} }

// variantsPlan delists products with their variants, in a removed category
// and by a sweep.
func variantsPlan() plan {
	out := categories()
	add := func(p *migrate.ProductChange) *migrate.ProductChange {
		out = append(out, migrate.Change{Product: p})
		return p
	}
	add(product(800100, "Antminer S19", migrate.Delist, "rest", "prohibited-goods", "100011"))
	add(product(800101, "Antminer S19, 95 TH/s", migrate.Delist, "rest", "prohibited-goods", "100011")).Follows = "800100"
	for i := range 5 {
		p := add(product(800102+i, fmt.Sprintf("Antminer S19, %d TH/s", 100+i), migrate.Delist, "rest", "prohibited-goods", "100011"))
		p.Follows, p.Outside, p.Before.Category = "800100", true, ""
	}
	add(product(900100, "Bitcoin mining for beginners", migrate.Delist, "mining-tutorials", "tutorials"))
	audio := add(product(900101, "Bitcoin mining for beginners, audio", migrate.Delist, "mining-tutorials", "tutorials"))
	audio.Follows, audio.Outside = "900100", true
	return plan{header(), out, digestA}
}

func emptyPlan() plan { return plan{header(), nil, digestA} }

func (p plan) summary(t *testing.T) *migrate.Summary {
	t.Helper()
	sum := migrate.NewSummarizer()
	sum.Marks = func(c *migrate.ProductChange) [][2]int { return marks(c.Title) }
	for _, c := range p.changes {
		sum.Add(c)
	}
	s := sum.Summary()
	s.Header, s.Provenance, s.Trailer = p.Header(), p.Provenance(), p.Trailer()
	return s
}

// marks are of the word that the sweep of the plans looks for, wherever it is.
func marks(title *string) (out [][2]int) {
	const word = "mining"
	for at := 0; title != nil; {
		i := strings.Index(strings.ToLower((*title)[at:]), word)
		if i < 0 {
			break
		}
		out = append(out, [2]int{at + i, at + i + len(word)})
		at += i + len(word)
	}
	return out
}

func drift() []migrate.Drift {
	return []migrate.Drift{
		{Kind: migrate.Left, Subject: "800555", Title: ptr("Whatsminer M30S"), Detail: "left for Toys > Models", Tolerated: true},
		{Kind: migrate.Arrived, Subject: "900411", Title: ptr("Antminer S19j Pro 104T"), Detail: "arrived in Consumer Electronics > Blockchain Miners > Blockchain Miners", Tolerated: true, Fate: migrate.Delist},
		{Kind: migrate.Edited, Subject: "801002", Title: ptr("PSU 1800W for PC"), Detail: `title "PSU 1800W" → "PSU 1800W for PC"`, Tolerated: true, Fate: migrate.Reassign, To: "100020"},
	}
}

func staleDrift() []migrate.Drift {
	return []migrate.Drift{
		{Kind: migrate.Edited, Subject: "sku-012", Title: ptr("Antminer 12"), Detail: `title "PSU unit 12" → "Antminer 12": rule power-supplies no longer decides it`},
		{Kind: migrate.Gone, Subject: "sku-013", Title: ptr("Gone"), Detail: "is gone"},
		{Kind: migrate.Edited, Subject: "late-0", Title: ptr("PSU"), Detail: "price \"1\" → \"2\"", Tolerated: true, Fate: migrate.Reassign, To: "9", ToPath: "Parts > \x1b[31mPower"},
		{Kind: migrate.Arrived, Subject: "late-1", Title: nil, Detail: "arrived in Miners"},
		{Kind: migrate.CategoryEdit, Subject: "100011", Title: ptr("Consumer Electronics > Blockchain Miners > Blockchain Miners"), Detail: "new child 100099"},
		{Kind: migrate.ReferenceNew, Subject: "menu_items 9", Detail: "now points at 100011"},
		drift()[0],
	}
}

func run(id int64, kind migrate.RunKind) migrate.Run {
	h, err := json.Marshal(header())
	if err != nil {
		panic(err)
	}
	r := migrate.Run{ID: id, Kind: kind, Digest: digestA, Policy: "crypto-mining-ban", Header: h, Totals: mainPlan().Trailer().Totals,
		Operator: "cron@db1", Version: "0.3.0", At: ranAt, Rows: 96}
	if kind == migrate.RunApply {
		r.Drift = drift()
	}
	return r
}

func runs() []migrate.Run {
	first, undo, second := run(12, migrate.RunApply), run(13, migrate.RunUndo), run(14, migrate.RunApply)
	first.UndoneBy, first.Early = 13, "the marketplace asked for it a day early"
	undo.Of, undo.Reason, undo.At, undo.Header = 12, "wrong day", ranAt.Add(3*time.Hour), nil
	second.At = ranAt.AddDate(0, 0, 1)
	return []migrate.Run{first, undo, second}
}

func prunedRun() migrate.Run {
	r := run(14, migrate.RunApply)
	r.Pruned = true
	return r
}

func outcome() view.Outcome {
	return view.Outcome{Header: header(), Digest: digestA, At: ranAt, Applied: migrate.Applied{
		Receipt: migrate.Receipt{Run: 12, Locked: 700 * time.Millisecond, Rows: 96, After: []string{"bin/search reindex --changed"}},
		Totals:  mainPlan().Trailer().Totals, Drift: drift()}}
}

func unverified() *migrate.UnverifiedError {
	return &migrate.UnverifiedError{Total: 31, Differences: []migrate.Difference{
		{Subject: "products 800101", Detail: `status "ended" → "active"`},
		{Subject: "category 100011", Detail: "is back"}}}
}

func conflicts() []migrate.Conflict {
	return []migrate.Conflict{
		{Table: "products", Row: "800101", Product: "800101", Column: "status", Detail: "…", SettledBy: []migrate.OnConflict{migrate.ConflictKeep, migrate.ConflictRestore},
			Values: &migrate.ConflictValues{Before: ptr("active"), After: ptr("ended"), Now: nil}},
		{Table: "categories", Row: "100011", Detail: "another row took its key"},
	}
}
