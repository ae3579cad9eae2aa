package cli

import (
	"path/filepath"

	"recat/migrate"
	"recat/migrate/catalog"
)

// writable refuses a catalog that apply could not write to: the file, and the
// folder where its journal goes. Of a server, the preview asks for the rights.
func writable(t catalog.Target) error {
	if t.Server() {
		return nil
	}
	for _, path := range []string{t.Path, filepath.Dir(t.Path)} {
		if !mayWrite(path) {
			return migrate.Refuse("%s may not be written to by this user", path)
		}
	}
	return nil
}
