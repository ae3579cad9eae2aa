package catalogtest

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"pgregory.net/rapid"

	"recat/migrate"
	"recat/taxonomy"
)

// Demand is a row of category_attributes: a category, and those below it,
// require an attribute of their products, or only suggest it.
type Demand struct {
	Category  taxonomy.ID
	Attribute string
	Suggested bool
}

// attributes are what worlds require: keys, of which one that differs in case
// alone, with the names they are known by.
var attributes = map[string]string{"w": "wattage", "W": "Wattage", "b": "brand", "m": "x'; -- 矿"}

// drawDemands draws what categories require, and what products have of it.
func (w *World) drawDemands(t *rapid.T) {
	keys := []string{"W", "b", "m", "w"}
	for _, id := range w.visible() {
		if !chance(t, 40, "requires") {
			continue
		}
		for _, key := range rapid.Permutation(keys).Draw(t, "required")[:rapid.IntRange(1, 2).Draw(t, "so many")] {
			w.Demands = append(w.Demands, Demand{id, key, chance(t, 20, "suggested")})
		}
	}
	for i := range w.Products {
		has := rapid.Permutation(keys).Draw(t, "has")
		w.Products[i].Has = has[:rapid.IntRange(0, len(has)).Draw(t, "attributes")]
	}
}

// attributesMapping tells of the two tables.
const attributesMapping = `attributes:
  required: {table: category_attributes, category: category_id, attribute: attribute, name: label, where: required = 1, inherit: true}
  has: {table: product_attributes, product: product_id, attribute: attribute, where: "value <> ''"}`

// attributeTables are without foreign keys, as many shops' are.
func (s Shape) attributeTables(key string) []string {
	return []string{
		"CREATE TABLE category_attributes (category_id " + key + " NOT NULL, attribute VARCHAR(8) NOT NULL, label VARCHAR(40) NOT NULL, required INTEGER NOT NULL)",
		"CREATE TABLE product_attributes (product_id " + key + " NOT NULL, attribute VARCHAR(8) NOT NULL, value VARCHAR(40))",
		"CREATE INDEX product_attributes_product ON product_attributes (product_id)",
	}
}

// attributeRows fills them. What a product does not have, it has an empty
// value of; what it has, it has twice.
func (w *World) attributeRows() []string {
	var out []string
	for _, d := range w.Demands {
		out = append(out, insert("category_attributes", w.Shape.key(string(d.Category)), quote(d.Attribute), quote(attributes[d.Attribute]), flag(!d.Suggested)))
	}
	for _, p := range w.Products {
		for i, key := range []string{"W", "b", "m", "w"} {
			value := []string{"NULL", "''"}[i%2]
			if slices.Contains(p.Has, key) {
				value = "'v'"
				out = append(out, insert("product_attributes", w.Shape.key(p.ID), quote(key), "'u'"))
			}
			out = append(out, insert("product_attributes", w.Shape.key(p.ID), quote(key), value))
		}
	}
	return out
}

// Requirements gives what the selection's targets require.
func (s *snapshot) Requirements(ctx context.Context) (migrate.Requirements, error) {
	return s.requirements(), ctx.Err()
}

// has lists what a product has of that.
func (s *snapshot) has(product string) []string {
	var out []string
	for _, key := range s.requirements().Keys() {
		if slices.Contains(s.m.has[product], key) {
			out = append(out, key)
		}
	}
	return out
}

func (s *snapshot) requirements() migrate.Requirements {
	out := migrate.Requirements{}
	for _, target := range s.sel.Targets {
		for at := string(target); at != ""; at = s.m.tables["categories"][at]["parent_id"] {
			for _, d := range s.m.demands {
				if string(d.Category) == at && !d.Suggested {
					out[target] = append(out[target], migrate.Attribute{Key: d.Attribute, Name: attributes[d.Attribute]})
				}
			}
		}
	}
	return out
}

// lacksAreRight holds what a plan says that products lack against the world.
func lacksAreRight(s *scene) {
	a := s.actor()
	defer a.close()
	d := a.plan()
	if d == nil {
		return
	}
	for c, err := range d.Changes() {
		a.must(err, "read the plan")
		if c.Product == nil {
			continue
		}
		var want []string
		if c.Product.Fate == migrate.Reassign && !c.Product.Hidden {
			want = s.w.lacks(c.Product.ID, c.Product.To)
		}
		a.equal(fmt.Sprint(want), fmt.Sprint(c.Product.Missing), "what product "+c.Product.ID+" lacks")
	}
	if d.Trailer().Totals.Empty() {
		return
	}
	a.apply(d)
	run, err := migrate.LastRun(a.ctx, a.Catalog)
	a.must(err, "find the run")
	a.equal(missing(a, d.Changes()), missing(a, a.Catalog.Changes(a.ctx, run)), "what products lack, by the run")
}

// lacks lists, sorted, what a product lacks in a category, row by row.
func (w *World) lacks(product string, in taxonomy.ID) []string {
	var has []string
	for _, p := range w.Products {
		if p.ID == product {
			has = p.Has
		}
	}
	var out []string
	for at := in; at != ""; at = w.parent(at) {
		for _, d := range w.Demands {
			if d.Category == at && !d.Suggested && !slices.Contains(has, d.Attribute) {
				out = append(out, attributes[d.Attribute])
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (w *World) parent(id taxonomy.ID) taxonomy.ID {
	for _, c := range w.Categories {
		if c.ID == id {
			return c.Parent
		}
	}
	return ""
}

// missing lists what each product of a plan or a run lacks.
func missing(a *actor, changes iter.Seq2[migrate.Change, error]) map[string][]string {
	out := map[string][]string{}
	for c, err := range changes {
		a.must(err, "read the changes")
		if c.Product != nil && c.Product.Missing != nil {
			out[c.Product.ID] = c.Product.Missing
		}
	}
	return out
}
