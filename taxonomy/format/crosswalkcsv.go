package format

import (
	"io"

	"recat/taxonomy"
)

// ruleSet gathers the targets of each id, in the order of the first mention.
type ruleSet struct {
	rules []taxonomy.Rule
	index map[taxonomy.ID]int
}

func newRuleSet() *ruleSet { return &ruleSet{index: make(map[taxonomy.ID]int)} }

// rule returns the rule for an id, a new one if there was none.
func (s *ruleSet) rule(from taxonomy.ID, line int) (rule *taxonomy.Rule, first bool) {
	i, ok := s.index[from]
	if !ok {
		i = len(s.rules)
		s.index[from] = i
		s.rules = append(s.rules, taxonomy.Rule{From: from, Line: line})
	}
	return &s.rules[i], !ok
}

// crosswalkColumns are where a crosswalk CSV has what; -1 where it doesn't.
type crosswalkColumns struct{ from, to, action, reason, width int }

// readCrosswalkCSV reads one target a row.
func readCrosswalkCSV(src *source, _ *Crosswalk, _ CrosswalkOptions) ([]taxonomy.Rule, error) {
	rows := newRows(src, '#')
	header, err := rows.next()
	if err == io.EOF {
		return nil, src.errorAt(0, "no header row")
	}
	if err != nil {
		return nil, err
	}
	c := crosswalkColumns{
		from:   column(header, "from"),
		to:     column(header, "to"),
		action: column(header, "action"),
		reason: column(header, "reason"),
		width:  len(header),
	}
	if c.from < 0 || c.to < 0 {
		return nil, rows.errorIn(header, 0, "expected the columns from and to, and perhaps action and reason")
	}
	set := newRuleSet()
	err = rows.each(func(row []string) error { return c.read(set, rows, row) })
	return set.rules, err
}

// read adds a row to the rule of its id. The rows of a split must agree.
func (c crosswalkColumns) read(set *ruleSet, rows *rows, row []string) error {
	if len(row) != c.width {
		return rows.errorIn(row, c.width, "%d fields where the header has %d", len(row), c.width)
	}
	field := func(column int) string {
		if column < 0 {
			return ""
		}
		return row[column]
	}
	to := taxonomy.ID(row[c.to])
	rule, first := set.rule(taxonomy.ID(row[c.from]), rows.line())
	if first {
		rule.Action, rule.Reason = field(c.action), field(c.reason)
		if to != "" {
			rule.To = []taxonomy.ID{to}
		}
		return nil
	}
	switch {
	case to == "" || rule.Unmapped():
		return rows.errorIn(row, c.to, "%q has a row without a target and another row, on line %d", rule.From, rule.Line)
	case rule.Action != field(c.action):
		return rows.errorIn(row, c.action, "%q has another action on line %d", rule.From, rule.Line)
	case rule.Reason != field(c.reason):
		return rows.errorIn(row, c.reason, "%q has another reason on line %d", rule.From, rule.Line)
	}
	rule.To = append(rule.To, to)
	return nil
}
