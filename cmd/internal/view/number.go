package view

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// count writes a number with commas between its thousands.
func count[T int | int64](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// some is a count with its noun.
func some[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// tally joins the counts that are not zero: "31 arrived, 118 left".
type tally []string

func (t *tally) add(n int, what string) {
	if n > 0 {
		*t = append(*t, count(n)+" "+what)
	}
}

func (t *tally) some(n int, one, many string) {
	if n > 0 {
		*t = append(*t, some(n, one, many))
	}
}

func (t tally) String() string { return strings.Join(t, ", ") }

// took writes a duration as a person says it: 8.1 ms, 0.7 s, 12.3 s, 2 min 5 s.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64) + " ms"
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Second:
		return fmt.Sprintf("%.2g s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return span2(int(d/time.Minute), "min", int(d%time.Minute/time.Second), "s")
}

// span2 writes the larger unit and, where it is not zero, the smaller.
func span2(a int, large string, b int, small string) string {
	if b == 0 {
		return fmt.Sprintf("%d %s", a, large)
	}
	return fmt.Sprintf("%d %s %d %s", a, large, b, small)
}
