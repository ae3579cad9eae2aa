package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"recat/migrate"
	"recat/migrate/catalogtest"
	"recat/taxonomy"
)

var (
	ctx = context.Background()
	day = time.Date(2021, 10, 9, 0, 0, 0, 0, time.UTC)
)

// shop reads a world: a line "id name flags" for a category, two spaces of
// indentation a level; then the products, "id status title in places". A place
// is a category, ":position" and "*" for the primary one behind it.
func shop(t *testing.T, shape catalogtest.Shape, tree string, products ...string) *catalogtest.World {
	t.Helper()
	w := &catalogtest.World{Shape: shape}
	var above []taxonomy.ID
	for line := range strings.Lines(tree) {
		entry := strings.TrimLeft(line, " ")
		depth := (len(line) - len(entry)) / 2
		id, rest, ok := strings.Cut(strings.TrimSpace(entry), " ")
		if !ok {
			continue
		}
		name, flags, _ := strings.Cut(rest, " !")
		c := catalogtest.Category{ID: taxonomy.ID(id), Name: name, Closed: strings.Contains(flags, "closed"),
			Protected: strings.Contains(flags, "protected"), Hidden: strings.Contains(flags, "hidden")}
		if depth > 0 {
			c.Parent = above[depth-1]
		}
		above = append(above[:depth], c.ID)
		w.Categories = append(w.Categories, c)
	}
	for _, line := range products {
		w.Products = append(w.Products, product(shape, line))
	}
	return w
}

func product(shape catalogtest.Shape, line string) catalogtest.Product {
	what, in, _ := strings.Cut(line, " in ")
	words := strings.SplitN(what, " ", 3)
	p := catalogtest.Product{ID: words[0], Status: words[1], Title: &words[2]}
	for place := range strings.FieldsSeq(in) {
		id, main := strings.CutSuffix(place, "*")
		id, position, placed := strings.Cut(id, ":")
		f := catalogtest.Filing{Category: taxonomy.ID(id), Main: main && shape.Flags}
		if placed {
			var n int64
			fmt.Sscan(position, &n)
			f.Position = &n
		}
		if !shape.Memberships || main && shape.Column {
			p.Category = f.Category
		}
		if shape.Memberships {
			p.Filed = append(p.Filed, f)
		}
	}
	return p
}

// request reads a policy; "reason" and "dates" are given where it has none.
func request(t *testing.T, policy string, files map[string]string) migrate.PlanRequest {
	t.Helper()
	text := "policy: p\n" + policy
	if strings.Contains(policy, "prohibited: true") {
		text += "\nreason: law\ndates: {effective: 2021-10-08}"
	}
	p, err := catalogtest.ParsePolicy(text, files)
	if err != nil {
		t.Fatalf("read the policy: %v\n%s", err, text)
	}
	return migrate.PlanRequest{Policy: p, PolicyFile: "policy.yaml", PolicyText: text, Files: files, Now: day}
}

// told is all that an error tells.
func told(err error) string {
	var refused *migrate.RefusedError
	if !errors.As(err, &refused) {
		return err.Error()
	}
	var b strings.Builder
	for _, r := range refused.Refusals {
		fmt.Fprintf(&b, "%s [%s] %s\n", r.What, strings.Join(r.Rows, ", "), r.Answer)
	}
	return b.String()
}

// lines writes a plan's changes shortly, guards left out.
func lines(t *testing.T, plan migrate.Plan) []string {
	t.Helper()
	var out []string
	for c, err := range plan.Changes() {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.Category != nil && c.Category.Do != migrate.GuardCategory:
			out = append(out, categoryLine(c.Category))
		case c.Product != nil:
			out = append(out, productLine(c.Product))
		case c.Reference != nil:
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", c.Reference.Table, strings.Join(c.Reference.Row, ","), c.Reference.Do, c.Reference.To)))
		}
	}
	return out
}

func categoryLine(c *migrate.CategoryChange) string {
	line := fmt.Sprintf("%s %s %s", c.Do, c.ID, c.Why)
	if c.Do == migrate.PromoteCategory {
		line += " to " + string(c.To) + "."
	}
	if c.Successor != "" {
		line += " then " + string(c.Successor)
	}
	return line
}

func productLine(p *migrate.ProductChange) string {
	line := fmt.Sprintf("%s %s by %s: %s → %s", p.ID, strings.TrimSpace(string(p.Fate)+" "+string(p.To)), p.Rule, at(p.Before), at(p.After))
	for _, o := range p.Overruled {
		line += fmt.Sprintf(", over %s %s", o.Category, strings.TrimSpace(string(o.Fate)+" "+string(o.To)))
	}
	if p.Hidden {
		line += ", hidden"
	}
	return line
}

// at writes a placement: the column, then the memberships.
func at(p migrate.Placement) string {
	var out []string
	if p.Category+p.Primary != "" {
		out = append(out, string(p.Category+p.Primary))
	}
	for _, m := range p.Memberships {
		text := "+" + string(m.Category)
		if m.Primary {
			text += "*"
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "∅"
	}
	return strings.Join(out, " ")
}
