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
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	// No zone is so far from UTC that the day began earlier than this. From
	// here go through the zone's periods, each of one offset.
	at := midnight.Add(-36 * time.Hour).In(loc)
	for {
		_, offset := at.Zone()
		start := midnight.Add(-time.Duration(offset) * time.Second)
		if !at.Before(start) {
			return at
		}
		_, end := at.ZoneBounds()
		if end.IsZero() || start.Before(end) {
			return start.In(loc)
		}
		at = end
	}
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
