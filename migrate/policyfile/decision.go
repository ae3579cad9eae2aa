package policyfile

import (
	"regexp"
	"strings"
	"unicode/utf8"

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
	d := migrate.Decision{Product: strings.Clone(t.id(record)), Pos: t.text.in(line, 1)}
	t.product(d)
	if t.untouched(record) {
		if t.listed == nil {
			t.listed = map[string]migrate.Pos{}
		}
		t.listed[d.Product] = d.Pos
		return true
	}
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

// untouched reports whether a row says what the plan it comes from said, and
// nobody stands for it. It is no answer: rules decide its product as before.
func (t *table) untouched(record []string) bool {
	planned := t.value(record, "planned")
	fate := migrate.Fate(strings.ToLower(t.value(record, "fate")))
	return planned != "" && t.value(record, "by") == "" &&
		strings.Join(strings.Fields(planned), " ") == migrate.PlannedAs(fate, t.value(record, "target"), t.value(record, "reason"))
}

// cellOf gives a cell by its column, "" where there is no such column.
func (t *table) cellOf(record []string, column string) string {
	if i, ok := t.columns[column]; ok {
		return record[i]
	}
	return ""
}

// value gives a cell without the space around it, nor what keeps a spreadsheet
// from taking it for a formula.
func (t *table) value(record []string, column string) string {
	return unguard(strings.TrimSpace(t.cellOf(record, column)))
}

// id gives the product's id as it stands there: space belongs to it.
func (t *table) id(record []string) string { return unguard(t.cellOf(record, "product")) }

// unguard takes away the apostrophes that a plan's CSV puts before what a
// spreadsheet would take for a formula, at the beginning of a cell and behind
// a semicolon.
func unguard(cell string) string {
	if !strings.Contains(cell, "'") {
		return cell
	}
	parts := strings.Split(cell, ";")
	for i, part := range parts {
		if rest, ok := strings.CutPrefix(part, "'"); ok && formula(strings.TrimLeft(rest, "'")) {
			parts[i] = rest
		}
	}
	return strings.Join(parts, ";")
}

// formula reports whether a spreadsheet may take a cell for a formula.
func formula(s string) bool {
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return true
	}
	s = strings.TrimSpace(s)
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫", r)
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
	case strings.TrimSpace(d.Product) == "":
		t.failAt(at, "product is empty")
	case mangled.MatchString(d.Product):
		t.failAt(at, "a spreadsheet has shortened the id %s; write it whole", show(d.Product))
	case twice:
		t.failAt(at, "product %s is decided twice, first on line %d", show(d.Product), first.Pos.Line)
	}
}

func (t *table) fate(record []string, d *migrate.Decision) {
	fates := []string{string(migrate.Reassign), string(migrate.Delist), string(migrate.Detach), string(migrate.Keep)}
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
		return migrate.CategoryRef{Path: s, Pos: at, Cell: true}
	case id == "":
		t.failAt(at, "target names no id")
	case mangled.MatchString(id):
		t.failAt(at, "a spreadsheet has shortened the id %s; write it whole", show(id))
	}
	return migrate.CategoryRef{ID: taxonomy.ID(id), Pos: at, Cell: true}
}
