package policyfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"recat/migrate"
	"recat/migrate/policyfile"
)

// FuzzParse holds that no policy makes Parse panic, that every defect has a
// place inside its file, and that a policy without defects is whole.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/design/*.yaml")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, seed := range seeds {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "product,fate\n1,delist\n")
	}
	for _, group := range [][]struct{ name, text, want string }{yamlErrors, policyErrors, ruleErrors, settingErrors} {
		for _, tt := range group {
			if len(tt.text) < 10_000 {
				f.Add(tt.text, "from,to,action\n1,2,\n")
			}
		}
	}
	f.Add(decided, "product,fate,target,reason\n1,reassign,id:1,\"x\ny\"\n2,delist\n")
	f.Add(walked, "from,to,action,reason\n1,2,merge,r\n3,,delist,\n4,5,split,\n4,6,split,\n")
	f.Fuzz(func(t *testing.T, text, side string) {
		src := policyfile.Source{Name: "p.yaml", Text: []byte(text),
			Open: func(string) ([]byte, error) { return []byte(side), nil }}
		file, err := policyfile.Parse(src, conditions(t))
		if err == nil {
			checkWhole(t, file)
			return
		}
		var errs migrate.FileErrors
		if !errors.As(err, &errs) || len(errs) == 0 {
			t.Fatalf("%T holds no defects: %v", err, err)
		}
		for _, e := range errs {
			content := text
			if e.Pos.File != "p.yaml" {
				content = side
			}
			checkPlace(t, e, content)
		}
	})
}

func checkWhole(t *testing.T, file *policyfile.File) {
	p := file.Policy
	if p.Name == "" || len(p.Close)+len(p.Remove)+len(p.Sweep) == 0 && len(file.Files) == 0 {
		t.Errorf("accepted %+v", p)
	}
	for _, e := range p.Remove {
		if e.Category.ID == "" == (e.Category.Path == "") {
			t.Errorf("accepted the entry %+v", e)
		}
		names := map[string]bool{}
		for _, rule := range e.Rules {
			if rule.Name == "" || names[rule.Name] {
				t.Errorf("two rules, or none, called %q", rule.Name)
			}
			names[rule.Name] = true
		}
	}
}

// checkPlace wants the place of a defect to be in the file.
func checkPlace(t *testing.T, e *migrate.FileError, content string) {
	content = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(content, "\ufeff"))
	lines := strings.Split(content, "\n")
	if e.Msg == "" || e.Pos.Line < 1 || e.Pos.Line > len(lines) || e.Pos.Column < 1 ||
		e.Pos.Column > utf8.RuneCountInString(lines[e.Pos.Line-1])+1 {
		t.Errorf("no such place in %d lines: %s", len(lines), e)
	}
}
