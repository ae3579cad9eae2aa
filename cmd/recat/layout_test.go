package main_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer is what the program's files of one package may import besides the
// standard library, and why no more.
type layer struct {
	may []string // packages of this module, modules, and the standard library's guarded ones
	why string
}

// layers are the packages, lowest first: each imports from above its own line
// only, and of that what it names.
var layers = []struct {
	pkg string
	layer
}{
	{"taxonomy", layer{nil,
		"the tree is plain values: whoever wants it gets nothing else with it"}},
	{"taxonomy/format", layer{[]string{"taxonomy", yamlModule},
		"readers of taxonomies know trees and their files, not what recat does with them"}},
	{"migrate", layer{[]string{"taxonomy"},
		"what a retirement means depends on no database, file format or terminal"}},
	{"migrate/rule", layer{[]string{"migrate", "cel.dev/cel-go", "golang.org/x/text"},
		"a condition sees a product's values, so that it means the same on every engine"}},
	{"migrate/advice", layer{[]string{"taxonomy", "migrate", "migrate/rule"},
		"what a policy's writer can hardly want shows in the policy's values, and in the catalog's interface"}},
	{"migrate/planfile", layer{[]string{"taxonomy", "migrate", "github.com/klauspost/compress"},
		"a plan can be read where there is neither catalog nor policy"}},
	{"migrate/policyfile", layer{[]string{"taxonomy", "taxonomy/format", "migrate", yamlModule},
		"a policy can be checked where there is no catalog; its conditions come through an interface"}},
	{"migrate/catalog", layer{[]string{"taxonomy", "migrate", "migrate/rule", yamlModule, "database/sql", "net",
		sqliteModule, postgresModule, mysqlModule},
		"the database knows neither policies nor plan files nor who looks on"}},
	{"fixtures", layer{[]string{"database/sql"},
		"the demo's catalog is plain SQL and text: it must not agree with recat by sharing its code"}},
	{"migrate/catalogtest", layer{[]string{"taxonomy", "migrate", "migrate/rule", "migrate/planfile", "migrate/policyfile", "fixtures",
		"testing", "github.com/google/go-cmp", "pgregory.net/rapid"},
		"the laws hold for any catalog, so they know none"}},
	{suite + "/servertest", layer{[]string{"database/sql", postgresModule, mysqlModule, "net", "os/exec", "testing"},
		"a server holds whatever a test puts there: it knows nothing of recat"}},
	{"cmd/internal/view", layer{[]string{"taxonomy", "taxonomy/format", "migrate", "migrate/advice", "github.com/rivo/uniseg"},
		"a rendering is a function of values: it opens nothing and takes no flags"}},
	{"cmd/internal/cli", layer{[]string{"taxonomy", "taxonomy/format", "migrate", "migrate/rule", "migrate/advice", "migrate/planfile", "migrate/policyfile",
		"migrate/catalog", "fixtures", "cmd/internal/view", "database/sql", sqliteModule, "github.com/spf13/cobra", "github.com/spf13/pflag",
		"github.com/schollz/progressbar", "golang.org/x/sys", "golang.org/x/term", "golang.org/x/text", "os/exec"},
		"a new module needs a reason, and its line here"}},
	{"cmd/recat", layer{[]string{"cmd/internal/cli"},
		"main only hands the world to the command line"}},
}

const (
	moduleName   = "recat"
	yamlModule   = "github.com/goccy/go-yaml"
	sqliteModule = "github.com/mattn/go-sqlite3"

	postgresModule = "github.com/jackc/pgx"
	mysqlModule    = "github.com/go-sql-driver/mysql"
)

// guarded are the standard library's packages that a layer must name.
var guarded = []string{"database/sql", "database/sql/driver", "net", "net/http", "net/rpc", "net/smtp", "os/exec", "plugin",
	"testing", "unsafe"}

// testModules are for tests only.
var testModules = []string{"github.com/google/go-cmp", "pgregory.net/rapid", "github.com/rogpeppe/go-internal",
	"github.com/santhosh-tekuri/jsonschema", "github.com/yuin/goldmark", "github.com/chromedp"}

// The suite of laws, and what is below it, is called by tests and by nothing
// else.
const suite = "migrate/catalogtest"

// reached is what only few files may reach, and why no others.
var reached = []struct {
	what []string
	from []string // files, or folders ended by /
	why  string
}{
	{[]string{"time.Now", "time.Since", "time.Until"}, []string{
		"cmd/internal/cli/world.go",    // the clock that everything else is handed
		"cmd/internal/cli/rehearse.go", // how long the steps of a rehearsal took
		"migrate/catalog/",             // how long the lock was waited for and held
		suite + "/",                    // the same, of the catalog in memory
	}, "the clock comes from the World: nothing may be decided by a clock that a test cannot set"},
	{[]string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.Args", "os.Stdin", "os.Stdout", "os.Stderr", "os/user.Current"},
		[]string{"cmd/internal/cli/world.go",
			"cmd/internal/cli/signature.go", // ssh-keygen finds its agent by it
			suite + "/servertest/"},         // which servers there are to test on
		"arguments, streams and environment come from the World: two commands can run in one process"},
	{[]string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Panic"}, []string{"cmd/recat/main.go"},
		"only main ends the process: elsewhere transactions and files are still open"},
	{[]string{"fmt.Print", "fmt.Printf", "fmt.Println"}, nil,
		"results go to the World's Stdout, where machines and tests read them"},
}

// goFile is one file of the tree, parsed.
type goFile struct {
	name  string // from the top, with slashes
	pkg   string // the folder
	test  bool
	lines int
	*ast.File
}

// tree parses every Go file of the module.
func tree(t *testing.T) []goFile {
	t.Helper()
	const top = "../.."
	var files []goFile
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != top && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		files = append(files, goFile{rel, path.Dir(rel), strings.HasSuffix(rel, "_test.go"), bytes.Count(text, []byte("\n")), parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// imports gives the paths a file imports, by the name it uses them under.
func (f goFile) imports(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "_" {
			name += p
		}
		out[name] = p
	}
	return out
}

// TestImports holds every import against the table of layers.
func TestImports(t *testing.T) {
	table := map[string]layer{}
	for _, l := range layers {
		for _, below := range l.may {
			if _, known := table[below]; !known && !strings.Contains(below, ".") && !slices.Contains(guarded, below) {
				t.Errorf("the table lets %s import %s, which is not below it", l.pkg, below)
			}
		}
		table[l.pkg] = l.layer
	}
	seen := map[string]bool{}
	for _, f := range tree(t) {
		l, known := table[f.pkg]
		if seen[f.pkg] = true; !known {
			t.Errorf("%s: package %s is not in the table of layers: say what it may import, and why no more", f.name, f.pkg)
			continue
		}
		for _, imported := range slices.Sorted(maps.Values(f.imports(t))) {
			if f.test {
				continue
			}
			switch imported, own := strings.CutPrefix(imported, moduleName+"/"); {
			case own && (imported == suite || strings.HasPrefix(imported, suite+"/")):
				t.Errorf("%s imports %s: it is for tests", f.name, imported)
			case under(imported, testModules) && f.pkg != suite:
				t.Errorf("%s imports %s: it is for tests, and panics where a program must not", f.name, imported)
			case own || strings.Contains(strings.Split(imported, "/")[0], ".") || slices.Contains(guarded, imported):
				if !slices.Contains(l.may, imported) && (own || !under(imported, l.may)) {
					t.Errorf("%s imports %s: %s", f.name, imported, l.why)
				}
			}
		}
	}
	for _, l := range layers {
		if !seen[l.pkg] {
			t.Errorf("the table has package %s, the tree has not", l.pkg)
		}
	}
}

// under reports whether a package is one of those named, or in the folder or
// module of one.
func under(imported string, named []string) bool {
	return slices.ContainsFunc(named, func(n string) bool { return imported == n || strings.HasPrefix(imported, n+"/") })
}

// TestReached looks for what comes from the World and was fetched elsewhere.
func TestReached(t *testing.T) {
	for _, f := range tree(t) {
		if f.test {
			continue
		}
		imports := f.imports(t)
		ast.Inspect(f.File, func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function: what a package does happens where it is called", f.name)
			}
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := s.X.(*ast.Ident)
			if !ok || imports[x.Name] == "" {
				return true
			}
			used := imports[x.Name] + "." + s.Sel.Name
			for _, r := range reached {
				allowed := slices.ContainsFunc(r.from, func(at string) bool {
					return at == f.name || strings.HasSuffix(at, "/") && strings.HasPrefix(f.name, at)
				})
				if slices.Contains(r.what, used) && !allowed {
					t.Errorf("%s uses %s: %s", f.name, used, r.why)
				}
			}
			return true
		})
	}
}

// TestFileLength wants no file of the program that one does not read in one
// go. Tests, and the suite of laws, are as long as their cases.
func TestFileLength(t *testing.T) {
	const most = 400
	for _, f := range tree(t) {
		if !f.test && f.pkg != suite && f.lines > most {
			t.Errorf("%s has %d lines, more than %d: it holds more than one thing", f.name, f.lines, most)
		}
	}
}

// TestTopLevel wants the top of the tree to stay as a newcomer finds it.
func TestTopLevel(t *testing.T) {
	files := []string{"go.mod", "go.sum", "README.md", "LICENSE"}
	folders := []string{"cmd", "fixtures", "migrate", "taxonomy"}
	ignored, err := os.ReadFile("../../.gitignore")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		known := files
		if e.IsDir() {
			known = folders
		}
		outside := slices.ContainsFunc(strings.Fields(string(ignored)), func(pattern string) bool {
			matched, err := path.Match(strings.TrimPrefix(pattern, "/"), e.Name())
			return matched && err == nil
		})
		if !slices.Contains(known, e.Name()) && !strings.HasPrefix(e.Name(), ".") && !outside {
			t.Errorf("%s stands at the top: code lives in %s, and there is no other folder or file", e.Name(), strings.Join(folders, ", "))
		}
	}
}
