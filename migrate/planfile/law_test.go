package planfile_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recat/migrate"
	"recat/migrate/planfile"
	"recat/taxonomy"
)

var (
	hostileText = rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("a\"\\/<>&\x00\x07\b\f\n\r\t\x1b\x7f\u0080\u009f\u00a0\u061c\u200b\u200f\u2028\u2029\u202e\u2066\ufeff\ufffd\U0001f4a9矿é"))),
		rapid.SampledFrom([]string{"", "null", "{}", "\\u0041", `","fate":"x`, "=cmd()", "\x1b]0;x\a"}),
	)
	word = rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{0,8}`), hostileText)
	id   = rapid.Custom(func(t *rapid.T) taxonomy.ID { return taxonomy.ID(word.Draw(t, "id")) })
	some = rapid.Ptr(hostileText, true)
)

// listOf draws a list that is nil where it is empty, as reading gives it.
func listOf[T any](t *rapid.T, element *rapid.Generator[T], label string) []T {
	if all := rapid.SliceOfN(element, 0, 3).Draw(t, label); len(all) > 0 {
		return all
	}
	return nil
}

func drawCategory(t *rapid.T) *migrate.CategoryChange {
	c := &migrate.CategoryChange{
		ID: id.Draw(t, "id"),
		Do: rapid.SampledFrom([]migrate.CategoryAction{migrate.RemoveCategory, migrate.PromoteCategory,
			migrate.CloseCategory, migrate.GuardCategory}).Draw(t, "do"),
		Why: rapid.SampledFrom([]migrate.Cause{migrate.CauseEntry, migrate.CauseSubtree, migrate.CauseEmptied, migrate.CausePromoted,
			migrate.CauseClosed, migrate.CauseTarget, migrate.CauseAncestor}).Draw(t, "why"),
		Path: hostileText.Draw(t, "path"), Name: hostileText.Draw(t, "name"), Parent: id.Draw(t, "parent"),
		Children: listOf(t, id, "children"), Closed: rapid.Bool().Draw(t, "closed"), Prohibited: rapid.Bool().Draw(t, "prohibited"),
		To: id.Draw(t, "to"), Successor: id.Draw(t, "successor"), Reason: word.Draw(t, "reason"),
	}
	if c.Do == migrate.PromoteCategory || c.Do == migrate.CloseCategory {
		for _, column := range rapid.SliceOfNDistinct(word, 0, 3, func(s string) string { return s }).Draw(t, "rebuilt") {
			c.Rebuild = append(c.Rebuild, migrate.Rebuilt{Column: column, Before: some.Draw(t, "before"), After: some.Draw(t, "after")})
		}
	}
	if len(c.Rebuild) > 0 && rapid.Bool().Draw(t, "only rebuilt") {
		c.Do, c.Why = migrate.RebuildCategory, migrate.CauseCorrupt
	}
	slices.SortFunc(c.Rebuild, func(a, b migrate.Rebuilt) int { return strings.Compare(a.Column, b.Column) })
	return c
}

var placement = rapid.Custom(func(t *rapid.T) migrate.Placement {
	return migrate.Placement{Category: id.Draw(t, "category"), Primary: id.Draw(t, "primary"),
		Memberships: listOf(t, rapid.Custom(func(t *rapid.T) migrate.Membership {
			return migrate.Membership{Category: id.Draw(t, "category"),
				Position: rapid.Ptr(rapid.Int64(), true).Draw(t, "position"), Primary: rapid.Bool().Draw(t, "primary")}
		}), "memberships"), Others: listOf(t, id, "others")}
})

func drawProduct(t *rapid.T) *migrate.ProductChange {
	p := &migrate.ProductChange{
		ID: string(id.Draw(t, "id")), Title: some.Draw(t, "title"), To: id.Draw(t, "to"),
		Rule: word.Draw(t, "rule"), Reason: word.Draw(t, "reason"), Cleared: word.Draw(t, "cleared"), By: word.Draw(t, "by"),
		From: listOf(t, id, "from"), Live: rapid.Bool().Draw(t, "live"), State: some.Draw(t, "state"), Seller: some.Draw(t, "seller"),
		URL: some.Draw(t, "url"), Hidden: rapid.Bool().Draw(t, "hidden"), Before: placement.Draw(t, "before"), After: placement.Draw(t, "after"),
	}
	fates := []migrate.Fate{migrate.Delist, migrate.Report}
	if len(p.From) > 0 {
		fates = []migrate.Fate{migrate.Delist, migrate.Reassign, migrate.Detach}
	}
	p.Fate = rapid.SampledFrom(fates).Draw(t, "fate")
	if p.Fate == migrate.Delist {
		p.Outside = rapid.Bool().Draw(t, "outside")
	}
	if p.Outside {
		p.Follows = string(id.Draw(t, "follows")) + "x"
	} else if len(p.From) > 0 {
		p.Follows = word.Draw(t, "follows")
	}
	p.Overruled = listOf(t, rapid.Custom(func(t *rapid.T) migrate.Overruled {
		return migrate.Overruled{Category: id.Draw(t, "category"), Fate: migrate.Fate(word.Draw(t, "fate")), To: id.Draw(t, "to")}
	}), "overruled")
	if p.Fate == migrate.Reassign {
		p.Missing = listOf(t, hostileText, "missing")
	}
	p.Writes = listOf(t, rapid.Custom(func(t *rapid.T) migrate.Write {
		return migrate.Write{Delist: rapid.Int().Draw(t, "delist"), Row: listOf(t, hostileText, "row"), Values: listOf(t, some, "values")}
	}), "writes")
	p.Read = listOf(t, rapid.Custom(func(t *rapid.T) migrate.Input {
		return migrate.Input{Name: word.Draw(t, "name"), Value: some.Draw(t, "value")}
	}), "read")
	return p
}

func drawReference(t *rapid.T) *migrate.ReferenceChange {
	return &migrate.ReferenceChange{
		Table: word.Draw(t, "table"), Column: word.Draw(t, "column"), Row: listOf(t, word, "row"), Category: id.Draw(t, "category"),
		Do: rapid.SampledFrom([]migrate.OnRemove{migrate.OnRemoveDelete, migrate.OnRemoveNull, migrate.OnRemoveRepoint,
			migrate.OnRemoveSet, migrate.OnRemoveKeep}).Draw(t, "do"),
		To: id.Draw(t, "to"), Label: hostileText.Draw(t, "label"), Reason: word.Draw(t, "reason"), Before: listOf(t, some, "before"),
	}
}

// drawPlan draws a plan in canonical order.
func drawPlan(t *rapid.T) *plan {
	p := small()
	p.changes = nil
	kind := rapid.SampledFrom([]migrate.KeyKind{migrate.IntKey, migrate.TextKey})
	p.header.CategoryKey, p.header.ProductKey = kind.Draw(t, "category_key"), kind.Draw(t, "product_key")
	p.header.PolicyText, p.provenance.Who = hostileText.Draw(t, "policy"), hostileText.Draw(t, "who")
	cats := sorted(rapid.SliceOfN(rapid.Custom(drawCategory), 0, 5).Draw(t, "categories"), func(a, b *migrate.CategoryChange) int {
		return p.header.CategoryKey.Compare(string(a.ID), string(b.ID))
	})
	for _, c := range cats {
		p.changes = append(p.changes, migrate.Change{Category: c})
	}
	products := sorted(rapid.SliceOfN(rapid.Custom(drawProduct), 0, 5).Draw(t, "products"), func(a, b *migrate.ProductChange) int {
		return p.header.ProductKey.Compare(a.ID, b.ID)
	})
	for _, c := range products {
		p.changes = append(p.changes, migrate.Change{Product: c})
	}
	refs := sorted(rapid.SliceOfN(rapid.Custom(drawReference), 0, 5).Draw(t, "references"), func(a, b *migrate.ReferenceChange) int {
		if order := slices.Compare(append([]string{a.Table, a.Column}, a.Row...), append([]string{b.Table, b.Column}, b.Row...)); order != 0 {
			return order
		}
		return p.header.CategoryKey.Compare(string(a.Category), string(b.Category))
	})
	for _, c := range refs {
		p.changes = append(p.changes, migrate.Change{Reference: c})
	}
	return p
}

// sorted orders a list and drops what is equal in that order.
func sorted[T any](all []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(all, compare)
	return slices.CompactFunc(all, func(a, b T) bool { return compare(a, b) == 0 })
}

// TestRoundTrip: whatever is written is read back, from a file of each kind.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		want := drawPlan(t)
		path := filepath.Join(dir, rapid.SampledFrom([]string{"p.plan", "p.plan.zst"}).Draw(t, "name"))
		w, err := planfile.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		trailer, err := want.writeTo(w)
		if err != nil {
			t.Fatal(err)
		}
		got, again, err := load(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(plan{})); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		if !reflect.DeepEqual(trailer, again) {
			t.Errorf("trailer %+v, want %+v", again, trailer)
		}
	})
}

// TestOneSpelling: a line that is changed in any way is refused, or means
// something else and is spelled as that would be.
func TestOneSpelling(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		if len(p.changes) == 0 {
			return
		}
		var b strings.Builder
		if _, err := p.writeTo(planfile.NewWriter(&b)); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(b.String(), "\n")
		i := rapid.IntRange(2, len(lines)-3).Draw(t, "line")
		line := lines[i]
		at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
		to := rapid.IntRange(at, len(line)-1).Draw(t, "to")
		lines[i] = line[:at] + rapid.SampledFrom([]string{"", " ", "0", `"`, `\`, ",", "{", "null", `\u0061`, "\u2028", "\xff"}).Draw(t, "with") + line[to:]
		text := reseal(strings.Join(lines, ""))
		path := filepath.Join(dir, "p.plan")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		checkRead(t, path, text)
	})
}
