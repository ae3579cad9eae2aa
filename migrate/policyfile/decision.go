package policyfile

import (
	"regexp"
	"strings"

	"recat/migrate"
	"recat/taxonomy"
)

// row reads one decision; false at the end of the file.
func (t *table) row() bool {
	record := t.next()
	if record == nil {
		return false
	}
	if blank(record) {
		return true
	}
	line, _ := t.csv.FieldPos(0)
	if len(record) != t.width {
		t.failAt(t.text.in(line, 1), "%d cells where the header has %d", len(record), t.width)
		return true
	}
	before := len(t.errs)
	d := migrate.Decision{Product: strings.Clone(t.value(record, "product")), Pos: t.text.in(line, 1)}
	t.product(d)
	d.Reason = strings.Clone(t.value(record, "reason"))
	d.By = strings.Clone(t.value(record, "by"))
	t.fate(record, &d)
	if len(t.errs) == before {
		t.found[d.Product] = d
	}
	return true
}

// blank reports whether a spreadsheet left the row empty.
func blank(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// value gives a cell by its column, without the apostrophe that keeps a
// spreadsheet from taking it for a formula.
func (t *table) value(record []string, column string) string {
	i, ok := t.columns[column]
	if !ok {
		return ""
	}
	cell := strings.TrimSpace(record[i])
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune("=+-@\t", rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// place is where a value of the last record stands, or its row.
func (t *table) place(column string) migrate.Pos {
	if i, ok := t.columns[column]; ok {
		return t.cell(i)
	}
	return t.cell(0)
}

// mangled is what a spreadsheet makes of a long number.
var mangled = regexp.MustCompile(`^[+-]?\d([.,]\d+)?[eE]\+\d+$`)

func (t *table) product(d migrate.Decision) {
	at := t.place("product")
	first, twice := t.found[d.Product]
	switch {
	case d.Product == "":
		t.failAt(at, "product is empty")
	case mangled.MatchString(d.Product):
		t.failAt(at, "a spreadsheet has shortened the id %s; write it whole", show(d.Product))
	case twice:
		t.failAt(at, "product %s is decided twice, first on line %d", show(d.Product), first.Pos.Line)
	}
}

func (t *table) fate(record []string, d *migrate.Decision) {
	fates := []string{string(migrate.Reassign), string(migrate.Delist), string(migrate.Detach)}
	d.Fate = migrate.Fate(strings.ToLower(t.value(record, "fate")))
	target := t.value(record, "target")
	switch {
	case !known(string(d.Fate), fates):
		t.failAt(t.place("fate"), "fate cannot be %s; it is %s", show(string(d.Fate)), oneOf(fates))
	case d.Fate == migrate.Reassign && target == "":
		t.failAt(t.place("target"), "reassign needs a target")
	case d.Fate == migrate.Reassign:
		d.To = t.target(strings.Clone(target))
	case target != "":
		t.failAt(t.place("target"), "%s takes no target", d.Fate)
	}
}

// target reads a path, or id:100044.
func (t *table) target(s string) migrate.CategoryRef {
	at := t.place("target")
	id, ok := strings.CutPrefix(s, "id:")
	id = strings.TrimSpace(id)
	switch {
	case !ok:
		return migrate.CategoryRef{Path: s, Pos: at}
	case id == "":
		t.failAt(at, "target names no id")
	case mangled.MatchString(id):
		t.failAt(at, "a spreadsheet has shortened the id %s; write it whole", show(id))
	}
	return migrate.CategoryRef{ID: taxonomy.ID(id), Pos: at}
}
