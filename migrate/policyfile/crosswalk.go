package policyfile

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
	"recat/taxonomy/format"
)

// crosswalkRule names the rule that a crosswalk's row makes.
const crosswalkRule = "crosswalk"

// withCrosswalks puts the entries that crosswalks make where those stand.
func (m *remover) withCrosswalks() []migrate.Entry {
	own := maps.Clone(m.seen)
	added := 0
	for _, item := range m.later {
		made := m.crosswalk(item, own)
		m.entries = slices.Insert(m.entries, item.at+added, made...)
		added += len(made)
	}
	return m.entries
}

// crosswalk makes an entry of every row.
func (m *remover) crosswalk(item crosswalkItem, own naming) []migrate.Entry {
	t := m.sideFile(item.file, maxCrosswalk)
	if t == nil {
		return nil
	}
	walk, err := format.ReadCrosswalk(strings.NewReader(t.content), t.file, format.CrosswalkOptions{})
	if err != nil {
		m.inCrosswalk(t, err)
		return nil
	}
	var entries []migrate.Entry
	for rule := range walk.Rules.Rules() {
		if e, ok := m.fromRule(t, rule, item.defaults, own); ok {
			entries = append(entries, e)
		}
	}
	return entries
}

// inCrosswalk reports what the reader found, at its place.
func (m *remover) inCrosswalk(t *text, err error) {
	var parse *format.ParseError
	var defect *format.DefectError
	switch {
	case errors.As(err, &parse):
		row := ""
		if parse.Line >= 1 && parse.Line <= len(t.lines) {
			row = t.lines[parse.Line-1]
		}
		column := len([]rune(row[:min(max(parse.Column-1, 0), len(row))])) + 1
		m.failAt(t.in(max(parse.Line, 1), column), "%s", parse.Msg)
	case errors.As(err, &defect):
		for _, d := range defect.Defects {
			m.failAt(t.in(max(d.Line, 1), 1), "%s", d.Message())
		}
	default:
		m.failAt(t.in(1, 1), "%v", err)
	}
}

// fromRule makes the entry of one row. A row that leaves a question open makes
// none where the policy answers it with an entry of its own.
func (m *remover) fromRule(t *text, rule taxonomy.Rule, d defaults, own naming) (migrate.Entry, bool) {
	at := t.in(max(rule.Line, 1), 1)
	ref := migrate.CategoryRef{ID: rule.From, Pos: at}
	kind, wrong := rowAction(rule)
	open := openQuestion(kind, d)
	if _, answered := own[key(ref)]; answered && wrong == "" && open != "" {
		return migrate.Entry{}, false
	}
	m.once(m.seen, ref)
	if msg := cmp.Or(wrong, open); msg != "" {
		m.failAt(at, "category %s %s", show(string(rule.From)), msg)
		return migrate.Entry{}, false
	}
	if made, ok := rowRule(kind, rule, at); ok {
		d.products = &ruleSet{rules: []migrate.Rule{made}}
	}
	e := m.entry(ref, d, at)
	e.Reason = rule.Reason
	if kind == delistRow && len(rule.To) > 0 { // of its page; the products go nowhere
		e.Redirect = &migrate.Redirect{To: migrate.CategoryRef{ID: rule.To[0], Pos: at}}
	}
	return e, true
}

// openQuestion says what a row alone leaves undecided; "" for nothing.
func openQuestion(kind rowKind, d defaults) string {
	switch {
	case kind == splitRow:
		return "leads to several categories; give it an entry with rules of its own"
	case kind == unmappedRow && d.products == nil:
		return "has no target; say what becomes of its products: an action delist, or products in the policy"
	case kind == reassignRow && d.prohibited:
		return "is prohibited; to reassign its products, give it an entry with a rule that is cleared"
	}
	return ""
}

// rowKind is what a row of a crosswalk asks for.
type rowKind int

const (
	unmappedRow rowKind = iota
	reassignRow
	delistRow
	splitRow
)

// rowAction reads the action and the targets of a row together.
func rowAction(rule taxonomy.Rule) (kind rowKind, msg string) {
	switch len(rule.To) {
	case 0:
	case 1:
		kind = reassignRow
		if rule.To[0] == rule.From {
			return kind, "leads to itself"
		}
	default:
		kind = splitRow
	}
	switch action := strings.ToLower(strings.TrimSpace(rule.Action)); action {
	case "":
	case "delist":
		if kind == splitRow {
			return kind, "is delisted and takes one target, where its page goes"
		}
		kind = delistRow
	case "reassign", "merge", "move", "split":
		if kind == unmappedRow {
			return kind, "has the action " + action + " and no target"
		}
	default:
		return kind, "has the unknown action " + show(action) + "; it is reassign, merge, move, split or delist"
	}
	return kind, ""
}

// rowRule makes the rule of a row that has its own fate.
func rowRule(kind rowKind, rule taxonomy.Rule, at migrate.Pos) (migrate.Rule, bool) {
	made := migrate.Rule{Name: crosswalkRule, Fate: migrate.Delist, Pos: at}
	if kind == reassignRow {
		made.Fate, made.To = migrate.Reassign, migrate.CategoryRef{ID: rule.To[0], Pos: at}
	}
	return made, kind == reassignRow || kind == delistRow
}
