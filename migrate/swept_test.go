package migrate_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest"
)

// sweeping removes hoverboards, and sweeps drills and coins in what stays.
const sweeping = `remove: [{category: Toys > Hoverboards, subtree: remove}]
products: delist
sweep:
  - {rule: drills, when: 'product.title.contains("drill")', delist: goods}
  - {rule: coins, when: 'product.title.contains("coin")', report: true}
decisions: d.csv`

// answering is the same with answers.
func answering(answers string) map[string]string {
	return map[string]string{"d.csv": "product,fate,target,reason,by\n" + answers}
}

var outsideGoods = []string{"10 active board in 2", "20 active rock drill in 5", "21 active coin in 4", "22 delisted old drill in 5", "23 active novel in 5"}

// TestAnswersOutside answers for what only a sweep finds.
func TestAnswersOutside(t *testing.T) {
	const none = "10 delist by products: 2 → ∅"
	drill, coin := "20 delist by drills: 5 → 5", "21 report by coins: 4 → 4"
	cases := []ruleCase{
		{name: "none", want: []string{none, drill, coin}},
		{name: "delist, reported", files: answering("21,delist,,a token,eva\n"), want: []string{none, drill, "21 delist by decisions: 4 → 4"}},
		{name: "delist, delisted", files: answering("20,delist,,seen,eva\n"), want: []string{none, "20 delist by decisions: 5 → 5", coin}},
		{name: "keep", files: answering("20,keep,,drills rock,eva\n21,keep,,,\n"), want: []string{none, "20 keep by decisions: 5 → 5", "21 keep by decisions: 4 → 4"}},
		{name: "detach", files: answering("20,detach,,drills rock,eva\n"), want: []string{none, "20 keep by decisions: 5 → 5", coin}},
		{name: "reassign to where it is", files: answering("20,reassign,Books,a book,eva\n"), want: []string{none, "20 keep by decisions: 5 → 5", coin}},
		{name: "reassign elsewhere", files: answering("20,reassign,Archive,a book,eva\n"),
			refused: []string{"d.csv:2:1: is in no removed category, and what is found elsewhere keeps its category: it cannot be reassigned [20] answer delist or keep"}},
		{name: "keep in what goes", files: answering("10,keep,,x,eva\n"),
			refused: []string{"d.csv:2:1: is in a category that goes, and cannot be kept there [10] answer reassign or delist"}},
		{name: "keep what is off sale", files: answering("22,keep,,x,eva\n"), want: []string{none, drill, coin}},
		{name: "keep what nothing finds", files: answering("23,keep,,x,eva\n"), want: []string{none, drill, coin}},
	}
	for _, c := range cases {
		c.shape, c.tree, c.products, c.policy = catalogtest.Plain, toys, outsideGoods, sweeping
		if c.files == nil {
			c.files = answering("")
		}
		if c.want != nil {
			c.want = append([]string{"remove 2 entry", "remove 3 subtree"}, c.want...)
		}
		t.Run(c.name, func(t *testing.T) { c.run(t) })
	}
	t.Run("keep without a reason what is prohibited", func(t *testing.T) {
		ruleCase{shape: catalogtest.Plain, tree: toys, products: outsideGoods, policy: sweeping + "\nprohibited: true", files: answering("20,keep,,,eva\n"),
			refused: []string{"d.csv:2:1: is found among what is prohibited: keeping it needs a reason [20]"}}.run(t)
	})
	t.Run("delist where nothing says how", func(t *testing.T) {
		m := catalogtest.NewMemory(shop(t, catalogtest.Plain, toys, outsideGoods...))
		_, err := catalogtest.MakePlan(ctx, undelisting{m}, request(t, "sweep: [{rule: coins, when: 'product.title.contains(\"coin\")', report: true}]\ndecisions: d.csv",
			answering("21,delist,,x,eva\n")))
		if diff := cmp.Diff("the mapping does not say how to delist a product [] say in the mapping: delist: [{set: …}]\n", told(err)); diff != "" {
			t.Error(diff)
		}
	})
}

// undelisting is a catalog whose mapping does not say how to delist.
type undelisting struct{ migrate.Catalog }

func (u undelisting) Shape(c context.Context) (migrate.Shape, error) {
	s, err := u.Catalog.Shape(c)
	s.Delists = false
	return s, err
}

// TestAnswersOutsideOnce applies answers for what a sweep finds: planning
// again is empty, and the audit lets be what they keep.
func TestAnswersOutsideOnce(t *testing.T) {
	for name, shape := range map[string]catalogtest.Shape{"plain": catalogtest.Plain, "filed": catalogtest.Filed, "soft": catalogtest.Soft} {
		t.Run(name, func(t *testing.T) {
			goods := append([]string{"11 active a drill in 2"}, outsideGoods...)
			m := catalogtest.NewMemory(shop(t, shape, toys, goods...))
			req := request(t, sweeping+"\nprohibited: true", answering("11,reassign,Books,LEG-1,eva\n20,keep,,drills rock,eva\n21,delist,,a token,eva\n23,keep,,x,eva\n24,keep,,x,eva\n"))
			var idle []string
			req.Idle = func(u migrate.Unused) {
				text := u.Product + " is left alone"
				if u.Unknown {
					text = u.Product + " is nowhere"
				}
				idle = append(idle, text)
			}
			plan, err := catalogtest.MakePlan(ctx, m, req)
			if err != nil {
				t.Fatal(told(err))
			}
			if diff := cmp.Diff([]string{"23 is left alone", "24 is nowhere"}, idle); diff != "" {
				t.Errorf("idle (-want +got):\n%s", diff)
			}
			if _, err := migrate.Apply(ctx, m, plan, migrate.ApplyOptions{Policy: req.Policy, Now: day}); err != nil {
				t.Fatal(told(err))
			}
			idle = nil
			again, err := catalogtest.MakePlan(ctx, m, req)
			if err != nil {
				t.Fatal(told(err))
			}
			if got := again.Trailer().Totals; !got.Empty() || got.Kept != 2 {
				t.Errorf("planned again: %+v", got)
			}
			if diff := cmp.Diff([]string{"24 is nowhere"}, idle); diff != "" {
				t.Errorf("idle again (-want +got):\n%s", diff)
			}
			a, found := audited(t, m, req.Policy, day.Add(30*24*time.Hour))
			if len(found) > 0 || a.Totals.Cleared != 2 {
				t.Errorf("found %q, cleared %d", found, a.Totals.Cleared)
			}
		})
	}
}
