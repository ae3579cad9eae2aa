package policyfile_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
)

// expr stands for a compiled condition in wanted values.
type expr string

func (e expr) Match(*migrate.Product) (bool, error) { return false, nil }
func (e expr) Reads() []string                      { return nil }
func (e expr) String() string                       { return string(e) }

func TestParseEverything(t *testing.T) {
	const accessories = "Consumer Electronics > Blockchain Miners > Blockchain Miner Accessories"
	at := func(line, column int) migrate.Pos { return pos("everything.yaml", line, column) }
	path := func(line, column int, path string) migrate.CategoryRef {
		return migrate.CategoryRef{Path: path, Pos: at(line, column)}
	}
	walk := func(line int, rules []migrate.Rule, id, reason string) migrate.Entry {
		here := pos("removed-2025-08.csv", line, 1)
		return migrate.Entry{Category: idRef(id, here), Rules: rules, Reason: reason, Pos: here}
	}
	crosswalk := func(line int) migrate.Pos { return pos("removed-2025-08.csv", line, 1) }
	zone := time.FixedZone("", 8*60*60)
	delistedTo := path(28, 14, "Archive > Delisted")
	delist, share, drift := 60000, 0.1, 500

	want := &migrate.Policy{
		Name: "crypto-mining-ban", Reason: "Alibaba.com notice of 27 September 2021", Pos: at(1, 1),
		Dates: migrate.Dates{
			Zone:      "Asia/Shanghai",
			Announced: time.Date(2021, 9, 27, 0, 0, 0, 0, zone),
			Effective: time.Date(2021, 10, 8, 0, 0, 0, 0, zone),
			Expires:   time.Date(2021, 10, 22, 6, 0, 0, 0, zone),
			Enforced:  time.Date(2021, 10, 16, 0, 0, 0, 0, zone),
		},
		Close: []migrate.CategoryRef{path(9, 9, "Consumer Electronics > Blockchain Miners")},
		Remove: []migrate.Entry{
			{
				Category:   path(11, 15, "Consumer Electronics > Blockchain Miners > Blockchain Miners"),
				Prohibited: true, Subtree: migrate.SubtreeRemove, Redirect: &migrate.Redirect{Gone: true}, Pos: at(11, 5),
				Rules: []migrate.Rule{{Name: "products", Fate: migrate.Delist, Pos: at(15, 15)}},
			},
			{
				Category: path(16, 15, accessories), Pos: at(16, 5),
				Rules: []migrate.Rule{
					{Name: "power-supplies", Fate: migrate.Reassign, Pos: at(18, 9),
						When:    expr(`product.title.hasWord(["psu", "power supply"]) && !product.title.hasWord(["antminer", "asic"])`),
						To:      path(20, 19, "Consumer Electronics > Power Supplies"),
						Cleared: "LEG-114 general-purpose power supplies are allowed"},
					{Name: "prohibited-goods", Fate: migrate.Delist, Reason: "prohibited-goods", Pos: at(22, 9)},
				},
			},
			walk(2, []migrate.Rule{{Name: "crosswalk", Fate: migrate.Reassign, To: idRef("100044", crosswalk(2)), Pos: crosswalk(2)}},
				"0012", "merged"),
			walk(3, []migrate.Rule{{Name: "crosswalk", Fate: migrate.Delist, Pos: crosswalk(3)}}, "7", "empty"),
			walk(4, []migrate.Rule{{Name: "products", Fate: migrate.Delist, Pos: at(24, 11)}}, "8", ""),
		},
		Decisions: map[string]migrate.Decision{
			"800123": {Product: "800123", Fate: migrate.Reassign, Reason: "general purpose", By: "j.doe",
				To:  migrate.CategoryRef{Path: "Consumer Electronics > Power Supplies", Pos: pos("decisions.csv", 2, 17), Cell: true},
				Pos: pos("decisions.csv", 2, 1)},
			"800177": {Product: "800177", Fate: migrate.Delist, Reason: "LEG-114", By: "j.doe", Pos: pos("decisions.csv", 3, 1)},
		},
		Elsewhere: migrate.ElsewhereDetach, Emptied: migrate.EmptiedRemove, DelistedTo: &delistedTo,
		Sweep: []migrate.SweepRule{{
			Name:   "mining-software-and-tutorials",
			Within: []migrate.CategoryRef{path(31, 14, "Software"), path(31, 24, "Books")},
			Except: []migrate.CategoryRef{path(32, 14, "Industrial Machinery > Mining & Quarrying")},
			When:   expr(`product.title.matches("(?i)(bitcoin|crypto)\\w*\\s+mining")`),
			Reason: "prohibited-goods", Pos: at(30, 5),
		}},
		References: []migrate.ReferenceAnswer{{Table: "discount_voucher_categories", Then: migrate.OnRemoveDelete,
			Reason: "vouchers end with the category", Pos: at(36, 5)}},
		Drift: migrate.DriftPolicy{Arrived: migrate.ToleranceRules, Left: migrate.ToleranceSkip,
			Edited: migrate.ToleranceSameFate},
		Limits:    migrate.Limits{Delist: &delist, LiveShare: &share, Drift: &drift},
		Approvals: 2,
		Penalties: []migrate.Penalty{{From: 1, Action: "remove-product"}, {From: 3, Action: "deduct-points", Points: 12},
			{From: 10, Action: "restrict-functions"}, {From: 50, Action: "close-account"}},
	}
	got := design(t, "everything.yaml")
	if diff := cmp.Diff(want, got.Policy, byText); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	files := map[string]string{}
	for _, name := range []string{"decisions.csv", "removed-2025-08.csv"} {
		content, err := os.ReadFile(filepath.Join("testdata", "design", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(content)
	}
	if diff := cmp.Diff(files, got.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
