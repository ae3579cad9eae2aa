package catalog_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
)

// TestTreeGrew: what the shop adds to the tree after a run makes verify say
// nothing, and is no conflict; undo derives the tree anew around it.
func TestTreeGrew(t *testing.T) {
	s := grove(t, mptt, mpttMapping, "remove: [{category: Shop > Fishing, subtree: promote}]")
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	s.exec("UPDATE cat SET rght = 12 WHERE id = 1; UPDATE cat SET lft = lft + 2, rght = rght + 2 WHERE id IN (4, 5, 6); UPDATE cat SET rght = 5 WHERE id = 3; INSERT INTO cat VALUES (7, 3, 'Carbon', 3, 4, 1, 2)")
	c := s.open(true)
	if err := migrate.Verify(context.Background(), c, done.Receipt.Run); err != nil {
		t.Errorf("verify: %v", detail(err))
	}
	c.Close()
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	want := append([]string{"1 ∅ 1 14 1 0", "2 1 2 9 1 1", "3 2 3 6 1 2", "4 2 7 8 1 2", "5 1 10 13 1 1", "6 5 11 12 1 2", "7 3 4 5 1 3"}, bookRows...)
	if diff := cmp.Diff(want, s.rows(mpttRows)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	s.exec("UPDATE cat SET lft = 99 WHERE id = 2")
	if err := migrate.Verify(context.Background(), s.open(true), done.Receipt.Run+1); err == nil || !strings.Contains(strings.Join(told(err), "\n"), "cat 2") {
		t.Errorf("verify of the undo, with a wrong bound: %v", told(err))
	}
}

func told(err error) []string {
	var u *migrate.UnverifiedError
	if !errors.As(err, &u) {
		return nil
	}
	var out []string
	for _, d := range u.Differences {
		out = append(out, d.Subject+" "+d.Detail)
	}
	return out
}

func TestClosureGrew(t *testing.T) {
	s := grove(t, closures+"DELETE FROM link WHERE d = 9 AND a = 1;", closureMapping, "remove: [{category: A > B, subtree: promote}]")
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	s.exec("INSERT INTO cat VALUES (5, 3, 'New'); INSERT INTO link (a, d, far) VALUES (1, 5, 2), (3, 5, 1), (5, 5, 0); DELETE FROM link WHERE d = 4; DELETE FROM cat WHERE id = 4")
	if err := migrate.Verify(context.Background(), s.open(true), done.Receipt.Run); err != nil {
		t.Errorf("verify: %v", told(err))
	}
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictFail); err != nil {
		t.Fatalf("undo: %v", detail(err))
	}
	want := []string{"1 1 0", "2 1 1", "2 2 0", "3 1 2", "3 2 1", "3 3 0", "5 1 3", "5 2 2", "5 3 1", "5 5 0", "9 9 0"}
	if diff := cmp.Diff(want, s.rows("SELECT d, a, far FROM link ORDER BY d, a")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestPathTreeGrew: a path tree cannot say whose child a row is whose parent's
// path goes back to what it was.
func TestPathTreeGrew(t *testing.T) {
	s := grove(t, treebeard, treebeardMapping, "remove: [{category: Books > Fiction, subtree: promote}]")
	done, err := s.apply(s.mustPlan())
	if err != nil {
		t.Fatalf("apply: %v", detail(err))
	}
	s.exec("INSERT INTO cat VALUES (8, '000100050001', 3, 0, 'Odes'); UPDATE cat SET numchild = 1 WHERE id = 5")
	before := s.dump()
	var conflict *migrate.ConflictError
	if _, err := s.undo(done.Receipt.Run, migrate.ConflictRestore); !errors.As(err, &conflict) || !strings.Contains(conflict.Conflicts[0].Detail, "it would be no tree any more") {
		t.Errorf("undo: %v %v", err, detail(err))
	}
	if before != s.dump() {
		t.Error("an undo that met a conflict changed the catalog")
	}
}
