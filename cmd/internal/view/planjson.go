package view

import (
	"cmp"
	"io"
	"iter"

	"recat/migrate"
	"recat/taxonomy"
)

// PlanJSON writes a plan as one object: its summary, then every change as it
// stands in the plan file. It streams.
func PlanJSON(w io.Writer, s *migrate.Summary, changes iter.Seq2[migrate.Change, error]) error {
	o := newObject(w)
	o.plan(s)
	o.provenance(s)
	o.summary(s)
	list(o, "changes", lines(changes))
	return o.close()
}

func (o *object) plan(s *migrate.Summary) {
	h := s.Header
	o.member("policy", h.Policy)
	optional(o, "reason", h.Reason)
	o.member("digest", s.Trailer.Digest)
	o.member("dates", h.Dates)
	o.member("limits", h.Limits)
	o.member("drift", h.Drift)
	optional(o, "approvals_needed", h.Approvals)
	o.member("totals", s.Trailer.Totals)
}

// provenance is a plan's, with the sellers that its changes tell.
func (o *object) provenance(s *migrate.Summary) {
	p := s.Provenance
	p.Counts.Sellers = nil
	if s.Sellers > 0 {
		p.Counts.Sellers = &s.Sellers
	}
	o.member("provenance", p)
}

// summary writes the same groups and counts as the text.
func (o *object) summary(s *migrate.Summary) {
	slice(o, "categories", categoriesJSON(s))
	slice(o, "sweeps", groupsJSON(s, s.Sweeps))
	slice(o, "references", referencesJSON(s.References))
}

// lines yields each change as its plan line.
func lines(changes iter.Seq2[migrate.Change, error]) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for c, err := range changes {
			if !yield(line(&c), err) {
				return
			}
		}
	}
}

// line is what of a change is set.
func line(c *migrate.Change) any {
	switch {
	case c.Category != nil:
		return c.Category
	case c.Product != nil:
		return c.Product
	}
	return c.Reference
}

type categoryJSON struct {
	*migrate.CategoryChange
	Groups []groupJSON `json:"groups"`
}

type groupJSON struct {
	Fate      migrate.Fate        `json:"fate"`
	Rule      string              `json:"rule"`
	Reason    string              `json:"reason,omitempty"`
	Cleared   string              `json:"cleared,omitempty"`
	By        string              `json:"by,omitempty"`
	To        taxonomy.ID         `json:"to,omitempty"`
	Only      []taxonomy.ID       `json:"only,omitempty"` // detach: where they stay
	Count     int                 `json:"count"`
	Live      int                 `json:"live"`
	Hidden    int                 `json:"hidden"`
	Overruled int                 `json:"overruled"`
	Lacking   int                 `json:"lacking,omitempty"` // lack an attribute that the target requires
	Missing   map[string]int      `json:"missing,omitempty"` // by attribute
	States    map[string]int      `json:"states,omitempty"`
	In        map[taxonomy.ID]int `json:"in,omitempty"`     // sweep: by category
	Places    []sweptJSON         `json:"places,omitempty"` // sweep: the same with samples, the largest first
	Samples   []sampleJSON        `json:"samples"`
}

type sweptJSON struct {
	Category taxonomy.ID  `json:"category"`
	Path     string       `json:"path,omitempty"`
	Count    int          `json:"count"`
	Samples  []sampleJSON `json:"samples"`
}

type sampleJSON struct {
	ID    string   `json:"product"`
	Title *string  `json:"title"`
	Marks [][2]int `json:"marks,omitempty"` // by which words it was found: bytes of the title's UTF-8
	Words []string `json:"words,omitempty"` // those words
}

func samplesJSON(samples []migrate.Sample) []sampleJSON {
	out := make([]sampleJSON, len(samples))
	for i, s := range samples {
		out[i] = sampleJSON{s.ID, s.Title, s.Marks, markedWords(s.Title, s.Marks)}
	}
	return out
}

func placesJSON(s *migrate.Summary, places []migrate.Place) []sweptJSON {
	var out []sweptJSON
	for _, p := range places {
		out = append(out, sweptJSON{p.Category, cmp.Or(s.Paths[p.Category], s.Trailer.Paths[p.Category]), p.Count, samplesJSON(p.Samples)})
	}
	return out
}

type referenceJSON struct {
	Table  string           `json:"table"`
	Column string           `json:"column"`
	Do     migrate.OnRemove `json:"do"`
	Reason string           `json:"reason,omitempty"`
	Count  int              `json:"count"`
	Labels []string         `json:"labels,omitempty"`
}

func categoriesJSON(s *migrate.Summary) []categoryJSON {
	out := make([]categoryJSON, 0, len(s.Categories))
	for _, c := range worstFirst(s.Categories) {
		out = append(out, categoryJSON{c.Change, groupsJSON(s, c.Groups)})
	}
	return out
}

func groupsJSON(s *migrate.Summary, groups []migrate.Group) []groupJSON {
	out := make([]groupJSON, 0, len(groups))
	for _, g := range groups {
		j := groupJSON{Fate: g.Fate, Rule: g.Rule, Reason: g.Reason, Cleared: g.Cleared, By: g.By, To: g.To, Only: g.Only,
			Count: g.Count, Live: g.Live, Hidden: g.Hidden, Overruled: g.Overruled, Lacking: g.Lacking, Missing: g.Missing,
			States: g.States, In: g.In, Places: placesJSON(s, g.Places), Samples: samplesJSON(g.Samples)}
		out = append(out, j)
	}
	return out
}

func referencesJSON(refs []migrate.ReferenceSummary) []referenceJSON {
	out := make([]referenceJSON, len(refs))
	for i, r := range refs {
		out[i] = referenceJSON{r.Table, r.Column, r.Do, r.Reason, r.Count, r.Labels}
	}
	return out
}
