package catalog

import (
	"context"
	"fmt"
	"strings"

	"recat/migrate"
)

// GrantOptions say for whom a script of rights is.
type GrantOptions struct {
	Role   string // "" is recat, or recat_reader where Reader
	Reader bool   // it plans, verifies and looks, and writes nothing
}

func (o GrantOptions) role() string {
	switch {
	case o.Role != "":
		return o.Role
	case o.Reader:
		return "recat_reader"
	}
	return "recat"
}

// grantLines are a script: statements, and comments between them.
type grantLines struct{ b strings.Builder }

// say adds a comment; a long one is several lines.
func (g *grantLines) say(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		g.b.WriteString("-- " + line + "\n")
	}
}

// do adds a statement.
func (g *grantLines) do(format string, args ...any) {
	g.b.WriteString(fmt.Sprintf(format, args...) + ";\n")
}

// oneLine writes a statement of this package's own on one line.
func oneLine(statement string) string { return strings.Join(strings.Fields(statement), " ") }

// GrantScript gives the statements that let a role work on this catalog
// through its mapping, and no more than that: for an administrator to run.
// It is a RefusedError without a mapping.
func (c *Catalog) GrantScript(ctx context.Context, o GrantOptions) (string, error) {
	if c.mapping == nil {
		return "", migrate.Refuse("which rights are needed depends on the mapping, and there is none")
	}
	list, unknown := c.needs()
	g := &grantLines{}
	if err := c.d.grants(ctx, c.conn, list, o, g); err != nil {
		return "", fmt.Errorf("write the grants: %w", c.d.failure(err))
	}
	for _, name := range unknown {
		g.say("An expression of the mapping reads %s, which is no table. Where it is a view, grant SELECT on it too.", name)
	}
	return g.b.String(), nil
}

// grants says that files have permissions instead.
func (sqlite) grants(_ context.Context, _ *session, _ []need, _ GrantOptions, g *grantLines) error {
	g.say("SQLite has no roles: the permissions of files decide.\n" +
		"Who plans and looks must be able to read the catalog's file.\n" +
		"Who applies and undoes must be able to write it, and to its folder, where the journal goes.")
	return nil
}

func (sqlite) lacks(context.Context, *session, []need) (string, []string, error) {
	return "", nil, nil
}
