package catalog

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
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

// Preset gives an embedded mapping by name.
func Preset(name string) (*Mapping, error) {
	if !slices.Contains(Presets(), name) {
		return nil, fmt.Errorf("there is no preset %q; there are: %s", name, strings.Join(Presets(), ", "))
	}
	text, err := presets.ReadFile(path.Join("presets", name+".yaml"))
	if err != nil {
		return nil, fmt.Errorf("read preset %s: %w", name, err)
	}
	m, err := ParseMapping("preset "+name, text)
	if err != nil {
		return nil, err
	}
	m.Preset = name
	return m, nil
}
