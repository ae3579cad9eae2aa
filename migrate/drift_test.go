package migrate_test

import (
	"strings"
	"testing"

	"recat/migrate"
)

// TestDriftBeyondReceipt: a receipt lists every difference that was
// tolerated, so that what it cannot list is not tolerated.
func TestDriftBeyondReceipt(t *testing.T) {
	for _, c := range []struct{ n, fatal int }{{100_000, 1}, {100_003, 4}} {
		kept, fatal := migrate.Tolerate(c.n)
		if len(kept) != c.n+1 || fatal != c.fatal {
			t.Errorf("%d tolerated: %d kept, %d fatal; want %d, %d", c.n, len(kept), fatal, c.n+1, c.fatal)
		}
		if last := kept[len(kept)-1]; last.Subject != "intolerable" {
			t.Errorf("the intolerable one is not kept, but %+v", last)
		}
	}
	kept, _ := migrate.Tolerate(100_001)
	if d := kept[100_000]; d.Tolerated || !strings.Contains(d.Detail, "more than the 100000 differences that a receipt lists") {
		t.Errorf("beyond the receipt: %+v", d)
	}
}
