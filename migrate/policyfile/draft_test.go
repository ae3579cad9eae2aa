package policyfile_test

import (
	"strings"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/advice"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
	"recat/taxonomy"
)

// drafted writes a draft and reads it again.
func drafted(t *testing.T, d policyfile.Draft) (*policyfile.File, string) {
	t.Helper()
	var text strings.Builder
	if err := d.Write(&text); err != nil {
		t.Fatal(err)
	}
	file, err := policyfile.Parse(policyfile.Source{Name: "draft.yaml", Text: []byte(text.String())}, rule.NewOpenEnv())
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	return file, text.String()
}

// TestDraft reads drafts as policies, whatever their categories are called, and
// finds no error in them.
func TestDraft(t *testing.T) {
	today := time.Date(2021, 10, 1, 9, 0, 0, 0, time.UTC)
	names := []string{"Toys > Hoverboards", "Toys: new", "# 1", "null", "gone", "2021-10-08", "0012", "'quoted' \"twice\"", "{id: 7}", "- dash", "a, b",
		"工业 > 矿机", "📦 > 🧸", "? what", "yes", "*", "&x", "!y", "%", "@z", "`", `back\slash`, "=1+1", "~", "trailing:"}
	for _, name := range names {
		for _, prohibited := range []bool{false, true} {
			up := migrate.CategoryRef{Path: "Above " + name}
			d := policyfile.Draft{Name: policyfile.DraftName(name, prohibited), Today: today, Prohibited: prohibited, Reason: name,
				Categories: []policyfile.DraftCategory{{Ref: migrate.CategoryRef{Path: name}, Path: name, To: &up, Below: 2},
					{Ref: migrate.CategoryRef{ID: taxonomy.ID(name)}, Path: "hidden\u2028remove: [x]\n" + name, Held: migrate.Held{Products: 1041, Live: 7}}},
				Catalog: &policyfile.DraftCatalog{Required: true, Filed: true, Closable: true, Bare: []string{"a\nb: c"}, Restricted: []string{"t.c"}}}
			file, text := drafted(t, d)
			p := file.Policy
			if got := p.Remove[0].Category.Path; taxonomy.ParsePath(got).String() != taxonomy.ParsePath(name).String() || p.Remove[1].Category.ID != taxonomy.ID(name) {
				t.Errorf("%q is read as %q and %q\n%s", name, got, p.Remove[1].Category.ID, text)
			}
			if p.Prohibited != prohibited || p.Remove[0].Subtree != migrate.SubtreeRemove || p.Emptied != migrate.EmptiedRemove || len(p.Remove) != 2 {
				t.Errorf("%q: %+v", name, p)
			}
			if fate := p.Remove[0].Rules[0].Fate; (fate == migrate.Delist) != prohibited {
				t.Errorf("%q: %s", name, fate)
			}
			found, err := advice.Check(advice.Request{Policy: p, Places: file.Places, Now: today})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Level == advice.Error {
					t.Errorf("%q: %+v\n%s", name, f, text)
				}
			}
		}
	}
}

// TestDraftAlternatives reads what stands behind the comments too: whoever
// takes a # away must not meet a surprise.
func TestDraftAlternatives(t *testing.T) {
	up := migrate.CategoryRef{Path: "Toys"}
	_, text := drafted(t, policyfile.Draft{Name: "p", Today: time.Date(2021, 10, 1, 0, 0, 0, 0, time.UTC), Prohibited: true, Reason: "x",
		Categories: []policyfile.DraftCategory{{Ref: migrate.CategoryRef{Path: "Toys > Boards"}, Path: "Toys > Boards", To: &up}}})
	for from, to := range map[string]string{
		"# sweep:": "sweep:", "#   - rule: NAME": "  - rule: NAME", "#     when:": "    when:", "#     report:": "    report:",
		"# delisted_to:": "delisted_to:", "# redirect:": "redirect:", "# emptied:": "emptied:", "# penalties:": "penalties:",
		"# limits: {delist: N, live_share: 10%, drift: N}": "limits: {delist: 1, live_share: 10%, drift: 1}", "# drift:": "drift:",
		"  # enforced: DAY": "  enforced: 2022-01-02", "  # expires: DAY": "  expires: 2022-01-03", "  # announced:": "  announced:", "  # zone:": "  zone:",
	} {
		if !strings.Contains(text, from) {
			t.Errorf("there is no %q in\n%s", from, text)
		}
		text = strings.Replace(text, from, to, 1)
	}
	file, err := policyfile.Parse(policyfile.Source{Name: "p.yaml", Text: []byte(text)}, rule.NewOpenEnv())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if p := file.Policy; len(p.Sweep) != 1 || p.DelistedTo == nil || p.Dates.Enforced.IsZero() || p.Limits.Drift == nil {
		t.Errorf("%+v", p)
	}
}

func TestDraftName(t *testing.T) {
	for path, want := range map[string]string{"Toys > Hover Boards!": "hover-boards", "A > 矿机": "矿机", "": "retirement", "!!": "retirement"} {
		if got := policyfile.DraftName(path, false); got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}
