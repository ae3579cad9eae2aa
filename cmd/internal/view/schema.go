package view

import (
	"embed"
	"io/fs"
)

//go:embed schema/*.json
var schemas embed.FS

// Schemas holds a JSON Schema (draft 2020-12) for each JSON output, named
// after it: plan.json, run.json, apply.json … What they share is in
// common.json, to which they refer. Unknown members are allowed, an unknown
// major of format_version is not.
func Schemas() fs.FS {
	// The folder is embedded by name: it cannot be missing.
	sub, _ := fs.Sub(schemas, "schema")
	return sub
}
