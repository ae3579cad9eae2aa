package view_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"recat/cmd/internal/view"
	"recat/migrate"
)

func TestSafe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "PSU 750W, 80+ (used)", "PSU 750W, 80+ (used)"},
		{"scripts", "矿机 มาเนอร์ майнер ⚡️ é", "矿机 มาเนอร์ майнер ⚡️ é"},
		{"escape sequence", "a\x1b[2Jb", `a\x1b[2Jb`},
		{"C1", "a\u009b31mb", `a\x9b31mb`},
		{"lines", "a\nb\r\nc\td", `a\nb\r\nc\td`},
		{"delete and null", "a\x7fb\x00", `a\x7fb\x00`},
		{"direction", "a\u202eb\u2066c\u200fd\u061ce", `a\u202eb\u2066c\u200fd\u061ce`},
		{"zero width", "a\u200bb\ufeffc\u00ad\u2060", `a\u200bb\ufeffc\xad\u2060`},
		{"separators", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"not UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"the replacement character itself", "a\ufffdb", "a\ufffdb"},
		{"tags", "a\U000e0041b", `a\U000e0041b`},
		{"invisible letters", "a\u3164\u115fb", `a\u3164\u115fb`},
		{"smuggled in variation selectors", "a\ufe01\U000e0150", `a\ufe01\U000e0150`},
		{"private use", "a\ue000", `a\ue000`},
		{"piled-up marks", "e\u0301\u0301\u0301\u0301\u0301\u0301x", "e\u0301\u0301\u0301\u0301" + `\u0301\u0301x`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, view.Safe(tt.in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFit(t *testing.T) {
	tests := []struct {
		name, in string
		cells    int
		want     string
	}{
		{"fits", "abcdef", 6, "abcdef"},
		{"cut", "abcdefg", 6, "abcde…"},
		{"wide", "矿机矿机矿机", 7, "矿机矿…"},
		{"wide, an odd cell left", "矿机矿机矿机", 8, "矿机矿…"},
		{"a cluster is not torn", "ab👍🏽👍🏽👍🏽", 6, "ab👍🏽…"},
		{"escapes count", "\x1b\x1b\x1b", 9, `\x1b\x1b…`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, view.Fit(tt.in, tt.cells)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCell(t *testing.T) {
	tests := []struct{ in, want string }{
		{"800123", "800123"},
		{"-5", "'-5"},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"  =1", "'  =1"},
		{"\u00a0=1", "'\u00a0=1"},
		{"\u200b=1", `'\u200b=1`},
		{"\t=1", `'\t=1`},
		{"\tplain", `'\tplain`},
		{"\rplain", `'\rplain`},
		{"＝1", "'＝1"},
		{"'=1", "''=1"},
		{"'s-Gravenhage", "'s-Gravenhage"},
		{"＠x", "'＠x"},
		{"a=1", "a=1"},
		{"x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"},
		{"red; blue", "red; blue"},
		{"", ""},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, view.Cell(tt.in)); diff != "" {
			t.Errorf("Cell(%q) (-want +got):\n%s", tt.in, diff)
		}
	}
}

// hostile are titles that sellers would write if they could reach the reader.
var hostile = []string{
	"\x1b]0;owned\x07", "\x1b[31mred", "\u009b2J", "a\nfound 0 = delisted 0", "a\r- Toys", "\u202egnp.exe", "\u2066x\u2069",
	"\x00\x01\x7f", "\xff\xfe\x80", "=HYPERLINK(\"http://x\")", "\t=1", "＝1+1", "x;=1", "\"quoted\", 'twice'", "</script><b>", "```\n# x", "\u2028\u2029",
	"\U000e0041\U000e0042", strings.Repeat("矿", 500), strings.Repeat("e\u0301\u0301\u0301\u0301\u0301", 50), "∅", "",
}

// everywhere puts one text wherever a plan has one from outside.
func everywhere(s string) plan {
	p := plan{header(), nil, s}
	p.header.Policy, p.header.Reason = s, s
	for _, c := range changes() {
		switch {
		case c.Category != nil:
			c.Category.Path, c.Category.Name, c.Category.Reason = "A > "+s, s, s
		case c.Product != nil:
			c.Product.Title, c.Product.State, c.Product.Seller = &s, &s, &s
			c.Product.Rule, c.Product.Reason, c.Product.Cleared, c.Product.By = "r"+s, s, "", s
		case c.Reference != nil:
			c.Reference.Label, c.Reference.Reason, c.Reference.Table = s, s, s
		}
		p.changes = append(p.changes, c)
	}
	return p
}

// appealReceipt is the receipt of an appeal with one text everywhere.
func appealReceipt(t *testing.T, s string) view.RunReceipt {
	r := run(12, migrate.RunUndo)
	r.Policy, r.Operator, r.Version, r.Reason, r.Digest = s, s, s, s, s
	r.Appeal = &migrate.Appeal{Products: 1, Into: "1", IntoPath: s}
	return view.RunReceipt{Run: r, Summary: everywhere(s).summary(t), Undos: []migrate.Run{r}}
}

// renderings are all that everywhere reaches.
func renderings(t *testing.T, s string) map[string]func(io.Writer, view.Options) error {
	p := everywhere(s)
	r := run(12, migrate.RunApply)
	r.Policy, r.Operator, r.Version, r.Early, r.Reason, r.Digest = s, s, s, s, s, s
	r.Drift = []migrate.Drift{{Kind: migrate.Edited, Subject: s, Title: &s, Detail: s}}
	out := outcome()
	out.Applied.Drift, out.Applied.Receipt.After = r.Drift, []string{s}
	out.Found = &migrate.UnverifiedError{Total: 1, Differences: []migrate.Difference{{Subject: s, Detail: s}}}
	conflict := []migrate.Conflict{{Table: s, Row: s, Column: s, Detail: s}, {Table: s, Row: s, Values: &migrate.ConflictValues{Before: &s, After: &s, Now: &s}}}
	failure := func(err error) func(io.Writer, view.Options) error {
		return func(w io.Writer, o view.Options) error {
			return view.ErrorText(w, view.Failure{Err: err, Code: "x", Exit: 1, Next: []string{s}}, o)
		}
	}
	return map[string]func(io.Writer, view.Options) error{
		"plan": func(w io.Writer, o view.Options) error { return view.PlanText(w, p.summary(t), s, o) },
		"run": func(w io.Writer, o view.Options) error {
			return view.RunText(w, view.RunReceipt{Run: r, Summary: p.summary(t), Undos: []migrate.Run{r}}, o)
		},
		"appeal":  func(w io.Writer, o view.Options) error { return view.RunText(w, appealReceipt(t, s), o) },
		"applied": func(w io.Writer, o view.Options) error { return view.AppliedText(w, out, o) },
		"history": func(w io.Writer, o view.Options) error { return view.HistoryText(w, []migrate.Run{r}, o) },
		"compare": func(w io.Writer, o view.Options) error { return view.ComparedText(w, mainPlan(), p, o) },
		"undo": func(w io.Writer, o view.Options) error {
			return view.UndoneText(w, view.UndoOutcome{Dates: header().Dates, Undone: migrate.Undone{Run: r, Conflicts: conflict}, DryRun: true}, o)
		},
		"stale":     failure(&migrate.StaleError{Drift: r.Drift, Total: 1}),
		"refused":   failure(&migrate.RefusedError{Refusals: []migrate.Refusal{{What: s, Rows: []string{s}, Answer: s}}}),
		"file":      failure(migrate.FileErrors{{Pos: migrate.Pos{File: s, Line: 1}, Msg: s}}),
		"plan json": func(w io.Writer, _ view.Options) error { return view.PlanJSON(w, p.summary(t), p.Changes()) },
		"products":  func(w io.Writer, _ view.Options) error { return view.ProductsCSV(w, p.Changes(), nil) },
		"sellers":   func(w io.Writer, _ view.Options) error { return view.SellersCSV(w, handoff(p)) },
		"notices":   func(w io.Writer, _ view.Options) error { return view.NoticesCSV(w, handoff(p)) },
		"letters":   func(w io.Writer, _ view.Options) error { return view.NoticesText(w, handoff(p)) },
		"events":    func(w io.Writer, _ view.Options) error { return view.EventsNDJSON(w, handoff(p)) },
		"redirects": func(w io.Writer, _ view.Options) error { return redirects(t, handoff(p)).CSV(w) },
		"nginx":     func(w io.Writer, _ view.Options) error { return redirects(t, handoff(p)).Nginx(w) },
	}
}

// TestHostile is law 9: nothing but visible text, line feeds and the theme's
// own sequences reaches an output.
func TestHostile(t *testing.T) {
	for _, title := range hostile {
		for name, render := range renderings(t, title) {
			for _, theme := range []view.Theme{view.Plain, view.Coloured} {
				var b bytes.Buffer
				if err := render(&b, view.Options{Theme: theme, Width: 80, Now: now}); err != nil {
					t.Fatalf("%s of %q: %v", name, title, err)
				}
				out := b.String()
				if slices.Contains([]string{"products", "sellers", "notices", "redirects"}, name) { // RFC 4180 ends lines so
					out = strings.ReplaceAll(out, "\r\n", "\n")
				}
				if r, bad := unsafe(out); bad {
					t.Errorf("%s of %q lets %U through:\n%s", name, title, r, b.String())
				}
			}
		}
	}
}

// unsafe finds what may not be in an output.
func unsafe(s string) (rune, bool) {
	for _, sgr := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"} {
		s = strings.ReplaceAll(s, sgr, "")
	}
	if !utf8.ValidString(s) {
		return utf8.RuneError, true
	}
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
			return r, true
		}
	}
	return 0, false
}

// TestTitlesStayOnTheirLine tells that no title makes a line of its own, nor
// one wider than the terminal.
func TestTitlesStayOnTheirLine(t *testing.T) {
	lines := func(title string) []string {
		p := mainPlan()
		p.changes = changes()
		for _, c := range p.changes {
			if c.Product != nil {
				c.Product.Title = &title
			}
		}
		var b bytes.Buffer
		if err := view.PlanText(&b, p.summary(t), "", view.Options{Width: 80, Now: now}); err != nil {
			t.Fatal(err)
		}
		return strings.Split(b.String(), "\n")
	}
	want := len(lines("plain"))
	for _, title := range hostile {
		got := lines(title)
		if len(got) != want {
			t.Errorf("%q: %d lines, want %d", title, len(got), want)
		}
		for _, line := range got {
			if w := uniseg.StringWidth(line); w > 80 {
				t.Errorf("%q: a line of %d cells: %s", title, w, line)
			}
		}
	}
}

// TestProductsAreRows tells that a spreadsheet sees one row a product, none
// of whose cells is a formula.
func TestProductsAreRows(t *testing.T) {
	for _, title := range hostile {
		p := everywhere(title)
		var b bytes.Buffer
		if err := view.ProductsCSV(&b, p.Changes(), nil); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatalf("%q: %v", title, err)
		}
		if want := 1 + len(products()); len(rows) != want {
			t.Errorf("%q: %d rows, want %d", title, len(rows), want)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
					t.Errorf("%q: the cell %q is a formula", title, cell)
				}
			}
		}
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, cells int) {
		for _, out := range []string{view.Safe(s), view.Cell(s), view.Fit(s, cells)} {
			if r, bad := unsafe(out); bad || strings.Contains(out, "\n") {
				t.Errorf("%q lets %U through: %q", s, r, out)
			}
		}
		if w := uniseg.StringWidth(view.Fit(s, max(cells, 1))); w > max(cells, 1) {
			t.Errorf("Fit(%q, %d) takes %d cells", s, cells, w)
		}
	})
}
