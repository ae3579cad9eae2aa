package catalog

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"recat/migrate"
)

// backquoted quotes a name for any sql_mode.
func backquoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// account writes user or user@host.
func account(name string) string {
	user, host, ok := strings.Cut(name, "@")
	if !ok {
		return backquoted(user)
	}
	return backquoted(user) + "@" + backquoted(host)
}

// mariadbWhole are the rights on the whole database. A before-image is a table
// of its own, and rights cannot be granted on names that are not known yet; a
// role sees only those tables that it has a right on, and recat must see every
// foreign key to a category.
var mariadbWhole = []string{"SELECT", "INSERT", "CREATE", "DROP", "CREATE TEMPORARY TABLES"}

// mariadbReads are those of a role that writes nothing.
var mariadbReads = []string{"SELECT", "CREATE TEMPORARY TABLES"}

// grants writes the rights of an account or a role.
func (d *mariadb) grants(ctx context.Context, s *session, list []need, o GrantOptions, g *grantLines) error {
	database, err := one[string](ctx, s, "SELECT DATABASE()")
	if err != nil {
		return err
	}
	role, all := account(o.role()), mariadbPattern(database)
	if o.Reader {
		g.say("For %s, which plans, verifies and looks, and writes nothing. It must be there: CREATE USER %s IDENTIFIED BY '…'", o.role(), role)
		g.say("Temporary tables hold what a plan copies. Every table must be seen, or a foreign key might be missed.\n" +
			"Triggers show only to those who may write their table: what a reader plans is refused by apply --dry-run where there are any.")
		g.do("GRANT %s ON %s.* TO %s", strings.Join(mariadbReads, ", "), all, role)
		return nil
	}
	g.say("For %s, which plans, applies and undoes. It must be there: CREATE USER %s IDENTIFIED BY '…'", o.role(), role)
	g.say("The record of runs.")
	for _, ddl := range mariadbRecords {
		create := strings.ReplaceAll(oneLine(ddl), `"`, "`")
		g.do("%s", strings.Replace(create, "EXISTS recat_", "EXISTS "+backquoted(database)+".recat_", 1))
	}
	g.say("Before-images are tables recat_image_RUN_N of this database, and MariaDB grants nothing on a pattern of tables:\n" +
		"INSERT, CREATE and DROP are needed on the database for them. No SUPER, no UPDATE and no DELETE but those below.\n" +
		"Every table must be seen, or a foreign key might be missed.")
	g.do("GRANT %s ON %s.* TO %s", strings.Join(mariadbWhole, ", "), all, role)
	g.do("GRANT DELETE ON %s.recat_image TO %s", backquoted(database), role)
	for _, n := range list {
		if rights := mariadbTable(n); len(rights) > 0 {
			g.do("GRANT %s ON %s.%s TO %s", strings.Join(rights, ", "), backquoted(database), backquoted(n.table.name), role)
		}
	}
	return nil
}

// mariadbTable are the rights on one table beside those on all.
func mariadbTable(n need) []string {
	var out []string
	switch {
	case len(n.update) == 0:
	case n.whole():
		out = append(out, "UPDATE")
	default:
		names := make([]string, len(n.update))
		for i, name := range n.update {
			names[i] = backquoted(name)
		}
		out = append(out, "UPDATE ("+strings.Join(names, ", ")+")")
	}
	if n.delete {
		out = append(out, "DELETE")
	}
	return out
}

// mariadbPattern writes a database where a pattern of databases may stand.
func mariadbPattern(name string) string {
	return backquoted(strings.NewReplacer("_", `\_`, "%", `\%`, `\`, `\\`).Replace(name))
}

// lacks reads what SHOW GRANTS says.
func (d *mariadb) lacks(ctx context.Context, s *session, list []need) (string, []string, error) {
	if fixed, err := one[bool](ctx, s, "SELECT @@read_only NOT IN ('0', 'OFF')"); err != nil {
		return "", nil, err
	} else if fixed {
		return "", nil, errReadOnly
	}
	role, err := one[string](ctx, s, "SELECT CURRENT_USER()")
	if err != nil {
		return "", nil, err
	}
	database, err := one[string](ctx, s, "SELECT DATABASE()")
	if err != nil {
		return "", nil, err
	}
	held, err := d.held(ctx, s)
	if err != nil {
		return "", nil, err
	}
	var missing []string
	for _, right := range mariadbWhole {
		if !held.allow(right, database, "", "") {
			missing = append(missing, ofTable(right, "the database "+database))
		}
	}
	for _, n := range list {
		for _, name := range n.update {
			if !held.allow("UPDATE", database, n.table.name, name) {
				missing = append(missing, ofTable("UPDATE ("+name+")", n.table.name))
			}
		}
		if n.delete && !held.allow("DELETE", database, n.table.name, "") {
			missing = append(missing, ofTable("DELETE", n.table.name))
		}
	}
	return role, missing, nil
}

// errReadOnly refuses what a server that is not to be written to cannot do.
var errReadOnly = migrate.Refuse("the server is read-only, as a replica is: name the one that is written to")

// mariadbGrant is one line of SHOW GRANTS.
type mariadbGrant struct {
	rights   map[string][]string // with the columns that each is limited to
	database string              // a pattern where table is *
	table    string
}

type mariadbGrants []mariadbGrant

// held reads the grants of the session's account and its roles.
func (d *mariadb) held(ctx context.Context, s *session) (mariadbGrants, error) {
	lines, err := columnOf[string](ctx, s, "SHOW GRANTS")
	if myNumber(err) == 1290 { // a server that checks no rights
		return mariadbGrants{{rights: map[string][]string{"ALL PRIVILEGES": nil}, database: "*", table: "*"}}, nil
	}
	var out mariadbGrants
	for _, line := range lines {
		if g, ok := parseGrant(line); ok {
			out = append(out, g)
		}
	}
	return out, err
}

// parseGrant reads GRANT SELECT, UPDATE (`a`, `b`) ON `shop`.`products` TO ….
// It reports false for what is no grant on tables.
func parseGrant(line string) (mariadbGrant, bool) {
	words := sqlWords(line)
	g := mariadbGrant{rights: map[string][]string{}}
	if len(words) == 0 || words[0].keyword() != "GRANT" {
		return g, false
	}
	right, inside := "", false
	for i := 1; i < len(words); i++ {
		switch word := words[i].keyword(); {
		case word == "(":
			inside = true
			g.rights[right] = []string{}
		case word == ")":
			inside = false
		case inside && words[i].text != ",":
			g.rights[right] = append(g.rights[right], words[i].text)
		case inside:
		case word == "," || word == "ON":
			if _, limited := g.rights[right]; !limited {
				g.rights[right] = nil
			}
			if right = ""; word == "ON" {
				return g, g.on(words[i+1:])
			}
		default:
			right = strings.TrimSpace(right + " " + word)
		}
	}
	return g, false
}

// on reads what a grant is on, and reports whether it is tables.
func (g *mariadbGrant) on(words []sqlWord) bool {
	if len(words) < 3 || words[1].text != "." {
		return false
	}
	g.database, g.table = words[0].text, words[2].text
	return true
}

// allow reports whether a right is held on a column, a table, or where table
// is "" on the whole database.
func (held mariadbGrants) allow(right, database, table, column string) bool {
	return slices.ContainsFunc(held, func(g mariadbGrant) bool {
		switch {
		case g.table == "*" && g.database != "*" && !likePattern(g.database).MatchString(database):
			return false
		case g.table != "*" && (g.database != database || g.table != table):
			return false
		}
		if _, all := g.rights["ALL PRIVILEGES"]; all {
			return true
		}
		columns, ok := g.rights[right]
		return ok && (columns == nil || slices.ContainsFunc(columns, func(name string) bool { return strings.EqualFold(name, column) }))
	})
}

// likePattern reads a pattern of LIKE, as grants on databases are.
func likePattern(pattern string) *regexp.Regexp {
	var b strings.Builder
	escaped := false
	for _, c := range pattern {
		switch {
		case !escaped && c == '\\':
			escaped = true
			continue
		case !escaped && c == '%':
			b.WriteString(".*")
		case !escaped && c == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
		escaped = false
	}
	return regexp.MustCompile("(?s)^" + b.String() + "$")
}
