package migrate

import (
	"cmp"
	"slices"
	"strings"

	"recat/taxonomy"
)

// Compare orders two rendered keys: integers numerically, others by bytes.
func (k KeyKind) Compare(a, b string) int {
	if k != IntKey {
		return strings.Compare(a, b)
	}
	an, bn := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case an && !bn:
		return -1
	case bn && !an:
		return 1
	case an:
		return compareDigits(b[1:], a[1:])
	}
	return compareDigits(a, b)
}

// compareDigits compares numbers of any size, written without leading zeros.
func compareDigits(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// sortIDs sorts in place by key order and returns its argument.
func (k KeyKind) sortIDs(ids []taxonomy.ID) []taxonomy.ID {
	slices.SortFunc(ids, func(a, b taxonomy.ID) int { return k.Compare(string(a), string(b)) })
	return ids
}

// SortMemberships puts memberships in their one order: by position, NULL
// last, then by category.
func (k KeyKind) SortMemberships(ms []Membership) {
	slices.SortStableFunc(ms, func(a, b Membership) int {
		return cmp.Or(comparePositions(a.Position, b.Position),
			k.Compare(string(a.Category), string(b.Category)))
	})
}

func comparePositions(a, b *int64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Compare(*a, *b)
}
