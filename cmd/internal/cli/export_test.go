package cli

import "slices"

// What the tests of approvals reach for.
var (
	SameName = sameName
	Approved = approved
)

// CheckApproval reads an approval file and writes it again: the approver and
// the digests, or what is wrong with it.
func CheckApproval(path string) (by string, digests []string, err error) {
	a, err := readGiven(path)
	return a.By, slices.Clone(a.Digests), err
}
