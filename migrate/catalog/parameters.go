package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// parameters are what a preset leaves to the shop: a table prefix, say. They
// stand as {name} in the preset's words.
type parameters struct {
	values  map[string]string
	unknown []string          // given, but not the preset's
	unfit   map[string]string // where a value cannot stand
}

var parameter = regexp.MustCompile(`\{[a-z_]+\}`)

// bare is what may stand in an expression outside of quotes.
var bare = regexp.MustCompile(`^[0-9]+$`)

// refuse says why the value given for a parameter cannot be used; "" where it
// can.
func (p *parameters) refuse(name string) string {
	if slices.Contains(p.unknown, name) {
		known := make([]string, 0, len(p.values))
		for k := range p.values {
			known = append(known, k)
		}
		slices.Sort(known)
		if len(known) == 0 {
			return fmt.Sprintf("the preset has no parameter %q; it has none", name)
		}
		return fmt.Sprintf("the preset has no parameter %q%s; it has %s", name, nearest(name, known), strings.Join(known, ", "))
	}
	return p.unfit[name]
}

// name fills a name, which is quoted where it is used.
func (p *parameters) name(text string) string {
	if p == nil {
		return text
	}
	return parameter.ReplaceAllStringFunc(text, func(found string) string {
		if value, ok := p.values[found[1:len(found)-1]]; ok {
			return value
		}
		return found
	})
}

// expr fills an expression. A value is escaped for the quotes it stands in;
// outside of quotes only a number can stand.
func (p *parameters) expr(text string) string {
	if p == nil {
		return text
	}
	var out strings.Builder
	last, quote := 0, byte(0)
	for _, at := range parameter.FindAllStringIndex(text, -1) {
		quote = quoteAfter(quote, text[last:at[0]])
		out.WriteString(text[last:at[0]])
		out.WriteString(p.quoted(text[at[0]+1:at[1]-1], quote))
		last = at[1]
	}
	return out.String() + text[last:]
}

// quoted escapes a parameter's value for within a quote, or for none.
func (p *parameters) quoted(name string, quote byte) string {
	value, ok := p.values[name]
	switch {
	case !ok:
		return "{" + name + "}"
	case quote != 0:
		return strings.ReplaceAll(value, string(quote), string(quote)+string(quote))
	case !bare.MatchString(value):
		p.unfit[name] = fmt.Sprintf("%s is a number here, not %q", name, value)
	}
	return value
}

// quoteAfter tells in which quote a piece of SQL ends that began in quote; 0
// is none.
func quoteAfter(quote byte, text string) byte {
	for i := range len(text) {
		switch c := text[i]; {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote
}
