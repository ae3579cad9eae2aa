package migrate

import "time"

// Dates are a policy's instants, resolved from days in its zone. A zero time
// is a date the policy does not give.
type Dates struct {
	Zone      string    `json:"zone,omitempty"` // IANA name; "" is UTC
	Announced time.Time `json:"announced,omitzero"`
	Effective time.Time `json:"effective,omitzero"` // apply refuses before
	Expires   time.Time `json:"expires,omitzero"`   // and from here on
	Enforced  time.Time `json:"enforced,omitzero"`  // audit counts from here
}

// DayStart gives the first instant of a calendar day in loc. Where a change
// of daylight saving time skips midnight, that is the first instant after the
// gap; where midnight happens twice, the first of the two.
func DayStart(year int, month time.Month, day int, loc *time.Location) time.Time {
	// Noon exists in every zone; from there walk back to where the day began.
	noon := time.Date(year, month, day, 12, 0, 0, 0, loc)
	before := time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Add(-48 * time.Hour)
	lo, hi := before, noon
	for hi.Sub(lo) > time.Nanosecond {
		mid := lo.Add(hi.Sub(lo) / 2)
		if dayBefore(mid.In(loc), year, month, day) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi.In(loc)
}

// dayBefore reports whether t's own calendar day is before the given one.
func dayBefore(t time.Time, year int, month time.Month, day int) bool {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).
		Before(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// Location loads the policy's zone.
func (d Dates) Location() *time.Location {
	if loc, err := time.LoadLocation(d.Zone); err == nil {
		return loc
	}
	return time.UTC
}

// Window says where an instant stands against the dates.
type Window int

// Before effective, open, or from expires on.
const (
	WindowOpen Window = iota
	WindowEarly
	WindowExpired
)

// Window places now.
func (d Dates) Window(now time.Time) Window {
	switch {
	case !d.Effective.IsZero() && now.Before(d.Effective):
		return WindowEarly
	case !d.Expires.IsZero() && !now.Before(d.Expires):
		return WindowExpired
	}
	return WindowOpen
}
