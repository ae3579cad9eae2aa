package catalog_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recat/migrate"
	"recat/migrate/catalogtest/servertest"
)

// TestKilledServer kills the server itself in the midst of apply and of undo,
// at every point that they pass and at random moments after the lock was
// taken. When it is up again the catalog is as before or as after, the same
// step again sees to the rest, and nothing holds a lock.
func TestKilledServer(t *testing.T) {
	for _, e := range servertest.Engines() {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			p := servertest.StartPrivate(t, e)
			s := newServerMembershipShop(t, p.Server, 300)
			k := &serverKill{shop: s, server: p, plan: s.mustPlan(), r: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))}
			k.before = s.dump()
			apply := k.points(k.apply)
			k.after = s.dump()
			undo := k.points(k.undo)
			if !slices.Contains(apply, "locked") || !slices.Contains(apply, "commit") || !slices.Contains(undo, "commit") {
				t.Fatalf("apply passes %v, undo %v", apply, undo)
			}
			if testing.Short() {
				apply, undo = []string{"locked", "commit"}, []string{"commit"}
			}
			random := []string{"locked +", "locked +", "locked +"}
			apply, undo = append(apply, random...), append(undo, random...)
			for i := range max(len(apply), len(undo)) {
				k.strike(apply[i%len(apply)], k.apply, k.before, k.after)
				k.strike(undo[i%len(undo)], k.undo, k.after, k.before)
			}
			t.Logf("%d times as before, %d times as after", k.undone, k.done)
		})
	}
}

// serverKill is a shop whose server is killed.
type serverKill struct {
	*shop
	server        *servertest.Private
	plan          migrate.Plan
	before, after string
	took          time.Duration // from the lock to the commit
	done, undone  int           // how the catalog was found
	r             *rand.Rand
}

// step is apply or undo, observed.
type step func(observe func(string)) error

func (k *serverKill) apply(observe func(string)) error {
	c, err := k.within(10 * time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = migrate.Apply(k.t.Context(), c, k.plan, migrate.ApplyOptions{Policy: k.policy.Policy, Now: k.now, NoDate: true,
		LockTimeout: 10 * time.Second, Observe: observe})
	return err
}

// undo takes back the last run; there is nothing to do where the killed undo
// had been committed.
func (k *serverKill) undo(observe func(string)) error {
	c, err := k.within(10 * time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	runs, err := c.Runs(k.t.Context())
	if err != nil || len(runs) == 0 || runs[len(runs)-1].Kind == migrate.RunUndo {
		return err
	}
	_, err = migrate.Undo(k.t.Context(), c, runs[len(runs)-1].ID, migrate.UndoOptions{Now: k.now, LockTimeout: 10 * time.Second, Observe: observe})
	return err
}

// points takes a step undisturbed, and lists the points that it passes.
func (k *serverKill) points(do step) []string {
	k.t.Helper()
	var passed []string
	var locked time.Time
	if err := do(func(point string) {
		if !slices.Contains(passed, point) {
			passed = append(passed, point)
		}
		switch point {
		case "locked":
			locked = time.Now()
		case "committed":
			k.took = time.Since(locked)
		}
	}); err != nil {
		k.t.Fatal(detail(err))
	}
	return passed
}

// strike kills the server when a step passes a point, "locked +" being some
// time after it, and takes the step again.
func (k *serverKill) strike(at string, do step, from, to string) {
	k.t.Helper()
	point, delay := at, time.Duration(0)
	if at == "locked +" {
		point, delay = "locked", time.Duration(k.r.Int64N(int64(k.took)))
	}
	var dead sync.WaitGroup
	once := false
	err := do(func(passed string) {
		if passed != point || once {
			return
		}
		once = true
		if delay == 0 {
			k.kill()
			return
		}
		dead.Go(func() { time.Sleep(delay); k.kill() })
	})
	dead.Wait()
	if !once {
		k.t.Fatalf("%s was not passed: %v", point, detail(err))
	}
	if err == nil && point != "committed" && delay == 0 {
		k.t.Fatalf("the server was killed at %s, and nobody noticed", at)
	}
	if err := k.server.Start(); err != nil {
		k.t.Fatalf("start the server after its death at %s: %v", at, err)
	}
	now := k.dump()
	switch now {
	case from:
		k.undone++
	case to:
		k.done++
	default:
		k.t.Fatalf("killed at %s, the catalog is in between (-before +now):\n%s", at, cmp.Diff(from, now))
	}
	if err := do(nil); err != nil {
		k.t.Fatalf("the step again, after the server's death at %s: %v", at, detail(err))
	}
	if diff := cmp.Diff(to, k.dump()); diff != "" {
		k.t.Fatalf("the step again, after the server's death at %s (-want +got):\n%s", at, diff)
	}
}

func (k *serverKill) kill() {
	if err := k.server.Kill(); err != nil {
		k.t.Errorf("kill the server: %v", err)
	}
}
