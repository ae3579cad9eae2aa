package catalog

import (
	"context"
	"strings"
)

// fingerprints are the columns by which a preset's tables are recognised.
var fingerprints = []struct {
	preset string
	tables map[string][]string
}{
	{"plain", map[string][]string{
		"categories": {"id", "parent_id", "name"},
		"products":   {"id", "category_id", "title", "status"},
	}},
}

// Identify recognises a preset from the catalog's own tables. It is
// ErrUnrecognised where none fits.
func Identify(ctx context.Context, t Target, o Options) (*Mapping, string, error) {
	o.ReadOnly = true
	c, err := Open(ctx, t, nil, o)
	if err != nil {
		return nil, "", err
	}
	defer c.Close()
	name := c.schema.preset()
	if name == "" {
		return nil, "", ErrUnrecognised
	}
	m, err := Preset(name)
	return m, name, err
}

func (s *schema) preset() string {
	for _, f := range fingerprints {
		fits := true
		for name, columns := range f.tables {
			fits = fits && s.has(name, columns)
		}
		if fits {
			return f.preset
		}
	}
	return ""
}

func (s *schema) has(name string, columns []string) bool {
	t, ok := s.table(name)
	if !ok {
		return false
	}
	for _, c := range columns {
		if _, ok := t.column(strings.ToLower(c)); !ok {
			return false
		}
	}
	return true
}
