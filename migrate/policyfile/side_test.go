package policyfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/policyfile"
)

const decided = base + "decisions: d.csv\n"

func TestDecisions(t *testing.T) {
	at := func(line, column int) migrate.Pos { return pos("d.csv", line, column) }
	tests := []struct {
		name, csv string
		want      map[string]migrate.Decision
	}{
		{"header only", "product,fate\n", map[string]migrate.Decision{}},
		{"any order and case", "By,FATE,Product\nj.doe,Delist,0012\n", map[string]migrate.Decision{
			"0012": {Product: "0012", Fate: migrate.Delist, By: "j.doe", Pos: at(2, 1)}}},
		{"BOM, CRLF and quotes", "\ufeffproduct,fate,reason\r\n1,detach,\"said \"\"so\"\",\r\ntwice\"\r\n2,delist,é\r\n",
			map[string]migrate.Decision{
				"1": {Product: "1", Fate: migrate.Detach, Reason: "said \"so\",\ntwice", Pos: at(2, 1)},
				"2": {Product: "2", Fate: migrate.Delist, Reason: "é", Pos: at(4, 1)}}},
		{"targets", "product,fate,target\n1,reassign,A > B\n2,reassign,id:0044\n3,reassign,'=A\n",
			map[string]migrate.Decision{
				"1": {Product: "1", Fate: migrate.Reassign, To: migrate.CategoryRef{Path: "A > B", Pos: at(2, 12), Cell: true}, Pos: at(2, 1)},
				"2": {Product: "2", Fate: migrate.Reassign, To: migrate.CategoryRef{ID: "0044", Pos: at(3, 12), Cell: true}, Pos: at(3, 1)},
				"3": {Product: "3", Fate: migrate.Reassign, To: migrate.CategoryRef{Path: "=A", Pos: at(4, 12), Cell: true}, Pos: at(4, 1)}}},
		{"a plan's columns", "product,title,live,state,seller,from,rule,fate\n1,'=x,1,on,s,A,r,delist\n,,,,,,,\n\n",
			map[string]migrate.Decision{"1": {Product: "1", Fate: migrate.Delist, Pos: at(2, 1)}}},
		{"a plan's own rows", "product,fate,target,reason,by,planned\n1,delist,,code,,delist: code\n2,report,,,,report\n3, Delist ,,a  b,,delist: a b\n" +
			"4,reassign,A > B,c,,reassign → A > B: c\n5,delist,,'=x;'=y,,delist: =x;'=y\n", map[string]migrate.Decision{}},
		{"answers among them", "product,fate,target,reason,by,planned\n1,delist,,other,,delist: code\n2,delist,,code,eva,delist: code\n" +
			"3,reassign,A,code,,delist: code\n4,delist,,,,\n", map[string]migrate.Decision{
			"1": {Product: "1", Fate: migrate.Delist, Reason: "other", Pos: at(2, 1)},
			"2": {Product: "2", Fate: migrate.Delist, Reason: "code", By: "eva", Pos: at(3, 1)},
			"3": {Product: "3", Fate: migrate.Reassign, Reason: "code", To: migrate.CategoryRef{Path: "A", Pos: at(4, 12), Cell: true}, Pos: at(4, 1)},
			"4": {Product: "4", Fate: migrate.Delist, Pos: at(5, 1)}}},
		{"guards", "product,fate,reason\n1,delist,'＝x\n2,delist,a;'=b;'c\n3,delist,''=x\n4,delist,'  =x\n", map[string]migrate.Decision{
			"1": {Product: "1", Fate: migrate.Delist, Reason: "＝x", Pos: at(2, 1)},
			"2": {Product: "2", Fate: migrate.Delist, Reason: "a;=b;'c", Pos: at(3, 1)},
			"3": {Product: "3", Fate: migrate.Delist, Reason: "'=x", Pos: at(4, 1)},
			"4": {Product: "4", Fate: migrate.Delist, Reason: "  =x", Pos: at(5, 1)}}},
		{"empty columns beside", "product,fate,,\n1 ,delist,,\n", map[string]migrate.Decision{
			"1 ": {Product: "1 ", Fate: migrate.Delist, Pos: at(2, 1)}}},
		{"a negative id", "product,fate\n'-5,delist\n'o,delist\n", map[string]migrate.Decision{
			"-5": {Product: "-5", Fate: migrate.Delist, Pos: at(2, 1)},
			"'o": {Product: "'o", Fate: migrate.Delist, Pos: at(3, 1)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, decided, map[string]string{"d.csv": tt.csv})
			if diff := cmp.Diff(tt.want, f.Policy.Decisions); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if f.Files["d.csv"] != tt.csv {
				t.Errorf("kept %q", f.Files["d.csv"])
			}
		})
	}
}

func TestDecisionErrors(t *testing.T) {
	tests := []struct{ name, csv, want string }{
		{"empty", "", `d.csv:1:1: no header row; the columns are product, fate, target, reason or by`},
		{"unknown column", "product,fate,tarjet\n", `d.csv:1:14: unknown column "tarjet"; did you mean target?`},
		{"column twice", "product,fate,fate\n", `d.csv:1:14: column "fate" is given twice`},
		{"columns missing", "title,by\n", "d.csv:1:1: column product is missing\nd.csv:1:1: column fate is missing"},
		{"cells missing", "product,fate\n1\n2,delist,x\n",
			"d.csv:2:1: 1 cells where the header has 2\nd.csv:3:1: 3 cells where the header has 2"},
		{"bad quotes", "product,fate\n\"1,delist\n", `d.csv:2:10: extraneous or missing " in quoted-field`},
		{"product", "product,fate\n,delist\n", `d.csv:2:1: product is empty`},
		{"fate", "product,fate\n1,spare\n", `d.csv:2:3: fate cannot be "spare"; it is reassign, delist, detach or keep`},
		{"no target", "product,fate,target\n1,reassign,\n", `d.csv:2:12: reassign needs a target`},
		{"no target column", "product,fate\n1,reassign\n", `d.csv:2:1: reassign needs a target`},
		{"needless target", "target,product,fate\nA,1,detach\n", `d.csv:2:1: detach takes no target`},
		{"a target for what stays", "target,product,fate\nA,1,keep\n", `d.csv:2:1: keep takes no target`},
		{"empty id", "product,fate,target\n1,reassign,id:\n", `d.csv:2:12: target names no id`},
		{"twice", "product,fate\n1,delist\n2,delist\n1,detach\n", `d.csv:4:1: product "1" is decided twice, first on line 2`},
		{"mangled", "title,product,fate,target\né,\"8,00123E+11\",delist,\n,1.23E+05,delist,\n,3,reassign,id:1E+05\n",
			"d.csv:2:3: a spreadsheet has shortened the id \"8,00123E+11\"; write it whole\n" +
				"d.csv:3:2: a spreadsheet has shortened the id \"1.23E+05\"; write it whole\n" +
				`d.csv:4:13: a spreadsheet has shortened the id "1E+05"; write it whole`},
		{"semicolons", "product;fate\n1;delist\n", `d.csv:1:1: the columns are separated by semicolons; save the file with commas`},
		{"quoted semicolons", "\"Product\";\"fate\"\n", `d.csv:1:1: the columns are separated by semicolons; save the file with commas`},
		{"the separator told", "sep=;\nproduct;fate\n", `d.csv:1:1: the columns are separated by semicolons; save the file with commas`},
		{"tabs", "product\tfate\n", `d.csv:1:1: the columns are separated by tabs; save the file with commas`},
		{"UTF-16", "\xff\xfep\x00r\x00", `d.csv:1:1: the file is UTF-16; save it as UTF-8`},
		{"a fate that is none", "product,fate,by,planned\n1,report,eva,report\n", `d.csv:2:3: fate cannot be "report"; it is reassign, delist, detach or keep`},
		{"not UTF-8", "product,fate\n1,d\xe9list\n", `d.csv:2:4: not UTF-8`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := policyfile.Parse(source(decided, map[string]string{"d.csv": tt.csv}), conditions(t))
			if diff := cmp.Diff(tt.want, failures(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSideFileErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"missing", decided, `4:12: read "d.csv": file does not exist`},
		{"no name", base + "decisions: ''\n", `4:12: decisions is empty`},
		{"missing crosswalk", "policy: p\nremove:\n- crosswalk: x.csv\n", `3:14: read "x.csv": file does not exist`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := policyfile.Parse(source(tt.text, nil), conditions(t))
			if diff := cmp.Diff(tt.want, failures(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// walked removes what a crosswalk says.
const walked = "policy: p\nremove:\n- crosswalk: x\n"

func TestCrosswalk(t *testing.T) {
	at := func(line int) migrate.Pos { return pos("x", line, 1) }
	to := func(line int, id string) []migrate.Rule {
		return []migrate.Rule{{Name: "crosswalk", Fate: migrate.Reassign, To: idRef(id, at(line)), Pos: at(line)}}
	}
	entry := func(line int, id string, rules []migrate.Rule) migrate.Entry {
		return migrate.Entry{Category: idRef(id, at(line)), Rules: rules, Pos: at(line)}
	}
	gone := entry(3, "2", []migrate.Rule{{Name: "products", Fate: migrate.Delist, Pos: pos("p.yaml", 3, 28)}})
	gone.Subtree, gone.Redirect = migrate.SubtreePromote, &migrate.Redirect{Gone: true}
	merged := entry(2, "1", to(2, "9"))
	merged.Subtree, merged.Redirect = gone.Subtree, gone.Redirect
	own := migrate.Entry{Category: idRef("1", pos("p.yaml", 4, 8)), Pos: pos("p.yaml", 4, 3),
		Rules: []migrate.Rule{{Name: "products", Fate: migrate.Delist, Pos: pos("p.yaml", 4, 21)}}}
	path := func(name string, line int) migrate.Entry {
		here := pos("p.yaml", line, 3)
		return migrate.Entry{Category: migrate.CategoryRef{Path: name, Pos: here}, Pos: here}
	}
	tests := []struct {
		name, text, walk string
		want             []migrate.Entry
	}{
		{"the item's defaults", "policy: p\nremove:\n- {crosswalk: x, products: delist, subtree: promote, redirect: gone}\n",
			"from,to\n1,9\n2,\n", []migrate.Entry{merged, gone}},
		{"between others", "policy: p\nremove:\n- A\n- crosswalk: x\n- B\n", "from,to,action\n0012,100044,merge\n",
			[]migrate.Entry{path("A", 3), entry(2, "0012", to(2, "100044")), path("B", 5)}},
		{"a split with an entry", walked + "- {id: 1, products: delist}\n", "from,to,action\n1,8,split\n1,9,split\n",
			[]migrate.Entry{own}},
		{"an id without a target with an entry", walked + "- {id: 1, products: delist}\n", "from,to\n1,\n", []migrate.Entry{own}},
		{"ebay", walked, `{"expiredCategories": [{"fromCategoryId": "1", "toCategoryId": "9"}]}`,
			[]migrate.Entry{entry(1, "1", to(1, "9"))}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, tt.text, map[string]string{"x": tt.walk})
			if diff := cmp.Diff(tt.want, f.Policy.Remove); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCrosswalkErrors(t *testing.T) {
	tests := []struct{ name, text, walk, want string }{
		{"no target", walked, "from,to\n1,\n",
			`x:2:1: category "1" has no target; say what becomes of its products: an action delist, or products in the policy`},
		{"split", walked, "from,to\n1,8\n1,9\n",
			`x:2:1: category "1" leads to several categories; give it an entry with rules of its own`},
		{"itself", walked, "from,to\n1,1\n", `x:2:1: category "1" leads to itself`},
		{"delisted with two targets", walked, "from,to,action\n1,2,delist\n1,3,delist\n", `x:2:1: category "1" is delisted and takes one target, where its page goes`},
		{"reassigned without", walked, "from,to,action\n1,,reassign\n",
			`x:2:1: category "1" has the action reassign and no target`},
		{"action", walked, "from,to,action\n1,2,burn\n",
			`x:2:1: category "1" has the unknown action "burn"; it is reassign, merge, move, split or delist`},
		{"named by the policy too", walked + "- {id: 1}\n", "from,to\n1,2\n",
			`x:2:1: category "id 1" is named twice, first at p.yaml:4`},
		{"in two crosswalks", walked + "- crosswalk: y\n", "from,to\n1,2\n",
			`y:2:1: category "id 1" is named twice, first at x:2`},
		{"prohibited", "policy: p\nreason: r\ndates: {effective: 2021-10-08}\nprohibited: true\nremove:\n- crosswalk: x\n", "from,to\n1,2\n",
			`x:2:1: category "1" is prohibited; to reassign its products, give it an entry with a rule that is cleared`},
		{"columns", walked, "a,b\n", `x:1:1: expected the columns from and to, and perhaps action and reason`},
		{"in characters", walked, "from,to,action\né,2,\"a\n", `x:2:7: extraneous or missing " in quoted-field`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := map[string]string{"x": tt.walk, "y": tt.walk}
			_, err := policyfile.Parse(source(tt.text, files), conditions(t))
			got := failures(t, err)
			if strings.Contains(tt.want, "first at p.yaml") {
				got = err.Error()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
