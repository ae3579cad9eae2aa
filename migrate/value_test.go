package migrate_test

import (
	"math"
	"testing"
	"time"

	"recat/migrate"
)

func TestRender(t *testing.T) {
	for _, c := range []struct {
		value migrate.Value
		want  string
	}{
		{migrate.Value{}, ""},
		{migrate.TextValue("矿机"), "矿机"},
		{migrate.TextValue("a\xff"), "61ff"},
		{migrate.BytesValue([]byte{0, 0xAB}), "00ab"},
		{migrate.BoolValue(true), "1"},
		{migrate.BoolValue(false), "0"},
		{migrate.IntValue(math.MinInt64), "-9223372036854775808"},
		{migrate.FloatValue(12), "12"},
		{migrate.FloatValue(math.Copysign(0, -1)), "0"},
		{migrate.FloatValue(0.1), "0.1"},
		{migrate.FloatValue(1e21), "1e+21"},
		{migrate.FloatValue(math.Inf(1)), "+Inf"},
		{migrate.TimeValue(time.Date(2021, 10, 8, 0, 0, 0, 1500, time.FixedZone("", 8*3600))), "2021-10-07T16:00:00.000001Z"},
	} {
		if got := c.value.Render(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.value, got, c.want)
		}
	}
}

func TestSame(t *testing.T) {
	null, none := migrate.Value{}, migrate.TextValue("")
	if null.Same(none) || !null.Same(null) || !migrate.IntValue(1).Same(migrate.FloatValue(1)) {
		t.Error("NULL is like NULL only, and numbers are alike across types")
	}
}

func TestCompareKeys(t *testing.T) {
	for _, c := range []struct {
		kind   migrate.KeyKind
		sorted []string
	}{
		{migrate.IntKey, []string{"-18446744073709551616", "-10", "-9", "-1", "0", "1", "9", "10",
			"9223372036854775807", "9223372036854775808", "18446744073709551616"}},
		{migrate.TextKey, []string{"-1", "0012", "10", "9", "A", "a", "a-1", "é", "矿"}},
	} {
		for i, a := range c.sorted {
			for j, b := range c.sorted {
				if got := sign(c.kind.Compare(a, b)); got != sign(i-j) {
					t.Errorf("%s keys: %s against %s is %d", c.kind, a, b, got)
				}
			}
		}
	}
}

func sign(n int) int { return min(max(n, -1), 1) }
