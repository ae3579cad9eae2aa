package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// ErrEngine says that a catalog is on an engine this version cannot reach.
var ErrEngine = errors.New("this version reaches SQLite files only")

// Target is where a catalog lives.
type Target struct {
	Engine string // "sqlite"
	Path   string // of the file
}

// schemePattern is a URI's scheme (RFC 3986, section 3.1). Only what is one is
// repeated in an error: the rest of a server's name may hold a password.
var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

// ParseTarget reads shop.db, sqlite:shop.db or file:shop.db. It is ErrEngine
// for a server.
func ParseTarget(s string) (Target, error) {
	scheme, rest, ok := strings.Cut(s, ":")
	switch {
	case s == "":
		return Target{}, errors.New("the catalog has no name")
	case strings.ContainsRune(s, 0):
		return Target{}, errors.New("the catalog's name holds a NUL") // SQLite would read as far as that
	case ok && (scheme == "sqlite" || scheme == "sqlite3" || scheme == "file"):
		rest = strings.TrimPrefix(rest, "//")
		if rest == "" {
			return Target{}, errors.New("the catalog has no path")
		}
		return Target{Engine: "sqlite", Path: rest}, nil
	case ok && schemePattern.MatchString(scheme) && strings.HasPrefix(rest, "//"):
		return Target{}, fmt.Errorf("%s catalog: %w", scheme, ErrEngine)
	}
	return Target{Engine: "sqlite", Path: s}, nil
}

// String names the target without secrets.
func (t Target) String() string { return t.Path }

// dsn is the driver's name for the file in the given mode: ro or rw.
func (t Target) dsn(mode string, busyMillis int64) string {
	q := url.Values{}
	q.Set("mode", mode)
	q.Set("_foreign_keys", "off") // no cascade may fire; recat checks its own keys
	q.Set("_synchronous", "full")
	q.Set("_busy_timeout", fmt.Sprint(busyMillis))
	path := (&url.URL{Path: t.Path}).EscapedPath()
	if strings.HasPrefix(path, "//") {
		path = "//" + path // or its first folder would be read as a host
	}
	return "file:" + path + "?" + q.Encode()
}
