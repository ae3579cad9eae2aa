package policyfile

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"recat/migrate"
)

// settings reads what bounds and accompanies a plan.
func (r *reader) settings(p *migrate.Policy, f fields) {
	if n := f["references"]; n != nil {
		p.References = r.references(n)
	}
	if n := f["drift"]; n != nil {
		p.Drift = r.drift(n)
	}
	if n := f["limits"]; n != nil {
		p.Limits = r.limits(n)
	}
	if n := f["approvals"]; n != nil {
		r.approvals(p, n)
	}
	if n := f["penalties"]; n != nil {
		p.Penalties = r.penalties(n)
	}
}

// approvals reads how many must approve and, where they must sign, by which
// keys.
func (r *reader) approvals(p *migrate.Policy, n *node) {
	if n.kind != mapping {
		p.Approvals, _ = r.count(n, 0)
		return
	}
	f := r.mapping(n, "needed", "signers")
	if v := r.want(n, f, "needed"); v != nil {
		p.Approvals, _ = r.count(v, 1)
	}
	if v := r.want(n, f, "signers"); v != nil {
		if r.sideFile(v, maxSigners) != nil {
			p.Signers, _ = r.line(v)
		}
	}
}

// references reads the answers to what the mapping restricts.
func (r *reader) references(n *node) []migrate.ReferenceAnswer {
	var answers []migrate.ReferenceAnswer
	seen := map[[2]string]int{}
	for _, item := range r.list(n) {
		a := migrate.ReferenceAnswer{Pos: item.pos}
		f := r.mapping(item, "table", "column", "then", "reason")
		if f == nil {
			continue
		}
		if v := r.want(item, f, "table"); v != nil {
			a.Table, _ = r.line(v)
		}
		if v := f["column"]; v != nil {
			a.Column, _ = r.line(v)
		}
		if v := r.want(item, f, "then"); v != nil {
			a.Then = r.then(v)
		}
		if v := f["reason"]; v != nil {
			a.Reason, _ = r.paragraph(v)
		}
		key := [2]string{a.Table, a.Column}
		if first, ok := seen[key]; ok && a.Table != "" {
			r.fail(item, "%s is answered twice, first on line %d", show(strings.Trim(a.Table+"."+a.Column, ".")), first)
		} else {
			seen[key] = item.pos.Line
		}
		answers = append(answers, a)
	}
	return answers
}

// want gives a value that must be there.
func (r *reader) want(n *node, f fields, key string) *node {
	if f[key] == nil && !n.has(key) {
		r.fail(n, "%s is missing", key)
	}
	return f[key]
}

// then reads an answer; the word null needs no quotes here.
func (r *reader) then(n *node) migrate.OnRemove {
	if n.kind == null && n.text == "null" {
		return migrate.OnRemoveNull
	}
	s, _ := r.choice(n, string(migrate.OnRemoveDelete), string(migrate.OnRemoveNull),
		string(migrate.OnRemoveRepoint), string(migrate.OnRemoveKeep))
	return migrate.OnRemove(s)
}

// drift reads what is tolerated.
func (r *reader) drift(n *node) migrate.DriftPolicy {
	var d migrate.DriftPolicy
	f := r.mapping(n, "arrived", "left", "edited")
	for _, one := range []struct {
		key    string
		to     *migrate.Tolerance
		answer migrate.Tolerance
	}{
		{"arrived", &d.Arrived, migrate.ToleranceRules},
		{"left", &d.Left, migrate.ToleranceSkip},
		{"edited", &d.Edited, migrate.ToleranceSameFate},
	} {
		if v := f[one.key]; v != nil {
			s, _ := r.choice(v, string(migrate.ToleranceFail), string(one.answer))
			*one.to = migrate.Tolerance(s)
		}
	}
	return d
}

// limits reads the bounds of a plan.
func (r *reader) limits(n *node) migrate.Limits {
	var l migrate.Limits
	f := r.mapping(n, "delist", "live_share", "drift", "missing_attributes")
	if v := f["delist"]; v != nil {
		l.Delist = r.limit(v)
	}
	if v := f["live_share"]; v != nil {
		l.LiveShare = r.share(v)
	}
	if v := f["drift"]; v != nil {
		l.Drift = r.limit(v)
	}
	if v := f["missing_attributes"]; v != nil {
		l.MissingAttributes = r.limit(v)
	}
	return l
}

func (r *reader) limit(n *node) *int {
	v, ok := r.count(n, 0)
	if !ok {
		return nil
	}
	return &v
}

var percentage = regexp.MustCompile(`^(\d{1,3}(?:\.\d{1,6})?) ?%$`)

// share reads a percentage as a part of one.
func (r *reader) share(n *node) *float64 {
	m := percentage.FindStringSubmatch(n.text)
	if n.kind == scalar && m != nil {
		if v, err := strconv.ParseFloat(m[1], 64); err == nil && v <= 100 {
			v = math.Round(v*1e6) / 1e8
			return &v
		}
	}
	r.fail(n, "%s wants a percentage from 0%% to 100%%, like 10%%", n.name)
	return nil
}
