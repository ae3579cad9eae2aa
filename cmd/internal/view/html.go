package view

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
)

// htmlDocument is one self-contained HTML page: styles and script stand in
// it, a strict Content-Security-Policy allows these and nothing else, and no
// request leaves it. It reads without its script; that adds search, sorting,
// filters and copying.
//
//	htmlDocument{Title: "deadlines", Header: …, Sections: []htmlSection{
//		{"late", "Late", func(h *htmlPage) { h.table(htmlTable{…}, len(late), row) }},
//	}}.write(w)
//
// What is written through an htmlPage is escaped: it goes through Safe, so
// that invisible characters show as escapes, and then into text or a quoted
// attribute. Only [markup], which is constants of this package, is taken as it
// is.
type htmlDocument struct {
	Title    string          // of the window
	Header   func(*htmlPage) // what it is about, and the verdict; holds the one h1
	Sections []htmlSection   // each gets a heading and a place in the contents
	Footer   func(*htmlPage) // where it comes from; nil for none
}

// htmlSection is a part of a page. One without Write is left out.
type htmlSection struct {
	ID, Title string
	Write     func(*htmlPage)
}

// markup is HTML that stands in this package's source: a constant converts to
// it by itself, a text from outside does not.
type markup string

//go:embed assets/page.css
var pageStyle string

//go:embed assets/page.js
var pageScript string

// write writes the page.
func (d htmlDocument) write(w io.Writer) error {
	h := &htmlPage{out: bufio.NewWriter(w)}
	h.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	h.open("meta", attr{"http-equiv", "Content-Security-Policy"}, attr{"content", contentPolicy()})
	h.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n")
	h.raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
	h.el("title", d.Title)
	h.raw("\n<style>" + markup(pageStyle) + "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n")
	h.in("header", func() { d.Header(h) })
	sections := slices.DeleteFunc(slices.Clone(d.Sections), func(s htmlSection) bool { return s.Write == nil })
	h.contents(sections)
	h.in("main#main", func() {
		for _, s := range sections {
			h.section(s)
		}
	})
	if d.Footer != nil {
		h.in("footer", func() { d.Footer(h) })
	}
	h.raw("<script>" + markup(pageScript) + "</script>\n</body>\n</html>\n")
	if h.err != nil {
		return h.err
	}
	return h.out.Flush()
}

// contentPolicy allows the page's own style and script by what they are.
func contentPolicy() string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; style-src " + hash(pageStyle) + "; script-src " + hash(pageScript) + "; base-uri 'none'; form-action 'none'"
}

// contents links to the sections.
func (h *htmlPage) contents(sections []htmlSection) {
	h.in("nav", func() {
		h.in("ul", func() {
			for _, s := range sections {
				h.in("li", func() { h.el("a", s.Title, attr{"href", "#" + s.ID}) })
			}
		})
	}, attr{"aria-label", "Contents"})
}

func (h *htmlPage) section(s htmlSection) {
	h.in("section", func() {
		h.el("h2", s.Title, attr{"id", "h-" + s.ID})
		s.Write(h)
	}, attr{"id", s.ID}, attr{"aria-labelledby", "h-" + s.ID})
}

// htmlPage is a page on its way out. Its first error is kept, and told by
// htmlDocument.write.
type htmlPage struct {
	out *bufio.Writer
	err error
}

// attr is an attribute of an element. Its value is escaped; a link leads into
// the page or to a file beside it.
type attr struct {
	name  markup
	value string
}

// raw writes markup as it is.
func (h *htmlPage) raw(m markup) { h.out.WriteString(string(m)) }

// text writes a text, whatever it holds.
func (h *htmlPage) text(s string) { h.out.WriteString(html.EscapeString(Safe(s))) }

// lines writes a text that has lines.
func (h *htmlPage) lines(s string) {
	for line := range strings.Lines(s) {
		h.text(strings.TrimRight(line, "\r\n"))
		h.raw("\n")
	}
}

// el writes an element that holds a text. Its name may go on with an id and
// classes, as in CSS: "p#digest.note".
func (h *htmlPage) el(name markup, text string, attrs ...attr) {
	h.open(name, attrs...)
	h.text(text)
	h.close(name)
}

// in writes an element that holds what content writes.
func (h *htmlPage) in(name markup, content func(), attrs ...attr) {
	h.open(name, attrs...)
	content()
	h.close(name)
}

// open begins an element.
func (h *htmlPage) open(name markup, attrs ...attr) {
	tag, rest, _ := strings.Cut(string(name), ".")
	tag, id, _ := strings.Cut(tag, "#")
	h.out.WriteString("<" + tag)
	if id != "" {
		h.attr(attr{"id", id})
	}
	if rest != "" {
		h.attr(attr{"class", strings.ReplaceAll(rest, ".", " ")})
	}
	for _, a := range attrs {
		h.attr(a)
	}
	h.out.WriteByte('>')
}

// blocks are the elements that end their line, so that the page diffs.
var blocks = []string{"header", "nav", "main", "footer", "section", "div", "details", "summary", "h1", "h2", "h3", "p", "ul", "ol", "li",
	"dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "pre"}

// close ends an element.
func (h *htmlPage) close(name markup) {
	tag := string(name)
	if end := strings.IndexAny(tag, "#."); end >= 0 {
		tag = tag[:end]
	}
	h.out.WriteString("</" + tag + ">")
	if slices.Contains(blocks, tag) {
		h.out.WriteByte('\n')
	}
}

func (h *htmlPage) attr(a attr) {
	name := string(a.name)
	if strings.HasPrefix(name, "on") || name == "style" || name == "src" || name == "href" && !leadsNear(a.value) {
		h.fail(fmt.Errorf("write HTML: the attribute %s=%q is not allowed", name, a.value))
		return
	}
	h.out.WriteString(" " + name + `="` + html.EscapeString(Safe(a.value)) + `"`)
}

// leadsNear reports whether a link stays in the page or goes to a file beside it.
func leadsNear(href string) bool {
	return strings.HasPrefix(href, "#") || strings.HasPrefix(href, "./")
}

// fileLink is the link to a file in the page's own folder.
func fileLink(name string) string { return "./" + url.PathEscape(name) }

func (h *htmlPage) fail(err error) { h.err = cmp.Or(h.err, err) }

// facts writes a list of names and values; a value "" leaves its line out.
func (h *htmlPage) facts(rows ...[2]string) {
	h.in("dl.facts", func() {
		for _, row := range rows {
			if row[1] != "" {
				h.fact(row[0], func() { h.text(row[1]) })
			}
		}
	})
}

// fact writes one line of a list of facts.
func (h *htmlPage) fact(name string, value func()) {
	h.in("div", func() {
		h.el("dt", name)
		h.in("dd", value)
	})
}

// badge writes a word in a frame whose colour goes with it: delist, stop, ok
// and others of the style sheet; an unknown one is grey.
func (h *htmlPage) badge(word string) { h.el("span", word, attr{"class", badgeClass(word)}) }

// badgeClass is the class of a badge, of letters and hyphens alone.
func badgeClass(word string) string {
	letters := func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}
	return "badge b-" + strings.Map(letters, strings.ToLower(word[:min(len(word), 24)]))
}
