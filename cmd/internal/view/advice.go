package view

import (
	"cmp"
	"io"
	"strings"

	"recat/migrate/advice"
)

// Checked is what the check of some policies found.
type Checked struct {
	Policies []CheckedPolicy
	Catalog  bool // they were held against one
}

// CheckedPolicy is one of them.
type CheckedPolicy struct {
	File     string
	Policy   string // "" where it cannot be read
	Findings []advice.Finding
	Allowed  int // findings that were left out, as they were allowed
}

// Count counts the findings of a level.
func (c Checked) Count(level advice.Level) int {
	n := 0
	for _, p := range c.Policies {
		for _, f := range p.Findings {
			if f.Level == level {
				n++
			}
		}
	}
	return n
}

// CheckedText writes a line a finding, as compilers do, and sums them up. Only
// a terminal's width breaks lines.
func CheckedText(w io.Writer, c Checked, o Options) error {
	o.Width = cmp.Or(o.Width, 1<<20)
	p := newPage(w, o)
	allowed := 0
	for _, one := range c.Policies {
		for _, f := range one.Findings {
			p.finding(f)
		}
		allowed += one.Allowed
	}
	errors, warnings := c.Count(advice.Error), c.Count(advice.Warning)
	var found tally
	found.some(errors, "error", "errors")
	found.some(warnings, "warning", "warnings")
	found.add(allowed, "allowed")
	what := span{text: found.String(), style: styleYellow}
	switch {
	case errors > 0:
		what.style = styleRed
	case warnings == 0:
		what = span{text: strings.Join(append([]string{"nothing found"}, found...), ", "), style: styleGreen}
	}
	where := "in " + some(len(c.Policies), "policy", "policies")
	if !c.Catalog {
		where += ", without a catalog"
	}
	p.line(0, what, span{text: where, glue: 1})
	return p.flush()
}

func (p *page) finding(f advice.Finding) {
	style := styleYellow
	if f.Level == advice.Error {
		style = styleRed
	}
	first, rest, more := strings.Cut(f.Msg, "\n")
	p.line(8, text(f.Pos.String()+":"), span{text: string(f.Level) + ":", style: style, glue: 1},
		span{text: first, glue: 1, runOn: true}, span{text: "(" + f.Rule + ")", style: styleDim, glue: 1})
	if more {
		p.indented(8, rest)
	}
}

// RulesText writes the rules of a check with their explanations.
func RulesText(w io.Writer, rules []advice.Rule, o Options) error {
	p := newPage(w, o)
	for i, r := range rules {
		if i > 0 {
			p.blank()
		}
		needs := ""
		if r.Catalog {
			needs = "with a catalog"
		}
		p.line(4, styled(styleBold, r.ID), text(string(r.Level)), styled(styleDim, needs))
		p.line(4, span{pad: 3}, span{text: r.Title, glue: 1})
		p.line(4, span{pad: 3}, span{text: r.Why, style: styleDim, glue: 1})
	}
	return p.flush()
}

type findingJSON struct {
	Rule    string       `json:"rule"`
	Level   advice.Level `json:"level"`
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Column  int          `json:"column,omitempty"`
	Message string       `json:"message"`
}

type checkedJSON struct {
	File     string        `json:"file"`
	Policy   string        `json:"policy,omitempty"`
	Findings []findingJSON `json:"findings"`
	Allowed  int           `json:"allowed,omitempty"`
}

// CheckedJSON writes the same as one object.
func CheckedJSON(w io.Writer, c Checked) error {
	o := newObject(w)
	o.member("errors", c.Count(advice.Error))
	o.member("warnings", c.Count(advice.Warning))
	o.member("catalog", c.Catalog)
	out := make([]checkedJSON, len(c.Policies))
	for i, p := range c.Policies {
		out[i] = checkedJSON{File: p.File, Policy: p.Policy, Allowed: p.Allowed, Findings: []findingJSON{}}
		for _, f := range p.Findings {
			out[i].Findings = append(out[i].Findings, newFindingJSON(f))
		}
	}
	slice(o, "policies", out)
	return o.close()
}

func newFindingJSON(f advice.Finding) findingJSON {
	return findingJSON{Rule: f.Rule, Level: f.Level, File: f.Pos.File, Line: f.Pos.Line, Column: f.Pos.Column, Message: f.Msg}
}

type ruleJSON struct {
	Rule    string       `json:"rule"`
	Level   advice.Level `json:"level"`
	Catalog bool         `json:"catalog"`
	Title   string       `json:"title"`
	Why     string       `json:"why"`
}

// RulesJSON writes the rules as one object.
func RulesJSON(w io.Writer, rules []advice.Rule) error {
	o := newObject(w)
	out := make([]ruleJSON, len(rules))
	for i, r := range rules {
		out[i] = ruleJSON{r.ID, r.Level, r.Catalog, r.Title, r.Why}
	}
	slice(o, "rules", out)
	return o.close()
}
