package format

import (
	"encoding/json"
	"fmt"
	"io"

	"recat/taxonomy"
)

// WriteCrosswalkCSV writes the columns from, to, action, reason, a target a
// row. ReadCrosswalk takes it back as it was.
func WriteCrosswalkCSV(w io.Writer, c *taxonomy.Crosswalk) error {
	out := newCSVWriter(w)
	out.row("from", "to", "action", "reason")
	for r := range c.Rules() {
		if err := whole(r); err != nil {
			return err
		}
		if r.Unmapped() {
			out.row(string(r.From), "", r.Action, r.Reason)
		}
		for _, to := range r.To {
			out.row(string(r.From), string(to), r.Action, r.Reason)
		}
	}
	return out.flush()
}

// whole refuses a rule some of whose targets are lost: no file can say so, and
// without it those that are left would look like all there ever were.
func whole(r taxonomy.Rule) error {
	if len(r.Lost) > 0 && !r.Unmapped() {
		return fmt.Errorf("rule for %q: leads to %q, which has no target, beside others", r.From, r.Lost)
	}
	return validRule(r)
}

func validRule(r taxonomy.Rule) error {
	if err := validText(string(r.From), r.Action, r.Reason); err != nil {
		return fmt.Errorf("rule for %q: %w", r.From, err)
	}
	for _, to := range r.To {
		if err := validText(string(to)); err != nil {
			return fmt.Errorf("rule for %q: to %q: %w", r.From, to, err)
		}
	}
	return nil
}

// ShopifyRelease is what a Shopify mapping file says of itself.
type ShopifyRelease struct {
	Version  string // such as "2025-08"
	From, To string // such as "shopify/2024-10"

	// FromName and ToName give the full names of ids; nil leaves names out.
	FromName, ToName func(taxonomy.ID) string
}

type shopifyCategory struct {
	ID       string `json:"id"`
	FullName string `json:"full_name,omitempty"`
}

type shopifyRule struct {
	Input struct {
		Category shopifyCategory `json:"category"`
	} `json:"input"`
	Output struct {
		Category []shopifyCategory `json:"category"`
	} `json:"output"`
}

// WriteCrosswalkShopify writes the layout of Shopify's released mapping files.
// An id without a target gets an empty output. Ids must be bare. Actions and
// reasons have no place in it.
func WriteCrosswalkShopify(w io.Writer, c *taxonomy.Crosswalk, release ShopifyRelease) error {
	rules := make([]shopifyRule, 0, c.Len())
	for r := range c.Rules() {
		if err := whole(r); err != nil {
			return err
		}
		if err := bareRule(r); err != nil {
			return err
		}
		rules = append(rules, release.rule(r))
	}
	type mapping struct {
		From  string        `json:"input_taxonomy"`
		To    string        `json:"output_taxonomy"`
		Rules []shopifyRule `json:"rules"`
	}
	return writeIndented(w, struct {
		Version  string    `json:"version"`
		Mappings []mapping `json:"mappings"`
	}{release.Version, []mapping{{release.From, release.To, rules}}})
}

// bareRule refuses ids that are global already: they would be read back bare.
func bareRule(r taxonomy.Rule) error {
	for _, id := range append([]taxonomy.ID{r.From}, r.To...) {
		if bare(string(id)) != id {
			return fmt.Errorf("rule for %q: the id %q is not bare", r.From, id)
		}
	}
	return nil
}

func (release ShopifyRelease) rule(r taxonomy.Rule) shopifyRule {
	var out shopifyRule
	out.Input.Category = shopifyCategory{string(r.From), fullName(release.FromName, r.From)}
	out.Output.Category = make([]shopifyCategory, len(r.To))
	for i, to := range r.To {
		out.Output.Category[i] = shopifyCategory{shopifyGID + string(to), fullName(release.ToName, to)}
	}
	return out
}

func fullName(name func(taxonomy.ID) string, id taxonomy.ID) string {
	if name == nil {
		return ""
	}
	return name(id)
}

// WriteCrosswalkEBay writes the layout of getExpiredCategories, a target an
// entry. It has no place for an id without a target, which is refused.
func WriteCrosswalkEBay(w io.Writer, c *taxonomy.Crosswalk) error {
	type pair struct {
		From taxonomy.ID `json:"fromCategoryId"`
		To   taxonomy.ID `json:"toCategoryId"`
	}
	pairs := make([]pair, 0, c.Len())
	for r := range c.Rules() {
		if err := whole(r); err != nil {
			return err
		}
		if r.Unmapped() {
			return fmt.Errorf("rule for %q: this layout cannot say that an id has no target", r.From)
		}
		for _, to := range r.To {
			pairs = append(pairs, pair{r.From, to})
		}
	}
	return writeIndented(w, struct {
		Pairs []pair `json:"expiredCategories"`
	}{pairs})
}

func writeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
