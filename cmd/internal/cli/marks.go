package cli

import (
	"iter"

	"recat/migrate"
	"recat/migrate/catalog"
	"recat/migrate/policyfile"
)

// fieldKinds are the kinds of the mapping's own fields.
func fieldKinds(m *catalog.Mapping) map[string]migrate.Kind {
	kinds := map[string]migrate.Kind{}
	for _, f := range m.RuleFields() {
		kinds[f.Name] = f.Kind
	}
	return kinds
}

// carriedPolicy reads the policy that a header carries. Both are nil where it
// cannot be read any more: what is told from it helps a reader, and decides
// nothing.
func carriedPolicy(h migrate.Header) (*migrate.Policy, *catalog.Mapping) {
	m, err := catalog.LoadMapping(h.Mapping)
	if err != nil {
		return nil, nil
	}
	file, err := readPolicy(policyfile.Source{Name: h.PolicyFile, Text: []byte(h.PolicyText), Open: among(h.Files)}, m)
	if err != nil {
		return nil, nil
	}
	return file.Policy, m
}

// titleMarks tells by which words of its title a rule of the policy that a
// header carries found a product. It is nil where nobody can tell.
func titleMarks(h migrate.Header) func(*migrate.ProductChange) [][2]int {
	policy, m := carriedPolicy(h)
	if policy == nil {
		return nil
	}
	return migrate.TitleMarks(policy, fieldKinds(m))
}

// summarize sums up what a plan with this header does, or a run of it did,
// with the words marked by which its rules found the products, and with a few
// samples or so many in all.
func summarize(h migrate.Header, changes iter.Seq2[migrate.Change, error], samples int) (*migrate.Summary, error) {
	sum := migrate.NewSummarizer()
	sum.Marks, sum.Samples = titleMarks(h), samples
	for c, err := range changes {
		if err != nil {
			return nil, err
		}
		sum.Add(c)
	}
	return sum.Summary(), nil
}
