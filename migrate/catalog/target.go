package catalog

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// ErrEngine says that a catalog is on an engine this version cannot reach.
var ErrEngine = errors.New("this version reaches SQLite files, postgres:// and mysql:// servers")

// Target is where a catalog lives.
type Target struct {
	Engine string // "sqlite", "postgres" or "mysql"
	Path   string // of the file; a server's URL, which may hold a password
}

// schemePattern is a URI's scheme (RFC 3986, section 3.1). Only what is one is
// repeated in an error: the rest of a server's name may hold a password.
var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

// ParseTarget reads shop.db, sqlite:shop.db, file:shop.db, postgres://… or
// mysql://…. It is ErrEngine for any other server.
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
	case ok && engineOf(scheme) != "":
		return parseServer(strings.ToLower(scheme), rest)
	case ok && schemePattern.MatchString(scheme) && strings.HasPrefix(rest, "//"):
		return Target{}, fmt.Errorf("%s catalog: %w", scheme, ErrEngine)
	case driverName.MatchString(s):
		return Target{}, errors.New("a server's catalog is named by a URL: postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE")
	}
	return Target{Engine: "sqlite", Path: s}, nil
}

// driverName is how other programs name servers. As a file's name it would be
// repeated in errors, its password with it.
var driverName = regexp.MustCompile(`(?i)\bpassword\s*=|@(tcp|unix)\(`)

// parseServer checks a server's URL. Its errors repeat none of it.
func parseServer(scheme, rest string) (Target, error) {
	s := scheme + ":" + rest
	u, err := url.Parse(s)
	switch {
	case !strings.HasPrefix(rest, "//"):
		return Target{}, fmt.Errorf("a server's URL begins with %s://", scheme)
	case err != nil:
		return Target{}, fmt.Errorf("the %s:// URL cannot be read; percent-encode what is special in a user's name or password", scheme)
	case strings.Trim(u.Path, "/") == "":
		return Target{}, fmt.Errorf("the %s:// URL names no database", scheme)
	}
	return Target{Engine: engineOf(scheme), Path: s}, nil
}

// Server reports whether the target is a server, not a file.
func (t Target) Server() bool { return t.Engine != "sqlite" }

// Secret reports whether the target's name holds a password.
func (t Target) Secret() bool {
	u, err := url.Parse(t.Path)
	if !t.Server() || err != nil {
		return t.Server()
	}
	_, given := u.User.Password()
	for name := range u.Query() {
		given = given || strings.Contains(strings.ToLower(name), "password")
	}
	return given
}

// String names the target without secrets: a server by its user, host and
// database.
func (t Target) String() string {
	if !t.Server() {
		return t.Path
	}
	u, err := url.Parse(t.Path)
	if err != nil {
		return t.Engine + "://…"
	}
	out := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if name := u.User.Username(); name != "" {
		out.User = url.User(name)
	}
	return out.String()
}

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
