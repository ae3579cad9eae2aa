package policyfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate/policyfile"
)

// base is a policy to which a defect is added, from line 4 on.
const base = "policy: p\nremove: [Toys]\nproducts: delist\n"

// ban is the same for a prohibited one, from line 6 on.
const ban = "policy: p\nreason: r\ndates: {effective: 2021-10-08}\nprohibited: true\nremove: [Toys]\n"

// only removes one category with the rules that follow, from line 5 on.
const only = "policy: p\nremove:\n- category: A\n  products:\n"

var yamlErrors = []struct{ name, text, want string }{
	{"empty", "", `1:1: the policy is empty`},
	{"only a comment", "# nothing\n", `1:1: the policy is empty`},
	{"a list", "- a\n", `1:1: the policy wants keys and values`},
	{"a word", "word\n", `1:1: the policy wants keys and values`},
	{"unknown key", base + "emptyed: keep\n", `4:1: unknown key "emptyed"; did you mean emptied?`},
	{"far key", base + "whatever: keep\n", `4:1: unknown key "whatever"`},
	{"duplicate key", base + "products: delist\n", `4:1: products is given twice, first on line 3`},
	{"tag", base + "sweep:\n- when: !product.live\n  delist: x\n",
		`5:9: YAML tag !product.live; text that begins with ! must be quoted`},
	{"two tags", "policy: !x p\nremove: !y [A]\n",
		"1:9: YAML tag !x; text that begins with ! must be quoted\n2:9: YAML tag !y; text that begins with ! must be quoted"},
	{"anchor", "policy: &a p\nremove: [A]\n",
		`1:9: YAML anchors are not allowed; text that begins with & must be quoted`},
	{"alias", "policy: *a\nremove: [A]\n",
		`1:9: YAML aliases are not allowed; text that begins with * must be quoted`},
	{"merge key", base + "<<: {emptied: keep}\n", `4:1: YAML merge keys are not allowed`},
	{"explicit key", base + "? emptied\n: keep\n",
		`4:1: keys after ? are not allowed; text that begins with ? must be quoted`},
	{"second document", base + "---\npolicy: q\n", `4:1: a policy is one document; here begins another`},
	{"directive", "%YAML 1.2\n---\n" + base, `1:1: YAML directives are not allowed`},
	{"unclosed", "policy: [p\nremove: x\n", `2:1: ',' or ']' must be specified`},
	{"unquoted colon", "policy: a: b\n", `1:9: mapping value is not allowed in this context`},
	{"not UTF-8", "policy: p\nremove: [\xff]\n", `2:10: not UTF-8`},
	{"NUL", "policy: p\n# é\x00\n", `2:4: a NUL character`},
	{"too deep", "policy: " + strings.Repeat("[", 20), `1:25: nested too deeply`},
	{"too large", strings.Repeat("# more\n", 40_000), `1:1: the file is larger than 262144 bytes`},
	{"columns are characters", "policy: p\nremove: [漢字 > é, {if: 1}]\n", `2:19: unknown key "if"; did you mean id?`},
	{"byte order mark", "\ufeffpolicie: p\nclose: [A]\n", "1:1: unknown key \"policie\"; did you mean policy?\n" +
		`1:1: the policy has no name: policy is missing`},
	{"CRLF", "policy: p\r\nremove:\r\n  - A\r\n  - {ide: 1}\r\n", `4:6: unknown key "ide"; did you mean id?`},
}

var policyErrors = []struct{ name, text, want string }{
	{"no name", "remove: [A]\n", `1:1: the policy has no name: policy is missing`},
	{"null name", "policy: ~\nremove: [A]\n", `1:9: policy is ~; quote it if that is its text`},
	{"no value", "policy:\nremove: [A]\n", `1:1: policy has no value`},
	{"empty text", "policy: ''\nremove: [A]\n", `1:9: policy is empty`},
	{"control character", "policy: \"a\\eb\"\nremove: [A]\n", `1:9: policy holds a control character`},
	{"two lines", "policy: \"a\\nb\"\nremove: [A]\n", `1:9: policy wants a single line`},
	{"does nothing", "policy: p\n", `1:1: the policy does nothing: it has neither remove nor sweep nor close`},
	{"several defects", "policy: []\nemptied: x\nclose: 1\n", "1:9: policy wants a single value\n" +
		"2:10: emptied cannot be \"x\"; it is keep or remove\n3:8: close wants a list"},
	{"empty list", "policy: p\nremove: []\n", `2:9: remove is an empty list`},
	{"elsewhere", base + "elsewhere: stay\n", `4:12: elsewhere cannot be "stay"; it is detach or treat`},
	{"subtree", base + "subtree: drop\n", `4:10: subtree cannot be "drop"; it is remove, promote or refuse`},
	{"prohibited", base + "prohibited: yes\n", `4:13: prohibited wants true or false`},
	{"quoted boolean", base + "prohibited: 'true'\n", `4:13: prohibited wants true or false`},
	{"delisted_to", base + "delisted_to: {id: null}\n", `4:19: id is null; quote it if that is its text`},
	{"empty path", base + "delisted_to: A > > B\n", `4:14: delisted_to has an empty name in its path`},
	{"empty reference", base + "delisted_to: {}\n", `4:14: delisted_to wants a path or an id`},
	{"redirect", base + "redirect: [gone]\n", `4:11: redirect wants a single value`},
	{"prohibited without reason", "policy: p\nprohibited: true\nremove: [A]\n",
		"2:13: where prohibited, the policy must give its reason\n2:13: where prohibited, the policy must give its dates"},
	{"an entry prohibited", "policy: p\nremove:\n- A\n- {category: B, prohibited: true}\n",
		"4:29: where prohibited, the policy must give its reason\n4:29: where prohibited, the policy must give its dates"},
	{"prohibited without effective", "policy: p\nreason: r\ndates: {enforced: 2021-10-08}\nprohibited: true\nremove: [A]\n",
		`3:8: where prohibited, dates must say when it is effective`},
	{"twice", "policy: p\nremove: [A > B, C, A>B]\n", `2:20: category "A>B" is named twice, first on line 2`},
	{"twice by id", "policy: p\nremove:\n- {id: 12}\n- category: {id: '12'}\n",
		`4:18: category "id 12" is named twice, first on line 3`},
	{"closed twice", "policy: p\nclose: [A, A]\n", `2:12: category "A" is named twice, first on line 2`},
	{"category and crosswalk", "policy: p\nremove:\n- {category: A, crosswalk: b.csv}\n",
		`3:3: an item of remove names one category, id or crosswalk`},
	{"null item", "policy: p\nremove:\n- A\n-\n", `4:1: an item of remove has no value`},
	{"list as item", "policy: p\nremove:\n- [A]\n", `3:3: an item of remove wants a single value`},
}

var ruleErrors = []struct{ name, text, want string }{
	{"neither", only + "  - {rule: a}\n", `5:5: a rule needs reassign or delist`},
	{"both", only + "  - {reassign: B, delist: c}\n", `5:5: a rule either reassigns or delists, not both`},
	{"empty list", only + "  []\n", `5:3: products is an empty list`},
	{"another word", "policy: p\nremove: [A]\nproducts: remove\n",
		`3:11: products is delist, {reassign: CATEGORY} or a list of rules`},
	{"after a catch-all", only + "  - delist: a\n  - {when: product.live, delist: b}\n  - delist: c\n",
		"6:5: no product comes to this rule: the one on line 5 takes every product\n" +
			"7:5: no product comes to this rule: the one on line 5 takes every product"},
	{"empty when", only + "  - {when: '', delist: a}\n", `5:12: when is empty; a rule for every product has none`},
	{"null when", only + "  - when:\n    delist: a\n", `5:5: when has no value`},
	{"same name", only + "  - {rule: a, when: product.live, delist: b}\n  - {rule: a, delist: b}\n",
		`6:12: two rules are called "a", the first on line 5`},
	{"empty code", only + "  - delist:\n", `5:5: delist has no value`},
	{"cleared without reassign", only + "  - {delist: a, cleared: b}\n", `5:26: cleared is for a rule that reassigns`},
	{"reassign without cleared", ban + "products: {reassign: B}\n",
		`6:22: in a prohibited category, reassign needs cleared: why the products may stay on sale`},
	{"told once", "policy: p\nreason: r\ndates: {effective: 2021-10-08}\nprohibited: true\nproducts: {reassign: B}\nremove: [C, D]\n",
		`5:22: in a prohibited category, reassign needs cleared: why the products may stay on sale`},
	{"condition, plain", only + "  - when: product.titel == 'a'\n    delist: b\n",
		`5:19: product has no field "titel"; did you mean "title"?`},
	{"condition, quoted", only + "  - when: \"'\\u0041\\\"' == product.titel\"\n    delist: b\n",
		`5:34: product has no field "titel"; did you mean "title"?`},
	{"condition, single quotes", only + "  - when: 'product.title == ''é'' || product.titel == ''b'''\n    delist: b\n",
		`5:46: product has no field "titel"; did you mean "title"?`},
	{"condition, block", only + "  - when: |\n      product.live &&\n        product.titel == 'é'\n    delist: b\n",
		`7:17: product has no field "titel"; did you mean "title"?`},
	{"condition, folded", only + "  - when: >\n      product.live &&\n      product.titel == 'é'\n    delist: b\n",
		`5:11: product has no field "titel"; did you mean "title"?`},
	{"condition, several lines", only + "  - when: product.live &&\n      product.titel == 'é'\n    delist: b\n",
		`5:11: product has no field "titel"; did you mean "title"?`},
	{"condition, several defects", only + "  - {when: product.a || product.b, delist: b}\n",
		"5:20: product has no field \"a\"\n5:33: product has no field \"b\""},
	{"sweep without when", "policy: p\nsweep:\n- delist: a\n", `3:3: a sweep rule needs when`},
	{"sweep without fate", "policy: p\nsweep:\n- when: product.live\n", `3:3: a sweep rule needs delist, or report: true`},
	{"sweep reports not", "policy: p\nsweep:\n- {when: product.live, report: false}\n",
		`3:3: a sweep rule needs delist, or report: true`},
	{"sweep does both", "policy: p\nsweep:\n- {when: product.live, report: true, delist: a}\n",
		`3:3: a sweep rule either delists or reports, not both`},
	{"sweep within nothing", "policy: p\nsweep:\n- {when: product.live, report: true, within: []}\n",
		`3:46: within is an empty list`},
	{"sweep names", "policy: p\nsweep:\n- {rule: a, when: product.live, report: true}\n- {rule: a, when: product.live, report: true}\n",
		`4:10: two rules are called "a", the first on line 3`},
	{"sweep reassigns", "policy: p\nsweep:\n- {when: product.live, reassign: A}\n",
		"3:3: a sweep rule needs delist, or report: true\n3:24: unknown key \"reassign\""},
}

var settingErrors = []struct{ name, text, want string }{
	{"no such zone", base + "dates: {zone: Mars/Base}\n",
		`4:15: no time zone is called "Mars/Base"; write a name like Asia/Shanghai`},
	{"local zone", base + "dates: {zone: Local}\n", `4:15: no time zone is called "Local"; write a name like Asia/Shanghai`},
	{"no day", base + "dates: {effective: 2021-02-30}\n",
		`4:20: effective wants a day like 2021-10-08 or an instant like 2021-10-08T00:00:00+08:00`},
	{"no offset", base + "dates: {effective: 2021-02-03T10:00:00}\n",
		`4:20: effective wants a day like 2021-10-08 or an instant like 2021-10-08T00:00:00+08:00`},
	{"long ago", base + "dates: {effective: 0001-01-01}\n", `4:20: effective is before 1970`},
	{"no dates", base + "dates: {}\n", `4:8: dates is empty`},
	{"dates null", base + "dates:\n", `4:1: dates has no value`},
	{"effective before announced", base + "dates:\n  effective: 2021-10-08\n  announced: 2021-10-09\n",
		`5:14: effective is before announced`},
	{"enforced before effective", base + "dates:\n  enforced: 2021-10-07\n  effective: 2021-10-08\n",
		`5:13: enforced is before effective`},
	{"enforced before announced", base + "dates:\n  enforced: 2021-10-07\n  announced: 2021-10-08\n",
		`5:13: enforced is before announced`},
	{"expires at once", base + "dates:\n  effective: 2021-10-08\n  expires: 2021-10-08\n",
		`6:12: expires is not after effective`},
	{"reference without table", base + "references: [{then: delete}]\n", `4:14: table is missing`},
	{"reference without answer", base + "references: [{table: a}]\n", `4:14: then is missing`},
	{"reference answer", base + "references: [{table: a, then: restrict}]\n",
		`4:31: then cannot be "restrict"; it is delete, null, repoint or keep`},
	{"reference twice", base + "references:\n- {table: a, column: b, then: keep}\n- {table: a, column: b, then: 'null'}\n",
		`6:3: "a.b" is answered twice, first on line 5`},
	{"drift", base + "drift: {arrived: skip, left: rules, edited: skip}\n",
		"4:18: arrived cannot be \"skip\"; it is fail or rules\n4:30: left cannot be \"rules\"; it is fail or skip\n" +
			`4:45: edited cannot be "skip"; it is fail or same-fate`},
	{"limits", base + "limits: {delist: -1, live_share: 0.1, drift: 1e3}\n",
		"4:18: delist wants a whole number, at least 0\n4:34: live_share wants a percentage from 0% to 100%, like 10%\n" +
			`4:46: drift wants a whole number, at least 0`},
	{"share too large", base + "limits: {live_share: 101%}\n",
		`4:22: live_share wants a percentage from 0% to 100%, like 10%`},
	{"approvals", base + "approvals: two\n", `4:12: approvals wants a whole number, at least 0`},
	{"ladder descends", base + "penalties:\n- {from: 3, action: a}\n- {from: 3, action: b}\n",
		`6:10: from 3 does not rise above 3`},
	{"rung without action", base + "penalties: [{from: 0}]\n",
		"4:13: action is missing\n4:20: from wants a whole number, at least 1"},
	{"action", base + "penalties: [{from: 1, action: Close It}]\n", `4:31: action wants a name like remove-product`},
	{"points missing", base + "penalties: [{from: 1, action: deduct-points}]\n", `4:13: deduct-points needs points`},
	{"points too many", base + "penalties: [{from: 1, action: close-account, points: 3}]\n",
		`4:54: points go with the action deduct-points`},
}

func TestParseErrors(t *testing.T) {
	for _, group := range []struct {
		name  string
		tests []struct{ name, text, want string }
	}{{"yaml", yamlErrors}, {"policy", policyErrors}, {"rules", ruleErrors}, {"settings", settingErrors}} {
		for _, tt := range group.tests {
			t.Run(group.name+"/"+tt.name, func(t *testing.T) {
				_, err := policyfile.Parse(source(tt.text, nil), conditions(t))
				if err == nil {
					t.Fatal("no error")
				}
				if diff := cmp.Diff(tt.want, failures(t, err)); diff != "" {
					t.Errorf("%s\n(-want +got):\n%s", tt.text[:min(len(tt.text), 300)], diff)
				}
			})
		}
	}
}
