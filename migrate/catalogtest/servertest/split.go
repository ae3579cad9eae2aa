package servertest

import (
	"regexp"
	"strings"
)

// dollarTag begins a text of PostgreSQL's that quotes nothing: $$ or $body$.
var dollarTag = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z_0-9]*)?\$`)

// Split cuts a script at the semicolons that end its statements, and leaves
// those in texts, names and comments. A backslash is a letter like others. The
// bodies of triggers and routines must be between dollars, as PostgreSQL has
// them, or be one statement.
func Split(script string) []string {
	var out []string
	from := 0
	take := func(to int) {
		if s := strings.TrimSpace(script[from:to]); strings.TrimSpace(uncomment(s)) != "" {
			out = append(out, s)
		}
	}
	for at := 0; at < len(script); {
		if script[at] == ';' {
			take(at)
			from = at + 1
		}
		at += token(script[at:])
	}
	take(len(script))
	return out
}

// token is the length of the text, name or comment that s begins with; 1 for
// anything else.
func token(s string) int {
	end := ""
	from := 1
	switch tag := dollarTag.FindString(s); {
	case s[0] == '\'', s[0] == '"', s[0] == '`':
		end = s[:1]
	case strings.HasPrefix(s, "--"):
		end = "\n"
	case strings.HasPrefix(s, "/*"):
		end, from = "*/", 2
	case tag != "":
		end, from = tag, len(tag)
	default:
		return 1
	}
	if n := strings.Index(s[from:], end); n >= 0 {
		return from + n + len(end)
	}
	return len(s)
}

// uncomment leaves out comments.
func uncomment(s string) string {
	var out strings.Builder
	for at := 0; at < len(s); {
		n := token(s[at:])
		if !strings.HasPrefix(s[at:], "--") && !strings.HasPrefix(s[at:], "/*") {
			out.WriteString(s[at : at+n])
		}
		at += n
	}
	return out.String()
}
