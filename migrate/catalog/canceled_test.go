package catalog_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"recat/migrate/catalog"
)

// countdown is a context that is cancelled once it was asked so often for its
// channel. database/sql asks from goroutines of its own too.
type countdown struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *countdown) Done() <-chan struct{} {
	if c.left.Add(-1) <= 0 {
		c.cancel()
	}
	return c.Context.Done()
}

// TestOpenCanceled interrupts the opening of a catalog at every place where
// that is noticed: the interrupt is no fault of the mapping's.
func TestOpenCanceled(t *testing.T) {
	s := caseShop(t, "attributes")
	for after := int64(1); ; after++ {
		ctx, cancel := context.WithCancel(t.Context())
		counted := &countdown{Context: ctx, cancel: cancel}
		counted.left.Store(after)
		c, err := catalog.Open(counted, s.target(), s.mapping, catalog.Options{ReadOnly: true})
		cancel()
		if err == nil {
			c.Close()
			if after < 10 {
				t.Fatalf("opened after %d looks at the context: too few to tell", after)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled at look %d: %v", after, err)
		}
	}
}
