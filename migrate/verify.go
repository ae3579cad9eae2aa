package migrate

import (
	"context"
	"fmt"
)

// Verify compares the catalog with what a run left behind. Its error is an
// UnverifiedError where they differ.
func Verify(ctx context.Context, cat Catalog, run int64) error {
	found := &UnverifiedError{}
	for d, err := range cat.Verify(ctx, run) {
		if err != nil {
			return fmt.Errorf("verify run %d: %w", run, err)
		}
		if found.Total++; len(found.Differences) < 1000 {
			found.Differences = append(found.Differences, d)
		}
	}
	if found.Total > 0 {
		return found
	}
	return nil
}
