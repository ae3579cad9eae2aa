package migrate

import (
	"cmp"
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
	meant  map[string]string // a row's id, to the product's it was probably meant for
}

func newAnswers(policy *Policy, key KeyKind) *answers {
	a := &answers{policy: policy, rows: policy.rows(), forms: map[string][]string{}, met: map[string]bool{}, meant: map[string]string{}}
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

// idle lists the answers that met no product, in the order of their file.
func (a *answers) idle() []Decision {
	var out []Decision
	for id, d := range a.policy.Decisions {
		if !a.met[id] {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(x, y Decision) int { return cmp.Compare(x.Pos.Line, y.Pos.Line) })
	return out
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
