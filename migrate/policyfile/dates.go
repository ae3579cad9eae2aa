package policyfile

import (
	"time"

	"recat/migrate"
)

// dates reads the dates and resolves days in their zone.
func (r *reader) dates(n *node) migrate.Dates {
	var d migrate.Dates
	f := r.mapping(n, "zone", "announced", "effective", "expires", "enforced")
	if f == nil {
		return d
	}
	loc := r.zone(f["zone"], &d)
	for _, one := range []struct {
		name string
		to   *time.Time
	}{{"announced", &d.Announced}, {"effective", &d.Effective}, {"expires", &d.Expires}, {"enforced", &d.Enforced}} {
		if value := f[one.name]; value != nil {
			*one.to = r.instant(value, loc)
		}
	}
	if len(n.entries) == 0 {
		r.fail(n, "dates is empty")
	}
	r.dateOrder(d, f)
	return d
}

// zone reads the IANA name of a time zone; UTC where none is given.
func (r *reader) zone(n *node, d *migrate.Dates) *time.Location {
	if n == nil {
		return time.UTC
	}
	name, ok := r.line(n)
	if !ok {
		return time.UTC
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		r.fail(n, "no time zone is called %s; write a name like Asia/Shanghai", show(name))
		return time.UTC
	}
	d.Zone = name
	return loc
}

// instant reads an RFC 3339 instant or a day, which begins at midnight.
func (r *reader) instant(n *node, loc *time.Location) time.Time {
	s, ok := r.line(n)
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		day, dayErr := time.Parse(time.DateOnly, s)
		if dayErr != nil {
			r.fail(n, "%s wants a day like 2021-10-08 or an instant like 2021-10-08T00:00:00+08:00", n.name)
			return time.Time{}
		}
		t = migrate.DayStart(day.Year(), day.Month(), day.Day(), loc)
	}
	if t.Year() < 1970 {
		r.fail(n, "%s is before 1970", n.name)
		return time.Time{}
	}
	return t.In(loc)
}

// dateOrder checks that the dates follow each other. What is wrong is told at
// the date that comes later in the story.
func (r *reader) dateOrder(d migrate.Dates, f fields) {
	after := func(name string, at time.Time, than string, other time.Time) bool {
		if at.IsZero() || other.IsZero() || !at.Before(other) {
			return false
		}
		r.fail(f[name], "%s is before %s", name, than)
		return true
	}
	after("effective", d.Effective, "announced", d.Announced)
	if !after("enforced", d.Enforced, "effective", d.Effective) {
		after("enforced", d.Enforced, "announced", d.Announced)
	}
	if !d.Expires.IsZero() && !d.Effective.IsZero() && !d.Expires.After(d.Effective) {
		r.fail(f["expires"], "expires is not after effective")
	}
}
