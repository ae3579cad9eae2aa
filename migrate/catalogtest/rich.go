package catalogtest

import (
	"time"

	"recat/migrate"
	"recat/taxonomy"
)

// rich is a world in which richPolicy does everything a plan can do.
func rich(s Shape) *World {
	w := &World{Shape: s, Categories: []Category{{ID: "1", Name: "Toys"}, {ID: "2", Parent: "1", Name: "Hoverboards"},
		{ID: "3", Parent: "2", Name: "Spares"}, {ID: "4", Parent: "1", Name: "Balls"}, {ID: "5", Name: "Books"},
		{ID: "6", Parent: "5", Name: "Old"}, {ID: "7", Name: "Archive"}}}
	for i, status := range []string{Active, Active, Ended, Trash, Active, Active} {
		in := []taxonomy.ID{"2", "2", "2", "2", "6", "4"}[i]
		p := Product{ID: string(rune('1' + i)), Title: new([]string{"red", "blue"}[i%2]), Status: status}
		if s.Column {
			p.Category = in
		}
		if s.Memberships {
			p.Filed = []Filing{{Category: in, Position: new(int64(0)), Main: s.Flags}}
			if i < 2 {
				p.Filed = append(p.Filed, Filing{Category: "4"})
			}
		}
		w.Products = append(w.Products, p)
	}
	for i, t := range referenceTables {
		w.Rows = append(w.Rows, Row{Table: t.name, Key: string(rune('1' + i)), Category: "2"})
	}
	return w
}

// richPolicy removes by every kind of entry and fate.
func richPolicy() *migrate.Policy {
	to := migrate.CategoryRef{Path: "Archive"}
	return &migrate.Policy{Name: "p", Reason: "because", Elsewhere: migrate.ElsewhereTreat, Emptied: migrate.EmptiedRemove,
		Dates: migrate.Dates{Effective: now.Add(-time.Hour), Expires: now.Add(time.Hour)},
		Close: []migrate.CategoryRef{{Path: "Toys > Balls"}}, DelistedTo: &to,
		Remove: []migrate.Entry{
			{Category: migrate.CategoryRef{Path: "Toys > Hoverboards"}, Subtree: migrate.SubtreePromote, Redirect: &migrate.Redirect{To: to},
				Rules: []migrate.Rule{{Name: "reds", When: Says{"title", "red"}, Fate: migrate.Reassign, To: to}, {Name: "rest", Fate: migrate.Delist, Reason: "code"}}},
			{Category: migrate.CategoryRef{Path: "Books > Old"}, Rules: []migrate.Rule{{Name: "all", Fate: migrate.Delist, Reason: "code"}}}},
		Sweep:      []migrate.SweepRule{{Name: "blues", Within: []migrate.CategoryRef{{Path: "Toys > Balls"}}, When: Says{"title", "blue"}, Reason: "code"}},
		References: []migrate.ReferenceAnswer{{Table: Vouchers, Then: migrate.OnRemoveDelete, Reason: "ended"}},
		Drift:      migrate.DriftPolicy{Arrived: migrate.ToleranceFail, Left: migrate.ToleranceFail, Edited: migrate.ToleranceFail}}
}
