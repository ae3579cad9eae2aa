package migrate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PlannedAs is what a plan's list of products says became of one, in the words
// of a decision, so that a row that nobody changed can be told from an answer.
func PlannedAs(fate Fate, target, reason string) string {
	out := string(fate)
	if target != "" {
		out += " → " + target
	}
	if reason != "" {
		out += ": " + reason
	}
	return strings.Join(strings.Fields(out), " ")
}

// answers follows which rows of people's decisions meet a product, and which
// were probably meant for another, whose id a spreadsheet mangled.
type answers struct {
	policy *Policy
	rows   map[string]Pos      // by the id that stands there
	forms  map[string][]string // those ids, by what a product's may look like
	dates  bool                // some may have been taken for days
	met    map[string]bool
	used   map[string]bool
	meant  map[string]string // a row's id, to the product's it was probably meant for
}

func newAnswers(policy *Policy, key KeyKind) *answers {
	a := &answers{policy: policy, rows: policy.rows(), forms: map[string][]string{}, met: map[string]bool{}, used: map[string]bool{}, meant: map[string]string{}}
	if key == IntKey { // where no mangled id gets so far
		return a
	}
	for id := range a.rows {
		days := dates(id)
		a.dates = a.dates || len(days) > 0
		for _, form := range append(days, plainID(id)) {
			a.forms[form] = append(a.forms[form], id)
		}
	}
	return a
}

// rows are where each product stands among people's decisions, answered or not.
func (p *Policy) rows() map[string]Pos {
	out := make(map[string]Pos, len(p.Decisions)+len(p.Listed))
	maps.Copy(out, p.Listed)
	for id, d := range p.Decisions {
		out[id] = d.Pos
	}
	return out
}

// see takes a product that the plan decides.
func (a *answers) see(id string) {
	if len(a.rows) == 0 {
		return
	}
	if _, there := a.rows[id]; there {
		a.met[id] = true
		return
	}
	if len(a.forms) == 0 {
		return
	}
	forms := []string{plainID(id)}
	if a.dates {
		forms = append(forms, dates(id)...)
	}
	for _, form := range forms {
		for _, answer := range a.forms[form] {
			if a.meant[answer] == "" {
				a.meant[answer] = id
			}
		}
	}
}

// mangled names the rows that meet no product and were probably meant for one
// that has none.
func (a *answers) mangled() error {
	var out FileErrors
	for id, pos := range a.rows {
		switch meant := a.meant[id]; {
		case a.met[id]:
		case meant != "":
			out = append(out, &FileError{Pos: pos, Msg: fmt.Sprintf("no product of this plan has the id %q; %q was probably meant", id, meant)})
		case len(a.forms) > 0 && spreadsheetDate(id):
			out = append(out, &FileError{Pos: pos, Msg: fmt.Sprintf("no product of this plan has the id %q: a spreadsheet may have made a date of it; write it as text", id)})
		}
	}
	return out.inOrder().Err()
}

// inOrder sorts the defects of one file by line.
func (e FileErrors) inOrder() FileErrors {
	slices.SortFunc(e, func(x, y *FileError) int { return cmp.Compare(x.Pos.Line, y.Pos.Line) })
	return e
}

// use notes that a plan decides a product by its answer, if it has one.
func (a *answers) use(id string) {
	if _, answered := a.policy.Decisions[id]; answered {
		a.used[id] = true
	}
}

// Unused is a person's answer that a plan has no use for.
type Unused struct {
	Decision
	Unknown bool // the catalog has no such product; else the plan leaves it alone
}

// idle lists the answers that were not used, in the order of their file.
func (a *answers) idle() []Unused {
	var out []Unused
	for id, d := range a.policy.Decisions {
		if !a.used[id] {
			out = append(out, Unused{Decision: d, Unknown: !a.met[id]})
		}
	}
	slices.SortFunc(out, func(x, y Unused) int { return cmp.Compare(x.Pos.Line, y.Pos.Line) })
	return out
}

// tellIdle tells which answers had nothing to decide. Where nothing is left to
// do they have had their use, but for those whose product is nowhere.
func (p *planner) tellIdle() {
	if p.req.Idle == nil {
		return
	}
	for _, d := range p.answers.idle() {
		if d.Unknown || !p.totals.Empty() {
			p.req.Idle(d)
		}
	}
}

// look finds, in the whole catalog, the products of answers that the plan has
// not met.
func (a *answers) look(ctx context.Context, cat Catalog) error {
	var ids []string
	for id := range a.rows {
		if _, answered := a.policy.Decisions[id]; !a.met[id] && (answered || a.meant[id] != "") {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	snap, err := cat.Snapshot(ctx, Selection{Untitled: true, Also: func(yield func(string, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}})
	if err != nil {
		return fmt.Errorf("look for the products that people answered for: %w", err)
	}
	defer snap.Close()
	for p, err := range snap.Products(ctx) {
		if err != nil {
			return fmt.Errorf("look for the products that people answered for: %w", err)
		}
		a.met[p.ID] = true
	}
	return nil
}

// checkAnswers refuses the rows whose product's id no product can have.
func (b *builder) checkAnswers() {
	if b.shape.ProductKey != IntKey {
		return
	}
	var bad FileErrors
	for id, pos := range b.policy.rows() {
		if why := notNumber(id); why != "" {
			bad = append(bad, &FileError{Pos: pos, Msg: why})
		}
	}
	b.files = append(b.files, bad.inOrder()...)
}
