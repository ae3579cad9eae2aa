package migrate_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the table must not depend on the machine

	"recat/migrate"
)

func TestDayStart(t *testing.T) {
	for _, c := range []struct{ zone, day, want, why string }{
		{"UTC", "2021-10-08", "2021-10-08T00:00:00Z", ""},
		{"Asia/Shanghai", "2021-10-08", "2021-10-08T00:00:00+08:00", ""},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "midnight is skipped"},
		{"Asia/Beirut", "2021-03-28", "2021-03-28T01:00:00+03:00", "midnight is skipped"},
		{"America/Havana", "2021-11-07", "2021-11-07T00:00:00-04:00", "midnight is met twice"},
		{"America/St_Johns", "2006-10-29", "2006-10-29T00:00:00-02:30", "a minute past midnight it is 23:01 again"},
		{"America/Sao_Paulo", "2018-02-18", "2018-02-18T00:00:00-03:00", "the hour before midnight is met twice"},
		{"Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", "the day does not exist"},
		{"Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", ""},
		{"Pacific/Kiritimati", "2021-10-08", "2021-10-08T00:00:00+14:00", ""},
		{"Etc/GMT+12", "2021-10-08", "2021-10-08T00:00:00-12:00", ""},
	} {
		loc, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		got := migrate.DayStart(day.Year(), day.Month(), day.Day(), loc).Format(time.RFC3339)
		if got != c.want {
			t.Errorf("%s in %s: %s, want %s %s", c.day, c.zone, got, c.want, c.why)
		}
	}
}

func TestWindow(t *testing.T) {
	from, to := day, day.Add(time.Hour)
	for _, c := range []struct {
		name  string
		dates migrate.Dates
		now   time.Time
		want  migrate.Window
	}{
		{"no dates", migrate.Dates{}, day, migrate.WindowOpen},
		{"before", migrate.Dates{Effective: from}, from.Add(-1), migrate.WindowEarly},
		{"on the dot", migrate.Dates{Effective: from}, from, migrate.WindowOpen},
		{"just in time", migrate.Dates{Effective: from, Expires: to}, to.Add(-1), migrate.WindowOpen},
		{"from expires on", migrate.Dates{Effective: from, Expires: to}, to, migrate.WindowExpired},
		{"only expires", migrate.Dates{Expires: to}, from, migrate.WindowOpen},
	} {
		if got := c.dates.Window(c.now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
