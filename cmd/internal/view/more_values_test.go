package view_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/taxonomy"
)

func tombstones() []migrate.Tombstone {
	const path = "Consumer Electronics > Blockchain Miners > Blockchain Miners"
	return []migrate.Tombstone{
		{Run: 12, ID: "100011", Path: path, Undone: true},
		{Run: 12, ID: "100014", Path: "Other", Successor: "100020", Undone: true},
		{Run: 14, ID: "100011", Path: path, Successor: "100020"},
	}
}

// laterPlan is the main plan a few days on: one of every difference.
func laterPlan() plan {
	p := plan{header(), nil, digestB}
	p.header.Limits.Delist = ptr(80)
	p.header.PolicyText = strings.Replace(p.header.PolicyText, "delist: 60", "delist: 80", 1) + "emptied: keep\n"
	for _, c := range changes() {
		switch {
		case c.Category != nil && c.Category.ID == "100010":
			c.Category.Do, c.Category.Why = migrate.GuardCategory, migrate.CauseAncestor
		case c.Category != nil && c.Category.ID == "100014":
			c.Category.Successor = ""
		case c.Product != nil && c.Product.ID == "800101":
			continue
		case c.Product != nil && c.Product.ID == "800202":
			c.Product.Fate, c.Product.To, c.Product.Rule, c.Product.Reason, c.Product.Cleared = migrate.Delist, "", "rest", "prohibited-goods", ""
			c.Product.Title = ptr("Antminer PSU")
		case c.Product != nil && c.Product.ID == "800301":
			c.Product.Title, c.Product.State = ptr(""), nil
		case c.Reference != nil && c.Reference.Row[0] == "3":
			continue
		case c.Reference != nil && c.Reference.Row[0] == "7":
			c.Reference.Do = migrate.OnRemoveRepoint
		}
		p.changes = append(p.changes, c)
		if c.Product != nil && c.Product.ID == "800113" {
			for i := range 7 {
				late := product(800120+i, "Avalon 1246", migrate.Delist, "rest", "prohibited-goods", "100011")
				p.changes = append(p.changes, migrate.Change{Product: late})
			}
		}
	}
	return p
}

// treePlan removes a category from a nested set that was corrupt.
func treePlan() plan {
	p := plan{header(), nil, digestB}
	p.header.RebuildTree = true
	gone := category("7", "1", "Shop > Masks", "Masks", migrate.RemoveCategory, migrate.CauseEntry)
	lifted := category("8", "7", "Shop > Masks > Filters", "Filters", migrate.PromoteCategory, migrate.CausePromoted)
	lifted.Category.To = "1"
	lifted.Category.Rebuild = []migrate.Rebuilt{{Column: "lft", Before: ptr("6"), After: ptr("4")}, {Column: "rgt", After: ptr("5")}}
	p.changes = []migrate.Change{category("1", "", "Shop", "Shop", migrate.GuardCategory, migrate.CauseAncestor), gone, lifted}
	for i := range 23 {
		c := category(fmt.Sprint(20+i), "1", fmt.Sprintf("Shop > Shelf %02d", i), "Shelf", migrate.RebuildCategory, migrate.CauseCorrupt)
		c.Category.Rebuild = []migrate.Rebuilt{{Column: "lft", Before: ptr("0"), After: ptr(fmt.Sprint(6 + 2*i))}}
		p.changes = append(p.changes, c)
	}
	return p
}

func treeSummary(t *testing.T) *migrate.Summary {
	s := treePlan().summary(t)
	s.Provenance.Counts.Derived = []migrate.DerivedCount{{Encoding: "nested set lft, rgt", Rows: 1024}, {Encoding: "depth level", Rows: 0}}
	s.Provenance.Warnings = nil
	return s
}

// postponed is the main plan a week later.
func postponed() plan {
	p := mainPlan()
	p.digest = digestB
	p.header.Dates.Effective = effective.AddDate(0, 0, 7)
	p.header.PolicyText = strings.Replace(p.header.PolicyText, "2021-10-08, enforced: 2021-10-16", "2021-10-15", 1)
	p.header.Dates.Enforced = time.Time{}
	return p
}

func tree(t *testing.T, nodes ...taxonomy.Node) *taxonomy.Tree {
	t.Helper()
	out, err := taxonomy.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func treeFrom(t *testing.T) *taxonomy.Tree {
	return tree(t, taxonomy.Node{ID: "1", Name: "Toys"}, taxonomy.Node{ID: "2", Parent: "1", Name: "Hover\u202eboards"},
		taxonomy.Node{ID: "3", Parent: "1", Name: "Blocks"}, taxonomy.Node{ID: "4", Name: "Books"}, taxonomy.Node{ID: "5", Parent: "4", Name: "矿机\x1b[31m"})
}

func treeTo(t *testing.T) *taxonomy.Tree {
	return tree(t, taxonomy.Node{ID: "1", Name: "Toys & Games"}, taxonomy.Node{ID: "3", Parent: "4", Name: "Building Blocks"},
		taxonomy.Node{ID: "4", Name: "Books"}, taxonomy.Node{ID: "5", Parent: "4", Name: "矿机\x1b[31m"}, taxonomy.Node{ID: "6", Parent: "1", Name: "Puzzles"})
}

func rehearsal() view.Rehearsal {
	return view.Rehearsal{Policy: "crypto-mining-ban", Digest: digestA, On: "shop.rehearsal.db", Totals: mainPlan().Trailer().Totals, Rows: 96,
		Copied: 1234 * time.Millisecond, Applied: 2100 * time.Millisecond, Locked: 700 * time.Millisecond, Undone: 65 * time.Second, Tables: 14}
}

// driftedRehearsal is on a clone that was not what had been planned for.
func driftedRehearsal() view.Rehearsal {
	r := rehearsal()
	r.On, r.Copied, r.Drift, r.Differ = "the clone postgres://shop@db/clone", 0, drift(), []string{"products"}
	return r
}

func version() view.Version {
	return view.Version{Recat: "0.3.0", Go: "go1.26.8", Commit: "0b52e1aa", Engines: []string{"sqlite", "postgres", "mysql"}}
}
