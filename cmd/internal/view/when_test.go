package view_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"recat/cmd/internal/view"
	"recat/migrate"
)

// TestAway tells that days are the calendar's in the policy's zone, whatever
// the clocks do in between.
func TestAway(t *testing.T) {
	tests := []struct {
		name, zone, now, effective, want string
	}{
		{"days and hours", "Asia/Shanghai", "2021-10-05T20:00:00+08:00", "2021-10-08T00:00:00+08:00", "in 2 days 4 h"},
		{"now told in another zone", "Asia/Shanghai", "2021-10-05T12:00:00Z", "2021-10-08T00:00:00+08:00", "in 2 days 4 h"},
		{"a day of 23 hours is a day", "Europe/Berlin", "2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00", "in 1 day"},
		{"a day of 25 hours is a day", "Europe/Berlin", "2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00", "in 1 day"},
		{"the hour that is not there", "Europe/Berlin", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", "in 1 h"},
		{"the hour that comes twice", "Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T03:30:00+01:00", "in 3 h"},
		{"a midnight that is skipped", "America/Santiago", "2026-09-05T12:00:00-04:00", "2026-09-06T01:00:00-03:00", "in 12 h"},
		{"minutes", "", "2026-01-01T00:00:00Z", "2026-01-01T00:11:30Z", "in 11 min 30 s"},
		{"hours", "", "2026-01-01T00:00:00Z", "2026-01-01T02:11:00Z", "in 2 h 11 min"},
		{"past", "", "2026-01-05T01:00:00Z", "2026-01-01T00:00:00Z", "4 days 1 h ago"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := emptyPlan()
			p.header.Dates = migrate.Dates{Zone: tt.zone, Effective: instant(t, tt.effective)}
			var b bytes.Buffer
			if err := view.PlanText(&b, p.summary(t), "", view.Options{Now: instant(t, tt.now)}); err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(b.String(), "\n")
			if !strings.HasSuffix(first, ", "+tt.want) {
				t.Errorf("got %q, want it to end in %q", first, tt.want)
			}
		})
	}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
