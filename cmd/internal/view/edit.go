package view

import (
	"cmp"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// productEdits says, value by value, how one plan's product differs from
// another's: what decides it first, then its before-values.
func productEdits(from, to *migrate.ProductChange, path func(taxonomy.ID) string) []string {
	var out []string
	note := func(what, a, b string) {
		if a != b {
			out = append(out, what+" "+a+" → "+b)
		}
	}
	note("rule", from.Rule, to.Rule)
	note("reason", quoted(&from.Reason), quoted(&to.Reason))
	if from.Cleared != from.Reason || to.Cleared != "" && to.Cleared != to.Reason {
		note("cleared", quoted(&from.Cleared), quoted(&to.Cleared))
	}
	note("decided by", quoted(&from.By), quoted(&to.By))
	note("follows", quoted(&from.Follows), quoted(&to.Follows))
	note("lacks", names(from.Missing), names(to.Missing))
	note("title", quoted(from.Title), quoted(to.Title))
	note("live", onOff(from.Live), onOff(to.Live))
	note("state", quoted(from.State), quoted(to.State))
	note("seller", quoted(from.Seller), quoted(to.Seller))
	note("page", quoted(from.URL), quoted(to.URL))
	note("hidden", yesNo(from.Hidden), yesNo(to.Hidden))
	note("in", placement(from.Before, path), placement(to.Before, path))
	note("ends in", placement(from.After, path), placement(to.After, path))
	out = append(out, inputEdits(from.Read, to.Read)...)
	if len(out) == 0 {
		out = append(out, "other before-values")
	}
	return out
}

// inputEdits compares the fields that both plans' rules read.
func inputEdits(from, to []migrate.Input) []string {
	var out []string
	for _, a := range from {
		if a.Name == "title" || a.Name == "live" || a.Name == "state" || a.Name == "seller" {
			continue // told already
		}
		i := slices.IndexFunc(to, func(b migrate.Input) bool { return b.Name == a.Name })
		if i >= 0 && quoted(a.Value) != quoted(to[i].Value) {
			out = append(out, a.Name+" "+quoted(a.Value)+" → "+quoted(to[i].Value))
		}
	}
	return out
}

func names(all []string) string {
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

func onOff(live bool) string {
	if live {
		return "on"
	}
	return "off"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// placement lists the categories of a placement, the primary first.
func placement(p migrate.Placement, path func(taxonomy.ID) string) string {
	var ids []taxonomy.ID
	add := func(id taxonomy.ID) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	add(p.Category)
	add(p.Primary)
	for _, m := range p.Memberships {
		add(m.Category)
	}
	for _, id := range p.Others {
		add(id)
	}
	if len(ids) == 0 {
		return "no category"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = path(id)
	}
	return strings.Join(out, " | ")
}

// fateWords is a fate with its target.
func fateWords(p *migrate.ProductChange, path func(taxonomy.ID) string) string {
	if p.To == "" {
		return string(p.Fate)
	}
	return string(p.Fate) + " → " + path(p.To)
}

// categoryEdits says how a category's line differs.
func categoryEdits(from, to *migrate.CategoryChange, path func(taxonomy.ID) string) []string {
	var out []string
	note := func(what, a, b string) {
		if a != b {
			out = append(out, what+" "+a+" → "+b)
		}
	}
	note("", deed(from), deed(to))
	note("path", quoted(&from.Path), quoted(&to.Path))
	note("moves to", path(from.To), path(to.To))
	note("page", page404To(from, path), page404To(to, path))
	note("url", quoted(from.URL), quoted(to.URL))
	note("closed", yesNo(from.Closed), yesNo(to.Closed))
	note("prohibited", yesNo(from.Prohibited), yesNo(to.Prohibited))
	note("reason", quoted(&from.Reason), quoted(&to.Reason))
	note("children", joined(from.Children), joined(to.Children))
	note("rebuilt", cmp.Or(rebuilt(from.Rebuild), "nothing"), cmp.Or(rebuilt(to.Rebuild), "nothing"))
	if len(out) == 0 {
		out = append(out, "its cause")
	}
	return out
}

// deed is what a line does with its category, in a word.
func deed(c *migrate.CategoryChange) string {
	if c.Do == migrate.GuardCategory {
		return "kept (" + string(c.Why) + ")"
	}
	return string(c.Do) + " (" + string(c.Why) + ")"
}

func page404To(c *migrate.CategoryChange, path func(taxonomy.ID) string) string {
	if c.Successor == "" {
		return "gone"
	}
	return path(c.Successor)
}

func joined(ids []taxonomy.ID) string {
	if len(ids) == 0 {
		return "none"
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, " ")
}
