package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalog"
)

// lacking lists what each product lacks.
func lacking(t *testing.T, plan migrate.Plan) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for c, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		if c.Product != nil && c.Product.Missing != nil {
			out[c.Product.ID] = c.Product.Missing
		}
	}
	return out
}

// TestAttributes tells what each reassigned product lacks, by attribute and by
// target. A row that the mapping hides lacks nothing.
func TestAttributes(t *testing.T) {
	plan := caseShop(t, "attributes").mustPlan()
	want := map[string][]string{"PSU-2": {"brand"}, "PSU-3": {"brand", "wattage"}, "USB": {"13"}}
	if diff := cmp.Diff(want, lacking(t, plan)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := plan.Trailer().Totals.Lacking; got != 3 {
		t.Errorf("%d products lack attributes, want 3", got)
	}
	sum, err := migrate.Summarize(plan.Changes())
	if err != nil {
		t.Fatal(err)
	}
	targets := []migrate.TargetSummary{
		{To: "3", Reassigned: 4, Lacking: 2, Missing: map[string]int{"brand": 2, "wattage": 1}},
		{To: "4", Reassigned: 1, Lacking: 1, Missing: map[string]int{"13": 1}},
	}
	if diff := cmp.Diff(targets, sum.Lacking()); diff != "" {
		t.Errorf("by target (-want +got):\n%s", diff)
	}
}

// TestAttributesLimit holds a plan to limits.missing_attributes, and a run
// that tolerates arrivals too. An attribute that is gained or lost after the
// plan is no drift.
func TestAttributesLimit(t *testing.T) {
	s := caseShop(t, "attributes")
	s.parse(s.source, strings.Replace(s.text, "missing_attributes: 3", "missing_attributes: 2", 1), nil)
	var refused *migrate.RefusedError
	if _, err := s.plan(); !errors.As(err, &refused) || !strings.Contains(err.Error(), "3 reassigned products would lack attributes") {
		t.Fatalf("plan: %v, want it refused", err)
	}
	s = caseShop(t, "attributes")
	s.parse(s.source, s.text+"drift: {arrived: rules}\n", nil)
	plan := s.mustPlan()
	s.exec("INSERT INTO product VALUES ('LATE', 2, 'PSU 1 W', 'on')")
	if _, err := s.apply(plan); !errors.As(err, &refused) || !strings.Contains(err.Error(), "4 reassigned products would lack attributes") {
		t.Fatalf("apply with an arrival that lacks attributes: %v, want it refused", err)
	}
	s.exec("INSERT INTO product_attribute VALUES ('LATE', '10', 'en', 'x')", "INSERT INTO product_attribute VALUES ('LATE', '11', 'en', '1')",
		"DELETE FROM product_attribute WHERE sku = 'PSU-1'")
	done, err := s.apply(plan)
	if err != nil {
		t.Fatal(detail(err))
	}
	if done.Totals.Reassigned != 6 || done.Totals.Lacking != 3 {
		t.Errorf("totals %+v", done.Totals)
	}
}

// openMapping opens a shop through another mapping, and gives what is wrong
// with it.
func openMapping(s *shop, text string) error {
	m, err := catalog.ParseMapping("mapping.yaml", []byte(text))
	if err != nil {
		return err
	}
	c, err := catalog.Open(s.t.Context(), s.target(), m, catalog.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	return c.Close()
}

// TestAttributesFit refuses a mapping of attributes that does not fit.
func TestAttributesFit(t *testing.T) {
	s := caseShop(t, "attributes")
	base := s.source
	for _, c := range []struct{ from, to, want string }{
		{"attribute: attribute_id", "attribute: atribute_id", `table "category_attribute" has no column "atribute_id"`},
		{"table: product_attribute", "table: product_attributes", `there is no table "product_attributes"`},
		{"text <> ''", "txt <> ''", `the expression "txt <> ''" cannot be read`},
		{"refers_to: code\n    attribute", "refers_to: cod\n    attribute", `attributes.required refers to the key "cod"`},
		{"  has: {", "  had: {", `unknown key "had"`},
	} {
		t.Run(c.to, func(t *testing.T) {
			changed := strings.Replace(base, c.from, c.to, 1)
			if changed == base {
				t.Fatal("nothing was replaced")
			}
			if err := openMapping(s, changed); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
