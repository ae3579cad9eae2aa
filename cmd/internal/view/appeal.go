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
	kept := u.kept()
	products := some(u.Restored.Products-kept.products, "product", "products")
	switch {
	case u.Restored.Products == 0:
		p.line(2, styled(styleBold, "nothing to restore"), of, text(u.Run.Policy))
	case u.DryRun:
		p.line(2, styled(styleBold, "would restore "+products), of, text(u.Run.Policy))
	default:
		p.line(2, styled(styleBold, "restored "+products), of, text(u.Run.Policy),
			text("recorded as run "+count(u.Receipt.Run)))
	}
	if u.Reason != "" {
		p.line(2, text("because: "+u.Reason))
	}
	p.line(2, text(kept.String()))
	p.restored(u.Restored, u.keptProducts())
}

// keptProducts are the products of which something stays as it was edited.
func (u UndoOutcome) keptProducts() map[string]bool {
	out := map[string]bool{}
	for _, c := range u.Conflicts {
		if u.OnConflict == migrate.ConflictKeep && c.Product != "" {
			out[c.Product] = true
		}
	}
	return out
}

func (p *page) restored(r migrate.Restoration, kept map[string]bool) {
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
		case kept[one.Product]:
			sign, why = styled(styleYellow, "~"), "kept as edited since"
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
	Kept    bool   `json:"kept,omitempty"` // something of it stays as it was edited since
}

// restored writes the products of an appeal.
func (o *object) restored(all []migrate.Restored, kept map[string]bool) {
	out := make([]restoredJSON, len(all))
	for i, r := range all {
		out[i] = restoredJSON{r.Product, r.Follows, r.Already, kept[r.Product]}
	}
	slice(o, "restored", out)
}

// appealLine says in few words what an appeal restored.
func appealLine(r migrate.Run) string {
	k := keptOf(r.Kept)
	out := "restored " + some(r.Appeal.Products-k.products, "product", "products")
	if n := r.Appeal.Followed; n > 0 && k.products == 0 {
		out += ", " + some(n, "variant", "variants") + " among them"
	}
	return out + k.after("; ")
}

// whereTo says where an appeal sent what had no category to go back to.
func whereTo(a *migrate.Appeal) string {
	if a.Into == "" {
		return ""
	}
	return "into " + named(a.IntoPath, a.Into) + " where their own category is gone"
}
