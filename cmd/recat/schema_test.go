package main_test

import (
	"io/fs"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"recat/cmd/internal/view"
)

// schemas compiles the schemas of the JSON outputs, once.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	names, err := fs.Glob(view.Schemas(), "*.json")
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	for _, name := range names {
		f, err := view.Schemas().Open(name)
		if err != nil {
			return nil, err
		}
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			return nil, err
		}
		if err := c.AddResource("https://recat/"+name, doc); err != nil {
			return nil, err
		}
	}
	compiled := map[string]*jsonschema.Schema{}
	for _, name := range names {
		if compiled[strings.TrimSuffix(name, ".json")], err = c.Compile("https://recat/" + name); err != nil {
			return nil, err
		}
	}
	return compiled, nil
})

// matches checks that stdout is one JSON value that a schema describes.
func matches(ts *testscript.TestScript, _ bool, args []string) {
	known, err := schemas()
	ts.Check(err)
	schema, ok := known[args[0]]
	if !ok {
		ts.Fatalf("there is no schema %s", args[0])
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(err)
	ts.Check(schema.Validate(doc))
}
