package migrate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate/catalogtest"
)

// ruleCase is a policy over a shop, with the changes it plans or what the
// refusal tells.
type ruleCase struct {
	name     string
	shape    catalogtest.Shape
	tree     string
	products []string
	rows     []catalogtest.Row
	policy   string
	files    map[string]string
	ignored  string // category whose memberships do not count
	want     []string
	refused  []string // parts of what is told
}

const toys = `
1 Toys
  2 Hoverboards
    3 Spares
  4 Balls
5 Books
6 Archive`

func TestRules(t *testing.T) {
	for _, group := range [][]ruleCase{treeCases, targetCases, fateCases, placeCases, sweepCases, referenceCases} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) { c.run(t) })
		}
	}
}

func (c ruleCase) run(t *testing.T) {
	w := shop(t, c.shape, c.tree, c.products...)
	w.Rows = c.rows
	m := catalogtest.NewMemory(w)
	if c.ignored != "" {
		m.Ignore(c.ignored)
	}
	plan, err := catalogtest.MakePlan(ctx, m, request(t, c.policy, c.files))
	switch {
	case err == nil && c.refused != nil:
		t.Fatalf("planned:\n%s", strings.Join(lines(t, plan), "\n"))
	case err == nil:
		if d := cmp.Diff(c.want, lines(t, plan)); d != "" {
			t.Fatalf("changes (-want +got):\n%s", d)
		}
	case c.refused == nil:
		t.Fatalf("refused: %s", told(err))
	}
	for _, part := range c.refused {
		if !strings.Contains(told(err), part) {
			t.Errorf("told:\n%s\nwithout %q", told(err), part)
		}
	}
}

var treeCases = []ruleCase{
	{name: "the deepest entry governs", shape: catalogtest.Plain, tree: toys,
		products: []string{"10 active a in 2", "11 active b in 3"},
		policy:   "remove:\n  - {category: Toys, subtree: remove, products: {reassign: Books}}\n  - {category: Toys > Hoverboards, products: delist}",
		want: []string{"remove 1 entry then 5", "remove 2 entry", "remove 3 subtree", "remove 4 subtree then 5",
			"10 delist by products: 2 → ∅", "11 delist by products: 3 → ∅"}},
	{name: "children that all go need no subtree", shape: catalogtest.Plain, tree: toys,
		policy: "remove: [Toys > Hoverboards, Toys > Hoverboards > Spares]\nproducts: delist",
		want:   []string{"remove 2 entry", "remove 3 entry"}},
	{name: "children that nothing is said of refuse", shape: catalogtest.Plain, tree: toys,
		policy:  "remove: [Toys > Hoverboards]\nproducts: delist",
		refused: []string{`"Toys > Hoverboards" has the child "Toys > Hoverboards > Spares"`, "subtree: remove"}},
	{name: "a category twice, by path and by id", shape: catalogtest.Plain, tree: toys,
		policy:  "remove:\n  - Books\n  - {id: '5'}\nproducts: delist",
		refused: []string{`policy.yaml:4:10: "Books" is removed twice; first at policy.yaml:3:5`}},
	{name: "promote to the nearest survivor", shape: catalogtest.Plain, tree: toys, products: []string{"10 active a in 3"},
		policy: "remove:\n  - {category: Toys > Hoverboards, subtree: promote}\nproducts: delist",
		want:   []string{"remove 2 entry", "promote 3 promoted to 1."}},
	{name: "promote past a removed parent, to the root", shape: catalogtest.Plain, tree: toys,
		policy: "remove:\n  - {category: Toys, subtree: promote}\n  - {category: Toys > Hoverboards, subtree: promote}\nproducts: delist",
		want:   []string{"remove 1 entry", "remove 2 entry", "promote 3 promoted to .", "promote 4 promoted to ."}},
	{name: "promote beside a namesake", shape: catalogtest.Plain, tree: "1 Toys\n  2 Old\n    3 Balls\n  4 Balls",
		policy:  "remove:\n  - {category: Toys > Old, subtree: promote}\nproducts: delist",
		refused: []string{`"Toys > Old > Balls" (id 3) would put it beside "Toys > Balls" (id 4)`}},
	{name: "promote two namesakes", shape: catalogtest.Plain, tree: "1 Toys\n  2 Old\n    3 Balls\n  4 New\n    5 Balls",
		policy:  "remove: [Toys > Old, Toys > New]\nsubtree: promote\nproducts: delist",
		refused: []string{"(id 3)", "(id 5)", "siblings of the same name"}},
	{name: "promote into the removed path", shape: catalogtest.Plain, tree: "1 Miners\n  2 Miners",
		policy:  "remove:\n  - {category: Miners, subtree: promote}\nproducts: delist",
		refused: []string{`changes where the path "Miners" leads`, "id"}},
	{name: "promote into the removed path, named by id", shape: catalogtest.Plain, tree: "1 Miners\n  2 Miners",
		policy: "remove:\n  - {id: '1', subtree: promote}\nproducts: delist",
		want:   []string{"remove 1 entry", "promote 2 promoted to ."}},
	{name: "close what is promoted", shape: catalogtest.Plain, tree: toys,
		policy:  "close: [{id: '3'}]\nremove:\n  - {category: Toys > Hoverboards, subtree: promote}\nproducts: delist",
		refused: []string{"cannot be closed and promoted"}},
	{name: "close only", shape: catalogtest.Plain, tree: toys, policy: "close: [Books]", want: []string{"close 5 closed"}},
	{name: "a hidden child", shape: catalogtest.Plain, tree: "1 Toys\n  2 Secret !hidden",
		policy: "remove: [Toys]\nproducts: delist", refused: []string{`"Toys" has children that the mapping's where hides [2]`}},
	{name: "a protected category", shape: catalogtest.Plain, tree: "1 Toys !protected",
		policy: "remove: [Toys]\nproducts: delist", refused: []string{`"Toys" is protected`}},
	{name: "an ambiguous path", shape: catalogtest.Plain, tree: "1 Toys\n2 Toys",
		policy: "remove: [Toys]\nproducts: delist", refused: []string{"names 2 categories: ids 1, 2"}},
	{name: "a path that names none", shape: catalogtest.Plain, tree: toys,
		policy: "remove: [Toys > Hoverbord]\nproducts: delist", refused: []string{`did you mean "Toys > Hoverboards" (id 2)?`}},
	{name: "an id that names none", shape: catalogtest.Plain, tree: toys,
		policy: "remove: [{id: '77'}]\nproducts: delist", refused: []string{`id "77" is not in the catalog`}},
	{name: "an id where a path stands", shape: catalogtest.Plain, tree: toys,
		policy: "remove: ['id:2']\nproducts: delist", refused: []string{`an id is written {id: "2"}`}},
	{name: "emptied ancestors go", shape: catalogtest.Plain, tree: "1 A\n  2 B\n    3 C",
		policy: "remove: [A > B > C]\nproducts: delist\nemptied: remove",
		want:   []string{"remove 1 emptied", "remove 2 emptied", "remove 3 entry"}},
	{name: "an emptied ancestor stays by default", shape: catalogtest.Plain, tree: "1 A\n  2 B",
		policy: "remove: [A > B]\nproducts: delist", want: []string{"remove 2 entry"}},
	{name: "an occupied ancestor stays", shape: catalogtest.Plain, tree: "1 A\n  2 B\n    3 C", products: []string{"10 trash a in 2"},
		policy: "remove: [A > B > C]\nproducts: delist\nemptied: remove", want: []string{"remove 3 entry"}},
	{name: "an ancestor that is a target stays", shape: catalogtest.Plain, tree: "1 A\n  2 B",
		policy: "remove: [A > B]\nproducts: {reassign: A}\nemptied: remove", want: []string{"remove 2 entry then 1"}},
	{name: "a protected ancestor stays", shape: catalogtest.Plain, tree: "1 A !protected\n  2 B",
		policy: "remove: [A > B]\nproducts: delist\nemptied: remove", want: []string{"remove 2 entry"}},
	{name: "an ancestor that something is promoted to stays", shape: catalogtest.Plain, tree: "1 A\n  2 B\n    3 C",
		policy: "remove: [{category: A > B, subtree: promote}]\nproducts: delist\nemptied: remove",
		want:   []string{"remove 2 entry", "promote 3 promoted to 1."}},
	{name: "an ancestor that only an emptied one was promoted to goes", shape: catalogtest.Plain, tree: "1 A\n  2 B\n    3 C\n      4 D",
		policy: "remove:\n  - {category: A > B, subtree: promote}\n  - A > B > C > D\nproducts: delist\nemptied: remove",
		want:   []string{"remove 1 emptied", "remove 2 entry", "remove 3 emptied", "remove 4 entry"}},
}

var targetCases = []ruleCase{
	{name: "the target is removed", shape: catalogtest.Plain, tree: toys,
		policy:  "remove:\n  - {category: Books, products: {reassign: Toys > Balls}}\n  - {category: Toys > Balls, products: delist}",
		refused: []string{`the target "Toys > Balls" is removed by this plan`}},
	{name: "the target is prohibited", shape: catalogtest.Plain, tree: toys,
		policy:  "remove:\n  - {category: Books, products: {reassign: Toys > Balls}}\n  - {category: Toys > Balls, prohibited: true, products: delist}",
		refused: []string{`the target "Toys > Balls" is prohibited`}},
	{name: "the target is closed", shape: catalogtest.Plain, tree: "1 Toys\n2 Books !closed",
		policy: "remove: [Toys]\nproducts: {reassign: Books}", refused: []string{`"Books" is not open to products`}},
	{name: "the plan closes the target", shape: catalogtest.Plain, tree: "1 Toys\n2 Books",
		policy: "close: [Books]\nremove: [Toys]\nproducts: {reassign: Books}", refused: []string{`"Books" is not open to products`}},
	{name: "the target is not there", shape: catalogtest.Plain, tree: toys,
		policy: "remove: [Books]\nproducts: {reassign: Bals}", refused: []string{`category "Bals" is not in the catalog`}},
	{name: "a chain is followed", shape: catalogtest.Plain, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove:\n  - {category: Books, products: {reassign: Toys > Balls}}\n  - {category: Toys > Balls, products: {reassign: Archive}}",
		want:   []string{"remove 4 entry then 6", "remove 5 entry then 6", "10 reassign 6 by products: 5 → 6"}},
	{name: "a loop", shape: catalogtest.Plain, tree: toys,
		policy:  "remove:\n  - {category: Books, products: {reassign: Archive}}\n  - {category: Archive, products: {reassign: Books}}",
		refused: []string{"leads back to itself"}},
	{name: "prohibited without cleared", shape: catalogtest.Plain, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove: [{category: Books, prohibited: true, products: [{reassign: Archive, cleared: LEG-1}]}]",
		want:   []string{"remove 5 entry", "10 reassign 6 by rule 1: 5 → 6"}},
}

var fateCases = []ruleCase{
	{name: "the first rule that matches", shape: catalogtest.Plain, tree: toys,
		products: []string{"9 active blue in 5", "10 active red in 5"},
		policy:   "remove: [Books]\nproducts:\n  - {rule: reds, when: 'product.title.contains(\"red\")', reassign: Archive}\n  - {rule: rest, delist: code}",
		want:     []string{"remove 5 entry", "9 delist by rest: 5 → ∅", "10 reassign 6 by reds: 5 → 6"}},
	{name: "what no rule decides is named", shape: catalogtest.Plain, tree: toys,
		products: []string{"9 active blue in 5", "10 active red in 5"},
		policy:   "remove: [Books]\nproducts:\n  - {when: 'product.title.contains(\"red\")', delist: code}",
		refused:  []string{"no rule of Books decides it [9]", "end its products with a rule without"}},
	{name: "no more than ten are named", shape: catalogtest.Plain, tree: toys,
		products: []string{"1 active a in 5", "2 active a in 5", "3 active a in 5", "4 active a in 5", "5 active a in 5", "6 active a in 5",
			"7 active a in 5", "8 active a in 5", "9 active a in 5", "10 active a in 5", "11 active a in 5", "12 active a in 5"},
		policy: "remove: [Books]", refused: []string{"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … and 2 more]"}},
	{name: "prohibited goes before the primary", shape: catalogtest.Filed, tree: toys, products: []string{"10 active a in 5* 4"},
		policy: "remove:\n  - {category: Books, products: {reassign: Archive}}\n  - {category: Toys > Balls, prohibited: true, products: delist}",
		want: []string{"remove 4 entry", "remove 5 entry then 6",
			"10 delist by products: 5 +4 +5 → ∅, over 5 reassign 6"}},
	{name: "the primary goes before policy order", shape: catalogtest.Filed, tree: toys, products: []string{"10 active a in 4 5*"},
		policy: "remove:\n  - {category: Toys > Balls, products: delist}\n  - {category: Books, products: {reassign: Archive}}",
		want: []string{"remove 4 entry", "remove 5 entry then 6",
			"10 reassign 6 by products: 5 +4 +5 → 6 +6, over 4 delist"}},
	{name: "then policy order", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 4 5"},
		policy: "remove:\n  - {category: Books, products: {reassign: Archive}}\n  - {category: Toys > Balls, products: delist}",
		want: []string{"remove 4 entry", "remove 5 entry then 6",
			"10 reassign 6 by products: +4 +5 → +6, over 4 delist"}},
	{name: "entries that agree overrule nothing", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 4 5"},
		policy: "remove: [Books, Toys > Balls]\nproducts: delist",
		want:   []string{"remove 4 entry", "remove 5 entry", "10 delist by products: +4 +5 → ∅"}},
	{name: "elsewhere detaches", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 4 5"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 detach by elsewhere: +4 +5 → +4"}},
	{name: "elsewhere: treat", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 4 5"},
		policy: "remove: [Books]\nproducts: delist\nelsewhere: treat", want: []string{"remove 5 entry", "10 delist by products: +4 +5 → +4"}},
	{name: "elsewhere does not save the prohibited", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 4 5"},
		policy: "remove: [{category: Books, prohibited: true, products: delist}]",
		want:   []string{"remove 5 entry", "10 delist by products: +4 +5 → +4"}},
	{name: "an ignored membership is not elsewhere", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 4 5"}, ignored: "4",
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 delist by products: +4 +5 → +4"}},
	{name: "decisions go before rules and elsewhere", shape: catalogtest.FiledOnly, tree: toys,
		products: []string{"10 active a in 4 5", "11 active b in 5", "12 active c in 4 5"},
		policy:   "remove: [Books]\nproducts: delist\nelsewhere: treat\ndecisions: d.csv",
		files:    map[string]string{"d.csv": "product,fate,target,reason,by\n10,detach,,seen,eva\n11,reassign,Archive,seen,eva\n"},
		want: []string{"remove 5 entry", "10 detach by decisions: +4 +5 → +4",
			"11 reassign 6 by decisions: +5 → +6", "12 delist by products: +4 +5 → +4"}},
	{name: "a decision cannot detach what lives nowhere else", shape: catalogtest.FiledOnly, tree: toys, products: []string{"10 active a in 5"},
		policy:  "remove: [Books]\nproducts: delist\ndecisions: d.csv",
		files:   map[string]string{"d.csv": "product,fate,target,reason,by\n10,detach,,seen,eva\n"},
		refused: []string{"d.csv:2", "is in no other category to stay in [10]"}},
	{name: "hidden products get the category change only", shape: catalogtest.Plain, tree: toys, products: []string{"10 trash a in 5"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 delist by products: 5 → ∅, hidden"}},
}

var placeCases = []ruleCase{
	{name: "delisted_to", shape: catalogtest.Plain, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove: [Books]\nproducts: delist\ndelisted_to: Archive", want: []string{"remove 5 entry", "10 delist by products: 5 → 6"}},
	{name: "a category is required", shape: catalogtest.Required, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove: [Books]\nproducts: delist", refused: []string{"must have a category", "[10]", "say delisted_to"}},
	{name: "a category is required and given", shape: catalogtest.Required, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove: [Books]\nproducts: delist\ndelisted_to: Archive", want: []string{"remove 5 entry", "10 delist by products: 5 → 6"}},
	{name: "a soft remove keeps delisted products in place", shape: catalogtest.Soft, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 delist by products: 5 → 5"}},
	{name: "a soft remove with delisted_to", shape: catalogtest.Soft, tree: toys, products: []string{"10 active a in 5"},
		policy: "remove: [Books]\nproducts: delist\ndelisted_to: Archive", want: []string{"remove 5 entry", "10 delist by products: 5 → 6"}},
	{name: "the lowest position becomes the primary", shape: catalogtest.Filed, tree: toys, products: []string{"10 active a in 5:0* 6:2 4:1"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 detach by elsewhere: 5 +5 +4 +6 → 4 +4 +6"}},
	{name: "then the lowest id", shape: catalogtest.Filed, tree: toys, products: []string{"10 active a in 5:0* 6:1 4:1"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 detach by elsewhere: 5 +5 +4 +6 → 4 +4 +6"}},
	{name: "a primary that survives stays", shape: catalogtest.Filed, tree: toys, products: []string{"10 active a in 5:0 6:2* 4:1"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 detach by elsewhere: 6 +5 +4 +6 → 6 +4 +6"}},
	{name: "the flag moves on", shape: catalogtest.FiledFlags, tree: toys, products: []string{"10 active a in 5:0* 6:2 4:1"},
		policy: "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 detach by elsewhere: +5* +4 +6 → +4* +6"}},
	{name: "the flag goes with the row that is moved", shape: catalogtest.FiledFlags, tree: toys, products: []string{"10 active a in 5:1* 4:0"},
		policy: "remove: [Books]\nproducts: {reassign: Archive}\nelsewhere: treat",
		want:   []string{"remove 5 entry then 6", "10 reassign 6 by products: +4 +5* → +4 +6*"}},
	{name: "in the target already", shape: catalogtest.FiledFlags, tree: toys, products: []string{"10 active a in 5:1* 6:0"},
		policy: "remove: [Books]\nproducts: {reassign: Archive}\nelsewhere: treat",
		want:   []string{"remove 5 entry then 6", "10 reassign 6 by products: +6 +5* → +6*"}},
	{name: "an ignored membership is the last to become primary", shape: catalogtest.Filed, tree: toys, ignored: "4",
		products: []string{"10 active a in 5:0* 4:1 6:2"},
		policy:   "remove: [Books]\nproducts: delist", want: []string{"remove 5 entry", "10 detach by elsewhere: 5 +5 +4 +6 → 6 +4 +6"}},
}

var sweepCases = []ruleCase{
	{name: "within and except", shape: catalogtest.Plain, tree: toys,
		products: []string{"9 active red in 4", "10 active red in 2", "11 active red in 5", "12 active blue in 4"},
		policy:   "sweep:\n  - {rule: reds, within: [Toys], except: [Toys > Hoverboards], when: 'product.title.contains(\"red\")', delist: code}",
		want:     []string{"9 delist by reds: 4 → 4"}},
	{name: "report", shape: catalogtest.Plain, tree: toys, products: []string{"9 active red in 4"},
		policy: "sweep:\n  - {rule: reds, when: 'product.title.contains(\"red\")', report: true}",
		want:   []string{"9 report by reds: 4 → 4"}},
	{name: "what is off already is left alone", shape: catalogtest.Plain, tree: toys, products: []string{"9 delisted red in 4", "10 trash red in 4"},
		policy: "sweep:\n  - {rule: reds, when: 'product.title.contains(\"red\")', delist: code}"},
	{name: "what lives on elsewhere is swept there", shape: catalogtest.FiledOnly, tree: toys, products: []string{"9 active red in 4 5"},
		policy: "remove: [Books]\nproducts: delist\nsweep:\n  - {rule: reds, when: 'product.title.contains(\"red\")', delist: code}",
		want:   []string{"remove 5 entry", "9 delist by reds: +4 +5 → +4"}},
	{name: "a rule against a sweep", shape: catalogtest.Plain, tree: toys, products: []string{"9 active red in 5"},
		policy:  "remove: [Books]\nproducts: {reassign: Archive}\nsweep:\n  - {rule: reds, when: 'product.title.contains(\"red\")', delist: code}",
		refused: []string{"rule products reassigns it, and sweep reds would delist it there [9]", "decisions"}},
	{name: "a decision against a sweep", shape: catalogtest.Plain, tree: toys, products: []string{"9 active red in 5", "10 active red in 6"},
		policy: "remove: [Books]\nproducts: delist\ndecisions: d.csv\nsweep:\n  - {rule: reds, when: 'product.title.contains(\"red\")', delist: code}",
		files:  map[string]string{"d.csv": "product,fate,target,reason,by\n9,reassign,Archive,seen,eva\n"},
		want:   []string{"remove 5 entry", "9 reassign 6 by decisions: 5 → 6", "10 delist by reds: 6 → 6"}},
	{name: "an exception that goes while its child stays", shape: catalogtest.Plain, tree: toys,
		policy: "remove: [{category: Toys > Hoverboards, subtree: promote}]\nproducts: delist\n" +
			"sweep:\n  - {rule: reds, except: [Toys > Hoverboards], when: 'product.title.contains(\"red\")', delist: code}",
		refused: []string{"sweep reds excepts", "Spares"}},
}

var referenceCases = []ruleCase{
	{name: "each as the mapping says", shape: catalogtest.Plain, tree: toys,
		rows: []catalogtest.Row{{Table: catalogtest.MenuItems, Key: "8", Category: "5"}, {Table: catalogtest.Banners, Key: "9", Category: "5"},
			{Table: catalogtest.Translations, Key: "zh", Category: "5"}, {Table: catalogtest.Redirects, Key: "7", Category: "5"},
			{Table: catalogtest.MenuItems, Key: "10", Category: "4"}},
		policy: "remove: [Books]\nproducts: {reassign: Archive}",
		want:   []string{"remove 5 entry then 6", "banners 9 repoint 6", "category_translations 5,zh delete", "menu_items 8 null", "url_redirects 7 set"}},
	{name: "repoint follows the redirect", shape: catalogtest.Plain, tree: toys, rows: []catalogtest.Row{{Table: catalogtest.Banners, Key: "9", Category: "5"}},
		policy: "remove: [{category: Books, redirect: Toys, products: delist}]", want: []string{"remove 5 entry then 1", "banners 9 repoint 1"}},
	{name: "repoint where gone", shape: catalogtest.Plain, tree: toys, rows: []catalogtest.Row{{Table: catalogtest.Banners, Key: "9", Category: "5"}},
		policy:  "remove: [{category: Books, redirect: gone, products: {reassign: Archive}}]",
		refused: []string{"banners.category_id is to be repointed", "[9]"}},
	{name: "restrict", shape: catalogtest.Plain, tree: toys, rows: []catalogtest.Row{{Table: catalogtest.Vouchers, Key: "9", Category: "5"}},
		policy: "remove: [Books]\nproducts: delist", refused: []string{"vouchers.category_id points at removed categories and the mapping restricts it [9]", "references:"}},
	{name: "restrict, answered", shape: catalogtest.Plain, tree: toys, rows: []catalogtest.Row{{Table: catalogtest.Vouchers, Key: "9", Category: "5"}},
		policy: "remove: [Books]\nproducts: delist\nreferences: [{table: vouchers, then: delete}]", want: []string{"remove 5 entry", "vouchers 9 delete"}},
	{name: "null where the column takes none", shape: catalogtest.Plain, tree: toys, rows: []catalogtest.Row{{Table: catalogtest.Vouchers, Key: "9", Category: "5"}},
		policy: "remove: [Books]\nproducts: delist\nreferences: [{table: vouchers, then: null}]", refused: []string{"vouchers.category_id cannot be NULL"}},
}
