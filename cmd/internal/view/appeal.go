package view

import (
	"slices"

	"recat/migrate"
)

// restoredShown bounds the products in the text of an appeal.
const restoredShown = 20

// outcome names what an undo did.
func (u UndoOutcome) outcome() string {
	switch {
	case u.Appeal && u.Restored.Products == 0:
		return "nothing"
	case u.Appeal && u.DryRun:
		return "would-restore"
	case u.Appeal:
		return "restored"
	case u.DryRun:
		return "would-undo"
	}
	return "undone"
}

// appealed says which products an appeal restores.
func (p *page) appealed(u UndoOutcome) {
	of := text("of run " + count(u.Run.ID))
	switch {
	case u.Restored.Products == 0:
		p.line(2, styled(styleBold, "nothing to restore"), of, text(u.Run.Policy))
	case u.DryRun:
		p.line(2, styled(styleBold, "would restore "+some(u.Restored.Products, "product", "products")), of, text(u.Run.Policy))
	default:
		p.line(2, styled(styleBold, "restored "+some(u.Restored.Products, "product", "products")), of, text(u.Run.Policy),
			text("recorded as run "+count(u.Receipt.Run)))
	}
	if u.Reason != "" {
		p.line(2, text("because: "+u.Reason))
	}
	p.restored(u.Restored)
}

func (p *page) restored(r migrate.Restoration) {
	if r.Into != "" {
		p.line(2, text(whereTo(&r.Appeal)))
	}
	rows := slices.DeleteFunc(slices.Clone(r.Shown), func(one migrate.Restored) bool { return r.Category != "" && one.Already != 0 })
	total := r.Products
	if r.Category == "" {
		total += r.Settled
	} else if r.Settled > 0 {
		p.line(2, text(some(r.Settled, "product was", "products were")+" restored before"))
	}
	ids := 0
	for _, one := range rows[:min(len(rows), restoredShown)] {
		ids = max(ids, min(width(Safe(one.Product)), 40))
	}
	for _, one := range rows[:min(len(rows), restoredShown)] {
		sign, why := styled(styleGreen, "+"), ""
		switch {
		case one.Already != 0:
			sign, why = styled(styleDim, "="), "restored before, by run "+count(one.Already)
		case one.Follows != "":
			why = "variant of " + one.Follows
		}
		sign.glue = 1
		p.line(6, span{pad: 1}, sign, span{text: one.Product, pad: ids, glue: 1}, text(why))
	}
	p.shown(4, min(len(rows), restoredShown), total)
}

// restoredJSON is one product of an appeal.
type restoredJSON struct {
	Product string `json:"product"`
	Follows string `json:"follows,omitempty"`
	Already int64  `json:"restored_by,omitempty"`
}

// restored writes the products of an appeal.
func (o *object) restored(all []migrate.Restored) {
	out := make([]restoredJSON, len(all))
	for i, r := range all {
		out[i] = restoredJSON(r)
	}
	slice(o, "restored", out)
}

// appealLine says in few words what an appeal restored.
func appealLine(a *migrate.Appeal) string {
	out := "restored " + some(a.Products, "product", "products")
	if a.Followed > 0 {
		out += ", " + some(a.Followed, "variant", "variants") + " among them"
	}
	return out
}

// whereTo says where an appeal sent what had no category to go back to.
func whereTo(a *migrate.Appeal) string {
	if a.Into == "" {
		return ""
	}
	return "into " + named(a.IntoPath, a.Into) + " where their own category is gone"
}

// appealBody says what was restored, rule by rule.
func (p *page) appealBody(s *migrate.Summary) {
	for _, g := range s.Sweeps {
		p.line(4, styled(styleGreen, "+"), span{text: "restored " + some(g.Count, "product", "products"), style: styleBold, glue: 1},
			text("that had been "+past(g.Fate)), text("by "+g.Rule), text(g.Reason))
		for _, one := range g.Samples {
			title := ""
			if one.Title != nil {
				title = *one.Title
			}
			p.line(6, span{pad: 5}, span{text: one.ID, glue: 1}, text(title))
		}
		p.shown(6, len(g.Samples), g.Count)
	}
}

func past(f migrate.Fate) string {
	switch f {
	case migrate.Reassign:
		return "reassigned"
	case migrate.Detach:
		return "detached"
	}
	return "delisted"
}
