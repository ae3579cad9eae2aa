package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"recat/migrate"
)

// readApprovals reads the approvals that were given. What cannot be read
// becomes a row of its own.
func (b *boarding) readApprovals() {
	for _, path := range b.Approvals {
		a, err := readGiven(path)
		if err != nil {
			b.missed(path, "approval", err)
			continue
		}
		b.approvals = append(b.approvals, a)
	}
}

// approvers are the names that approve a plan, held against what it asks for
// as apply would: one whose signature is missing or does not hold is rejected.
func (b *boarding) approvers(ctx context.Context, it *item, p *planAt) ([]string, error) {
	var all []recorded
	for _, a := range b.approvals {
		if !slices.Contains(a.Digests, p.Trailer().Digest) {
			continue
		}
		held, err := signed(ctx, p.Header(), []handed{a})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			it.rejected = append(it.rejected, err.Error())
			continue
		}
		all, it.approved = append(all, held...), append(it.approved, a.path)
	}
	return different(all), nil
}

// approvedBy says who approved: of an applied plan, those whom its run
// recorded.
func (it *item) approvedBy(s *migrate.Standing) error {
	if s.State != migrate.StateApplied || s.Run == nil {
		s.Approvals.Rejected = it.rejected
		return nil
	}
	var all []recorded
	if len(s.Run.Approvals) > 0 {
		if err := json.Unmarshal(s.Run.Approvals, &all); err != nil {
			return fmt.Errorf("read the approvals that run %d recorded: %w", s.Run.ID, err)
		}
	}
	s.Approvals.By = different(all)
	return nil
}
