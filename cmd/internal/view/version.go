package view

import (
	"io"
	"strings"
)

// Version says what this program is.
type Version struct {
	Recat   string
	Go      string
	Commit  string   // "" where it was not built from a checkout
	Engines []string // that it can reach
}

// VersionText is one line, and one for the engines.
func VersionText(w io.Writer, v Version) error {
	p := newPage(w, Options{})
	p.line(0, text("recat "+v.Recat), styled(styleDim, strings.TrimSpace(v.Go+" "+v.Commit)))
	if len(v.Engines) > 0 {
		p.line(2, text("engines: "+strings.Join(v.Engines, ", ")))
	}
	return p.flush()
}

// VersionJSON writes the same as one object.
func VersionJSON(w io.Writer, v Version) error {
	o := newObject(w)
	o.member("recat", v.Recat)
	o.member("go", v.Go)
	optional(o, "commit", v.Commit)
	slice(o, "engines", v.Engines)
	return o.close()
}
