package view_test

import (
	"recat/cmd/internal/view"
	"recat/migrate"
	"recat/migrate/advice"
)

func checked() view.Checked {
	at := func(line int) migrate.Pos { return migrate.Pos{File: "crypto.yaml", Line: line, Column: 5} }
	return view.Checked{Policies: []view.CheckedPolicy{
		{File: "crypto.yaml", Policy: "crypto-mining-ban", Allowed: 2, Findings: []advice.Finding{
			{Rule: "no-limits", Level: advice.Warning, Pos: at(1), Msg: "products are delisted, and no limit says how many at most"},
			{Rule: "not-found", Level: advice.Error, Pos: at(14), Msg: "category \"Toys \x1b[2J\" is not in the catalog\n        did you mean \"Toys\" (id 4)?"},
			{Rule: "target-removed", Level: advice.Error, Pos: at(20), Msg: "rule power-supplies leads to \"Consumer Electronics > Blockchain Miners > Blockchain Miner Accessories\", which the policy removes"},
		}},
		{File: "nosuch.yaml", Findings: []advice.Finding{{Rule: "invalid", Level: advice.Error, Pos: migrate.Pos{File: "nosuch.yaml"}, Msg: "there is no such file"}}},
	}}
}

func nothingFound() view.Checked {
	return view.Checked{Catalog: true, Policies: []view.CheckedPolicy{{File: "toys.yaml", Policy: "toys"}}}
}
