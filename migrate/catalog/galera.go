package catalog

import (
	"cmp"
	"context"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/go-sql-driver/mysql"

	"recat/migrate"
)

// On a Galera cluster a transaction is certified at COMMIT against what other
// nodes have committed, by the keys of the rows that each wrote and of the
// parents that their foreign keys name. No lock reaches another node. So recat
// leaves foreign keys on there, reads causally, refuses pointers that no
// foreign key guards, and asks after COMMIT whether the run is there.

// join finds out whether the server is a node of a cluster, and makes the
// session one that sees what other nodes have committed.
func (d *mariadb) join(ctx context.Context, q querier) error {
	var name, on string
	err := scan(ctx, q, "SHOW SESSION VARIABLES LIKE 'wsrep_on'", nil, func(row func(...any) error) error { return row(&name, &on) })
	if err != nil || !strings.EqualFold(on, "ON") {
		return err
	}
	for _, set := range []string{"wsrep_sync_wait = 7", "wsrep_trx_fragment_size = 0", "foreign_key_checks = 1"} {
		if err := exec(ctx, q, "SET SESSION "+set); err != nil {
			return err
		}
	}
	place, err := one[string](ctx, q, "SELECT CONCAT(@@hostname, ' ', @@port, ' ', @@wsrep_node_name)")
	d.node = fmt.Sprintf("_%08x", crc32.ChecksumIEEE([]byte(place)))
	return err
}

// pointerHazards are the columns that point at a category without a foreign
// key, where only one keeps other writers away.
func (d *mariadb) pointerHazards(m *Mapping, s *schema) []migrate.Hazard {
	if d.node == "" {
		return nil
	}
	var out []migrate.Hazard
	for _, p := range m.pointers() {
		t, ok := s.table(p.table)
		if !ok || guarded(t, p.column, m.Categories.Table) {
			continue
		}
		if r, ref := m.reference(p); ref && (r.OnRemove == migrate.OnRemoveKeep || r.OnRemove == migrate.OnRemoveSet) {
			continue
		}
		out = append(out, migrate.Hazard{What: "cluster", Name: p.table + "." + p.column,
			Detail: "has no foreign key to the categories; on a Galera cluster only that keeps another node from filing into a category that goes"})
	}
	return out
}

// guarded reports whether a foreign key leads from the column to the table.
func guarded(t *table, column, to string) bool {
	for _, k := range t.keys {
		for _, name := range k.columns {
			if strings.EqualFold(name, column) && strings.EqualFold(k.to, to) {
				return true
			}
		}
	}
	return false
}

// atOnce runs a statement that deletes or inserts categories together with
// their children, whose keys would hold each other up row by row. The keys of
// the rows themselves are certified all the same.
func (d *mariadb) atOnce(ctx context.Context, s *session, fn func() error) error {
	if d.node == "" {
		return fn()
	}
	if err := exec(ctx, s, "SET SESSION foreign_key_checks = 0"); err != nil {
		return err
	}
	err := fn()
	if back := exec(context.WithoutCancel(ctx), s, "SET SESSION foreign_key_checks = 1"); err == nil {
		err = back
	}
	return err
}

// claim deletes the rows and inserts them again as they are. An UPDATE of a
// category and an INSERT of a product that names it are certified side by
// side; a DELETE and such an INSERT never are.
func (d *mariadb) claim(ctx context.Context, s *session, t *table, where string) error {
	if d.node == "" {
		return nil
	}
	columns := idents("", t.stored())
	kept := fmt.Sprintf("CREATE OR REPLACE TEMPORARY TABLE recat_claimed ENGINE = InnoDB AS SELECT %s FROM %s p WHERE %s", columns, t.sql(), where)
	if err := exec(ctx, s, kept); err != nil {
		return err
	}
	err := d.asKept(ctx, s, func() error {
		gone, err := changed(ctx, s, d.deleteFrom(t, where))
		if err != nil {
			return err
		}
		back, err := changed(ctx, s, fmt.Sprintf("INSERT INTO %s (%s) SELECT %[2]s FROM recat_claimed", t.sql(), columns))
		if err == nil && back != gone {
			err = fmt.Errorf("%d of %d rows came back", back, gone)
		}
		return err
	})
	if err != nil {
		return err
	}
	return d.dropTemp(ctx, s, []string{"recat_claimed"})
}

// asKept runs a statement that writes rows as they were, whatever a strict
// session thinks of them.
func (d *mariadb) asKept(ctx context.Context, s *session, fn func() error) error {
	if err := d.restoring(ctx, s); err != nil {
		return err
	}
	err := d.atOnce(ctx, s, fn)
	return cmp.Or(err, exec(context.WithoutCancel(ctx), s, mariadbSettings[0]))
}

// landed asks whether a run that was committed is there: a COMMIT that other
// nodes vote out comes back without an error.
func (d *mariadb) landed(ctx context.Context, s *session, run int64) (bool, error) {
	if d.node == "" {
		return true, nil
	}
	n, err := one[int64](context.WithoutCancel(ctx), s, "SELECT count(*) FROM recat_run WHERE run = ?", run)
	if err != nil {
		return false, unknownCommit(err)
	}
	return n > 0, nil
}

// galeraFailure reads what a cluster refuses.
func galeraFailure(e *mysql.MySQLError, err error) error {
	switch {
	case e.Number == 1047, e.Number == 1180 && strings.Contains(e.Message, "Primary Component"): // not prepared for application use
		return migrate.ErrBusy
	case e.Number == 1180 && strings.Contains(strings.ToLower(e.Message), "wsrep"), e.Number == 1105 && strings.Contains(strings.ToLower(e.Message), "writeset"):
		return migrate.Refuse("the run is larger than one transaction of the cluster may be (wsrep_max_ws_rows, wsrep_max_ws_size); nothing is kept")
	case e.Number == 1146 && strings.Contains(e.Message, "recat_image_"): // another node swept or made it
		return migrate.ErrMoved
	}
	return err
}
