package planfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"recat/migrate"
	"recat/migrate/planfile"
)

// TestTamper changes a plan in every way a hand or an accident might.
func TestTamper(t *testing.T) {
	whole, _ := small().text(t)
	lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
	with := func(i int, old, new string) string {
		changed := append([]string(nil), lines...)
		if changed[i] = strings.Replace(lines[i], old, new, 1); changed[i] == lines[i] {
			t.Fatalf("line %d has no %s", i+1, old)
		}
		return reseal(strings.Join(changed, "") + "\n")
	}
	order := func(at ...int) string {
		var b strings.Builder
		for _, i := range at {
			b.WriteString(strings.TrimSuffix(lines[i], "\n") + "\n")
		}
		return reseal(b.String())
	}
	last := len(lines) - 1
	for name, c := range map[string]struct{ text, want string }{
		"empty file":         {"", ":1: the file is empty, not a plan"},
		"not a plan":         {"policy: hoverboards\n", `:1: not a plan: a plan begins with {"recat_plan":`},
		"a short file":       {"{", `:1: not a plan: a plan begins with {"recat_plan":`},
		"byte-order mark":    {"\ufeff" + whole, ":1: the file begins with a byte-order mark: a plan is kept as it was written"},
		"CR LF":              {strings.ReplaceAll(whole, "\n", "\r\n"), ":1: the line ends in CR LF: the file was converted on its way here"},
		"version 2":          {with(0, `"recat_plan":1`, `"recat_plan":2`), `:1:15: version "2" of the plan format is not known; this recat knows version 1`},
		"version as text":    {with(0, `"recat_plan":1`, `"recat_plan":"1"`), `:1:15: version "\"1\"" of the plan format is not known; this recat knows version 1`},
		"header unknown key": {with(0, `"tree":`, `"trees":`), `:1: unknown key "trees"`},
		"header missing key": {with(0, `,"tree":"sha256:00"`, ``), `:1: missing key "tree"`},
		"header case":        {with(0, `"tree":`, `"Tree":`), `:1: missing key "tree"`},
		"header twice a key": {with(0, `,"approvals":2`, `,"approvals":1,"approvals":2`), `:1:457: not spelled as a plan is from here on`},
		"header type":        {with(0, `"approvals":2`, `"approvals":"2"`), `:1:459: key "approvals" cannot be a string`},
		"header white space": {with(0, `"approvals":2`, `"approvals": 2`), `:1:457: not spelled as a plan is from here on`},
		"header syntax":      {with(0, `"tree":"sha256:00"`, `"tree"`), `:1:514: invalid character '}' after object key`},
		"header key kind":    {with(0, `"product_key":"integer"`, `"product_key":"uuid"`), `:1: unknown kind of key "uuid"`},
		"header escape":      {with(0, `<Miners>`, `\u003cMiners>`), `:1:177: not spelled as a plan is from here on`},
		"version only":       {`{"recat_plan":1}` + "\n", `:1: missing key "category_key"`},
		"header only":        {lines[0], ":2: there is no trailer: the file is cut short"},
		"no provenance":      {strings.Join(append([]string{lines[0]}, lines[2:]...), "") + "\n", `:2: unknown key "category"`},
		"provenance missing": {with(1, `"who":"ada",`, ``), `:2: missing key "provenance.who"`},
		"no trailer":         {strings.Join(lines[:last], ""), ":14: there is no trailer: the file is cut short"},
		"cut in the middle":  {whole[:len(whole)/2], ":7: the line has no end: the file is cut short"},
		"cut by one byte":    {whole[:len(whole)-1], ":14: the line has no end: the file is cut short"},
		"second trailer":     {whole + lines[last] + "\n", ":15: the file goes on after its trailer"},
		"bytes behind":       {whole + "x", ":15: the file goes on after its trailer"},
		"empty line behind":  {whole + "\n", ":15: the file goes on after its trailer"},
		"empty line":         {strings.Join(lines[:3], "") + "\n" + strings.Join(lines[3:], "") + "\n", ":4: neither a change nor the trailer"},
		"garbled trailer":    {strings.Replace(whole, `"totals":`, `"total":`, 1), `:14: unknown key "total"`},
		"trailer missing":    {strings.Replace(whole, `"hidden":1,`, ``, 1), `:14: missing key "trailer.totals.hidden"`},
		"sum": {strings.Replace(whole, "ada", "bob", 1),
			":14: the sum is not that of the file: it was changed or damaged after it was written"},
		"digest":           {summed(strings.Replace(whole, `"title":null`, `"title":"x"`, 1)), ":14: the digest is not that of the plan"},
		"totals unbalance": {reseal(strings.Replace(whole, `"found":3`, `"found":4`, 1)), ":14: the totals do not balance: found is not reassigned, delisted and detached together"},
		"totals miscount": {reseal(strings.Replace(whole, `"references":3`, `"references":4`, 1)),
			":14: the totals are {Removed:2 Emptied:1 Promoted:1 Closed:0 Found:3 Reassigned:1 Delisted:1 Detached:1 Swept:0 Followed:0 Reported:1 Kept:0 WasOff:0 Hidden:1 LiveDelist:1 References:4 Rebuilt:0 Lacking:0}, " +
				"the changes add up to {Removed:2 Emptied:1 Promoted:1 Closed:0 Found:3 Reassigned:1 Delisted:1 Detached:1 Swept:0 Followed:0 Reported:1 Kept:0 WasOff:0 Hidden:1 LiveDelist:1 References:3 Rebuilt:0 Lacking:0}"},
		"category late":      {order(0, 1, 2, 3, 4, 6, 5, 7, 8, 9, 10, 11, 12, 13), ":7: a category comes after a product"},
		"product late":       {order(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 9, 11, 12, 13), ":11: a product comes after a reference"},
		"categories swapped": {order(0, 1, 2, 4, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13), `:5: category "9" is out of order: it comes after "10"`},
		"products swapped":   {order(0, 1, 2, 3, 4, 5, 6, 8, 7, 9, 10, 11, 12, 13), `:9: product "12" is out of order: it comes after "100"`},
		"product twice":      {order(0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11, 12, 13), `:9: product "12" comes twice`},
		"references swapped": {order(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 10, 12, 13),
			`:12: reference "menu", column "category_id", row ["1"] is out of order: it comes after "menu", column "category_id", row ["1" "a"]`},
		"reference twice":   {order(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13), `:12: reference "menu", column "category_id", row ["1"] comes twice`},
		"second header":     {order(0, 1, 0, 2, 3, 13), ":3: neither a change nor the trailer"},
		"unknown key":       {with(8, `"rule":`, `"rules":`), `:9:47: unknown key "rules"`},
		"unknown key last":  {with(3, `,"reason":"prohibited"}`, `,"note":"x"}`), `:4:145: unknown key "note"`},
		"missing key":       {with(8, `,"rule":"elsewhere"`, ``), `:9:47: missing key "rule"`},
		"key out of place":  {with(8, `,"hidden":true,"before"`, `,"before"`), ":14: the totals are"},
		"false written":     {with(8, `"hidden":true`, `"hidden":false`), `:9:80: key "hidden" is out of place, or has a value that is left out`},
		"null for nothing":  {with(7, `,"to":"10"`, `,"to":""`), `:8:53: an empty value is left out, its key too`},
		"empty list":        {with(8, `,"from":["11"]`, `,"from":[]`), `:9:74: an empty list is left out, its key too`},
		"title missing":     {with(7, `"title":null,`, ``), `:8:16: missing key "title"`},
		"white space":       {with(7, `"title":null`, `"title": null`), `:8:25: a string should stand here`},
		"raw bidi":          {with(6, `\u202e`, "\u202e"), `:7:44: U+202E must be written \u202e`},
		"raw escape":        {with(6, `\u001b`, "\x1b"), `:7:35: U+001B must be written \u001b`},
		"upper-case hex":    {with(6, `\u001b`, `\u001B`), `:7:35: an escape that a plan does not use`},
		"needless escape":   {with(6, `<script>`, `\u003cscript>`), `:7:64: an escape that a plan does not use`},
		"long escape":       {with(6, `\t`, `\u0009`), `:7:76: an escape that a plan does not use`},
		"slash escape":      {with(6, `<script>`, `<\/script>`), `:7:65: an escape that a plan does not use`},
		"surrogates":        {with(6, `<script>`, `\ud83d\ude00`), `:7:64: an escape that a plan does not use`},
		"not UTF-8":         {with(6, `<script>`, "\xff"), `:7:64: a byte that is not UTF-8`},
		"leading zero":      {with(7, `"position":0`, `"position":00`), `:8:194: an integer should stand here`},
		"minus zero":        {with(7, `"position":0`, `"position":-0`), `:8:194: an integer should stand here`},
		"too large":         {with(7, `"position":0`, `"position":9223372036854775808`), `:8:194: an integer should stand here`},
		"fraction":          {with(7, `"position":1`, `"position":1.5`), `:8:241: } should stand here`},
		"behind the change": {with(7, "}}\n", "}} \n"), `:8:317: the line goes on after its change`},
		"unended string":    {with(12, `"x"]}`, `"x]}`), `:13:102: a string without an end`},
		"unknown fate":      {with(8, `"fate":"detach"`, `"fate":"burn"`), `:9: product "100": unknown fate "burn"`},
		"fate of a sweep":   {with(9, `"fate":"report"`, `"fate":"detach"`), `:10: product "18446744073709551616": fate "detach" needs a removed category`},
		"report inside":     {with(8, `"fate":"detach"`, `"fate":"report"`), `:9: product "100": fate "report" leaves it in a removed category`},
		"follows outside":   {with(9, `"rule":"sweep",`, `"rule":"sweep","follows":"7",`), `:10: product "18446744073709551616": it follows "7", and is neither in a removed category nor outside`},
		"outside alone":     {with(8, `"from":["11"],`, `"from":["11"],"outside":true,`), `:9: product "100": outside the removed categories, fate "detach" needs a product that it follows, and delist`},
		"unknown action":    {with(2, `"do":"guard"`, `"do":"add"`), `:3: category "-1": unknown action "add"`},
		"unknown cause":     {with(2, `"why":"ancestor"`, `"why":"whim"`), `:3: category "-1": unknown cause "whim"`},
		"unknown answer":    {with(10, `"do":"delete"`, `"do":"drop"`), `:11: reference "menu", column "category_id", row ["1"]: unknown answer "drop"`},
		"restricted":        {with(10, `"do":"delete"`, `"do":"restrict"`), `:11: reference "menu", column "category_id", row ["1"]: a plan does not hold what is restricted`},
		"long line":         {with(10, `"menu ends"`, `"`+strings.Repeat("x", 1<<20)+`"`), ":11: the line is too long"},
		"long provenance":   {with(1, `"ada"`, `"`+strings.Repeat("x", 1<<20)+`"`), ":2: the line is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, file := range []struct{ name, text string }{{"p.plan", c.text}, {"p.plan.zst", compress(t, c.text)}} {
				path := put(t, file.name, file.text)
				_, _, err := load(path)
				if at := new(migrate.FileError); !errors.As(err, &at) || at.Pos.File != path {
					t.Fatalf("%s: %v is no FileError of the file", file.name, err)
				}
				if got := strings.TrimPrefix(err.Error(), path); !strings.HasPrefix(got, c.want) {
					t.Errorf("%s:\n got %s\nwant %s", file.name, got, c.want)
				}
			}
		})
	}
}

// summed gives a text the sum it ought to have and leaves its digest.
func summed(text string) string {
	cut := strings.LastIndex(text, `"sha256:`)
	return text[:cut] + `"` + sum256(text[:cut]) + `"}}` + "\n"
}

func compress(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFlip changes each byte of a plan, one at a time, in several ways. None
// goes unnoticed, but for bytes of the compression that do not matter.
func TestFlip(t *testing.T) {
	text, _ := small().text(t)
	for name, whole := range map[string]string{"p.plan": text, "p.plan.zst": compress(t, text)} {
		path, write := inPlace(t, name, whole)
		for i := range len(whole) {
			for _, flip := range []byte{0x01, 0x80} {
				write(whole[i]^flip, i)
				got, _, err := load(path)
				if err == nil {
					if again, _ := got.text(t); name == "p.plan" || again != text {
						t.Errorf("%s: byte %d with %#x flipped is accepted", name, i, flip)
					}
					continue
				}
				if at := new(migrate.FileError); !errors.As(err, &at) {
					t.Errorf("%s: byte %d: %v is no FileError", name, i, err)
				}
			}
			write(whole[i], i)
		}
	}
}

// inPlace puts a file whose bytes can be changed one by one. To write a small
// file anew thousands of times is slow: some file systems flush each.
func inPlace(t *testing.T, name, text string) (path string, write func(b byte, at int)) {
	t.Helper()
	path = put(t, name, text)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return path, func(b byte, at int) {
		if _, err := f.WriteAt([]byte{b}, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCut ends a plan early, at every byte.
func TestCut(t *testing.T) {
	text, _ := small().text(t)
	for name, whole := range map[string]string{"p.plan": text, "p.plan.zst": compress(t, text)} {
		path := put(t, name, whole)
		for n := len(whole) - 1; n >= 0; n-- {
			if err := os.Truncate(path, int64(n)); err != nil {
				t.Fatal(err)
			}
			if _, err := planfile.Open(path); err == nil {
				t.Errorf("%s: %d bytes of %d are accepted", name, n, len(whole))
			}
		}
	}
}

// TestChangedInUse changes a file between its verification and its reading.
func TestChangedInUse(t *testing.T) {
	text, _ := small().text(t)
	for name, changed := range map[string]string{
		"another plan":   reseal(strings.Replace(text, `"fan"`, `"nut"`, 1)),
		"a change":       strings.Replace(text, `"fan"`, `"nut"`, 1),
		"the provenance": strings.Replace(text, `"ada"`, `"bob"`, 1),
		"a line more":    text + "{}\n",
		"cut short":      text[:len(text)-40],
		"empty":          "",
	} {
		t.Run(name, func(t *testing.T) {
			path := put(t, "p.plan", text)
			f, err := planfile.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := collect(f.Changes()); err == nil {
				t.Error("the change goes unnoticed")
			}
		})
	}
}

// TestSwapped puts another file in the place of one that is open: what was
// verified is what is read.
func TestSwapped(t *testing.T) {
	path := create(t, "p.plan", small())
	f, err := planfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Rename(put(t, "other", "x"), path); err != nil {
		t.Fatal(err)
	}
	if changes, err := collect(f.Changes()); err != nil || len(changes) != len(smallChanges()) {
		t.Errorf("%d changes, %v", len(changes), err)
	}
}

func TestOpenOther(t *testing.T) {
	dir := t.TempDir()
	_, err := planfile.Open(filepath.Join(dir, "none.plan"))
	if !errors.Is(err, migrate.ErrNoInput) || !strings.Contains(err.Error(), "none.plan") {
		t.Errorf("a missing file: %v", err)
	}
	_, err = planfile.Open(dir)
	if want := fmt.Sprintf("%s: not a regular file: a plan is read more than once", dir); err == nil || err.Error() != want {
		t.Errorf("a folder: %v", err)
	}
	f, err := planfile.Open(create(t, "p.plan", small()))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(f.Changes()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed plan: %v", err)
	}
}
