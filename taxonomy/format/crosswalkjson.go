package format

import (
	"strings"

	"recat/taxonomy"
)

// readEBayExpired reads pairs; the pairs of one id are a split.
func readEBayExpired(src *source, _ *Crosswalk, _ CrosswalkOptions) ([]taxonomy.Rule, error) {
	doc := newDocument(src)
	set := newRuleSet()
	pair := func() error {
		at := doc.offset()
		var c struct{ FromCategoryID, ToCategoryID scalar }
		if err := doc.decode(&c); err != nil {
			return err
		}
		if c.ToCategoryID == "" {
			return doc.errorAt(at, "%q has no toCategoryId", c.FromCategoryID)
		}
		rule, _ := set.rule(taxonomy.ID(c.FromCategoryID), doc.lineOf(at))
		rule.To = append(rule.To, taxonomy.ID(c.ToCategoryID))
		return nil
	}
	err := doc.object(func(key string) error {
		if key == "expiredCategories" {
			return doc.array(pair)
		}
		return doc.skip()
	})
	if err != nil {
		return nil, err
	}
	return set.rules, doc.end()
}

// readRulesJSON reads a rule an entry.
func readRulesJSON(src *source, _ *Crosswalk, _ CrosswalkOptions) ([]taxonomy.Rule, error) {
	doc := newDocument(src)
	var rules []taxonomy.Rule
	rule := func() error {
		at := doc.offset()
		var r struct {
			From           scalar
			To             []scalar
			Action, Reason string
		}
		if err := doc.decode(&r); err != nil {
			return err
		}
		one := taxonomy.Rule{From: taxonomy.ID(r.From), Action: r.Action, Reason: r.Reason, Line: doc.lineOf(at)}
		for _, to := range r.To {
			one.To = append(one.To, taxonomy.ID(to))
		}
		rules = append(rules, one)
		return nil
	}
	err := doc.object(func(key string) error {
		if key == "rules" {
			return doc.array(rule)
		}
		return doc.skip()
	})
	if err != nil {
		return nil, err
	}
	return rules, doc.end()
}

// shopifyMapping is one of a file's mappings, at an offset of the file.
type shopifyMapping struct {
	at       int
	from, to string
	rules    []taxonomy.Rule
}

// readShopifyJSON reads the one mapping between versions of Shopify's taxonomy,
// or between those that the options ask for. Its place in the file says
// nothing: releases put mappings to other taxonomies before it.
func readShopifyJSON(src *source, c *Crosswalk, opts CrosswalkOptions) ([]taxonomy.Rule, error) {
	doc := newDocument(src)
	var found []shopifyMapping
	var others []string
	mapping := func() error {
		m, err := readShopifyMapping(doc)
		if err != nil {
			return err
		}
		if m.wanted(opts) {
			found = append(found, m)
		} else {
			others = append(others, m.from+" → "+m.to)
		}
		return nil
	}
	err := doc.object(func(key string) error {
		if key == "mappings" {
			return doc.array(mapping)
		}
		return doc.skip()
	})
	if err != nil {
		return nil, err
	}
	if err := doc.end(); err != nil {
		return nil, err
	}
	switch len(found) {
	case 1:
		c.From, c.To = found[0].from, found[0].to
		return found[0].rules, nil
	case 0:
		return nil, src.errorAt(0, "no mapping that is asked for; there are: %q", others)
	}
	return nil, src.errorAt(found[1].at, "several mappings that could be meant: %s → %s, and %s → %s",
		found[0].from, found[0].to, found[1].from, found[1].to)
}

const shopifyTaxonomy = "shopify/"

// wanted reports whether the options mean the mapping. A taxonomy that they
// leave open must be one of Shopify's.
func (m shopifyMapping) wanted(opts CrosswalkOptions) bool {
	fits := func(taxonomy, wanted string) bool {
		if wanted == "" {
			return strings.HasPrefix(taxonomy, shopifyTaxonomy)
		}
		return taxonomy == wanted
	}
	return fits(m.from, opts.From) && fits(m.to, opts.To)
}

func readShopifyMapping(doc *document) (shopifyMapping, error) {
	m := shopifyMapping{at: doc.offset()}
	err := doc.object(func(key string) error {
		switch key {
		case "input_taxonomy":
			return doc.decode(&m.from)
		case "output_taxonomy":
			return doc.decode(&m.to)
		case "rules":
			return doc.array(func() error { return m.rule(doc) })
		}
		return doc.skip()
	})
	return m, err
}

// rule reads one rule. Ids are bare in the input and global in the output; both
// become bare.
func (m *shopifyMapping) rule(doc *document) error {
	at := doc.offset()
	var r struct {
		Input  struct{ Category *struct{ ID scalar } }
		Output *struct{ Category []struct{ ID scalar } }
	}
	if err := doc.decode(&r); err != nil {
		return err
	}
	if r.Input.Category == nil {
		return doc.errorAt(at, "a rule without an input category")
	}
	if r.Output == nil {
		return doc.errorAt(at, "a rule without an output")
	}
	rule := taxonomy.Rule{From: bare(string(r.Input.Category.ID)), Line: doc.lineOf(at)}
	for _, to := range r.Output.Category {
		rule.To = append(rule.To, bare(string(to.ID)))
	}
	m.rules = append(m.rules, rule)
	return nil
}
