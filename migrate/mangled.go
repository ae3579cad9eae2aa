package migrate

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// What a spreadsheet makes of an id that it takes for a number, a date or a
// formula when it opens a file.
var (
	wholeNumber = regexp.MustCompile(`^(0|-?[1-9]\d*)$`)
	zeroDigits  = regexp.MustCompile(`^0+(\d+)$`)
	thousands   = regexp.MustCompile(`^-?\d{1,3}([,.'’ \x{a0}\x{202f}]\d{3})+$`)
	zeroDecimal = regexp.MustCompile(`^(-?\d+)[.,]0*$`)
	shortened   = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?[eE]\+?\d+$`)
	asFormula   = regexp.MustCompile(`^="(.*)"$`)
	dayFirst    = regexp.MustCompile(`(?i)^(\d{1,2})[-/. ]?` + month + `([-/. ]\d{2,4})?$`)
	monthFirst  = regexp.MustCompile(`(?i)^` + month + `[-/. ]?(\d{1,2})([-/. ]\d{2,4})?$`)
	allDigits   = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})([-/.]\d{2,4})?$`)
)

const month = `(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`

// plainID undoes what a spreadsheet does to an id that it leaves readable:
// spaces around it, separators between thousands, decimals that are zero,
// leading zeros that it drops, wide digits, ="…". Ids that one can be made
// from the other by that have the same plain form.
func plainID(id string) string {
	if simpleID(id) {
		return id
	}
	id = strings.TrimFunc(strings.Map(narrowDigit, id), unicode.IsSpace)
	if m := asFormula.FindStringSubmatch(id); m != nil {
		id = m[1]
	}
	switch {
	case thousands.MatchString(id):
		id = strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) || r == '-' {
				return r
			}
			return -1
		}, id)
	case zeroDecimal.MatchString(id):
		id = zeroDecimal.FindStringSubmatch(id)[1]
	}
	if m := zeroDigits.FindStringSubmatch(id); m != nil {
		id = m[1]
	}
	return id
}

// simpleID reports whether an id is its own plain form, as most are.
func simpleID(id string) bool {
	if id == "" || id[0] == '0' || id[0] == '=' || id[0] == '-' {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func narrowDigit(r rune) rune {
	if r >= '０' && r <= '９' {
		return r - '０' + '0'
	}
	return r
}

// dates are the days of a year that an id may be taken for, whichever of two
// numbers is the month.
func dates(id string) []string {
	if m := dayFirst.FindStringSubmatch(id); m != nil {
		return dayOf(m[1], m[2])
	}
	if m := monthFirst.FindStringSubmatch(id); m != nil {
		return dayOf(m[2], m[1])
	}
	if m := allDigits.FindStringSubmatch(id); m != nil {
		return append(dayOf(m[1], m[2]), dayOf(m[2], m[1])...)
	}
	return nil
}

// dayOf is a day of a year in one form; none where there is no such day. The
// month is a number, or a name of which three letters tell.
func dayOf(day, month string) []string {
	day, month = strings.TrimLeft(day, "0"), strings.TrimLeft(month, "0")
	if len(month) >= 3 {
		month = strings.ToUpper(month[:1]) + strings.ToLower(month[1:3])
	}
	for _, layout := range []string{"2 Jan", "2 1"} {
		if t, err := time.Parse(layout, day+" "+month); err == nil {
			return []string{t.Format("2 Jan")}
		}
	}
	return nil
}

// spreadsheetDate reports whether an id looks just as a spreadsheet shows a
// day: 3-Apr, Apr-21, 3-Apr-2021.
func spreadsheetDate(id string) bool {
	return len(dates(id)) > 0 && strings.Contains(id, "-") && strings.IndexFunc(id, unicode.IsUpper) >= 0
}

// notNumber says why an id cannot be one of a catalog whose ids are whole
// numbers, and what was probably meant; "" where it can.
func notNumber(id string) string {
	if wholeNumber.MatchString(id) {
		return ""
	}
	why := fmt.Sprintf("product ids are whole numbers here, and %q is none", id)
	plain := plainID(id)
	switch {
	case wholeNumber.MatchString(plain):
		return why + "; " + plain + " was probably meant"
	case shortened.MatchString(id):
		return why + ": a spreadsheet has shortened it; write it whole"
	case len(dates(id)) > 0:
		return why + ": a spreadsheet has made a date of it; write it as text"
	case strings.HasPrefix(id, "#"):
		return why + ": a spreadsheet could not show it; write it as text"
	}
	return why
}
