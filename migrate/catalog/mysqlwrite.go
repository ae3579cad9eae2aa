package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"recat/migrate"
)

// makeTemp makes a table of the types that the expressions have.
func (d *mariadb) makeTemp(ctx context.Context, s *session, t tempTable) error {
	var keys []string
	if len(t.key) > 0 {
		keys = append(keys, "PRIMARY KEY ("+strings.Join(t.key, ", ")+")")
	}
	for _, name := range t.indexed {
		keys = append(keys, "INDEX ("+name+")")
	}
	return d.private(ctx, s, mariadbCreate(t.name, strings.Join(keys, ", "), t.columns, t.from))
}

func mariadbCreate(name, keyed string, columns []typedColumn, from string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		switch {
		case from != "" && c.expr == "": // a BIGINT that may be NULL
			out[i] = "NULLIF(CAST(9223372036854775807 AS SIGNED), 1) AS " + c.name
		case from != "":
			out[i] = c.expr + " AS " + c.name
		case c.expr == anyText:
			out[i] = c.name + " LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
		default:
			out[i] = c.name + " BIGINT"
		}
	}
	if from == "" {
		if keyed != "" {
			out = append(out, keyed)
		}
		return fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s) ENGINE = InnoDB", name, strings.Join(out, ", "))
	}
	if keyed != "" {
		keyed = " (" + keyed + ")"
	}
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s%s ENGINE = InnoDB AS SELECT %s FROM %s WHERE FALSE", name, keyed, strings.Join(out, ", "), from)
}

// private runs a statement that touches temporary tables only, in a session
// that may write nothing else.
func (d *mariadb) private(ctx context.Context, s *session, statement string) error {
	if d.readOnly {
		if err := exec(ctx, s, "SET TRANSACTION READ WRITE"); err != nil {
			return err
		}
	}
	return exec(ctx, s, statement)
}

func (d *mariadb) dropTemp(ctx context.Context, s *session, names []string) error {
	if len(names) == 0 {
		return nil
	}
	err := d.private(ctx, s, "DROP TEMPORARY TABLE IF EXISTS "+strings.Join(names, ", "))
	if lost(s) {
		return nil
	}
	return err
}

func (*mariadb) insertNumbered(table string, columns, exprs []string, from, order string) string {
	return numberedBy(table, columns, exprs, from, order)
}

func (*mariadb) filled(context.Context, *session, string) error { return nil }

// update names every column that renews itself, so that it does not.
func (*mariadb) update(t *table, set []assigned, from, where string) string {
	for _, c := range t.columns {
		if c.renews && !assigns(set, c.name) {
			set = append(set, assigned{c.name, "p." + ident(c.name)})
		}
	}
	return fmt.Sprintf("UPDATE %s AS p JOIN %s ON %s SET %s", t.sql(), from, where, setList("p.", set))
}

func assigns(set []assigned, column string) bool {
	for _, a := range set {
		if strings.EqualFold(a.column, column) {
			return true
		}
	}
	return false
}

func (d *mariadb) updateIn(t *table, set []assigned, listed string) string {
	ids := t.ident()
	on := make([]string, len(ids))
	for i, name := range ids {
		on[i] = d.joined("p."+ident(name), fmt.Sprintf("q.i%d", i+1))
	}
	return d.update(t, set, "("+listed+") q", strings.Join(on, " AND "))
}

func (d *mariadb) updateListed(t *table, set []assigned, query, where string) string {
	return d.update(t, set, "("+query+") q", where)
}

func (d *mariadb) deleteKept(t *table, store, on string) string {
	return d.deleteFrom(t, fmt.Sprintf("EXISTS (SELECT 1 FROM %s x WHERE %s)", store, on))
}

func (*mariadb) deleteFrom(t *table, where string) string {
	return fmt.Sprintf("DELETE p FROM %s AS p WHERE %s", t.sql(), where)
}

func (*mariadb) insertWhole(t *table, columns []string) string {
	return sqlite{}.insertWhole(t, columns)
}

func (*mariadb) insert(ctx context.Context, s *session, _ *table, query string, args []any) (int64, error) {
	if err := exec(ctx, s, query, args...); err != nil {
		return 0, err
	}
	return one[int64](ctx, s, "SELECT LAST_INSERT_ID()")
}

// restoring lets rows have back what a strict session would not write: the
// value of an ENUM that is none of its words, say.
func (*mariadb) restoring(ctx context.Context, s *session) error {
	return exec(ctx, s, "SET SESSION sql_mode = '"+mariadbMode+"'")
}

// setAside refuses: a trigger cannot be set aside within a transaction.
func (*mariadb) setAside(_ context.Context, _ *session, t *table) ([]string, error) {
	if len(t.triggers) > 0 {
		return nil, migrate.Refuse("table %s has the trigger %s, which MariaDB cannot set aside while rows are given back", t.name, t.triggers[0].name)
	}
	return nil, nil
}

func (*mariadb) counters(context.Context, *session) (*table, error) { return nil, nil }

// own tells the stores of one node of a cluster from those of another.
func (d *mariadb) own(name string) string {
	if strings.HasPrefix(name, "recat_image_") {
		return name + d.node
	}
	return name
}

// mariadbRecords makes recat_run last: where that is there, all are.
var mariadbRecords = []string{
	`CREATE TABLE IF NOT EXISTS recat_note (run BIGINT NOT NULL, kind VARCHAR(20) NOT NULL, n BIGINT NOT NULL, line LONGTEXT NOT NULL, PRIMARY KEY (run, kind, n))
		ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin`,
	`CREATE TABLE IF NOT EXISTS recat_tombstone (run BIGINT NOT NULL, id VARCHAR(700) NOT NULL, path LONGTEXT NOT NULL, successor LONGTEXT NOT NULL, PRIMARY KEY (run, id))
		ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin`,
	`CREATE TABLE IF NOT EXISTS recat_image (run BIGINT NOT NULL, seq BIGINT NOT NULL, line LONGTEXT NOT NULL, PRIMARY KEY (run, seq))
		ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin`,
	`CREATE TABLE IF NOT EXISTS recat_run (run BIGINT PRIMARY KEY, kind LONGTEXT NOT NULL, "of" BIGINT, digest LONGTEXT NOT NULL, policy LONGTEXT NOT NULL,
		header LONGTEXT, totals LONGTEXT NOT NULL, operator LONGTEXT, version LONGTEXT, early LONGTEXT, reason LONGTEXT, approvals LONGTEXT,
		"at" LONGTEXT NOT NULL, "rows" BIGINT NOT NULL, on_conflict LONGTEXT) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin`,
}

// makeRecords is done before the transaction.
func (*mariadb) makeRecords(context.Context, *session) error { return nil }

func (*mariadb) recorded(ctx context.Context, s *session) (bool, error) {
	n, err := one[int](ctx, s, "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'recat_run'")
	return n > 0, err
}

// makeStore makes a store while the steps are gone through; afterwards it is
// there.
func (d *mariadb) makeStore(ctx context.Context, s *session, name string, columns []storeColumn) error {
	if !d.rehearses {
		return nil
	}
	out := make([]string, len(columns))
	for i, c := range columns {
		kind := "BIGINT"
		if c.like != nil {
			kind = c.like.kept
		}
		if out[i] = c.name + " " + kind + " NULL DEFAULT NULL"; c.rule != "" {
			out[i] += " CHECK (" + c.rule + ")"
		}
	}
	d.made = append(d.made, name)
	return exec(ctx, s, fmt.Sprintf("CREATE TABLE %s (%s) ENGINE = InnoDB", name, strings.Join(out, ", ")))
}

func (*mariadb) keep(expr string, _ column) string { return expr }

// textOf tells bytes, which may be no text, in hex. A number is of the charset
// binary until it is made a text.
func (*mariadb) textOf(expr string) string {
	return fmt.Sprintf("CASE WHEN CHARSET(CONCAT(%[1]s)) = 'binary' THEN LOWER(HEX(%[1]s)) ELSE CONVERT(%[1]s USING utf8mb4) END", expr)
}

func (*mariadb) give(kept string, _ column) string { return kept }

func (d *mariadb) isKept(value, kept string, _ column) string { return d.same(value, kept) }

func (d *mariadb) keyKept(key, kept string, _ column) string { return d.joined(key, kept) }

func (*mariadb) storeOrder() string { return "x.n" }

func (*mariadb) nullKeys() bool { return false }

// inRead reads each statement's rows as they are when it begins: only so can
// rows be copied by the server without locking them, which would hold the
// shop's own writers up.
func (d *mariadb) inRead(ctx context.Context, s *session, fn func() error) error {
	return d.reading(ctx, s, "READ COMMITTED", fn)
}

// asOne compares the copy with the catalog as it is at one instant. What is
// copied to be written is compared under the lock instead.
func (d *mariadb) asOne(ctx context.Context, s *session, same func() (bool, error)) (whole bool, err error) {
	if !d.readOnly {
		return true, nil
	}
	err = d.reading(ctx, s, "REPEATABLE READ", func() error {
		whole, err = same()
		return err
	})
	return whole, err
}

func (d *mariadb) reading(ctx context.Context, s *session, level string, fn func() error) error {
	for _, q := range []string{"SET TRANSACTION ISOLATION LEVEL " + level, "START TRANSACTION READ ONLY"} {
		if err := exec(ctx, s, q); err != nil {
			return err
		}
	}
	if err := fn(); err != nil {
		return errors.Join(err, d.rollback(s))
	}
	return exec(context.WithoutCancel(ctx), s, "COMMIT")
}

// before makes what cannot be made within the transaction: the run tables,
// and the stores of the run's before-images. A lock that dies with the
// connection keeps other runs away meanwhile; stores of runs that never
// committed are swept away.
func (d *mariadb) before(ctx context.Context, s *session, t *transaction, rehearse func() error) error {
	if err := d.alone(ctx, s, t.opts.LockTimeout); err != nil {
		return err
	}
	if err := d.firstRecords(ctx, s); err != nil {
		return fmt.Errorf("make the run tables: %w", err)
	}
	if err := d.sweep(ctx, s); err != nil {
		return fmt.Errorf("drop the stores of runs that died: %w", err)
	}
	if err := t.number(ctx); err != nil {
		return err
	}
	t.rehearsed, d.rehearses, d.made = true, true, nil
	err := rehearse()
	t.rehearsed, d.rehearses = false, false
	t.images, t.watched = nil, nil
	if err != nil {
		return errors.Join(err, d.rollback(s))
	}
	return nil
}

// firstRecords makes the run tables where there are none: even to find one
// there, a cluster would stop for a moment.
func (d *mariadb) firstRecords(ctx context.Context, s *session) error {
	there, err := one[int](ctx, s, `SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()
		AND table_name IN ('recat_run', 'recat_note', 'recat_tombstone', 'recat_image')`)
	if err != nil || there == len(mariadbRecords) {
		return err
	}
	for _, q := range mariadbRecords {
		if err := exec(ctx, s, q); err != nil {
			return err
		}
	}
	return nil
}

// alone takes the lock that keeps two runs apart.
func (d *mariadb) alone(ctx context.Context, s *session, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		got, err := one[*int64](ctx, s, "SELECT GET_LOCK(CONCAT('recat.', DATABASE()), 1)")
		switch {
		case err != nil:
			return fmt.Errorf("take recat's own lock: %w", err)
		case got != nil && *got == 1:
			d.locked = true
			return nil
		case time.Now().After(deadline):
			return migrate.ErrBusy
		}
	}
}

// sweep drops the stores that no run names: those of runs that died, though
// another node may have given their number away since.
func (d *mariadb) sweep(ctx context.Context, s *session) error {
	names, err := columnOf[string](ctx, s, `SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()
		AND table_name REGEXP CONCAT('^recat_image_[0-9]+_[0-9]+', ?, '$')
		AND NOT EXISTS (SELECT 1 FROM recat_image WHERE INSTR(line, CONCAT('"', table_name, '"')) > 0)`, d.node)
	if err != nil || len(names) == 0 {
		return err
	}
	return exec(ctx, s, "DROP TABLE "+strings.Join(names, ", "))
}

// lock begins a serializable transaction: whatever it reads is locked as it
// is read, and the gaps between with it. The comparison with the snapshot
// comes first, so that no other can write what was planned, or add to it.
func (d *mariadb) lock(ctx context.Context, s *session, _ []*table, timeout time.Duration) error {
	seconds := max(1, int(timeout.Seconds()))
	for _, q := range []string{
		fmt.Sprintf("SET SESSION innodb_lock_wait_timeout = %d", seconds),
		"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
		"START TRANSACTION READ WRITE",
	} {
		if err := exec(ctx, s, q); err != nil {
			return err
		}
	}
	return nil
}

func (d *mariadb) commit(ctx context.Context, s *session, _ time.Duration) error {
	if err := exec(context.WithoutCancel(ctx), s, "COMMIT"); err != nil {
		if d.failure(err) == err {
			return unknownCommit(err)
		}
		return err
	}
	d.made = nil
	return d.release(s)
}

// release gives the lock back; that of a lost connection is free.
func (d *mariadb) release(s *session) error {
	if !d.locked {
		return nil
	}
	d.locked = false
	_, err := one[*int64](context.Background(), s, "SELECT RELEASE_LOCK(CONCAT('recat.', DATABASE()))")
	if err != nil && lost(s) {
		return nil
	}
	return err
}

func (d *mariadb) rollback(s *session) error {
	err := exec(context.Background(), s, "ROLLBACK")
	if err != nil && lost(s) {
		return nil
	}
	if err == nil && len(d.made) > 0 {
		err = exec(context.Background(), s, "DROP TABLE IF EXISTS "+strings.Join(d.made, ", "))
	}
	d.made = nil
	return errors.Join(err, d.release(s))
}

// changes cannot be asked for. No cascade fires while foreign_key_checks is
// off, triggers are refused, and each statement's own count is held against
// the plan.
func (*mariadb) changes(context.Context, *session) (int64, error) { return -1, nil }

func (*mariadb) countsAll() bool { return false }

func (*mariadb) moved(context.Context, *session) (int64, error) { return -1, nil }

func (*mariadb) keepsOut() bool { return false }

func (*mariadb) casts() bool { return false }
