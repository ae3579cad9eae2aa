package catalog

import (
	"context"
	"fmt"
	"strings"

	"recat/migrate"
)

// pgOwner asks whose the schema of the run tables is; "" where there is none.
const pgOwner = `SELECT COALESCE((SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'recat'), '')`

// grants writes the rights of a role. Run tables and before-images are in a
// schema of its own, which it owns.
func (d *postgres) grants(ctx context.Context, s *session, list []need, o GrantOptions, g *grantLines) error {
	database, err := one[string](ctx, s, "SELECT current_database()")
	if err != nil {
		return err
	}
	owner, err := one[string](ctx, s, pgOwner)
	if err != nil {
		return err
	}
	role := ident(o.role())
	if o.Reader {
		g.say("For the role %s, which plans, verifies and looks, and writes nothing. It must be there: CREATE ROLE %s LOGIN PASSWORD '…'", o.role(), role)
	} else {
		g.say("For the role %s, which plans, applies and undoes. It must be there: CREATE ROLE %s LOGIN PASSWORD '…'", o.role(), role)
	}
	g.say("Temporary tables hold what a plan copies.")
	g.do("GRANT CONNECT, TEMPORARY ON DATABASE %s TO %s", ident(database), role)
	if o.Reader {
		pgReadRuns(g, role, owner)
	} else {
		pgOwnRuns(g, role, owner)
	}
	var schemas []string
	for _, n := range list {
		schemas = append(schemas, n.table.schema)
	}
	for _, name := range distinct(schemas) {
		g.do("GRANT USAGE ON SCHEMA %s TO %s", ident(name), role)
	}
	for _, n := range list {
		if err := d.grantTable(ctx, s, n, o, g); err != nil {
			return err
		}
	}
	return nil
}

// pgOwnRuns makes the schema of the run tables, or hands it over.
func pgOwnRuns(g *grantLines, role, owner string) {
	g.say("The record of runs and their before-images.")
	g.do("CREATE SCHEMA IF NOT EXISTS recat AUTHORIZATION %s", role)
	if owner != "" && ident(owner) != role {
		g.do("ALTER SCHEMA recat OWNER TO %s", role)
		g.say("Before-images that are there, recat.image_RUN_N, belong to %s: hand them over as well, or let it undo and prune them.", owner)
	}
	for _, ddl := range pgRecords {
		g.do("%s", oneLine(ddl))
	}
	for _, name := range []string{"run", "note", "tombstone", "image"} {
		g.do("ALTER TABLE recat.%s OWNER TO %s", name, role)
	}
}

// pgReadRuns lets a reader see the runs, those to come as well.
func pgReadRuns(g *grantLines, role, owner string) {
	if owner == "" {
		g.say("There is no schema recat yet: grant the role that applies its rights first, then print this again.")
		return
	}
	g.say("The record of runs and their before-images, those to come as well.")
	g.do("GRANT USAGE ON SCHEMA recat TO %s", role)
	g.do("GRANT SELECT ON ALL TABLES IN SCHEMA recat TO %s", role)
	g.do("ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA recat GRANT SELECT ON TABLES TO %s", ident(owner), role)
}

// grantTable writes the rights on one table. Its lock asks for UPDATE or
// DELETE on the whole of it.
func (d *postgres) grantTable(ctx context.Context, s *session, n need, o GrantOptions, g *grantLines) error {
	t, role := n.table, ident(o.role())
	rights := []string{"SELECT"}
	if !o.Reader {
		rights = append(rights, pgWrites(n)...)
	}
	g.do("GRANT %s ON %s TO %s", strings.Join(rights, ", "), t.sql(), role)
	if o.Reader || !n.writes() {
		return nil
	}
	if n.insert {
		sequences, err := columnOf[string](ctx, s, pgSequences, t.sql())
		if err != nil {
			return fmt.Errorf("list the sequences of %s: %w", t.name, err)
		}
		for _, name := range sequences {
			g.do("GRANT USAGE ON SEQUENCE %s TO %s", name, role)
		}
	}
	if len(t.triggers) > 0 {
		g.say("Undo sets the triggers of %s aside, which only its owner may: let the owner undo, or grant the owner's role to %s.", t.name, role)
	}
	return nil
}

// pgSequences lists the sequences that serial columns of a table take from.
const pgSequences = `SELECT DISTINCT d.refobjid::regclass::text FROM pg_attrdef a
	JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid AND d.refclassid = 'pg_class'::regclass
	JOIN pg_class c ON c.oid = d.refobjid AND c.relkind = 'S' WHERE a.adrelid = ?::regclass ORDER BY 1`

// pgWrites are the rights to write a table: to update single columns only
// where the right to delete does for the lock.
func pgWrites(n need) []string {
	var out []string
	switch {
	case len(n.update) > 0 && n.delete && !n.whole():
		out = append(out, "UPDATE ("+idents("", n.update)+")")
	case len(n.update) > 0, n.locked && !n.delete:
		out = append(out, "UPDATE")
	}
	if n.insert {
		out = append(out, "INSERT")
	}
	if n.delete {
		out = append(out, "DELETE")
	}
	return out
}

// lacks asks the server right by right.
func (d *postgres) lacks(ctx context.Context, s *session, list []need) (string, []string, error) {
	if replica, err := one[bool](ctx, s, "SELECT pg_is_in_recovery()"); err != nil {
		return "", nil, err
	} else if replica {
		return "", nil, errReplica
	}
	role, err := one[string](ctx, s, "SELECT current_user::text")
	if err != nil {
		return "", nil, err
	}
	q := &pgRights{}
	q.add("TEMPORARY on the database", "has_database_privilege(current_database(), 'TEMPORARY')")
	q.add("CREATE on the schema recat", `COALESCE((SELECT has_schema_privilege(oid, 'CREATE') AND has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = 'recat'),
		has_database_privilege(current_database(), 'CREATE'))`)
	for _, name := range []string{"run", "note", "tombstone", "image"} {
		q.add("SELECT and INSERT on recat."+name, pgHas("table", "recat", name, "SELECT")+" AND "+pgHas("table", "recat", name, "INSERT"))
	}
	for _, n := range list {
		q.table(n)
	}
	missing, err := columnOf[string](ctx, s, "SELECT v.lacking FROM (VALUES "+strings.Join(q.rows, ", ")+") v(n, lacking, held) WHERE NOT v.held ORDER BY v.n")
	return role, missing, err
}

// pgRights is a list of rights and of conditions that they are held.
type pgRights struct{ rows []string }

func (q *pgRights) add(says, held string) {
	q.rows = append(q.rows, fmt.Sprintf("(%d, %s, (%s))", len(q.rows), stringLiteral(says), held))
}

// pgHas is the condition that the role has a right on a table; a table that is
// not there is no matter.
func pgHas(kind, schema, name, right string, more ...string) string {
	args := append(append([]string{"c.oid"}, more...), stringLiteral(right))
	return fmt.Sprintf("COALESCE((SELECT has_%s_privilege(%s) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s), TRUE)",
		kind, strings.Join(args, ", "), stringLiteral(schema), stringLiteral(name))
}

// table asks for the rights on a table. A lock needs one that covers it whole.
func (q *pgRights) table(n need) {
	t := n.table
	bare := strings.TrimPrefix(t.name, t.schema+".")
	ask := func(says, right string) { q.add(ofTable(says, t.name), pgHas("table", t.schema, bare, right)) }
	q.add(ofTable("USAGE on the schema of", t.name), fmt.Sprintf("has_schema_privilege(%s, 'USAGE')", stringLiteral(t.schema)))
	ask("SELECT", "SELECT")
	for _, name := range n.update {
		q.add(ofTable("UPDATE ("+name+")", t.name), pgHas("column", t.schema, bare, "UPDATE", stringLiteral(name)))
	}
	if n.insert {
		ask("INSERT", "INSERT")
	}
	if n.delete {
		ask("DELETE", "DELETE")
	}
	if n.writes() && !n.delete {
		ask("UPDATE, as its lock demands,", "UPDATE, DELETE, TRUNCATE")
	}
}

// errReplica refuses what a standby cannot do.
var errReplica = migrate.Refuse("the server is a standby, which can neither be written to nor hold temporary tables: name the primary")

// standby tells a standby's refusal from others.
func (d *postgres) standby(ctx context.Context, s *session, err error) error {
	if code := pgCode(err); code != "25006" && code != "0A000" {
		return err
	}
	if replica, asked := one[bool](context.WithoutCancel(ctx), s, "SELECT pg_is_in_recovery()"); asked != nil || !replica {
		return err
	}
	return errReplica
}
