package catalogtest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"recat/migrate"
	"recat/migrate/policyfile"
	"recat/migrate/rule"
)

// decisionsFile is the name under which a policy's text knows its decisions.
const decisionsFile = "decisions.csv"

// PolicyText writes a policy of the suite as the YAML a person would write,
// with the files it names.
func PolicyText(p *migrate.Policy) (string, map[string]string) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("policy: %s\nreason: %s", scalar(p.Name), scalar(p.Reason))
	line("dates: {effective: %s, expires: %s}", p.Dates.Effective.Format(time.RFC3339), p.Dates.Expires.Format(time.RFC3339))
	line("elsewhere: %s\nemptied: %s", p.Elsewhere, p.Emptied)
	if len(p.Close) > 0 {
		line("close: %s", refTexts(p.Close))
	}
	if p.DelistedTo != nil {
		line("delisted_to: %s", refText(*p.DelistedTo))
	}
	if len(p.Remove) > 0 {
		line("remove:")
	}
	for _, e := range p.Remove {
		b.WriteString(entryText(e))
	}
	if len(p.Sweep) > 0 {
		line("sweep:")
	}
	for _, s := range p.Sweep {
		b.WriteString(sweepText(s))
	}
	if len(p.References) > 0 {
		line("references:")
	}
	for _, a := range p.References {
		line("  - {table: %s%s, then: %s%s}", a.Table, optional("column", a.Column), a.Then, optional("reason", a.Reason))
	}
	line("drift: {arrived: %s, left: %s, edited: %s}", tolerance(p.Drift.Arrived), tolerance(p.Drift.Left), tolerance(p.Drift.Edited))
	files := map[string]string{}
	if len(p.Decisions) > 0 {
		line("decisions: %s", decisionsFile)
		files[decisionsFile] = decisionsText(p)
	}
	return b.String(), files
}

func entryText(e migrate.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  - category: %s\n    prohibited: %t\n", refText(e.Category), e.Prohibited)
	if e.Subtree != migrate.SubtreeUnset {
		fmt.Fprintf(&b, "    subtree: %s\n", e.Subtree)
	}
	switch {
	case e.Redirect != nil && e.Redirect.Gone:
		b.WriteString("    redirect: gone\n")
	case e.Redirect != nil:
		fmt.Fprintf(&b, "    redirect: %s\n", refText(e.Redirect.To))
	}
	b.WriteString("    products:\n")
	for _, r := range e.Rules {
		fmt.Fprintf(&b, "      - rule: %s\n", scalar(r.Name))
		if r.When != nil {
			fmt.Fprintf(&b, "        when: %s\n", scalar(r.When.String()))
		}
		if r.Fate == migrate.Delist {
			fmt.Fprintf(&b, "        delist: %s\n", scalar(r.Reason))
			continue
		}
		fmt.Fprintf(&b, "        reassign: %s\n", refText(r.To))
		if r.Cleared != "" {
			fmt.Fprintf(&b, "        cleared: %s\n", scalar(r.Cleared))
		}
	}
	return b.String()
}

func sweepText(s migrate.SweepRule) string {
	text := fmt.Sprintf("  - rule: %s\n    when: %s\n", scalar(s.Name), scalar(s.When.String()))
	if len(s.Within) > 0 {
		text += "    within: " + refTexts(s.Within) + "\n"
	}
	if len(s.Except) > 0 {
		text += "    except: " + refTexts(s.Except) + "\n"
	}
	if s.Report {
		return text + "    report: true\n"
	}
	return text + "    delist: " + scalar(s.Reason) + "\n"
}

func decisionsText(p *migrate.Policy) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"product", "fate", "target", "reason", "by"}}
	for _, id := range slices.Sorted(maps.Keys(p.Decisions)) {
		d := p.Decisions[id]
		target := d.To.Path
		if d.To.ID != "" {
			target = "id:" + string(d.To.ID)
		}
		rows = append(rows, []string{id, string(d.Fate), target, d.Reason, d.By})
	}
	w.WriteAll(rows)
	return b.String()
}

func refText(r migrate.CategoryRef) string {
	if r.ID != "" {
		return "{id: " + scalar(string(r.ID)) + "}"
	}
	return scalar(r.Path)
}

func refTexts(refs []migrate.CategoryRef) string {
	texts := make([]string, len(refs))
	for i, r := range refs {
		texts[i] = refText(r)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// scalar writes a text as a JSON string, which YAML reads alike.
func scalar(s string) string {
	text, _ := json.Marshal(s) // a string always marshals
	return string(text)
}

func optional(key, value string) string {
	if value == "" {
		return ""
	}
	return ", " + key + ": " + scalar(value)
}

func tolerance(t migrate.Tolerance) migrate.Tolerance {
	if t == "" {
		return migrate.ToleranceFail
	}
	return t
}

// ParsePolicy reads a policy for the mapping of a World.
func ParsePolicy(text string, files map[string]string) (*migrate.Policy, error) {
	conditions, err := rule.NewEnv([]rule.Field{{Name: "price", Kind: migrate.Int}})
	if err != nil {
		return nil, err
	}
	file, err := policyfile.Parse(policyfile.Source{Name: "policy.yaml", Text: []byte(text),
		Open: func(name string) ([]byte, error) { return []byte(files[name]), nil }}, conditions)
	if err != nil {
		return nil, err
	}
	return file.Policy, nil
}
