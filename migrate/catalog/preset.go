package catalog

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

//go:embed presets/*.yaml
var presets embed.FS

// ErrUnrecognised says that no preset fits the catalog's tables.
var ErrUnrecognised = errors.New("no preset fits the catalog's tables")

// Presets lists the names of the embedded mappings.
func Presets() []string {
	entries, err := presets.ReadDir("presets")
	if err != nil { // embedded at build time
		panic(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// Preset gives an embedded mapping by name, its parameters as given or else
// at their defaults.
func Preset(name string, given map[string]string) (*Mapping, error) {
	base, err := parsePreset(name, given)
	if err != nil {
		return nil, err
	}
	for _, p := range slices.Sorted(maps.Keys(given)) {
		if why := base.params.refuse(p); why != "" {
			return nil, fmt.Errorf("preset %s: %s", name, why)
		}
	}
	base.mapping.settle()
	base.mapping.file, base.mapping.places = base.file, base.places
	return base.mapping, nil
}

// based is a preset as it was read: what a shop's own mapping starts from.
type based struct {
	*reader
	mapping *Mapping
}

// parsePreset reads an embedded mapping.
func parsePreset(name string, given map[string]string) (*based, error) {
	if !slices.Contains(Presets(), name) {
		return nil, fmt.Errorf("there is no preset %q%s; there are: %s", name, nearest(name, Presets()), strings.Join(Presets(), ", "))
	}
	text, err := presets.ReadFile(path.Join("presets", name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("read preset %s: %w", name, err)
	}
	b := &based{reader: &reader{file: "preset " + name}, mapping: &Mapping{Preset: name}}
	root := b.parse(text)
	if root == nil {
		return nil, b.faults
	}
	o := b.object(root)
	b.mapping.platform = o.text("platform", true)
	b.params = b.declared(o.take("parameters"), given)
	b.reader.mapping(o, b.mapping)
	if err := b.faults.Err(); err != nil {
		return nil, err
	}
	return b, nil
}

// declared reads a preset's parameters with their defaults, and puts those
// that were given in their place.
func (r *reader) declared(n ast.Node, given map[string]string) *parameters {
	p := &parameters{values: map[string]string{}, unfit: map[string]string{}}
	if n != nil {
		o := r.object(n)
		for name := range o.keys {
			p.values[name] = o.text(name, true)
		}
	}
	for name, value := range given {
		if _, ok := p.values[name]; ok {
			p.values[name] = value
		} else {
			p.unknown = append(p.unknown, name)
		}
	}
	return p
}

// preset reads what a mapping starts from, and gives nil where it starts from
// nothing: preset, with prefix, language and params.
func (r *reader) preset(o *object) *based {
	given, at := map[string]string{}, map[string]ast.Node{}
	give := func(name string, n ast.Node) {
		if n == nil {
			return
		}
		if at[name] != nil {
			r.fault(n, "%s stands here twice", name)
		}
		given[name], at[name] = r.text(n), n
	}
	n := o.take("preset")
	give("prefix", o.take("prefix"))
	give("language", o.take("language"))
	if params := o.take("params"); params != nil {
		inner := r.object(params)
		for name := range inner.keys {
			give(name, inner.take(name))
		}
	}
	if n == nil {
		for name, where := range at {
			r.fault(where, "%s is a parameter of a preset, and the mapping names none", name)
		}
		return nil
	}
	base, err := parsePreset(r.text(n), given)
	if err != nil {
		r.fault(n, "%s", err)
		return nil
	}
	for name, where := range at {
		if why := base.params.refuse(name); why != "" {
			r.fault(where, "%s", why)
		}
	}
	return base
}

// settle completes a mapping once nothing more can replace its sections: a
// delisting of some of the products' own rows only is one of a table like any
// other.
func (m *Mapping) settle() {
	for i := range m.Delist {
		if d := &m.Delist[i]; d.Table == "" && d.Where != "" && m.Products != nil {
			d.Table, d.Product = m.Products.Table, m.Products.ID
		}
	}
}
