package view_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// markdowns are the renderings for a comment, by the name of their golden.
func markdowns(t *testing.T) map[string]func(io.Writer, view.MarkdownOptions) error {
	main := mainPlan()
	receipt := view.RunReceipt{Run: runs()[0], Summary: main.summary(t), Verified: &view.Verified{}, Undos: runs()[1:2]}
	wrong := view.RunReceipt{Run: run(12, migrate.RunApply), Summary: main.summary(t), Verified: &view.Verified{Found: unverified()}}
	return map[string]func(io.Writer, view.MarkdownOptions) error{
		"plan":      func(w io.Writer, o view.MarkdownOptions) error { return view.PlanMarkdown(w, main.summary(t), o) },
		"plan-tree": func(w io.Writer, o view.MarkdownOptions) error { return view.PlanMarkdown(w, treeSummary(t), o) },
		"plan-variants": func(w io.Writer, o view.MarkdownOptions) error {
			return view.PlanMarkdown(w, variantsPlan().summary(t), o)
		},
		"plan-empty": func(w io.Writer, o view.MarkdownOptions) error {
			return view.PlanMarkdown(w, emptyPlan().summary(t), o)
		},
		"compare":       func(w io.Writer, o view.MarkdownOptions) error { return view.ComparedMarkdown(w, main, laterPlan(), o) },
		"compare-dates": func(w io.Writer, o view.MarkdownOptions) error { return view.ComparedMarkdown(w, main, postponed(), o) },
		"compare-same":  func(w io.Writer, o view.MarkdownOptions) error { return view.ComparedMarkdown(w, main, main, o) },
		"compare-other": func(w io.Writer, o view.MarkdownOptions) error { return view.ComparedMarkdown(w, main, treePlan(), o) },
		"run":           func(w io.Writer, o view.MarkdownOptions) error { return view.RunMarkdown(w, receipt, o) },
		"run-wrong":     func(w io.Writer, o view.MarkdownOptions) error { return view.RunMarkdown(w, wrong, o) },
	}
}

func TestMarkdown(t *testing.T) {
	o := view.MarkdownOptions{Most: 65000, Next: []string{"recat approve crypto.plan --by NAME --out FILE"}}
	for name, render := range markdowns(t) {
		t.Run(name, func(t *testing.T) {
			got := golden(t, name+".md", func(w io.Writer) error { return render(w, o) })
			sound(t, got)
		})
	}
	t.Run("cut", func(t *testing.T) {
		sound(t, golden(t, "plan-cut.md", func(w io.Writer) error {
			return view.PlanMarkdown(w, mainPlan().summary(t), view.MarkdownOptions{Most: 2500})
		}))
	})
}

// TestMarkdownFits renders every length from the least to the whole: each is
// sound, none is longer than was asked for, and the whole is whole.
func TestMarkdownFits(t *testing.T) {
	for name, render := range markdowns(t) {
		var whole bytes.Buffer
		if err := render(&whole, view.MarkdownOptions{Most: 1 << 20}); err != nil {
			t.Fatal(err)
		}
		for most := view.LeastMarkdown; most <= whole.Len(); most += 37 {
			got := fits(t, name, most, render)
			sound(t, got)
		}
		if got := fits(t, name, whole.Len(), render); !bytes.Equal(got, whole.Bytes()) {
			t.Errorf("%s is cut where it fits", name)
		}
	}
}

type failing interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}

func fits(t failing, name string, most int, render func(io.Writer, view.MarkdownOptions) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := render(&b, view.MarkdownOptions{Most: most}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > most {
		t.Errorf("%s takes %d bytes of %d", name, b.Len(), most)
	}
	return b.Bytes()
}

var (
	opened  = regexp.MustCompile(`\A<details>\n<summary>(?:[^<>]|<b>[^<>]*</b>|<code>[^<>]*</code>)*</summary>\n\z`)
	ownText = regexp.MustCompile(`[@#&\\<>\x00-\x08\x0b-\x1f]|\d!|!\d|://|www\.`)
)

// sound holds a document against a Markdown parser: it has no element but
// recat's own, all are whole, and what stands outside of code is recat's own
// words, in which no site finds a mention, a reference or a link.
func sound(t failing, doc []byte) {
	t.Helper()
	if r, bad := unsafe(string(doc)); bad {
		t.Errorf("lets %U through:\n%s", r, doc)
	}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote)).Parser().Parse(text.NewReader(doc))
	depth := 0
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock:
			html := string(n.Lines().Value(doc))
			switch {
			case opened.MatchString(html):
				depth++
			case html == "</details>\n":
				depth--
			default:
				t.Errorf("HTML of another's: %q", html)
			}
			if depth < 0 || depth > 1 {
				t.Errorf("details do not balance at %q", html)
			}
		case *ast.FencedCodeBlock:
			if lang := string(n.Language(doc)); lang != "diff" {
				t.Errorf("a fence of %q", lang)
			}
			for _, line := range strings.Split(strings.TrimSuffix(string(n.Lines().Value(doc)), "\n"), "\n") {
				if line == "" || !strings.ContainsAny(line[:1], "-+!=?@#~") {
					t.Errorf("a line without a sign: %q", line)
				}
			}
		case *ast.Text:
			if _, code := n.Parent().(*ast.CodeSpan); !code && ownText.Match(n.Segment.Value(doc)) {
				t.Errorf("text that is not recat's own: %q", n.Segment.Value(doc))
			}
		case *ast.Document, *ast.Heading, *ast.Paragraph, *ast.TextBlock, *ast.CodeSpan, *ast.Emphasis, *ast.List, *ast.ListItem,
			*extast.Table, *extast.TableHeader, *extast.TableRow, *extast.TableCell:
		default:
			t.Errorf("an element of another's, %v:\n%s", n.Kind(), doc)
		}
		return ast.WalkContinue, nil
	})
	if depth != 0 {
		t.Errorf("%d details are not closed:\n%s", depth, doc)
	}
	if fences := regexp.MustCompile("(?m)^```+(diff)?$").FindAll(doc, -1); len(fences)%2 != 0 {
		t.Errorf("%d lines begin or end fences:\n%s", len(fences), doc)
	}
}

// spoilers are pieces that break out of Markdown, or that a site makes more of.
var spoilers = []string{"`", "``", "```", "~~~", "\n", "\r\n", "|", `\|`, `\`, "</details>", "<details>", "<script>", "<!--", "-->", "<b>",
	"@everyone", "#123", "!12", "GH-7", "[x](http://e.com)", "![x](y)", "https://e.com", "www.e.com", "a@e.com", "* ", "- ", "# ", "> ", "    ",
	"$x$", "[^1]", "[x]: y", "&amp;", "&#64;", "\u202e", "\u200b", "\x1b[2J", "\xff", "\u1100\u1100\u1100\u1100", "\U0001f44d\U0001f3fd", "矿机",
	"e\u0301\u0301", "/close", "---", "===", "diff", ":smile:", "7f3a91c2b1d04e7f86a5c3d2e1f0091827364554", "", " ", "plain", strings.Repeat("`", 300),
	strings.Repeat("w", 3000), strings.Repeat("\u1160", 2000)}

func hostileText() *rapid.Generator[string] {
	piece := rapid.OneOf(rapid.SampledFrom(spoilers), rapid.SampledFrom(hostile), rapid.String())
	return rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 1, 6).Draw(t, "pieces"), "") })
}

// TestMarkdownHostile puts hostile text wherever a plan or a run has text from
// outside, and bounds it anyhow.
func TestMarkdownHostile(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := hostileText().Draw(rt, "text")
		most := rapid.IntRange(view.LeastMarkdown, 6000).Draw(rt, "most")
		for name, render := range hostileMarkdowns(t, s) {
			sound(rt, fits(rt, name, most, render))
		}
	})
	for _, s := range append(hostile, spoilers...) {
		for name, render := range hostileMarkdowns(t, s) {
			sound(t, fits(t, name, view.LeastMarkdown, render))
			sound(t, fits(t, name, 15000, render))
		}
	}
}

func hostileMarkdowns(t *testing.T, s string) map[string]func(io.Writer, view.MarkdownOptions) error {
	p := everywhere(s)
	sum := p.summary(t)
	sum.Provenance.Warnings, sum.Provenance.Who, sum.Provenance.Recat, sum.Provenance.Engine = []string{s, s}, s, s, s
	sum.Provenance.Counts.Holds[0].Label = s
	sum.Provenance.Counts.Derived = []migrate.DerivedCount{{Encoding: s, Rows: 3}}
	r := run(12, migrate.RunApply)
	r.Policy, r.Operator, r.Version, r.Early, r.Reason, r.Digest = s, s, s, s, s, s
	r.Drift = []migrate.Drift{{Kind: migrate.Edited, Subject: s, Title: &s, Detail: s, Tolerated: true, Fate: migrate.Reassign, To: "1", ToPath: s}}
	found := &migrate.UnverifiedError{Total: 2, Differences: []migrate.Difference{{Subject: s, Detail: s}}}
	next := func(o view.MarkdownOptions) view.MarkdownOptions { o.Next = []string{s, s}; return o }
	return map[string]func(io.Writer, view.MarkdownOptions) error{
		"plan": func(w io.Writer, o view.MarkdownOptions) error { return view.PlanMarkdown(w, sum, next(o)) },
		"compare": func(w io.Writer, o view.MarkdownOptions) error {
			return view.ComparedMarkdown(w, mainPlan(), p, next(o))
		},
		"appeal": func(w io.Writer, o view.MarkdownOptions) error {
			return view.RunMarkdown(w, appealReceipt(t, s), next(o))
		},
		"run": func(w io.Writer, o view.MarkdownOptions) error {
			return view.RunMarkdown(w, view.RunReceipt{Run: r, Summary: sum, Verified: &view.Verified{Found: found}, Undos: []migrate.Run{r}}, next(o))
		},
	}
}

// TestMarkdownSpreads cuts a plan of many categories: each that is shown has
// products, and what is left out is counted.
func TestMarkdownSpreads(t *testing.T) {
	p := plan{header(), nil, digestA}
	for i := range 400 {
		id := fmt.Sprint(1000 + i)
		p.changes = append(p.changes, category(id, "", "Shelf "+id, id, migrate.RemoveCategory, migrate.CauseEntry))
	}
	for i := range 40000 {
		p.changes = append(p.changes, migrate.Change{Product: product(i, "Antminer", migrate.Delist, "rest", "prohibited-goods", p.changes[i%400].Category.ID)})
	}
	summarizer := migrate.NewSummarizer()
	summarizer.Samples = view.MarkdownSamples(65000)
	for _, c := range p.changes {
		summarizer.Add(c)
	}
	sum := summarizer.Summary()
	sum.Header, sum.Provenance, sum.Trailer = p.Header(), p.Provenance(), p.Trailer()
	got := fits(t, "many", 65000, func(w io.Writer, o view.MarkdownOptions) error { return view.PlanMarkdown(w, sum, o) })
	sound(t, got)
	doc := string(got)
	shown := strings.Count(doc, "<details>")
	if want := fmt.Sprintf("*%d of 400 categories with products shown.*", shown); !strings.Contains(doc, want) || shown < 50 {
		t.Errorf("%d categories, without %q", shown, want)
	}
	if n := strings.Count(doc, "\n- "); n < 3*shown || len(got) < 63000 {
		t.Errorf("%d products in %d categories, %d bytes", n, shown, len(got))
	}
	if strings.Contains(doc, "# 0 of") {
		t.Error("a group shows no product")
	}
}
