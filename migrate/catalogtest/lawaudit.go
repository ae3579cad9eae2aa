package catalogtest

import (
	"errors"

	"recat/migrate"
)

// auditReads: an audit writes nothing, and right after a run that nobody
// edited since it finds nothing that counts.
func auditReads(s *scene) {
	a := s.actor()
	defer a.close()
	before := a.dump()
	a.audit()
	a.unchanged(before, "after an audit")
	d := a.plan()
	if d == nil || empty(d) {
		return
	}
	a.apply(d)
	before = a.dump()
	if audit := a.audit(); audit != nil && audit.Violations > 0 {
		s.t.Fatalf("right after the run, %d violations: %v", audit.Violations, audit.ByKind)
	}
	a.unchanged(before, "after an audit of the run")
}

// audit audits the scene's policy; nil where it names what is not there.
func (a *actor) audit() *migrate.AuditTotals {
	a.t.Helper()
	audit, err := migrate.MakeAudit(a.ctx, a.Catalog, migrate.AuditRequest{Policy: a.policy, Now: a.now})
	var files migrate.FileErrors
	if errors.As(err, &files) {
		return nil
	}
	a.must(err, "audit")
	a.must(audit.Close(), "close the audit")
	return &audit.Totals
}
