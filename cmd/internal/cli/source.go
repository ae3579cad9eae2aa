package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"recat/migrate"
	"recat/migrate/catalog"
)

// source is the flags that name a catalog and its mapping.
type source struct {
	Catalog string
	Mapping string
}

func (s *source) addFlags(flags *pflag.FlagSet) {
	s.addCatalog(flags)
	flags.StringVar(&s.Mapping, "mapping", "", "`FILE` or preset that describes the catalog's tables")
}

func (s *source) addCatalog(flags *pflag.FlagSet) {
	flags.StringVar(&s.Catalog, "catalog", "", "the `CATALOG`: shop.db, postgres://…, mysql://…, or @FILE whose first line names it, so that no password shows")
}

// on is the flag that a next command needs to reach the same catalog.
func (s source) on(w *World) string {
	if s.Catalog == w.env("RECAT_CATALOG") {
		return ""
	}
	return " --catalog " + unsecret(s.Catalog)
}

// rehearsing is the command that rehearses a plan on the same catalog.
func (s source) rehearsing(w *World, plan string) string {
	out := "recat rehearse " + word(plan) + s.on(w)
	if t, err := s.target(); err == nil && t.Server() {
		out += " --on CLONE"
	}
	return out
}

// unsecret is a catalog's name for a command line that is shown: a password
// belongs into a file.
func unsecret(name string) string {
	if target, err := catalog.ParseTarget(name); err == nil && target.Secret() {
		return "@FILE"
	}
	return word(name)
}

// through is the mapping's flag as it was given.
func (s source) through() string {
	if s.Mapping == "" {
		return ""
	}
	return " --mapping " + word(s.Mapping)
}

// target finds the catalog that the flags name.
func (s source) target() (catalog.Target, error) {
	if s.Catalog == "" {
		return catalog.Target{}, &usageError{msg: "which catalog? --catalog and RECAT_CATALOG are not set"}
	}
	return parseTarget(s.Catalog)
}

func parseTarget(name string) (catalog.Target, error) {
	if file, ok := strings.CutPrefix(name, "@"); ok {
		line, err := firstLine(file)
		if err != nil {
			return catalog.Target{}, err
		}
		name = line
	}
	target, err := catalog.ParseTarget(name)
	if err != nil {
		return catalog.Target{}, &usageError{msg: err.Error()}
	}
	return target, nil
}

// firstLine reads the first line of a file that holds a catalog's name.
func firstLine(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", missing("catalog file", path, err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	if scanner.Scan(); scanner.Err() != nil {
		return "", fmt.Errorf("read %s: %w", path, scanner.Err())
	}
	line := strings.TrimSpace(scanner.Text())
	if line == "" {
		return "", &usageError{msg: fmt.Sprintf("the first line of %s names no catalog", path)}
	}
	return line, nil
}

// reading opens a catalog so that nothing can be written.
func (w *World) reading() catalog.Options {
	return catalog.Options{ReadOnly: true, Notice: w.notice}
}

// writing opens a catalog to be written, waiting so long for its lock.
func (w *World) writing(timeout time.Duration) catalog.Options {
	return catalog.Options{BusyTimeout: timeout, Notice: w.notice}
}

func (w *World) notice(s string) { w.note("note: %s", s) }

// missing says in one voice that a file is not there.
func missing(what, path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s %s: %w", what, path, migrate.ErrNoInput)
	}
	return fmt.Errorf("read the %s: %w", what, err)
}

// mapping is the one that was given or, without one, the preset that the
// catalog's own tables identify.
func (s source) mapping(ctx context.Context, w *World, t catalog.Target) (*catalog.Mapping, error) {
	if s.Mapping != "" {
		return readMapping(s.Mapping)
	}
	m, found, err := catalog.Identify(ctx, t, w.reading())
	switch {
	case errors.Is(err, catalog.ErrUnrecognised):
		return nil, hint(err, "recat map --catalog "+unsecret(s.Catalog)+" --out mapping.yaml")
	case err == nil && found.Preset != "plain":
		w.note("the catalog is read by the preset %s", found.Words())
	}
	return m, err
}

// readMapping reads a file or, where the name is no file's, a preset.
func readMapping(name string) (*catalog.Mapping, error) {
	text, err := os.ReadFile(name)
	switch {
	case err == nil:
		return catalog.ParseMapping(name, text)
	case !errors.Is(err, fs.ErrNotExist) || strings.ContainsRune(name, filepath.Separator) || filepath.Ext(name) != "":
		return nil, missing("mapping", name, err)
	}
	m, err := catalog.Preset(name, nil)
	if err != nil {
		return nil, &usageError{msg: fmt.Sprintf("there is no file %s, and %v", name, err)}
	}
	return m, nil
}

// carried is the mapping that a plan or a run carries. One that was given as
// well must be equal.
func (s source) carried(normalised json.RawMessage) (*catalog.Mapping, error) {
	m, err := catalog.LoadMapping(normalised)
	if err != nil {
		return nil, fmt.Errorf("read the mapping that was planned with: %w", err)
	}
	if s.Mapping == "" {
		return m, nil
	}
	given, err := readMapping(s.Mapping)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(given.JSON(), m.JSON()) {
		return nil, migrate.Refuse("%s is not the mapping that was planned with; leave --mapping out, or plan again", s.Mapping)
	}
	return m, nil
}
