package main_test

import (
	"fmt"
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

// matches checks that stdout, or a file, is one JSON value that a schema
// describes: matches SCHEMA [FILE].
func matches(ts *testscript.TestScript, _ bool, args []string) {
	doc, err := described(args[0], ts.ReadFile(append(args, "stdout")[1]))
	if err != nil {
		ts.Fatalf("%v", err)
	}
	if _, ok := doc.(map[string]any); !ok {
		ts.Fatalf("%v is no object", doc)
	}
}

// streams checks that stdout, or a file, is a stream of events that the schema
// apply describes, and of these types: streams [FILE] version plan … result.
func streams(ts *testscript.TestScript, _ bool, args []string) {
	file := "stdout"
	if args[0] != "version" {
		file, args = args[0], args[1:]
	}
	var types []string
	last := ""
	for line := range strings.Lines(ts.ReadFile(file)) {
		doc, err := described("apply", line)
		if err != nil || !strings.HasSuffix(line, "\n") {
			ts.Fatalf("%s: %v", line, err)
		}
		event := doc.(map[string]any)
		types = append(types, event["type"].(string))
		if at := event["time"].(string); at < last {
			ts.Fatalf("%s comes after %s", at, last)
		} else {
			last = at
		}
	}
	if got, want := strings.Join(types, " "), strings.Join(args, " "); got != want {
		ts.Fatalf("the events are\n%s, not\n%s", got, want)
	}
}

// described reads one JSON value that a schema must describe.
func described(name, text string) (any, error) {
	known, err := schemas()
	if err != nil {
		return nil, err
	}
	schema, ok := known[name]
	if !ok {
		return nil, fmt.Errorf("there is no schema %s", name)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = schema.Validate(doc)
	}
	return doc, err
}
