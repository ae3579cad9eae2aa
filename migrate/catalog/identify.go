package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"recat/migrate"
)

// Recognised is a preset that fits a catalog's tables.
type Recognised struct {
	Preset   string
	Platform string
	Params   map[string]string // those that are not at their defaults
}

// Words names the preset with its parameters, as a person would.
func (r Recognised) Words() string {
	out := r.Preset
	if prefix, ok := r.Params["prefix"]; ok {
		out += fmt.Sprintf(", prefix %q", prefix)
	}
	return out + " (" + r.Platform + ")"
}

// Identify recognises a preset from the catalog's own tables. It is
// ErrUnrecognised where none fits, and a RefusedError where several do or
// where the tables are of a platform that recat does not work on.
func Identify(ctx context.Context, t Target, o Options) (*Mapping, Recognised, error) {
	o.ReadOnly = true
	c, err := Open(ctx, t, nil, o)
	if err != nil {
		return nil, Recognised{}, err
	}
	defer c.Close()
	return c.schema.recognise()
}

// recognise finds the preset that fits the tables.
func (s *schema) recognise() (*Mapping, Recognised, error) {
	var fits []finding
	for _, f := range fingerprints {
		if len(fits) > 0 && f.alone {
			continue
		}
		for _, prefix := range s.prefixes(f) {
			if f.uncovered != "" {
				return nil, Recognised{}, migrate.Refuse("the tables are %s's: %s", f.platform, f.uncovered)
			}
			fits = append(fits, finding{f.preset, prefix})
		}
	}
	switch len(fits) {
	case 0:
		return nil, Recognised{}, cmp.Or(s.unusable(), error(ErrUnrecognised))
	case 1:
		return fits[0].mapping()
	}
	names := make([]string, len(fits))
	for i, f := range fits {
		names[i] = f.words()
	}
	return nil, Recognised{}, &migrate.RefusedError{Refusals: []migrate.Refusal{{
		What: "the catalog holds more than one tree that a preset fits", Rows: names,
		Answer: "say which in a mapping: preset: …, with its prefix if it has one"}}}
}

// finding is a preset and the table prefix it was found with.
type finding struct{ preset, prefix string }

func (f finding) words() string {
	if f.prefix == "" {
		return "preset: " + f.preset
	}
	return fmt.Sprintf("preset: %s, prefix: %s", f.preset, f.prefix)
}

// mapping loads the preset; a prefix that is the preset's default is none of
// its parameters.
func (f finding) mapping() (*Mapping, Recognised, error) {
	base, err := parsePreset(f.preset, nil)
	if err != nil {
		return nil, Recognised{}, err
	}
	r := Recognised{Preset: f.preset, Platform: base.mapping.platform}
	if own, ok := base.params.values["prefix"]; ok && own != f.prefix {
		r.Params = map[string]string{"prefix": f.prefix}
	}
	m, err := Preset(f.preset, r.Params)
	return m, r, err
}

// prefixes lists the table prefixes with which all of a fingerprint's tables
// are there; where it allows none, the empty one.
func (s *schema) prefixes(f fingerprint) []string {
	if !f.prefixed {
		if s.fits(f, "") {
			return []string{""}
		}
		return nil
	}
	var out []string
	for _, t := range s.user() {
		prefix, ok := strings.CutSuffix(strings.ToLower(t.name), f.tables[0].name)
		if ok && !strings.Contains(prefix, ".") && s.fits(f, prefix) { // a dot: the table is of another schema
			out = append(out, t.name[:len(prefix)]) // as it is written there
		}
	}
	return slices.Compact(out)
}

func (s *schema) fits(f fingerprint, prefix string) bool {
	return !slices.ContainsFunc(f.tables, func(m mark) bool { return !s.has(prefix+m.name, m.columns) })
}

func (s *schema) has(name string, columns []string) bool {
	t, ok := s.table(name)
	if !ok {
		return false
	}
	for _, c := range columns {
		if _, ok := t.column(c); !ok {
			return false
		}
	}
	return true
}
