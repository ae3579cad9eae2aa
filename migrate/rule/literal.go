package rule

import (
	"regexp/syntax"
	"time"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// calendar are the methods of an instant that take a time zone.
var calendar = []string{
	overloads.TimeGetFullYear, overloads.TimeGetMonth, overloads.TimeGetDayOfYear, overloads.TimeGetDate,
	overloads.TimeGetDayOfMonth, overloads.TimeGetDayOfWeek, overloads.TimeGetHours, overloads.TimeGetMinutes,
	overloads.TimeGetSeconds, overloads.TimeGetMilliseconds,
}

// visitHasWord checks literal words, each at its place.
func (l *inspection) visitHasWord(arg celast.Expr) {
	words := []celast.Expr{arg}
	if arg.Kind() == celast.ListKind {
		if words = arg.AsList().Elements(); len(words) == 0 {
			l.defect(arg, "%s", errNoWord)
		}
	}
	for _, word := range words {
		if s, ok := literal(word); ok {
			if _, err := newNeedle(s); err != nil {
				l.defect(word, "%s", err)
			}
		}
	}
}

func (l *inspection) visitMatches(arg celast.Expr) {
	if s, ok := literal(arg); ok {
		if _, err := syntax.Parse(s, syntax.Perl); err != nil {
			l.defect(arg, "%s", err)
		}
	}
}

// visitZone wants a zone that every machine understands alike.
func (l *inspection) visitZone(arg celast.Expr, name string) {
	zone, ok := literal(arg)
	switch {
	case !ok:
		l.defect(arg, "%s wants a literal time zone", name)
	case zone == "Local":
		l.defect(arg, "the time zone Local differs between machines")
	case !validZone(zone):
		l.defect(arg, "unknown time zone %q", zone)
	}
}

// validZone accepts what CEL does: an IANA name, or an offset like +05:30.
func validZone(zone string) bool {
	if _, err := time.Parse("-07:00", zone); err == nil {
		return true
	}
	if _, err := time.Parse("15:04", zone); err == nil {
		return true
	}
	_, err := time.LoadLocation(zone)
	return err == nil
}

func literal(e celast.Expr) (string, bool) {
	if e.Kind() != celast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}
