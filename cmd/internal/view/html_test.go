package view_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"recat/cmd/internal/view"
)

// TestFrame holds what a page is made of; its style and script are cut short.
func TestFrame(t *testing.T) {
	golden(t, "frame.html", func(w io.Writer) error {
		var b bytes.Buffer
		err := view.WriteFrame(&b, `Toys & "Hover</script><b>boards"`)
		_, e := w.Write(withoutAssets(b.Bytes()))
		if err == nil {
			err = e
		}
		return err
	})
}

var assets = regexp.MustCompile(`(?s)(<style>|<script>).*?(</style>|</script>)|sha256-[A-Za-z0-9+/=]*`)

// withoutAssets cuts style and script out of a page, and their hashes.
func withoutAssets(page []byte) []byte {
	return assets.ReplaceAllFunc(page, func(found []byte) []byte {
		if bytes.HasPrefix(found, []byte("sha256-")) {
			return []byte("sha256-…")
		}
		open, _, _ := bytes.Cut(found, []byte(">"))
		return append(open, ">…</"+string(open[1:])+">"...)
	})
}

// TestAttributes tells which attributes a page refuses: what its policy
// forbids, and links that lead elsewhere.
func TestAttributes(t *testing.T) {
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"href", "#products", true}, {"href", "./review.products.csv", true}, {"class", "javascript:alert(1)", true},
		{"href", "javascript:alert(1)", false}, {"href", "//example.com", false}, {"href", "", false}, {"href", "data:text/html,x", false},
		{"onclick", "x()", false}, {"style", "color: red", false}, {"src", "x.png", false},
	}
	for _, tt := range tests {
		if err := view.WriteAttribute(io.Discard, tt.name, tt.value); (err == nil) != tt.ok {
			t.Errorf("%s=%q: %v", tt.name, tt.value, err)
		}
	}
}

// hostileMarkup are texts that would be markup.
var hostileMarkup = []string{`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)`, "<!--", "-->",
	"<![CDATA[", "]]>", "<!--<script>", "</textarea></title></style>", "&lt;b&gt;", "javascript:alert(1)", strings.Repeat("<b>", 300)}

// TestHostilePage tells that no text, wherever it stands in a page, becomes
// markup, ends the script it stands in, or hides.
func TestHostilePage(t *testing.T) {
	shape := func(text string) []string {
		var b bytes.Buffer
		if err := view.WriteFrame(&b, text); err != nil {
			t.Fatal(err)
		}
		if r, bad := unsafe(b.String()); bad {
			t.Errorf("%q: the page lets %U through", text, r)
		}
		return tags.FindAllString(b.String(), -1)
	}
	want := shape("plain")
	for _, text := range append(hostile, hostileMarkup...) {
		if text == "" {
			continue // an empty cell has no badge
		}
		if got := shape(text); strings.Join(got, "") != strings.Join(want, "") {
			t.Errorf("%q changes the page's tags:\n%v\nwant\n%v", text, got, want)
		}
	}
}

// tags finds what a reader of HTML takes for markup: values of attributes are
// passed over.
var tags = regexp.MustCompile(`</?[a-zA-Z]+|<!(?:--)?`)

// TestStatusPage holds the deadline board; its style and script are cut short.
func TestStatusPage(t *testing.T) {
	got := golden(t, "status.html", func(w io.Writer) error {
		var b bytes.Buffer
		err := view.StatusHTML(&b, board())
		_, e := w.Write(withoutAssets(b.Bytes()))
		if err == nil {
			err = e
		}
		return err
	})
	if r, bad := unsafe(string(got)); bad {
		t.Errorf("the page lets %U through", r)
	}
}
