package view

import (
	"strings"
	"time"

	"recat/migrate"
)

// zoned writes an instant in a policy's zone: Fri 8 Oct 2021 00:00
// Asia/Shanghai. Seconds show where there are any.
func zoned(t time.Time, d migrate.Dates) string {
	return day(t, d) + " " + d.Location().String()
}

func day(t time.Time, d migrate.Dates) string {
	layout := "Mon 2 Jan 2006 15:04"
	t = t.In(d.Location())
	if t.Second() != 0 {
		layout = "Mon 2 Jan 2006 15:04:05"
	}
	return t.Format(layout)
}

// date is day without the hour where that is midnight.
func date(t time.Time, d migrate.Dates) string {
	return strings.TrimSuffix(day(t, d), " 00:00")
}

// stamp writes an instant with its offset, for tables.
func stamp(t time.Time, d migrate.Dates) string {
	return t.In(d.Location()).Format("2006-01-02 15:04:05 -07:00")
}

// minute is stamp without the seconds.
func minute(t time.Time, d migrate.Dates) string {
	return t.In(d.Location()).Format("2006-01-02 15:04 -07:00")
}

// away says how far an instant is from now: "in 2 days 4 h", "3 min ago".
// Days are the calendar's in loc, whatever the clocks did in between.
func away(now, t time.Time, loc *time.Location) string {
	if t.Before(now) {
		return distance(t, now, loc) + " ago"
	}
	return "in " + distance(now, t, loc)
}

// distance is how long it is from one instant to a later one.
func distance(from, to time.Time, loc *time.Location) string {
	from, to = from.In(loc), to.In(loc)
	days := int(to.Sub(from)/(24*time.Hour)) + 2
	for days > 0 && from.AddDate(0, 0, days).After(to) {
		days--
	}
	rest := to.Sub(from.AddDate(0, 0, days))
	hours, minutes, seconds := int(rest/time.Hour), int(rest%time.Hour/time.Minute), int(rest%time.Minute/time.Second)
	switch {
	case days > 1:
		return span2(days, "days", hours, "h")
	case days == 1:
		return span2(days, "day", hours, "h")
	case hours > 0:
		return span2(hours, "h", minutes, "min")
	case minutes > 0:
		return span2(minutes, "min", seconds, "s")
	}
	return span2(seconds, "s", 0, "")
}

// daysBetween counts the calendar days in loc from one instant to another.
func daysBetween(from, to time.Time, loc *time.Location) int {
	date := func(t time.Time) time.Time {
		y, m, d := t.In(loc).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}
