package policyfile

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"recat/migrate"
	"recat/taxonomy"
)

// Draft is a policy that is begun: what is known of it, from which Write makes
// a file for a person to go on with.
type Draft struct {
	Name       string
	Reason     string // "" leaves it open
	Zone       string
	Effective  string // a day or an instant, as it was given; "" where it was not
	Today      time.Time
	Prohibited bool
	Categories []DraftCategory
	Catalog    *DraftCatalog // nil where none was looked at
}

// DraftCategory is one category that goes.
type DraftCategory struct {
	Ref   migrate.CategoryRef  // as the draft points at it
	Path  string               // to be read, where Ref is an id
	To    *migrate.CategoryRef // the nearest above it that stays and takes products; nil for none
	Held  migrate.Held         // where a catalog was looked at
	Below int                  // categories below it that the draft does not name
	Deep  migrate.Held         // of those below
}

// DraftCatalog is what a catalog adds to a draft.
type DraftCatalog struct {
	Required   bool     // a product must have a category
	Filed      bool     // products live in several categories
	Closable   bool     // categories can be closed to new products
	Bare       []string // parents that are left with no child and no product
	Restricted []string // references that the mapping restricts: table.column
}

// delists reports whether the draft takes products off sale.
func (d Draft) delists() bool {
	return d.Prohibited || slices.ContainsFunc(d.Categories, func(c DraftCategory) bool { return c.To == nil })
}

// Write writes the draft as a policy with comments. It can be planned as it is.
func (d Draft) Write(w io.Writer) error {
	out := &draftWriter{Draft: d, w: bufio.NewWriter(w)}
	out.line("# Begun by recat policy init. What stands behind # is what else could be said, and what it means.", "")
	out.line("policy: "+value(d.Name), "")
	out.opening()
	out.removing()
	out.beside()
	out.bounds()
	return out.w.Flush()
}

type draftWriter struct {
	Draft
	w *bufio.Writer
}

// commentColumn is where comments begin, beyond what is longer.
const commentColumn = 44

// line writes a line and a comment behind it.
func (d *draftWriter) line(text, comment string) {
	d.w.WriteString(text)
	if comment != "" {
		pad := max(2, commentColumn-len([]rune(text)))
		d.w.WriteString(strings.Repeat(" ", pad) + "# " + said(comment))
	}
	d.w.WriteByte('\n')
}

// said makes text safe behind a #.
func said(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// value writes a text as a YAML value, be it in brackets or not, quoted where
// it must be.
func value(s string) string {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	plain := s != "" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, "#:{}[],'\"\\") &&
		!strings.ContainsAny(s[:1], "&*!|%@`?->=~.+0123456789") && !strings.ContainsFunc(s, hidden)
	if plain && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "gone"}, strings.ToLower(s)) {
		return s
	}
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always encodes
		panic(err)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func category(ref migrate.CategoryRef) string {
	if ref.ID != "" {
		return "{id: " + value(string(ref.ID)) + "}"
	}
	return value(ref.Path)
}

// day writes a day some days from today.
func (d *draftWriter) day(days int) string { return d.Today.AddDate(0, 0, days).Format(time.DateOnly) }

// untold is how many days from today a prohibition is effective whose date
// nobody told.
const untold = 14

// opening writes the reason and the dates.
func (d *draftWriter) opening() {
	reason := "the law, the notice or the ticket; it stands on plans, receipts and notices"
	if d.Reason != "" {
		d.line("reason: "+value(d.Reason), "")
	} else if d.Prohibited {
		d.line(`reason: "?"`, reason)
	} else {
		d.line("# reason: WHY", reason)
	}
	dated := d.Effective != "" || d.Prohibited || d.Zone != ""
	if !dated {
		d.line("# dates: {zone: Asia/Shanghai, effective: "+d.day(untold)+"}", "apply refuses before")
		return
	}
	d.line("dates:", "days, or instants like 2021-10-08T06:00:00+08:00")
	if d.Zone != "" {
		d.line("  zone: "+value(d.Zone), "days begin at midnight here")
	} else {
		d.line("  # zone: Asia/Shanghai", "days begin at midnight here; else of UTC")
	}
	d.line("  # announced: "+d.day(0), "")
	if d.Effective != "" {
		d.line("  effective: "+instant(d.Effective), "apply refuses before")
	} else {
		d.line("  effective: "+d.day(untold), "apply refuses before; nobody said when, and this is in two weeks")
	}
	d.line("  # expires: DAY", "apply refuses from here on")
	d.line("  # enforced: DAY", "audit counts violations from here on")
}

// instant writes a date, which needs no quotes.
func instant(s string) string {
	if s != "" && strings.Trim(s, "0123456789TZ:+-.") == "" {
		return s
	}
	return value(s)
}

// removing writes the categories with what becomes of their products.
func (d *draftWriter) removing() {
	if d.Prohibited {
		d.line("prohibited: true", "the goods may not be sold at all: to reassign one needs cleared")
	} else {
		d.line("# prohibited: true", "where the goods may not be sold at all: to reassign one then needs cleared")
	}
	if d.Catalog != nil && d.Catalog.Closable {
		d.line("# close: [CATEGORY]", "phase one: closed to new products, in a plan of its own")
	}
	shared := d.shared()
	d.line("remove:", "")
	for _, c := range d.Categories {
		d.entry(c, shared == "")
	}
	if shared != "" {
		d.line("products: "+shared, "delist, {reassign: CATEGORY}, or a list of rules, of which the first that matches decides:")
	} else {
		d.line("# products:", "a list of rules, of which the first that matches decides:")
	}
	cleared := ""
	if d.Prohibited {
		cleared = ", cleared: WHY"
	}
	d.line(`  # - {rule: NAME, when: 'product.title.hasWord(["WORD", "STEM*"])', reassign: CATEGORY`+cleared+"}", "")
	d.line("  # - delist: REASON-CODE", "the last has no when")
}

// fate is what becomes of a category's products.
func (d *draftWriter) fate(c DraftCategory) string {
	if d.Prohibited || c.To == nil {
		return "delist"
	}
	return "{reassign: " + category(*c.To) + "}"
}

// shared is the fate that all categories have; "" where they differ.
func (d *draftWriter) shared() string {
	fate := d.fate(d.Categories[0])
	for _, c := range d.Categories {
		if d.fate(c) != fate {
			return ""
		}
	}
	return fate
}

func (d *draftWriter) entry(c DraftCategory, own bool) {
	if d.Catalog != nil {
		what := products(c.Held)
		if c.Ref.ID != "" {
			what = c.Path + ": " + what
		}
		d.line("  # "+said(what), "")
	}
	if c.Below == 0 && !own {
		d.line("  - "+category(c.Ref), "")
		return
	}
	if c.Ref.ID != "" {
		d.line("  - id: "+value(string(c.Ref.ID)), "")
	} else {
		d.line("  - category: "+category(c.Ref), "")
	}
	if c.Below > 0 {
		d.line("    subtree: remove", fmt.Sprintf("%s below, with %s; or promote them", some(c.Below, "category", "categories"), products(c.Deep)))
	}
	if own {
		d.line("    products: "+d.fate(c), "")
	}
}

// products counts products: "260 products, 199 on sale".
func products(h migrate.Held) string {
	out := some(h.Products, "product", "products")
	if h.Products > 0 {
		out += fmt.Sprintf(", %d on sale", h.Live)
	}
	return out
}

func some(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// beside writes what happens around the categories.
func (d *draftWriter) beside() {
	if d.Catalog != nil && len(d.Catalog.Bare) > 0 {
		d.line("emptied: remove", "or keep, with nothing left in "+strings.Join(d.Catalog.Bare, ", "))
	} else {
		d.line("# emptied: remove", "parents left with no child and no product go too")
	}
	if !d.Prohibited && (d.Catalog == nil || d.Catalog.Filed) {
		d.line("# elsewhere: treat", "products that also live in a category that stays; else they live on there")
	}
	switch {
	case d.Catalog != nil && d.Catalog.Required && d.delists():
		d.line("# delisted_to: CATEGORY", "needed here: a product must have a category, and delisted ones lose theirs")
	case d.Catalog == nil:
		d.line("# delisted_to: CATEGORY", "where delisted products go, if a product must have a category")
	}
	d.line("# redirect: CATEGORY", "where the pages of the removed categories go, or gone")
	d.line("# decisions: decisions.csv", "people's answers, product by product: product,fate,target,reason,by")
	d.line("# sweep:", "the same goods in other categories; they keep those")
	d.line("#   - rule: NAME", "")
	d.line(`#     when: product.title.hasWord(["WORD", "STEM*"])`, "")
	d.line("#     report: true", "or delist: REASON-CODE, once what it finds was looked at")
	if d.Catalog == nil || len(d.Catalog.Restricted) == 0 {
		return
	}
	d.line("# references:", "rows that the mapping restricts; a plan refuses until they are answered")
	for _, name := range d.Catalog.Restricted {
		table, column, _ := strings.Cut(name, ".")
		d.line(fmt.Sprintf("#   - {table: %s, column: %s, then: delete, reason: WHY}", value(table), value(column)), "or null, repoint, keep")
	}
}

// bounds writes tolerances, limits and approvals.
func (d *draftWriter) bounds() {
	drift := "drift: {arrived: rules, left: skip, edited: same-fate}"
	if d.Catalog == nil {
		d.line("# "+drift, "what may change between plan and apply; each fails by default")
		d.line("# limits: {delist: N, live_share: 10%, drift: N}", "the plan, and apply, refuse beyond")
	} else {
		n := 0
		for _, c := range d.Categories {
			n += c.Held.Products + c.Deep.Products
		}
		limits := fmt.Sprintf("drift: %d", roomy(n/20))
		if d.delists() {
			limits = fmt.Sprintf("delist: %d, %s", roomy(n), limits)
		}
		d.line(drift, "what may change between plan and apply; each fails by default")
		d.line("limits: {"+limits+"}", "the plan, and apply, refuse beyond; also live_share: 10%")
	}
	if d.Prohibited {
		d.line("approvals: 1", "so many different people must approve the plan")
	} else {
		d.line("# approvals: 1", "so many different people must approve the plan")
	}
	if d.Prohibited {
		d.line("# penalties: [{from: 1, action: remove-product}]", "what audit reports for sellers from enforced on")
	}
}

// roomy is a number with half as much to spare, of at most two figures; at least 10.
func roomy(n int) int {
	n += n / 2
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return max(10, (n+unit-1)/unit*unit)
}

// DraftName makes a policy's name of its first category's.
func DraftName(path string, prohibited bool) string {
	names := taxonomy.ParsePath(path)
	if len(names) == 0 {
		return "retirement"
	}
	words := strings.FieldsFunc(strings.ToLower(names[len(names)-1]), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		return "retirement"
	}
	if prohibited {
		words = append(words, "ban")
	}
	return strings.Join(words, "-")
}
