package view

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"recat/migrate"
)

// nginxUse tells how the map is used; it is part of the file.
const nginxUse = `#
#   http   { map_hash_max_size %d; map_hash_bucket_size 512; include this-file; }
#   server { if ($recat_page = 410) { return 410; } if ($recat_page) { return 301 $recat_page; } }
#
`

// Nginx writes the redirects as a map of nginx, from $uri to where the page
// leads, or 410. Pages with a query are in a map of their own, from
// $request_uri. It is whole, to be put in the place of an earlier one: after an
// appeal it has what still holds of the run, and of a run that was undone it is
// empty, for the old pages are back.
func (r *Redirects) Nginx(w io.Writer) error {
	if r.Held == nil {
		return r.nginx(w, r.phase())
	}
	whole, err := NewRedirects(*r.Held)
	if err != nil {
		return err
	}
	defer func() { r.LeftOut, r.skipped = whole.LeftOut, whole.skipped }()
	return whole.nginx(w, "what holds of run "+whole.run()+" after run "+r.run())
}

func (r *Redirects) nginx(w io.Writer, what string) error {
	out := bufio.NewWriter(w)
	plain, queries := 0, 0
	for to, err := range r.every() { // to know what there is
		switch {
		case err != nil:
			return err
		case to.Do != "add":
		case strings.Contains(to.From, "?"):
			queries++
		default:
			plain++
		}
	}
	fmt.Fprintf(out, "# recat: the pages of %s, %s\n# %s\n", Safe(r.Header.Policy), what, Safe(r.Digest))
	fmt.Fprintf(out, nginxUse, max(2048, 4*max(plain, queries)))
	var err error
	otherwise := `""`
	if queries > 0 {
		err = r.nginxMap(out, "$request_uri", "$recat_query_page", otherwise, true)
		otherwise = "$recat_query_page"
	}
	err = errors.Join(err, r.nginxMap(out, "$uri", "$recat_page", otherwise, false))
	return errors.Join(err, out.Flush())
}

// nginxMap writes one map, of the pages with a query or of those without.
func (r *Redirects) nginxMap(out *bufio.Writer, from, to, otherwise string, query bool) error {
	fmt.Fprintf(out, "map %s %s {\n    default %s;\n", from, to, otherwise)
	written := &migrate.HashSet{}
	for page, err := range r.asMap(query) {
		if err != nil {
			return err
		}
		if written.Add(r.anyCase(page[0])) { // nginx ignores case, and takes no key twice
			fmt.Fprintf(out, "    %s %s;\n", nginxQuote(page[0]), page[1])
		}
	}
	out.WriteString("}\n")
	return nil
}

// asMap streams keys and values; none of an undone run.
func (r *Redirects) asMap(query bool) iter.Seq2[[2]string, error] {
	return func(yield func([2]string, error) bool) {
		for to, err := range r.every() {
			if err != nil {
				yield([2]string{}, err)
				return
			}
			if to.Do != "add" || strings.Contains(to.From, "?") != query || r.kept.Has(r.anyCase(to.From)) {
				continue
			}
			value := "410"
			if to.Status == 301 {
				value = nginxQuote(location(to.To))
			}
			key, ok := requested(to.From, query)
			if ok && !yield([2]string{key, value}, nil) {
				return
			}
		}
	}
}

// requested is the page as nginx sees a request for it: $uri is decoded,
// $request_uri is not. Its host is not looked at.
func requested(page string, query bool) (string, bool) {
	u, err := url.Parse(page)
	if err != nil {
		return "", false
	}
	rooted := func(path string) string { return "/" + strings.TrimPrefix(path, "/") }
	if query {
		return rooted(u.EscapedPath()) + "?" + location(u.RawQuery), true
	}
	path := rooted(u.Path)
	ok := utf8.ValidString(path) && !strings.ContainsFunc(path, unicode.IsControl)
	return path, ok
}

// location percent-encodes what may not stand in a Location header, and $,
// which nginx would take for a variable. What is encoded already stays.
func location(page string) string {
	const plain = "-._~:/?#[]@!&'()*+,;=%"
	var b strings.Builder
	for _, c := range []byte(page) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(plain, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

var nginxEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// nginxQuote makes one word of nginx's configuration. A key of a map begins
// with a slash, and so is neither a regular expression nor a word of the map's
// own.
func nginxQuote(s string) string {
	return `"` + nginxEscapes.Replace(s) + `"`
}
