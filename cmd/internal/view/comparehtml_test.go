package view_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"recat/cmd/internal/view"
	"recat/migrate"
)

func TestComparedHTML(t *testing.T) {
	main := mainPlan()
	for name, to := range map[string]plan{"compare": laterPlan(), "compare-dates": postponed(), "compare-same": main, "compare-other": treePlan()} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".html", func(w io.Writer) error {
				var b bytes.Buffer
				if err := view.ComparedHTML(&b, main, to); err != nil {
					return err
				}
				_, err := w.Write(withoutAssets(b.Bytes()))
				return err
			})
		})
	}
}

// TestComparedHTMLHostile tells that no text of a plan becomes markup.
func TestComparedHTMLHostile(t *testing.T) {
	for _, text := range append(hostile, `"><img src=x onerror=alert(1)>`, "<!--", "</pre>") {
		var b bytes.Buffer
		p := everywhere(text)
		p.header.PolicyText = text
		if err := view.ComparedHTML(&b, mainPlan(), p); err != nil {
			t.Fatal(err)
		}
		page := string(withoutAssets(b.Bytes()))
		if r, bad := unsafe(page); bad {
			t.Errorf("%q: lets %U through", text, r)
		}
		for _, tag := range tags.FindAllString(page, -1) {
			if strings.Contains(tag, "onerror") || strings.HasPrefix(tag, "<img") || tag == "<b>" {
				t.Errorf("%q becomes %s", text, tag)
			}
		}
	}
}

// TestComparedHTMLMany compares more products than a page holds: it says so.
func TestComparedHTMLMany(t *testing.T) {
	p := plan{header(), categories(), digestB}
	for i := range 6000 {
		p.changes = append(p.changes, migrate.Change{Product: product(i, "Antminer", migrate.Delist, "rest", "prohibited-goods", "100011")})
	}
	var b bytes.Buffer
	if err := view.ComparedHTML(&b, plan{header(), categories(), digestA}, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100 of 6,000 differences shown", fmt.Sprintf("data-total=%q", "6000"), "The CSV of recat compare lists them all."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page is without %q", want)
		}
	}
}
